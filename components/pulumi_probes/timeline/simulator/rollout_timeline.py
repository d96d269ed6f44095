"""What a simulated rollout says, as data: each pod, and when all of them were replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi_probes.timeline.bounds.rollout import RolloutPlan


@dataclass(slots=True, kw_only=True)
class ReplacedPod:
    """One pod during an update; moments in milliseconds from the beginning of the update.

    Attributes:
        number: which pod, counted from 0.
        is_new: whether it is of the new revision.
        created_at: 0 for the old ones.
        ready_at: when a new one becomes Ready.
        available_at: when it has been Ready for `minReadySeconds`.
        deleted_at: when an old one is told to go.
        gone_at: when it is gone.
    """

    number: int
    is_new: bool
    created_at: int = 0
    ready_at: int | None = None
    available_at: int | None = None
    deleted_at: int | None = None
    gone_at: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The pod for JSON; what does not happen is left out."""
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


@dataclass(frozen=True, kw_only=True)
class RolloutTimeline:
    """What happened in an update.

    Attributes:
        plan: how pods are replaced.
        pods: old ones, then new ones in the order of their creation.
        done_at: when every pod is new and available, in milliseconds.
        failed_at: when a Deployment reports that its progress deadline is exceeded, which stops nothing; or None.
    """

    plan: RolloutPlan
    pods: tuple[ReplacedPod, ...]
    done_at: int
    failed_at: int | None

    def available(self, moment: int) -> int:
        """How many pods are available at a moment, old or new."""
        return sum(
            (not pod.is_new or (pod.available_at is not None and pod.available_at <= moment))
            and (pod.deleted_at is None or moment < pod.deleted_at)
            for pod in self.pods
        )

    def as_dict(self) -> dict[str, Any]:
        """The update for JSON."""
        return {
            "kind": self.plan.kind,
            "strategy": self.plan.strategy,
            "pods": [pod.as_dict() for pod in self.pods],
            "done_ms": self.done_at,
            "progress_deadline_exceeded_ms": self.failed_at,
        }
