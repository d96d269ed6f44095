"""PRB332."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.version import DEFAULT, parse_version
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._unknown_fields import (
    examined,
    is_about_health,
    is_of_kubernetes,
    is_without_probes,
    missing_of,
    violation_of,
)


@rule("PRB332", severity=Severity.WARNING, since="0.1")
def unknown_field(workload: Workload, *, kubernetes_version: str = "") -> Iterator[Violation]:
    """A workload has a field that the Kubernetes API does not know, or that is in the wrong place.

    Why:
        The API server drops unknown fields with a warning that is easily missed, so a limit, a label or a strategy that
        is written has no effect. `kubectl apply` rejects unknown fields; other clients do not. The fields are those in
        the API of Kubernetes 1.34 to 1.37. Custom resources are not compared, because their fields are not known;
        `unknown-probe-field` (PRB321) reports fields of probes and hooks. Set `kubernetesVersion` to the version of the
        oldest cluster to find fields that only newer versions have.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              resorces: {limits: {memory: 128Mi}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              limits: {memory: 128Mi}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              resources: {limits: {memory: 128Mi}}
    Fix:
        Correct the name, or move the field to where it belongs.

    References:
        https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
    """
    if not is_of_kubernetes(workload):
        return
    found = examined(workload)
    for unknown in found.unknown_fields:
        if not is_about_health(unknown):
            yield violation_of(unknown, is_dropped=True)
    if kubernetes_version:
        yield from _missing(workload, kubernetes_version)
    for problem, owner in found.unknown_values:
        if is_without_probes(problem, owner):
            raise problem


def _missing(workload: Workload, text: str) -> Iterator[Violation]:
    """The violations for fields that one version does not have; feature-newer-than-cluster has those of probes."""
    try:
        version = parse_version(text)
    except ValueError as error:
        yield workload.violation(
            what=f"The parameter `kubernetesVersion` of this rule is invalid: {error}.",
            consequence="No field is compared with the version of the cluster.",
            fix=f'Write it as "{DEFAULT}".',
        )
        return
    for node, key, known in missing_of(workload, version):
        when = f"since {known.since}" if known.until is None else f"only in {known.until}"
        yield Violation(
            path=node.path / key,
            what=f"Kubernetes {version} does not have the field `{key}` (available {when}).",
            consequence="The API server drops it as if it had not been set.",
            fix="Remove the field, or set `kubernetesVersion` if every cluster is newer.",
        )
