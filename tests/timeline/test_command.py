"""`probes timeline` and `probes explain PATH`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from pulumi_probes.presets import load_presets
from pulumi_probes.timeline.simulated_workload import DEFAULT_SCENARIOS

CART = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  replicas: 3
  template:
    spec:
      containers:
        - name: web
          image: web:1
          startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 2, failureThreshold: 31}
          readinessProbe: {httpGet: {path: /readyz, port: 8080}, periodSeconds: 5, failureThreshold: 2}
          livenessProbe: {httpGet: {path: /livez, port: 8080}, failureThreshold: 4}
          lifecycle: {preStop: {sleep: {seconds: 5}}}
"""
ORDERS = CART.replace("cart", "orders").replace("failureThreshold: 4", "failureThreshold: 2")
SCENARIO = """\
name: two hangs
containers:
  web:
    - {hangs-at: 60s, on-sigterm: 1s}
    - {hangs-at: 90s, on-sigterm: 1s}
    - {}
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two manifests and a scenario in the current folder."""
    (tmp_path / "cart.yaml").write_text(CART)
    (tmp_path / "orders.yaml").write_text(ORDERS)
    (tmp_path / "two.yaml").write_text(SCENARIO)
    (tmp_path / "both.yaml").write_text(f"{CART}---\n{ORDERS}")
    monkeypatch.chdir(tmp_path)
    return "cart.yaml"


def test_all_that_may_happen_is_drawn(probes: Run, cart: str) -> None:
    """Without a scenario: start, hang, crash, slow dependency, drain and rollout, in 100 columns."""
    status, out, _ = probes("timeline", cart)
    assert 0 == status
    titles = [line for line in out.splitlines() if line.startswith("Deployment shop/cart:")]
    assert len(DEFAULT_SCENARIOS) == len(titles)
    assert "Ready within 64 s; a startup of up to 60 s is allowed." in out
    assert all(len(line) <= 100 for line in out.splitlines())


@pytest.mark.parametrize("containers", ["[]", "{name: web}", "[null]"])
@pytest.mark.parametrize("verb", ["timeline", "explain"])
def test_a_pod_without_containers(probes: Run, cart: str, verb: str, containers: str) -> None:
    """A workload that cannot be drawn is named with the reason, and the others are drawn."""
    Path("none.yaml").write_text(
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: none}}\nspec: {{containers: {containers}}}\n"
    )
    Path("mixed.yaml").write_text(Path("none.yaml").read_text() + "---\n" + Path(cart).read_text())
    status, out, err = probes(verb, "mixed.yaml")
    assert (2, "") == (status, err)
    assert "No timeline for Pod none: " in out
    assert "Deployment shop/cart: starts-in 40s" in out


def test_explaining_a_manifest_draws_the_same(probes: Run, cart: str) -> None:
    """`explain` is the short way to it."""
    assert probes("timeline", cart)[1] == probes("explain", cart)[1]


def test_one_scenario(probes: Run, cart: str) -> None:
    """A named one, in seconds."""
    status, out, _ = probes("timeline", cart, "--scenario", "hangs-at 100s")
    assert 0 == status
    assert "106 s   +6 s  not Ready and stops receiving traffic" in out


def test_a_scenario_from_a_file(probes: Run, cart: str) -> None:
    """Two hangs, two restarts."""
    _, out, _ = probes("timeline", cart, "--scenario-file", "two.yaml")
    assert "two hangs, Kubernetes 1.35" in out
    assert "(restart 2)" in out
    assert "rollout of a Deployment" not in out


def test_svg(probes: Run, cart: str) -> None:
    """One document, whatever the number of drawings."""
    for arguments in ([], ["--scenario", "node-drain"]):
        _, out, _ = probes("timeline", cart, "--format", "svg", *arguments)
        assert "{http://www.w3.org/2000/svg}svg" == ET.fromstring(out).tag  # noqa: S314 - made a line above


def test_json(probes: Run, cart: str) -> None:
    """Everything that happened, for machines."""
    _, out, _ = probes("timeline", cart, "--format", "json", "--scenario", "hangs-at 100s", "--scenario", "rollout")
    (simulated,) = json.loads(out)["subjects"]
    assert ["Deployment shop/cart", 60] == [
        simulated["name"],
        simulated["summary"]["containers"][0]["guaranteed_start"],
    ]
    assert [1, 192_000] == [simulated["timelines"][0]["restarts"], simulated["timelines"][1]["done_ms"]]


def test_a_file_is_written(probes: Run, cart: str, tmp_path: Path) -> None:
    """`--output` takes what would have been printed."""
    printed = probes("timeline", cart, "--format", "svg")[1]
    status, out, _ = probes("timeline", cart, "--format", "svg", "--output", "cart.svg")
    assert (0, "") == (status, out)
    assert printed == (tmp_path / "cart.svg").read_text()


def test_a_comparison(probes: Run, cart: str) -> None:
    """The effects of a change in seconds, as a table and as JSON."""
    status, out, _ = probes("timeline", cart, "orders.yaml")
    assert 0 == status
    assert any(line.split("  ")[0] == "killed after a hang" and line.endswith("-20 s") for line in out.splitlines())
    _, out, _ = probes("timeline", cart, "orders.yaml", "--format", "json")
    rows = {row["name"]: row for row in json.loads(out)["differences"]}
    assert -20_000 == rows["killed after a hang"]["change_ms"]
    assert 0 == rows["oom-loop: restarts"]["change"]


@pytest.mark.parametrize("preset", [preset.name for preset in load_presets()])
def test_presets_are_drawn_by_name(probes: Run, preset: str) -> None:
    """A preset needs no manifest."""
    status, out, _ = probes("timeline", preset, "--scenario", "hangs-at 100s")
    assert 0 == status
    assert f"{preset}: hangs-at 100s" in out


def test_a_preset_is_compared_with_a_manifest(probes: Run, cart: str) -> None:
    """The effects of using the preset instead."""
    status, out, _ = probes("timeline", cart, "web")
    assert 0 == status
    assert "Deployment shop/cart (cart.yaml) compared with web (web)" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["cart.yaml", "--scenario", "explodes"], "'explodes' is not a scenario"),
        (["cart.yaml", "--container", "db"], "the pod has no container 'db'; its containers: web"),
        (["cart.yaml", "--workload", "db"], "contains no workload with this name"),
        (["cart.yaml", "--kubernetes", "latest"], "'latest' is not a Kubernetes version"),
        (["cart.yaml", "--kubernetes", "1.9"], "Kubernetes 1.9 is not supported; use "),
        (["cart.yaml", "--scenario-file", "none.yaml"], "none.yaml"),
        (["cart.yaml", "--scenario-file", "cart.yaml"], "apiVersion: is not known"),
        (["cart.yaml", "orders.yaml", "--format", "svg"], "a comparison has the formats text and json only"),
        (["cart.yaml", "both.yaml"], "Choose one with --workload"),
        (["none.yaml"], "none.yaml"),
    ],
)
@pytest.mark.usefixtures("cart")
def test_mistakes_are_reported(probes: Run, arguments: list[str], words: str) -> None:
    """Exit status 2, the reason on standard error, no traceback."""
    status, _, err = probes("timeline", *arguments)
    assert 2 == status
    assert words in err.replace("\n", " ")
    assert "Traceback" not in err


def test_one_of_several_workloads(probes: Run, cart: str) -> None:
    """`--workload` chooses."""
    assert cart
    _, out, _ = probes("timeline", "both.yaml", "--workload", "orders", "--scenario", "node-drain")
    assert "Deployment shop/orders: node-drain" in out
    assert "cart" not in out


def test_the_version_of_the_kubelet_counts(probes: Run, cart: str) -> None:
    """And is written on the drawing."""
    _, out, _ = probes("timeline", cart, "--scenario", "hangs-at 100s", "--kubernetes", "v1.31.4")
    assert "Kubernetes 1.31" in out


def test_latencies_can_be_added(probes: Run, cart: str) -> None:
    """A crash takes traffic away for as long as the kubelet needs to notice it."""
    arguments = ("timeline", cart, "--scenario", "crashes-at 60s")
    assert "+0.8 s  web starts again" in probes(*arguments, "--latency", "typical")[1]
    assert "+0.8 s" not in probes(*arguments)[1]


def test_workloads_that_cannot_be_drawn_are_reported(
    probes: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No probes, no workload, no bound: each with its reason, and the rest goes on."""
    monkeypatch.chdir(tmp_path)
    bare = CART.split("          startupProbe", maxsplit=1)[0]
    ready_only = f"{bare}          readinessProbe: {{httpGet: {{path: /readyz, port: 8080}}}}\n"
    (tmp_path / "bare.yaml").write_text(bare)
    (tmp_path / "ready.yaml").write_text(ready_only)
    (tmp_path / "map.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n")
    assert "has no probes" in probes("timeline", "bare.yaml")[1]
    assert "contains no workload" in probes("timeline", "map.yaml")[1]
    status, out, _ = probes("timeline", "ready.yaml")
    assert 0 == status
    assert "has no time limit" in " ".join(out.split())
    assert "hangs-at 100s" in out


@pytest.mark.parametrize("verb", ["timeline", "explain"])
@pytest.mark.parametrize(
    ("probe", "expected", "reason"),
    [
        ('{initialDelaySeconds: "30", tcpSocket: {port: 80}}', 2, "initialDelaySeconds must be a whole number"),
        ("{tcpSocket: {port: 0}}", 2, "tcpSocket.port must be between 1 and 65535, inclusive."),
        ("{}", 2, "livenessProbe must have one handler, not none."),
        ("null", 0, "has no probes"),
    ],
)
def test_only_a_malformed_manifest_is_unreadable(
    probes: Run, tmp_path: Path, verb: str, probe: str, expected: int, reason: str
) -> None:
    """Exit status 2 when the manifest is at fault, 0 when it just has no probes; both name what is missing."""
    file = tmp_path / "job.yaml"
    file.write_text(
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: job}\nspec: {jobTemplate: {spec: {template: {spec: "
        f"{{containers: [{{name: a, livenessProbe: {probe}}}]}}}}}}}}}}\n"
    )
    status, out, _ = probes(verb, str(file))
    assert expected == status
    assert reason in " ".join(out.split())
    assert "No timeline for CronJob job:" in out


def test_a_scenario_applies_to_a_regular_container(probes: Run, cart: str) -> None:
    """A sidecar comes first in the manifest, but is only chosen by its name, or if there is no other container."""
    mesh = "{name: mesh, image: m:1, restartPolicy: Always, livenessProbe: {tcpSocket: {port: 15000}}}"
    sidecar = CART.replace("      containers:", f"      initContainers: [{mesh}]\n      containers:")
    Path("mesh.yaml").write_text(sidecar)
    for arguments, name in (((), "web"), (("--container", "mesh"), "mesh")):
        _, out, _ = probes("timeline", "mesh.yaml", "mesh.yaml", *arguments)
        assert f"Scenarios apply to container {name}." == out.splitlines()[1]
    _, out, _ = probes("timeline", "mesh.yaml", "--scenario", "hangs-at 100s")
    assert "mesh: A hung container does not stop traffic to the pod and is restarted after 21-61 s." in out
    assert "web: A hung container stops traffic to the pod after 6-11 s and is restarted" in " ".join(out.split())
    Path("only.yaml").write_text(sidecar.split("          startupProbe", maxsplit=1)[0])
    assert "mesh is killed" in probes("timeline", "only.yaml", "--scenario", "hangs-at 100s")[1]
    assert "Scenarios apply" not in probes("timeline", cart, "orders.yaml")[1]
