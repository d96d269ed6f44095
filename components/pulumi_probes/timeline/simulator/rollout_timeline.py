"""The result of a simulated rollout."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from pulumi_probes.timeline.bounds.rollout import RolloutPlan


class ReplacedPod(Struct, kw_only=True):
    """One pod during a rollout; times are in milliseconds from the start of the rollout.

    Attributes:
        number: the number of the pod, counted from 0.
        is_new: whether it belongs to the new revision.
        created_at: when it is created; 0 for old pods.
        ready_at: when a new pod becomes Ready.
        available_at: when a new pod has been Ready for `minReadySeconds`.
        deleted_at: when an old pod is deleted.
        gone_at: when an old pod is removed.
    """

    number: int
    is_new: bool
    created_at: int = 0
    ready_at: int | None = None
    available_at: int | None = None
    deleted_at: int | None = None
    gone_at: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The pod for JSON, without fields that are None."""
        content = {
            "pod": self.number,
            "revision": "new" if self.is_new else "old",
            "created_ms": self.created_at,
            "ready_ms": self.ready_at,
            "available_ms": self.available_at,
            "deleted_ms": self.deleted_at,
            "gone_ms": self.gone_at,
        }
        return {key: value for key, value in content.items() if value is not None}


class RolloutTimeline(Struct, frozen=True, kw_only=True, dict=True):
    """Everything that happened in a rollout.

    Attributes:
        plan: how pods are replaced.
        pods: the old pods, then the new ones in the order of their creation.
        done_at: when every pod is new and available, in milliseconds.
        failed_at: when a Deployment reports that its progress deadline is exceeded, in milliseconds, although the
            rollout continues; None if it does not.
    """

    plan: RolloutPlan
    pods: tuple[ReplacedPod, ...]
    done_at: int
    failed_at: int | None

    def available(self, moment: int) -> int:
        """The number of old and new pods that are available at a moment."""
        return sum(
            (not pod.is_new or (pod.available_at is not None and pod.available_at <= moment))
            and (pod.deleted_at is None or moment < pod.deleted_at)
            for pod in self.pods
        )

    def as_dict(self) -> dict[str, Any]:
        """The rollout for JSON."""
        return {
            "kind": self.plan.kind,
            "strategy": self.plan.strategy,
            "pods": [pod.as_dict() for pod in self.pods],
            "done_ms": self.done_at,
            "progress_deadline_exceeded_ms": self.failed_at,
        }
