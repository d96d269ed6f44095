"""Runs the commands of pages, so that a page shows the output that its readers get.

Each page has its own directory, which is empty at first. Markers determine how its blocks are processed:

    <!-- write FILE -->          the block below is the content of FILE in that directory
    <!-- write FILE              the same without a block, for files that every reader already has
    ...
    -->
    <!-- quote FILE -->          the block below is a copy of FILE, relative to the page
    <!-- not run: REASON -->     the commands in the block below cannot be run everywhere
    <!-- tested: NAME -->        a test of this name in `tests/docs` uses the block below

The commands in a `console` block without a marker are run. A command begins with `$ ` and continues on the next line if
a line ends in a backslash; the lines below it are its output. The commands of a page share their working directory. A
command that fails must be followed by `$ echo $?`, which shows the reader its exit status.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

TIME_LIMIT_SECONDS = 120
"""The time limit of a command."""

_PART = re.compile(
    r"^<!-- write (?P<hidden>[^\n>]+)\n(?P<hidden_text>.*?)^-->$"
    r"|(?P<marks>(?:^<!-- [^\n]+ -->\n)*)^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    flags=re.MULTILINE | re.DOTALL,
)
_MARK = re.compile(r"^<!-- (write|quote|not run:|tested:) (.+) -->$", flags=re.MULTILINE)
_COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)$", flags=re.MULTILINE)
_MEASURED = (
    (re.compile(r"\bin \d+\.\d\ds\b"), "in 0.12s"),  # pytest
)
"""Output that differs from run to run, and its replacement."""


class PageError(Exception):
    """A command of a page does not work as the page says."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a page.

    Attributes:
        line: its first line, counted from 1.
        language: the language after the fence; empty for a hidden file.
        text: its content.
        marks: the markers above it, by kind: `write`, `quote`, `not run`, `tested`.
        is_hidden: whether it is a file without a block.
    """

    line: int
    language: str
    text: str
    marks: Mapping[str, str]
    is_hidden: bool = False

    @property
    def is_run(self) -> bool:
        """Whether its commands are run."""
        return self.language == "console" and not self.marks

    @property
    def commands(self) -> list[str]:
        """Its command lines."""
        return _COMMAND.findall(self.text)


def read_blocks(page: str) -> Iterator[Block]:
    """The blocks of a page, in order."""
    for match in _PART.finditer(page):
        yield _block(page, match)


def with_outputs(page: str) -> str:
    """The page with the current output of all its commands.

    Raises:
        PageError: a command fails and the page does not say so.
    """
    with TemporaryDirectory() as folder:
        session = _Session(Path(folder))

        def followed(match: re.Match[str]) -> str:
            block = _block(page, match)
            if "write" in block.marks:
                session.write(block.marks["write"], block.text)
            if not block.is_run:
                return match[0]
            return f"{match['marks']}```{block.language}\n{session.run(block)}```"

        return _PART.sub(followed, page)


def _block(page: str, match: re.Match[str]) -> Block:
    line = page.count("\n", 0, match.start()) + 1
    if match["hidden"]:
        return Block(line, "", match["hidden_text"], {"write": match["hidden"]}, is_hidden=True)
    marks = {kind.rstrip(":"): value for kind, value in _MARK.findall(match["marks"])}
    return Block(line, match["language"], match["text"], marks)


class _Session:
    """A terminal session of a reader: one directory, one command after the other."""

    def __init__(self, folder: Path) -> None:
        self._home = folder / "home"
        self._root = folder / "page"
        for made in (self._home, self._root):
            made.mkdir()
        self._cwd = self._root
        self._status = 0

    def write(self, name: str, text: str) -> None:
        """Write a file to the directory of the page."""
        file = self._root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run(self, block: Block) -> str:
        """The text of a block with the current output of its commands."""
        shown = []
        commands = block.commands
        if not _COMMAND.match(block.text):
            raise PageError(f"line {block.line}: a console block begins with a command")
        for command, following in zip(commands, [*commands[1:], ""], strict=True):
            output = self._run(command)
            if self._status and following != "echo $?":
                raise PageError(f"line {block.line}: {command} exits {self._status}:\n{output}")
            shown.append(f"$ {command}\n{output}")
        return "".join(shown)

    def _run(self, command: str) -> str:
        """The output of a command, on standard output and standard error."""
        cwd_file = self._home / ".cwd"
        script = f'(exit {self._status})\n{command}\nstatus=$?\npwd >"{cwd_file}"\nexit "$status"'
        finished = subprocess.run(
            ["/bin/sh", "-c", script],
            cwd=self._cwd,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
            timeout=TIME_LIMIT_SECONDS,
        )
        self._status = finished.returncode
        self._cwd = Path(cwd_file.read_text(encoding="utf-8").strip())
        output = finished.stdout.replace(str(self._root), "~")
        for pattern, constant in _MEASURED:
            output = pattern.sub(constant, output)
        return output if not output or output.endswith("\n") else f"{output}\n"

    def _environment(self) -> dict[str, str]:
        """The environment of a reader who has installed this project, but neither pulumi nor a cluster."""
        return {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(self._home),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": os.environ.get("TMPDIR", "/tmp"),  # noqa: S108 - what the machine says, else its default
        }
