"""PRB501."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.codec.quantity import read_quantity
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.plurals import counted
from pulumi_probes.model.workload import Container, Workload
from pulumi_probes.rules._cost import attempt_milliseconds_in_container
from pulumi_probes.rules._registry import rule


@rule("PRB501", severity=Severity.WARNING, since="0.1")
def exec_on_exclusive_cpus(container: Container, workload: Workload) -> Iterator[Violation]:
    """An exec probe runs on the exclusive CPUs of its container.

    Why:
        A container with whole CPUs in a pod of QoS class Guaranteed gets exclusive CPUs if the kubelet's static CPU
        policy is enabled. An exec probe is a process in the container, so it runs on those CPUs, next to threads that
        poll or have a real-time priority. Each delays the other. The Red Hat certification suite forbids such probes.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: upf}
        spec:
          containers:
            - name: upf
              image: upf:1
              resources:
                limits: {cpu: 2000m, memory: 1Gi}
              livenessProbe: {exec: {command: [/bin/check]}, timeoutSeconds: 5}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: upf}
        spec:
          containers:
            - name: upf
              image: upf:1
              resources:
                limits: {cpu: 2, memory: 1Gi}
              livenessProbe: {httpGet: {path: /livez, port: 8080}}
    Fix:
        Use `httpGet`, `tcpSocket` or `grpc`, which the kubelet performs from outside.

    References:
        https://kubernetes.io/docs/tasks/administer-cluster/cpu-management-policies/#static-policy
        https://github.com/kubernetes/kubernetes/issues/116086
    """
    probes = [probe for probe in container.probes if probe.handler == "exec"]
    if not probes or workload.is_partial:
        return
    cpus = read_quantity(container.node["resources"]["limits"], "cpu")
    if cpus is None or cpus < 1 or cpus.denominator != 1 or not _is_guaranteed(workload):
        return
    for probe in probes:
        yield probe.violation(
            field="exec",
            what=f"The {probe.title} starts a process on the {counted(int(cpus), 'exclusive CPU')} of this container.",
            consequence=f"Every {probe.period_seconds} s it interrupts the threads there for about "
            f"{attempt_milliseconds_in_container('exec')} plus the time of the command, or waits for them and fails "
            f"after {probe.timeout_seconds} s.",
            fix="Use `httpGet`, `tcpSocket` or `grpc`.",
        )


def _is_guaranteed(workload: Workload) -> bool:
    """Whether the pod is of QoS class Guaranteed: all containers have CPU and memory limits, and equal requests."""
    pod = workload.pod_spec["resources"]
    if any(pod[kind].has(name) for kind in ("requests", "limits") for name in ("cpu", "memory")):
        # With pod-level resources, the kubelet assigns no exclusive CPUs to single containers. Empty ones are none.
        return False
    for container in workload.init_containers + workload.containers:
        resources = container.node["resources"]
        for name in ("cpu", "memory"):
            limit = read_quantity(resources["limits"], name)
            request = read_quantity(resources["requests"], name)
            if not limit or (request is not None and request != limit):
                return False
    if workload.unreadable:
        raise workload.unreadable[0]
    return True
