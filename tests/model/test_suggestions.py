"""Suggestions for misspelt names."""

from __future__ import annotations

import pytest

from pulumi_probes.model.suggestions import closest, did_you_mean, suggestion


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("audti", "audit"),
        ("AUDIT", "audit"),
        ("minimum_seconds", "minimumSeconds"),
        ("slow-start", "slow_start"),
        ("nodeport", "NodePort"),
    ],
)
def test_a_similar_name_is_found(name: str, known: str) -> None:
    """Whatever the case and the separators."""
    assert known == closest(name, ["something", known, "else"])


@pytest.mark.parametrize("name", ["", "-", "x", "probes"])
def test_no_name_is_better_than_a_wrong_one(name: str) -> None:
    """Nothing is suggested that is not similar."""
    assert closest(name, ["pod_labels", "port"]) is None
    assert "Known: port." == suggestion(name, ["pod_labels", "port"], otherwise="Known: port.")


def test_a_question_names_every_candidate() -> None:
    """The last one after *or*."""
    assert "Did you mean a?" == did_you_mean("a")
    assert "Did you mean a, b or c?" == did_you_mean("a", "b", "c")
    assert "Did you mean `audit`?" == suggestion("audti", ["audit"], quote="`")
