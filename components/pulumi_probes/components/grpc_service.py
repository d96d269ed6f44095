"""The component for gRPC services; Pulumi evaluates its annotations, so they must not be strings."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from typing_extensions import NotRequired

from pulumi_probes.components.arguments.component import ComponentArgs, ServiceArgs
from pulumi_probes.components.arguments.container import (
    EnvFromArgs,
    EnvSourceArgs,
    InitContainerArgs,
    PortArgs,
    ResourcesArgs,
    SidecarArgs,
)
from pulumi_probes.components.arguments.probe import LifecycleHandlerArgs, ProbeArgs
from pulumi_probes.components.component import ProbedService
from pulumi_probes.components.definition import Definition
from pulumi_probes.components.manifests import Transform
from pulumi_probes.presets import find_preset


class GrpcServiceArgs(ComponentArgs):
    """The arguments of a `GrpcService`; image and port are required."""

    starts_within: NotRequired[int]
    """Seconds that the slowest start may take without a restart; 60 by default."""
    liveness_service: NotRequired[str]
    """The service name of the liveness check, liveness by default; a name unknown to the server fails the check."""
    readiness_service: NotRequired[str]
    """The service name of the readiness check, readiness by default."""
    startup_service: NotRequired[str]
    """The service name of the startup check; by default that of the liveness check."""
    mode: NotRequired[str]
    """Plaintext (the default) or TLS; requires the feature gate GRPCContainerProbeTLS."""
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
    port: int
    """The port that the container listens on (1 to 65535); the Service and the probes refer to it by its name."""
    name: NotRequired[str]
    """The name of the Deployment, the Service, the container and in the selector; by default the component's name."""
    namespace: NotRequired[pulumi.Input[str]]
    """The namespace of all objects; by default that of the Kubernetes provider."""
    replicas: NotRequired[int]
    """The number of pods; 2 by default. With 2 or more, the component creates a PodDisruptionBudget."""

    detects_within: NotRequired[int]
    """Seconds, at worst, until a hung pod leaves the endpoints; default 15 (SlowStartService 35, TelcoService 5)."""
    restarts_after: NotRequired[int]
    """Seconds, at least, until a failing container is restarted; default 30 (SlowStartService 60, TelcoService 10)."""
    drains_within: NotRequired[int]
    """Seconds for requests in flight to finish after SIGTERM; default 20 (SlowStartService 45, TelcoService 10)."""
    pre_stop_sleep_seconds: NotRequired[int]
    """Seconds between the removal from the endpoints and SIGTERM, so that load balancers stop routing; default 5."""
    min_ready_seconds: NotRequired[int]
    """Seconds that a new pod must stay Ready before the rollout continues; default 5 (SlowStartService 10)."""

    startup_probe: NotRequired[ProbeArgs]
    """Fields that override those of the startup probe computed from the intents."""
    readiness_probe: NotRequired[ProbeArgs]
    """Fields that override those of the readiness probe computed from the intents."""
    liveness_probe: NotRequired[ProbeArgs]
    """Fields that override those of the liveness probe computed from the intents."""
    post_start: NotRequired[LifecycleHandlerArgs]
    """The hook that runs right after the container has started; the container counts as running once it is done."""
    pre_stop: NotRequired[LifecycleHandlerArgs]
    """The hook that runs before SIGTERM; it replaces the sleep of `pre_stop_sleep_seconds`."""
    stop_signal: NotRequired[str]
    """The signal that stops the container, such as SIGQUIT; requires the feature gate ContainerStopSignals."""
    termination_grace_period_seconds: NotRequired[int]
    """Seconds until SIGKILL, the preStop hook included; by default computed from the sleep and `drains_within`."""

    max_surge: NotRequired[int]
    """The number of pods above `replicas` during a rollout; 1 by default."""
    max_unavailable: NotRequired[int]
    """The number of pods below `replicas` during a rollout; 0 by default."""
    progress_deadline_seconds: NotRequired[int]
    """Seconds without progress after which Kubernetes reports a rollout as failed; computed by default."""
    await_timeout_seconds: NotRequired[int]
    """Seconds that Pulumi waits for a rollout; computed by default, overridden by the option `custom_timeouts`."""

    ports: NotRequired[Sequence[PortArgs]]
    """Additional ports of the container."""
    service: NotRequired[ServiceArgs]
    """Settings of the Service that routes traffic to the pods."""
    pod_disruption_budget: NotRequired[bool]
    """Whether a PodDisruptionBudget limits evictions to one pod at a time; true by default, ignored for 1 replica."""

    labels: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Labels of all objects, the pods included."""
    annotations: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Annotations of the Deployment."""
    pod_labels: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Additional labels for the pods only."""
    pod_annotations: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Annotations of the pods."""

    sidecars: NotRequired[Sequence[SidecarArgs]]
    """Containers that run alongside the main one; native sidecars start in the order given."""
    init_containers: NotRequired[Sequence[InitContainerArgs]]
    """Containers that run to completion after the native sidecars have started and before the main container."""
    volumes: NotRequired[Sequence[Mapping[str, Any]]]
    """The volumes of the pods, as Kubernetes objects: {"name": "data", "emptyDir": {}}."""

    service_account_name: NotRequired[pulumi.Input[str]]
    """The service account of the pods; by default that of the namespace."""
    automount_service_account_token: NotRequired[bool]
    """Whether the pods get credentials for the Kubernetes API; false by default."""
    image_pull_secrets: NotRequired[Sequence[pulumi.Input[str]]]
    """Names of Secrets that contain credentials for the image registry."""
    node_selector: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Labels that a node must have to run the pods."""
    tolerations: NotRequired[Sequence[Mapping[str, Any]]]
    """The taints that the pods tolerate, as Kubernetes objects: {"key": "gpu", "operator": "Exists"}."""
    affinity: NotRequired[Mapping[str, Any]]
    """The affinity of the pods, as a Kubernetes object."""
    topology_spread_constraints: NotRequired[Sequence[Mapping[str, Any]]]
    """Replaces the default spread over hosts and zones, as Kubernetes objects; an empty list means no constraints."""
    priority_class_name: NotRequired[pulumi.Input[str]]
    """The priority class of the pods."""
    runtime_class_name: NotRequired[pulumi.Input[str]]
    """The runtime class of the pods."""
    pod_security: NotRequired[str]
    """The Pod Security level to comply with: restricted (default), or privileged, which sets no security contexts."""
    pod_security_context: NotRequired[Mapping[str, Any]]
    """Overrides fields of the default pod security context, as a Kubernetes object: {"fsGroup": 10001}."""

    waivers: NotRequired[Mapping[str, str]]
    """Findings to accept, by rule, each with a reason: {"PRB204": "restarts are cheap here; until 2027-01-31"}."""


class GrpcService(ProbedService):
    """A gRPC service with the standard health service, `grpc.health.v1.Health`.

    Consists of a Deployment, a Service and, with two or more replicas, a PodDisruptionBudget. The probes call the
    health service with the service names liveness and readiness, so that the server can answer the two checks
    differently; it must register both names.
    """

    def __init__(
        self,
        name: str,
        args: GrpcServiceArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transform | None = None,
    ) -> None:
        """Create the Deployment, the Service and the PodDisruptionBudget of a gRPC service.

        ``GrpcService("cart", {"image": "ghcr.io/acme/cart:2.0.1", "port": 9090})`` creates two replicas whose probes
        call the health service with the service names liveness and readiness; the server must register both.

        Raises:
            InvalidArguments: arguments are invalid, or rules report errors or warnings; it lists every problem.
        """
        super().__init__(_DEFINITION, name, args, opts, transform)


_DEFINITION = Definition(
    type_name="GrpcService",
    arguments=GrpcServiceArgs,
    preset=find_preset("grpc"),
    port_name=lambda _arguments: "grpc",
    probe_port=lambda arguments: int(arguments["port"]),
    # gRPC has no well-known port, so the Service has the same port as the container.
    service_port=lambda arguments: int(arguments["port"]),
    url=lambda _arguments, address, port: f"dns:///{address}:{port}",
)
