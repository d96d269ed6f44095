"""A recording -> the Kubernetes objects in it, each with what Pulumi and its provider add."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_probes.codec.manifest import expand
from pulumi_probes.codec.pulumi_resource import read_pulumi_resource
from pulumi_probes.model.finding import SourceLocation
from pulumi_probes.model.manifest import Manifest, PulumiOptions
from pulumi_probes.model.path import Path
from pulumi_probes.model.values import UNKNOWN, revealed
from pulumi_probes.program.expansion import is_expandable, read_contents
from pulumi_probes.program.recording import Recording, Registration
from pulumi_probes.program.tools import ToolFailed
from pulumi_probes.program.wire import write_properties

PROVIDER_TYPE = "pulumi:providers:kubernetes"
"""The type of a Kubernetes provider that a program configures itself."""

_CLUSTER_SCOPED = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "FlowSchema",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PodSecurityPolicy",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)
"""The kinds that are in no namespace; the provider takes every other kind to be in one."""


@dataclass(slots=True)
class ProgramManifests:
    """The Kubernetes objects of a program.

    Attributes:
        manifests: the objects, in the order of registration.
        registrations: the resource of each, in the same order.
    """

    manifests: list[Manifest] = field(default_factory=list[Manifest])
    registrations: list[Registration] = field(default_factory=list[Registration])


class ProgramLine:
    """A resource of a program has one line: where it was made."""

    def __init__(self, source: SourceLocation) -> None:
        self._source = source

    def locate(self, _path: Path) -> SourceLocation:
        """The line."""
        return self._source


def read_manifests(recording: Recording) -> ProgramManifests:
    """The Kubernetes objects that a program would deploy.

    What a provider would expand (charts, YAML files, overlays) is expanded here and added to the recording; what cannot
    be expanded is noted there.
    """
    found = ProgramManifests()
    for registration in list(recording.registrations):
        if registration.is_read:
            continue
        if is_expandable(registration):
            for child in _expanded(registration, recording):
                recording.add(child)
                _add(found, child, recording)
        elif registration.is_remote:
            recording.note(
                _subject(registration), "Its provider builds it, so what is inside is neither shown nor audited."
            )
        else:
            _add(found, registration, recording)
    return found


def _add(found: ProgramManifests, registration: Registration, recording: Recording) -> None:
    options = PulumiOptions(
        urn=registration.urn,
        create_timeout_seconds=registration.create_timeout_seconds,
        update_timeout_seconds=registration.update_timeout_seconds,
    )
    manifest = read_pulumi_resource(registration.type_token, registration.inputs, options)
    if manifest is None or not registration.is_custom:
        return
    line = ProgramLine(registration.source) if registration.source is not None else None
    content = _in_namespace(manifest.content, _default_namespace(registration, recording))
    found.manifests.append(replace(manifest, content=content, source=line))
    found.registrations.append(registration)


def _default_namespace(registration: Registration, recording: Recording) -> Any:
    provider = recording.find(registration.provider)
    if provider is None or provider.type_token != PROVIDER_TYPE:
        return None
    return provider.inputs.get("namespace")


def _in_namespace(content: Mapping[str, Any], namespace: Any) -> Mapping[str, Any]:
    """An object with the namespace that its provider puts it into when it names none."""
    metadata = revealed(content.get("metadata"))
    if revealed(namespace) in (None, "") or metadata is UNKNOWN or content.get("kind") in _CLUSTER_SCOPED:
        return content
    if isinstance(metadata, Mapping) and metadata.get("namespace"):
        return content
    return {**content, "metadata": {**(metadata if isinstance(metadata, Mapping) else {}), "namespace": namespace}}


def _expanded(registration: Registration, recording: Recording) -> Iterator[Registration]:
    try:
        contents = list(read_contents(registration))
    except ToolFailed as error:
        recording.note(_subject(registration), f"What is inside is neither shown nor audited: {error}")
        return
    items = [item for content in contents for item in expand(Manifest(content=content))]
    namespace = registration.inputs.get("namespace")
    for item in items:
        yield _child(registration, _in_namespace(item.content, namespace))


def _child(parent: Registration, content: Mapping[str, Any]) -> Registration:
    metadata = revealed(content.get("metadata"))
    metadata = metadata if isinstance(metadata, Mapping) else {}
    place = [str(part) for part in (revealed(metadata.get("namespace")), revealed(metadata.get("name"))) if part]
    name = f"{parent.name}:{'/'.join(place)}"
    api_version, kind = str(content.get("apiVersion")), str(content.get("kind"))
    token = f"kubernetes:{api_version if '/' in api_version else f'core/{api_version}'}:{kind}"
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


def _subject(registration: Registration) -> str:
    return f"{registration.type_token} {registration.name}"
