"""Adds the resources that a provider would create from a chart, a YAML file or an overlay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_probes.codec.manifest import expand
from pulumi_probes.codec.pulumi_resource import HELM_RELEASE, type_token_of
from pulumi_probes.codec.tools import ToolFailed
from pulumi_probes.model.annotations import SKIP_AWAIT
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.values import revealed
from pulumi_probes.preview.expansion import is_expandable, read_contents
from pulumi_probes.preview.namespace import in_namespace, is_builtin, provider_namespace
from pulumi_probes.preview.recording import Recording, Registration
from pulumi_probes.preview.wire import write_properties


def add_derived(recording: Recording) -> None:
    """Add the resources inside charts, YAML files and overlays, and a diagnostic where that is not possible.

    Relative paths are resolved against the current directory.
    """
    for registration in list(recording.registrations):
        if is_expandable(registration):
            for child in _expanded(registration, recording):
                recording.add(child)
        elif registration.is_remote:
            recording.diagnose_unaudited(
                registration, "Its provider creates the resources in it, which are neither shown nor audited."
            )


def _expanded(registration: Registration, recording: Recording) -> Iterator[Registration]:
    contents: list[Mapping[str, Any]] = []
    try:
        contents.extend(read_contents(registration))
    except ToolFailed as error:
        missing = "Some resources inside" if contents else "The resources inside"
        recording.diagnose_unaudited(registration, f"{missing} are neither shown nor audited: {error}")
    items = [item for content in contents for item in expand(Manifest(content=content))]
    namespace = registration.inputs.get("namespace")
    if not revealed(namespace) and registration.is_remote:
        namespace = provider_namespace(registration, recording) or "default"
    # Helm itself does the waiting for a release; Pulumi does not know the objects in it.
    skips_await = revealed(registration.inputs.get("skipAwait")) is True and registration.type_token != HELM_RELEASE
    for item in items:
        # The provider does not know whether a custom resource is namespaced, and adds no namespace.
        content = in_namespace(item.content, namespace) if is_builtin(item.content) else item.content
        yield _child(registration, _without_await(content) if skips_await else content)


def _without_await(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object with the annotation by which the provider does not wait for it."""
    metadata = revealed(content.get("metadata"))
    metadata = metadata if isinstance(metadata, Mapping) else {}
    annotations = revealed(metadata.get("annotations"))
    annotations = annotations if isinstance(annotations, Mapping) else {}
    return {**content, "metadata": {**metadata, "annotations": {**annotations, SKIP_AWAIT: "true"}}}


def _child(parent: Registration, content: Mapping[str, Any]) -> Registration:
    metadata = revealed(content.get("metadata"))
    metadata = metadata if isinstance(metadata, Mapping) else {}
    place = [str(part) for part in (revealed(metadata.get("namespace")), revealed(metadata.get("name"))) if part]
    name = f"{revealed(parent.inputs.get('resourcePrefix')) or parent.name}:{'/'.join(place)}"
    api_version, kind = str(content.get("apiVersion")), str(content.get("kind"))
    token = type_token_of(api_version, kind)
    head, _, _ = parent.urn.rpartition("::")
    return Registration(
        urn=f"{head}${token}::{name}",
        type_token=token,
        name=name,
        parent=parent.urn,
        properties=write_properties(content),
        inputs=content,
        is_derived=True,
        provider=parent.provider,
        lines=parent.lines,
    )
