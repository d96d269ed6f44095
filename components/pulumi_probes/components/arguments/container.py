"""Arguments for containers: environment, resources, ports.

There is no ``from __future__ import annotations`` here, for the reason given in
`pulumi_probes.components.arguments.component`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from typing_extensions import NotRequired, TypedDict

from pulumi_probes.components.arguments.probe import LifecycleHandlerArgs, ProbeArgs


class KeySelectorArgs(TypedDict):
    """One key of a ConfigMap or a Secret."""

    name: pulumi.Input[str]
    """The name of the object."""
    key: pulumi.Input[str]
    """The key whose value is used."""
    optional: NotRequired[bool]
    """Whether the container may start when it does not exist; false by default."""


class FieldSelectorArgs(TypedDict):
    """A field of the pod."""

    field_path: str
    """The path of the field, such as metadata.name or status.podIP."""


class ResourceFieldSelectorArgs(TypedDict):
    """A resource request or limit of a container."""

    resource: str
    """The resource, such as limits.cpu."""
    container_name: NotRequired[str]
    """The name of the container; by default this one."""
    divisor: NotRequired[str]
    """The unit of the value, such as 1Mi; 1 by default."""


class EnvSourceArgs(TypedDict):
    """The source of the value of an environment variable; exactly one of the four must be set."""

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
    """The name of the object."""
    optional: NotRequired[bool]
    """Whether the container may start when it does not exist; false by default."""


class EnvFromArgs(TypedDict):
    """Environment variables from all keys of a ConfigMap or a Secret; exactly one of the two must be set."""

    config_map_ref: NotRequired[EnvFromSourceArgs]
    """The ConfigMap."""
    secret_ref: NotRequired[EnvFromSourceArgs]
    """The Secret."""
    prefix: NotRequired[str]
    """The prefix of every variable name; empty by default."""


class ResourcesArgs(TypedDict):
    """The resource requests and limits of a container, as Kubernetes quantities."""

    requests: NotRequired[Mapping[str, str]]
    """The guaranteed amounts: {"cpu": "250m", "memory": "128Mi"}."""
    limits: NotRequired[Mapping[str, str]]
    """The maximum amounts: {"memory": "256Mi"}."""


class PortArgs(TypedDict):
    """An additional port of a container and, with `service_port`, of the Service."""

    name: str
    """The name of the port: up to 15 lowercase letters, digits and dashes, unique within the pod."""
    container_port: int
    """The port number that the container listens on (1 to 65535)."""
    protocol: NotRequired[str]
    """The protocol: TCP (the default), UDP or SCTP."""
    service_port: NotRequired[int]
    """The port under which the Service exposes it (1 to 65535); not exposed by default."""
    node_port: NotRequired[int]
    """The port on every node, for a Service of type NodePort or LoadBalancer; by default the cluster chooses one."""
    app_protocol: NotRequired[str]
    """The application protocol of the Service's port, such as kubernetes.io/h2c; unset by default."""


class ContainerArgs(TypedDict):
    """The arguments that all containers share."""

    image: pulumi.Input[str]
    """The container image, with a tag or a digest."""
    image_pull_policy: NotRequired[str]
    """When to pull the image: Always, IfNotPresent or Never; by default Kubernetes decides by the tag."""
    command: NotRequired[Sequence[pulumi.Input[str]]]
    """The program to run; overrides the image's ENTRYPOINT."""
    args: NotRequired[Sequence[pulumi.Input[str]]]
    """The arguments of the program; overrides the image's CMD."""
    working_dir: NotRequired[str]
    """The working directory; overrides the image's WORKDIR."""
    env: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Environment variables by name; the value of a secret Output stays secret."""
    env_value_from: NotRequired[Mapping[str, EnvSourceArgs]]
    """Environment variables whose values come from Secrets, ConfigMaps or fields of the pod."""
    env_from: NotRequired[Sequence[EnvFromArgs]]
    """ConfigMaps and Secrets all of whose keys become environment variables."""
    volume_mounts: NotRequired[Sequence[Mapping[str, Any]]]
    """Where the volumes are mounted, as Kubernetes objects: {"name": "data", "mountPath": "/data"}."""
    security_context: NotRequired[Mapping[str, Any]]
    """Overrides fields of the default security context, as a Kubernetes object: {"runAsUser": 10001}."""


class InitContainerArgs(ContainerArgs):
    """A container that runs to completion before the main container starts; Kubernetes allows it no probes."""

    name: str
    """The container's name."""
    resources: NotRequired[ResourcesArgs]
    """The resource requests and limits of the container."""

    # From here on scripts/docs copies the keys of the bases, because editors do not show inherited texts.
    image: pulumi.Input[str]
    """The container image, with a tag or a digest."""
    image_pull_policy: NotRequired[str]
    """When to pull the image: Always, IfNotPresent or Never; by default Kubernetes decides by the tag."""
    command: NotRequired[Sequence[pulumi.Input[str]]]
    """The program to run; overrides the image's ENTRYPOINT."""
    args: NotRequired[Sequence[pulumi.Input[str]]]
    """The arguments of the program; overrides the image's CMD."""
    working_dir: NotRequired[str]
    """The working directory; overrides the image's WORKDIR."""
    env: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Environment variables by name; the value of a secret Output stays secret."""
    env_value_from: NotRequired[Mapping[str, EnvSourceArgs]]
    """Environment variables whose values come from Secrets, ConfigMaps or fields of the pod."""
    env_from: NotRequired[Sequence[EnvFromArgs]]
    """ConfigMaps and Secrets all of whose keys become environment variables."""
    volume_mounts: NotRequired[Sequence[Mapping[str, Any]]]
    """Where the volumes are mounted, as Kubernetes objects: {"name": "data", "mountPath": "/data"}."""
    security_context: NotRequired[Mapping[str, Any]]
    """Overrides fields of the default security context, as a Kubernetes object: {"runAsUser": 10001}."""


class SidecarArgs(ContainerArgs):
    """A container that runs alongside the main one.

    A native sidecar starts before the main container, stops after it, and holds it back until its own startup probe has
    passed.
    """

    name: str
    """The container's name."""
    native: NotRequired[bool]
    """Whether it is a native sidecar (Kubernetes 1.29), true by default, or another regular container."""
    resources: NotRequired[ResourcesArgs]
    """The resource requests and limits of the container."""
    ports: NotRequired[Sequence[PortArgs]]
    """The ports of the container."""
    startup_probe: NotRequired[ProbeArgs]
    """The startup probe; until it passes, it holds back the other probes and, if native, the main container."""
    readiness_probe: NotRequired[ProbeArgs]
    """The readiness probe; while it fails, the whole pod receives no traffic."""
    liveness_probe: NotRequired[ProbeArgs]
    """The liveness probe; when it fails, the kubelet restarts this container."""
    post_start: NotRequired[LifecycleHandlerArgs]
    """The hook that runs right after the container has started; the container counts as running once it is done."""
    pre_stop: NotRequired[LifecycleHandlerArgs]
    """The hook that runs before SIGTERM."""

    # From here on scripts/docs copies the keys of the bases, because editors do not show inherited texts.
    image: pulumi.Input[str]
    """The container image, with a tag or a digest."""
    image_pull_policy: NotRequired[str]
    """When to pull the image: Always, IfNotPresent or Never; by default Kubernetes decides by the tag."""
    command: NotRequired[Sequence[pulumi.Input[str]]]
    """The program to run; overrides the image's ENTRYPOINT."""
    args: NotRequired[Sequence[pulumi.Input[str]]]
    """The arguments of the program; overrides the image's CMD."""
    working_dir: NotRequired[str]
    """The working directory; overrides the image's WORKDIR."""
    env: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Environment variables by name; the value of a secret Output stays secret."""
    env_value_from: NotRequired[Mapping[str, EnvSourceArgs]]
    """Environment variables whose values come from Secrets, ConfigMaps or fields of the pod."""
    env_from: NotRequired[Sequence[EnvFromArgs]]
    """ConfigMaps and Secrets all of whose keys become environment variables."""
    volume_mounts: NotRequired[Sequence[Mapping[str, Any]]]
    """Where the volumes are mounted, as Kubernetes objects: {"name": "data", "mountPath": "/data"}."""
    security_context: NotRequired[Mapping[str, Any]]
    """Overrides fields of the default security context, as a Kubernetes object: {"runAsUser": 10001}."""
