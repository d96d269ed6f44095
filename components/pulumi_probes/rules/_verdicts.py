"""Determines which of two probes of a container fails first."""

from __future__ import annotations

from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.timeline.bounds.probe import detection, nominal_detection_seconds, surviving_threshold


def asks_the_same_no_slower(liveness: ContainerProbe, readiness: ContainerProbe) -> bool:
    """Whether both probes check the same endpoint, and liveness fails no later than readiness."""
    if liveness.endpoint is None or liveness.endpoint != readiness.endpoint:
        return False
    return nominal_detection_seconds(liveness) <= nominal_detection_seconds(readiness)


def outlasting_threshold(liveness: ContainerProbe, readiness: ContainerProbe) -> int:
    """The failureThreshold with which liveness never fails before readiness, for any phases of their tickers."""
    return surviving_threshold(detection(readiness).latest, liveness.period_seconds)
