"""Finds the objects inside resources that a provider expands: charts, YAML files and overlays."""

from __future__ import annotations

import base64
import glob
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pulumi_probes.codec.documents import Documents, read_bytes, read_text
from pulumi_probes.codec.pulumi_resource import HELM_RELEASE
from pulumi_probes.codec.tools import Chart, ToolFailed, render_chart, render_kustomization
from pulumi_probes.model.values import UNKNOWN, Secret, revealed
from pulumi_probes.preview.recording import Registration
from pulumi_probes.preview.wire import read_raw

_ASSETS: Final = frozenset({"valueYamlFiles"})
_SHORTEST_SECRET: Final = 4
"""Shorter texts occur by chance, so they are not searched for."""


def is_expandable(registration: Registration) -> bool:
    """Whether the objects inside a resource can be found without its provider."""
    return registration.type_token in _READERS


def read_contents(registration: Registration) -> Iterator[Mapping[str, Any]]:
    """The objects inside a resource; texts that contain secrets of its inputs are marked as secret.

    Raises:
        ToolFailed: a tool is missing or has failed, a file cannot be read, or an input is unknown; after the objects
            that could be read.
    """
    unknown = sorted(
        key for key, value in registration.inputs.items() if key not in _ASSETS and _contains_unknown(value)
    )
    if unknown:
        raise ToolFailed(f"{', '.join(unknown)} is not known before deployment.")
    secrets = sorted(set(_secret_texts(registration.inputs)), key=len, reverse=True)
    for content in _READERS[registration.type_token](registration):
        yield _marked(content, secrets) if secrets else content


def _chart(registration: Registration) -> Iterator[Mapping[str, Any]]:
    inputs: dict[str, Any] = _plain(registration.inputs)
    repository = inputs.get("repositoryOpts") or {}
    text = render_chart(
        Chart(
            name=str(inputs.get("chart") or ""),
            release=str(inputs.get("name") or registration.name),
            repository=repository.get("repo"),
            version=inputs.get("version"),
            namespace=inputs.get("namespace"),
            values=inputs.get("values") or {},
            value_files=[
                file for file in map(_asset_path, read_raw(registration.properties).get("valueYamlFiles") or ()) if file
            ],
            include_crds=not inputs.get("skipCrds"),
        )
    )
    yield from _contents(read_text(text, f"helm template {inputs.get('chart')}"))


def _kustomization(registration: Registration) -> Iterator[Mapping[str, Any]]:
    directory = str(revealed(registration.inputs.get("directory")) or "")
    yield from _contents(read_text(render_kustomization(directory), f"kustomize build {directory}"))


def _yaml_file(registration: Registration) -> Iterator[Mapping[str, Any]]:
    yield from _files([revealed(registration.inputs.get("file"))])


def _yaml_group(registration: Registration) -> Iterator[Mapping[str, Any]]:
    inputs: dict[str, Any] = _plain(registration.inputs)
    yield from _files(inputs.get("files") or ())
    if isinstance(inputs.get("yaml"), str):
        yield from _contents(read_text(inputs["yaml"], "yaml"))
    for entry in inputs.get("objs") or ():
        if isinstance(entry, Mapping):
            yield entry


def _files(patterns: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    for pattern in patterns:
        if not isinstance(pattern, str):
            continue
        if urlsplit(pattern).scheme in ("http", "https"):
            raise ToolFailed(f"{pattern} is on the network and is not downloaded.")
        names = sorted(glob.glob(pattern)) if set("*?[") & set(pattern) else [pattern]  # noqa: PTH207 - as text
        for name in names:
            try:
                data = Path(name).read_bytes()
            except OSError as error:
                raise ToolFailed(f"{name}: {error.strerror}.") from error
            yield from _contents(read_bytes(data, name))


def _contents(documents: Documents) -> Iterator[Mapping[str, Any]]:
    for manifest in documents.manifests:
        yield manifest.content
    if documents.errors:
        raise ToolFailed(f"{documents.errors[0]}.")


def _asset_path(asset: Any) -> str | None:
    return asset.get("path") if isinstance(asset, Mapping) else None


def _plain(value: Any) -> Any:
    """The value without secret markers."""
    value = revealed(value)
    if isinstance(value, Mapping):
        return {key: _plain(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_plain(below) for below in value]
    return value


def _contains_unknown(value: Any) -> bool:
    value = revealed(value)
    if isinstance(value, Mapping):
        return any(_contains_unknown(below) for below in value.values())
    return value is UNKNOWN or (isinstance(value, list) and any(_contains_unknown(below) for below in value))


def _secret_texts(value: Any, *, inside: bool = False) -> Iterator[str]:
    inside = inside or isinstance(value, Secret)
    value = revealed(value)
    if isinstance(value, Mapping):
        for below in value.values():
            yield from _secret_texts(below, inside=inside)
    elif isinstance(value, list):
        for below in value:
            yield from _secret_texts(below, inside=inside)
    elif inside and isinstance(value, str) and len(value) >= _SHORTEST_SECRET:
        yield value
        yield base64.b64encode(value.encode()).decode("ascii")


def _marked(value: Any, secrets: Sequence[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _marked(below, secrets) for key, below in value.items()}
    if isinstance(value, list):
        return [_marked(below, secrets) for below in value]
    return Secret(value) if isinstance(value, str) and any(secret in value for secret in secrets) else value


_READERS: Final[Mapping[str, Callable[[Registration], Iterator[Mapping[str, Any]]]]] = {
    HELM_RELEASE: _chart,
    "kubernetes:helm.sh/v4:Chart": _chart,
    "kubernetes:kustomize/v2:Directory": _kustomization,
    "kubernetes:yaml/v2:ConfigFile": _yaml_file,
    "kubernetes:yaml/v2:ConfigGroup": _yaml_group,
}
