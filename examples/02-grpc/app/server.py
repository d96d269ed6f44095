"""A gRPC server with the standard health service, with one service name for liveness and one for readiness.

Environment:
    PORT: where it listens, 9090 by default.
    DRAIN_SECONDS: how long running calls may take after SIGTERM, 20 by default.
"""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

LIVENESS, READINESS = "liveness", "readiness"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def build_server(checks: health.HealthServicer, address: str) -> tuple[grpc.Server, int]:
    """A server with the health service and the service of the example, and the port that it listens on."""

    def say(request: bytes, _context: grpc.ServicerContext) -> bytes:
        return request

    def make_ready(_request: bytes, _context: grpc.ServicerContext) -> bytes:
        checks.set(READINESS, SERVING)
        return b""

    def make_not_ready(_request: bytes, _context: grpc.ServicerContext) -> bytes:
        checks.set(READINESS, NOT_SERVING)
        return b""

    def service(name: str, **methods: Any) -> grpc.GenericRpcHandler:
        # Plain bytes instead of messages: the example needs no code generator.
        handlers: Any = {method: grpc.unary_unary_rpc_method_handler(answer) for method, answer in methods.items()}
        return grpc.method_handlers_generic_handler(name, handlers)

    server = grpc.server(ThreadPoolExecutor(max_workers=8))
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    server.add_generic_rpc_handlers(
        (
            service("example.Echo", Say=say),
            service("example.Switch", MakeReady=make_ready, MakeNotReady=make_not_ready),
        )
    )
    return server, server.add_insecure_port(address)


def main() -> None:
    checks = health.HealthServicer()
    # The health service answers NOT_FOUND for a name that was never set, which a probe takes for a failure.
    checks.set(LIVENESS, SERVING)
    checks.set(READINESS, SERVING)
    server, port = build_server(checks, f"0.0.0.0:{os.environ.get('PORT', '9090')}")

    # As process 1 of a container, Python ignores SIGTERM unless told otherwise.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    server.start()
    print(f"listening on {port}", flush=True)
    try:
        server.wait_for_termination()
    finally:
        checks.enter_graceful_shutdown()
        server.stop(grace=float(os.environ.get("DRAIN_SECONDS", "20"))).wait()


if __name__ == "__main__":
    main()
