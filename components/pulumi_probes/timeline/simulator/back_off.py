"""CrashLoopBackOff of one container.

Mirrors `pkg/kubelet/kuberuntime/kuberuntime_manager.go: doBackOff` and the functions that it
calls, `k8s.io/client-go/util/flowcontrol/backoff.go: IsInBackOffSince` and
`k8s.io/client-go/util/flowcontrol/backoff.go: Next`; see docs/explanation/kubelet/back-off.md#the-entry.
"""

from __future__ import annotations

from pulumi_probes.timeline.model.kubelet import BackOffSettings


class BackOff:
    """The back-off entry of one container: the delay before the next restart, and the time of its last change."""

    __slots__ = ("_changed_at", "_delay", "_settings")

    def __init__(self, settings: BackOffSettings) -> None:
        self._settings = settings
        self._delay: int | None = None
        self._changed_at = 0

    def refused_until(self, now: int, exited_at: int | None) -> int | None:
        """The end of the back-off if a start at this moment is refused; None if it is allowed, which changes the entry.

        Args:
            now: the current time.
            exited_at: when the last process whose exit the kubelet has seen exited; None if there is none.
        """
        if exited_at is None:
            # This includes the first kill by a probe: its sync does not see the exit of the killed container.
            # See docs/explanation/kubelet/back-off.md#after-a-kill-by-a-probe.
            return None
        settings = self._settings
        forgotten = settings.forgotten_after
        # The kubelet removes entries that have not changed for a while.
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
