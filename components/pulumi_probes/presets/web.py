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
    """An HTTP service with separate endpoints for liveness and readiness.

    web()                                    # /livez and /readyz on the port named http, up to 60 s to start
    web(starts_within=120, drains_within=60) # slower to start, long requests

    The liveness endpoint must check nothing outside the process, or an outage elsewhere restarts all replicas; the
    readiness endpoint may. Both are on the port that serves traffic, because a separate port can be healthy while that
    one is not.

    Args:
        starts_within: seconds that the slowest start may take without a restart.
        detects_within: seconds, at worst, until a hung pod is out of the Service's endpoints.
        restarts_after: seconds, at least, until a failing container is killed. It is never killed before the readiness
            probe has stopped its traffic, so a long `detects_within` makes the kill later than given here.
        drains_within: seconds for requests in flight to finish after SIGTERM.
        pre_stop_sleep_seconds: seconds before SIGTERM in which load balancers notice that the endpoint is gone.
        min_ready_seconds: seconds that a new pod must stay Ready before the rollout continues.
        port: the name or number of the container port.
        liveness_path: the path that the liveness probe requests.
        readiness_path: the path that the readiness probe requests.
        startup_path: the path that the startup probe requests; None for the liveness path.
        scheme: HTTP or HTTPS, for which the kubelet does not verify the certificate.
        http_headers: the headers of every probe request.
        replicas: the number of pods that a rollout replaces one by one; determines how long Pulumi waits.

    Raises:
        UnsatisfiableIntent: an intent cannot be satisfied; it names the limit.
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
