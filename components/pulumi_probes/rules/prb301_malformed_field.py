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
from pulumi_probes.model.written_number import whole_number
from pulumi_probes.rules._registry import rule


@rule("PRB301", severity=Severity.ERROR, since="0.1", is_rejected=True)
def malformed_field(workload: Workload) -> Iterator[Violation]:
    """A field of a probe, or one that affects probes, has a type that the API server rejects.

    Why:
        The API server rejects the whole object for text where a number belongs, a command that is one string instead
        of a list, or a number too large for 32 bits. Untyped programs, and templates that quote everything, find out
        only when they deploy. Rules that need the value are skipped.
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
                what=f"`{_field(problem.path)}` {problem.reason}.",
                consequence="The API server rejects the object, and rules that need the value are skipped.",
                fix=_fix(workload, problem),
                container=container,
            )
    if unknown is not None:
        raise unknown


def _field(path: FieldPath) -> str:
    """The last field of a path, with the indexes that follow it."""
    names = [position for position, segment in enumerate(path.segments) if isinstance(segment, str)]
    return str(FieldPath(path.segments[names[-1] :])) if names else str(path)


def _fix(workload: Workload, problem: MalformedValue) -> str:
    """The fix, without the value, which may be a secret."""
    value = workload.top.reach(problem.path).value
    if problem.reason.startswith("must be a whole number") and isinstance(value, str):
        if whole_number(value) is not None:
            return "Remove the quotes."
        return "Write the number alone, without quotes or a unit."
    if problem.reason.startswith("must be a string") and isinstance(value, (bool, int, float)):
        return "Put it in quotes."
    return "Use the type that the Kubernetes API has for this field."


def _problems(workload: Workload) -> Iterator[tuple[str | None, ValueNotAvailable, bool]]:
    """The values that cannot be read: in which container, why, and whether they affect probes.

    Names, labels and environment variables are often not known before deployment, and almost always have the right
    type, so an unknown one does not make the rule "not evaluated".
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
