"""mypy and pyright understand the public API: they accept valid programs and report every mistake."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).parent / "programs"
FIVE_LINES = (ROOT / "examples" / "01-minimal" / "__main__.py").read_text(encoding="utf-8")
Lines = dict[str, list[int]]


def programs() -> dict[str, str]:
    """The programs: those of this directory, the five lines, and the five lines with a typo."""
    slip = [
        line.replace('"replicas"', '"replcas"') + "  # error" * ('"replicas"' in line)
        for line in FIVE_LINES.splitlines()
    ]
    return {
        **{program.name: program.read_text(encoding="utf-8") for program in PROGRAMS.glob("*.py")},
        "five_lines.py": FIVE_LINES,
        "five_lines_misspelt.py": "\n".join(slip) + "\n",
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs, outside of this repository and its settings, as for a user."""
    folder = tmp_path_factory.mktemp("typing")
    for name, text in programs().items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}', encoding="utf-8")
    return folder


def expected() -> Lines:
    """The lines that are marked as errors, by program."""
    return {
        name: [number for number, line in enumerate(text.splitlines(), 1) if line.endswith("# error")]
        for name, text in programs().items()
    }


def check_with_mypy(folder: Path) -> Lines:
    """The lines that mypy --strict reports."""
    # Reading the types of pulumi_kubernetes takes most of a minute; later runs use the cache.
    cache = f"--cache-dir={ROOT / '.mypy_cache' / 'programs'}"
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", cache, "--output=json", *sorted(expected())]
    finished = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert "" == finished.stderr
    errors = [json.loads(line) for line in finished.stdout.splitlines()]
    return _by_program([(error["file"], error["line"]) for error in errors if error["severity"] == "error"])


def check_with_pyright(folder: Path) -> Lines:
    """The lines that pyright reports in strict mode."""
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"]
    finished = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    errors = json.loads(finished.stdout)["generalDiagnostics"]
    # Errors that follow from an unknown name are ignored.
    own = [error for error in errors if not error.get("rule", "").startswith("reportUnknown")]
    return _by_program([(Path(error["file"]).name, error["range"]["start"]["line"] + 1) for error in own])


def _by_program(errors: list[tuple[str, int]]) -> Lines:
    return {name: sorted({line for file, line in errors if file == name}) for name in expected()}


@pytest.mark.parametrize("check", [check_with_mypy, check_with_pyright])
def test_right_programs_pass_and_wrong_lines_do_not(folder: Path, check: Callable[[Path], Lines]) -> None:
    """Exactly the marked lines are reported."""
    assert expected() == check(folder)


def test_there_is_something_to_refuse() -> None:
    """The markers are where they should be."""
    found = expected()
    assert [] == found["right.py"] == found["five_lines.py"]
    assert 1 == len(found["five_lines_misspelt.py"])
    assert 5 == len(FIVE_LINES.splitlines())
    assert len(found["wrong.py"]) > 15
