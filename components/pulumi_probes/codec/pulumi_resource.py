"""What Pulumi says about a resource -> the Kubernetes object in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pulumi_probes.codec.kinds import pod_paths
from pulumi_probes.model.go_duration import NANOSECONDS, parse_go_duration
from pulumi_probes.model.manifest import Manifest, PulumiOptions
from pulumi_probes.model.values import revealed

HELM_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
"""The type of a Helm release: one opaque resource, whose objects nobody but Helm sees."""

_PATCH = "Patch"


@dataclass(frozen=True, slots=True)
class ObjectIdentity:
    """What kind of Kubernetes object a resource is.

    Attributes:
        api_version: as manifests write it: `v1`, not `core/v1`.
        kind: without the suffix `Patch`.
        is_patch: whether the resource is a partial object.
    """

    api_version: str
    kind: str
    is_patch: bool = False


def identify(type_token: str, api_version: Any, kind: Any) -> ObjectIdentity | None:
    """What kind of Kubernetes object a resource is; None for what is no Kubernetes object.

    The object's own `apiVersion` and `kind` count, since every SDK of the provider sets them. Where they are missing or
    unknown, the type says it, for the kinds of Kubernetes itself and the custom ones with pods.

    Args:
        type_token: such as `kubernetes:apps/v1:Deployment`.
        api_version: the property of that name, whatever it holds.
        kind: likewise.
    """
    package, _, rest = type_token.partition(":")
    module, _, name = rest.rpartition(":")
    api_version, kind = revealed(api_version), revealed(kind)
    if isinstance(api_version, str) and isinstance(kind, str) and api_version and kind:
        # A stack's own resources are never objects of a cluster, whatever their properties are called.
        return None if package == "pulumi" else ObjectIdentity(api_version, kind, is_patch=name == kind + _PATCH)
    if package != "kubernetes":
        return None
    api_version = module.removeprefix("core/")
    if _is_known(api_version, name):
        return ObjectIdentity(api_version, name)
    if name.endswith(_PATCH) and _is_known(api_version, name.removesuffix(_PATCH)):
        return ObjectIdentity(api_version, name.removesuffix(_PATCH), is_patch=True)
    return None


def read_pulumi_resource(
    type_token: str, content: Mapping[str, Any], options: PulumiOptions | None = None
) -> Manifest | None:
    """The Kubernetes object in a resource's inputs or outputs; None for what is no Kubernetes object.

    Args:
        type_token: such as `kubernetes:apps/v1:Deployment`.
        content: its properties; leaves may be `UNKNOWN` or `Secret`.
        options: what else Pulumi knows about it.
    """
    identity = identify(type_token, content.get("apiVersion"), content.get("kind"))
    if identity is None:
        return None
    # Keys with two underscores are the provider's notes to itself; outputs hold the inputs a second time there.
    known = {key: value for key, value in content.items() if not key.startswith("__")}
    return Manifest(
        content={**known, "apiVersion": identity.api_version, "kind": identity.kind},
        is_patch=identity.is_patch,
        pulumi=options if options is not None else PulumiOptions(),
    )


def read_custom_timeout(text: str) -> float | None:
    """A custom timeout as a program writes it, in seconds as the engine sends it; None for unset.

    read_custom_timeout("1h30m")   # 5400.0

    Raises:
        ValueError: the engine refuses it, because Go does not read it as a duration.
    """
    return seconds_or_unset(parse_go_duration(text) / NANOSECONDS["s"]) if text else None


def seconds_or_unset(timeout: float) -> float | None:
    """A custom timeout as the engine sends it: 0 stands for unset."""
    return timeout if timeout > 0 else None


def _is_known(api_version: str, kind: str) -> bool:
    return pod_paths(api_version, kind) is not None or (api_version, kind) == ("v1", "Service")
