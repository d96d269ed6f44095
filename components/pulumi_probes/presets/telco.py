"""The preset for low-latency workloads on exclusive CPUs."""

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
    """A network function: failures are detected within seconds, and no probe runs a process on its CPUs.

    telco()                          # a hung pod is out of the endpoints within 5 s and restarted soon after
    telco(detects_within=3)

    No handler is exec, because such a probe would run inside the container, on the CPUs of its polling threads. All
    three probes and both lifecycle hooks are set, because the Red Hat certification suite requires them of every
    container (lifecycle-liveness-probe, -readiness-probe, -startup-probe, -container-prestop, -container-poststart).

    Args:
        starts_within: seconds that the slowest start may take without a restart.
        detects_within: seconds, at worst, until a hung pod is out of the Service's endpoints.
        restarts_after: seconds, at least, until a failing container is killed. It is never killed before the readiness
            probe has stopped its traffic, so a long `detects_within` makes the kill later than given here.
        drains_within: seconds for sessions in progress to finish after SIGTERM.
        pre_stop_sleep_seconds: seconds before SIGTERM in which peers notice that the endpoint is gone.
        min_ready_seconds: seconds that a new pod must stay Ready before the rollout continues.
        port: the name or number of the container port.
        liveness_path: the path that the liveness probe requests.
        readiness_path: the path that the readiness probe requests; None for a TCP connection only, which is cheaper.
        startup_path: the path that the startup probe requests; None for the liveness path.
        scheme: HTTP or HTTPS, for which the kubelet does not verify the certificate.
        http_headers: the headers of every probe request.
        replicas: the number of pods that a rollout replaces one by one; determines how long Pulumi waits.

    Raises:
        UnsatisfiableIntent: an intent cannot be satisfied; it names the limit.
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
        # The certification requires a hook; a native sleep of one second runs no process.
        post_start_sleep_seconds=1,
        min_ready_seconds=min_ready_seconds,
        replicas=replicas,
    )
