"""Validates port names, port numbers and header names, with the messages of the API server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_LONGEST_PORT_NAME: Final = 15
_LARGEST_PORT: Final = 65535
_PORT_NAME: Final = re.compile(r"[-a-z0-9]+", re.ASCII)
_HEADER_NAME: Final = re.compile(r"[-A-Za-z0-9]+", re.ASCII)


def port_mistakes(port: int | str) -> Iterator[str]:
    """The reasons why the API server rejects a port number or name; none for a valid one."""
    if isinstance(port, int):
        if not 1 <= port <= _LARGEST_PORT:
            yield f"must be between 1 and {_LARGEST_PORT}, inclusive"
        return
    if len(port) > _LONGEST_PORT_NAME:
        yield f"must be no more than {_LONGEST_PORT_NAME} characters"
    if _PORT_NAME.fullmatch(port) is None:
        yield "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
    if not any("a" <= character <= "z" for character in port):
        yield "must contain at least one letter (a-z)"
    if "--" in port:
        yield "must not contain consecutive hyphens"
    if port.startswith("-") or port.endswith("-"):
        yield "must not begin or end with a hyphen"


def nearest_port_name(name: str) -> str:
    """A valid port name that resembles an invalid one."""
    kept = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not any("a" <= character <= "z" for character in kept):
        kept = f"port-{kept}"
    return kept[:_LONGEST_PORT_NAME].strip("-")


def is_port(port: int | str) -> bool:
    """Whether the API server accepts a port number or name."""
    return next(port_mistakes(port), None) is None


def is_header_name(name: str) -> bool:
    """Whether the API server accepts a header name of a probe."""
    return _HEADER_NAME.fullmatch(name) is not None
