"""Arguments for containers: environment, resources, ports.

`pulumi_probes.components.arguments.component` says why there is no ``from __future__ import annotations`` here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from typing_extensions import NotRequired, TypedDict

from pulumi_probes.components.arguments.probe import LifecycleHandlerArgs, ProbeArgs


class KeySelectorArgs(TypedDict):
    """One key of a ConfigMap or a Secret."""

    name: pulumi.Input[str]
    """The object's name."""
    key: pulumi.Input[str]
    """The key in it."""
    optional: NotRequired[bool]
    """Whether the container starts without it; false by default."""


class FieldSelectorArgs(TypedDict):
    """A field of the pod itself."""

    field_path: str
    """Such as metadata.name or status.podIP."""


class ResourceFieldSelectorArgs(TypedDict):
    """A resource request or limit of a container."""

    resource: str
    """Such as limits.cpu."""
    container_name: NotRequired[str]
    """The container; this one by default."""
    divisor: NotRequired[str]
    """The unit, such as 1Mi; 1 by default."""


class EnvSourceArgs(TypedDict):
    """Where the value of an environment variable comes from; exactly one of the four."""

    secret_key_ref: NotRequired[KeySelectorArgs]
    """A key of a Secret."""
    config_map_key_ref: NotRequired[KeySelectorArgs]
    """A key of a ConfigMap."""
    field_ref: NotRequired[FieldSelectorArgs]
    """A field of the pod."""
    resource_field_ref: NotRequired[ResourceFieldSelectorArgs]
    """A resource request or limit."""


class EnvFromSourceArgs(TypedDict):
    """A whole ConfigMap or Secret."""

    name: pulumi.Input[str]
    """The object's name."""
    optional: NotRequired[bool]
    """Whether the container starts without it; false by default."""


class EnvFromArgs(TypedDict):
    """Environment variables from all keys of a ConfigMap or a Secret; exactly one of the two."""

    config_map_ref: NotRequired[EnvFromSourceArgs]
    """The ConfigMap."""
    secret_ref: NotRequired[EnvFromSourceArgs]
    """The Secret."""
    prefix: NotRequired[str]
    """Put before every name."""


class ResourcesArgs(TypedDict):
    """What a container gets for sure and at most."""

    requests: NotRequired[Mapping[str, str]]
    """For sure, such as {"cpu": "250m", "memory": "128Mi"}."""
    limits: NotRequired[Mapping[str, str]]
    """At most, such as {"memory": "256Mi"}."""


class PortArgs(TypedDict):
    """A further port of a container, and of the Service if it says so."""

    name: str
    """Up to 15 small letters, digits and dashes; unique in the pod."""
    container_port: int
    """The number."""
    protocol: NotRequired[str]
    """TCP, UDP or SCTP; TCP by default."""
    service_port: NotRequired[int]
    """The Service's port for it; without one the Service does not have it."""
    node_port: NotRequired[int]
    """The port on every node, for a Service of type NodePort or LoadBalancer; chosen by the cluster by default."""
    app_protocol: NotRequired[str]
    """What the Service says about the protocol spoken, such as kubernetes.io/h2c."""


class ContainerArgs(TypedDict):
    """What every container takes."""

    image: pulumi.Input[str]
    """The image, with a tag or a digest."""
    image_pull_policy: NotRequired[str]
    """Always, IfNotPresent or Never."""
    command: NotRequired[Sequence[pulumi.Input[str]]]
    """The program, instead of the image's entry point."""
    args: NotRequired[Sequence[pulumi.Input[str]]]
    """Its arguments, instead of the image's."""
    working_dir: NotRequired[str]
    """Its working directory, instead of the image's."""
    env: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Environment variables; a secret Output stays secret."""
    env_value_from: NotRequired[Mapping[str, EnvSourceArgs]]
    """Environment variables whose values the cluster has: keys of Secrets and ConfigMaps, fields of the pod."""
    env_from: NotRequired[Sequence[EnvFromArgs]]
    """Whole ConfigMaps and Secrets as environment variables."""
    volume_mounts: NotRequired[Sequence[Mapping[str, Any]]]
    """Where the pod's volumes appear, in Kubernetes' own names: {"name": "data", "mountPath": "/data"}."""
    security_context: NotRequired[Mapping[str, Any]]
    """Laid over the default security context field by field, in Kubernetes' own names: {"runAsUser": 10001}."""


class InitContainerArgs(ContainerArgs):
    """A container that runs to its end before the others start. It has no probes: the API refuses them."""

    name: str
    """The container's name."""
    resources: NotRequired[ResourcesArgs]
    """What it gets for sure and at most."""

    # From here on scripts/docs copies the keys of the bases, since editors show no text that is inherited.
    image: pulumi.Input[str]
    """The image, with a tag or a digest."""
    image_pull_policy: NotRequired[str]
    """Always, IfNotPresent or Never."""
    command: NotRequired[Sequence[pulumi.Input[str]]]
    """The program, instead of the image's entry point."""
    args: NotRequired[Sequence[pulumi.Input[str]]]
    """Its arguments, instead of the image's."""
    working_dir: NotRequired[str]
    """Its working directory, instead of the image's."""
    env: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Environment variables; a secret Output stays secret."""
    env_value_from: NotRequired[Mapping[str, EnvSourceArgs]]
    """Environment variables whose values the cluster has: keys of Secrets and ConfigMaps, fields of the pod."""
    env_from: NotRequired[Sequence[EnvFromArgs]]
    """Whole ConfigMaps and Secrets as environment variables."""
    volume_mounts: NotRequired[Sequence[Mapping[str, Any]]]
    """Where the pod's volumes appear, in Kubernetes' own names: {"name": "data", "mountPath": "/data"}."""
    security_context: NotRequired[Mapping[str, Any]]
    """Laid over the default security context field by field, in Kubernetes' own names: {"runAsUser": 10001}."""


class SidecarArgs(ContainerArgs):
    """A container that runs beside the service.

    A native one starts before the service, ends after it, and delays it until its own startup probe has passed.
    """

    name: str
    """The container's name."""
    native: NotRequired[bool]
    """Whether it is a native sidecar (Kubernetes 1.29), true by default; otherwise one more regular container."""
    resources: NotRequired[ResourcesArgs]
    """What it gets for sure and at most."""
    ports: NotRequired[Sequence[PortArgs]]
    """Its ports."""
    startup_probe: NotRequired[ProbeArgs]
    """Holds the other probes, and for a native sidecar the service, back until it passes."""
    readiness_probe: NotRequired[ProbeArgs]
    """Takes the whole pod out of traffic while it fails."""
    liveness_probe: NotRequired[ProbeArgs]
    """Restarts this container when it fails."""
    post_start: NotRequired[LifecycleHandlerArgs]
    """Runs right after the container's start."""
    pre_stop: NotRequired[LifecycleHandlerArgs]
    """Runs right before SIGTERM."""

    # From here on scripts/docs copies the keys of the bases, since editors show no text that is inherited.
    image: pulumi.Input[str]
    """The image, with a tag or a digest."""
    image_pull_policy: NotRequired[str]
    """Always, IfNotPresent or Never."""
    command: NotRequired[Sequence[pulumi.Input[str]]]
    """The program, instead of the image's entry point."""
    args: NotRequired[Sequence[pulumi.Input[str]]]
    """Its arguments, instead of the image's."""
    working_dir: NotRequired[str]
    """Its working directory, instead of the image's."""
    env: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Environment variables; a secret Output stays secret."""
    env_value_from: NotRequired[Mapping[str, EnvSourceArgs]]
    """Environment variables whose values the cluster has: keys of Secrets and ConfigMaps, fields of the pod."""
    env_from: NotRequired[Sequence[EnvFromArgs]]
    """Whole ConfigMaps and Secrets as environment variables."""
    volume_mounts: NotRequired[Sequence[Mapping[str, Any]]]
    """Where the pod's volumes appear, in Kubernetes' own names: {"name": "data", "mountPath": "/data"}."""
    security_context: NotRequired[Mapping[str, Any]]
    """Laid over the default security context field by field, in Kubernetes' own names: {"runAsUser": 10001}."""
