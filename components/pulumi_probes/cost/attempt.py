"""One attempt of a probe: its mechanism, and the CPU time that it takes."""

from __future__ import annotations

from enum import Enum
from typing import Final

from msgspec import Struct

from pulumi_probes.model.container import ContainerProbe

MILLICPU_PER_CPU: Final = 1000
"""At one attempt per second, 1 ms of CPU time for each is one thousandth of a CPU."""


class Mechanism(Enum):
    """The mechanism of a probe: its handler, with HTTPS separate because every attempt has a TLS handshake."""

    # Members are singletons, so hashing by identity is enough, and much faster than Enum's hash of the name.
    __hash__ = object.__hash__

    TCP_SOCKET = "tcpSocket"
    GRPC = "grpc"
    HTTP_GET = "httpGet"
    HTTPS_GET = "httpGet over HTTPS"
    EXEC = "exec"


class AttemptCost(Struct, frozen=True):
    """The CPU time of one attempt in milliseconds, or of attempts at some rate in thousandths of a CPU.

    Attributes:
        kubelet: spent in the kubelet.
        runtime: spent in the container runtime, its shims and runc, until the process of an exec probe has started.
        containers: spent in the pod, by the server that responds or by the process of an exec probe.
    """

    kubelet: float
    runtime: float
    containers: float

    @property
    def whole(self) -> float:
        """The sum of all parts."""
        return self.kubelet + self.runtime + self.containers

    def __mul__(self, factor: float) -> AttemptCost:
        """The cost of this many attempts."""
        return AttemptCost(self.kubelet * factor, self.runtime * factor, self.containers * factor)

    def __add__(self, other: AttemptCost) -> AttemptCost:
        """The sum of two costs."""
        return AttemptCost(
            self.kubelet + other.kubelet,
            self.runtime + other.runtime,
            self.containers + other.containers,
        )

    def scaled_to(self, whole: float) -> AttemptCost:
        """The cost with another sum and the same shares, for a machine of which only the sum is known."""
        return self * (whole / self.whole)


NOTHING: Final = AttemptCost(0.0, 0.0, 0.0)


def mechanism_of(probe: ContainerProbe) -> Mechanism | None:
    """The mechanism of a probe; None if it has no handler, or more than one.

    Raises:
        UnknownValue: the handler is not known before deployment.
        MalformedValue: the handler has the wrong type.
    """
    handler = probe.handler
    if handler is None:
        return None
    if handler == "httpGet":
        return Mechanism.HTTPS_GET if probe.body.text("scheme", "") == "HTTPS" else Mechanism.HTTP_GET
    return Mechanism(handler)
