"""Manifests that users reported, and the findings that they should have had."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_probes.rules import Evaluation

EvaluateYaml = Callable[..., Evaluation]


def found(evaluation: Evaluation, *codes: str) -> list[tuple[str, str]]:
    """The codes and paths of the findings of some rules; of all rules without codes."""
    assert [] == evaluation.crashes
    return [(finding.code, str(finding.path)) for finding in evaluation.findings if not codes or finding.code in codes]


def test_probes_among_the_fields_of_a_port(evaluate_yaml: EvaluateYaml) -> None:
    """The API server drops them, so a warning is due at both, and another one because no readiness probe is left.

    From a chart whose template indented the probes one level too much.
    """
    result = evaluate_yaml("""
apiVersion: apps/v1
kind: Deployment
metadata: {name: runner}
spec:
  selector: {matchLabels: {app: runner}}
  template:
    metadata: {labels: {app: runner}}
    spec:
      containers:
        - name: runner
          image: registry.local/runner:2
          ports:
            - containerPort: 4440
              name: http
              livenessProbe:
                httpGet: {path: /user/login, port: 4440}
              readinessProbe:
                httpGet: {path: /user/login, port: 4440}
""")
    container = "spec.template.spec.containers[0]"
    assert [
        ("PRB101", f"{container}.readinessProbe"),
        ("PRB321", f"{container}.ports[0].livenessProbe"),
        ("PRB321", f"{container}.ports[0].readinessProbe"),
    ] == found(result, "PRB101", "PRB321")


def test_a_deployment_of_the_core_api(evaluate_yaml: EvaluateYaml) -> None:
    """It is audited like one of apps/v1, and its API version is an error."""
    result = evaluate_yaml("""
apiVersion: v1
kind: Deployment
metadata: {name: b}
spec:
  progressDeadlineSeconds: 30
  minReadySeconds: 60
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      containers:
      - name: nginx
        image: nginx:1
        ports: [{containerPort: 80}]
        livenessProbe: {httpGet: {path: /, port: htp}}
""")
    assert [
        ("PRB303", "spec.template.spec.containers[0].livenessProbe.httpGet.port"),
        ("PRB333", "apiVersion"),
        ("PRB406", "spec.progressDeadlineSeconds"),
    ] == found(result, "PRB303", "PRB333", "PRB406")


def test_who_gets_traffic(evaluate_yaml: EvaluateYaml) -> None:
    """A selector and its template differ, a target port is misspelt, and a Service selects no pods.

    The last one is advice: its pods may be created by something that is not audited.
    """
    result = evaluate_yaml("""
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: b}}
    spec:
      containers:
      - name: a
        image: a:1
        ports: [{name: http, containerPort: 80}]
        readinessProbe: {httpGet: {path: /r, port: http}}
---
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {selector: {app: b}, ports: [{port: 80, targetPort: htpp}]}
---
apiVersion: v1
kind: Service
metadata: {name: dangling}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
""")
    assert [
        ("Deployment a", "PRB334", "spec.template.metadata.labels", "error"),
        ("Service a", "PRB335", "spec.ports[0].targetPort", "warning"),
        ("Service dangling", "PRB336", "spec.selector", "advice"),
    ] == [
        (str(finding.resource), finding.code, str(finding.path), finding.severity.value)
        for finding in result.findings
        if finding.code[:5] == "PRB33"
    ]


@pytest.mark.parametrize(
    ("fields", "path", "fix"),
    [
        ("resources: {livenessProbe: {}}", "resources.livenessProbe", "Move it one level up, to the container."),
        ("securityContext: {startupProbe: {}}", "securityContext.startupProbe",
         "Move it one level up, to the container."),
        ("livenessProbe: {httpGet: {port: 80, readinessProbe: {}}}", "livenessProbe.httpGet.readinessProbe",
         "Move it up to the container."),
        ("livenessProbe: {httpGet: {port: 80}}, periodSeconds: 5", "periodSeconds",
         "Move it one level down, to `livenessProbe`."),
        ("preStop: {sleep: {seconds: 5}}, lifecycle: {}", "preStop", "Move it one level down, to `lifecycle`."),
    ],
    ids=["resources", "securityContext", "handler", "number", "hook"],
)  # fmt: skip
def test_a_misplaced_field(fields: str, path: str, fix: str, evaluate_yaml: EvaluateYaml) -> None:
    """The finding names the nearest place where Kubernetes knows the field."""
    result = evaluate_yaml(
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: a, image: a:1, {fields}}}]}}\n"
    )
    assert [(f"spec.containers[0].{path}", fix)] == [
        (str(finding.path), finding.fix) for finding in result.findings if finding.code == "PRB321"
    ]
