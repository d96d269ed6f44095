"""`pulumi_probes.testing`: each assertion holds up to its number and not beyond, and says why it fails."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pulumi_probes import presets, testing
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.probe import HealthContract, HttpGet, Probe, Rollout, Shutdown
from pulumi_probes.model.values import UNKNOWN
from pulumi_probes.testing import (
    assert_hung_pod_is_restarted_within,
    assert_hung_pod_leaves_traffic_within,
    assert_no_restart_when,
    assert_ready_within,
    assert_rolls_out_within,
    assert_survives_start_of,
)
from pulumi_probes.timeline.model.scenario import FAILS, InvalidScenario, Life, Scenario, Script, Track

ASKS = HttpGet(port="http")
CONTRACT = HealthContract(
    startup=Probe(handler=HttpGet(path="/started", port="http"), period_seconds=2, failure_threshold=31),
    readiness=Probe(handler=HttpGet(path="/readyz", port="http"), period_seconds=5, failure_threshold=2),
    liveness=Probe(handler=HttpGet(path="/livez", port="http"), failure_threshold=4),
    shutdown=Shutdown(pre_stop_sleep_seconds=5),
    rollout=Rollout(),
)


def deployment(**container: Any) -> dict[str, Any]:
    """A Deployment with one container."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "cart"},
        "spec": {"template": {"spec": {"containers": [{"name": "web", "image": UNKNOWN, **container}]}}},
    }


READY_ONLY = deployment(readinessProbe={"httpGet": {"port": 80}})
SHARED = deployment(livenessProbe={"httpGet": {"port": 80}}, readinessProbe={"httpGet": {"port": 80}})

Assertion = Callable[[Any, int], None]


@pytest.mark.parametrize(
    ("assertion", "limit"),
    [
        (assert_ready_within, 64),
        (assert_hung_pod_leaves_traffic_within, 11),
        (assert_hung_pod_is_restarted_within, 71),
        (assert_rolls_out_within, 64),
    ],
)
def test_an_upper_limit_is_exact(assertion: Assertion, limit: int) -> None:
    """One second less is too little, and the message says how long it takes."""
    assertion(CONTRACT, limit)
    with pytest.raises(AssertionError, match=rf"contract: .*\b{limit} s"):
        assertion(CONTRACT, limit - 1)


def test_the_start_that_survives_is_exact() -> None:
    """One second more is too much."""
    assert_survives_start_of(CONTRACT, 60)
    with pytest.raises(AssertionError, match=re.escape("only 60 s is guaranteed; it is killed after 60-63 s")):
        assert_survives_start_of(CONTRACT, 61)


def test_a_known_start_bounds_readiness_without_a_startup_probe() -> None:
    """Where nothing kills a slow start, the test says how slow it is."""
    assert_ready_within(READY_ONLY, 21, starts_in=10)
    with pytest.raises(AssertionError, match="a startup of 10 s may take 21 s"):
        assert_ready_within(READY_ONLY, 20, starts_in=10)
    with pytest.raises(AssertionError, match=re.escape("set the expected duration: starts_in=...")):
        assert_ready_within(READY_ONLY, 3600)


def test_any_start_survives_without_a_killer() -> None:
    """No startup and no liveness probe: nothing is too slow."""
    assert_survives_start_of(READY_ONLY, 10**6)


@pytest.mark.parametrize(
    ("assertion", "words"),
    [
        (assert_hung_pod_is_restarted_within, "no liveness probe detects it"),
        (assert_rolls_out_within, "a rollout has no time limit"),
    ],
)
def test_what_no_probe_notices_fails(assertion: Assertion, words: str) -> None:
    """However long one is ready to wait."""
    with pytest.raises(AssertionError, match=words):
        assertion(READY_ONLY, 10**6)


def test_a_hang_without_readiness_keeps_its_traffic() -> None:
    """So no number of seconds is enough."""
    with pytest.raises(AssertionError, match="no readiness probe detects it"):
        assert_hung_pod_leaves_traffic_within(deployment(livenessProbe={"httpGet": {"port": 80}}), 10**6)


def test_a_rollout_that_misses_its_deadline_fails() -> None:
    """Though it would be done in time."""
    slow = deployment(livenessProbe={"httpGet": {"port": 80}, "failureThreshold": 80})
    slow["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = {"httpGet": {"port": 80}}
    with pytest.raises(AssertionError, match="reported as failed after 10 min"):
        assert_rolls_out_within(slow, 3600)


def test_a_dependency_must_not_restart_anything() -> None:
    """Liveness with an endpoint of its own stays calm, a shared one does not; the message tells the story."""
    assert_no_restart_when(CONTRACT, "dependency-down 5m")
    with pytest.raises(
        AssertionError, match=r"'dependency-down 5m', but web is\.(?s:.)*liveness fails for the 3rd time"
    ):
        assert_no_restart_when(SHARED, "dependency-down 5m")


def test_every_phase_is_tried() -> None:
    """A start of 25 s survives 20 s of guarantee in most phases; the assertion finds the one in which it does not."""
    assert_no_restart_when(SHARED, "starts-in 20s")
    with pytest.raises(AssertionError, match="must not be restarted"):
        assert_no_restart_when(SHARED, "starts-in 21s")


@pytest.mark.parametrize(
    "scenario",
    [
        {"containers": {"contract": {"readiness": {"0s": "passes", "60s": "fails"}}}},
        Scenario(
            name="data", scripts={"contract": Script(lives=(Life(readiness=Track(((0, FAILS),))),))}, horizon=300_000
        ),
    ],
)
def test_scenarios_may_be_written_or_built(scenario: Mapping[str, Any] | Scenario) -> None:
    """A readiness failure alone restarts nothing, whatever form the scenario has."""
    assert_no_restart_when(CONTRACT, scenario)


def test_an_invalid_scenario_is_an_error_in_the_test() -> None:
    """It is not a failed assertion."""
    with pytest.raises(InvalidScenario):
        assert_no_restart_when(CONTRACT, "explodes")


@pytest.mark.parametrize(
    "preset", [presets.web(), presets.grpc(), presets.telco(), presets.slow_start(starts_within=300)]
)
def test_presets_keep_their_promises(preset: HealthContract) -> None:
    """Presets can be asserted about as they are."""
    assert_hung_pod_leaves_traffic_within(preset, 60)
    assert_no_restart_when(preset, "dependency-down 10m")


def test_files_folders_and_lists(tmp_path: Path) -> None:
    """Every workload in them must keep the promise."""
    (tmp_path / "good.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: good}\nspec:\n  containers:\n    - name: web\n      image: web\n"
        "      readinessProbe: {tcpSocket: {port: 80}, periodSeconds: 2, failureThreshold: 2}\n"
    )
    assert_hung_pod_leaves_traffic_within(tmp_path / "good.yaml", 10)
    assert_hung_pod_leaves_traffic_within(str(tmp_path), 10)
    with pytest.raises(AssertionError, match="Deployment cart"):
        assert_hung_pod_leaves_traffic_within([SHARED], 10)


def test_nothing_to_assert_about_is_an_error(tmp_path: Path) -> None:
    """A test that looks at nothing must not pass."""
    with pytest.raises(UnreadableInput):
        assert_ready_within({"apiVersion": "v1", "kind": "ConfigMap"}, 10)
    with pytest.raises(UnreadableInput):
        assert_ready_within(tmp_path / "none.yaml", 10)
    wrong: Any = 5
    with pytest.raises(TypeError, match="int is not supported; use"):
        assert_ready_within(wrong, 10)


COMPONENT = """
import pulumi
class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args): return args.name, args.inputs
    def call(self, args): return {}
pulumi.runtime.set_mocks(Mocks())
from pulumi_probes import WebService
from pulumi_probes.testing import assert_hung_pod_leaves_traffic_within, assert_no_restart_when
@pulumi.runtime.test
def check():
    service = WebService("cart", {"image": pulumi.Output.from_input("cart:1"), "port": 8080})
    assert_hung_pod_leaves_traffic_within(service, 15)
    assert_no_restart_when(service, "dependency-down 5m")
    try:
        assert_hung_pod_leaves_traffic_within(service, 1)
    except AssertionError as error:
        print(error)
check()
"""


def test_components_can_be_asserted_about() -> None:
    """In a test with Pulumi's mocks, as users write them; an image may be an Output."""
    finished = subprocess.run([sys.executable, "-c", COMPONENT], capture_output=True, text=True, check=False)
    assert (0, "Deployment cart: cart must stop receiving traffic within 1 s of a hang") == (
        finished.returncode,
        finished.stdout.partition(", but")[0],
    ), finished.stderr


@pytest.mark.parametrize(
    "assertion",
    [
        lambda: assert_ready_within(CONTRACT, 1),
        lambda: assert_survives_start_of(CONTRACT, 1000),
        lambda: assert_hung_pod_leaves_traffic_within(CONTRACT, 1),
        lambda: assert_hung_pod_is_restarted_within(CONTRACT, 1),
        lambda: assert_rolls_out_within(CONTRACT, 1),
        lambda: assert_no_restart_when(CONTRACT, "hangs-at 100s"),
    ],
)
def test_pytest_shows_the_users_line_and_none_of_ours(assertion: Callable[[], None]) -> None:
    """The frames of the assertions are hidden, so that the failure ends in the test that made them."""
    with pytest.raises(AssertionError) as caught:
        assertion()
    assert {__file__} == {str(entry.path) for entry in caught.traceback.filter(caught)}


def test_importing_it_loads_no_pulumi() -> None:
    """Tests of manifests stay fast."""
    program = "import sys, pulumi_probes.testing; print('pulumi' in sys.modules, 'pulumi_kubernetes' in sys.modules)"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "False False\n" == finished.stdout


def test_the_public_names_are_all_here() -> None:
    """The list of public names is sorted and complete."""
    assert sorted(testing.__all__) == testing.__all__
    assert all(hasattr(testing, name) for name in testing.__all__)


@pytest.mark.parametrize("starts_in", [None, 10])
def test_a_pod_that_never_becomes_ready_is_not_ready_in_time(starts_in: int | None) -> None:
    """A readiness probe that names a port the container lacks errs at every attempt, whenever the process starts."""
    never = deployment(readinessProbe={"httpGet": {"port": "web"}}, ports=[{"name": "http", "containerPort": 8080}])
    reason = "but never is, because a probe uses a port name that its container does not declare"
    with pytest.raises(AssertionError, match=reason):
        assert_ready_within(never, 3600, starts_in=starts_in)


@pytest.mark.parametrize("version", ["1.23", "1.99", "latest"])
def test_a_version_that_is_not_simulated_is_an_error(version: str) -> None:
    """As on the command line, instead of the nearest behavior without a word."""
    with pytest.raises(ValueError, match="is not"):
        assert_no_restart_when(CONTRACT, "dependency-down 5m", kubernetes=version)
