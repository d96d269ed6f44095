"""Scenarios by name: ``starts-in 40s``, ``hangs-at 100s``, ``oom-loop``, or several joined by ``+``.

named_scenario("starts-in 40s + hangs-at 200s", pod)
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from pulumi_probes.model.rounding import round_up
from pulumi_probes.model.suggestions import suggestion
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.model.duration import parse_duration
from pulumi_probes.timeline.model.kubelet import IDEAL, Kubelet
from pulumi_probes.timeline.model.pod import Pod, PodContainer
from pulumi_probes.timeline.model.result import EventKind, Timeline
from pulumi_probes.timeline.model.scenario import (
    InvalidScenario,
    Life,
    Scenario,
    Script,
    unknown_container,
)
from pulumi_probes.timeline.scenarios.catalog import LOOP_HORIZON, MINUTE, ROLLOUT, SCENARIOS, Draft, ScenarioName
from pulumi_probes.timeline.simulator import simulate

_LONGEST_FIT: Final = 60 * MINUTE
_HALF_MINUTE: Final = 30_000
_LOOP_RESTARTS: Final = 4

STANDARD: Final = (
    "starts-in 40s",
    "hangs-at 100s",
    "flaps",
    "oom-loop",
    "dependency-down 5m",
    "node-drain",
)
"""The scenarios of a comparison, unless others are given."""


def named_scenario(text: str, pod: Pod, *, container: str | None = None, kubelet: Kubelet = IDEAL) -> Scenario:
    """A scenario by its name, with a horizon shortly after its last event.

    Args:
        text: names with their durations, joined by ``+``.
        pod: the pod.
        container: the container that the scenario applies to; by default the one that `choose_container` returns.
        kubelet: the kubelet's version, phases and latencies, to find the horizon.

    Raises:
        InvalidScenario: the scenario or the container does not exist, or a duration is invalid.
    """
    draft = Draft(pod, choose_container(pod, container))
    _find_moments(draft, kubelet)
    for part in text.split("+"):
        words = part.split(maxsplit=1)
        known = SCENARIOS.get(words[0]) if words else None
        if known is None:
            raise InvalidScenario([_unknown(part.strip(), words[0] if words else "")])
        known.draft(draft, _duration(known, words[1:]))
    script = Script(lives=(draft.first, draft.later), overlays=draft.overlays)
    scenario = Scenario(
        name=" + ".join(" ".join(part.split()) for part in text.split("+")),
        scripts={**finished_init_containers(pod), draft.container.name: script},
        deleted_at=draft.deleted_at,
        horizon=draft.horizon or _LONGEST_FIT,
    )
    timeline = simulate(pod, scenario, kubelet)
    ended = timeline.first(EventKind.EXITED, container=draft.container.name)
    reached = [mark for mark in draft.marks_of_life if ended is None or mark[0] <= ended.at]
    scenario = replace(scenario, marks=tuple(sorted(draft.marks + reached)))
    return scenario if draft.horizon else _fitted(scenario, timeline)


def finished_init_containers(pod: Pod) -> dict[str, Script]:
    """Scripts for the plain init containers of a pod, which exit at once with code 0."""
    return {
        item.name: Script(lives=(Life(exits_at=0, exit_code=0),))
        for item in pod.init_containers
        if item.role is ContainerRole.INIT
    }


def fitted(pod: Pod, scenario: Scenario, kubelet: Kubelet = IDEAL) -> Scenario:
    """The same scenario with a horizon shortly after its last event, or with 15 min for an endless loop."""
    return _fitted(scenario, simulate(pod, replace(scenario, horizon=_LONGEST_FIT), kubelet))


def _fitted(scenario: Scenario, timeline: Timeline) -> Scenario:
    last = max([event.at for event in timeline.events] + [mark for mark, _ in scenario.marks] + [0])
    if timeline.restarts() >= _LOOP_RESTARTS and last > LOOP_HORIZON:
        return replace(scenario, horizon=LOOP_HORIZON)
    shown = last + max(5_000, last // 8)
    step = next((step for step in (5_000, 10_000, 30_000) if shown <= 60 * step), MINUTE)
    return replace(scenario, horizon=min(_LONGEST_FIT, round_up(shown, step)))


def _find_moments(draft: Draft, kubelet: Kubelet) -> None:
    """Find when the container starts, and when the pod has been Ready for a while, if the pod is healthy."""
    healthy = Scenario(name="healthy", scripts=finished_init_containers(draft.pod), horizon=_LONGEST_FIT)
    timeline = simulate(draft.pod, healthy, kubelet)
    running = timeline.first(EventKind.RUNNING, container=draft.container.name)
    ready = timeline.first(EventKind.POD_READY)
    draft.running_at = running.at if running is not None else 0
    settled = (ready.at if ready is not None else 0) + _HALF_MINUTE
    draft.settled_at = max(MINUTE, round_up(settled, _HALF_MINUTE))


def choose_container(pod: Pod, container: str | None = None) -> PodContainer:
    """The container that a scenario applies to.

    Args:
        pod: the pod.
        container: its name; by default the first regular container with probes, or else the first sidecar with probes.

    Raises:
        InvalidScenario: the container does not exist.
    """
    if container is None:
        probed = (item for item in (*pod.containers, *pod.init_containers) if any(item.probes))
        return next(probed, pod.containers[0])
    found = pod.container(container)
    if found is None:
        raise InvalidScenario([unknown_container(container, [item.name for item in pod.all_containers])])
    return found


def _unknown(part: str, name: str) -> str:
    """Why a part of a text is not a scenario of one pod."""
    if name == ROLLOUT:
        return f"{ROLLOUT} replaces all pods of a workload, so it takes no duration and cannot be joined with others"
    names = (*SCENARIOS, ROLLOUT)
    hint = suggestion(name, names, otherwise=f"Available scenarios: {', '.join(names)}.")
    return f"{part!r} is not a scenario. {hint}"


def _duration(known: ScenarioName, words: list[str]) -> int:
    if not words:
        if known.default is None:
            raise InvalidScenario([f"{known.name} needs a duration ({known.argument}), such as {known.name} 40s"])
        return known.default
    if not known.argument:
        raise InvalidScenario([f"{known.name} takes no duration"])
    try:
        return parse_duration(words[0])
    except ValueError as problem:
        raise InvalidScenario([f"{known.name}: {problem}"]) from None
