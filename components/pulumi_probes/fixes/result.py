"""The result of fixing files."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff

from msgspec import Struct

from pulumi_probes.model.finding import Finding


class FileChange(Struct, frozen=True):
    """A file before and after.

    Attributes:
        file: its path, as it was found.
        before: its content.
        after: its content with the fixes.
    """

    file: str
    before: bytes
    after: bytes

    def diff(self) -> Iterator[str]:
        """The lines of a unified diff, which `git apply` and `patch -p1` accept; each ends with a line break."""
        old, new = (
            content.decode("utf-8", "surrogateescape").splitlines(keepends=True)
            for content in (self.before, self.after)
        )
        name = self.file.replace("\\", "/").removeprefix("./").removeprefix("/")
        for line in unified_diff(old, new, f"a/{name}", f"b/{name}"):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


class UnfixedFinding(Struct, frozen=True):
    """A finding with a fix that cannot be made.

    Attributes:
        finding: the finding.
        reason: why, as the end of a sentence: ``spec is used in several places, by an anchor``.
    """

    finding: Finding
    reason: str


class Fixes(Struct, frozen=True, kw_only=True):
    """The changes that fix files.

    Attributes:
        changes: the files that change, in the order in which they were read.
        fixed: the findings that are gone then, each with the change of lines that fixes it alone; the change of a
            fix that builds upon another one is None.
        refused: the findings with a fix that cannot be made.
        remaining: the number of other findings that are left, which need a decision.
    """

    changes: tuple[FileChange, ...] = ()
    fixed: tuple[Finding, ...] = ()
    refused: tuple[UnfixedFinding, ...] = ()
    remaining: int = 0
