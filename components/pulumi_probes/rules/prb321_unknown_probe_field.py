"""PRB321."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._unknown_fields import (
    examined,
    is_about_health,
    is_of_kubernetes,
    is_without_probes,
    violation_of,
)


@rule("PRB321", severity=Severity.WARNING, since="0.1")
def unknown_probe_field(workload: Workload) -> Iterator[Violation]:
    """A probe or hook has an unknown field, or is in a place where it does not belong.

    Why:
        The API server drops unknown fields with a warning that is easily missed. A misspelt number keeps its default; a
        misspelt probe, or one that is indented too little or too much, does not exist. `kubectl apply` rejects unknown
        fields; other clients do not. The fields are those in the API of Kubernetes 1.34 to 1.37.
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
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports:
                - containerPort: 8080
                  readinessProbe: {httpGet: {path: /readyz, port: 8080}}
              preStop: {sleep: {seconds: 5}}
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
    found = examined(workload)
    for unknown in found.unknown_fields:
        if is_about_health(unknown):
            yield violation_of(unknown, is_dropped=is_of_kubernetes(workload))
    for problem, owner in found.unknown_values:
        if not is_without_probes(problem, owner):
            raise problem
