"""A fix as a change of whole lines: applied to the file, it gives the same text as the fix."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.codec.files import read_paths
from pulumi_probes.fixes import fix_files
from pulumi_probes.fixes.replacement import replacement_of
from pulumi_probes.report import Policy, audit
from pulumi_probes.rules import load_rules

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\r\n", "\n"]), min_size=1, max_size=6)


@given(LINES, LINES)
def test_it_leads_from_one_text_to_the_other(before: list[str], after: list[str]) -> None:
    """With lines counted from 1, and with neither side empty."""
    change = replacement_of("".join(before), "".join(after), 1)
    assert 1 <= change.first_line <= change.last_line <= len(before)
    old = before[change.first_line - 1 : change.last_line]
    assert "".join(old).rstrip("\r\n") == change.before
    head, tail = before[: change.first_line - 1], before[change.last_line :]
    assert "".join(after).rstrip("\r\n") == "".join([*head, change.after, "\n", *tail]).rstrip("\r\n") or tail


@pytest.mark.parametrize(
    "text",
    [text for rule in load_rules() for text in rule.documentation.bad],
    ids=[f"{rule.code}-{number}" for rule in load_rules() for number, _ in enumerate(rule.documentation.bad)],
)
def test_each_fix_alone_changes_the_lines_that_it_says(tmp_path: Path, text: str) -> None:
    """The lines that it replaces are those of the file, and the file reads as YAML with the others in their place."""
    file = tmp_path / "example.yaml"
    file.write_text(text)
    fixes = fix_files(read_paths([str(file)]).manifests, lambda manifests: audit(manifests, Policy()).findings)
    lines = list(io.StringIO(text))
    for finding in fixes.fixed:
        change = finding.replacement
        if change is None:
            continue
        assert change.before == "".join(lines[change.first_line - 1 : change.last_line]).rstrip("\n")
        file.write_text("".join([*lines[: change.first_line - 1], change.after, "\n", *lines[change.last_line :]]))
        documents = read_paths([str(file)])
        assert [] == documents.errors
        found = {(left.code, left.path, left.container) for left in audit(documents.manifests, Policy()).findings}
        assert (finding.code, finding.path, finding.container) not in found
