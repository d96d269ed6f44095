"""The timings that probes guarantee, as data and as sentences, for a container and for a workload with its rollout."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from pulumi_probes.model.await_timeout import DEPLOYER_NAMES
from pulumi_probes.model.plurals import counted, enumerated
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.bounds.probe import Interval
from pulumi_probes.timeline.bounds.rollout import RolloutPlan
from pulumi_probes.timeline.model.duration import format_seconds


class HealthSummary(Struct, frozen=True, kw_only=True):
    """The timings that the probes of one container guarantee, in seconds; None where there is no bound.

    Attributes:
        guaranteed_start: the longest startup that no phase of the ticker ends with a kill; None if no probe limits the
            startup time.
        never_answers_killed: when a container that never responds is killed, from its start.
        ready_within: the latest time at which a container whose startup takes `guaranteed_start` is Ready, from its
            start.
        ready_delay: the longest time from the moment at which the application begins to respond, each time at once, to
            Ready; None if the container never becomes Ready.
        hung_leaves_traffic: from a hang until the pod is not Ready; None without a readiness probe.
        hung_killed: from a hang until the liveness probe fails; None without a liveness probe.
        hung_restarted: from a hang until the process has ended and the next one starts, preStop hook and grace period
            included.
        restarts: whether a next process starts, as the restart policy says.
        stop_within: from the deletion of a pod until SIGKILL at the latest.
        waits_for_answers: whether a probe must pass before the container is Ready.
        becomes_ready: False if a startup or readiness probe uses a port name that the container does not declare, so
            that every attempt is an error, which is not counted.
        start_budget: the longest time that the kubelet waits for a startup before it kills the container.
        ready_budget: the longest time until Ready that the kubelet may still wait for, from the container's start.
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
        """The summary as sentences, one line each.

        Args:
            is_one_of_several: whether the pod has other containers.
        """
        return (
            self._start_line(),
            self._hang_line(is_one_of_several=is_one_of_several),
            f"Stops within {format_seconds(self.stop_within)}.",
        )

    def as_dict(self) -> dict[str, Any]:
        """The same numbers for JSON; an interval is ``[earliest, latest]``."""
        return {
            name: [value.earliest, value.latest] if isinstance(value, Interval) else value
            for name, value in ((name, getattr(self, name)) for name in self.__struct_fields__)
        }

    def _start_line(self) -> str:
        limit = (
            ""
            if self.guaranteed_start is None
            else f"; a startup of up to {format_seconds(self.guaranteed_start)} is allowed"
        )
        if not self.becomes_ready:
            return f"Never Ready: a probe uses a port name that the container does not declare{limit}."
        if not self.waits_for_answers:
            return f"Ready as soon as it runs, whether or not it responds{limit}."
        if self.guaranteed_start is None:
            delay = format_seconds(self.ready_delay or 0)
            return f"Ready at most {delay} after it responds; startup time is not limited."
        return f"Ready within {format_seconds(self.ready_within or 0)}{limit}."

    def _hang_line(self, *, is_one_of_several: bool) -> str:
        leaves, restarted = self.hung_leaves_traffic, self.hung_restarted
        if is_one_of_several:
            subject, keeps, stops = "container", "does not stop traffic to the pod", "stops traffic to the pod"
        else:
            subject, keeps, stops = "pod", "keeps receiving traffic", "stops receiving traffic"
        clauses: list[str] = []
        if self.becomes_ready:
            clauses.append(keeps if leaves is None else f"{stops} after {format_interval(leaves)}")
        if restarted is None:
            clauses.append("is never restarted")
        elif self.restarts:
            clauses.append(f"is restarted after {format_interval(restarted)}")
        else:
            clauses += [f"is terminated after {format_interval(restarted)}", "is not restarted"]
        return f"A hung {subject} {enumerated(clauses)}."


class ContainerSummary(Struct, frozen=True, kw_only=True):
    """The timings of one container of a pod."""

    name: str
    role: ContainerRole
    health: HealthSummary


class WorkloadSummary(Struct, frozen=True, kw_only=True):
    """The timings that a workload guarantees, in seconds.

    Attributes:
        containers: the containers that can have probes, sidecars first.
        ready_within: the latest time at which the pod is Ready if every startup takes its guaranteed time, from the
            start of its first sidecar or container; None if the startup time of a container is not limited.
        ready_budget: the longest time that the kubelet waits for the pod before it kills a container.
        stop_within: from the pod's deletion until its last container has ended.
        plan: how pods are replaced.
        rollout_within: the longest rollout of all pods; None if `ready_within` is None or the kind has no rollouts.
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
        """Whether every container can become Ready."""
        return all(container.health.becomes_ready for container in self.containers)

    @property
    def fits_progress_deadline(self) -> bool | None:
        """Whether a healthy rollout is never reported as failed; None without a deadline or a bound."""
        deadline = self.plan.progress_deadline_seconds
        return None if deadline is None or self.longest_gap is None else self.longest_gap < deadline

    @property
    def fits_create_timeout(self) -> bool | None:
        """Whether Pulumi waits long enough for a healthy first rollout; None without a wait or a bound."""
        return _fits(self.plan.awaited(self.create_within), self.plan.create_timeout_seconds)

    @property
    def fits_update_timeout(self) -> bool | None:
        """Whether Pulumi waits long enough for a healthy rollout of all pods; None without a wait or a bound."""
        if self.plan.endless_wait is not None:
            return False
        return _fits(self.plan.awaited(self.rollout_within), self.plan.update_timeout_seconds)

    def lines(self) -> tuple[str, ...]:
        """The summary as sentences, one line each; containers are named if there are several."""
        several = len(self.containers) > 1
        lines: list[str] = []
        for container in self.containers:
            prefix = f"{container.name}: " if several else ""
            start, hang, stop = container.health.lines(is_one_of_several=several)
            lines += [prefix + start, prefix + hang, *[stop] * (not several)]
        if several:
            if not self.becomes_ready:
                lines.append("The pod never becomes Ready.")
            elif self.ready_within:
                lines.append(f"The pod is Ready within {format_seconds(self.ready_within)}.")
            lines.append(f"The pod stops within {format_seconds(self.stop_within)}.")
        lines += [self._create_line(), self._rollout_line(), self._endless_line()]
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
            "deployer": self.plan.deployer,
            "endless_wait": self.plan.endless_wait,
        }

    def _create_line(self) -> str:
        """The first rollout, only if Pulumi gives up before its end: a later rollout never takes less time."""
        if self.fits_create_timeout is not False or self.create_within is None:
            return ""
        takes = format_seconds(self.create_within)
        timeout = format_seconds(max(0, self.plan.create_timeout_seconds or 0))
        return f"The first rollout takes at most {takes}, but {self._waiter} gives up after {timeout}."

    @property
    def _waiter(self) -> str:
        return DEPLOYER_NAMES[self.plan.deployer]

    def _endless_line(self) -> str:
        """The deployer waits in vain for the end of an update."""
        if self.plan.endless_wait is None:
            return ""
        timeout = self.plan.update_timeout_seconds
        until = "" if timeout is None else f": {self._waiter} gives up after {format_seconds(max(0, timeout))}"
        return f"The wait for an update never ends well{until}, because {self.plan.endless_wait}."

    def _rollout_line(self) -> str:
        if self.rollout_within is None:
            return ""
        if self.plan.kind == "DaemonSet":
            rollout = f"A rollout on {counted(self.plan.pods, 'node')}"
        else:
            rollout = f"A rollout of {counted(self.plan.pods, 'replica')}"
        if self.rollout_within == 0:
            return f"{rollout} does not wait for new pods to respond."
        line = f"{rollout} takes at most {format_seconds(self.rollout_within)}"
        failures: list[str] = []
        if self.fits_progress_deadline is False:
            failures.append(f"is reported as failed after {format_seconds(self.plan.progress_deadline_seconds or 0)}")
        if self.fits_update_timeout is False and self.plan.endless_wait is None:
            timeout = format_seconds(max(0, self.plan.update_timeout_seconds or 0))
            failures.append(f"{self._waiter} gives up after {timeout}")
        return f"{line}, but {enumerated(failures)}." if failures else f"{line}."


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
