"""A workload to simulate: its pod, and what decides how its pods are replaced."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from pulumi_probes.model.probe import HealthContract
from pulumi_probes.model.version import DEFAULT, KubernetesVersion
from pulumi_probes.model.workload import Workload
from pulumi_probes.timeline.bounds.workload import WorkloadSummary, summarize_contract, summarize_workload
from pulumi_probes.timeline.drawing.diagram import Diagram, diagram_of, diagram_of_rollout
from pulumi_probes.timeline.model.duration import MILLISECONDS
from pulumi_probes.timeline.model.kubelet import IDEAL, Kubelet
from pulumi_probes.timeline.model.pod import Pod
from pulumi_probes.timeline.model.pod_reader import pod_of_contract, read_pod
from pulumi_probes.timeline.model.result import Timeline
from pulumi_probes.timeline.model.scenario import InvalidScenario
from pulumi_probes.timeline.scenarios.catalog import ROLLOUT
from pulumi_probes.timeline.scenarios.named import named_scenario
from pulumi_probes.timeline.simulator import simulate
from pulumi_probes.timeline.simulator.rollout import simulate_rollout
from pulumi_probes.timeline.simulator.rollout_timeline import RolloutTimeline

DEFAULT_SCENARIOS: Final = (
    "starts-in 40s",
    "hangs-at 100s",
    "starts-in 15s + crashes-at 60s",
    "dependency-slow 5s",
    "node-drain",
    ROLLOUT,
)
"""The scenarios that are drawn unless others are given: start, hang, crash, slow dependency, drain and rollout."""


class SimulatedWorkload(Struct, frozen=True, kw_only=True, dict=True):
    """A pod and its workload.

    Attributes:
        name: its kind and name, such as ``Deployment shop/cart``.
        pod: one of its pods.
        summary: the timings that it guarantees.
    """

    name: str
    pod: Pod
    summary: WorkloadSummary

    def timeline(self, scenario: str, kubelet: Kubelet = IDEAL, *, container: str | None = None) -> Timeline:
        """Simulate one pod in a named scenario.

        Args:
            scenario: names with their durations, joined by ``+``.
            kubelet: the kubelet's version, phases and latencies.
            container: the container that the scenario applies to; by default the one that `choose_container` returns.

        Raises:
            InvalidScenario: the scenario or the container does not exist.
        """
        return simulate(self.pod, named_scenario(scenario, self.pod, container=container, kubelet=kubelet), kubelet)

    def rollout_timeline(self) -> RolloutTimeline:
        """Simulate a rollout of all pods in which every startup takes its guaranteed time.

        Raises:
            InvalidScenario: no new pod becomes Ready, the startup time of a container is not limited, or no controller
                replaces the pods.
        """
        if not self.summary.becomes_ready:
            raise InvalidScenario(["new pods never become Ready, so a rollout never ends"])
        ready = self.summary.ready_within
        if ready is None:
            raise InvalidScenario(
                ["not every container has a startup or liveness probe, so a rollout has no time limit"]
            )
        return simulate_rollout(
            self.summary.plan,
            ready_after=[ready * MILLISECONDS],
            stop_after=self.summary.stop_within * MILLISECONDS,
        )

    def diagram(self, scenario: str, kubelet: Kubelet = IDEAL, *, container: str | None = None) -> Diagram:
        """The diagram of a named scenario or of `rollout`.

        Raises:
            InvalidScenario: as for `timeline` and `rollout_timeline`.
        """
        if scenario.strip() == ROLLOUT:
            return diagram_of_rollout(self.name, self.rollout_timeline())
        return diagram_of(self.timeline(scenario, kubelet, container=container), title=self.name)


def simulated_workload(
    workload: Workload, *, nodes: int = 3, version: KubernetesVersion = DEFAULT
) -> SimulatedWorkload:
    """Read a workload from its manifest.

    Args:
        workload: a workload of any kind.
        nodes: the number of nodes that a DaemonSet runs on.
        version: the version of the cluster, on which the rollout of a StatefulSet depends.

    Raises:
        UnknownValue: a value is not known before deployment.
        MalformedValue: a field has the wrong type, or the API server rejects a probe's handlers or port.
        UnreadableInput: the manifest has no container.
    """
    return SimulatedWorkload(
        name=str(workload.reference),
        pod=read_pod(workload),
        summary=summarize_workload(workload, nodes=nodes, version=version),
    )


def simulated_contract(contract: HealthContract, *, name: str = "app", replicas: int = 1) -> SimulatedWorkload:
    """A Deployment of `replicas` pods with one container that has this contract."""
    return SimulatedWorkload(
        name=name,
        pod=pod_of_contract(contract, name=name),
        summary=summarize_contract(contract, name=name, replicas=replicas),
    )
