"""The timings that probes guarantee, as data and as sentences, for a container and for a workload with its rollout."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from pulumi_probes.model.plurals import counted
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.bounds.probe import Interval
from pulumi_probes.timeline.bounds.rollout import RolloutPlan
from pulumi_probes.timeline.model.duration import format_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSummary:
    """The timings that the probes of one container guarantee, in seconds; None where there is no bound.

    Attributes:
        guaranteed_start: a start of up to this long survives in every phase; None when nothing ever kills it.
        never_answers_killed: when a container that never answers is killed, from its start.
        ready_within: a start that takes `guaranteed_start` is Ready by then, from the container's start.
        ready_delay: the longest from the first answer until Ready, for an application that answers at once; None when
            it never is.
        hung_leaves_traffic: from a hang until the pod is not Ready; None without a readiness probe.
        hung_killed: from a hang until liveness decides to kill; None without a liveness probe.
        hung_restarted: from a hang until the process is gone and its successor starts, preStop and grace included.
        restarts: whether there is a successor; the restart policy may forbid one.
        stop_within: from the deletion of a pod until SIGKILL at the latest.
        waits_for_answers: whether anything is asked before the container counts as Ready.
        becomes_ready: False when a startup or readiness probe names a port that the container does not have, so that
            every attempt is an error, which counts for nothing.
        start_budget: the longest the kubelet waits for a start before it kills.
        ready_budget: the longest until Ready that the kubelet may still wait for, from the container's start.
    """

    guaranteed_start: int | None
    never_answers_killed: Interval | None
    ready_within: int | None
    ready_delay: int | None
    hung_leaves_traffic: Interval | None
    hung_killed: Interval | None
    hung_restarted: Interval | None
    restarts: bool
    stop_within: int
    waits_for_answers: bool
    becomes_ready: bool
    start_budget: int | None
    ready_budget: int | None

    def lines(self, *, is_one_of_several: bool = False) -> tuple[str, ...]:
        """The summary as sentences, one line each; of one container among several where it is not the whole pod."""
        return (
            self._start_line(),
            self._hang_line(is_one_of_several=is_one_of_several),
            f"Stops within {format_seconds(self.stop_within)}.",
        )

    def as_dict(self) -> dict[str, Any]:
        """The same numbers for JSON; an interval is ``[earliest, latest]``."""
        return {
            name: [value.earliest, value.latest] if isinstance(value, Interval) else value
            for name, value in ((item.name, getattr(self, item.name)) for item in fields(self))
        }

    def _start_line(self) -> str:
        given_up = (
            ""
            if self.guaranteed_start is None
            else f"; a start of up to {format_seconds(self.guaranteed_start)} survives"
        )
        if not self.becomes_ready:
            return f"Never Ready: a probe names a port that the container lacks{given_up}."
        if not self.waits_for_answers:
            return f"Ready as soon as it runs, whether it answers or not{given_up}."
        if self.guaranteed_start is None:
            return f"Ready at most {format_seconds(self.ready_delay or 0)} after it answers; no start is ever given up."
        return f"Ready within {format_seconds(self.ready_within or 0)}{given_up}."

    def _hang_line(self, *, is_one_of_several: bool) -> str:
        leaves, restarted = self.hung_leaves_traffic, self.hung_restarted
        traffic = "keeps its traffic" if leaves is None else f"leaves traffic after {format_interval(leaves)}"
        who = "pod"
        if is_one_of_several:
            who = "container"
            traffic = (
                "leaves the pod its traffic"
                if leaves is None
                else f"takes the pod out of traffic after {format_interval(leaves)}"
            )
        verb = "is restarted" if self.restarts else "ends for good"
        restart = "is never restarted" if restarted is None else f"{verb} after {format_interval(restarted)}"
        if not self.becomes_ready:
            return f"A hung {who} {restart}."
        return f"A hung {who} {traffic} and {restart}."


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSummary:
    """The timings of one container of a pod."""

    name: str
    role: ContainerRole
    health: HealthSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadSummary:
    """The timings that a workload guarantees, in seconds.

    Attributes:
        containers: those that may have probes, sidecars first.
        ready_within: the pod is Ready by then if every start takes its guaranteed time, from the start of its first
            sidecar or container; None when one container's start is unbounded.
        ready_budget: the longest the kubelet waits for the pod before it gives up on a container.
        stop_within: from the pod's deletion until its last container is gone.
        plan: how pods are replaced.
        rollout_within: the longest rollout of all pods; None if `ready_within` is, or if the kind has no rollouts.
        create_within: the longest first rollout.
        longest_gap: the longest time without progress in a healthy rollout.
    """

    containers: tuple[ContainerSummary, ...]
    ready_within: int | None
    ready_budget: int | None
    stop_within: int
    plan: RolloutPlan
    rollout_within: int | None
    create_within: int | None
    longest_gap: int | None

    @property
    def becomes_ready(self) -> bool:
        """Whether nothing keeps a container from ever being Ready."""
        return all(container.health.becomes_ready for container in self.containers)

    @property
    def fits_progress_deadline(self) -> bool | None:
        """Whether a healthy roll-out is never reported as failed; None where there is no deadline or no bound."""
        deadline = self.plan.progress_deadline_seconds
        return None if deadline is None or self.longest_gap is None else self.longest_gap < deadline

    @property
    def fits_create_timeout(self) -> bool | None:
        """Whether Pulumi waits long enough for a healthy first rollout; None where it does not wait, or no bound is."""
        return _fits(self.create_within, self.plan.create_timeout_seconds)

    @property
    def fits_update_timeout(self) -> bool | None:
        """The same for a healthy update of all pods."""
        return _fits(self.rollout_within, self.plan.update_timeout_seconds)

    def lines(self) -> tuple[str, ...]:
        """The summary as sentences, one line each; containers are named when there are several."""
        several = len(self.containers) > 1
        lines: list[str] = []
        for container in self.containers:
            prefix = f"{container.name}: " if several else ""
            lines += [
                prefix + line for line in container.health.lines(is_one_of_several=several)[: 2 if several else 3]
            ]
        if several:
            if not self.becomes_ready:
                lines.append("The pod never becomes Ready.")
            elif self.ready_within:
                lines.append(f"The pod is Ready within {format_seconds(self.ready_within)}.")
            lines.append(f"The pod stops within {format_seconds(self.stop_within)}.")
        lines += [self._create_line(), self._rollout_line()]
        return tuple(line for line in lines if line)

    def as_dict(self) -> dict[str, Any]:
        """The same numbers for JSON."""
        return {
            "containers": [
                {"name": item.name, "role": item.role.value, **item.health.as_dict()} for item in self.containers
            ],
            "ready_within": self.ready_within,
            "ready_budget": self.ready_budget,
            "stop_within": self.stop_within,
            "rollout_within": self.rollout_within,
            "create_within": self.create_within,
            "longest_gap": self.longest_gap,
            "progress_deadline": self.plan.progress_deadline_seconds,
            "create_timeout": self.plan.create_timeout_seconds,
            "await_timeout": self.plan.update_timeout_seconds,
        }

    def _create_line(self) -> str:
        """The first rollout where Pulumi gives up too early; otherwise the update, which takes no less, says enough."""
        if self.fits_create_timeout is not False or self.create_within is None:
            return ""
        takes = format_seconds(self.create_within)
        timeout = format_seconds(max(0, self.plan.create_timeout_seconds or 0))
        return f"The first rollout takes at most {takes}, but Pulumi gives up after {timeout}."

    def _rollout_line(self) -> str:
        if self.rollout_within is None:
            return ""
        pods = counted(self.plan.pods, "node" if self.plan.kind == "DaemonSet" else "replica")
        if self.rollout_within == 0:
            return f"An update of {pods} waits for no answer of a new pod."
        line = f"An update of {pods} takes at most {format_seconds(self.rollout_within)}"
        if self.fits_progress_deadline is False:
            line += f", but is reported as failed after {format_seconds(self.plan.progress_deadline_seconds or 0)}"
        if self.fits_update_timeout is False:
            line += f", but Pulumi gives up after {format_seconds(max(0, self.plan.update_timeout_seconds or 0))}"
        return line + "."


def format_interval(interval: Interval) -> str:
    """An interval for a sentence: ``8-14 s``, ``3 min 5 s to 4 min``."""
    earliest, latest = format_seconds(interval.earliest), format_seconds(interval.latest)
    if interval.earliest == interval.latest:
        return latest
    if earliest.count(" ") == latest.count(" ") == 1 and earliest[-1] == latest[-1] == "s":
        return f"{interval.earliest}-{latest}"
    return f"{earliest} to {latest}"


def _fits(takes: int | None, timeout: int | None) -> bool | None:
    return None if takes is None or timeout is None else takes <= timeout
