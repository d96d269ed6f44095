"""The generated parts of `docs/explanation/timeline.md`, and the diagrams beside it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from pulumi_probes._markdown import table
from pulumi_probes.model.probe import Exec, HealthContract, HttpGet, Probe, Rollout, Shutdown
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.version import KubernetesVersion
from pulumi_probes.timeline.bounds import probe as bounds
from pulumi_probes.timeline.bounds.workload import format_interval
from pulumi_probes.timeline.drawing.state_diagram import draw_machine
from pulumi_probes.timeline.drawing.svg import draw_svg
from pulumi_probes.timeline.drawing.text import draw_text
from pulumi_probes.timeline.model.duration import MILLISECONDS, format_milliseconds, format_seconds
from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.model.pod import Pod, PodContainer, PodProbe
from pulumi_probes.timeline.model.result import EventKind, Timeline
from pulumi_probes.timeline.model.scenario import FAILS, PASSES, Life, Scenario, Script, Track
from pulumi_probes.timeline.scenarios import file as scenario_file
from pulumi_probes.timeline.scenarios.catalog import ROLLOUT, SCENARIOS
from pulumi_probes.timeline.simulated_workload import DEFAULT_SCENARIOS, SimulatedWorkload, simulated_contract
from pulumi_probes.timeline.simulator import simulate

_S: Final = MILLISECONDS


def _http(path: str) -> HttpGet:
    return HttpGet(path=path, port="http")


EXAMPLE: Final = HealthContract(
    startup=Probe(handler=_http("/livez"), period_seconds=2, failure_threshold=31),
    readiness=Probe(handler=_http("/readyz"), period_seconds=5, failure_threshold=2),
    liveness=Probe(handler=_http("/livez"), failure_threshold=4),
    shutdown=Shutdown(pre_stop_sleep_seconds=5),
    rollout=Rollout(),
)
"""The contract of the page's diagrams."""

_FILES: Final = {
    "start": DEFAULT_SCENARIOS[0],
    "hang": DEFAULT_SCENARIOS[1],
    "crash": DEFAULT_SCENARIOS[2],
    "dependency": "dependency-down 2m",
    "drain": "node-drain",
    "rollout": ROLLOUT,
}


def diagrams() -> dict[str, str]:
    """The diagrams of the page, by their path below `docs/explanation`."""
    simulated = _example()
    drawn = {f"pictures/{kind.word}.svg": draw_machine(kind) for kind in ProbeKind}
    return drawn | {f"pictures/{name}.svg": draw_svg(simulated.diagram(scenario)) for name, scenario in _FILES.items()}


def blocks() -> dict[str, str]:
    """The generated blocks of the page by name."""
    return {
        "contract": _contract(),
        "hang": f"```text\n{draw_text(_example().diagram('hangs-at 100s'))}```",
        "startup formula": _startup_formula(),
        "bounds": _bounds(),
        "counters": _counters(),
        "manual runs": _manual_runs(),
        "back-off": _back_off(),
        "seconds": _seconds(),
        "scenarios": _scenarios(),
        "scenario form": _scenario_form(),
    }


def _example() -> SimulatedWorkload:
    return simulated_contract(EXAMPLE, name="cart", replicas=3)


def _contract() -> str:
    rows = []
    for kind in ProbeKind:
        probe = EXAMPLE.probe(kind)
        if probe is not None and not isinstance(probe.handler, Exec):
            path = probe.handler.path if isinstance(probe.handler, HttpGet) else ""
            rows.append([kind.word, f"`{path}`", probe.period_seconds, probe.timeout_seconds, probe.failure_threshold])
    summary = " ".join(_example().summary.lines())
    return table(["probe", "path", "periodSeconds", "timeoutSeconds", "failureThreshold"], rows) + f"\n\n{summary}"


def _startup_formula() -> str:
    """In how many phases of the ticker a startup of about F * P succeeds."""
    probe = Probe(handler=_http("/"), period_seconds=10, failure_threshold=30)
    rows = []
    for start in (289, 290, 291, 295, 299, 300, 301):
        allowed = sum(_is_allowed(probe, start, phase * _S) for phase in range(probe.period_seconds))
        words = "always" if allowed == probe.period_seconds else "never" if allowed == 0 else "sometimes"
        rows.append([f"{start} s", f"{allowed} of {probe.period_seconds}", words])
    return table(["a startup of", "is allowed in phases", ""], rows)


def _is_allowed(probe: Probe, start: int, phase: int) -> bool:
    numbers = PodProbe(
        period=probe.period_seconds * _S, timeout=probe.timeout_seconds * _S, failures=probe.failure_threshold
    )
    slow = Life(startup=Track(((0, FAILS), (start * _S, PASSES))))
    timeline = simulate(
        Pod(containers=(PodContainer(name="app", startup=numbers),)),
        Scenario(name="start", scripts={"app": Script(lives=(slow,))}, horizon=400 * _S),
        Kubelet(phases={("app", ProbeKind.STARTUP): phase}),
    )
    return timeline.first(EventKind.VERDICT) is None


def _bounds() -> str:
    """The closed forms for the defaults of Kubernetes."""
    probe = Probe(handler=_http("/"))
    refused = bounds.Interval(bounds.detection(probe).earliest, bounds.nominal_detection_seconds(probe))
    rows = [
        ["first attempt after the start", "[d, d + P)", format_interval(bounds.first_attempt(probe))],
        [
            "verdict on a process that never responds",
            "[d + (F-1)·P, d + P + (F-1)·max(P,T) + T)",
            format_interval(bounds.start_verdict(probe)),
        ],
        [
            "a startup that is allowed in every phase",
            "d + (F-1)·P",
            format_seconds(bounds.guaranteed_start_seconds(probe)),
        ],
        [
            "a startup that is killed in every phase",
            "d + P + (F-1)·max(P,T)",
            format_seconds(bounds.possible_start_seconds(probe)),
        ],
        ["verdict after responses become failures", "[(F-1)·P, F·P)", format_interval(refused)],
        ["verdict after a hang", "[(F-1)·max(P,T) + T, P later)", format_interval(bounds.hang_detection(probe))],
        [
            "Ready, for an application that responds from u on",
            "[max(u,d), max(u,d) + S·max(P,T) + T)",
            "u to u + " + format_seconds(bounds.ready(None, probe, 0).latest),
        ],
        ["Ready again after a recovery", "[0, S·max(P,T) + T)", format_interval(bounds.recovery(probe))],
        [
            "end of a container with a preStop sleep of p and a grace period of g",
            "p + max(2, g - p)",
            f"p = 5: {bounds.stop_seconds(5, 30)} s, p = 30: {bounds.stop_seconds(30, 30)} s",
        ],
    ]
    return table(["", "bound", "with the defaults of Kubernetes"], rows)


def _counters() -> str:
    """When a liveness probe fails, without and with an earlier crash of its container."""
    silent = Track(((0, FAILS),))
    fresh = _alone(Life(liveness=silent), liveness=PodProbe())
    crashed = _alone(Life(liveness=silent, exits_at=15 * _S), Life(liveness=silent), liveness=PodProbe())
    rows = [
        ["from its start", _verdict_after_start(fresh, 0)],
        ["after two failures, then a crash at 15 s", _verdict_after_start(crashed, 15 * _S)],
    ]
    return table(["a process that never responds, defaults", "is killed after"], rows)


def _verdict_after_start(timeline: Timeline, started_at: int) -> str:
    verdict = timeline.first(EventKind.VERDICT)
    return format_milliseconds((verdict.at if verdict is not None else 0) - started_at)


def _manual_runs() -> str:
    """When readiness is probed after a startup success at 25 s, before and since 1.32."""
    slow = Life(startup=Track(((0, FAILS), (25 * _S, PASSES))))
    rows = []
    for minor in (31, 32):
        timeline = _alone(
            slow,
            startup=PodProbe(period=5 * _S, failures=30),
            readiness=PodProbe(),
            kubelet=Kubelet(version=KubernetesVersion(1, minor)),
        )
        begins = [
            run.first + number * run.spacing
            for run in timeline.attempts
            for number in range(run.count)
            if run.kind is ProbeKind.READINESS
        ]
        rows.append([f"1.{minor}", ", ".join(format_milliseconds(begin) for begin in begins[:4])])
    return table(["Kubernetes", "readiness runs at"], rows)


def _back_off() -> str:
    """Restarts after crashes and after kills by a probe, of processes that run equally long."""
    probe = PodProbe(delay=20 * _S, failures=5)
    hung = Life(liveness=Track(((0, FAILS),)), exits_after_sigterm=None)
    rows = [
        ["a crash every 62 s", _pauses(_alone(Life(exits_at=62 * _S), horizon=3600))],
        ["a liveness kill every 62 s (d = 20, P = 10, F = 5)", _pauses(_alone(hung, liveness=probe, grace=2 * _S))],
    ]
    return table(["", "seconds from each exit to the next start"], rows)


def _pauses(timeline: Timeline) -> str:
    lives = timeline.lives("app")
    pauses = [(after.begin - before.end) // _S for before, after in pairwise(lives)]
    return ", ".join(map(str, pauses[:10]))


def _seconds() -> str:
    """The seconds that documentation states, and the real ones."""
    startup = Probe(handler=_http("/"), period_seconds=10, failure_threshold=30)
    delayed = Probe(handler=_http("/"), initial_delay_seconds=15)
    killed = format_interval(bounds.hang_detection(Probe(handler=_http("/"))))
    rows = [
        ['startup probe, 30 failures at 10 s: "killed after 300 s"', format_interval(bounds.start_verdict(startup))],
        [
            '`initialDelaySeconds: 15`: "first probe 15 seconds after the container starts"',
            format_interval(bounds.first_attempt(delayed)),
        ],
        [
            "defaults: a hung container is restarted after F·P = 30 s",
            f"killed after {killed}, then a grace period of up to {format_seconds(bounds.stop_seconds(0, 30))}",
        ],
        ["`terminationGracePeriodSeconds: 1` of a probe", f"{bounds.stop_seconds(0, 1)} s until SIGKILL"],
    ]
    return table(["documented", "real"], rows)


def _scenarios() -> str:
    rows = [
        [
            f"`{item.name}`",
            item.argument
            and f"{item.argument}{', by default ' + format_milliseconds(item.default) if item.default else ''}",
            item.summary,
        ]
        for item in SCENARIOS.values()
    ]
    rows.append(
        [f"`{ROLLOUT}`", "", "All pods of the workload are replaced; every startup is as slow as the probes guarantee."]
    )
    return table(["name", "duration", "what happens"], rows)


def _scenario_form() -> str:
    block = re.search(r"```yaml\n.*?```", scenario_file.__doc__ or "", re.DOTALL)
    if block is None:
        raise ValueError("scenario_file's docstring has no example")
    return block[0]


def _alone(
    *lives: Life,
    startup: PodProbe | None = None,
    readiness: PodProbe | None = None,
    liveness: PodProbe | None = None,
    horizon: int = 2400,
    grace: int = 30 * _S,
    kubelet: Kubelet | None = None,
) -> Timeline:
    container = PodContainer(name="app", startup=startup, readiness=readiness, liveness=liveness)
    scenario = Scenario(name="page", scripts={"app": Script(lives=lives)}, horizon=horizon * _S)
    return simulate(Pod(containers=(container,), grace=grace), scenario, kubelet or Kubelet())
