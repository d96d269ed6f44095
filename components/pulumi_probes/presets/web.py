"""The preset for HTTP services."""

from __future__ import annotations

from pulumi_probes.model.probe import HealthContract, HttpGet, HttpHeader
from pulumi_probes.presets import _intents as intents
from pulumi_probes.presets._registry import preset


@preset("web", since="0.1")
def web(
    *,
    starts_within: int = 60,
    detects_within: int = 15,
    restarts_after: int = 30,
    drains_within: int = 20,
    pre_stop_sleep_seconds: int = 5,
    min_ready_seconds: int = 5,
    port: int | str = "http",
    liveness_path: str = "/livez",
    readiness_path: str = "/readyz",
    startup_path: str | None = None,
    scheme: str = "HTTP",
    http_headers: tuple[HttpHeader, ...] = (),
    replicas: int = 2,
) -> HealthContract:
    """An HTTP service that answers two questions: am I alive, and may I get traffic.

    web()                                    # /livez and /readyz on the port named http, up to 60 s to start
    web(starts_within=120, drains_within=60) # slower to start, long requests

    Liveness must not look at anything outside the process, or an outage elsewhere restarts every replica; readiness
    may. Both stand on the port that serves traffic, since a separate one can be healthy while that is not.

    Args:
        starts_within: the slowest start that must survive, in seconds.
        detects_within: a hung pod is out of the Service's endpoints by then, in seconds, worst case.
        restarts_after: a container that keeps failing is killed no earlier than this, in seconds, nor before readiness
            has taken it out of traffic: a long `detects_within` makes the first kill later than asked for here.
        drains_within: how long requests under way may still take after SIGTERM, in seconds.
        pre_stop_sleep_seconds: pause before SIGTERM, until load balancers have noticed.
        min_ready_seconds: how long a new pod must stay Ready before the rollout goes on.
        port: the container port's name or number.
        liveness_path: where the process says that it works.
        readiness_path: where it says that it can take requests.
        startup_path: where it says that it has started; the liveness path when None.
        scheme: HTTP, or HTTPS (certificates are not verified by the kubelet).
        http_headers: sent with every attempt.
        replicas: how many pods an update replaces one after the other; decides how long Pulumi waits.

    Raises:
        UnsatisfiableIntent: an intent cannot be met; it says which bound stands in the way.
    """

    def endpoint(path: str) -> HttpGet:
        return HttpGet(path=path, port=port, scheme=scheme, http_headers=http_headers)

    return intents.contract(
        startup=endpoint(startup_path or liveness_path),
        readiness=endpoint(readiness_path),
        liveness=endpoint(liveness_path),
        timeouts=intents.Timeouts(startup=3, readiness=2, liveness=3),
        starts_within=starts_within,
        detects_within=detects_within,
        restarts_after=restarts_after,
        drains_within=drains_within,
        pre_stop_sleep_seconds=pre_stop_sleep_seconds,
        min_ready_seconds=min_ready_seconds,
        replicas=replicas,
    )
