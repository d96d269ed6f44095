"""The component for low-latency network functions; Pulumi evaluates its annotations, so they must not be strings."""

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
    """Seconds that the slowest start may take without a restart; 30 by default."""

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
    liveness_path: NotRequired[str]
    """The path that the liveness probe requests; /livez by default."""
    readiness_path: NotRequired[str]
    """The path that the readiness probe requests; /readyz by default."""
    startup_path: NotRequired[str]
    """The path that the startup probe requests; by default the liveness path."""
    scheme: NotRequired[str]
    """The scheme of the probes: HTTP (the default) or HTTPS, for which the kubelet does not verify the certificate."""
    http_headers: NotRequired[Sequence[HttpHeaderArgs]]
    """The headers that every probe request carries."""
    cpus: int
    """The number of whole CPUs, exclusive to the container; at least 1."""
    memory: str
    """The memory of the container as a Kubernetes quantity, such as 2Gi."""
    hugepages: NotRequired[Mapping[str, str]]
    """Huge pages by size: {"1Gi": "4Gi"}. Mounted at /dev/hugepages; several sizes at /dev/hugepages-SIZE."""
    extended_resources: NotRequired[Mapping[str, str]]
    """Extended resources, such as devices, with their amounts: {"openshift.io/sriov": "1"}."""


class TelcoService(ProbedService):
    """A network function: failures are detected within seconds, and no probe runs a process on its CPUs.

    Consists of a Deployment, a Service and, with two or more replicas, a PodDisruptionBudget. Every container has
    whole CPUs, with requests equal to limits (Guaranteed QoS); the main container has all three probes and both
    lifecycle hooks.
    """

    def __init__(
        self,
        name: str,
        args: TelcoServiceArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transform | None = None,
    ) -> None:
        """Create the Deployment, the Service and the PodDisruptionBudget of a network function.

        ``TelcoService("upf", {"image": "ghcr.io/acme/upf:3.1", "port": 8080, "cpus": 4, "memory": "8Gi"})`` creates two
        replicas with four whole CPUs each (Guaranteed QoS), all three probes and both lifecycle hooks.

        Raises:
            InvalidArguments: arguments are invalid, or rules report errors or warnings; it lists every problem.
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
    """Set requests to limits in all containers, mount huge pages, and reject probes and hooks that run a process."""
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
    # With more than one size, the API requires the size in the name of the medium.
    suffixes = {size: f"-{size}" if len(sizes) > 1 else "" for size in sizes}
    volumes = [{"name": names[size], "emptyDir": {"medium": f"HugePages{suffixes[size]}"}} for size in sizes]
    mounts = [{"name": names[size], "mountPath": f"/dev/hugepages{suffixes[size]}"} for size in sizes]
    arguments["volumes"] = [*arguments.get("volumes", []), *volumes]
    arguments["volume_mounts"] = [*arguments.get("volume_mounts", []), *mounts]


def _guaranteed(
    container: Mapping[str, Any], where: tuple[Segment, ...], problems: list[Problem]
) -> dict[str, dict[str, str]]:
    """Resources with requests equal to limits; a single container without them makes the whole pod not Guaranteed."""
    consequence = "The pod would not be Guaranteed, and all of its containers would share CPUs with other pods."
    resources = container.get("resources", {})
    requests, limits = resources.get("requests", {}), resources.get("limits", {})
    missing = [name for name in ("cpu", "memory") if name not in limits]
    if missing:
        problems.append(
            Problem(
                path=FieldPath((*where, "limits")),
                what=f"must contain cpu and memory; {' and '.join(missing)} missing.",
                consequence=consequence,
                fix="Set both limits; the requests default to them.",
            )
        )
    different = sorted(name for name, amount in requests.items() if limits.get(name) != amount)
    if different and not missing:
        problems.append(
            Problem(
                path=FieldPath((*where, "requests")),
                what=f"must equal the limits; different: {' and '.join(different)}.",
                consequence=consequence,
                fix="Leave the requests out; they default to the limits.",
            )
        )
    return {"requests": {**requests, **limits}, "limits": limits}


def _refuse_commands(container: Mapping[str, Any], where: tuple[Segment, ...], problems: list[Problem]) -> None:
    """Report hooks that run a command; rules already report exec probes."""
    problems += [
        Problem(
            path=FieldPath((*where, hook, "exec")),
            what="must not run a process in the container.",
            consequence="It would take CPU time from the exclusive CPUs of the container.",
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
