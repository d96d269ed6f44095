"""Fields that changed up to Kubernetes 1.37: complete manifests, each with the expected findings by version."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_probes.rules import Evaluation, find_rule

EvaluateYaml = Callable[..., Evaluation]

CODES = ("PRB501", "PRB503", "PRB504", "PRB513", "PRB514", "PRB515")
"""The rules that depend on what changed."""

_DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: cart, namespace: default}}
spec:
  replicas: 3
  selector: {{matchLabels: {{app: cart}}}}
  template:
    metadata: {{labels: {{app: cart}}}}
    spec:
      {pod}
      containers:
        - name: app
          image: registry.example/a:1
          {container}
          ports: [{{name: http, containerPort: 8080}}]
          lifecycle: {{preStop: {{sleep: {{seconds: 5}}}}}}
          startupProbe: {{httpGet: {{path: /livez, port: http{handler}}}, periodSeconds: 2, failureThreshold: 31}}
          readinessProbe: {{httpGet: {{path: /readyz, port: http{handler}}}, periodSeconds: 5, failureThreshold: 2}}
          livenessProbe: {{httpGet: {{path: /livez, port: http{handler}}}, periodSeconds: 10, failureThreshold: 4}}
"""
_STATEFUL_SET = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: sts, namespace: default}}
spec:
  replicas: 6
  serviceName: sts
  podManagementPolicy: Parallel
  updateStrategy: {strategy}
  selector: {{matchLabels: {{app: sts}}}}
  template:
    metadata: {{labels: {{app: sts}}}}
    spec:
      containers:
        - name: app
          image: registry.example/a:1
          livenessProbe: {{httpGet: {{path: /livez, port: 8080}}, failureThreshold: 4}}
"""
_POD = """
apiVersion: v1
kind: Pod
metadata: {{name: cart, namespace: default}}
spec:
  {pod}
  containers:
    - name: app
      image: registry.example/a:1
      {container}
"""
_GUARANTEED = "resources: {requests: {cpu: '2', memory: 1Gi}, limits: {cpu: '2', memory: 1Gi}}"
_EXEC = "livenessProbe: {exec: {command: [cat, /tmp/x]}, timeoutSeconds: 3, failureThreshold: 4}"
_LIVE = "livenessProbe: {httpGet: {path: /livez, port: 8080}, failureThreshold: 4}"
_RULE = "{action: Restart, exitCodes: {operator: In, values: [42]}}"
_ALL = "{action: RestartAllContainers, exitCodes: {operator: In, values: [42]}}"


def _deployment(*, pod: str = "", container: str = "", handler: str = "") -> str:
    return _DEPLOYMENT.format(pod=pod, container=container, handler=handler)


def _pod(container: str, pod: str = "restartPolicy: Always") -> str:
    return _POD.format(container=container.replace("\n", "\n      "), pod=pod)


ANSWERS: dict[str, tuple[str, dict[str, list[str]]]] = {
    # The container is not restarted after a kill by liveness, although a Deployment restarts its pods' containers.
    # Before 1.35 the field is dropped.
    "a-container-that-is-never-restarted": (
        _deployment(container="restartPolicy: Never"),
        {"1.34": ["PRB503", "PRB504", "PRB504"], "1.35": ["PRB504", "PRB504"], "1.37": ["PRB504", "PRB504"]},
    ),
    # Alpha and off: the field is dropped by all.
    "eviction-responders": (
        _deployment(pod="evictionResponders: [{name: acme.example/mover, priority: 5000}]"),
        {version: ["PRB503"] for version in ("1.34", "1.35", "1.37")},
    ),
    # The kubelet speaks HTTP/1.1 with an h2c server, since every API server drops the field; three probes have it.
    "http2": (
        _deployment(handler=", protocol: HTTP2"),
        {version: ["PRB503"] * 3 for version in ("1.34", "1.35", "1.37")},
    ),
    # With the gate on, these are rejected as well.
    "http2-in-lower-case": (_deployment(handler=", protocol: http2"), {"1.37": ["PRB503"] * 3 + ["PRB513"] * 3}),
    "http2-to-another-host": (
        _deployment(handler=", protocol: HTTP2, host: other.example"),
        {"1.37": ["PRB503"] * 3 + ["PRB513"] * 3},
    ),
    "http2-with-tls": (
        _deployment(handler=", protocol: HTTP2, scheme: HTTPS"),
        {"1.37": ["PRB503"] * 3 + ["PRB513"] * 3},
    ),
    "grpc-with-tls": (_pod("readinessProbe: {grpc: {port: 9090, mode: TLS}}"), {"1.37": ["PRB503"]}),
    "grpc-with-tls-in-lower-case": (
        _pod("readinessProbe: {grpc: {port: 9090, mode: tls}}"),
        {"1.37": ["PRB503", "PRB513"]},
    ),
    # A Job restarts its containers on failure, but this one says never.
    "a-job-whose-container-is-never-restarted": (
        _pod(f"restartPolicy: Never\n{_LIVE}", pod="restartPolicy: OnFailure"),
        {"1.35": ["PRB504"]},
    ),
    # Rules by exit code do not apply to a kill by a probe.
    "rules-do-not-restart-after-a-probe": (
        _pod(f"restartPolicy: Never\nrestartPolicyRules: [{_RULE}]\n{_LIVE}", pod="restartPolicy: Never"),
        {"1.34": ["PRB503", "PRB504"], "1.35": ["PRB504"], "1.37": ["PRB504"]},
    ),
    "rules-without-a-policy": (_pod(f"restartPolicyRules: [{_RULE}]"), {"1.35": ["PRB515"], "1.37": ["PRB515"]}),
    # 1.35 rejects the action; before, it is dropped.
    "all-containers": (
        _pod(f"restartPolicy: Always\nrestartPolicyRules: [{_ALL}]"),
        {"1.34": ["PRB503", "PRB503"], "1.35": ["PRB503"], "1.36": [], "1.37": []},
    ),
    # Empty resources of the pod are none: it is Guaranteed by its containers, which get exclusive CPUs.
    "empty-resources-of-the-pod": (_pod(f"{_GUARANTEED}\n{_EXEC}", pod="resources: {}"), {"1.37": ["PRB501"]}),
    "resources-of-pod-and-container": (
        _pod(f"{_GUARANTEED}\n{_EXEC}", pod=_GUARANTEED),
        {"1.33": ["PRB503"], "1.37": []},
    ),
    "resources-of-the-pod-only": (_pod(_EXEC, pod=_GUARANTEED), {"1.37": []}),
    # Dropped before 1.37, so that the update replaces one pod at a time.
    "several-pods-at-once": (
        _STATEFUL_SET.format(strategy="{type: RollingUpdate, rollingUpdate: {maxUnavailable: 3}}"),
        {"1.34": ["PRB503"], "1.36": ["PRB503"], "1.37": []},
    ),
    "more-than-all-pods": (
        _STATEFUL_SET.format(strategy="{type: RollingUpdate, rollingUpdate: {maxUnavailable: 150%}}"),
        {"1.36": ["PRB503", "PRB514"], "1.37": ["PRB514"]},
    ),
    "no-pod": (
        _STATEFUL_SET.format(strategy="{type: RollingUpdate, rollingUpdate: {maxUnavailable: 0}}"),
        {"1.36": ["PRB503", "PRB514"], "1.37": ["PRB514"]},
    ),
    # Alpha and off, and rejected.
    "recreate": (
        _STATEFUL_SET.format(strategy="{type: Recreate}"),
        {version: ["PRB503"] for version in ("1.34", "1.37")},
    ),
    # Still alpha: dropped.
    "stop-signal": (_pod("lifecycle: {stopSignal: SIGUSR1}"), {version: ["PRB503"] for version in ("1.34", "1.37")}),
}

_CASES = [
    pytest.param(text, version, codes, id=f"{name}-{version}")
    for name, (text, answers) in ANSWERS.items()
    for version, codes in answers.items()
]


def found(evaluate_yaml: EvaluateYaml, text: str, version: str, gates: tuple[str, ...] = ()) -> list[str]:
    """The codes of the rules above, for the oldest cluster and the feature gates of all clusters."""
    wanted = {"kubernetes_version": version, "feature_gates": gates}
    parameters = {
        rule.name: {name: value for name, value in wanted.items() if name in rule.parameters}
        for code in CODES
        if (rule := find_rule(code)) is not None
    }
    return sorted(finding.code for finding in evaluate_yaml(text, parameters).findings if finding.code in CODES)


@pytest.mark.parametrize(("text", "version", "codes"), _CASES)
def test_findings_depend_on_the_version(text: str, version: str, codes: list[str], evaluate_yaml: EvaluateYaml) -> None:
    """The API server and the kubelet of each version handle the fields differently."""
    assert codes == found(evaluate_yaml, text, version)


@pytest.mark.parametrize(
    ("name", "gate", "codes"),
    [
        ("http2", "H2CContainerProbe", []),
        ("http2-in-lower-case", "H2CContainerProbe", ["PRB513"] * 3),
        ("grpc-with-tls", "GRPCContainerProbeTLS", []),
        ("grpc-with-tls-in-lower-case", "GRPCContainerProbeTLS", ["PRB513"]),
        ("recreate", "StatefulSetRecreateStrategy", []),
        ("eviction-responders", "EvictionRequestAPI", []),
        ("stop-signal", "ContainerStopSignals", []),
        ("stop-signal", "SomethingElse", ["PRB503"]),
    ],
)
def test_a_gate_that_is_on_allows_its_field(
    name: str, gate: str, codes: list[str], evaluate_yaml: EvaluateYaml
) -> None:
    """Alpha fields cannot be had by a newer version, only by the gate."""
    assert codes == found(evaluate_yaml, ANSWERS[name][0], "1.37", (gate,))


def test_the_fix_names_the_gate(evaluate_yaml: EvaluateYaml) -> None:
    """No version helps against a field that is alpha in all of them."""
    by_name = {name: evaluate_yaml(ANSWERS[name][0]).findings for name in ("http2", "several-pods-at-once")}
    fixes = {name: [finding.fix for finding in every if finding.code == "PRB503"] for name, every in by_name.items()}
    assert "add H2CContainerProbe to `featureGates` if every cluster has it enabled" in fixes["http2"][0]
    assert "set `kubernetesVersion` if every cluster is newer" in fixes["several-pods-at-once"][0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_pod("readinessProbe: {httpGet: {path: /, port: '8080'}}"), "must contain at least one letter"),
        (
            _deployment(pod="terminationGracePeriodSeconds: -5"),
            "The preStop hook sleeps 5 s; the grace period allows 0 to 0 s",
        ),
    ],
)
def test_older_rules_hold(text: str, expected: str, evaluate_yaml: EvaluateYaml) -> None:
    """A numeric string is not a port, and a template's grace period below 0 leaves no time for a hook."""
    errors = [str(finding) for finding in evaluate_yaml(text).findings if finding.severity.value == "error"]
    assert any(expected in error for error in errors), errors
