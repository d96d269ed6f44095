"""`benchmarks/policy_pack.py` measures the documented case."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path

ROOT = Path(__file__).parents[2]


def test_the_deployment_has_five_kilobytes() -> None:
    """A Deployment of this size, with two containers and all of their probes."""
    benchmark = run_path(str(ROOT / "benchmarks" / "policy_pack.py"))
    size = len(benchmark["json"].dumps(benchmark["deployment"](), separators=(",", ":")))
    assert 5_000 <= size < 5_600
    containers = benchmark["deployment"]()["spec"]["template"]["spec"]["containers"]
    probes = {"livenessProbe", "readinessProbe", "startupProbe"}
    assert [True, True] == [probes <= container.keys() for container in containers]
