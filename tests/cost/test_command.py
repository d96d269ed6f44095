"""`probes cost`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

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
          startupProbe: {exec: {command: [check]}, periodSeconds: 3}
          readinessProbe: {httpGet: {path: /readyz, port: 8080}, periodSeconds: 5}
          livenessProbe: {exec: {command: [check]}, periodSeconds: 6}
"""
OWN = tuple(word for figure in ("exec=40", "httpget=1ms", "grpc=1") for word in ("--attempt-cost", figure))
"""An exec probe every 6 s in three pods: 20m; a request every 5 s: 0.6m."""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A manifest in the current directory."""
    (tmp_path / "cart.yaml").write_text(CART)
    monkeypatch.chdir(tmp_path)
    return "cart.yaml"


def test_the_page_says_what_costs_and_what_would(probes: Run, cart: str) -> None:
    """The sum by mechanism, each probe, the cost of alternatives to exec, and the start."""
    status, out, err = probes("cost", cart, *OWN, "--cpus", "2")
    assert (0, "") == (status, err)
    lines = [line.split() for line in out.splitlines()]
    assert ["exec", "1", "0.50", "20m"] in [line[:4] for line in lines]
    assert ["httpGet", "1", "0.60", "0.6m"] in [line[:4] for line in lines]
    assert ["total", "2", "1.10", "21m"] in [line[:4] for line in lines]
    assert "That is 1% of a node with 2 CPUs." in out
    assert "If all pods start at once, startup probes use another 40m." in out
    assert "Deployment shop/cart: 3 pods" in out
    assert "0.5m with grpc, 0.5m with httpGet" in out
    assert "44m with exec" in out


def test_the_same_as_json(probes: Run, cart: str) -> None:
    """Everything in the text, unrounded."""
    status, out, _ = probes("cost", cart, *OWN, "--nodes", "3", "--format", "json")
    content = json.loads(out)
    assert 0 == status
    assert (1, 3, 1) == (content["version"], content["nodes"], content["pods"])
    assert pytest.approx(40 / 6 + 0.2, abs=0.001) == content["cost"]["whole"]
    assert pytest.approx(40 / 6, abs=0.001) == content["mechanisms"]["exec"]["cost"]["whole"]
    assert {"tcpSocket", "grpc", "httpGet", "httpGet over HTTPS", "exec"} == set(content["otherwise"])
    (workload,) = content["workloads"]
    assert {"kind": "Deployment", "namespace": "shop", "name": "cart"} == workload["resource"]
    assert ["startupProbe", "readinessProbe", "livenessProbe"] == [probe["probe"] for probe in workload["probes"]]


@pytest.mark.parametrize(
    ("budget", "status", "verdict"), [("20m", 1, "Over budget: 21m of 20m."), ("0.03", 0, "Within budget: 21m of 30m.")]
)
def test_a_budget_can_fail(probes: Run, cart: str, budget: str, status: int, verdict: str) -> None:
    """A pipeline fails if probes use more CPU than allowed."""
    found, out, _ = probes("cost", cart, *OWN, "--budget", budget)
    assert status == found
    assert verdict in out


def test_standard_input_is_read(probes: Run, cart: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`helm template chart | probes cost -`."""
    with Path(cart).open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        status, out, _ = probes("cost", "-")
    assert 0 == status
    assert "Deployment shop/cart" in out


def test_nothing_costs_nothing(probes: Run, cart: str) -> None:
    """A manifest without probes is valid input."""
    Path(cart).write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n")
    assert (0, "No probes found.\n", "") == probes("cost", cart)


def test_unreadable_input_is_reported(probes: Run, cart: str) -> None:
    """With exit status 2; all other inputs are still counted."""
    Path("broken.yaml").write_text("kind: [\n")
    Path("wrong.yaml").write_text(CART.replace("periodSeconds: 5", "periodSeconds: often").replace("cart", "till"))
    status, out, _ = probes("cost", cart, "broken.yaml", "wrong.yaml", *OWN)
    assert 2 == status
    assert "broken.yaml:" in out
    assert "readinessProbe.periodSeconds must be a whole number" in " ".join(out.split())
    assert "Deployment shop/cart: 3 pods" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--attempt-cost", "smoke=1"), "'smoke' is not one of tcpsocket, grpc, httpget, https, exec"),
        (("--attempt-cost", "exec"), "'exec' is not of the form MECHANISM=MS, such as exec=20"),
        (("--attempt-cost", "exec=-1"), "the cost of exec is -1.0 ms; it must be greater than 0 ms"),
        (("--attempt-cost", "exec=nan"), "the cost of exec is nan ms; it must be greater than 0 ms"),
        (("--budget", "much"), "must be a quantity"),
        (("--budget", "0"), "must be greater than 0"),
        (("--budget", "1e999"), "too large"),
        (("--nodes", "0"), "0 is not in the range"),
    ],
)
def test_mistakes_are_named(probes: Run, cart: str, arguments: tuple[str, ...], message: str) -> None:
    """Exit status 2, the option, what is wrong, and no traceback."""
    status, out, err = probes("cost", cart, *arguments)
    assert (2, "") == (status, out)
    assert message in err
    assert arguments[0] in err
    assert "Traceback" not in err


def test_names_cannot_control_the_terminal(probes: Run, cart: str) -> None:
    """Control characters in names of containers are escaped."""
    Path(cart).write_text(CART.replace("name: web", 'name: "\\e[2Jweb"'))
    _, out, _ = probes("cost", cart)
    assert "\x1b" not in out
