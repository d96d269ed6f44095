"""The kubelet's pod worker: one goroutine per pod that looks, decides, kills and starts, and blocks while it does.

Mirrors `pkg/kubelet/pod_workers.go: podWorkerLoop` and what it calls, `pkg/kubelet/kubelet.go: SyncPod` and
`pkg/kubelet/kuberuntime/kuberuntime_manager.go: SyncPod`; see docs/explanation/kubelet/pod-sync.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.model.duration import MILLISECONDS
from pulumi_probes.timeline.model.result import Event, EventKind
from pulumi_probes.timeline.simulator.container import ContainerState, Status
from pulumi_probes.timeline.simulator.event_queue import Priority
from pulumi_probes.timeline.simulator.pod_actions import Sight, Sights, compute_pod_actions
from pulumi_probes.timeline.simulator.task import Steps, Task
from pulumi_probes.timeline.simulator.termination import stop_container

if TYPE_CHECKING:
    from pulumi_probes.timeline.simulator.simulation import Simulation


class PodWorker:
    """One pod worker."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._errand: Task | None = None
        self._is_requested = False
        self._planned: set[int] = set()
        self._may_sync_from = 0
        self._resync_number = 0
        self._refused: dict[str, int] = {}

    def request(self, at: int) -> None:
        """Ask for a sync at a moment; requests for the same moment are one."""
        if at not in self._planned and not self._simulation.is_ending:
            self._planned.add(at)
            self._simulation.event_queue.add(at, Priority.SYNC, self._begin)

    def cancel(self) -> None:
        """Drop whatever it is doing, because the pod is to end."""
        if self._errand is not None:
            self._errand.cancel()
            self._errand = None

    def _begin(self, now: int) -> None:
        self._planned.discard(now)
        if self._simulation.is_ending:
            return
        if self._errand is not None:
            self._is_requested = True
        elif now < self._may_sync_from:
            # `podWorkerLoop` waits for a look at the runtime that is newer than its last sync.
            # See docs/explanation/kubelet/pod-sync.md#the-pod-worker.
            self.request(self._may_sync_from)
        else:
            self._resync_number += 1
            self._errand = Task(self._simulation.event_queue, self._sync(now), self._end)
            self._errand.begin(now)

    def _end(self, now: int) -> None:
        self._errand = None
        kubelet = self._simulation.kubelet
        self._may_sync_from = now + kubelet.own_seen_after
        if self._is_requested:
            self._is_requested = False
            self.request(now)
        elif kubelet.resync_every is not None and not self._simulation.is_ready:
            # The kubelet's own rhythm matters only where it runs readiness probes: on pods that are not Ready.
            number = self._resync_number

            def resync(moment: int) -> None:
                if number == self._resync_number:
                    self.request(moment)

            self._simulation.event_queue.add(now + kubelet.resync_every, Priority.SYNC, resync)

    def _sync(self, now: int) -> Steps:
        # Everything below decides by what was seen here, also after kills that take as long as a grace period:
        # see docs/explanation/kubelet/pod-sync.md#order-of-a-sync.
        simulation = self._simulation
        sights = self._look(now)
        self.publish(now, sights)
        decisions = compute_pod_actions(simulation.pod, simulation.containers, sights)
        if decisions.ends_pod:
            simulation.complete(decisions.kills, now)
            return now
        for container, kind in decisions.kills:
            now = yield from self._kill(container, kind, now)
        refused: list[int] = []
        for container in decisions.starts:
            sight = sights.get(container.spec.name)
            until = container.back_off.refused_until(now, None if sight is None else sight.exited_at)
            if until is None:
                now = yield from self._start(container, now)
                continue
            refused.append(until)
            self._log_refusal(container, now, until)
            if container.spec.role is ContainerRole.INIT:
                # What follows a plain init container needs it; a sidecar's refusal does not hold up the others.
                break
        if refused:
            # `pkg/kubelet/pod_workers.go: completeWork`;
            # see docs/explanation/kubelet/back-off.md#when-a-refused-start-is-tried-again.
            self.request(now + simulation.kubelet.requeued_after(min(refused) - now))
        return now

    def publish(self, now: int, sights: Sights | None = None) -> None:
        """Write what was seen into the status cache, and trigger readiness workers that are not content.

        Mirrors `pkg/kubelet/prober/prober_manager.go: UpdatePodStatus`;
        see docs/explanation/kubelet/probe-worker.md#manual-runs.
        """
        simulation = self._simulation
        sights = self._look(now) if sights is None else sights
        for name, container in simulation.containers.items():
            sight = sights.get(name)
            if sight is None:
                continue
            old, new = container.status, self._status(container, sight)
            is_new = old is None or old.life != new.life
            container.status = new
            readiness = container.workers.get(ProbeKind.READINESS)
            if readiness is not None and new.is_started and not new.is_ready:
                # The trigger comes before the status is stored, so a worker that does not know the process yet
                # finds nothing to probe; the next sync, which follows at once, makes up for it.
                if is_new:
                    readiness.miss_trigger(now)
                else:
                    readiness.trigger(now)
            if old != new:
                simulation.status_changed(container, old, new, now)
            if is_new and new.is_running:
                self._look_again(now, simulation.kubelet.second_looks.get((name, new.life), 0))
        simulation.update_pod_ready(now)

    def _look_again(self, now: int, delay: int) -> None:
        if delay:
            self.request(now + delay)
        else:
            self._is_requested = True

    def _look(self, now: int) -> dict[str, Sight]:
        # Three processes are enough: the newest may not be seen yet, nor the end of the one before it, but the one
        # before that is known to have ended.
        sights: dict[str, Sight] = {}
        kubelet = self._simulation.kubelet
        for name, container in self._simulation.containers.items():
            seen = [
                process for process in container.processes[-3:] if process.started_at + kubelet.own_seen_after <= now
            ]
            if not seen:
                continue
            ended = [process.exited_at for process in seen if process.is_seen_ended(now, kubelet)]
            newest = seen[-1]
            is_running = not newest.is_seen_ended(now, kubelet)
            sights[name] = Sight(newest, is_running, ended[-1] if ended else None)
        return sights

    def _status(self, container: ContainerState, sight: Sight) -> Status:
        process, spec = sight.process, container.spec
        passed_startup = spec.startup is None or container.result(ProbeKind.STARTUP, process.number) is True
        is_started = sight.is_running and passed_startup
        passed = spec.readiness is None or container.result(ProbeKind.READINESS, process.number) is True
        # `pkg/kubelet/status/status_manager.go: normalizeStatus` cuts the start to a whole second of the wall clock;
        # see docs/explanation/kubelet/probe-worker.md#initial-delay. Since 1.35 a new process may inherit `started`,
        # which is not modelled: see docs/explanation/kubelet/versions.md#started-is-inherited.
        wall = self._simulation.kubelet.clock_fraction
        return Status(
            life=process.number,
            is_running=sight.is_running,
            is_started=is_started,
            is_ready=is_started and passed,
            started_at=(process.started_at + wall) // MILLISECONDS * MILLISECONDS - wall,
            is_over=not sight.is_running and not self._simulation.pod.may_restart(spec, process.exit_code),
        )

    def _kill(self, container: ContainerState, kind: ProbeKind, now: int) -> Steps:
        # `pkg/kubelet/kuberuntime/kuberuntime_container.go: setTerminationGracePeriod`;
        # see docs/explanation/kubelet/termination.md#grace-period.
        probe = container.spec.probe(kind)
        own = probe.grace if probe is not None else None
        grace = self._simulation.pod.grace if own is None else own
        self._simulation.log_killing(container, kind, now, grace)
        return (yield from stop_container(self._simulation, container, grace, now))

    def _start(self, container: ContainerState, now: int) -> Steps:
        process = container.process
        life = 1 if process is None else process.number + 1
        latency = self._simulation.kubelet.start_latency(container.spec.name, life)
        if latency:
            now = yield now + latency
        self._refused.pop(container.spec.name, None)
        self._simulation.start(container, now)
        if container.post_start:
            # `pkg/kubelet/kuberuntime/kuberuntime_container.go: startContainer` waits for the hook, so no sync sees the
            # container, and no probe runs, before the hook is over.
            now = yield now + container.post_start
        return now

    def _log_refusal(self, container: ContainerState, now: int, until: int) -> None:
        name = container.spec.name
        if self._refused.get(name) != until:
            self._refused[name] = until
            process = container.process
            life = process.number if process else None
            self._simulation.log(Event(now, EventKind.BACK_OFF, name, life, until=until))
