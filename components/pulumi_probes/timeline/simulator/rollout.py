"""Simulate a rollout of a Deployment, StatefulSet or DaemonSet step by step, as its controller does it.

Mirrors `pkg/controller/deployment/rolling.go: rolloutRolling`,
`pkg/controller/deployment/recreate.go: rolloutRecreate`,
`pkg/controller/statefulset/stateful_set_control.go: updateStatefulSetAfterInvariantEstablished` and
`pkg/controller/daemon/update.go: rollingUpdate`; see docs/explanation/kubelet/rollout.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct, field

from pulumi_probes.timeline.bounds.rollout import RolloutPlan
from pulumi_probes.timeline.model.duration import MILLISECONDS
from pulumi_probes.timeline.model.scenario import InvalidScenario
from pulumi_probes.timeline.simulator.rollout_timeline import ReplacedPod, RolloutTimeline

MOST_PODS = 1000
"""The largest number of pods in a simulated rollout; the closed form has no limit."""


def simulate_rollout(plan: RolloutPlan, *, ready_after: Sequence[int], stop_after: int) -> RolloutTimeline:
    """Simulate a rollout that replaces all pods.

    Args:
        plan: how pods are replaced.
        ready_after: milliseconds from a new pod's creation until it is Ready, for each new pod in order of creation;
            the last one applies to all that follow.
        stop_after: milliseconds from an old pod's deletion until it is removed.

    Raises:
        InvalidScenario: there are too many pods, a time is negative, or no controller replaces the pods.
    """
    problems: list[str] = []
    if plan.strategy == "OnDelete":
        problems.append("no controller replaces these pods, so there is no rollout to simulate")
    if plan.pods > MOST_PODS:
        problems.append(f"a rollout of {plan.pods} pods is too large to simulate; the limit is {MOST_PODS}")
    if not ready_after or min(ready_after) < 0 or stop_after < 0:
        problems.append("ready_after must contain at least one time, and no time may be negative")
    if problems:
        raise InvalidScenario(problems)
    return _Controller(plan, ready_after, stop_after).run()


class _Controller(Struct, dict=True):
    plan: RolloutPlan
    ready_after: Sequence[int]
    stop_after: int
    old: list[ReplacedPod] = field(default_factory=list[ReplacedPod])
    new: list[ReplacedPod] = field(default_factory=list[ReplacedPod])
    now: int = 0

    def run(self) -> RolloutTimeline:
        self.old = [ReplacedPod(number=number, is_new=False) for number in range(self.plan.pods)]
        reconcile = {
            "Recreate": self._recreate,
            "Deployment": self._roll_deployment,
            "StatefulSet": self._roll_stateful_set,
            "DaemonSet": self._roll_daemon_set,
        }[self.plan.strategy if self.plan.strategy == "Recreate" else self.plan.kind]
        while True:
            while reconcile():
                pass
            following = [moment for moment in self._moments() if moment > self.now]
            if self._is_done() or not following:
                break
            self.now = min(following)
        return RolloutTimeline(
            plan=self.plan, pods=(*self.old, *self.new), done_at=self.now, failed_at=self._deadline_exceeded_at()
        )

    # State.

    def _remaining(self) -> list[ReplacedPod]:
        return [pod for pod in self.old if pod.deleted_at is None]

    def _available(self) -> list[ReplacedPod]:
        return [pod for pod in self.new if pod.available_at is not None and pod.available_at <= self.now]

    def _is_gone(self, pod: ReplacedPod) -> bool:
        return pod.gone_at is not None and pod.gone_at <= self.now

    def _is_done(self) -> bool:
        return not self._remaining() and len(self._available()) == self.plan.pods

    def _moments(self) -> list[int]:
        moments = [moment for pod in self.new for moment in (pod.ready_at, pod.available_at) if moment is not None]
        return moments + [pod.gone_at for pod in self.old if pod.gone_at is not None]

    # Actions.

    def _create(self, number: int) -> None:
        index = len(self.new)
        ready_at = self.now + self.ready_after[min(index, len(self.ready_after) - 1)]
        self.new.append(
            ReplacedPod(
                number=number,
                is_new=True,
                created_at=self.now,
                ready_at=ready_at,
                available_at=ready_at + self.plan.min_ready_seconds * MILLISECONDS,
            )
        )

    def _delete(self, pod: ReplacedPod) -> None:
        pod.deleted_at, pod.gone_at = self.now, self.now + self.stop_after

    def _recreate(self) -> bool:
        for pod in self._remaining():
            self._delete(pod)
        if not all(self._is_gone(pod) for pod in self.old):
            return False
        if self.plan.kind == "StatefulSet" and self.plan.ordered:
            return self._create_next()
        if self.new:
            return False
        for pod in self.old:
            self._create(pod.number)
        return bool(self.old)

    def _create_next(self) -> bool:
        """Create the pod with the smallest ordinal that is gone, unless one before it is stopping or not available."""
        if len(self._available()) < len(self.new):
            return False
        created = {pod.number for pod in self.new}
        for pod in self.old:
            if pod.deleted_at is None or pod.number in created:
                continue
            if self._is_gone(pod):
                self._create(pod.number)
                return True
            return False
        return False

    def _roll_deployment(self) -> bool:
        plan, remaining = self.plan, self._remaining()
        # `NewRSNewReplicas` counts the desired pods of the ReplicaSets, so a pod that is being deleted makes room at
        # once. See docs/explanation/kubelet/rollout.md#rolling-update-of-a-deployment.
        total = len(remaining) + len(self.new)
        missing = min(plan.pods - len(self.new), plan.pods + plan.max_surge - total)
        for _ in range(missing):
            self._create(len(self.new))
        available = len(self._available())
        least = plan.pods - plan.max_unavailable
        # New pods that are not available reduce the number of old pods to delete (`reconcileOldReplicaSets`): a new
        # revision that never becomes ready must not replace the old one.
        not_yet = len(self.new) - available
        spare = min(total + max(0, missing) - least - not_yet, len(remaining) + available - least)
        for pod in remaining[: max(0, spare)]:
            self._delete(pod)
        return missing > 0 or (spare > 0 and bool(remaining))

    def _roll_stateful_set(self) -> bool:
        # The largest ordinals come first, as many as may be unavailable. `processReplica` starts the pods of an ordered
        # set one after another, the smallest ordinal first, and no further pod is deleted before all are available.
        # See docs/explanation/kubelet/rollout.md#statefulset.
        plan = self.plan
        available = {pod.number for pod in self._available()}
        if plan.ordered:
            changed = self._create_next()
            if changed or any(pod.deleted_at is not None and pod.number not in available for pod in self.old):
                return changed
        else:
            created = {pod.number for pod in self.new}
            gone = [pod for pod in self.old if self._is_gone(pod) and pod.number not in created]
            for pod in gone:
                self._create(pod.number)
            changed = bool(gone)
        unavailable = sum(pod.deleted_at is not None and pod.number not in available for pod in self.old)
        for pod in self._remaining()[::-1][: max(0, max(1, plan.max_unavailable) - unavailable)]:
            self._delete(pod)
            changed = True
        return changed

    def _roll_daemon_set(self) -> bool:
        plan = self.plan
        available = {pod.number for pod in self._available()}
        created = {pod.number for pod in self.new}
        changed = False
        if plan.max_surge == 0:
            for pod in self.old:
                if self._is_gone(pod) and pod.number not in created:
                    self._create(pod.number)
                    changed = True
            out = sum(pod.deleted_at is not None and pod.number not in available for pod in self.old)
            for pod in self._remaining()[: max(0, max(1, plan.max_unavailable) - out)]:
                self._delete(pod)
                changed = True
            return changed
        for pod in self._remaining():
            if pod.number in available:
                self._delete(pod)
                changed = True
        waiting = [pod for pod in self._remaining() if pod.number not in created]
        surging = len(created - available)
        for pod in waiting[: max(0, plan.max_surge - surging)]:
            self._create(pod.number)
            changed = True
        return changed

    def _deadline_exceeded_at(self) -> int | None:
        deadline = self.plan.progress_deadline_seconds
        if deadline is None:
            return None
        # `DeploymentProgressing` counts these; the deadline limits the longest gap, not the whole rollout.
        # See docs/explanation/kubelet/rollout.md#progress-deadline.
        progress = {0, self.now}
        for pod in self.new:
            progress |= {moment for moment in (pod.created_at, pod.ready_at, pod.available_at) if moment is not None}
        progress |= {pod.deleted_at for pod in self.old if pod.deleted_at is not None}
        for before, after in pairwise(sorted(progress)):
            if after - before > deadline * MILLISECONDS:
                return before + deadline * MILLISECONDS
        return None
