"""The base of all components: it checks the arguments and registers the children under stable names.

Pulumi reads the outputs from the annotations of the class, so there is no ``from __future__ import annotations`` here.
"""

from collections.abc import Mapping
from typing import Any, cast

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import Service
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget

from pulumi_probes.components.arguments.schema_names import schema_value
from pulumi_probes.components.assembly import Assembly, assemble
from pulumi_probes.components.definition import Definition
from pulumi_probes.components.manifests import Manifests, Transform

TYPE_PREFIX = "pulumi-probes:index"


class ProbedService(pulumi.ComponentResource):
    """A Deployment and a Service whose probes, shutdown and rollout settings fit each other."""

    deployment: Deployment
    """The Deployment."""
    service: Service
    """The Service."""
    pod_disruption_budget: PodDisruptionBudget | None
    """The PodDisruptionBudget; absent with fewer than two replicas."""
    namespace: pulumi.Output[str]
    """The namespace of all objects."""
    address: pulumi.Output[str]
    """The host name or IP address of the load balancer if there is one, else the DNS name within the cluster."""
    url: pulumi.Output[str]
    """The URL of the Service: scheme, address and port."""
    health: pulumi.Output[str]
    """The timings that the probes guarantee, in seconds, one sentence per line."""

    def __init__(
        self,
        definition: Definition,
        name: str,
        args: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None,
        transform: Transform | None,
    ) -> None:
        timeouts = None if opts is None else opts.custom_timeouts
        assembly = assemble(definition, name, args, timeouts=timeouts, transform=transform)
        self._manifests = assembly.manifests
        inputs = schema_value(definition.arguments, assembly.asked)
        super().__init__(f"{TYPE_PREFIX}:{definition.type_name}", name, inputs, opts)
        self._register_children(name, assembly, opts or pulumi.ResourceOptions())
        self._set_outputs(definition, assembly)

    @property
    def manifests(self) -> Manifests:
        """The registered objects by kind, after `transform` and the rules; leaves may be Outputs."""
        return self._manifests

    def _register_children(self, name: str, assembly: Assembly, opts: pulumi.ResourceOptions) -> None:
        # Children inherit providers, protection and aliases from their parent, but not these options.
        inherited = pulumi.ResourceOptions(
            parent=self,
            custom_timeouts=opts.custom_timeouts,
            depends_on=opts.depends_on,
            retain_on_delete=opts.retain_on_delete,
            deleted_with=opts.deleted_with,
        )
        manifests = assembly.manifests
        self.deployment = Deployment(name, **_properties(manifests["Deployment"]), opts=inherited)
        self.service = Service(
            name,
            **_properties(manifests["Service"]),
            # Pulumi awaits both: in parallel, a slow start of the pods would use up the timeout of the Service.
            opts=pulumi.ResourceOptions.merge(inherited, pulumi.ResourceOptions(depends_on=[self.deployment])),
        )
        self.pod_disruption_budget = None
        if "PodDisruptionBudget" in manifests:
            self.pod_disruption_budget = PodDisruptionBudget(
                name, **_properties(manifests["PodDisruptionBudget"]), opts=inherited
            )

    def _set_outputs(self, definition: Definition, assembly: Assembly) -> None:
        self.namespace = self.service.metadata.apply(lambda metadata: metadata.namespace or "default")
        in_cluster = pulumi.Output.concat(self.service.metadata.apply(_name), ".", self.namespace, ".svc")
        spec = assembly.manifests["Service"]["spec"]
        # Only the address of a load balancer is unknown before deployment.
        self.address = (
            pulumi.Output.all(self.service.status.apply(_balancer), in_cluster).apply(lambda both: both[0] or both[1])
            if spec.get("type") == "LoadBalancer"
            else in_cluster
        )
        port = spec["ports"][0]["port"]
        self.url = self.address.apply(lambda address: definition.url(assembly.arguments, address, port))
        lines = [] if assembly.summary is None else assembly.summary.lines()
        self.health = pulumi.Output.from_input("\n".join(lines))
        self.register_outputs(
            {
                "deployment": self.deployment,
                "service": self.service,
                "podDisruptionBudget": self.pod_disruption_budget,
                "namespace": self.namespace,
                "address": self.address,
                "url": self.url,
                "health": self.health,
            }
        )


def _properties(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a manifest without those that the SDK sets itself."""
    return {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind")}


def _name(metadata: Any) -> str:
    return cast("str", metadata.name)


def _balancer(status: Any) -> str | None:
    """The address of the load balancer, once it has one."""
    balancer = None if status is None else status.load_balancer
    entries = (balancer.ingress if balancer is not None else None) or ()
    return next((entry.hostname or entry.ip for entry in entries if entry.hostname or entry.ip), None)
