"""CrashLoopBackOff of one container, exactly as the kubelet keeps it.

Mirrors `pkg/kubelet/kuberuntime/kuberuntime_manager.go: doBackOff` and what it calls,
`k8s.io/client-go/util/flowcontrol/backoff.go: IsInBackOffSince` and
`k8s.io/client-go/util/flowcontrol/backoff.go: Next`; see docs/explanation/kubelet/back-off.md#the-entry.
"""

from __future__ import annotations

from pulumi_probes.timeline.model.kubelet import BackOffSettings


class BackOff:
    """The entry of one container: the delay that the next restart must respect, and when it was last changed."""

    __slots__ = ("_changed_at", "_delay", "_settings")

    def __init__(self, settings: BackOffSettings) -> None:
        self._settings = settings
        self._delay: int | None = None
        self._changed_at = 0

    def refused_until(self, now: int, exited_at: int | None) -> int | None:
        """When a start that is refused now may happen, or None: it may happen now, and counts as done.

        Args:
            now: the moment of the decision.
            exited_at: when the newest process ended that the kubelet has seen ended; None when there is none.
        """
        if exited_at is None:
            # The first kill by a probe gets here too: the container that it ended is not seen ended in the same sync.
            # See docs/explanation/kubelet/back-off.md#after-a-kill-by-a-probe.
            return None
        settings = self._settings
        forgotten = settings.forgotten_after
        # The kubelet drops entries that nobody has changed for a while.
        if self._delay is not None and now - self._changed_at > forgotten:
            self._delay = None
        if self._delay is None or exited_at - self._changed_at > forgotten:
            self._delay = min(settings.initial, settings.longest)
        elif now - exited_at < self._delay:
            return exited_at + self._delay
        else:
            self._delay = min(2 * self._delay, settings.longest)
        self._changed_at = now
        return None
