"""The lock file: one set of versions for all machines and package indexes."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
EACH = pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")


def pins(lock: Path) -> dict[str, list[Requirement]]:
    """The pinned requirements by name; several if they depend on the platform or the Python version."""
    found: dict[str, list[Requirement]] = defaultdict(list)
    for line in re.findall(r"^[\w.-]+==[^\\\n]+", lock.read_text(encoding="utf-8"), flags=re.MULTILINE):
        requirement = Requirement(line)
        found[canonicalize_name(requirement.name)].append(requirement)
    return found


def declared() -> list[Requirement]:
    """All dependencies in pyproject.toml: to run, for the pack, to build, test and lint."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["policy"],
        *(line for group in project["dependency-groups"].values() for line in group if isinstance(line, str)),
    ]
    return [Requirement(line) for line in lines]


@EACH
def test_it_names_no_place(lock: Path) -> None:
    """Neither an index nor a directory: packages come from the configured index."""
    assert [] == re.findall(r"https?:|file:|--\w+-url|--find-links|@ ", lock.read_text(encoding="utf-8"))


@EACH
def test_every_package_has_hashes(lock: Path) -> None:
    """Installed packages are identical to the resolved ones."""
    entries = re.findall(r"^[\w.-]+==(?:.*\\\n)*.*$", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert entries
    assert [] == [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry]


@pytest.mark.parametrize("requirement", declared(), ids=str)
def test_what_is_declared_is_locked(requirement: Requirement) -> None:
    """`scripts/lock` was run after the last change of pyproject.toml."""
    locked = pins(ROOT / "requirements" / "dev.txt")[canonicalize_name(requirement.name)]
    assert locked, "not locked"
    for pin in locked:
        assert requirement.specifier.contains(str(pin.specifier).removeprefix("=="), prereleases=True), pin


@pytest.mark.parametrize("python", PYTHONS)
@EACH
def test_it_holds_for_every_python(lock: Path, python: str) -> None:
    """No package has two versions on the same machine."""
    here = {name: str(value) for name, value in default_environment().items()}
    environment = {**here, "python_version": python, "python_full_version": f"{python}.0"}
    for name, candidates in pins(lock).items():
        applicable = [pin for pin in candidates if pin.marker is None or pin.marker.evaluate(environment)]
        assert len(applicable) <= 1, name


def test_running_needs_a_part_of_what_development_needs() -> None:
    """The same versions, so that the tested versions are those that run."""
    run, dev = pins(ROOT / "requirements" / "run.txt"), pins(ROOT / "requirements" / "dev.txt")
    assert {name: [str(pin) for pin in pins] for name, pins in run.items()} == {
        name: [str(pin) for pin in dev[name]] for name in run
    }


@pytest.mark.parametrize("package", ["pulumi", "pulumi-kubernetes", "pulumi-policy", "protobuf", "pydantic", "click"])
def test_the_tests_run_on_what_is_locked(package: str) -> None:
    """The versions that affect behavior are those of the lock file."""
    (pin,) = pins(ROOT / "requirements" / "dev.txt")[package]
    assert pin.specifier.contains(version(package))
