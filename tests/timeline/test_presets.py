"""Every preset under the standard scenarios: what it does, to the second, for everybody to look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.presets import Preset, load_presets
from pulumi_probes.presets._documentation import example_contract
from pulumi_probes.timeline.bounds.workload import summarize_contract
from pulumi_probes.timeline.drawing.text import draw_text
from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.model.pod_reader import pod_of_contract
from pulumi_probes.timeline.model.result import EventKind
from pulumi_probes.timeline.scenarios.catalog import ROLLOUT
from pulumi_probes.timeline.scenarios.named import STANDARD, named_scenario
from pulumi_probes.timeline.simulated_workload import simulated_contract
from pulumi_probes.timeline.simulator import simulate

REPLICAS = 3

presets = pytest.mark.parametrize("preset", load_presets(), ids=lambda preset: preset.name)


@presets
def test_golden_timelines(preset: Preset, golden: Callable[[str, str], None]) -> None:
    """Start, flapping, hang, crash loop, dependency, drain and rollout."""
    simulated = simulated_contract(example_contract(preset), name=preset.name, replicas=REPLICAS)
    parts = ["\n".join(simulated.summary.lines()) + "\n"]
    parts += [draw_text(simulated.diagram(scenario)) for scenario in (*STANDARD, ROLLOUT)]
    golden(f"preset-{preset.name}.txt", "\n".join(parts))


@presets
def test_promises_hold_in_every_tried_phase(preset: Preset) -> None:
    """The slowest start that survives, and a hang, in 40 phases each: nothing is later than the summary says."""
    contract = example_contract(preset)
    pod = pod_of_contract(contract)
    health = summarize_contract(contract).containers[0].health
    assert health.guaranteed_start is not None
    assert health.ready_within is not None
    assert health.hung_leaves_traffic is not None
    assert health.hung_restarted is not None
    start = named_scenario(f"starts-in {health.guaranteed_start}", pod)
    hang = named_scenario("hangs-at 600s", pod)
    for share in range(40):
        phases = {
            ("app", kind): probe.period * share // 40
            for kind in ProbeKind
            if (probe := pod.containers[0].probe(kind)) is not None
        }
        started = simulate(pod, start, Kubelet(phases=phases))
        ready = started.first(EventKind.READY)
        assert ready is not None
        assert 0 == started.restarts()
        assert ready.at < health.ready_within * 1000
        hung = simulate(pod, hang, Kubelet(phases=phases))
        lost, again = hung.first(EventKind.NO_TRAFFIC), hung.first(EventKind.RUNNING, since=1)
        assert lost is not None
        assert again is not None
        leaves, restarted = health.hung_leaves_traffic, health.hung_restarted
        assert leaves.earliest * 1000 <= lost.at - 600_000 < leaves.latest * 1000
        assert restarted.earliest * 1000 <= again.at - 600_000 < restarted.latest * 1000


@presets
def test_a_dependency_restarts_no_preset(preset: Preset) -> None:
    """Traffic goes away and comes back; processes stay."""
    simulated = simulated_contract(example_contract(preset))
    timeline = simulated.timeline("dependency-down 10m")
    assert 0 == timeline.restarts()
    assert 2 == len(timeline.traffic)


@presets
def test_a_drained_preset_loses_traffic_before_it_ends(preset: Preset) -> None:
    """The endpoint goes first, SIGTERM comes after the pause, and the process ends in its own time."""
    contract = example_contract(preset)
    timeline = simulated_contract(contract).timeline("node-drain")
    lost, sigterm = timeline.first(EventKind.NO_TRAFFIC), timeline.first(EventKind.SIGTERM)
    assert lost is not None
    assert sigterm is not None
    assert contract.shutdown.pre_stop_sleep_seconds * 1000 == sigterm.at - lost.at
    assert timeline.first(EventKind.SIGKILL) is None
