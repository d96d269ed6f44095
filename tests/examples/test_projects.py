"""Every example is a complete Pulumi project that runs, and the audit reports what its README shows."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PROJECTS = sorted(path.parent for path in EXAMPLES.glob("**/Pulumi.yaml"))
EACH = pytest.mark.parametrize("project", PROJECTS, ids=lambda project: str(project.relative_to(EXAMPLES)))
RAW = {EXAMPLES / "05-liveness-101" / "raw", EXAMPLES / "06-readiness" / "raw"}
OURS = [project for project in PROJECTS if project not in RAW and project.name != "07-yaml-and-helm"]

# Each worker would run every program again.
pytestmark = pytest.mark.xdist_group("examples")


@dataclass(frozen=True)
class Preview:
    """The result of `probes preview PROJECT --fail-on advice`."""

    status: int
    report: dict[str, Any]
    manifests: dict[str, dict[str, Any]]


def run_preview(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `probes preview` like a user."""
    command = [str(Path(sys.executable).with_name("probes")), "preview", str(project), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@cache
def preview(project: Path) -> Preview:
    """Run it once for all tests."""
    with TemporaryDirectory() as folder:
        finished = run_preview(project, "--fail-on", "advice", "--format", "json", "--out", folder)
        # A preview that could not render a chart says so by its status.
        lacks_helm = (project / "chart").is_dir() and shutil.which("helm") is None
        assert finished.returncode in ({2} if lacks_helm else {0, 1}), finished.stderr
        manifests = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in Path(folder).rglob("*.yaml")]
    return Preview(
        finished.returncode, json.loads(finished.stdout), {manifest["kind"]: manifest for manifest in manifests}
    )


def test_all_seven_are_there() -> None:
    """The two workshops have one project for the article's manifests and one for the component."""
    assert {
        "01-minimal",
        "02-grpc",
        "03-slow-legacy",
        "04-telco",
        "05-liveness-101/component",
        "05-liveness-101/raw",
        "06-readiness/component",
        "06-readiness/raw",
        "07-yaml-and-helm",
    } == {str(project.relative_to(EXAMPLES)) for project in PROJECTS}


@EACH
def test_it_is_a_complete_project(project: Path) -> None:
    """It names its tool chain and an environment that `scripts/install` creates, and has a README."""
    settings = yaml.safe_load((project / "Pulumi.yaml").read_text(encoding="utf-8"))
    runtime = settings["runtime"]
    assert ("python", "pip") == (runtime["name"], runtime["options"]["toolchain"])
    assert (project / runtime["options"]["virtualenv"]).resolve() == ROOT / ".venv"
    assert re.fullmatch(r"[a-z0-9-]+", settings["name"])
    assert settings["description"]
    page = EXAMPLES / project.relative_to(EXAMPLES).parts[0] / "README.md"
    assert f"# {page.parent.name}\n" == page.read_text(encoding="utf-8").splitlines(keepends=True)[0]


def test_no_two_projects_share_a_name() -> None:
    """Pulumi stores state by project name."""
    names = [yaml.safe_load((project / "Pulumi.yaml").read_text(encoding="utf-8"))["name"] for project in PROJECTS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("project", OURS, ids=lambda project: str(project.relative_to(EXAMPLES)))
def test_components_have_no_findings(project: Path) -> None:
    """Not even advice is reported, and all rules could be evaluated."""
    made = preview(project)
    assert [] == [item["message"] for item in made.report["findings"] if not item["waived"]]
    assert (0, [], []) == (made.status, made.report["not_evaluated"], made.report["errors"])
    assert 1 == made.report["summary"]["workloads"]


def test_the_article_on_liveness_has_findings() -> None:
    """A Service sends requests to pods without a readiness probe."""
    finished = run_preview(EXAMPLES / "05-liveness-101" / "raw", "--fail-on", "warning")
    assert 1 == finished.returncode
    for promised in ("PRB101", "31 s", "Fix: Add a `readinessProbe`"):
        assert promised in finished.stdout


def test_the_article_on_readiness_only_gets_advice() -> None:
    """There is advice, but no warning."""
    project = EXAMPLES / "06-readiness" / "raw"
    assert 0 == run_preview(project, "--fail-on", "warning").returncode
    assert 1 == preview(project).status


def test_resources_from_other_sources_are_audited() -> None:
    """A YAML file and a custom resource, each with a different problem."""
    findings = preview(EXAMPLES / "07-yaml-and-helm").report["findings"]
    codes = {(item["resource"]["kind"], item["resource"]["name"], item["code"]) for item in findings}
    assert {
        ("Deployment", "cart", "PRB211"),
        ("Deployment", "cart", "PRB201"),
        ("Rollout", "checkout", "PRB303"),
    } <= codes


@pytest.mark.skipif(shutil.which("helm") is None, reason="helm is not on PATH")
def test_a_chart_is_audited_if_helm_is_installed() -> None:
    """The rendered objects are audited like any other manifest, with the values that the program sets."""
    made = preview(EXAMPLES / "07-yaml-and-helm")
    codes = {item["code"] for item in made.report["findings"] if item["resource"]["name"] == "search"}
    assert {"PRB101", "PRB311"} <= codes
    assert 3 == made.report["summary"]["workloads"]


@EACH
def test_every_finding_has_a_consequence_and_a_fix(project: Path) -> None:
    """Every finding has a place and a fix; findings about times contain seconds."""
    for finding in preview(project).report["findings"]:
        assert finding["path"].startswith(("spec.", "metadata."))
        assert finding["fix"]
        if finding["code"].startswith("PRB2"):
            assert re.search(r"\d+ (s|min|h)\b", finding["message"])


@pytest.mark.parametrize("workshop", ["05-liveness-101", "06-readiness"])
def test_ours_serves_the_application_of_the_article(workshop: str) -> None:
    """Name, container port and, if there is one, the node port are those of the article."""
    theirs = preview(EXAMPLES / workshop / "raw").manifests
    ours = preview(EXAMPLES / workshop / "component").manifests
    assert theirs["Deployment"]["metadata"]["name"] == ours["Deployment"]["metadata"]["name"]
    assert _container_port(theirs) == _container_port(ours)
    if "Service" in theirs:
        assert ("NodePort", 8080, 30007) == _exposure(theirs) == _exposure(ours)


def _container_port(manifests: dict[str, dict[str, Any]]) -> object:
    return manifests["Deployment"]["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"]


def _exposure(manifests: dict[str, dict[str, Any]]) -> tuple[object, ...]:
    spec = manifests["Service"]["spec"]
    return spec["type"], spec["ports"][0]["port"], spec["ports"][0]["nodePort"]
