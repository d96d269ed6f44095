"""Components that are assembled without Pulumi's engine, or registered with a mock monitor."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pulumi
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import set_root_resource

from pulumi_probes.components import InvalidArguments, grpc_service, slow_start_service, telco_service, web_service
from pulumi_probes.components.assembly import Assembly, assemble
from pulumi_probes.components.definition import Definition
from pulumi_probes.components.manifests import Transform

DEFINITIONS: Mapping[str, Definition] = {
    definition.type_name: definition
    for definition in (module._DEFINITION for module in (web_service, grpc_service, slow_start_service, telco_service))
}
REQUIRED: Mapping[str, Mapping[str, Any]] = {
    "WebService": {"image": "registry.example/web:1", "port": 8080},
    "GrpcService": {"image": "registry.example/cart:1", "port": 9090},
    "SlowStartService": {"image": "registry.example/ledger:1", "port": 8080, "starts_within": 300},
    "TelcoService": {"image": "registry.example/gateway:1", "port": 8080, "cpus": 4, "memory": "8Gi"},
}


@pytest.fixture(params=sorted(DEFINITIONS))
def component(request: pytest.FixtureRequest) -> str:
    """The name of each component."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def build() -> Callable[..., Assembly]:
    """Assembles a component: ``build("WebService", replicas=3)``; required arguments have defaults here."""

    def build(
        component: str = "WebService",
        name: str = "web",
        /,
        *,
        timeouts: Any = None,
        transform: Transform | None = None,
        **arguments: Any,
    ) -> Assembly:
        given = {**REQUIRED[component], **arguments}
        return assemble(DEFINITIONS[component], name, given, timeouts=timeouts, transform=transform)

    return build


@pytest.fixture(scope="session")
def refusal(build: Callable[..., Assembly]) -> Callable[..., InvalidArguments]:
    """Assembles a component with invalid arguments, and returns the error."""

    def refusal(component: str = "WebService", name: str = "web", /, **arguments: Any) -> InvalidArguments:
        with pytest.raises(InvalidArguments) as caught:
            build(component, name, **arguments)
        return caught.value

    return refusal


class _NoMocks(pulumi.runtime.Mocks):
    """The recorder answers; `set_mocks` wants some nevertheless."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        raise NotImplementedError(args.name)

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        raise NotImplementedError(args.token)


class Recorder(mocks.MockMonitor):
    """Replaces the engine: records registrations, and responds with the inputs as outputs."""

    def __init__(self, unused: pulumi.runtime.Mocks) -> None:
        super().__init__(unused)
        self.requests: list[resource_pb2.RegisterResourceRequest] = []

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> Any:  # noqa: N802 - gRPC's name
        """Record the request; a load balancer gets an address."""
        self.requests.append(request)
        outputs = struct_pb2.Struct()
        outputs.CopyFrom(request.object)
        if json_format.MessageToDict(outputs).get("spec", {}).get("type") == "LoadBalancer":
            outputs.update({"status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.7"}]}}})
        urn = self.make_urn(request.parent, request.type, request.name)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=f"{request.name}-id", object=outputs)

    def request(self, type_name: str) -> resource_pb2.RegisterResourceRequest:
        """The only request whose type ends like this."""
        (found,) = [item for item in self.requests if item.type.rpartition(":")[2] == type_name]
        return found


@pytest.fixture
def run() -> Iterator[Callable[[Callable[[], Any]], tuple[Any, Recorder]]]:
    """Runs a program against the mock monitor; returns the values of its outputs, and the monitor."""

    def run(program: Callable[[], Any]) -> tuple[Any, Recorder]:
        recorder = Recorder(_NoMocks())
        resolved: list[Any] = []

        def start() -> None:
            set_root_resource(None)  # type: ignore[arg-type] # the SDK's own start, before the stack is there
            pulumi.runtime.set_mocks(recorder.mocks, project="shop", stack="test", preview=False, monitor=recorder)
            decorate: Any = pulumi.runtime.test
            decorate(lambda: pulumi.Output.from_input(program()).apply(resolved.append))()

        # Everything that the SDK stores in context variables is discarded with the copy.
        contextvars.copy_context().run(start)
        return resolved[0], recorder

    # Outputs need an event loop, even if a test creates them before it runs the program.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield run
    # A program with invalid arguments leaves failed futures that are never awaited; they would be printed when they are
    # collected, in the output of another test.
    loop.set_exception_handler(lambda _loop, _context: None)
    leftover = asyncio.all_tasks(loop)
    for task in leftover:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*leftover, return_exceptions=True))
    asyncio.set_event_loop(None)
    loop.close()
