"""Ports and header names, as validated by the API server."""

from __future__ import annotations

import pytest

from pulumi_probes.model.names import is_header_name, is_port, port_mistakes


@pytest.mark.parametrize("port", [1, 65535, "a", "http", "8080a", "a1-b2", "a" * 15, "1-a"])
def test_good_ports(port: int | str) -> None:
    """Numbers in the range, and names with a letter and single inner hyphens."""
    assert is_port(port)


@pytest.mark.parametrize(
    ("port", "mistakes"),
    [
        (0, ["must be between 1 and 65535, inclusive"]),
        (65536, ["must be between 1 and 65535, inclusive"]),
        (-1, ["must be between 1 and 65535, inclusive"]),
        ("8080", ["must contain at least one letter (a-z)"]),
        ("a" * 16, ["must be no more than 15 characters"]),
        ("a--b", ["must not contain consecutive hyphens"]),
        ("-a", ["must not begin or end with a hyphen"]),
        ("a-", ["must not begin or end with a hyphen"]),
        ("a_b", ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
        (
            "HTTP",
            [
                "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
                "must contain at least one letter (a-z)",
            ],
        ),
        (
            "",
            [
                "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
                "must contain at least one letter (a-z)",
            ],
        ),
        ("http\n", ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
    ],
)
def test_bad_ports(port: int | str, mistakes: list[str]) -> None:
    """The messages are those of the API server."""
    assert mistakes == list(port_mistakes(port))


@pytest.mark.parametrize(
    ("name", "good"),
    [("X-Probe", True), ("1", True), ("X_Probe", False), ("", False), ("A:", False), ("A\n", False)],
)
def test_names_of_headers(name: str, good: bool) -> None:
    """Letters, digits and hyphens."""
    assert good == is_header_name(name)
