"""The arguments that all components share, for Python programs and for the schema of other languages.

Pulumi infers the schema for other languages from these annotations while the program runs, so this module has no
``from __future__ import annotations`` and no ``Literal``, ``Union`` or ``Annotated``; `arguments.limits` restricts the
values further. Values may be Outputs where the type is ``pulumi.Input``; everything that affects probes is plain, since
it is checked before deployment. A mapping of `Any` is a Kubernetes object with Kubernetes' field names (camelCase),
passed on unchanged.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from typing_extensions import NotRequired, TypedDict

from pulumi_probes.components.arguments.container import ContainerArgs, InitContainerArgs, PortArgs, SidecarArgs
from pulumi_probes.components.arguments.probe import HttpHeaderArgs, LifecycleHandlerArgs, ProbeArgs


class ServiceArgs(TypedDict):
    """The Service that routes traffic to the pods."""

    type: NotRequired[str]
    """The type of the Service: ClusterIP (the default), NodePort or LoadBalancer."""
    port: NotRequired[int]
    """The port of the Service: 80 by default, 443 with scheme HTTPS, the container's port for gRPC."""
    node_port: NotRequired[int]
    """The port on every node, for type NodePort or LoadBalancer; by default the cluster chooses one."""
    app_protocol: NotRequired[str]
    """The application protocol of the port, such as kubernetes.io/h2c; unset by default."""
    labels: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Additional labels for the Service only."""
    annotations: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Annotations for the Service, such as those that configure a cloud load balancer."""
    external_traffic_policy: NotRequired[str]
    """Where external traffic may go: to pods of all nodes (Cluster) or of the receiving node (Local); not ClusterIP."""
    internal_traffic_policy: NotRequired[str]
    """Whether traffic from within the cluster goes to pods of all nodes (Cluster) or of the client's node (Local)."""
    traffic_distribution: NotRequired[str]
    """Which endpoints the Service prefers, such as PreferSameZone; no preference by default."""
    session_affinity: NotRequired[str]
    """ClientIP sends all requests of a client to the same pod; None, the cluster's default, does not."""
    ip_family_policy: NotRequired[str]
    """SingleStack, PreferDualStack or RequireDualStack; by default the cluster decides."""
    ip_families: NotRequired[Sequence[str]]
    """The IP families of the Service in order of preference: IPv4, IPv6 or both; by default the cluster decides."""
    load_balancer_class: NotRequired[pulumi.Input[str]]
    """The class of the load balancer implementation, for type LoadBalancer; the cluster's default if unset."""
    load_balancer_source_ranges: NotRequired[Sequence[pulumi.Input[str]]]
    """CIDR ranges from which the load balancer accepts clients, such as 203.0.113.0/24; all by default."""
    allocate_load_balancer_node_ports: NotRequired[bool]
    """Whether a Service of type LoadBalancer also gets node ports; true by default."""


class ComponentArgs(ContainerArgs):
    """The arguments that all components share; each component adds its endpoints and intents."""

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


class HttpEndpointsArgs(TypedDict):
    """The endpoints on which an HTTP service answers the probes."""

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


class GuaranteedArgs(TypedDict):
    """The resources of a container with exclusive CPUs: requests and limits are equal."""

    cpus: int
    """The number of whole CPUs, exclusive to the container; at least 1."""
    memory: str
    """The memory of the container as a Kubernetes quantity, such as 2Gi."""
    hugepages: NotRequired[Mapping[str, str]]
    """Huge pages by size: {"1Gi": "4Gi"}. Mounted at /dev/hugepages; several sizes at /dev/hugepages-SIZE."""
    extended_resources: NotRequired[Mapping[str, str]]
    """Extended resources, such as devices, with their amounts: {"openshift.io/sriov": "1"}."""
