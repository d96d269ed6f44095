"""Code and pages only refer to headings that exist, and to functions that exist in the kubelet."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest
from headings import anchors

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = ROOT / "docs" / "explanation" / "kubelet"
SIMULATOR: Final = ROOT / "components" / "pulumi_probes" / "timeline" / "simulator"
VERSIONS: Final = ("1.36.3", "1.37.2")
"""The versions of Kubernetes that the pages refer to."""

POINTER: Final = re.compile(r"docs/explanation/kubelet/([\w-]+\.md)(?:#([\w-]+))?")
LINK: Final = re.compile(r"\]\(([\w./-]*)(?:#([\w-]+))?\)")
FUNCTION: Final = re.compile(r"\b((?:pkg|k8s\.io)/[\w./-]+\.go): (\w+)")


def missing(pointers: Iterable[tuple[str, Path, str]]) -> list[str]:
    """References to pages or headings that do not exist; each with where it was found, page and anchor."""
    return [
        f"{place} points to {page.name}" + (f"#{anchor}" if anchor else "")
        for place, page, anchor in pointers
        if not page.is_file() or (anchor and anchor not in anchors(page))
    ]


def sources() -> list[Path]:
    """All files written by hand that may refer to a page."""
    folders = ("components", "policies", "tests", "scripts", "benchmarks")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def functions(text: str) -> set[tuple[str, str]]:
    """The functions of Kubernetes that a text names, as file and name."""
    return set(FUNCTION.findall(" ".join(re.sub(r"^\s*#", "", line) for line in text.splitlines())))


def test_code_points_to_headings_that_exist() -> None:
    """Each `docs/explanation/kubelet/PAGE.md#heading` in the code exists."""
    pointers = [
        (str(path.relative_to(ROOT)), PAGES / page, anchor)
        for path in sources()
        if path != Path(__file__)
        for page, anchor in POINTER.findall(path.read_text(encoding="utf-8"))
    ]
    assert [] == missing(pointers)


def test_each_part_of_the_simulator_points_to_what_it_mirrors() -> None:
    """Each part of the simulator names the function of the kubelet and the page that describes it."""
    machinery = {"__init__", "event_queue", "journal", "context", "rollout_timeline", "simulation", "skipped_attempts"}
    outside = {"container", "process"}  # what the kubelet looks at
    parts = [path for path in sorted(SIMULATOR.glob("*.py")) if path.stem not in machinery | outside]
    assert parts
    texts = {path.name: path.read_text(encoding="utf-8") for path in parts}
    assert [] == [name for name, text in texts.items() if not POINTER.search(text) or not functions(text)]


def test_pages_link_to_headings_that_exist() -> None:
    """Links from one of the pages to another one, or to its own headings, are valid."""
    pointers = [
        (page.name, page.parent / target if target else page, anchor)
        for page in sorted(PAGES.glob("*.md"))
        for target, anchor in LINK.findall(page.read_text(encoding="utf-8"))
    ]
    assert len(pointers) > len(list(PAGES.glob("*.md")))
    assert [] == missing(pointers)


@pytest.mark.parametrize("version", VERSIONS)
def test_pages_name_functions_that_exist(version: str) -> None:
    """Each file and function exists in the source of Kubernetes, if it is on this machine."""
    modules = Path(os.environ.get("GOMODCACHE", Path.home() / "go" / "pkg" / "mod")) / "k8s.io"
    if not (modules / f"kubernetes@v{version}").is_dir():
        pytest.skip(f"the source of Kubernetes {version} is not in Go's module cache")
    readers = [*PAGES.glob("*.md"), *(path for path in sources() if path != Path(__file__))]
    named = {pair for path in readers for pair in functions(path.read_text(encoding="utf-8"))}
    assert named
    absent: list[str] = []
    for path, function in sorted(named):
        module, _, rest = path.removeprefix("k8s.io/").partition("/")
        staged = modules / f"{module}@v0.{version.partition('.')[2]}" / rest
        file = staged if path.startswith("k8s.io/") else modules / f"kubernetes@v{version}" / path
        if path.startswith("k8s.io/") and not (modules / staged.relative_to(modules).parts[0]).is_dir():
            continue  # a module that nobody has downloaded
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        if not re.search(rf"^func (\([^)]*\) )?{function}\(", text, flags=re.MULTILINE):
            absent.append(f"{path}: {function}")
    assert [] == absent
