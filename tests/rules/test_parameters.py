"""Every parameter of a rule has an effect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_probes.rules import Evaluation, load_rules

EvaluateYaml = Callable[..., Evaluation]

POD = """
apiVersion: v1
kind: Pod
metadata: {{name: a}}
spec: {{{pod} containers: [{{name: a, image: a:1, {fields}}}]}}
"""
SERVICE = "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {selector: {app: a}, ports: [{port: 9001}]}}"

CASES: list[tuple[str, str, Any, str, str]] = [
    ("PRB101", "scrape_ports", ("web*",), "ports: [{containerPort: 80, name: web-metering}]", ""),
    ("PRB104", "limit_seconds", 200, "livenessProbe: {tcpSocket: {port: 80}, failureThreshold: 15}", ""),
    ("PRB202", "limit_seconds", 5, "livenessProbe: {tcpSocket: {port: 80}, periodSeconds: 5, failureThreshold: 2}", ""),
    ("PRB203", "delay_seconds", 60, "livenessProbe: {tcpSocket: {port: 80}, initialDelaySeconds: 45}", ""),
    ("PRB311", "minimum_seconds", 2, "livenessProbe: {exec: {command: [a]}, periodSeconds: 5}", ""),
    ("PRB330", "headroom", 1, "livenessProbe: {exec: {command: [jcmd]}, periodSeconds: 60}", ""),
    (
        "PRB330",
        "maximum_millicpu",
        1000,
        "livenessProbe: {exec: {command: [jcmd]}, timeoutSeconds: 10, periodSeconds: 1}",
        "",
    ),
    ("PRB402", "minimum_rest_seconds", 1, "lifecycle: {preStop: {sleep: {seconds: 27}}}", ""),
    ("PRB403", "scrape_ports", ("web*",), "ports: [{containerPort: 80, name: web-metering}]", ""),
    ("PRB405", "limit_seconds", 90, "livenessProbe: {tcpSocket: {port: 80}}", "terminationGracePeriodSeconds: 90,"),
    (
        "PRB502",
        "maximum_per_minute",
        120,
        "livenessProbe: {exec: {command: [a]}, periodSeconds: 1}, readinessProbe: {exec: {command: [b]}}",
        "",
    ),
    (
        "PRB503",
        "kubernetes_version",
        "1.36",
        "restartPolicy: Never, restartPolicyRules: [{action: RestartAllContainers}]",
        "",
    ),
    ("PRB503", "feature_gates", ("H2CContainerProbe",), "livenessProbe: {httpGet: {port: 80, protocol: HTTP2}}", ""),
    (
        "PRB512",
        "kubernetes_version",
        "1.34",
        "startupProbe: {tcpSocket: {port: 80}, periodSeconds: 30}, livenessProbe: {tcpSocket: {port: 80}}",
        "",
    ),
    ("PRB515", "kubernetes_version", "1.34", "restartPolicyRules: [{action: Restart}]", ""),
    (
        "PRB512",
        "feature_gates",
        ("ChangeContainerStatusOnKubeletRestart",),
        "startupProbe: {tcpSocket: {port: 80}, periodSeconds: 30}, livenessProbe: {tcpSocket: {port: 80}}",
        "",
    ),
]


def codes(evaluate_yaml: EvaluateYaml, text: str, rule: str, parameters: dict[str, Any]) -> list[str]:
    """The findings of one rule."""
    name = next(item.name for item in load_rules() if item.code == rule)
    return [finding.code for finding in evaluate_yaml(text, {name: parameters}).findings if finding.code == rule]


@pytest.mark.parametrize(("rule", "parameter", "value", "fields", "pod"), CASES, ids=lambda value: str(value)[:24])
def test_a_parameter_moves_the_limit(
    rule: str, parameter: str, value: Any, fields: str, pod: str, evaluate_yaml: EvaluateYaml
) -> None:
    """With the default there is a finding, and with the value there is none."""
    text = POD.format(fields=fields, pod=pod)
    assert [] != codes(evaluate_yaml, text, rule, {})
    assert [] == codes(evaluate_yaml, text, rule, {parameter: value})


def test_the_names_of_metric_ports_apply_to_services_too(evaluate_yaml: EvaluateYaml) -> None:
    """A Service whose port has such a name needs no readiness probe."""
    service = SERVICE.replace("port: 9001", "port: 9001, name: scrape")
    pod = POD.format(fields="env: []", pod="").replace("metadata: {name: a}", "metadata: {name: a, labels: {app: a}}")
    assert ["PRB102"] == codes(evaluate_yaml, f"{service}\n---\n{pod}", "PRB102", {})
    assert [] == codes(evaluate_yaml, f"{service}\n---\n{pod}", "PRB102", {"scrape_ports": ("scrape",)})


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("1.37", []),
        ("1.36", ["spec.volumes[0].projected.defaultUser"]),
        ("1.35", ["spec.schedulingGroup", "spec.volumes[0].projected.defaultUser"]),
        ("1.30", ["spec.schedulingGroup", "spec.volumes[0].projected.defaultUser"]),
    ],
)
def test_fields_are_compared_with_the_version_of_the_cluster(
    version: str, found: list[str], evaluate_yaml: EvaluateYaml
) -> None:
    """Versions before 1.34 are taken for 1.34; fields of probes are left to PRB503."""
    pod = "schedulingGroup: {podGroupName: a}, volumes: [{name: a, projected: {defaultUser: 1}}],"
    text = POD.format(fields="livenessProbe: {grpc: {port: 80, mode: TLS}}", pod=pod)
    name = next(item.name for item in load_rules() if item.code == "PRB332")
    result = evaluate_yaml(text, {name: {"kubernetes_version": version}})
    assert found == sorted(str(finding.path) for finding in result.findings if finding.code == "PRB332")
    assert [] == codes(evaluate_yaml, text, "PRB332", {})


def test_a_version_that_is_none_is_reported(evaluate_yaml: EvaluateYaml) -> None:
    """With the form that it should have."""
    assert ["PRB332"] == codes(
        evaluate_yaml, POD.format(fields="env: []", pod=""), "PRB332", {"kubernetes_version": "x"}
    )


STATEFUL_SET = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a}
spec:
  updateStrategy: {rollingUpdate: {maxUnavailable: 0}}
  template: {spec: {containers: [{name: a, image: a:1}]}}
"""


@pytest.mark.parametrize(
    ("rule", "text", "parameters", "severity"),
    [
        ("PRB513", POD.format(fields="livenessProbe: {grpc: {port: 80, mode: tls}}", pod=""), {}, "warning"),
        (
            "PRB513",
            POD.format(fields="livenessProbe: {grpc: {port: 80, mode: tls}}", pod=""),
            {"feature_gates": ("GRPCContainerProbeTLS",)},
            "error",
        ),
        ("PRB514", STATEFUL_SET, {}, "warning"),
        ("PRB514", STATEFUL_SET, {"kubernetes_version": "1.36"}, "warning"),
        ("PRB514", STATEFUL_SET, {"kubernetes_version": "1.37"}, "error"),
        ("PRB514", STATEFUL_SET, {"feature_gates": ("MaxUnavailableStatefulSet",)}, "error"),
    ],
)
def test_a_field_that_the_cluster_has_is_rejected(
    rule: str, text: str, parameters: dict[str, Any], severity: str, evaluate_yaml: EvaluateYaml
) -> None:
    """Other clusters drop it, so the finding is a warning about later."""
    name = next(item.name for item in load_rules() if item.code == rule)
    found = [finding for finding in evaluate_yaml(text, {name: parameters}).findings if finding.code == rule]
    assert [severity] == [finding.severity.value for finding in found]
    assert ("The API server rejects" in found[0].consequence) is (rule == "PRB514" and severity == "error")


def test_a_gate_of_1_34_allows_restart_rules(evaluate_yaml: EvaluateYaml) -> None:
    """It is on in 1.35, where nobody has to name it."""
    text = POD.format(fields="restartPolicyRules: [{action: Restart}]", pod="")
    old = {"kubernetes_version": "1.34"}
    assert [] == codes(evaluate_yaml, text, "PRB515", old)
    assert [] != codes(evaluate_yaml, text, "PRB515", {**old, "feature_gates": ("ContainerRestartRules",)})


def test_every_parameter_is_tested() -> None:
    """A new parameter must be added to the table."""
    tried = {(rule, parameter) for rule, parameter, *_ in CASES} | {
        ("PRB102", "scrape_ports"),
        ("PRB332", "kubernetes_version"),
        # tests/rules/test_deployers.py
        ("PRB207", "deployer"),
        ("PRB412", "deployer"),
        ("PRB414", "deployer"),
        ("PRB513", "feature_gates"),
        ("PRB514", "kubernetes_version"),
        ("PRB514", "feature_gates"),
        ("PRB515", "feature_gates"),
    }
    assert tried == {(rule.code, parameter) for rule in load_rules() for parameter in rule.parameters}
