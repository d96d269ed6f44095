"""The simulation of one pod: it owns the event_queue, the containers and the workers, and writes down what happens."""

from __future__ import annotations

from typing import Final

from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.timeline.model.kubelet import IDEAL, SIDECARS_OUTLIVE_NEVER_SINCE, Kubelet
from pulumi_probes.timeline.model.pod import Pod
from pulumi_probes.timeline.model.result import AttemptRun, Event, EventKind, Timeline
from pulumi_probes.timeline.model.scenario import SIGKILL_EXIT_CODE, Scenario, Script
from pulumi_probes.timeline.simulator.container import ContainerState, Process, Status
from pulumi_probes.timeline.simulator.event_queue import EventQueue, Priority
from pulumi_probes.timeline.simulator.pod_worker import PodWorker
from pulumi_probes.timeline.simulator.probe_worker import ProbeWorker
from pulumi_probes.timeline.simulator.termination import stop_pod

DEFAULT_LIMIT: Final = 100_000
"""How many steps a simulation takes before it stops and says so; a healthy year needs a few dozen."""


def simulate(pod: Pod, scenario: Scenario, kubelet: Kubelet = IDEAL, *, limit: int = DEFAULT_LIMIT) -> Timeline:
    """Play a scenario.

    Args:
        pod: the pod.
        scenario: what happens to it.
        kubelet: the kubelet's version, phases and latencies.
        limit: stop after this many steps; the timeline then says that it is truncated.

    Raises:
        InvalidScenario: the scenario makes no sense for this pod.
    """
    return Simulation(pod, scenario, kubelet).play(limit)


class Simulation:
    """One pod under one scenario."""

    def __init__(self, pod: Pod, scenario: Scenario, kubelet: Kubelet) -> None:
        self.pod = pod
        self.scenario = scenario.checked([spec.name for spec in pod.all_containers])
        self.kubelet = kubelet
        self.event_queue = EventQueue()
        self.horizon = scenario.horizon
        self.is_ready = False
        self.is_ending = False
        self._is_deleted = False
        self._has_traffic = False
        self._ended_at: int | None = None
        self._events: list[Event] = []
        self._attempts: list[AttemptRun] = []
        self._newest_run: dict[tuple[str, ProbeKind], int] = {}
        self.containers = {
            spec.name: ContainerState(spec, scenario.scripts.get(spec.name, Script()), kubelet)
            for spec in pod.all_containers
        }
        rank = 0
        for container in self.containers.values():
            for kind, probe in container.spec.probes:
                container.workers[kind] = ProbeWorker(self, container, kind, probe, rank)
                rank += 1
        self._pod_worker = PodWorker(self)

    def play(self, limit: int) -> Timeline:
        """Run until the horizon, the pod's end or the limit."""
        self._pod_worker.request(0)
        if self.scenario.deleted_at is not None:
            self.event_queue.add(self.scenario.deleted_at, Priority.PROCESS, self._delete)
        steps = 0
        ends_at, is_truncated = self.horizon, False
        while (moment := self.event_queue.next_moment()) is not None and moment < self.horizon:
            if self._ended_at is not None and moment > self._ended_at + self.kubelet.published_after:
                break
            if steps == limit:
                ends_at, is_truncated = moment, True
                break
            self.event_queue.run_next()
            steps += 1
        if self._ended_at is not None and not is_truncated:
            ends_at = max(self._ended_at, self._events[-1].at)
        self.event_queue.turn = Priority.PROCESS
        for container in self.containers.values():
            for worker in container.workers.values():
                worker.account(ends_at)
        return Timeline(
            pod=self.pod,
            scenario=self.scenario,
            kubelet=self.kubelet,
            events=tuple(self._events),
            attempts=tuple(sorted(self._attempts, key=lambda run: (run.first, run.ends))),
            ends_at=ends_at,
            truncated=is_truncated,
        )

    # What others write down.

    def log(self, event: Event) -> None:
        """Add an event."""
        self._events.append(event)

    def log_killing(self, container: ContainerState, kind: ProbeKind, now: int, grace: int) -> None:
        """Say that a container is killed because of a probe."""
        process = container.process
        life = process.number if process is not None else None
        name = container.spec.name
        self.log(Event(now, EventKind.KILLING, name, life, probe=kind, until=now + grace, cause=kind.word))

    def record_attempts(self, run: AttemptRun) -> None:
        """Add attempts, to the last run if they continue it."""
        key = (run.container, run.kind)
        index = self._newest_run.get(key)
        if index is not None:
            last = self._attempts[index]
            spacing = run.first - last.last
            alike = (last.outcome, last.duration, last.life) == (run.outcome, run.duration, run.life)
            is_regular = not (last.manual or run.manual) and spacing > 0
            fits = (last.count == 1 or last.spacing == spacing) and (run.count == 1 or run.spacing == spacing)
            if alike and is_regular and fits:
                self._attempts[index] = AttemptRun(
                    run.container,
                    run.life,
                    run.kind,
                    last.first,
                    spacing,
                    last.count + run.count,
                    run.duration,
                    run.outcome,
                )
                return
        self._newest_run[key] = len(self._attempts)
        self._attempts.append(run)

    # Processes.

    def start(self, container: ContainerState, now: int) -> None:
        """Begin the next process of a container."""
        process = container.start(now)
        self.log(Event(now, EventKind.RUNNING, container.spec.name, process.number))
        if process.ends_at is not None:
            self.expect_exit(container, process)
        self._pod_worker.request(now + self.kubelet.own_seen_after)
        self.look_again(container, now)

    def expect_exit(self, container: ContainerState, process: Process) -> None:
        """Plan the end of a process at the moment that it is known to end, as things stand."""

        def end(now: int) -> None:
            if process.is_alive and process.ends_at == now:
                self._exit(container, process, now)

        if process.ends_at is not None:
            self.event_queue.add(process.ends_at, Priority.PROCESS, end)

    def _exit(self, container: ContainerState, process: Process, now: int) -> None:
        life, name = process.life, container.spec.name
        ends_itself = life.exits_at is not None and process.started_at + life.exits_at == now
        obeys = process.sigterm_at is not None and life.exits_after_sigterm == now - process.sigterm_at
        process.exited_at = now
        if ends_itself:
            process.exit_code, cause = life.exit_code, "exit" if life.exit_code == 0 else "crash"
        elif obeys:
            process.exit_code, cause = life.sigterm_exit_code, "SIGTERM"
        else:
            process.exit_code, cause = SIGKILL_EXIT_CODE, "SIGKILL"
            self.log(Event(now, EventKind.SIGKILL, name, process.number))
        self.log(Event(now, EventKind.EXITED, name, process.number, code=process.exit_code, cause=cause))
        for worker in container.workers.values():
            worker.process_exited(now)
        self._pod_worker.request(now + process.seen_after(self.kubelet))

    # Results and statuses.

    def record_verdict(self, container: ContainerState, kind: ProbeKind, life: int, now: int, *, passed: bool) -> None:
        """A probe has reached a threshold."""
        if not passed and kind is not ProbeKind.READINESS and container.result(kind, life) is not False:
            self.log(Event(now, EventKind.VERDICT, container.spec.name, life, probe=kind))
        self.set_result(container, kind, life, now, passed=passed)

    def set_result(
        self, container: ContainerState, kind: ProbeKind, life: int, now: int, *, passed: bool | None
    ) -> None:
        """Store a result; only a change is noticed, and readiness and startup reach the status cache at once.

        Mirrors `pkg/kubelet/prober/results/results_manager.go: Set` and what a change makes
        `pkg/kubelet/kubelet.go: syncLoopIteration` do; see docs/explanation/kubelet/pod-sync.md#results.
        """
        if container.results.get(kind) == (life, passed):
            return
        container.results[kind] = (life, passed)
        status = container.status
        if status is not None and status.life == life:
            if kind is ProbeKind.READINESS:
                self._set_ready(container, status, now, ready=passed is True and status.is_started)
            elif kind is ProbeKind.STARTUP and passed is True and not status.is_started:
                status.is_started = True
                self.log(Event(now, EventKind.STARTED, container.spec.name, life))
                self.look_again(container, now)
        if kind is not ProbeKind.LIVENESS or passed is False:
            self._pod_worker.request(now + self.kubelet.acts_after)

    def status_changed(self, container: ContainerState, old: Status | None, new: Status, now: int) -> None:
        """The pod worker has stored a new status."""
        was_ready = old is not None and old.is_ready
        if was_ready != new.is_ready:
            self._log_ready(container, new, now)
        self.look_again(container, now)

    def _set_ready(self, container: ContainerState, status: Status, now: int, *, ready: bool) -> None:
        if status.is_ready != ready:
            status.is_ready = ready
            self._log_ready(container, status, now)
            self.update_pod_ready(now)

    def _log_ready(self, container: ContainerState, status: Status, now: int) -> None:
        kind = EventKind.READY if status.is_ready else EventKind.NOT_READY
        probe = ProbeKind.READINESS if container.spec.readiness is not None else None
        self.log(Event(now, kind, container.spec.name, status.life, probe=probe))

    def update_pod_ready(self, now: int) -> None:
        """Work out whether the pod is Ready, and let the endpoints know.

        Mirrors `pkg/kubelet/status/generate.go: GenerateContainersReadyCondition`;
        see docs/explanation/kubelet/endpoints.md#pod-ready. Readiness gates are not modelled.
        """
        is_ready = all(
            container.status is not None and container.status.is_ready
            for container in self.containers.values()
            if container.spec.counts_for_readiness
        )
        if is_ready != self.is_ready:
            self.is_ready = is_ready
            self.log(Event(now, EventKind.POD_READY if is_ready else EventKind.POD_NOT_READY))
            self._publish(now, has_traffic=is_ready and not self._is_deleted)

    def _publish(self, now: int, *, has_traffic: bool) -> None:
        # `k8s.io/endpointslice/utils.go: podToEndpoint`: once the pod is being deleted, Ready no longer matters.
        # See docs/explanation/kubelet/endpoints.md#endpointslice.
        def publish(moment: int) -> None:
            if has_traffic != self._has_traffic and not (has_traffic and self._is_deleted):
                self._has_traffic = has_traffic
                self.log(Event(moment, EventKind.TRAFFIC if has_traffic else EventKind.NO_TRAFFIC))

        if self.kubelet.published_after == 0:
            publish(now)
        else:
            self.event_queue.add(now + self.kubelet.published_after, Priority.ANSWER, publish)

    def look_again(self, container: ContainerState, now: int) -> None:
        """Something has changed that a container's workers look at."""
        for worker in container.workers.values():
            worker.look_again(now)

    def ends_worker(self, container: ContainerState) -> bool:
        """Whether the workers of a container that does not run end for good.

        Mirrors `pkg/kubelet/prober/worker.go: doProbe`;
        see docs/explanation/kubelet/probe-worker.md#one-worker-per-probe.
        """
        if container.spec.is_sidecar:
            return self.pod.restart_policy == "Never" and self.kubelet.version < SIDECARS_OUTLIVE_NEVER_SINCE
        return container.status is not None and container.status.is_over

    # The end of the pod.

    def complete(self, kills: list[tuple[ContainerState, ProbeKind]], now: int) -> None:
        """Nothing is left to run: end what still runs, with the pod's own grace period."""
        for container, kind in kills:
            self.log_killing(container, kind, now, self.pod.grace)
        self._end(now, EventKind.COMPLETED)

    def _delete(self, now: int) -> None:
        if self.is_ending:
            return
        # `pkg/kubelet/kubelet.go: SyncTerminatingPod`; see docs/explanation/kubelet/termination.md#deletion.
        self._is_deleted = True
        self.log(Event(now, EventKind.DELETED, until=now + self.pod.grace))
        self._publish(now, has_traffic=False)
        self._pod_worker.cancel()
        self._pod_worker.publish(now)
        for container in self.containers.values():
            # A sidecar's workers go on, but nothing is restarted any more.
            if not container.spec.is_sidecar:
                for kind in (ProbeKind.STARTUP, ProbeKind.LIVENESS):
                    if kind in container.workers:
                        container.workers[kind].stop(now)
        self._end(now, EventKind.GONE)

    def _end(self, now: int, kind: EventKind) -> None:
        self.is_ending = True

        def ended(moment: int) -> None:
            for container in self.containers.values():
                for worker in container.workers.values():
                    worker.stop(moment)
                if container.status is not None:
                    container.status.is_running = container.status.is_started = container.status.is_ready = False
            self.update_pod_ready(moment)
            self.log(Event(moment, kind))
            self._ended_at = moment

        stop_pod(self, now, ended)
