"""Every example is a complete Pulumi project that runs, and the audit says about it what its README says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PROJECTS = sorted(path.parent for path in EXAMPLES.glob("**/Pulumi.yaml"))
EACH = pytest.mark.parametrize("project", PROJECTS, ids=lambda project: str(project.relative_to(EXAMPLES)))
RAW = {EXAMPLES / "05-liveness-101" / "raw", EXAMPLES / "06-readiness" / "raw"}
OURS = [project for project in PROJECTS if project not in RAW and project.name != "07-yaml-and-helm"]


def preview(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `probes preview` as a user does."""
    command = [str(Path(sys.executable).with_name("probes")), "preview", str(project), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@cache
def report(project: Path) -> dict[str, Any]:
    """Its JSON report."""
    finished = preview(project, "--format", "json", "--fail-on", "never")
    assert (0, "") == (finished.returncode, finished.stderr)
    content: dict[str, Any] = json.loads(finished.stdout)
    return content


def test_all_seven_are_there() -> None:
    """The two workshops have a project for the article's manifests and one for ours."""
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
    """It names its tool chain, an environment that `scripts/install` makes, and has a page that says what it shows."""
    settings = yaml.safe_load((project / "Pulumi.yaml").read_text(encoding="utf-8"))
    runtime = settings["runtime"]
    assert ("python", "pip") == (runtime["name"], runtime["options"]["toolchain"])
    assert (project / runtime["options"]["virtualenv"]).resolve() == ROOT / ".venv"
    assert re.fullmatch(r"[a-z0-9-]+", settings["name"])
    assert settings["description"]
    page = EXAMPLES / project.relative_to(EXAMPLES).parts[0] / "README.md"
    assert f"# {page.parent.name}\n" == page.read_text(encoding="utf-8").splitlines(keepends=True)[0]


def test_no_two_projects_share_a_name() -> None:
    """Pulumi keeps state by project name."""
    names = [yaml.safe_load((project / "Pulumi.yaml").read_text(encoding="utf-8"))["name"] for project in PROJECTS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("project", OURS, ids=lambda project: str(project.relative_to(EXAMPLES)))
def test_what_the_components_make_is_not_criticised(project: Path) -> None:
    """Not even advice is left, and nothing stayed unjudged."""
    finished = preview(project, "--fail-on", "advice")
    assert 0 == finished.returncode, finished.stdout
    assert ([], []) == (report(project)["not_evaluated"], report(project)["errors"])
    assert report(project)["summary"]["workloads"] == 1


def test_the_article_on_liveness_is_criticised() -> None:
    """A Service hands out requests to pods that nobody asked whether they are ready."""
    project = EXAMPLES / "05-liveness-101" / "raw"
    finished = preview(project, "--fail-on", "warning")
    assert 1 == finished.returncode
    assert 0 == preview(project, "--fail-on", "error").returncode
    assert "PRB101" in finished.stdout


def test_the_article_on_readiness_has_sound_probes_but_little_else() -> None:
    """No warning, but advice."""
    project = EXAMPLES / "06-readiness" / "raw"
    assert 1 == preview(project, "--fail-on", "advice").returncode
    assert 0 == preview(project, "--fail-on", "warning").returncode


def test_foreign_resources_are_judged() -> None:
    """A YAML file and a custom resource, each at fault in its own way."""
    codes = {(item["resource"]["kind"], item["code"]) for item in report(EXAMPLES / "07-yaml-and-helm")["findings"]}
    assert {("Deployment", "PRB211"), ("Deployment", "PRB201"), ("Rollout", "PRB303")} <= codes


@EACH
def test_every_finding_says_what_follows_and_what_to_do(project: Path) -> None:
    """Warnings and errors about time name seconds; every finding has a fix and a place."""
    for finding in report(project)["findings"]:
        assert finding["fix"]
        assert finding["path"].startswith(("spec.", "metadata."))
        assert len(finding["message"]) > 20
    timed = [item for item in report(project)["findings"] if item["code"].startswith("PRB2")]
    assert all(re.search(r"\d+ (s|min|h)\b", item["message"]) for item in timed)


@pytest.mark.parametrize("workshop", ["05-liveness-101", "06-readiness"])
def test_ours_serves_the_application_of_the_article(workshop: str, tmp_path: Path) -> None:
    """Name, container port, and where there is one the node port are those of the article."""

    def made(project: str) -> dict[str, Any]:
        folder = tmp_path / project
        finished = preview(EXAMPLES / workshop / project, "--fail-on", "never", "--out", str(folder))
        assert 0 == finished.returncode, finished.stderr
        files = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in folder.rglob("*.yaml")]
        return {manifest["kind"]: manifest for manifest in files}

    theirs, ours = made("raw"), made("component")
    assert theirs["Deployment"]["metadata"]["name"] == ours["Deployment"]["metadata"]["name"]
    assert _container_port(theirs) == _container_port(ours)
    if "Service" in theirs:
        wanted, got = theirs["Service"]["spec"], ours["Service"]["spec"]
        assert ("NodePort", 30007, 8080) == (wanted["type"], wanted["ports"][0]["nodePort"], wanted["ports"][0]["port"])
        assert (wanted["type"], wanted["ports"][0]["nodePort"], wanted["ports"][0]["port"]) == (
            got["type"],
            got["ports"][0]["nodePort"],
            got["ports"][0]["port"],
        )


def _container_port(manifests: dict[str, Any]) -> int:
    containers = manifests["Deployment"]["spec"]["template"]["spec"]["containers"]
    number: int = containers[0]["ports"][0]["containerPort"]
    return number
