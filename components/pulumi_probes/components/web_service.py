"""The component for HTTP services; Pulumi reads its annotations, so they are no strings."""

import pulumi
from typing_extensions import NotRequired

from pulumi_probes.components.arguments.component import ComponentArgs, HttpEndpointsArgs
from pulumi_probes.components.arguments.container import ResourcesArgs
from pulumi_probes.components.assembly import Transform
from pulumi_probes.components.component import ProbedService
from pulumi_probes.components.definition import Definition
from pulumi_probes.components.rendering.http import http_port_name, http_service_port, http_url
from pulumi_probes.presets import find_preset


class WebServiceArgs(ComponentArgs, HttpEndpointsArgs):
    """The arguments of a `WebService`; image and port are required."""

    starts_within: NotRequired[int]
    """The slowest start that must survive, in seconds; 60 by default."""
    resources: NotRequired[ResourcesArgs]
    """What the container gets for sure and at most."""


class WebService(ProbedService):
    """An HTTP service that answers two questions: am I alive, and may I get traffic.

    ``WebService("web", {"image": "ghcr.io/acme/web:1.4.2", "port": 8080})`` gives a Deployment of two replicas, a
    Service and a PodDisruptionBudget. Startup, readiness and liveness probes, shutdown and rollout settings fit each
    other; everything that is set explicitly is checked.

    Raises:
        InvalidArguments: the arguments are wrong, or a rule refuses what they lead to; it lists every problem.
    """

    def __init__(
        self,
        name: str,
        args: WebServiceArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transform | None = None,
    ) -> None:
        super().__init__(_DEFINITION, name, args, opts, transform)


_DEFINITION = Definition(
    type_name="WebService",
    arguments=WebServiceArgs,
    preset=find_preset("web"),
    port_name=http_port_name,
    probe_port=http_port_name,
    service_port=http_service_port,
    url=http_url,
)
