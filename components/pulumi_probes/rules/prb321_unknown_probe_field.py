"""PRB321."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pulumi_probes.codec.fields import CONTAINER_FIELDS, LIFECYCLE, PROBE, Fields, unknown_fields
from pulumi_probes.model.edit import Edit, RemoveField, RenameField, SetField
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.node import Node
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.suggestions import closest, suggestion
from pulumi_probes.model.workload import PROBE_HANDLERS, Container, Workload
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule

_IN_CONTAINER = (*(kind.value for kind in ProbeKind), "lifecycle")
_UNREMARKABLE = CONTAINER_FIELDS.difference(_IN_CONTAINER)
_ONLY_IN_POD = "terminationGracePeriodSeconds"


@rule("PRB321", severity=Severity.WARNING, since="0.1")
def unknown_probe_field(workload: Workload) -> Iterator[Violation]:
    """A probe or hook has an unknown field, or is in a place where it does not belong.

    Why:
        The API server drops unknown fields with a warning that is easily missed. A misspelt number keeps its default; a
        misspelt probe, or one that is indented too little, does not exist. `kubectl apply` rejects unknown fields;
        other clients do not.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080, periodSeconds: 10}, failureTreshold: 5}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livelinessProbe: {httpGet: {path: /livez, port: 8080}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
          livenessProbe: {httpGet: {path: /livez, port: 8080}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 10, failureThreshold: 5}
    Fix:
        Correct the name, or move the field to where it belongs.

    References:
        https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
    """
    later = Deferral()
    with later:
        for name in workload.pod_spec.keys():  # noqa: SIM118 - a Node is not a dictionary
            if name in _IN_CONTAINER:
                yield _violation(workload.pod_spec, name, None, "Move it to a container.")
    for container in workload.all_containers:
        for key in container.node.keys():  # noqa: SIM118 - a Node is not a dictionary
            if key not in _UNREMARKABLE:
                with later:
                    yield from _in_container(container, key)
    later.settle()


def _in_container(container: Container, key: str) -> Iterator[Violation]:
    name = container.display_name
    if key in _IN_CONTAINER:
        for node, unknown, known in unknown_fields(container.node[key], LIFECYCLE if key == "lifecycle" else PROBE):
            yield _misplaced(node, unknown, known, name)
    elif key == _ONLY_IN_POD:
        yield _violation(container.node, key, name, "Move it to the pod specification or to a probe.")
    elif question := suggestion(key, _IN_CONTAINER, quote="`"):
        yield _violation(container.node, key, name, question, _renaming(container.node, key, _IN_CONTAINER))


def _violation(node: Node, key: str, container: str | None, advice: str, edits: tuple[Edit, ...] = ()) -> Violation:
    return Violation(
        path=node.path / key,
        what=f"`{key}` is not a known field here.",
        consequence="The API server drops it as if it had not been set.",
        fix=advice,
        container=container,
        edits=edits,
    )


def _misplaced(node: Node, key: str, known: Fields, container: str | None) -> Violation:
    if key in PROBE and known is not PROBE and not any(name in known for name in PROBE_HANDLERS):
        above = FieldPath(node.path.segments[:-1])
        advice = "Move it one level up, to the probe itself."
        return _violation(node, key, container, advice, _moving(node, key, above))
    if known is PROBE:
        for handler in PROBE_HANDLERS:
            body = PROBE[handler]
            if isinstance(body, dict) and key in body:
                edits = _moving(node, key, node.path / handler) if node.has(handler) else ()
                return _violation(node, key, container, f"Move it one level down, to `{handler}`.", edits)
    advice = suggestion(key, known, otherwise=f"Known fields are `{'`, `'.join(known)}`.", quote="`")
    return _violation(node, key, container, advice, _renaming(node, key, known))


def _moving(node: Node, key: str, to: FieldPath) -> tuple[Edit, ...]:
    return (RemoveField(node.path / key), SetField(to / key, node[key].value))


def _renaming(node: Node, key: str, known: Iterable[str]) -> tuple[Edit, ...]:
    name = closest(key, known)
    return () if name is None or node.has(name) else (RenameField(node.path / key, name),)
