"""The component for gRPC services; Pulumi reads its annotations, so they are no strings."""

import pulumi
from typing_extensions import NotRequired

from pulumi_probes.components.arguments.component import ComponentArgs
from pulumi_probes.components.arguments.container import ResourcesArgs
from pulumi_probes.components.assembly import Transform
from pulumi_probes.components.component import ProbedService
from pulumi_probes.components.definition import Definition
from pulumi_probes.presets import find_preset


class GrpcServiceArgs(ComponentArgs):
    """The arguments of a `GrpcService`; image and port are required."""

    starts_within: NotRequired[int]
    """The slowest start that must survive, in seconds; 60 by default."""
    liveness_service: NotRequired[str]
    """The name under which the server says that it works; liveness by default. Unknown names count as failures."""
    readiness_service: NotRequired[str]
    """The name under which it says that it can take calls; readiness by default."""
    startup_service: NotRequired[str]
    """The name under which it says that it has started; the liveness service by default."""
    mode: NotRequired[str]
    """TLS or Plaintext, on clusters with the feature gate GRPCContainerProbeTLS; Plaintext by default."""
    resources: NotRequired[ResourcesArgs]
    """What the container gets for sure and at most."""


class GrpcService(ProbedService):
    """A gRPC service with the standard health service, `grpc.health.v1.Health`.

    ``GrpcService("cart", {"image": "ghcr.io/acme/cart:2.0.1", "port": 9090})`` asks the server by the service names
    liveness and readiness, so that it can answer the two questions differently; the server must know both.

    Raises:
        InvalidArguments: the arguments are wrong, or a rule refuses what they lead to; it lists every problem.
    """

    def __init__(
        self,
        name: str,
        args: GrpcServiceArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transform | None = None,
    ) -> None:
        super().__init__(_DEFINITION, name, args, opts, transform)


_DEFINITION = Definition(
    type_name="GrpcService",
    arguments=GrpcServiceArgs,
    preset=find_preset("grpc"),
    port_name=lambda _arguments: "grpc",
    probe_port=lambda arguments: int(arguments["port"]),
    # There is no well-known port for gRPC, so clients find it where the server listens.
    service_port=lambda arguments: int(arguments["port"]),
    url=lambda _arguments, address, port: f"dns:///{address}:{port}",
)
