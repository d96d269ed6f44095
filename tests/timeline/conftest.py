"""Playing a scenario with one container in one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_probes.timeline.model.kubelet import IDEAL, Kubelet
from pulumi_probes.timeline.model.pod import Pod, PodContainer
from pulumi_probes.timeline.model.result import Timeline
from pulumi_probes.timeline.model.scenario import Life, Scenario, Script
from pulumi_probes.timeline.simulator import simulate

Play = Callable[..., Timeline]


@pytest.fixture
def play() -> Play:
    """Plays what the lives of a container `app` do; keywords of a container, a pod and a scenario say the rest."""

    def run(
        *lives: Life,
        kubelet: Kubelet = IDEAL,
        script: Script | None = None,
        horizon: int = 300_000,
        deleted_at: int | None = None,
        restart_policy: str = "Always",
        grace: int = 30_000,
        own_policy: str | None = None,
        **container: Any,
    ) -> Timeline:
        pod = Pod(
            containers=(PodContainer(name="app", restart_policy=own_policy, **container),),
            restart_policy=restart_policy,
            grace=grace,
        )
        played = script or Script(lives=lives or (Life(),))
        scenario = Scenario(name="test", scripts={"app": played}, horizon=horizon, deleted_at=deleted_at)
        return simulate(pod, scenario, kubelet)

    return run
