"""PRB301."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.codec.fields import (
    APPS_SPEC,
    CONTAINER_HEALTH,
    CONTAINER_SETTINGS,
    METADATA,
    POD_SPEC,
    unreadable_fields,
)
from pulumi_probes.model.errors import MalformedValue, ValueNotAvailable
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._registry import rule


@rule("PRB301", severity=Severity.ERROR, since="0.1", is_refused=True)
def malformed_field(workload: Workload) -> Iterator[Violation]:
    """A field of a probe, or one that decides about probes, has a type that the API refuses.

    Why:
        The API server refuses the whole object: text where a number belongs, a command that is one string instead of a
        list, a number too large for 32 bits. Programs without types and templates that quote everything find out when
        they deploy. Rules that need the value cannot judge it, and stay silent.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: "10"}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          terminationGracePeriodSeconds: 30s
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: cat /tmp/alive}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          terminationGracePeriodSeconds: 30
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: [cat, /tmp/alive]}, periodSeconds: 10, timeoutSeconds: 2}
    Fix:
        Write the value with its type: numbers without quotes, commands as a list of strings.

    References:
        https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
    """
    unknown: ValueNotAvailable | None = None
    reported: set[FieldPath] = set()
    for container, problem, decides in _problems(workload):
        if not isinstance(problem, MalformedValue):
            unknown = unknown or (problem if decides else None)
        elif problem.path not in reported:
            reported.add(problem.path)
            yield Violation(
                path=problem.path,
                what=f"The value {problem.reason}.",
                consequence="The API server refuses the object, and the rules that need the value say nothing.",
                fix=_fix(workload, problem),
                container=container,
            )
    if unknown is not None:
        raise unknown


def _fix(workload: Workload, problem: MalformedValue) -> str:
    """What to write; never the value, which may be a secret."""
    value = workload.top.reach(problem.path).value
    if problem.reason.startswith("must be a whole number") and isinstance(value, str):
        if value.isascii() and value.isdigit():
            return "Write it without quotes."
        return "Write the number alone, without quotes or a unit."
    if problem.reason.startswith("must be a string") and isinstance(value, (bool, int, float)):
        return "Write it in quotes."
    return "Write it with the type that the Kubernetes API has here."


def _problems(workload: Workload) -> Iterator[tuple[str | None, ValueNotAvailable, bool]]:
    """What cannot be read, in which container, and whether it decides about probes.

    Names, labels and environment variables are often not known before deployment, and nearly always have their type.
    """
    for problem in workload.unreadable:
        yield None, problem, True
    for problem in unreadable_fields(workload.pod_spec, POD_SPEC):
        yield None, problem, True
    for metadata in (workload.top.reach(FieldPath(("metadata",))), workload.pod_metadata):
        for problem in unreadable_fields(metadata, METADATA):
            yield None, problem, False
    if workload.group in ("apps", "extensions"):
        for problem in unreadable_fields(workload.spec, APPS_SPEC):
            yield None, problem, True
    for container in workload.all_containers:
        for problem in unreadable_fields(container.node, CONTAINER_HEALTH):
            yield container.display_name, problem, True
        for problem in unreadable_fields(container.node, CONTAINER_SETTINGS):
            yield container.display_name, problem, False
