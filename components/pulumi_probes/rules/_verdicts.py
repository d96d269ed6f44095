"""Which of two probes of one container gives its verdict first."""

from __future__ import annotations

from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.timeline.bounds.probe import detection, nominal_detection_seconds


def asks_the_same_no_slower(liveness: ContainerProbe, readiness: ContainerProbe) -> bool:
    """Whether both ask the same endpoint, and liveness gives up no later than readiness."""
    if liveness.endpoint is None or liveness.endpoint != readiness.endpoint:
        return False
    return nominal_detection_seconds(liveness) <= nominal_detection_seconds(readiness)


def outlasting_threshold(liveness: ContainerProbe, readiness: ContainerProbe) -> int:
    """The failureThreshold with which liveness never decides before readiness, whatever the tickers' phases."""
    return -(-detection(readiness).latest // liveness.period_seconds) + 1
