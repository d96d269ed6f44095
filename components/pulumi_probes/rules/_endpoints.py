"""Determines from a path what an HTTP endpoint reports."""

from __future__ import annotations

import re
from typing import Final

_READINESS: Final = r"/(ready|readyz|readiness)/?\Z"
_INDICATORS: Final = r"/actuator/health/?\Z"
_METRICS: Final = r"/(metrics|prometheus)/?\Z"
_HEALTH_WORDS: Final = frozenset(
    {"alive", "heartbeat", "live", "liveness", "livez", "ping", "ready", "readiness", "readyz", "status", "statusz"}
)
"""Segments that stand for health by themselves; those with `health` or `startup` in them do so too."""


def asks_for_readiness(path: str) -> bool:
    """Whether an endpoint reports readiness."""
    return re.search(_READINESS, _plain(path)) is not None


def asks_for_all_indicators(path: str) -> bool:
    """Whether an endpoint aggregates all health indicators of Spring Boot, dependencies included."""
    return re.search(_INDICATORS, _plain(path)) is not None


def asks_for_metrics(path: str) -> bool:
    """Whether an endpoint lists metrics."""
    return re.search(_METRICS, _plain(path)) is not None


def asks_for_health(path: str) -> bool:
    """Whether an endpoint is there to report health, unlike the page of an application that a probe happens to use."""
    segments = _plain(path).split("/")
    return any(
        segment in _HEALTH_WORDS or "health" in segment or segment in ("startup", "startupz", "started")
        for segment in segments
    )


def _plain(path: str) -> str:
    """A path in lower case, without its query."""
    return path.partition("?")[0].partition("#")[0].lower()
