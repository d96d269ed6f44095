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

    The two names let the server answer the two questions differently. The health service answers for names it knows
    only, so set both in the server; an unknown one counts as a failure.

    Args:
        starts_within: the slowest start that must survive, in seconds.
        detects_within: a hung pod is out of the Service's endpoints by then, in seconds, worst case.
        restarts_after: a container that keeps failing is killed no earlier than this, in seconds, nor before readiness
            has taken it out of traffic: a long `detects_within` makes the first kill later than asked for here.
        drains_within: how long calls under way may still take after SIGTERM, in seconds.
        pre_stop_sleep_seconds: pause before SIGTERM, until clients have noticed.
        min_ready_seconds: how long a new pod must stay Ready before the rollout goes on.
        port: the port's number; the API accepts no name here.
        liveness_service: the name under which the server says that it works.
        readiness_service: the name under which it says that it can take calls.
        startup_service: the name under which it says that it has started; the liveness service when None.
        mode: TLS or Plaintext; needs a cluster with the feature gate GRPCContainerProbeTLS. Plaintext when None.
        replicas: how many pods an update replaces one after the other; decides how long Pulumi waits.

    Raises:
        UnsatisfiableIntent: an intent cannot be met; it says which bound stands in the way.
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
