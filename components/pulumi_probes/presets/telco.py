"""The preset for low-latency workloads on their own CPUs."""

from __future__ import annotations

from pulumi_probes.model.probe import HealthContract, HttpGet, HttpHeader, TcpSocket
from pulumi_probes.presets import _intents as intents
from pulumi_probes.presets._registry import preset


@preset("telco", since="0.1")
def telco(
    *,
    starts_within: int = 30,
    detects_within: int = 5,
    restarts_after: int = 10,
    drains_within: int = 10,
    pre_stop_sleep_seconds: int = 5,
    min_ready_seconds: int = 5,
    port: int | str = "http",
    liveness_path: str = "/livez",
    readiness_path: str | None = "/readyz",
    startup_path: str | None = None,
    scheme: str = "HTTP",
    http_headers: tuple[HttpHeader, ...] = (),
    replicas: int = 2,
) -> HealthContract:
    """A network function: a failure is noticed within seconds, and no probe runs a process on its CPUs.

    telco()                          # a hung pod leaves traffic within 5 s and is restarted soon after
    telco(detects_within=3)

    No handler is exec: such a probe would run inside the container, on the very CPUs that a polling thread owns. All
    three probes and both lifecycle hooks are there, since the Red Hat certification suite demands them of every
    container (lifecycle-liveness-probe, -readiness-probe, -startup-probe, -container-prestop, -container-poststart).

    Args:
        starts_within: the slowest start that must survive, in seconds.
        detects_within: a hung pod is out of the Service's endpoints by then, in seconds, worst case.
        restarts_after: a container that keeps failing is killed no earlier than this, in seconds, nor before readiness
            has taken it out of traffic: a long `detects_within` makes the first kill later than asked for here.
        drains_within: how long sessions under way may still take after SIGTERM, in seconds.
        pre_stop_sleep_seconds: pause before SIGTERM, until peers have noticed.
        min_ready_seconds: how long a new pod must stay Ready before the rollout goes on.
        port: the container port's name or number.
        liveness_path: where the process says that it works.
        readiness_path: where it says that it can take traffic; None asks for a connection only, which is cheaper.
        startup_path: where it says that it has started; the liveness path when None.
        scheme: HTTP, or HTTPS (certificates are not verified by the kubelet).
        http_headers: sent with every attempt.
        replicas: how many pods an update replaces one after the other; decides how long Pulumi waits.

    Raises:
        UnsatisfiableIntent: an intent cannot be met; it says which bound stands in the way.
    """

    def endpoint(path: str | None) -> HttpGet | TcpSocket:
        if path is None:
            return TcpSocket(port=port)
        return HttpGet(path=path, port=port, scheme=scheme, http_headers=http_headers)

    return intents.contract(
        startup=endpoint(startup_path or liveness_path),
        readiness=endpoint(readiness_path),
        liveness=endpoint(liveness_path),
        timeouts=intents.Timeouts(startup=1, readiness=1, liveness=2),
        starts_within=starts_within,
        detects_within=detects_within,
        restarts_after=restarts_after,
        drains_within=drains_within,
        pre_stop_sleep_seconds=pre_stop_sleep_seconds,
        # The hook must be there; a native sleep of a second costs nothing and runs no process.
        post_start_sleep_seconds=1,
        min_ready_seconds=min_ready_seconds,
        replicas=replicas,
    )
