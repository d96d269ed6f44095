"""Read a pod from a workload's manifest or a health contract."""

from __future__ import annotations

from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.probe import Exec, HealthContract, Probe
from pulumi_probes.model.workload import Container, ContainerProbe, ContainerRole, Workload
from pulumi_probes.timeline.model.attempt import always_errs
from pulumi_probes.timeline.model.duration import MILLISECONDS
from pulumi_probes.timeline.model.pod import Pod, PodContainer, PodProbe


def pod_of_contract(contract: HealthContract, *, name: str = "app") -> Pod:
    """A pod with one container that has this contract; both have the given name."""
    return Pod(
        name=name,
        grace=contract.shutdown.termination_grace_period_seconds * MILLISECONDS,
        containers=(
            PodContainer(
                name=name,
                startup=_of_probe(contract.startup),
                readiness=_of_probe(contract.readiness),
                liveness=_of_probe(contract.liveness),
                pre_stop=contract.shutdown.pre_stop_sleep_seconds * MILLISECONDS,
                post_start=(contract.shutdown.post_start_sleep_seconds or 0) * MILLISECONDS,
            ),
        ),
    )


def read_pod(workload: Workload) -> Pod:
    """Read the pod of a workload from its manifest, with the API server's defaults.

    Hooks other than `sleep` are assumed to take no time; a scenario can set their duration.

    Raises:
        UnknownValue: a number is not known before deployment.
        MalformedValue: a field has the wrong type, or the API server rejects a probe's handlers or port.
        UnreadableInput: the manifest has no container.
    """
    containers = tuple(_read_container(item) for item in workload.containers)
    if not containers:
        raise UnreadableInput(str(workload.reference), "has no containers")
    return Pod(
        name=workload.reference.name or workload.kind,
        init_containers=tuple(_read_container(item) for item in workload.init_containers),
        containers=containers,
        grace=workload.termination_grace_period_seconds * MILLISECONDS,
        restart_policy=workload.restart_policy,
    )


def _of_probe(probe: Probe | None) -> PodProbe | None:
    if probe is None:
        return None
    handler = probe.handler
    name = "exec" if isinstance(handler, Exec) else type(handler).__name__[0].lower() + type(handler).__name__[1:]
    return _pod_probe(probe, handler=name, endpoint=handler)


def _read_probe(probe: ContainerProbe | None) -> PodProbe | None:
    if probe is None:
        return None
    return _pod_probe(probe, handler=probe.handler, endpoint=probe.endpoint, errs=always_errs(probe))


def _pod_probe(probe: Probe | ContainerProbe, *, handler: str | None, endpoint: object, errs: bool = False) -> PodProbe:
    grace = probe.termination_grace_period_seconds
    return PodProbe(
        delay=probe.initial_delay_seconds * MILLISECONDS,
        period=probe.period_seconds * MILLISECONDS,
        timeout=probe.timeout_seconds * MILLISECONDS,
        successes=probe.success_threshold,
        failures=probe.failure_threshold,
        grace=None if grace is None else grace * MILLISECONDS,
        handler=handler,
        endpoint=endpoint,
        always_errs=errs,
    )


def _read_container(container: Container) -> PodContainer:
    policy = container.node.optional_text("restartPolicy")
    can_have_probes = container.may_have_probes
    return PodContainer(
        name=container.name,
        role=container.role,
        startup=_read_probe(container.startup) if can_have_probes else None,
        readiness=_read_probe(container.readiness) if can_have_probes else None,
        liveness=_read_probe(container.liveness) if can_have_probes else None,
        pre_stop=_read_hook(container, "preStop") if can_have_probes else 0,
        post_start=_read_hook(container, "postStart") if can_have_probes else 0,
        restart_policy=None if container.role is ContainerRole.SIDECAR else policy,
    )


def _read_hook(container: Container, name: str) -> int:
    hook = container.hook(name)
    if hook is None or hook.handlers != ("sleep",):
        return 0
    return hook.node["sleep"].integer("seconds", 0) * MILLISECONDS
