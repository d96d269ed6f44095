"""Every claim of the README is tested."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = ROOT / "examples"
PROGRAMS = Path(sys.executable).parent


def blocks(language: str) -> list[str]:
    """The code blocks of a language in the README."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def commands(program: str) -> list[list[str]]:
    """The command lines for a program in the README, without their comments."""
    lines = [line for block in blocks("console") for line in block.splitlines() if line.startswith(f"$ {program}")]
    return [shlex.split(line.removeprefix("$ "), comments=True) for line in lines]


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one of them."""
    environment = {**os.environ, "PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of the five lines, in which commands are run."""
    return Path(shutil.copytree(EXAMPLES / "01-minimal", tmp_path / "program"))


def workflow() -> dict[str, Any]:
    """The workflow for GitHub Actions."""
    content: dict[str, Any] = next(yaml.safe_load(block) for block in blocks("yaml") if "jobs:" in block)
    return content


def test_the_first_block_is_the_first_example() -> None:
    """Five lines, which are those of the example that all tests run."""
    first = re.search(r"^```python\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    assert first is not None
    assert README.index("```") == first.start()
    assert (EXAMPLES / "01-minimal" / "__main__.py").read_text(encoding="utf-8") == first[1]
    assert 5 == len(first[1].splitlines())


def test_the_two_commands_are_there() -> None:
    """One for the demo, one for the tests."""
    assert [["scripts/demo"], ["scripts/test"]] == commands("scripts/")


def test_the_demo_shows_tree_audit_and_timeline_and_writes_manifests(tmp_path: Path) -> None:
    """All of it from one command, without pulumi and without a cluster."""
    stamp = subprocess.run(
        ["sh", "-c", "{ pwd && cat requirements/dev.txt pyproject.toml; } | cksum"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    installed = ROOT / ".venv" / ".installed-dev"
    if not installed.exists() or installed.read_bytes() != stamp.stdout:
        pytest.skip(".venv is not what is locked: run scripts/install")
    finished = subprocess.run(
        [ROOT / "scripts" / "demo", "manifests"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"},
    )
    assert (0, "") == (finished.returncode, finished.stderr)
    for promised in ("└─", "pulumi-probes:index:WebService web", "Ready within", "▼ hangs", "PRB101", "Fix:"):
        assert promised in finished.stdout
    kinds = {yaml.safe_load(file.read_text())["kind"] for file in (tmp_path / "manifests").rglob("*.yaml")}
    assert {"Deployment", "Service", "PodDisruptionBudget"} == kinds


def test_every_command_of_ours_works(program: Path) -> None:
    """In the order of the README, all in the same directory."""
    shown = commands("probes")
    assert {"preview", "audit", "timeline", "cost", "explain", "rules", "presets"} == {command[1] for command in shown}
    for command in shown:
        finished = run(command, program)
        assert 0 == finished.returncode, finished.stderr
        assert finished.stdout


def test_it_installs_from_a_checkout(tmp_path: Path) -> None:
    """Both packages are installed from the directory, with the extra."""
    ((_, _, requirement),) = commands("pip")
    folder, extra = re.fullmatch(r"(.+)\[(\w+)\]", requirement).groups()  # type: ignore[union-attr] # else it fails here
    assert ("/path/to/pulumi-probes", "policy") == (folder, extra)
    offline = ["--no-deps", "--no-index", "--no-build-isolation", "--target", str(tmp_path)]
    # An environment that uv made has no pip of its own.
    pip = [sys.executable, "-m", "pip"] if find_spec("pip") else ["uv", "pip"]
    target = [] if find_spec("pip") else ["--python", sys.executable]
    finished = run([*pip, "install", "--quiet", *target, *offline, f"{ROOT}[{extra}]"], tmp_path)
    assert 0 == finished.returncode, finished.stderr
    assert {"pulumi_probes", "pulumi_probes_policies"} <= {path.name for path in tmp_path.iterdir()}


def test_the_components_are_those_of_the_package() -> None:
    """The table names every component and its required arguments."""
    import pulumi_probes

    rows = re.findall(r"^\| `(\w+Service)` \|.*\| (.*) \|$", README, flags=re.MULTILINE)
    required = {
        name: set(getattr(pulumi_probes, f"{name}Args").__required_keys__)
        for name in pulumi_probes.__all__
        if name.endswith("Service")
    }
    assert required == {name: set(re.findall(r"`(\w+)`", needed)) for name, needed in rows}


def test_the_configuration_changes_levels(tmp_path: Path) -> None:
    """Mandatory findings block, and disabled rules report nothing."""
    (block,) = blocks("json")
    config = tmp_path / "config.json"
    config.write_text(block)
    raw = str(EXAMPLES / "05-liveness-101" / "raw")
    assert 0 == run(["probes", "preview", raw], tmp_path).returncode
    assert 1 == run(["probes", "preview", raw, "--policy-config", str(config)], tmp_path).returncode
    assert {"mandatory", "disabled"} == set(re.findall(r"mandatory|disabled", json.dumps(json.loads(block))))


def test_the_annotation_waives(tmp_path: Path) -> None:
    """The finding stays visible, with the reason."""
    written = next(block for block in blocks("yaml") if "annotations:" in block)
    # On a day that this test never sees, so that it does not expire with the day in the README.
    text, days = re.subn(r"until \d{4}-\d\d-\d\d", "until 9999-12-31", written)
    assert 1 == days
    waiver = yaml.safe_load(text)
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "cart", **waiver["metadata"]},
        "spec": {
            "containers": [
                {
                    "name": "cart",
                    "image": "cart:1",
                    "livenessProbe": {"httpGet": {"path": "/livez", "port": 80}, "periodSeconds": 5},
                    "readinessProbe": {"httpGet": {"path": "/readyz", "port": 80}, "periodSeconds": 10},
                }
            ]
        },
    }
    (tmp_path / "cart.yaml").write_text(yaml.safe_dump(manifest))
    finished = run(["probes", "audit", "cart.yaml", "--select", "PRB204", "--format", "json"], tmp_path)
    (finding,) = json.loads(finished.stdout)["findings"]
    assert "PRB204" == finding["code"]
    assert finding["waived"]


def test_the_workflow_fails_on_a_bad_program_only() -> None:
    """Its last step, run as in a CI job."""
    *_, last = workflow()["jobs"]["probes"]["steps"]
    assert 0 == run(shlex.split(last["run"]), EXAMPLES / "01-minimal").returncode
    assert 1 == run(shlex.split(last["run"]), EXAMPLES / "05-liveness-101" / "raw").returncode


def test_every_link_leads_somewhere() -> None:
    """All linked files and directories exist."""
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert targets
    assert [] == [target for target in targets if not (ROOT / target).exists()]
