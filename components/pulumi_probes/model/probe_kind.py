"""The kinds of probes, and the numbers that determine when a probe acts."""

from __future__ import annotations

from enum import Enum
from typing import Protocol


class ProbeKind(Enum):
    """The three kinds of probes; the value is the name of the field in a container."""

    # Members are singletons, so hashing by identity is enough, and much faster than Enum's hash of the name.
    __hash__ = object.__hash__

    STARTUP = "startupProbe"
    READINESS = "readinessProbe"
    LIVENESS = "livenessProbe"

    @property
    def word(self) -> str:
        """The kind as a word: startup, readiness or liveness."""
        return self.value.removesuffix("Probe")


class Timings(Protocol):
    """The five numbers that determine when a probe acts; implemented by `Probe` and `ContainerProbe`."""

    @property
    def initial_delay_seconds(self) -> int:
        """Seconds after the start of the container before the first attempt may run."""
        ...

    @property
    def period_seconds(self) -> int:
        """Seconds between the starts of two attempts, unless an attempt takes longer."""
        ...

    @property
    def timeout_seconds(self) -> int:
        """Seconds after which an attempt fails."""
        ...

    @property
    def success_threshold(self) -> int:
        """Consecutive successes after which a failed probe passes."""
        ...

    @property
    def failure_threshold(self) -> int:
        """Consecutive failures after which a passed probe fails."""
        ...
