"""Type checkers see through the five lines: right ones pass, wrong ones do not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIVE_LINES = (ROOT / "examples" / "01-minimal" / "__main__.py").read_text(encoding="utf-8")
SERVICE_LINE = 1 + next(number for number, line in enumerate(FIVE_LINES.splitlines()) if "WebService(" in line)

PROGRAMS = {
    "right": FIVE_LINES,
    "misspelt": FIVE_LINES.replace('"replicas"', '"replcas"'),
    "wrong_type": FIVE_LINES.replace("8080", '"8080"'),
    "incomplete": FIVE_LINES.replace('"port": 8080, ', ""),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the programs, as far from this repository's settings as a user's would be."""
    folder = tmp_path_factory.mktemp("programs")
    for name, text in PROGRAMS.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    return folder


def check_with_mypy(folder: Path) -> dict[str, list[int]]:
    """The lines that mypy --strict objects to, by program."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--output=json"]
    finished = subprocess.run(
        [*command, *(f"{name}.py" for name in PROGRAMS)], cwd=folder, check=False, capture_output=True, text=True
    )
    assert finished.stderr == ""
    errors = [json.loads(line) for line in finished.stdout.splitlines()]
    return {
        name: [error["line"] for error in errors if error["file"] == f"{name}.py" and error["severity"] == "error"]
        for name in PROGRAMS
    }


def check_with_pyright(folder: Path) -> dict[str, list[int]]:
    """The lines that pyright objects to in strict mode, by program."""
    finished = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )
    errors = json.loads(finished.stdout)["generalDiagnostics"]
    return {
        name: [error["range"]["start"]["line"] + 1 for error in errors if Path(error["file"]).stem == name]
        for name in PROGRAMS
    }


@pytest.mark.parametrize("check", [check_with_mypy, check_with_pyright])
def test_the_five_lines_type_check_and_a_mistake_in_them_does_not(
    folder: Path, check: Callable[[Path], dict[str, list[int]]]
) -> None:
    """Nothing is wrong with the five lines; each mistake is found where it stands, and only there."""
    assert {name: [] if name == "right" else [SERVICE_LINE] for name in PROGRAMS} == check(folder)


def test_the_mistakes_are_mistakes() -> None:
    """Each wrong program differs from the right one."""
    assert 5 == len(FIVE_LINES.splitlines())
    assert len(PROGRAMS) == len(set(PROGRAMS.values()))
