"""What timelines are drawn of: a pod with everything that decides how it is replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pulumi_probes.model.probe import HealthContract
from pulumi_probes.model.workload import Workload
from pulumi_probes.timeline.bounds.workload import WorkloadSummary, summarize_contract, summarize_workload
from pulumi_probes.timeline.drawing.diagram import Diagram, diagram_of, diagram_of_rollout
from pulumi_probes.timeline.model.duration import MILLISECONDS
from pulumi_probes.timeline.model.kubelet import IDEAL, Kubelet
from pulumi_probes.timeline.model.pod import Pod
from pulumi_probes.timeline.model.pod_reader import pod_of_contract, read_pod
from pulumi_probes.timeline.model.result import Timeline
from pulumi_probes.timeline.model.scenario import InvalidScenario
from pulumi_probes.timeline.scenarios.named import named_scenario
from pulumi_probes.timeline.simulator import simulate
from pulumi_probes.timeline.simulator.rollout import simulate_rollout
from pulumi_probes.timeline.simulator.rollout_timeline import RolloutTimeline

ROLLOUT: Final = "rollout"
"""The name of the scenario that replaces all pods of a workload."""

DEFAULT_SCENARIOS: Final = (
    "starts-in 40s",
    "hangs-at 100s",
    "starts-in 15s + crashes-at 60s",
    "dependency-slow 5s",
    "node-drain",
    ROLLOUT,
)
"""Start, hang, crash, slow dependency, drain and rollout: what is drawn of a workload when nobody asks for less."""


@dataclass(frozen=True, kw_only=True)
class SimulatedWorkload:
    """A pod and its workload.

    Attributes:
        name: what it is called, such as ``Deployment shop/cart``.
        pod: its pods.
        summary: what it promises.
    """

    name: str
    pod: Pod
    summary: WorkloadSummary

    def play(self, scenario: str, kubelet: Kubelet = IDEAL, *, container: str | None = None) -> Timeline:
        """One pod under a scenario that has a name.

        Raises:
            InvalidScenario: there is no such scenario or container.
        """
        return simulate(self.pod, named_scenario(scenario, self.pod, container=container, kubelet=kubelet), kubelet)

    def roll_out(self) -> RolloutTimeline:
        """All pods, replaced one after another, where every start takes as long as is sure to survive.

        Raises:
            InvalidScenario: the start of a container is unbounded, or nobody replaces the pods.
        """
        if not self.summary.becomes_ready:
            raise InvalidScenario(["no new pod ever becomes Ready, so a rollout never ends"])
        ready = self.summary.ready_within
        if ready is None:
            raise InvalidScenario(
                ["no startup or liveness probe bounds the start of every container, so a rollout may take for ever"]
            )
        return simulate_rollout(
            self.summary.plan,
            ready_after=[ready * MILLISECONDS],
            stop_after=self.summary.stop_within * MILLISECONDS,
        )

    def diagram(self, scenario: str, kubelet: Kubelet = IDEAL, *, container: str | None = None) -> Diagram:
        """The drawing of a scenario, `rollout` included; raises as `play` and `roll_out` do."""
        if scenario.strip() == ROLLOUT:
            return diagram_of_rollout(self.name, self.roll_out())
        return diagram_of(self.play(scenario, kubelet, container=container), title=self.name)


def simulated_workload(workload: Workload, *, nodes: int = 3) -> SimulatedWorkload:
    """A workload from its manifest; raises as `read_pod` and `summarize_workload` do."""
    return SimulatedWorkload(
        name=str(workload.reference), pod=read_pod(workload), summary=summarize_workload(workload, nodes=nodes)
    )


def simulated_contract(contract: HealthContract, *, name: str = "app", replicas: int = 1) -> SimulatedWorkload:
    """A Deployment of `replicas` pods with one container, watched and stopped as a contract says."""
    return SimulatedWorkload(
        name=name,
        pod=pod_of_contract(contract, name=name),
        summary=summarize_contract(contract, name=name, replicas=replicas),
    )
