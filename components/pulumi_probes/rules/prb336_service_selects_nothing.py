"""PRB336."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.stack import Service, Stack
from pulumi_probes.rules._registry import rule


@rule("PRB336", severity=Severity.WARNING, since="0.1")
def service_selects_nothing(service: Service, stack: Stack) -> Iterator[Violation]:
    """A Service selects no pods, although there are pods with other values of its labels.

    Why:
        A Service without endpoints refuses every connection. Its pods may be created by something that is not audited,
        so a Service alone is not reported. It is a warning if a workload of its namespace in the same file or program
        declares ports, has labels of the same names, and is selected by no Service; in another file of the directory,
        only if a label has the same or a similar value. It is advice if pods in the same file or program have labels of
        the same names. Labels that controllers add at run time, such as
        `statefulset.kubernetes.io/pod-name`, are not compared.
    Bad:
        apiVersion: v1
        kind: Service
        metadata: {name: cart}
        spec:
          selector: {app: cart}
          ports: [{port: 80, targetPort: 8080}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, labels: {app: basket}}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{containerPort: 8080}]
              readinessProbe: {httpGet: {path: /readyz, port: 8080}}
    Good:
        apiVersion: v1
        kind: Service
        metadata: {name: cart}
        spec:
          selector: {app: cart}
          ports: [{port: 80, targetPort: 8080}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, labels: {app: cart}}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{containerPort: 8080}]
              readinessProbe: {httpGet: {path: /readyz, port: 8080}}
    Fix:
        Use the labels of the pods that are to receive the requests.

    References:
        https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#does-the-service-have-any-endpointslices
    """
    pods = stack.pods_of(service)
    if pods.workloads:
        return
    if pods.idle is None:
        if not pods.has_similar_pods:
            return
        yield Violation(
            path=FieldPath(("spec", "selector")),
            what="The Service selects no pods of the audited workloads.",
            consequence="Unless something else creates pods with these labels, it has no endpoints.",
            fix="Use the labels of the pods that are to receive the requests.",
            severity=Severity.ADVICE,
        )
        return
    yield Violation(
        path=FieldPath(("spec", "selector")),
        what=f"The Service selects no pods, and no Service selects those of {pods.idle}, whose labels differ.",
        consequence="It has no endpoints, so every connection to it fails.",
        fix="Use the labels of the pods that are to receive the requests.",
    )
