"""The component for low-latency network functions; Pulumi reads its annotations, so they are no strings."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from typing_extensions import NotRequired

from pulumi_probes.components.arguments.component import ComponentArgs, GuaranteedArgs, HttpEndpointsArgs, ServiceArgs
from pulumi_probes.components.arguments.container import (
    EnvFromArgs,
    EnvSourceArgs,
    InitContainerArgs,
    PortArgs,
    SidecarArgs,
)
from pulumi_probes.components.arguments.probe import HttpHeaderArgs, LifecycleHandlerArgs, ProbeArgs
from pulumi_probes.components.arguments.problems import Problem
from pulumi_probes.components.component import ProbedService
from pulumi_probes.components.definition import Definition
from pulumi_probes.components.manifests import Transform
from pulumi_probes.components.rendering.http import http_port_name, http_service_port, http_url
from pulumi_probes.model.field_path import FieldPath, Segment
from pulumi_probes.presets import find_preset


class TelcoServiceArgs(ComponentArgs, HttpEndpointsArgs, GuaranteedArgs):
    """The arguments of a `TelcoService`; image, port, cpus and memory are required."""

    starts_within: NotRequired[int]
    """The slowest start that must survive, in seconds; 30 by default."""

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
    port: int
    """The port the service listens on; container, Service and probes share it under one name."""
    name: NotRequired[str]
    """The name of the Deployment, the Service, the container and the selector; the component's own by default."""
    namespace: NotRequired[pulumi.Input[str]]
    """The namespace; the provider's by default."""
    replicas: NotRequired[int]
    """How many pods, 2 by default; from 2 on there is a PodDisruptionBudget."""

    detects_within: NotRequired[int]
    """A hung pod is out of the Service's endpoints by then, in seconds, worst case."""
    restarts_after: NotRequired[int]
    """A container that keeps failing is killed no earlier than this, in seconds, nor before it is out of traffic."""
    drains_within: NotRequired[int]
    """How long requests under way may still take after SIGTERM, in seconds."""
    pre_stop_sleep_seconds: NotRequired[int]
    """Pause before SIGTERM, until load balancers have noticed, in seconds."""
    min_ready_seconds: NotRequired[int]
    """How long a new pod must stay Ready before the rollout goes on, in seconds."""

    startup_probe: NotRequired[ProbeArgs]
    """Fields that win over the startup probe computed from the intents."""
    readiness_probe: NotRequired[ProbeArgs]
    """Fields that win over the readiness probe computed from the intents."""
    liveness_probe: NotRequired[ProbeArgs]
    """Fields that win over the liveness probe computed from the intents."""
    post_start: NotRequired[LifecycleHandlerArgs]
    """Runs right after the container's start."""
    pre_stop: NotRequired[LifecycleHandlerArgs]
    """Runs right before SIGTERM, instead of the pause."""
    stop_signal: NotRequired[str]
    """Sent instead of the image's, such as SIGQUIT, on clusters with the feature gate ContainerStopSignals."""
    termination_grace_period_seconds: NotRequired[int]
    """Seconds until SIGKILL, the pause included; computed from the pause and drains_within by default."""

    max_surge: NotRequired[int]
    """Pods above `replicas` during an update, 1 by default."""
    max_unavailable: NotRequired[int]
    """Pods that may be missing during an update, 0 by default."""
    progress_deadline_seconds: NotRequired[int]
    """The longest gap without progress before Kubernetes reports a rollout as failed; computed by default."""
    await_timeout_seconds: NotRequired[int]
    """How long Pulumi waits for a rollout; computed by default. The resource option custom_timeouts wins over it."""

    ports: NotRequired[Sequence[PortArgs]]
    """Further ports of the container."""
    service: NotRequired[ServiceArgs]
    """The Service in front of the pods."""
    pod_disruption_budget: NotRequired[bool]
    """Whether evictions are limited to one pod at a time, true by default; never for a single replica."""

    labels: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Labels of everything, pods included."""
    annotations: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Annotations of the Deployment."""
    pod_labels: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Labels of the pods alone."""
    pod_annotations: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Annotations of the pods."""

    sidecars: NotRequired[Sequence[SidecarArgs]]
    """Containers beside the service, native ones in the order in which they start."""
    init_containers: NotRequired[Sequence[InitContainerArgs]]
    """Containers that run before the service, after the native sidecars have started."""
    volumes: NotRequired[Sequence[Mapping[str, Any]]]
    """Volumes in Kubernetes' own names: {"name": "data", "emptyDir": {}}."""

    service_account_name: NotRequired[pulumi.Input[str]]
    """The service account; the namespace's default one by default."""
    automount_service_account_token: NotRequired[bool]
    """Whether the pods get credentials of the Kubernetes API, false by default."""
    image_pull_secrets: NotRequired[Sequence[pulumi.Input[str]]]
    """Names of Secrets with credentials for the registry."""
    node_selector: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Labels that a node must have."""
    tolerations: NotRequired[Sequence[Mapping[str, Any]]]
    """Taints that do not matter, in Kubernetes' own names."""
    affinity: NotRequired[Mapping[str, Any]]
    """Affinity in Kubernetes' own names."""
    topology_spread_constraints: NotRequired[Sequence[Mapping[str, Any]]]
    """Instead of the default spread over hosts and zones, in Kubernetes' own names; empty for none."""
    priority_class_name: NotRequired[pulumi.Input[str]]
    """The pods' priority class."""
    runtime_class_name: NotRequired[pulumi.Input[str]]
    """The pods' runtime class."""
    pod_security: NotRequired[str]
    """The Pod Security level to fit, restricted by default; privileged leaves every security context unset."""
    pod_security_context: NotRequired[Mapping[str, Any]]
    """Laid over the default pod security context field by field, in Kubernetes' own names: {"fsGroup": 10001}."""

    waivers: NotRequired[Mapping[str, str]]
    """Rules to live with, each with its reason: {"PRB204": "restarts are cheap here; until 2027-01-31"}."""
    liveness_path: NotRequired[str]
    """Where the process says that it works, /livez by default."""
    readiness_path: NotRequired[str]
    """Where it says that it can take requests, /readyz by default."""
    startup_path: NotRequired[str]
    """Where it says that it has started; the liveness path by default."""
    scheme: NotRequired[str]
    """HTTP, or HTTPS, whose certificate the kubelet does not verify; HTTP by default."""
    http_headers: NotRequired[Sequence[HttpHeaderArgs]]
    """Sent with every attempt."""
    cpus: int
    """How many whole CPUs the container has for itself."""
    memory: str
    """How much memory it has, such as 2Gi."""
    hugepages: NotRequired[Mapping[str, str]]
    """Huge pages by size, such as {"1Gi": "4Gi"}; mounted at /dev/hugepages, or /dev/hugepages-SIZE for several."""
    extended_resources: NotRequired[Mapping[str, str]]
    """Devices that the cluster hands out, such as {"openshift.io/sriov": "1"}."""


class TelcoService(ProbedService):
    """A network function: a failure is noticed within seconds, and no probe runs a process on its CPUs.

    Consists of a Deployment, a Service and, from two replicas on, a PodDisruptionBudget. Every container has
    whole CPUs, with requests equal to limits (Guaranteed QoS); the main one has all three probes and both lifecycle
    hooks.
    """

    def __init__(
        self,
        name: str,
        args: TelcoServiceArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transform | None = None,
    ) -> None:
        """Make the Deployment, the Service and the PodDisruptionBudget of a network function.

        ``TelcoService("upf", {"image": "ghcr.io/acme/upf:3.1", "port": 8080, "cpus": 4, "memory": "8Gi"})`` makes two
        replicas with four whole CPUs each (Guaranteed QoS), all three probes and both lifecycle hooks.

        Raises:
            InvalidArguments: the arguments are wrong, or a rule refuses what they lead to; it lists every problem.
        """
        super().__init__(_DEFINITION, name, args, opts, transform)


def _resources(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    amounts = {
        "cpu": str(arguments["cpus"]),
        "memory": arguments["memory"],
        **{f"hugepages-{size}": amount for size, amount in arguments.get("hugepages", {}).items()},
        **arguments.get("extended_resources", {}),
    }
    return {"requests": amounts, "limits": dict(amounts)}


def _prepare(arguments: dict[str, Any], problems: list[Problem]) -> None:
    """Every container gets what it may take at most, mounts for huge pages, and runs no process beside its own."""
    for owner in ("sidecars", "init_containers"):
        containers: list[Mapping[str, Any]] = arguments.get(owner, [])
        arguments[owner] = [
            {**container, "resources": _guaranteed(container, (owner, index, "resources"), problems)}
            for index, container in enumerate(containers)
        ]
        for index, container in enumerate(containers):
            _refuse_commands(container, (owner, index), problems)
    _refuse_commands(arguments, (), problems)
    _mount_hugepages(arguments)


def _mount_hugepages(arguments: dict[str, Any]) -> None:
    sizes = sorted(arguments.get("hugepages", {}))
    names = {size: f"hugepages-{size.lower()}" for size in sizes}
    # The API wants the size in the medium as soon as there are two.
    suffixes = {size: f"-{size}" if len(sizes) > 1 else "" for size in sizes}
    volumes = [{"name": names[size], "emptyDir": {"medium": f"HugePages{suffixes[size]}"}} for size in sizes]
    mounts = [{"name": names[size], "mountPath": f"/dev/hugepages{suffixes[size]}"} for size in sizes]
    arguments["volumes"] = [*arguments.get("volumes", []), *volumes]
    arguments["volume_mounts"] = [*arguments.get("volume_mounts", []), *mounts]


def _guaranteed(
    container: Mapping[str, Any], where: tuple[Segment, ...], problems: list[Problem]
) -> dict[str, dict[str, str]]:
    """Requests equal to limits; one container without them takes the whole pod out of the Guaranteed class."""
    consequence = "The pod would not be Guaranteed, and every container in it would share its CPUs with other pods."
    resources = container.get("resources", {})
    requests, limits = resources.get("requests", {}), resources.get("limits", {})
    missing = [name for name in ("cpu", "memory") if name not in limits]
    if missing:
        problems.append(
            Problem(
                path=FieldPath((*where, "limits")),
                what=f"lacks {' and '.join(missing)}.",
                consequence=consequence,
                fix="Set both; the requests follow.",
            )
        )
    different = sorted(name for name, amount in requests.items() if limits.get(name) != amount)
    if different and not missing:
        problems.append(
            Problem(
                path=FieldPath((*where, "requests")),
                what=f"{' and '.join(different)} differ from the limits.",
                consequence=consequence,
                fix="Leave the requests out; they follow the limits.",
            )
        )
    return {"requests": {**requests, **limits}, "limits": limits}


def _refuse_commands(container: Mapping[str, Any], where: tuple[Segment, ...], problems: list[Problem]) -> None:
    """Rules judge exec probes; hooks run in the container, too."""
    problems += [
        Problem(
            path=FieldPath((*where, hook, "exec")),
            what="runs a process in the container.",
            consequence="It would take its time from the CPUs that the container has for itself.",
            fix="Use sleep or http_get.",
        )
        for hook in ("post_start", "pre_stop")
        if "exec" in container.get(hook, {})
    ]


_DEFINITION = Definition(
    type_name="TelcoService",
    arguments=TelcoServiceArgs,
    preset=find_preset("telco"),
    port_name=http_port_name,
    probe_port=http_port_name,
    service_port=http_service_port,
    url=http_url,
    resources=_resources,
    prepare=_prepare,
)
