"""One attempt of a probe: the mechanism by which it asks, and the processor time that it takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from pulumi_probes.model.container import ContainerProbe

MILLICPU_PER_CPU: Final = 1000
"""At one attempt a second, a thousandth of a CPU is a millisecond for each."""


class Mechanism(Enum):
    """How a probe asks: its handler, with HTTPS apart, since every attempt negotiates its encryption anew."""

    # Members are single objects; Enum would look up and hash their names.
    __hash__ = object.__hash__

    TCP_SOCKET = "tcpSocket"
    GRPC = "grpc"
    HTTP_GET = "httpGet"
    HTTPS_GET = "httpGet over HTTPS"
    EXEC = "exec"


@dataclass(frozen=True, slots=True)
class AttemptCost:
    """Processor time of one attempt, in milliseconds; of attempts at a rate per second, in thousandths of a CPU.

    Attributes:
        kubelet: in the kubelet.
        runtime: in the container runtime, its shims and runc, until the process of an exec probe is in its container.
        containers: in the pod: in the server that answers, or in the process of an exec probe.
    """

    kubelet: float
    runtime: float
    containers: float

    @property
    def whole(self) -> float:
        """All three."""
        return self.kubelet + self.runtime + self.containers

    def __mul__(self, factor: float) -> AttemptCost:
        """The cost of so many attempts."""
        return AttemptCost(self.kubelet * factor, self.runtime * factor, self.containers * factor)

    def __add__(self, other: AttemptCost) -> AttemptCost:
        """The cost of both."""
        return AttemptCost(
            self.kubelet + other.kubelet,
            self.runtime + other.runtime,
            self.containers + other.containers,
        )

    def scaled_to(self, whole: float) -> AttemptCost:
        """The same shares of another whole, for a machine of which only the whole is known."""
        return self * (whole / self.whole)


NOTHING: Final = AttemptCost(0.0, 0.0, 0.0)


def mechanism_of(probe: ContainerProbe) -> Mechanism | None:
    """How a probe asks; None when it has no handler, or more than one.

    Raises:
        UnknownValue: it is not known before deployment.
        MalformedValue: the handler is of the wrong type.
    """
    handler = probe.handler
    if handler is None:
        return None
    if handler == "httpGet":
        return Mechanism.HTTPS_GET if probe.body.text("scheme", "") == "HTTPS" else Mechanism.HTTP_GET
    return Mechanism(handler)
