"""The pages in docs/tutorial and docs/how-to: their commands are run, and the exceptions are counted.

`tests/contract/test_documents.py` checks that the output of their commands is current, since `scripts/docs` writes it.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from pages import Block, PageError, read_blocks, with_outputs

ROOT = Path(__file__).parents[2]
PAGES = sorted(path for folder in ("tutorial", "how-to") for path in (ROOT / "docs" / folder).glob("*.md"))
BLOCKS = [(page, block) for page in PAGES for block in read_blocks(page.read_text(encoding="utf-8"))]

NOT_RUN = {
    "an example without files": 1,
    "installs packages": 2,
    "it needs a pull request": 1,
    "needs Docker and a cluster": 2,
    "needs a cluster": 9,
    "needs kustomize or kubectl": 1,
    "needs the pulumi command": 3,
    "needs the pulumi command, helm or a cluster": 1,
}
"""The reasons why blocks are not run, with their numbers: a new one is a decision."""

EACH_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT / "docs")))


def blocks_for(name: str) -> list[Block]:
    """The blocks that a page marks for the test of this name."""
    return [block for _, block in BLOCKS if block.marks.get("tested") == name]


@EACH_PAGE
def test_every_block_is_used(page: Path) -> None:
    """It is run, written to a file, copied from one, used by a test, or not run for a reason."""
    text = page.read_text(encoding="utf-8")
    blocks = [block for block in read_blocks(text) if not block.is_hidden]
    assert len(re.findall(r"^ *(?:```|~~~)", text, flags=re.MULTILINE)) == 2 * len(blocks)
    assert [] == [block.line for block in blocks if not block.is_run and not block.marks]


def test_what_is_not_run_has_a_reason() -> None:
    """The reasons, each with the number of blocks."""
    assert Counter(NOT_RUN) == Counter(block.marks["not run"] for _, block in BLOCKS if "not run" in block.marks)


def test_tests_of_blocks_exist() -> None:
    """A marker for an unknown test would leave its block untested."""
    known = {name for file in Path(__file__).parent.glob("test_*.py") for name in _tests(file)}
    assert [] == [name for _, block in BLOCKS if (name := block.marks.get("tested")) is not None and name not in known]


def test_commands_are_run_and_their_output_replaces_the_old_one() -> None:
    """In one directory, with the files of the page, and with the exit status of the previous command."""
    page = """
<!-- write below/hidden.txt
hidden
-->
<!-- write seen.txt -->
```text
seen
```

```console
$ cat seen.txt below/hidden.txt
old
$ cd below
```

```console
$ false
$ echo $?
$ ls \\
  hidden.txt
```

<!-- not run: it would delete everything -->
```console
$ rm -rf /
```
"""
    shown = with_outputs(page)
    assert "\n$ cat seen.txt below/hidden.txt\nseen\nhidden\n$ cd below\n```" in shown
    assert "\n$ false\n$ echo $?\n1\n$ ls \\\n  hidden.txt\nhidden.txt\n```" in shown
    assert shown == with_outputs(shown)


@pytest.mark.parametrize(
    ("block", "message"),
    [("$ echo ouch; false\n", r"line 2: echo ouch; false exits 1:\nouch"), ("echo\n", "begins with a command")],
)
def test_a_page_that_does_not_work_is_an_error(block: str, message: str) -> None:
    """Readers would be stuck at the failing command."""
    with pytest.raises(PageError, match=message):
        with_outputs(f"\n```console\n{block}```\n")


def _tests(file: Path) -> list[str]:
    return re.findall(r"^def (test_\w+)\(", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
