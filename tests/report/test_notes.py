"""Notes about inputs: in every format for people and in JSON, without an effect on the exit status."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pulumi_probes.model.note import InputNote
from pulumi_probes.report import Report, Style, render

REPORT = Report(notes=(InputNote("a/db.yaml", "skipped, because it is encrypted with SOPS"),))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("text", "Notes:\n  a/db.yaml: skipped, because it is encrypted with SOPS\n"),
        ("concise", "a/db.yaml: note skipped, because it is encrypted with SOPS\n"),
        ("markdown", "**Note:** `a/db.yaml`: skipped, because it is encrypted with SOPS\n"),
        ("html", "<li>a/db.yaml: skipped, because it is encrypted with SOPS</li>\n"),
        ("github", "::notice file=a/db.yaml,title=Note::skipped, because it is encrypted with SOPS\n"),
    ],
)
def test_formats_for_people(name: str, expected: str) -> None:
    """A note has the file and the message; it is left out of quiet reports, which only have findings and errors."""
    assert expected in render(REPORT, name)
    if name not in ("github", "html"):
        assert "a/db.yaml" not in render(REPORT, name, Style(quiet=True))


def test_json(schema_problems: Callable[[object], list[str]]) -> None:
    """The key exists only if there are notes."""
    report = json.loads(render(REPORT, "json"))
    assert [{"file": "a/db.yaml", "message": "skipped, because it is encrypted with SOPS"}] == report["notes"]
    assert [] == schema_problems(report)
    assert "notes" not in json.loads(render(Report(), "json"))


def test_sarif() -> None:
    """A note is a notification, and the execution was successful."""
    (invocation,) = json.loads(render(REPORT, "sarif"))["runs"][0]["invocations"]
    assert invocation["executionSuccessful"]
    (notification,) = invocation["toolExecutionNotifications"]
    assert "note" == notification["level"]
    assert {"text": "skipped, because it is encrypted with SOPS"} == notification["message"]


def test_exit_status() -> None:
    """An input that was skipped on purpose is not an error."""
    assert 0 == REPORT.exit_status(None)
