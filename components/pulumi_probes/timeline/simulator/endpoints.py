"""The pod's endpoint in the EndpointSlice of its Service, which determines whether the pod receives traffic.

Mirrors `k8s.io/endpointslice/utils.go: podToEndpoint`; see docs/explanation/kubelet/endpoints.md#endpointslice.
"""

from __future__ import annotations

from pulumi_probes.timeline.model.result import Event, EventKind
from pulumi_probes.timeline.simulator.context import Context
from pulumi_probes.timeline.simulator.event_queue import Priority


class Endpoints:
    """The pod's endpoint: it receives traffic while the pod is Ready and not deleted, with the publication latency."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._has_traffic = False
        self._is_deleted = False

    def pod_ready_changed(self, now: int, *, is_ready: bool) -> None:
        """The pod has become Ready or not Ready."""
        self._publish(now, has_traffic=is_ready and not self._is_deleted)

    def pod_deleted(self, now: int) -> None:
        """The pod has a deletion timestamp, so it receives no more traffic, whatever its probes say."""
        self._is_deleted = True
        self._publish(now, has_traffic=False)

    def _publish(self, now: int, *, has_traffic: bool) -> None:
        def publish(moment: int) -> None:
            if has_traffic != self._has_traffic and not (has_traffic and self._is_deleted):
                self._has_traffic = has_traffic
                self._context.journal.log(Event(moment, EventKind.TRAFFIC if has_traffic else EventKind.NO_TRAFFIC))

        latency = self._context.kubelet.published_after
        if latency == 0:
            publish(now)
        else:
            self._context.event_queue.add(now + latency, Priority.ANSWER, publish)
