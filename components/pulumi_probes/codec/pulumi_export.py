"""Reads output of the pulumi command: an exported state, a checkpoint file, or `pulumi preview --json`.

It only reads JSON, and does not import Pulumi.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from pulumi_probes.codec.program_line import ProgramLine, read_source_position
from pulumi_probes.codec.pulumi_resource import read_pulumi_resource, seconds_or_unset, without_secret_names
from pulumi_probes.codec.pulumi_values import revived
from pulumi_probes.model.manifest import Manifest, PulumiOptions


def is_pulumi_export(value: Any) -> bool:
    """Whether a JSON value is one of the three formats."""
    return isinstance(value, Mapping) and (_resources(value) is not None or _is_preview(value))


def read_pulumi_export(value: Mapping[str, Any]) -> Iterator[Manifest]:
    """The Kubernetes objects in the output of `pulumi stack export` or `pulumi preview --json`."""
    if _is_preview(value):
        states = [step.get("newState") for step in value["steps"] if isinstance(step, Mapping)]
    else:
        # Resources that are pending deletion have already been replaced.
        states = [
            state
            for state in _resources(value) or ()
            if not (isinstance(state, Mapping) and state.get("delete") is True)
        ]
    for state in states:
        if isinstance(state, Mapping) and (manifest := _manifest(state)) is not None:
            yield manifest


def _manifest(state: Mapping[str, Any]) -> Manifest | None:
    token, inputs, urn = state.get("type"), state.get("inputs"), state.get("urn")
    if not isinstance(token, str) or not isinstance(inputs, Mapping):
        return None
    timeouts = state.get("customTimeouts")
    timeouts = timeouts if isinstance(timeouts, Mapping) else {}
    options = PulumiOptions(
        urn=urn if isinstance(urn, str) else None,
        create_timeout_seconds=_seconds(timeouts.get("create")),
        update_timeout_seconds=_seconds(timeouts.get("update")),
    )
    manifest = read_pulumi_resource(token, revived(dict(inputs)), options)
    if manifest is None:
        return None
    position = read_source_position(state.get("sourcePosition"))
    source = ProgramLine(position) if position is not None else None
    return replace(without_secret_names(manifest), source=source)


def _seconds(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return seconds_or_unset(value) if is_number else None


def _resources(value: Mapping[str, Any]) -> list[Any] | None:
    for path in (("deployment",), ("checkpoint", "latest")):
        place: Any = value
        for key in path:
            place = place.get(key) if isinstance(place, Mapping) else None
        if isinstance(place, Mapping) and "manifest" in place:
            resources = place.get("resources")
            return resources if isinstance(resources, list) else []
    return None


def _is_preview(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("steps"), list) and "apiVersion" not in value and "kind" not in value
