"""The component for applications that take long to start; Pulumi reads its annotations, so they are no strings."""

import pulumi
from typing_extensions import NotRequired

from pulumi_probes.components.arguments.component import ComponentArgs, HttpEndpointsArgs
from pulumi_probes.components.arguments.container import ResourcesArgs
from pulumi_probes.components.assembly import Transform
from pulumi_probes.components.component import ProbedService
from pulumi_probes.components.definition import Definition
from pulumi_probes.components.rendering.http import http_port_name, http_service_port, http_url
from pulumi_probes.presets import find_preset


class SlowStartServiceArgs(ComponentArgs, HttpEndpointsArgs):
    """The arguments of a `SlowStartService`; image, port and starts_within are required."""

    starts_within: int
    """The slowest start that must survive, in seconds. There is no default: only you know it."""
    resources: NotRequired[ResourcesArgs]
    """What the container gets for sure and at most."""


class SlowStartService(ProbedService):
    """A legacy application whose worst-case start is known and long.

    ``SlowStartService("ledger", {"image": "ghcr.io/acme/ledger:7.3", "port": 8080, "starts_within": 300})`` survives
    starts of up to five minutes. The deadlines of Kubernetes and Pulumi follow, and a hang after the start is still
    found quickly.

    Raises:
        InvalidArguments: the arguments are wrong, or a rule refuses what they lead to; it lists every problem.
    """

    def __init__(
        self,
        name: str,
        args: SlowStartServiceArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transform | None = None,
    ) -> None:
        super().__init__(_DEFINITION, name, args, opts, transform)


_DEFINITION = Definition(
    type_name="SlowStartService",
    arguments=SlowStartServiceArgs,
    preset=find_preset("slow_start"),
    port_name=http_port_name,
    probe_port=http_port_name,
    service_port=http_service_port,
    url=http_url,
)
