"""The simulation of one pod."""

from __future__ import annotations

from typing import Final

from pulumi_probes.timeline.model.kubelet import CONTAINER_POLICIES_SINCE, IDEAL, Kubelet
from pulumi_probes.timeline.model.pod import Pod
from pulumi_probes.timeline.model.result import Event, EventKind, Timeline
from pulumi_probes.timeline.model.scenario import Scenario, Script
from pulumi_probes.timeline.simulator.container import SimulatedContainer
from pulumi_probes.timeline.simulator.container_runtime import ContainerRuntime
from pulumi_probes.timeline.simulator.context import Context
from pulumi_probes.timeline.simulator.endpoints import Endpoints
from pulumi_probes.timeline.simulator.event_queue import EventQueue, Priority
from pulumi_probes.timeline.simulator.journal import Journal
from pulumi_probes.timeline.simulator.pod_syncer import PodSyncer
from pulumi_probes.timeline.simulator.pod_worker import PodWorker
from pulumi_probes.timeline.simulator.prober_manager import ProberManager
from pulumi_probes.timeline.simulator.results_manager import ResultsManager
from pulumi_probes.timeline.simulator.runtime_manager import RuntimeManager
from pulumi_probes.timeline.simulator.status_manager import StatusManager
from pulumi_probes.timeline.simulator.sync_loop import SyncLoop
from pulumi_probes.timeline.simulator.work_queue import WorkQueue

DEFAULT_LIMIT: Final = 100_000
"""The number of steps after which a simulation stops; a healthy year takes a few dozen."""


def simulate(pod: Pod, scenario: Scenario, kubelet: Kubelet = IDEAL, *, limit: int = DEFAULT_LIMIT) -> Timeline:
    """Simulate a pod in a scenario.

    Args:
        pod: the pod.
        scenario: the scenario.
        kubelet: the kubelet's version, phases and latencies.
        limit: the number of steps after which the simulation stops; the timeline is then marked as truncated.

    Raises:
        InvalidScenario: the scenario is invalid or does not fit the pod; the message lists all problems.
    """
    if kubelet.version < CONTAINER_POLICIES_SINCE:
        pod = pod.without_container_policies()
    return Simulation(pod, scenario.checked([spec.name for spec in pod.all_containers]), kubelet).run(limit)


class Simulation:
    """One pod in a scenario, with a kubelet, a container runtime and the endpoints of its Service."""

    def __init__(self, pod: Pod, scenario: Scenario, kubelet: Kubelet) -> None:
        self._scenario = scenario
        self._context = context = Context(
            pod=pod,
            kubelet=kubelet,
            horizon=scenario.horizon,
            containers={
                spec.name: SimulatedContainer(spec, scenario.scripts.get(spec.name, Script()))
                for spec in pod.all_containers
            },
            event_queue=EventQueue(),
            journal=Journal(),
        )
        self._endpoints = Endpoints(context)
        self._work_queue = WorkQueue(context.event_queue)
        statuses = StatusManager(context, self._endpoints)
        sync_loop = SyncLoop(kubelet, statuses, self._work_queue)
        results = ResultsManager(sync_loop.handle_result)
        self._probers = ProberManager(context, results, statuses)
        syncer = PodSyncer(
            context,
            work_queue=self._work_queue,
            results=results,
            statuses=statuses,
            probers=self._probers,
            runtime=RuntimeManager(context, ContainerRuntime(context, sync_loop.handle_process)),
        )
        self._pod_worker = PodWorker(context, self._work_queue, syncer)

    def run(self, limit: int) -> Timeline:
        """Run until the horizon, the end of the pod or the limit of steps."""
        event_queue, journal, worker = self._context.event_queue, self._context.journal, self._pod_worker
        self._work_queue.add(0)
        if self._scenario.deleted_at is not None:
            event_queue.add(self._scenario.deleted_at, Priority.PROCESS, self._delete)
        steps = 0
        ends_at, is_truncated = self._scenario.horizon, False
        while (moment := event_queue.next_moment()) is not None and moment < self._scenario.horizon:
            if (
                worker.terminated_at is not None
                and moment > worker.terminated_at + self._context.kubelet.published_after
            ):
                # The pod has ended, and its endpoint is updated.
                break
            if steps == limit:
                ends_at, is_truncated = moment, True
                break
            event_queue.run_next()
            steps += 1
        if worker.terminated_at is not None and not is_truncated:
            ends_at = max(worker.terminated_at, journal.events[-1].at)
        event_queue.turn = Priority.PROCESS
        self._probers.account(ends_at)
        return Timeline(
            pod=self._context.pod,
            scenario=self._scenario,
            kubelet=self._context.kubelet,
            events=tuple(journal.events),
            attempts=journal.attempts,
            ends_at=ends_at,
            truncated=is_truncated,
        )

    def _delete(self, now: int) -> None:
        """Delete the pod in the API server, which endpoints and kubelet see at once."""
        if self._pod_worker.is_terminating:
            return
        self._context.journal.log(Event(now, EventKind.DELETED, until=now + self._context.pod.grace))
        self._endpoints.pod_deleted(now)
        self._pod_worker.delete(now)
