"""Measures the simulator for a day, a year and the standard scenarios of a preset, and compares it with limits."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from pulumi_probes.model.probe import HealthContract, HttpGet, Probe, Rollout, Shutdown
from pulumi_probes.timeline.comparison import compare
from pulumi_probes.timeline.drawing.svg import draw_svg_page
from pulumi_probes.timeline.drawing.text import draw_text
from pulumi_probes.timeline.model.pod import Pod, PodContainer, PodProbe
from pulumi_probes.timeline.model.scenario import FAILS, PASSES, Life, Scenario, Script, Track
from pulumi_probes.timeline.scenarios.named import STANDARD
from pulumi_probes.timeline.simulated_workload import DEFAULT_SCENARIOS, simulated_contract
from pulumi_probes.timeline.simulator import simulate

DAY = 86_400_000
EVERY_SECOND = PodProbe(period=1000)
NINE_PROBES = Pod(
    containers=tuple(
        PodContainer(name=name, startup=EVERY_SECOND, readiness=EVERY_SECOND, liveness=EVERY_SECOND)
        for name in ("web", "mesh", "log")
    )
)
FLAPPING = Life(readiness=Track(((0, PASSES), (60_000, FAILS)), cycle=90_000))
RESTLESS = {item.name: Script(lives=(FLAPPING,)) for item in NINE_PROBES.containers}
ASKS = HttpGet(port="http")
CONTRACT = HealthContract(
    startup=Probe(handler=ASKS, period_seconds=2, failure_threshold=31),
    readiness=Probe(handler=ASKS, period_seconds=5, failure_threshold=2),
    liveness=Probe(handler=ASKS, failure_threshold=4),
    shutdown=Shutdown(pre_stop_sleep_seconds=5),
    rollout=Rollout(),
)
SIMULATED = simulated_contract(CONTRACT, replicas=3)
ROUNDS = 7


def best(work: Callable[[], object]) -> float:
    """The shortest of a few runs in milliseconds, which other load affects least."""
    durations = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        work()
        durations.append(time.perf_counter() - begin)
    return min(durations) * 1000


CASES: list[tuple[str, float, Callable[[], object]]] = [
    (
        "one day of three containers with nine probes, each every second",
        100,
        lambda: simulate(NINE_PROBES, Scenario(name="day", horizon=DAY)),
    ),
    (
        "one day in which readiness of all three fails 30 s of every 90 s",
        3000,
        lambda: simulate(NINE_PROBES, Scenario(name="restless", horizon=DAY, scripts=RESTLESS)),
    ),
    ("a healthy year of the same pod", 1000, lambda: simulate(NINE_PROBES, Scenario(name="year", horizon=365 * DAY))),
    ("the standard scenarios of a preset", 50, lambda: [SIMULATED.timeline(name) for name in STANDARD]),
    (
        "all drawings of a workload as text",
        100,
        lambda: [draw_text(SIMULATED.diagram(name)) for name in DEFAULT_SCENARIOS],
    ),
    (
        "all drawings of a workload as SVG",
        100,
        lambda: draw_svg_page([SIMULATED.diagram(name) for name in DEFAULT_SCENARIOS]),
    ),
    ("a comparison under the standard scenarios", 200, lambda: compare(SIMULATED, SIMULATED)),
]


def main() -> int:
    """Measure, print a table, and return whether everything was fast enough."""
    print(f"| {'what':<64} | {'takes':>9} | {'may take':>9} |")
    print(f"| {'-' * 64} | {'-' * 8}: | {'-' * 8}: |")
    is_slow = False
    for name, limit, work in CASES:
        taken = best(work)
        is_slow |= taken > limit
        print(f"| {name:<64} | {taken:>6.1f} ms | {limit:>6.0f} ms |")
    return int(is_slow)


if __name__ == "__main__":
    sys.exit(main())
