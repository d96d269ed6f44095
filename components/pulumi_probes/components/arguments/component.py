"""What all components take: the arguments as a program writes them, and as other languages see them.

Pulumi infers the schema for other languages from these annotations while the program runs, so this module has no
``from __future__ import annotations`` and no ``Literal``, ``Union`` or ``Annotated``; `arguments.limits`
holds the limits beyond the types. Values may be Outputs where the type says ``pulumi.Input``; what decides about
probes is plain, since it is checked before deployment. A mapping of `Any` is a Kubernetes object in Kubernetes' own
names (camelCase), passed on as it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from typing_extensions import NotRequired, TypedDict

from pulumi_probes.components.arguments.container import ContainerArgs, InitContainerArgs, PortArgs, SidecarArgs
from pulumi_probes.components.arguments.probe import HttpHeaderArgs, LifecycleHandlerArgs, ProbeArgs


class ServiceArgs(TypedDict):
    """The Service in front of the pods."""

    type: NotRequired[str]
    """ClusterIP, NodePort or LoadBalancer; ClusterIP by default."""
    port: NotRequired[int]
    """The Service's port: by default 80 (443 with scheme HTTPS), and for gRPC the container's port."""
    node_port: NotRequired[int]
    """The port on every node, for type NodePort or LoadBalancer; chosen by the cluster by default."""
    app_protocol: NotRequired[str]
    """What it says about the protocol spoken, such as kubernetes.io/h2c."""
    labels: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Labels of the Service alone."""
    annotations: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Annotations of the Service, such as those that cloud load balancers read."""
    external_traffic_policy: NotRequired[str]
    """Cluster or Local, for type NodePort or LoadBalancer."""
    internal_traffic_policy: NotRequired[str]
    """Cluster or Local."""
    traffic_distribution: NotRequired[str]
    """Which endpoints are preferred, such as PreferSameZone."""
    session_affinity: NotRequired[str]
    """None or ClientIP."""
    ip_family_policy: NotRequired[str]
    """SingleStack, PreferDualStack or RequireDualStack."""
    ip_families: NotRequired[Sequence[str]]
    """IPv4, IPv6 or both, in order."""
    load_balancer_class: NotRequired[pulumi.Input[str]]
    """Which implementation serves a Service of type LoadBalancer."""
    load_balancer_source_ranges: NotRequired[Sequence[pulumi.Input[str]]]
    """Client networks that a load balancer lets in, such as 203.0.113.0/24."""
    allocate_load_balancer_node_ports: NotRequired[bool]
    """Whether a Service of type LoadBalancer also gets node ports; true by default."""


class ComponentArgs(ContainerArgs):
    """What all components take; each adds its endpoints and its intents."""

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


class HttpEndpointsArgs(TypedDict):
    """Where an HTTP service answers the probes."""

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


class GuaranteedArgs(TypedDict):
    """What a container on its own CPUs gets: no less and no more."""

    cpus: int
    """How many whole CPUs the container has for itself."""
    memory: str
    """How much memory it has, such as 2Gi."""
    hugepages: NotRequired[Mapping[str, str]]
    """Huge pages by size, such as {"1Gi": "4Gi"}; mounted at /dev/hugepages, or /dev/hugepages-SIZE for several."""
    extended_resources: NotRequired[Mapping[str, str]]
    """Devices that the cluster hands out, such as {"openshift.io/sriov": "1"}."""
