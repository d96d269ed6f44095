"""The scenarios that are run on real pods: start, readiness, liveness, crash, stop, sidecars, back-off.

All times are milliseconds since the start of the process, as in the timeline's scenarios. Periods are short, because
only phases, thresholds and orders matter. Responses change in the middle of a second, because attempts are at whole
seconds after the start of the process if the kubelet started its ticker then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pulumi_probes.timeline.model.scenario import (
    FAILS,
    HANGS,
    PASSES,
    Answer,
    AnswerKind,
    Life,
    Scenario,
    Script,
    Track,
)

ERRS: Final = Answer(AnswerKind.ERRS)


@dataclass(frozen=True, kw_only=True)
class PodScenario:
    """A pod and its scenario.

    Attributes:
        name: also the pod's name.
        containers: probes, hooks and restart policy by container name, as in a manifest; port 0 is a placeholder.
        scenario: the behavior of the containers.
        spec: additional fields of the pod specification.
    """

    name: str
    containers: Mapping[str, Mapping[str, Any]]
    scenario: Scenario
    spec: Mapping[str, Any] = field(default_factory=dict[str, Any])


def http(kind: str) -> dict[str, Any]:
    """A GET of the path of this kind of probe."""
    return {"httpGet": {"path": f"/{kind}", "port": 0}}


def grpc(kind: str) -> dict[str, Any]:
    """A gRPC health check."""
    return {"grpc": {"port": 0, "service": kind}}


def execute(kind: str) -> dict[str, Any]:
    """A command in the container."""
    return {"exec": {"command": ["/actor", "check", kind]}}


TCP: Final = {"tcpSocket": {"port": 0}}


def probe(
    handler: Mapping[str, Any], period: int = 2, failures: int = 2, *, timeout: int = 1, **numbers: int
) -> dict[str, Any]:
    """A probe; other numbers by their names in the API."""
    return {**handler, "periodSeconds": period, "failureThreshold": failures, "timeoutSeconds": timeout, **numbers}


def until(moment: int, before: Answer = FAILS, after: Answer = PASSES) -> Track:
    """One response before a moment, another one after it."""
    return Track(((0, before), (moment, after)))


def _scenario(
    name: str,
    seconds: int,
    lives: tuple[Life, ...] | Mapping[str, tuple[Life, ...]],
    *,
    app: Mapping[str, Any],
    deleted_at: int | None = None,
    others: Mapping[str, Mapping[str, Any]] | None = None,
    **spec: Any,
) -> PodScenario:
    by_container = lives if isinstance(lives, Mapping) else {"app": lives}
    scenario = Scenario(
        name=name,
        scripts={container: Script(lives=of_container) for container, of_container in by_container.items()},
        horizon=seconds * 1000,
        deleted_at=deleted_at,
    )
    spec.setdefault("terminationGracePeriodSeconds", 10)
    return PodScenario(name=name, containers={**(others or {}), "app": app}, scenario=scenario, spec=spec)


STARTUP, READINESS, LIVENESS = http("startup"), http("readiness"), http("liveness")
READY: Final = {"readinessProbe": probe(READINESS)}
ALIVE: Final = {"livenessProbe": probe(LIVENESS, 3)}
SLEEPS_3: Final = {"lifecycle": {"preStop": {"sleep": {"seconds": 3}}}}

_STARTING: Final = (
    _scenario("start-passes-at-once", 12, (Life(),), app={"startupProbe": probe(STARTUP), **READY, **ALIVE}),
    _scenario(
        "start-takes-7-s",
        30,
        (Life(startup=until(7_500)),),
        app={"startupProbe": probe(STARTUP, 2, 10), "readinessProbe": probe(READINESS, 3), **ALIVE},
    ),
    _scenario(
        "start-with-delay",
        25,
        (Life(startup=until(3_500)),),
        app={"startupProbe": probe(STARTUP, 3, 5, initialDelaySeconds=5), **READY},
    ),
    _scenario("start-never", 50, (Life(startup=until(10**8)),), app={"startupProbe": probe(STARTUP, 2, 3)}),
    _scenario(
        "start-too-slow-first-time",
        30,
        (Life(startup=until(20_500)), Life(startup=until(3_500))),
        app={"startupProbe": probe(STARTUP, 2, 4), **READY},
    ),
    _scenario(
        "start-hangs",
        30,
        (Life(startup=until(10**8, HANGS)), Life()),
        app={"startupProbe": probe(STARTUP, 2, 3, timeout=1)},
    ),
    _scenario(
        "start-hangs-longer-than-period",
        40,
        (Life(startup=until(10**8, HANGS)), Life()),
        app={"startupProbe": probe(STARTUP, 1, 3, timeout=3)},
    ),
    _scenario(
        "start-answers-slowly",
        20,
        (Life(startup=Track(((0, Answer(AnswerKind.PASSES, 700)),))),),
        app={"startupProbe": probe(STARTUP, 2, 5), **READY},
    ),
    _scenario(
        "start-by-exec", 20, (Life(startup=until(5_500)),), app={"startupProbe": probe(execute("startup"), 2, 8)}
    ),
    _scenario("start-by-grpc", 20, (Life(startup=until(5_500)),), app={"startupProbe": probe(grpc("startup"), 2, 8)}),
    _scenario("start-by-tcp", 20, (Life(startup=until(5_500)),), app={"startupProbe": probe(TCP, 2, 8)}),
    _scenario(
        "start-killed-with-own-grace",
        30,
        (Life(startup=until(10**8), exits_after_sigterm=None), Life()),
        app={"startupProbe": probe(STARTUP, 2, 2, terminationGracePeriodSeconds=4)},
    ),
    _scenario(
        "start-budget-is-shared-across-a-crash",
        40,
        (Life(startup=until(10**8), exits_at=5000), Life(startup=until(10**8)), Life()),
        app={"startupProbe": probe(STARTUP, 2, 5)},
    ),
    _scenario(
        "start-then-post-start-hook",
        25,
        (Life(),),
        app={"lifecycle": {"postStart": {"sleep": {"seconds": 4}}}, "startupProbe": probe(STARTUP), **READY},
    ),
)

_READINESS: Final = (
    _scenario("ready-long-period", 15, (Life(),), app={"readinessProbe": probe(READINESS, 10)}),
    _scenario("ready-after-6-s", 20, (Life(readiness=until(6_500)),), app=READY),
    _scenario(
        "ready-after-three-successes",
        25,
        (Life(readiness=until(5_500)),),
        app={"startupProbe": probe(STARTUP), "readinessProbe": probe(READINESS, 2, successThreshold=3)},
    ),
    _scenario(
        "ready-flaps",
        45,
        (Life(readiness=Track(((0, PASSES), (9_500, FAILS)), cycle=15_000)),),
        app={"readinessProbe": probe(READINESS, 2, 1)},
    ),
    _scenario("ready-hangs", 35, (Life(readiness=Track(((0, PASSES), (8_500, HANGS), (20_500, PASSES)))),), app=READY),
    _scenario(
        "ready-timeout-longer-than-period",
        40,
        (Life(readiness=Track(((0, PASSES), (8_500, HANGS), (25_500, PASSES)))),),
        app={"readinessProbe": probe(READINESS, 2, 3, timeout=4)},
    ),
    _scenario("ready-with-delay", 20, (Life(),), app={"readinessProbe": probe(READINESS, 3, initialDelaySeconds=6)}),
    _scenario(
        "ready-by-exec",
        30,
        (Life(readiness=until(12_500, PASSES, FAILS)),),
        app={"readinessProbe": probe(execute("readiness"), 3)},
    ),
    _scenario(
        "ready-by-grpc",
        25,
        (Life(readiness=until(8_500, PASSES, FAILS)),),
        app={"readinessProbe": probe(grpc("readiness"))},
    ),
    _scenario("ready-by-tcp", 25, (Life(readiness=until(8_500, PASSES, FAILS)),), app={"readinessProbe": probe(TCP)}),
    _scenario("ready-never-with-errors", 20, (Life(readiness=until(10**8, ERRS)),), app=READY),
    _scenario("ready-errors-change-nothing", 30, (Life(readiness=until(8_500, PASSES, ERRS)),), app=READY),
    _scenario(
        "ready-dependency-down",
        45,
        (Life(readiness=Track(((0, PASSES), (10_500, FAILS), (22_500, PASSES)))),),
        app={"readinessProbe": probe(READINESS, 3, 2), **ALIVE},
    ),
)

_LIVENESS: Final = (
    _scenario("live-fails", 35, (Life(liveness=until(8_500, PASSES, FAILS)), Life()), app={**ALIVE, **READY}),
    _scenario(
        "live-hangs",
        40,
        (Life(liveness=until(8_500, PASSES, HANGS), readiness=until(8_500, PASSES, HANGS)), Life()),
        app={"livenessProbe": probe(LIVENESS, 5, 2, timeout=2), **READY},
    ),
    _scenario(
        "live-with-delay",
        40,
        (Life(liveness=until(10**8)), Life()),
        app={"livenessProbe": probe(LIVENESS, 3, 2, initialDelaySeconds=8)},
    ),
    _scenario(
        "live-by-exec",
        35,
        (Life(liveness=until(7_500, PASSES, FAILS)), Life()),
        app={"livenessProbe": probe(execute("liveness"), 3)},
    ),
    _scenario(
        "live-by-grpc",
        35,
        (Life(liveness=until(7_500, PASSES, FAILS)), Life()),
        app={"livenessProbe": probe(grpc("liveness"), 3)},
    ),
    _scenario(
        "live-by-tcp", 35, (Life(liveness=until(7_500, PASSES, FAILS)), Life()), app={"livenessProbe": probe(TCP, 3)}
    ),
    _scenario(
        "live-errors-never-kill",
        30,
        (Life(liveness=until(5_500, PASSES, ERRS)),),
        app={"livenessProbe": probe(LIVENESS)},
    ),
    _scenario(
        "live-errors-do-not-reset",
        40,
        (Life(liveness=Track(((0, PASSES), (7_500, FAILS), (10_500, ERRS), (16_500, FAILS)))), Life()),
        app={"livenessProbe": probe(LIVENESS, 3, 3)},
    ),
    _scenario(
        "live-success-resets",
        40,
        (Life(liveness=Track(((0, PASSES), (6_500, FAILS), (12_500, PASSES), (15_500, FAILS), (21_500, PASSES)))),),
        app={"livenessProbe": probe(LIVENESS, 3, 3)},
    ),
    _scenario(
        "live-killed-with-own-grace",
        35,
        (Life(liveness=until(6_500, PASSES, FAILS), exits_after_sigterm=None), Life()),
        app={"livenessProbe": probe(LIVENESS, 2, 2, terminationGracePeriodSeconds=4)},
        terminationGracePeriodSeconds=25,
    ),
    _scenario(
        "live-killed-with-pod-grace",
        35,
        (Life(liveness=until(6_500, PASSES, FAILS), exits_after_sigterm=None), Life()),
        app={"livenessProbe": probe(LIVENESS)},
        terminationGracePeriodSeconds=6,
    ),
    _scenario(
        "live-killed-and-exits-in-time",
        35,
        (Life(liveness=until(6_500, PASSES, FAILS), exits_after_sigterm=2500, sigterm_exit_code=3), Life()),
        app={"livenessProbe": probe(LIVENESS), **READY},
    ),
    _scenario(
        "live-killed-after-pre-stop",
        35,
        (Life(liveness=until(6_500, PASSES, FAILS), exits_after_sigterm=1000), Life()),
        app={"livenessProbe": probe(LIVENESS), **SLEEPS_3},
    ),
    _scenario(
        "live-counters-survive-a-crash",
        40,
        (Life(liveness=until(6_500, PASSES, FAILS), exits_at=13_500), Life(liveness=until(10**8)), Life()),
        app={"livenessProbe": probe(LIVENESS, 3, 4)},
    ),
    _scenario(
        "live-kills-until-back-off", 70, (Life(liveness=until(10**8)),), app={"livenessProbe": probe(LIVENESS, 3, 2)}
    ),
    _scenario(
        "live-never-restarts",
        30,
        (Life(liveness=until(5_500, PASSES, FAILS), exits_after_sigterm=None),),
        app={"livenessProbe": probe(LIVENESS, 2, 2, terminationGracePeriodSeconds=2)},
        restartPolicy="Never",
        terminationGracePeriodSeconds=6,
    ),
    _scenario(
        "live-restarts-on-failure",
        30,
        (Life(liveness=until(5_500, PASSES, FAILS)), Life()),
        app={"livenessProbe": probe(LIVENESS)},
        restartPolicy="OnFailure",
    ),
)

_CRASHING: Final = (
    _scenario("crash-loops", 60, (Life(exits_at=3000),), app={}),
    _scenario("crash-once", 25, (Life(exits_at=8000, exit_code=7), Life()), app=READY),
    _scenario("crash-with-status-0", 25, (Life(exits_at=8000, exit_code=0), Life()), app=READY),
    _scenario("crash-never-restarts", 20, (Life(exits_at=6000),), app=READY, restartPolicy="Never"),
    _scenario("crash-restarts-on-failure", 25, (Life(exits_at=6000), Life()), app=READY, restartPolicy="OnFailure"),
    _scenario("crash-completes", 20, (Life(exits_at=6000, exit_code=0),), app=READY, restartPolicy="OnFailure"),
    _scenario(
        "crash-while-starting",
        50,
        (
            Life(startup=until(10**8), exits_at=3000),
            Life(startup=until(10**8), exits_at=3000),
            Life(startup=until(2_500)),
        ),
        app={"startupProbe": probe(STARTUP, 2, 30), **READY},
    ),
)

_STOPPING: Final = (
    _scenario("stop-at-once", 25, (Life(),), app=READY, deleted_at=8000),
    _scenario("stop-after-pre-stop", 25, (Life(exits_after_sigterm=1500),), app={**READY, **SLEEPS_3}, deleted_at=8000),
    _scenario(
        "stop-by-sigkill",
        30,
        (Life(exits_after_sigterm=None),),
        app=READY,
        deleted_at=8000,
        terminationGracePeriodSeconds=5,
    ),
    _scenario(
        "stop-when-pre-stop-takes-all",
        30,
        (Life(exits_after_sigterm=None),),
        app={**READY, **SLEEPS_3},
        deleted_at=8000,
        terminationGracePeriodSeconds=3,
    ),
    _scenario(
        "stop-does-not-restart-what-liveness-fails",
        30,
        (Life(liveness=until(8_500, PASSES, FAILS), exits_after_sigterm=6000),),
        app=ALIVE,
        deleted_at=9000,
    ),
    _scenario(
        "stop-while-starting",
        25,
        (Life(startup=until(10**8), exits_after_sigterm=1000),),
        app={"startupProbe": probe(STARTUP, 2, 30), **READY},
        deleted_at=8000,
    ),
)

SIDECAR: Final = {"restartPolicy": "Always"}

_SIDECARS: Final = (
    _scenario(
        "side-starts-first",
        35,
        {"side": (Life(startup=until(6_500)),), "app": (Life(),)},
        others={"side": {**SIDECAR, "startupProbe": probe(STARTUP, 2, 10)}},
        app={"startupProbe": probe(STARTUP), **READY},
    ),
    _scenario(
        "side-fails-liveness",
        35,
        {"side": (Life(liveness=until(9_500, PASSES, FAILS)), Life()), "app": (Life(),)},
        others={"side": {**SIDECAR, "livenessProbe": probe(LIVENESS), "readinessProbe": probe(READINESS)}},
        app=READY,
    ),
    _scenario(
        "side-crashes",
        35,
        {"side": (Life(exits_at=9000), Life()), "app": (Life(),)},
        others={"side": {**SIDECAR, **READY}},
        app=READY,
    ),
    _scenario(
        "side-stops-last",
        35,
        {"side": (Life(exits_after_sigterm=1000),), "app": (Life(exits_after_sigterm=4000),)},
        others={"side": SIDECAR},
        app=READY,
        deleted_at=9000,
        terminationGracePeriodSeconds=20,
    ),
    _scenario(
        "side-outlives-restart-of-main",
        35,
        {"side": (Life(),), "app": (Life(liveness=until(6_500, PASSES, FAILS)), Life())},
        others={"side": {**SIDECAR, **READY}},
        app=ALIVE,
    ),
    _scenario(
        "two-containers-one-slow",
        30,
        {"peer": (Life(readiness=until(9_500)),), "app": (Life(),)},
        others={"peer": {"readinessProbe": probe(READINESS)}},
        app=READY,
    ),
    _scenario(
        "two-containers-one-killed",
        40,
        {"peer": (Life(liveness=until(8_500, PASSES, FAILS), exits_after_sigterm=3000), Life()), "app": (Life(),)},
        others={"peer": {"livenessProbe": probe(LIVENESS), **READY}},
        app=READY,
    ),
)

# After a kill by its liveness probe, a process counts as started until its startup worker wakes up. No tick of one
# probe coincides with one of the other when it matters, because either may come first.
FAILS_LATER: Final = until(9_500, PASSES, FAILS)
STARTS_SLOWLY: Final = Life(startup=until(10_000), liveness=until(10_000))
IMPATIENT: Final = {"startupProbe": probe(STARTUP, 8, 5), "livenessProbe": probe(LIVENESS, 3, 1)}

_INHERITING: Final = (
    _scenario(
        "restart-killed-before-its-startup-probe",
        45,
        (Life(liveness=FAILS_LATER), STARTS_SLOWLY, STARTS_SLOWLY),
        app=IMPATIENT,
    ),
    _scenario(
        "restart-ready-before-its-startup-probe",
        45,
        (Life(liveness=FAILS_LATER), Life(startup=until(12_500))),
        app={**IMPATIENT, **READY},
    ),
    _scenario(
        "restart-protected-in-time",
        45,
        (Life(liveness=FAILS_LATER), STARTS_SLOWLY),
        app={"startupProbe": probe(STARTUP, 8, 5), "livenessProbe": probe(LIVENESS, 3, 2)},
    ),
    _scenario(
        "restart-after-a-crash-is-protected",
        35,
        (Life(exits_at=9_500), Life(startup=until(2_000), liveness=until(4_000))),
        app=IMPATIENT,
    ),
    _scenario(
        "restart-of-a-sidecar-before-its-startup-probe",
        45,
        {"side": (Life(liveness=FAILS_LATER), STARTS_SLOWLY, STARTS_SLOWLY), "app": (Life(),)},
        others={"side": {**SIDECAR, **IMPATIENT}},
        app=READY,
    ),
)

# If the kubelet is younger than the period, a worker first sleeps for a part of it, so long periods come last.
_LONG_PERIOD: Final = (
    _scenario(
        "ready-right-after-start",
        25,
        (Life(startup=until(6_500)),),
        app={"startupProbe": probe(STARTUP, 3, 8), "readinessProbe": probe(READINESS, 30)},
    ),
    _scenario(
        "restart-killed-until-back-off",
        75,
        (Life(liveness=until(21_500, PASSES, FAILS)), Life(startup=until(10**8), liveness=until(10**8))),
        app={"startupProbe": probe(STARTUP, 20, 5), "livenessProbe": probe(LIVENESS, 3, 2)},
    ),
)

SCENARIOS: Final = (
    *(*_STARTING, *_READINESS, *_LIVENESS, *_CRASHING, *_STOPPING, *_SIDECARS),
    *(*_INHERITING, *_LONG_PERIOD),
)
"""All scenarios; their names differ."""
