"""The preset for gRPC services."""

from __future__ import annotations

from pulumi_probes.model.probe import Grpc, HealthContract
from pulumi_probes.presets import _intents as intents
from pulumi_probes.presets._registry import preset


@preset("grpc", since="0.1")
def grpc(
    *,
    starts_within: int = 60,
    detects_within: int = 15,
    restarts_after: int = 30,
    drains_within: int = 20,
    pre_stop_sleep_seconds: int = 5,
    min_ready_seconds: int = 5,
    port: int = 9090,
    liveness_service: str = "liveness",
    readiness_service: str = "readiness",
    startup_service: str | None = None,
    mode: str | None = None,
    replicas: int = 2,
) -> HealthContract:
    """A gRPC service with the standard health service, `grpc.health.v1.Health`.

    grpc(port=50051)                                         # service names "liveness" and "readiness"
    grpc(port=50051, readiness_service="shop.v1.Cart")

    With two names, the server can answer the two checks differently. It must register both: the health service answers
    an unknown name with an error, which counts as a failure.

    Args:
        starts_within: seconds that the slowest start may take without a restart.
        detects_within: seconds, at worst, until a hung pod is out of the Service's endpoints.
        restarts_after: seconds, at least, until a failing container is killed. It is never killed before the readiness
            probe has stopped its traffic, so a long `detects_within` makes the kill later than given here.
        drains_within: seconds for calls in flight to finish after SIGTERM.
        pre_stop_sleep_seconds: seconds before SIGTERM in which clients notice that the endpoint is gone.
        min_ready_seconds: seconds that a new pod must stay Ready before the rollout continues.
        port: the number of the port; the API accepts no name here.
        liveness_service: the service name of the liveness check.
        readiness_service: the service name of the readiness check.
        startup_service: the service name of the startup check; None for that of the liveness check.
        mode: Plaintext or TLS, with the feature gate GRPCContainerProbeTLS; None for the cluster's default, Plaintext.
        replicas: the number of pods that a rollout replaces one by one; determines how long Pulumi waits.

    Raises:
        UnsatisfiableIntent: an intent cannot be satisfied; it names the limit.
    """

    def endpoint(service: str) -> Grpc:
        return Grpc(port=port, service=service, mode=mode)

    return intents.contract(
        startup=endpoint(liveness_service if startup_service is None else startup_service),
        readiness=endpoint(readiness_service),
        liveness=endpoint(liveness_service),
        timeouts=intents.Timeouts(startup=3, readiness=2, liveness=3),
        starts_within=starts_within,
        detects_within=detects_within,
        restarts_after=restarts_after,
        drains_within=drains_within,
        pre_stop_sleep_seconds=pre_stop_sleep_seconds,
        min_ready_seconds=min_ready_seconds,
        replicas=replicas,
    )
