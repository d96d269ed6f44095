"""Generated files are current: pages, the examples' expected output, blocks that quote a file."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pulumi_probes._markdown import with_measured

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, str(ROOT / "scripts" / "documents.py")]
DOCUMENTS = subprocess.run([*PROGRAM, "--list"], check=True, capture_output=True, text=True).stdout.splitlines()


FOLDERS = ("docs/explanation", "docs/reference")
"""Their files are generated together."""


@pytest.mark.parametrize("path", [*FOLDERS, *(name for name in DOCUMENTS if not name.startswith(FOLDERS))])
def test_it_is_current(path: str) -> None:
    """`scripts/docs` would not change it."""
    finished = subprocess.run([*PROGRAM, "--check", path], check=False, capture_output=True, text=True)
    assert (0, "") == (finished.returncode, finished.stdout), finished.stderr


@pytest.mark.parametrize("folder", ["docs/reference/rules", "docs/explanation/pictures"])
def test_nothing_is_left_of_what_was_generated_once(folder: str) -> None:
    """Pages of removed rules and unused drawings are deleted."""
    files = {str(path.relative_to(ROOT)) for path in (ROOT / folder).iterdir()}
    assert files == {name for name in DOCUMENTS if name.startswith(f"{folder}/")}


def test_every_block_after_a_quote_mark_is_quoted() -> None:
    """A marker that the generator does not understand would leave its block unchanged."""
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        marks = text.count("<!-- quote ")
        assert marks == len(re.findall(r"^<!-- quote \S+ -->\n```", text, flags=re.MULTILINE)), document


def test_what_is_not_generated_is_refused() -> None:
    """A misspelt path is an error."""
    finished = subprocess.run([*PROGRAM, "--check", "LICENSE"], check=False, capture_output=True, text=True)
    assert 2 == finished.returncode
    assert "not generated: LICENSE" in finished.stderr


def test_a_stale_document_is_shown_and_not_written(tmp_path: Path) -> None:
    """`--check` prints the difference and exits with 1; without it, the document is written and is then current."""
    copy = tmp_path / "scripts" / "documents.py"
    copy.parent.mkdir()
    for program in (copy.name, "inherited_keys.py", "pages.py"):
        shutil.copy(ROOT / "scripts" / program, copy.with_name(program))
    readme = tmp_path / "README.md"
    stale = "<!-- quote five.py -->\n```python\n```\n"
    readme.write_text(stale)
    (tmp_path / "five.py").write_text("five = 5\n")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(copy), *arguments, "README.md"]
        return subprocess.run(command, check=False, capture_output=True, text=True)

    assert (1, stale) == (run("--check").returncode, readme.read_text())
    assert "+five = 5" in run("--check").stdout.splitlines()
    assert "wrote README.md\n" == run().stdout
    assert "<!-- quote five.py -->\n```python\nfive = 5\n```\n" == readme.read_text()
    assert (0, "") == (run("--check").returncode, run("--check").stdout)


@pytest.mark.parametrize("benchmark", ["benchmarks/engine.py", "benchmarks/rolling_update.py"])
def test_a_benchmark_finds_its_place_on_the_page(benchmark: str) -> None:
    """New measurements replace the old ones, and nothing else."""
    page = (ROOT / "docs" / "explanation" / "cluster.md").read_text(encoding="utf-8")
    before, _, rest = page.partition(f"<!-- measured: {benchmark} -->\n\n")
    text, _, after = rest.partition("\n\n<!-- end -->")
    assert page == with_measured(page, benchmark, text)
    assert f"{before}<!-- measured: {benchmark} -->\n\n\\1\n\n<!-- end -->{after}" == with_measured(
        page, benchmark, r"\1"
    )


def test_a_benchmark_without_a_place_is_an_error() -> None:
    """A missing marker is an error, so that no figures are lost."""
    with pytest.raises(ValueError, match="has 0 blocks"):
        with_measured("", "benchmarks/engine.py", "1 s")
