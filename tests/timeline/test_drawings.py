"""Drawings: they fit, they are well-formed, they show what happened, and a comparison says what changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.comparison import compare, compare_as_text
from pulumi_probes.timeline.drawing.axis import format_tick, tick_step
from pulumi_probes.timeline.drawing.diagram import Diagram, Tone, diagram_of
from pulumi_probes.timeline.drawing.event_log import event_log
from pulumi_probes.timeline.drawing.svg import draw_svg
from pulumi_probes.timeline.drawing.text import draw_text
from pulumi_probes.timeline.model.pod import Pod, PodContainer, PodProbe
from pulumi_probes.timeline.model.scenario import FAILS, InvalidScenario, Life, Scenario, Script, Track
from pulumi_probes.timeline.scenarios.catalog import SCENARIOS
from pulumi_probes.timeline.scenarios.named import STANDARD, named_scenario
from pulumi_probes.timeline.simulated_workload import SimulatedWorkload, simulated_workload
from pulumi_probes.timeline.simulator import simulate

S = 1000
ASK = {"httpGet": {"path": "/readyz", "port": 8080}}
LONG_NAME = "a-container-with-a-name-of-sixty-three-characters-as-allowed-xx"


def simulated(*, replicas: int = 3, **container: Mapping[str, Any]) -> SimulatedWorkload:
    """A Deployment with one container."""
    spec = {"name": "web", "image": "web", "lifecycle": {"preStop": {"sleep": {"seconds": 5}}}, **container}
    content = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "cart", "namespace": "shop"},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": [spec]}}},
    }
    return simulated_workload(read_stack([Manifest(content=content)]).workloads[0])


CART = simulated(
    startupProbe={**ASK, "periodSeconds": 2, "failureThreshold": 31},
    readinessProbe={**ASK, "periodSeconds": 5, "failureThreshold": 2},
    livenessProbe={**ASK, "failureThreshold": 4},
)


@pytest.mark.parametrize("scenario", [*STANDARD, "rollout"])
def test_what_is_drawn(scenario: str, golden: Callable[[str, str], None]) -> None:
    """Drawing, legend and story of each standard scenario, to the character, as text and as SVG."""
    diagram = CART.diagram(scenario)
    golden(f"cart-{scenario.split(maxsplit=1)[0]}.txt", draw_text(diagram))
    golden(f"cart-{scenario.split(maxsplit=1)[0]}.svg", draw_svg(diagram))


def traffic_of(diagram: Diagram) -> list[tuple[int, int, Tone]]:
    """The bars of the lane with the traffic, in seconds."""
    return [(bar.begin // S, bar.end // S, bar.tone) for bar in diagram.lanes[0].bars]


def test_requests_fail_between_a_hang_and_not_ready() -> None:
    """The pod receives traffic until its readiness probe has failed twice, and nobody responds."""
    diagram = CART.diagram("hangs-at 100s")
    assert [(0, 100, Tone.TRAFFIC), (100, 106, Tone.FAILING)] == traffic_of(diagram)[:2]
    assert 1 == draw_svg(diagram).count(">6 s</text>")
    assert "! requests fail" in draw_text(diagram)


def test_requests_fail_for_as_long_as_the_bounds_say() -> None:
    """The phase in the drawing is what the summary calls the time until a hung pod stops receiving traffic."""
    leaves = CART.summary.containers[0].health.hung_leaves_traffic
    assert leaves is not None
    for second in range(100, 110):
        (failing,) = CART.timeline(f"hangs-at {second}s").failing_requests
        assert leaves.latest is not None
        assert leaves.earliest <= (failing.end - failing.begin) / S <= leaves.latest


def test_without_readiness_requests_fail_until_the_restart() -> None:
    """They also fail while the container starts, since it receives traffic at once."""
    bare = simulated(livenessProbe=ASK)
    (failing,) = bare.timeline("hangs-at 100s").failing_requests
    restart = bare.timeline("hangs-at 100s").lives("web")[0].end
    assert (100 * S, restart) == (failing.begin, failing.end)
    starting = bare.timeline("starts-in 10s").failing_requests
    assert [(0, 10 * S)] == [(span.begin, span.end) for span in starting]


def test_a_slow_or_healthy_application_fails_no_request() -> None:
    """A late response is a response, and a sidecar without a script of its own is healthy."""
    for scenario in ("dependency-slow 5s", "node-drain", "starts-in 40s"):
        assert () == CART.timeline(scenario).failing_requests


def every_diagram() -> list[Diagram]:
    """Pictures of all scenarios, of an update, and of pods that are hard to draw."""
    named = [CART.diagram(name if known.default is not None else f"{name} 40s") for name, known in SCENARIOS.items()]
    crowded = Pod(
        name="crowd " * 30,
        init_containers=(
            PodContainer(name="mesh", role=ContainerRole.SIDECAR, startup=PodProbe(), readiness=PodProbe(period=S)),
            PodContainer(name="migrate", role=ContainerRole.INIT),
        ),
        containers=(
            PodContainer(name=LONG_NAME, startup=PodProbe(), readiness=PodProbe(period=S), liveness=PodProbe(period=S)),
            PodContainer(name="quiet"),
        ),
    )
    scenario = named_scenario("starts-in 30s + hangs-at 100s", crowded)
    endless = Scenario(name="an endless scenario " * 9, horizon=365 * 86_400 * S, scripts=scenario.scripts)
    brief = Scenario(name="brief", horizon=1, scripts=scenario.scripts)
    gone_at_once = Scenario(name="gone", horizon=5, deleted_at=0)
    marked = Scenario(name="marks", marks=tuple((at, f"mark number {at}") for at in range(0, 300_000, 7_000)))
    played = [simulate(crowded, one) for one in (scenario, endless, brief, gone_at_once, marked)]
    return [*named, CART.diagram("rollout"), *(diagram_of(one) for one in played)]


PICTURES = every_diagram()


@pytest.mark.parametrize("width", [100, 80, 60])
def test_every_drawing_fits(width: int) -> None:
    """No line is longer than the terminal, whatever names and horizons there are."""
    for diagram in PICTURES:
        assert [] == [line for line in draw_text(diagram, width).splitlines() if len(line) > width]


def test_every_svg_is_well_formed_and_stays_inside() -> None:
    """XML that parses, with a title, a description, both colour schemes, and nothing beyond its edges."""
    for diagram in PICTURES:
        text = draw_svg(diagram)
        root = ET.fromstring(text)  # noqa: S314 - made a line above
        space = "{http://www.w3.org/2000/svg}"
        assert [f"{diagram.title}: {diagram.subtitle}"] == [item.text for item in root.findall(f"{space}title")]
        assert root.find(f"{space}desc") is not None
        assert "prefers-color-scheme: dark" in text
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        for shape in root.iter(f"{space}rect"):
            left, top = float(shape.attrib["x"]), float(shape.attrib["y"])
            assert 0 <= left <= left + float(shape.attrib["width"]) <= width + 3, diagram.title
            assert 0 <= top <= top + float(shape.attrib["height"]) <= height


def test_a_name_cannot_break_out_of_the_svg() -> None:
    """Markup in a name is text."""
    pod = Pod(name='<script>alert("x")</script>', containers=(PodContainer(name="a&b"),))
    text = draw_svg(diagram_of(simulate(pod, Scenario(name="<b>"))))
    assert "<script>" not in text
    assert ET.fromstring(text) is not None  # noqa: S314 - made a line above


def test_a_year_is_drawn_in_bounded_space() -> None:
    """Attempts by the million become a line, not a million dots."""
    pod = Pod(containers=(PodContainer(name="app", liveness=PodProbe(period=S)),))
    diagram = diagram_of(simulate(pod, Scenario(name="year", horizon=365 * 86_400 * S)))
    assert len(draw_svg(diagram)) < 10_000
    assert len(draw_text(diagram)) < 3_000


def test_a_loop_tells_what_fits() -> None:
    """A story that goes on and on is cut, and says by how much."""
    pod = Pod(containers=(PodContainer(name="app"),))
    crash = Track(((0, None),))
    scenario = Scenario(
        name="loop", horizon=86_400 * S, scripts={"app": Script(lives=(Life(exits_at=S, liveness=crash),))}
    )
    text = draw_text(diagram_of(simulate(pod, scenario)))
    assert "more moments until 1 d" in text


def test_the_json_of_a_timeline_is_json() -> None:
    """Events and attempts with milliseconds, ready for machines."""
    content = json.loads(json.dumps(CART.timeline("hangs-at 100s").as_dict()))
    assert [[0, 106_000], [161_000, 162_000], [164_000, 185_000]] == content["traffic_ms"]
    assert {"at_ms": 131_000, "event": "verdict", "container": "web", "life": 1, "probe": "liveness"} in content[
        "events"
    ]
    assert 1 == content["version"]


def test_several_containers_are_named_in_the_story() -> None:
    """Who is Ready, who gets SIGTERM."""
    pod = Pod(containers=(PodContainer(name="one", readiness=PodProbe()), PodContainer(name="two")))
    texts = [item.text for item in event_log(simulate(pod, named_scenario("node-drain", pod)))]
    assert "one starts, two starts, two is Ready, one is Ready, the pod is Ready and receives traffic" == texts[0]
    assert any("SIGTERM to one" in text for text in texts)


def test_a_rollout_without_a_bound_is_refused() -> None:
    """Without a startup or liveness probe nobody knows how long it takes."""
    with pytest.raises(InvalidScenario, match="has no time limit"):
        simulated(readinessProbe=ASK).diagram("rollout")


def test_a_comparison(golden: Callable[[str, str], None]) -> None:
    """Promises and scenarios before and after, and the change of the worst case, in 100 columns."""
    text = compare_as_text(compare(simulated(readinessProbe=ASK, livenessProbe=ASK), CART))
    golden("cart-comparison.txt", text)
    assert all(len(line) <= 100 for line in text.splitlines())


def test_a_comparison_with_itself_finds_nothing() -> None:
    """Every row is the same."""
    assert {"="} == {difference.words for difference in compare(CART, CART)}


def test_a_comparison_of_what_is_unbounded() -> None:
    """A value without a limit is shown as a word, without a difference."""
    differences = {item.name: item for item in compare(simulated(readinessProbe=ASK), CART, scenarios=())}
    assert ("unlimited", "60 s", "") == (
        differences["allowed startup time"].before,
        differences["allowed startup time"].after,
        differences["allowed startup time"].words,
    )
    assert "never" == differences["killed after a hang"].before


def test_shared_endpoints_show_in_a_comparison() -> None:
    """Liveness that asks for dependencies restarts pods when they are down."""
    shared = simulated(readinessProbe=ASK, livenessProbe=ASK)
    apart = simulated(readinessProbe=ASK, livenessProbe={"httpGet": {"path": "/livez", "port": 8080}})
    differences = {item.name: item for item in compare(shared, apart, scenarios=STANDARD)}
    assert "0" == differences["dependency-down 5m: restarts"].after
    change = differences["dependency-down 5m: restarts"].change
    assert change is not None
    assert change < 0


@pytest.mark.parametrize(
    ("ends_at", "expected"), [(45 * S, "40 s"), (175 * S, "160 s"), (900 * S, "14 min"), (86_400 * S, "20 h")]
)
def test_axes_have_round_numbers(ends_at: int, expected: str) -> None:
    """All ticks of an axis are named in one unit."""
    step = tick_step(ends_at, 10)
    last = (ends_at - 1) // step * step
    assert expected == format_tick(last, step)


def test_a_process_that_starts_where_another_ends_is_drawn_by_itself() -> None:
    """A kill, an exit and a start in one moment belong to two processes: the second one is not stopping."""
    pod = Pod(containers=(PodContainer(name="app", liveness=PodProbe()),))
    hung = Life(liveness=Track(((0, FAILS),)))
    scenario = Scenario(name="kill", scripts={"app": Script(lives=(hung, Life()))}, horizon=60 * S)
    lane = diagram_of(simulate(pod, scenario)).lanes[1]
    assert [(0, 20 * S, Tone.RUNNING), (20 * S, 60 * S, Tone.RUNNING)] == [
        (bar.begin, bar.end, bar.tone) for bar in lane.bars
    ]
