"""The Kubernetes objects in a recording, with what Pulumi and the provider add to them."""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

from pulumi_probes.codec.program_line import ProgramLine
from pulumi_probes.codec.pulumi_resource import read_pulumi_resource
from pulumi_probes.model.manifest import Manifest, PulumiOptions
from pulumi_probes.preview.namespace import in_namespace, provider_namespace
from pulumi_probes.preview.recording import Recording, Registration


class ProgramManifests(Struct):
    """The Kubernetes objects of a program.

    Attributes:
        manifests: the objects, in the order of registration.
        registrations: the resources of these objects, in the same order.
    """

    manifests: list[Manifest] = field(default_factory=list[Manifest])
    registrations: list[Registration] = field(default_factory=list[Registration])


def read_manifests(recording: Recording) -> ProgramManifests:
    """The Kubernetes objects that a program would deploy, without those that it only reads."""
    found = ProgramManifests()
    for registration in recording.registrations:
        if not registration.is_read and registration.is_custom:
            _add(found, registration, recording)
    return found


def _add(found: ProgramManifests, registration: Registration, recording: Recording) -> None:
    options = PulumiOptions(
        urn=registration.urn,
        create_timeout_seconds=registration.create_timeout_seconds,
        update_timeout_seconds=registration.update_timeout_seconds,
    )
    manifest = read_pulumi_resource(registration.type_token, registration.inputs, options)
    if manifest is None:
        return
    line = ProgramLine(registration.source) if registration.source is not None else None
    content = in_namespace(manifest.content, provider_namespace(registration, recording))
    found.manifests.append(replace(manifest, content=content, source=line))
    found.registrations.append(registration)
