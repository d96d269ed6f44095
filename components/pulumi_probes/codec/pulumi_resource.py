"""Converts resources of Pulumi to Kubernetes objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from pulumi_probes.codec.kinds import pod_paths
from pulumi_probes.model.go_duration import NANOSECONDS, parse_go_duration
from pulumi_probes.model.manifest import Manifest, PulumiOptions
from pulumi_probes.model.values import UNKNOWN, Secret, revealed

HELM_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
"""The type of a Helm release: a single resource, whose objects only Helm sees."""

PROVIDER_TYPE: Final = "pulumi:providers:kubernetes"
"""The type of a Kubernetes provider that the program configures."""

_PATCH = "Patch"

_QUOTED: Final = frozenset(
    {"name", "namespace", "port", "targetPort", "containerPort", "host", "path", "serviceName", "apiVersion", "kind"}
)
"""The fields whose values findings quote."""


class ObjectIdentity(Struct, frozen=True):
    """The kind of the Kubernetes object of a resource.

    Attributes:
        api_version: in the form of manifests: `v1`, not `core/v1`.
        kind: the kind, without the suffix `Patch`.
        is_patch: whether the resource is a partial object.
    """

    api_version: str
    kind: str
    is_patch: bool = False


def identify(type_token: str, api_version: Any, kind: Any) -> ObjectIdentity | None:
    """The kind of the Kubernetes object of a resource; None if it is not a Kubernetes object.

    It is determined by the object's own `apiVersion` and `kind`, which every SDK of the provider sets. If they are
    missing or unknown, it is determined by the type, for the kinds of Kubernetes itself and known custom kinds.

    Args:
        type_token: such as `kubernetes:apps/v1:Deployment`.
        api_version: the property `apiVersion`, of any type.
        kind: the property `kind`, of any type.
    """
    package, _, rest = type_token.partition(":")
    module, _, name = rest.rpartition(":")
    api_version, kind = revealed(api_version), revealed(kind)
    if isinstance(api_version, str) and isinstance(kind, str) and api_version and kind:
        # Pulumi's own resources are never objects of a cluster, even if they have properties of these names.
        return None if package == "pulumi" else ObjectIdentity(api_version, kind, is_patch=name == kind + _PATCH)
    if package != "kubernetes":
        return None
    api_version = module.removeprefix("core/")
    if _is_known(api_version, name):
        return ObjectIdentity(api_version, name)
    if name.endswith(_PATCH) and _is_known(api_version, name.removesuffix(_PATCH)):
        return ObjectIdentity(api_version, name.removesuffix(_PATCH), is_patch=True)
    return None


def type_token_of(api_version: str, kind: str) -> str:
    """The type that the provider has for an object: `kubernetes:core/v1:Pod` for `v1` and `Pod`."""
    return f"kubernetes:{api_version if '/' in api_version else f'core/{api_version}'}:{kind}"


def read_pulumi_resource(
    type_token: str, content: Mapping[str, Any], options: PulumiOptions | None = None
) -> Manifest | None:
    """The Kubernetes object in the inputs or outputs of a resource; None if it is not a Kubernetes object.

    Args:
        type_token: such as `kubernetes:apps/v1:Deployment`.
        content: the properties; leaves may be `UNKNOWN` or `Secret`.
        options: the Pulumi options of the resource.
    """
    identity = identify(type_token, content.get("apiVersion"), content.get("kind"))
    if identity is None:
        return None
    # The provider stores data of its own in keys with two underscores, in outputs even a copy of the inputs.
    known = {key: value for key, value in content.items() if not key.startswith("__")}
    return Manifest(
        content={**known, "apiVersion": identity.api_version, "kind": identity.kind},
        is_patch=identity.is_patch,
        pulumi=options if options is not None else PulumiOptions(),
    )


def without_secret_names(manifest: Manifest) -> Manifest:
    """The manifest with names and addresses that are marked as secret as unknown, because findings quote them.

    Only a value that is marked itself counts: Pulumi marks whole objects as secret if one value in them is.
    """
    content = _without_secret_names(manifest.content)
    return manifest if content is manifest.content else replace(manifest, content=content)


def _without_secret_names(value: Any) -> Any:
    """The value, the same one if there is nothing to hide."""
    if isinstance(value, Secret):
        below = _without_secret_names(value.value)
        return value if below is value.value else Secret(below)
    if isinstance(value, Mapping):
        changed = {key: new for key, below in value.items() if (new := _hidden_name(key, below)) is not below}
        return {**value, **changed} if changed else value
    if isinstance(value, list):
        entries = [_without_secret_names(below) for below in value]
        return entries if any(new is not old for new, old in zip(entries, value, strict=True)) else value
    return value


def _hidden_name(key: Any, value: Any) -> Any:
    if key in _QUOTED and isinstance(value, Secret) and isinstance(revealed(value), (str, int, float)):
        return Secret(UNKNOWN)
    return _without_secret_names(value)


def read_custom_timeout(text: str) -> float | None:
    """A custom timeout in seconds; None if the text is empty.

    read_custom_timeout("1h30m")   # 5400.0

    Raises:
        ValueError: the text is not a duration of Go, so that the engine rejects it.
    """
    return seconds_or_unset(parse_go_duration(text) / NANOSECONDS["s"]) if text else None


def seconds_or_unset(timeout: float) -> float | None:
    """A custom timeout in seconds; None for 0, which the engine sends for an unset timeout."""
    return timeout if timeout > 0 else None


def _is_known(api_version: str, kind: str) -> bool:
    return pod_paths(api_version, kind) is not None or (api_version, kind) == ("v1", "Service")
