"""Scenarios by name and from files: what they mean, and what is refused with words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from pulumi_probes.model.errors import ProbesError
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.model.duration import format_milliseconds, format_seconds, parse_duration
from pulumi_probes.timeline.model.pod import Pod, PodContainer, PodProbe
from pulumi_probes.timeline.model.result import EventKind
from pulumi_probes.timeline.model.scenario import (
    FAILS,
    HANGS,
    PASSES,
    Answer,
    AnswerKind,
    InvalidScenario,
    Life,
    Scenario,
    Script,
    Track,
)
from pulumi_probes.timeline.scenarios import file
from pulumi_probes.timeline.scenarios.catalog import SCENARIOS
from pulumi_probes.timeline.scenarios.file import read_scenario
from pulumi_probes.timeline.scenarios.named import STANDARD, named_scenario
from pulumi_probes.timeline.simulator import simulate

S = 1000
POD = Pod(
    containers=(
        PodContainer(
            name="web",
            readiness=PodProbe(period=5 * S, failures=2, endpoint="/readyz"),
            liveness=PodProbe(endpoint="/livez"),
        ),
        PodContainer(name="proxy"),
    )
)
SHARED = Pod(
    containers=(
        PodContainer(
            name="web",
            readiness=PodProbe(period=5 * S, failures=2, endpoint="/healthz"),
            liveness=PodProbe(endpoint="/healthz"),
        ),
    )
)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_name_plays(name: str) -> None:
    """Each gives a scenario that ends, with a horizon and events in it."""
    known = SCENARIOS[name]
    text = name if known.default is not None else f"{name} 40s"
    timeline = simulate(POD, named_scenario(text, POD))
    assert not timeline.truncated
    assert timeline.first(EventKind.RUNNING) is not None
    assert all(event.at < timeline.scenario.horizon for event in timeline.events)


def test_the_standard_scenarios_are_named() -> None:
    """The names of the standard scenarios can be used as they are."""
    assert list(STANDARD) == [named_scenario(text, POD).name for text in STANDARD]


def test_names_add_up() -> None:
    """A slow start, then a hang."""
    timeline = simulate(POD, named_scenario("starts-in 20s + hangs-at 100s", POD))
    assert [20 * S] == [event.at for event in timeline.of_kind(EventKind.POD_READY)][:1]
    assert ((20 * S, "responds"), (100 * S, "hangs")) == timeline.scenario.marks
    assert 1 == timeline.restarts("web")


def test_a_dependency_restarts_only_what_asks_it_for_liveness() -> None:
    """With an endpoint of its own liveness stays calm; with the same one every pod is restarted."""
    calm = simulate(POD, named_scenario("dependency-down 5m", POD))
    stormy = simulate(SHARED, named_scenario("dependency-down 5m", SHARED))
    assert 0 == calm.restarts()
    assert 3 <= stormy.restarts()


def test_a_scenario_happens_to_the_container_that_is_named() -> None:
    """The others stay healthy, and marks count from its start."""
    pod = Pod(
        init_containers=(PodContainer(name="mesh", role=ContainerRole.SIDECAR, startup=PodProbe(delay=10 * S)),),
        containers=(PodContainer(name="app", liveness=PodProbe()),),
    )
    assert ((110 * S, "hangs"),) == named_scenario("hangs-at 100s", pod).marks
    assert ((100 * S, "hangs"),) == named_scenario("hangs-at 100s", pod, container="mesh").marks


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("explodes", "Available scenarios: healthy, starts-in"),
        ("", "is not a scenario"),
        ("starts-in", "needs a duration"),
        ("starts-in soon", "is not a duration"),
        ("starts-in -4s", "is not a duration"),
        ("never-starts 4s", "takes no duration"),
    ],
)
def test_invalid_names_of_scenarios(text: str, words: str) -> None:
    """The message lists the names, or says what is missing."""
    with pytest.raises(InvalidScenario, match=words):
        named_scenario(text, POD)


def test_a_container_that_does_not_exist() -> None:
    """The message names those that do."""
    with pytest.raises(InvalidScenario, match="its containers: web, proxy"):
        named_scenario("healthy", POD, container="cart")


WRITTEN = """
name: warms up, hangs, recovers
horizon: 10m
delete-at: 8m
containers:
  web:
    - starts-in: 40s
      hangs-at: 100s
      on-sigterm: ignored
    - starts-in: 5
  proxy:
    lives:
      - readiness: {0s: fails, 10s: passes in 200ms, 60s: hangs, 2m: errs}
        exits: {at: 5m, code: 137}
      - exits: 3s
        refuses-after-sigterm: true
    pre-stop: 3s
during:
  web:
    readiness: {2m: fails, 7m: as before}
    liveness: {0s: passes, 60s: fails, repeat: 90s}
"""


def test_the_written_form() -> None:
    """Every key says what the data says."""
    warm = Track(((0, FAILS), (40 * S, PASSES), (100 * S, HANGS)))
    later = Track(((0, FAILS), (5 * S, PASSES)))
    expected = Scenario(
        name="warms up, hangs, recovers",
        horizon=600 * S,
        deleted_at=480 * S,
        marks=((480 * S, "deleted"),),
        scripts={
            "web": Script(
                lives=(
                    Life(startup=warm, readiness=warm, liveness=warm, exits_after_sigterm=None),
                    Life(startup=later, readiness=later, liveness=later),
                ),
                overlays={
                    ProbeKind.READINESS: Track(((120 * S, FAILS), (420 * S, None))),
                    ProbeKind.LIVENESS: Track(((0, PASSES), (60 * S, FAILS)), cycle=90 * S),
                },
            ),
            "proxy": Script(
                lives=(
                    Life(
                        readiness=Track(
                            (
                                (0, FAILS),
                                (10 * S, Answer(AnswerKind.PASSES, 200)),
                                (60 * S, HANGS),
                                (120 * S, Answer(AnswerKind.ERRS)),
                            )
                        ),
                        exits_at=300 * S,
                        exit_code=137,
                    ),
                    Life(exits_at=3 * S, refuses_after_sigterm=True),
                ),
                pre_stop=3 * S,
            ),
        },
    )
    assert expected == read_scenario(yaml.safe_load(WRITTEN), POD)


def test_the_documented_form_is_the_form() -> None:
    """The example in the documentation is a valid scenario."""
    block = re.search(r"```yaml\n(.*?)```", file.__doc__ or "", re.DOTALL)
    assert block is not None
    assert "warms up, hangs, recovers" == read_scenario(yaml.safe_load(block[1]), POD).name


def test_a_horizon_is_found_when_none_is_written() -> None:
    """A little beyond the last thing that happens."""
    scenario = read_scenario({"containers": {"web": {"hangs-at": "100s"}}}, POD)
    last = simulate(POD, scenario).events[-1].at
    assert last < scenario.horizon <= 2 * last


Case = tuple[dict[str, Any] | list[Any], str]

NONSENSE: list[Case] = [
    ({"containers": {"cart": []}}, "the pod has no container 'cart'; its containers: web, proxy"),
    ({"containers": {"web": {"starts-in": "-5s"}}}, "containers.web[0].starts-in: '-5s' is not a duration"),
    ({"containers": {"web": {"starts-in": -5}}}, "containers.web[0].starts-in: -5 is not a duration"),
    ({"containers": {"web": {"starts-in": True}}}, "must be a duration"),
    ({"containers": {"web": {"starts-in": "9s", "hangs-at": "5s"}}}, "hangs-at: must be later than starts-in"),
    (
        {"containers": {"web": {"liveness": {"10s": "fails", "5s": "passes"}}}},
        "containers.web[0].liveness: a segment at 5000 ms follows one at 10000 ms",
    ),
    ({"containers": {"web": {"liveness": {"10s": "fails", "10": "passes"}}}}, "write them in order, each once"),
    ({"containers": {"web": {"liveness": {"0s": "explodes"}}}}, "must be passes, fails, hangs or errs"),
    ({"containers": {"web": {"liveness": {"0s": "passes in"}}}}, "must be passes, fails, hangs or errs"),
    ({"containers": {"web": {"liveness": {"0s": "as before"}}}}, "must be passes, fails, hangs or errs"),
    ({"containers": {"web": {"liveness": {"0s": "fails", "9s": "passes", "repeat": "5s"}}}}, "the cycle of 5000 ms"),
    ({"containers": {"web": {"lifeness": {}}}}, "containers.web[0].lifeness: is not known. Did you mean 'liveness'?"),
    ({"containers": {"web": {"exits": {"code": 3}}}}, "containers.web[0].exits.at: is required"),
    ({"containers": {"web": {"exits": {"at": "3s", "code": "x"}}}}, "code: must be a whole number"),
    ({"containers": {"web": {"refuses-after-sigterm": "yes"}}}, "must be true or false"),
    ({"containers": {"web": []}}, "web: has no processes"),
    ({"containers": "web"}, "containers: must be an object, not str"),
    ({"horizon": "2y"}, "horizon: '2y' is not a duration"),
    ({"horizon": "400d"}, "the horizon is longer than a year"),
    ({"horizon": 0}, "it must be positive"),
    ({"name": 5}, "name: must be text"),
    ([], "scenario: must be an object, not list"),
]


@pytest.mark.parametrize(("content", "words"), NONSENSE, ids=[words for _, words in NONSENSE])
def test_nonsense_is_refused_with_its_place(content: object, words: str) -> None:
    """A clear error, never a hang or a traceback of something else."""
    with pytest.raises(InvalidScenario, match=re.escape(words)) as caught:
        read_scenario(content, POD)
    assert isinstance(caught.value, ProbesError)


def test_every_problem_is_listed() -> None:
    """One wrong file, one error, all of its problems."""
    content = {"horizon": "x", "containers": {"web": [{"starts-in": "y"}, {"foo": 1}]}}
    with pytest.raises(InvalidScenario) as caught:
        read_scenario(content, POD)
    assert 3 == len(caught.value.problems)


@pytest.mark.parametrize(
    "build",
    [
        lambda: simulate(POD, Scenario(name="x", scripts={"cart": Script()})),
        lambda: simulate(POD, Scenario(name="x", scripts={"web": Script(lives=())})),
        lambda: simulate(POD, Scenario(name="x", scripts={"web": Script(lives=(Life(exits_at=-1),))})),
        lambda: simulate(POD, Scenario(name="x", scripts={"web": Script(lives=(Life(exits_after_sigterm=-1),))})),
        lambda: simulate(POD, Scenario(name="x", scripts={"web": Script(pre_stop=-1)})),
        lambda: simulate(POD, Scenario(name="x", deleted_at=-1)),
        lambda: simulate(POD, Scenario(name="x", horizon=-1)),
        lambda: PodProbe(period=0),
        lambda: PodProbe(failures=-1),
    ],
)
def test_nonsense_data_is_refused(build: Callable[[], object]) -> None:
    """Data that was not read from a file is checked too."""
    with pytest.raises(InvalidScenario):
        build()


def test_a_year_of_restlessness_is_bounded() -> None:
    """A simulation that would need millions of steps stops and says so."""
    flapping = Track(((0, PASSES), (1, FAILS)), cycle=2)
    pod = Pod(containers=(PodContainer(name="app", readiness=PodProbe(period=1, failures=1)),))
    scenario = Scenario(
        name="restless", scripts={"app": Script(lives=(Life(readiness=flapping),))}, horizon=365 * 86_400 * S
    )
    timeline = simulate(pod, scenario, limit=5000)
    assert timeline.truncated
    assert 0 < timeline.ends_at < scenario.horizon
    assert timeline.as_dict()["truncated"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("40s", 40_000),
        ("5m", 300_000),
        ("1h30m", 5_400_000),
        ("250ms", 250),
        ("2.5", 2500),
        (3, 3000),
        ("1 min", 60_000),
    ],
)
def test_durations(text: str, expected: int) -> None:
    """As people write them."""
    assert expected == parse_duration(text)


@pytest.mark.parametrize("text", ["", "x", "-1s", "1x", "1s!", "0.0001s", "999999d", "1e3", "nan"])
def test_no_durations(text: str) -> None:
    """As they do not."""
    with pytest.raises(ValueError, match=r"duration|century|finer"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        (0, "0 s"),
        (65_000, "65 s"),
        (330_000, "5 min 30 s"),
        (7_500_000, "2 h 5 min"),
        (1500, "1.5 s"),
        (300_250, "5 min 0.25 s"),
    ],
)
def test_durations_read_well(milliseconds: int, expected: str) -> None:
    """Seconds up to three minutes, then larger units."""
    assert expected == format_milliseconds(milliseconds)
    if milliseconds % 1000 == 0:
        assert expected == format_seconds(milliseconds // 1000)
