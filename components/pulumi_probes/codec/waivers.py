"""Reads waivers from an annotation or a file.

The annotation `pulumi-probes/ignore` is set on the object or on its pod template. Entries are separated by `;` or a new
line. `until` belongs to the entry before it, and the day ends at midnight UTC. The name of a container in brackets
limits an entry to that container:

    PRB204=the proxy drains by itself; until 2027-01-31; PRB103[metrics]=stateless

A file contains a list under `waivers`:

    waivers:
      - code: PRB204
        reason: the proxy drains by itself
        until: 2027-01-31
        match: {kind: Deployment, namespace: shop, name: "cart-*", container: proxy}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from msgspec.structs import replace

from pulumi_probes.model.annotations import IGNORE
from pulumi_probes.model.errors import MalformedValue, UnreadableInput
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Waiver
from pulumi_probes.model.manifest import SourceMap
from pulumi_probes.model.node import Node, described
from pulumi_probes.model.suggestions import suggestion
from pulumi_probes.model.waiver import WrittenWaiver

_ENTRY: Final = r"(?s)\s*([A-Za-z][A-Za-z0-9-]*)\s*(?:\[([^\]]*)\])?\s*=(.*)"
_BARE_CODE: Final = r"(?i)\s*(PRB\w*)\s*(?:\[([^\]]*)\])?\s*()\Z"
_UNTIL: Final = r"(?is)\s*until\b(.*)"
_KEYS: Final = ("code", "reason", "until", "match")
_MATCH_KEYS: Final = ("kind", "namespace", "name", "container")


def read_annotation(metadata: Node) -> tuple[WrittenWaiver, ...]:
    """The waivers in the annotation of an object or of a pod template.

    Raises:
        UnknownValue: the annotation is not known before deployment.
    """
    annotations = metadata["annotations"]
    try:
        text = annotations.optional_text(IGNORE)
    except MalformedValue as problem:
        path = annotations.path / IGNORE
        # A mistake in the annotations as a whole is not about waivers.
        return (_mistaken(path, f"The annotation {problem.reason}."),) if problem.path == path else ()
    return tuple(parse_waivers(text, annotations.path / IGNORE)) if text else ()


def parse_waivers(text: str, path: FieldPath) -> Iterator[WrittenWaiver]:
    """The waivers in the text of the annotation at `path`."""
    current: WrittenWaiver | None = None
    for part in re.split(r"[;\n]", text):
        if not part.strip():
            continue
        until = re.match(_UNTIL, part)
        entry = re.match(_ENTRY, part) or re.match(_BARE_CODE, part)
        if entry is not None:
            if current is not None:
                yield current
            waiver = Waiver(code=entry[1], container=entry[2], reason=(entry[3] or "").strip())
            current = WrittenWaiver(waiver=waiver, path=path)
        elif until is not None:
            if current is None:
                yield _mistaken(path, "The annotation has a date before its first waiver.")
            else:
                current = _with_until(current, until[1].strip())
        elif current is None:
            yield _mistaken(path, "The annotation does not begin with a waiver.")
        else:
            # The reason contains a semicolon.
            reason = f"{current.waiver.reason}; {part.strip()}"
            current = replace(current, waiver=replace(current.waiver, reason=reason))
    if current is not None:
        yield current


def read_waivers(content: Any, file: str, source: SourceMap | None = None) -> tuple[WrittenWaiver, ...]:
    """The waivers in a file.

    Args:
        content: the content of the file: an object with `waivers`, or the list itself.
        file: the name of the file, for messages and as the origin of the waivers.
        source: locates the values of the file.

    Raises:
        UnreadableInput: the content is malformed, or has an unknown key.
    """
    entries, base = content, FieldPath()
    if isinstance(content, Mapping):
        _check_keys(content, ("waivers",), file, "the file")
        entries, base = content.get("waivers"), FieldPath(("waivers",))
    if entries is None:
        return ()
    if not isinstance(entries, Sequence) or isinstance(entries, (str, bytes)):
        raise UnreadableInput(file, f"waivers must be a list, not {described(entries)}")
    return tuple(_read_entry(entry, base / index, file, source) for index, entry in enumerate(entries))


def _read_entry(entry: Any, path: FieldPath, file: str, source: SourceMap | None) -> WrittenWaiver:
    if not isinstance(entry, Mapping):
        raise UnreadableInput(file, f"{path}: must be an object with code and reason, not {described(entry)}")
    _check_keys(entry, _KEYS, file, str(path))
    match = entry.get("match")
    if match is not None and not isinstance(match, Mapping):
        raise UnreadableInput(file, f"{path}.match: must be an object, not {described(match)}")
    _check_keys(match or {}, _MATCH_KEYS, file, f"{path}.match")
    texts = {key: entry.get(key) for key in ("code", "reason")}
    texts.update({key: (match or {}).get(key) for key in _MATCH_KEYS})
    for key, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise UnreadableInput(file, f"{path}: {key} must be a string, not {described(value)}")
    if not texts["code"]:
        raise UnreadableInput(file, f"{path}: code is required")
    patterns = {key: texts[key] for key in _MATCH_KEYS}
    waiver = Waiver(code=texts["code"], reason=(texts["reason"] or "").strip(), origin=file, **patterns)
    written = WrittenWaiver(waiver=waiver, path=path, source=source.locate(path) if source is not None else None)
    until = entry.get("until")
    if isinstance(until, datetime):
        until = until.date()
    if until is None or isinstance(until, date):
        return replace(written, waiver=replace(waiver, until=until))
    return _with_until(written, until)


def _with_until(written: WrittenWaiver, text: Any) -> WrittenWaiver:
    try:
        until = date.fromisoformat(text)
    except (TypeError, ValueError):
        return replace(written, mistake=f"The waiver of {written.waiver.code} has an invalid date.")
    return replace(written, waiver=replace(written.waiver, until=until))


def _mistaken(path: FieldPath, mistake: str) -> WrittenWaiver:
    return WrittenWaiver(waiver=Waiver(code="", reason=""), path=path, mistake=mistake)


def _check_keys(content: Mapping[Any, Any], known: tuple[str, ...], file: str, where: str) -> None:
    for key in content:
        if key not in known:
            hint = suggestion(str(key), known, otherwise=f"Known keys: {', '.join(known)}.")
            raise UnreadableInput(file, f"{where}: unknown key {str(key)!r}. {hint}")
