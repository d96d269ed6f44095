"""Writes manifests to files in the layout of the Kubernetes provider's `renderYamlToDirectory`.

`0-crd/` contains custom resource definitions, `1-manifest/` everything else, with one object per file, named
`<apiVersion>-<kind>-<namespace>-<name>.yaml`. Unlike the provider, it writes secrets as `[secret]` unless asked
otherwise, values that are not known before deployment as `[unknown]`, and names that the provider would generate as
`<name in the program>-xxxxxxxx`.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from msgspec import Struct, field

from pulumi_probes.codec.scalars import resolve_scalar
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.values import UNKNOWN, Secret, revealed
from pulumi_probes.preview.namespace import is_builtin

if TYPE_CHECKING:
    from pulumi_probes.preview.manifests import ProgramManifests

HIDDEN_SECRET: Final = "[secret]"  # noqa: S105 - a placeholder, not a password
"""The placeholder for a secret."""

HIDDEN_UNKNOWN: Final = "[unknown]"
"""The placeholder for a value that is not known before deployment."""

MADE_UP_SUFFIX: Final = "xxxxxxxx"
"""The placeholder for the eight random digits of a generated name."""

_CRD_FOLDER, _MANIFEST_FOLDER = "0-crd", "1-manifest"
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_LONGEST_NAME: Final = 240
_UNSAFE = re.compile(r"[/\\:\x00-\x1f\x7f-\x9f]")
_UNSAFE_IN_NAMES = re.compile(r"[/\\\x00-\x1f\x7f-\x9f]")
_READ_ONLY_METADATA: Final = frozenset(
    {
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "resourceVersion",
        "uid",
    }
)
_LOOKS_LIKE_TIME: Final = frozenset({"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int"})
_BASE_DUMPER: Final[type[Any]] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class Written(Struct):
    """The result of writing manifests.

    Attributes:
        folder: the directory.
        files: the files, in the order of the program.
        diagnostics: what was left out or changed, one sentence each.
        errors: the files that could not be written.
        leftovers: files of earlier runs whose objects are no longer in the program; they are kept.
    """

    folder: Path
    files: list[Path] = field(default_factory=list[Path])
    diagnostics: list[str] = field(default_factory=list[str])
    errors: list[UnreadableInput] = field(default_factory=list[UnreadableInput])
    leftovers: list[Path] = field(default_factory=list[Path])


def write_manifests(found: ProgramManifests, folder: Path, *, show_secrets: bool = False) -> Written:
    """Write the objects of a program to a directory, which is created if it does not exist.

    Nothing is written outside the directory, even if links in it lead elsewhere. Existing files are replaced; those of
    other objects are kept and listed. A file that cannot be written does not affect the others.

    Args:
        found: the objects.
        folder: the directory.
        show_secrets: whether to write secrets in plain text.

    Raises:
        UnreadableInput: the directory cannot be created.
    """
    result = Written(folder)
    planned: list[Path] = []
    _create(folder)
    for manifest, registration in zip(found.manifests, found.registrations, strict=True):
        if manifest.is_patch:
            # The provider would overwrite the whole object with the patch.
            result.diagnostics.append(
                f"{registration.type_token} {registration.name} is a patch of an existing object and was not written."
            )
            continue
        content = rendered(manifest.content, registration.name, show_secrets=show_secrets)
        file = _free(folder / _file_name(content), planned)
        planned.append(file)
        if file.name != _file_name(content).name:
            result.diagnostics.append(
                f"{registration.type_token} {registration.name} has the same name as another object; see {file.name}."
            )
        try:
            _write(folder, file, content)
        except UnreadableInput as error:
            result.errors.append(error)
        else:
            result.files.append(file)
    result.leftovers = _manifest_files(folder, besides=frozenset(planned))
    return result


def rendered(content: Mapping[str, Any], name_in_program: str, *, show_secrets: bool = False) -> dict[str, Any]:
    """The object as it is written: plain, with a name, and without what the API server fills in."""
    is_secret = content.get("kind") == "Secret" and content.get("apiVersion") == "v1"
    result: dict[str, Any] = _plain(_encoded(content) if is_secret else content, show_secrets=show_secrets)
    if is_secret and not show_secrets and isinstance(result.get("data"), dict):
        result["data"] = dict.fromkeys(result["data"], HIDDEN_SECRET)
    if is_builtin(content):
        result = _without_nulls(result)
    metadata = result.get("metadata")
    metadata = (
        {key: value for key, value in metadata.items() if key not in _READ_ONLY_METADATA}
        if isinstance(metadata, dict)
        else {}
    )
    if not metadata.get("name"):
        metadata["name"] = f"{name_in_program}-{MADE_UP_SUFFIX}"
        annotations = metadata.get("annotations")
        annotations = annotations if isinstance(annotations, dict) else {}
        metadata["annotations"] = {**annotations, "pulumi.com/autonamed": "true"}
    result["metadata"] = metadata
    return result


class _Dumper(_BASE_DUMPER):  # type: ignore[misc] # the C dumper, where there is one
    """Quotes strings that the YAML parser of Kubernetes would read as another type."""


def _represent_text(dumper: Any, text: str) -> Any:
    style = None
    if resolve_scalar(text) != text or dumper.resolve(yaml.ScalarNode, text, (True, False)) in _LOOKS_LIKE_TIME:
        style = '"'
    elif "\n" in text.strip("\n") or text.endswith("\n"):
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def to_yaml(content: Mapping[str, Any]) -> str:
    """An object as YAML with sorted keys, as the provider writes it."""
    text: str = yaml.dump(dict(content), Dumper=_Dumper, allow_unicode=True, default_flow_style=False, sort_keys=True)
    return text


def _plain(value: Any, *, show_secrets: bool) -> Any:
    if isinstance(value, Secret):
        return _plain(value.value, show_secrets=True) if show_secrets else _hidden(value.value)
    if value is UNKNOWN:
        return HIDDEN_UNKNOWN
    if isinstance(value, Mapping):
        return {str(key): _plain(below, show_secrets=show_secrets) for key, below in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(below, show_secrets=show_secrets) for below in value]
    return value


def _hidden(value: Any) -> Any:
    """The value with placeholders for its texts; Pulumi marks whole objects as secret if one value in them is."""
    value = revealed(value)
    if isinstance(value, Mapping):
        return {str(key): _hidden(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_hidden(below) for below in value]
    return value if isinstance(value, (bool, int, float)) or value is None else HIDDEN_SECRET


def _encoded(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The Secret with its `stringData` moved to `data`, as the provider does it."""
    texts, data = revealed(content.get("stringData")), revealed(content.get("data"))
    if not isinstance(texts, Mapping):
        return content
    encoded = dict(data) if isinstance(data, Mapping) else {}
    for key, text in texts.items():
        plain = revealed(text)
        known = base64.b64encode(plain.encode()).decode("ascii") if isinstance(plain, str) else plain
        encoded[key] = Secret(known)
    return {**{key: value for key, value in content.items() if key != "stringData"}, "data": encoded}


def _without_nulls(value: Any) -> Any:
    """Without null values and empty values of environment variables, which Kubernetes' own types leave out."""
    if isinstance(value, dict):
        is_variable = value.keys() == {"name", "value"} and value["value"] == ""
        known = {"name": value["name"]} if is_variable else value
        return {key: _without_nulls(below) for key, below in known.items() if below is not None}
    return [_without_nulls(below) for below in value] if isinstance(value, list) else value


def _file_name(content: Mapping[str, Any]) -> Path:
    metadata = content["metadata"]
    api_version, kind = str(content.get("apiVersion")), str(content.get("kind"))
    parts = [
        _UNSAFE.sub("_", api_version),
        _UNSAFE.sub("_", kind).lower(),
        _UNSAFE_IN_NAMES.sub("_", str(metadata.get("namespace") or "default")),
        _UNSAFE_IN_NAMES.sub("_", str(metadata["name"])),
    ]
    name = "-".join(parts)
    if len(name.encode()) > _LONGEST_NAME:
        digest = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:16]
        name = f"{name.encode()[: _LONGEST_NAME - len(digest) - 1].decode('utf-8', 'ignore')}-{digest}"
    is_crd = kind == "CustomResourceDefinition" and api_version.startswith("apiextensions.k8s.io/")
    return Path(_CRD_FOLDER if is_crd else _MANIFEST_FOLDER) / f"{name}.yaml"


def _free(file: Path, taken: Sequence[Path]) -> Path:
    """A file name that no other object of the program has."""
    number, free = 1, file
    while free in taken:
        number += 1
        free = file.with_name(f"{file.stem}-{number}{file.suffix}")
    return free


def _create(folder: Path) -> None:
    try:
        for name in (_CRD_FOLDER, _MANIFEST_FOLDER):
            (folder / name).mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise UnreadableInput(str(folder), error.strerror or "cannot be created") from error


def _manifest_files(folder: Path, *, besides: frozenset[Path]) -> list[Path]:
    """The manifests in the layout of the directory, besides some."""
    found = (file for name in (_CRD_FOLDER, _MANIFEST_FOLDER) for file in sorted((folder / name).glob("*.yaml")))
    return [file for file in found if file not in besides]


def _write(folder: Path, file: Path, content: Mapping[str, Any]) -> None:
    try:
        if not file.parent.resolve().is_relative_to(folder.resolve()):
            raise UnreadableInput(str(file), "is outside of the output directory, because of a link")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
        with open(os.open(file, flags, _FILE_MODE), "w", encoding="utf-8", errors="backslashreplace") as stream:  # noqa: PTH123 - a descriptor
            stream.write(to_yaml(content))
    except OSError as error:
        raise UnreadableInput(str(file), error.strerror or "cannot be written") from error
