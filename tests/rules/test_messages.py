"""A message states the place, the problem, the consequence in seconds, and the fix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.edit import edited
from pulumi_probes.model.finding import Severity
from pulumi_probes.model.manifest import Manifest, PulumiOptions
from pulumi_probes.model.stack import Stack
from pulumi_probes.rules import Evaluation, Rule, evaluate, load_rules
from pulumi_probes.rules._cost import cpu

EvaluateYaml = Callable[..., Evaluation]

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: cart, namespace: shop}}
spec:
  replicas: 2
  template:
    spec:
      terminationGracePeriodSeconds: {grace}
      containers:
        - {{name: web, image: web:1, {fields}}}
"""


def only(result: Evaluation, code: str) -> str:
    """The only finding of a rule, as it is printed."""
    (finding,) = [finding for finding in result.findings if finding.code == code]
    return str(finding)


@pytest.mark.parametrize(
    ("code", "fields", "message"),
    [
        (
            "PRB211",
            "livenessProbe: {httpGet: {port: 8080}, periodSeconds: 5, timeoutSeconds: 30}",
            (
                "spec.template.spec.containers[web].livenessProbe.timeoutSeconds: `timeoutSeconds` is 30, longer than "
                "the period of 5 s. "
                "The kubelet waits for each attempt, so a hung container is restarted after 90 s, not 15 s. "
                "Use `timeoutSeconds: 4` or `periodSeconds: 30`. [PRB211]"
            ),
        ),
        (
            "PRB101",
            "ports: [{containerPort: 8080}]",
            (
                "spec.template.spec.containers[web].readinessProbe: The container declares ports but has no readiness "
                "probe. It receives requests from second 0, before it listens. If it hangs, it keeps receiving "
                "requests indefinitely. Add a `readinessProbe` that passes once the container can serve requests. "
                "[PRB101]"
            ),
        ),
        (
            "PRB204",
            (
                "livenessProbe: {httpGet: {port: 80, path: /l}, periodSeconds: 5}, "
                "readinessProbe: {httpGet: {port: 80, path: /r}}"
            ),
            (
                "spec.template.spec.containers[web].livenessProbe: Liveness can fail 10 s after the container does, "
                "readiness as late as 31 s after. For up to 21 s, requests go to a container that is already being "
                "killed. Set `failureThreshold: 8` for the liveness probe, or make the readiness probe faster. [PRB204]"
            ),
        ),
        (
            "PRB303",
            "readinessProbe: {httpGet: {port: htttp}}",
            (
                "spec.template.spec.containers[web].readinessProbe.httpGet.port: This container declares no port "
                "named 'htttp'. Every attempt ends in an error, neither success nor failure: the pod never becomes "
                "Ready. Declare it in the container's `ports`, or use the port number. [PRB303]"
            ),
        ),
        (
            "PRB405",
            "livenessProbe: {httpGet: {port: 8080}}",
            (
                "spec.template.spec.containers[web].livenessProbe.terminationGracePeriodSeconds: The liveness probe "
                "has no grace period of its own, and the pod's is 300 s, longer than 60 s. A hung container is down "
                "for up to 331 s: 31 s until liveness fails, then 300 s until SIGKILL. "
                "Set `terminationGracePeriodSeconds: 30` for the liveness probe. [PRB405]"
            ),
        ),
        (
            "PRB321",
            "livenessProbe: {httpGet: {port: 8080, periodSeconds: 3}}",
            (
                "spec.template.spec.containers[web].livenessProbe.httpGet.periodSeconds: `periodSeconds` is not a "
                "known field here. The API server drops it as if it had not been set. Move it one level up, to the "
                "probe itself. [PRB321]"
            ),
        ),
    ],
    ids=["PRB211", "PRB101", "PRB204", "PRB303", "PRB405", "PRB321"],
)
def test_a_complete_message(code: str, fields: str, message: str, evaluate_yaml: EvaluateYaml) -> None:
    """The exact text of a message."""
    result = evaluate_yaml(DEPLOYMENT.format(fields=fields, grace=300 if code == "PRB405" else 30))
    assert message == only(result, code)


@pytest.mark.parametrize(
    ("fields", "fix"),
    [
        ('livenessProbe: {httpGet: {port: 8080}, periodSeconds: "4711"}', "Remove the quotes."),
        (
            "livenessProbe: {httpGet: {port: 8080}, periodSeconds: 4711s}",
            "Write the number alone, without quotes or a unit.",
        ),
        (
            "livenessProbe: {httpGet: {port: 8080}, periodSeconds: [4711]}",
            "Use the type that the Kubernetes API has for this field.",
        ),
        ("livenessProbe: {httpGet: {port: 8080, path: 4711}}", "Put it in quotes."),
        ("livenessProbe: {exec: {command: [4711]}}", "Put it in quotes."),
        ("livenessProbe: 4711", "Use the type that the Kubernetes API has for this field."),
        ("livenessProbe: {exec: {command: [[4711]]}}", "Use the type that the Kubernetes API has for this field."),
    ],
)
def test_a_malformed_value_gets_the_fix_that_its_type_calls_for(
    fields: str, fix: str, evaluate_yaml: EvaluateYaml
) -> None:
    """Superfluous quotes, missing quotes, a unit; the value itself is not shown."""
    (finding,) = [
        found for found in evaluate_yaml(DEPLOYMENT.format(fields=fields, grace=30)).findings if found.code == "PRB301"
    ]
    assert fix == finding.fix
    assert "4711" not in str(finding)


@pytest.mark.parametrize(
    ("probe", "fixed"),
    [
        ({"httpGet": {"port": 80, "periodSeconds": 3}}, {"httpGet": {"port": 80}, "periodSeconds": 3}),
        ({"httpGet": {"port": 80}, "path": "/livez"}, {"httpGet": {"port": 80, "path": "/livez"}}),
        ({"httpGet": {"prot": 80}}, {"httpGet": {"port": 80}}),
        ({"httpGet": {"prot": 80, "port": 81}}, None),
        ({"tcpSocket": {"port": 80}, "path": "/livez"}, None),
        ({"httpGet": {"port": 80, "zzz": 1}}, None),
    ],
    ids=["up", "down", "renamed", "already there", "of another handler", "unknown"],
)
def test_an_unknown_field_is_moved_or_renamed_if_its_meaning_is_clear(
    probe: dict[str, Any], fixed: dict[str, Any] | None
) -> None:
    """A field that would overwrite another one, or for which there is no handler, is left alone."""
    container = {"name": "cart", "image": "cart:1", "livenessProbe": probe}
    content = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "cart"}, "spec": {"containers": [container]}}
    findings = evaluate(read_stack([Manifest(content=content)]), load_rules()).findings
    (finding,) = [finding for finding in findings if finding.code == "PRB321"]
    if fixed is None:
        assert () == finding.edits
    else:
        assert fixed == edited(content, finding.edits)["spec"]["containers"][0]["livenessProbe"]


EXEC = "livenessProbe: {exec: {command: [check]}, periodSeconds: 2}, readinessProbe: {exec: {command: [check]}}"


def test_the_cost_of_exec_probes_is_that_of_their_periods(evaluate_yaml: EvaluateYaml) -> None:
    """One probe runs every 2 s and one every 10 s, in 2 replicas; handlers of the kubelet cost less."""
    result = evaluate_yaml(DEPLOYMENT.format(fields=EXEC, grace=30))
    assert f"use about {cpu('exec', 0.5)} of CPU; an `httpGet` probe would use {cpu('httpGet', 0.5)}." in only(
        result, "PRB311"
    )
    assert f"about {cpu('exec', 1.2)} of CPU in total; tcpSocket probes would use {cpu('tcpSocket', 1.2)}." in only(
        result, "PRB502"
    )


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.code)
def test_every_message_has_its_parts(rule: Rule, evaluate_yaml: EvaluateYaml) -> None:
    """Problem, consequence and fix are sentences, the path is inside the object, and only names and numbers vary."""
    for text in rule.documentation.bad:
        for finding in evaluate_yaml(text).findings:
            assert finding.path.segments
            for sentence in (finding.what, finding.consequence, finding.fix):
                assert sentence[0].isupper() or sentence[0].isdigit() or sentence[0] in "`-", sentence
                assert sentence.endswith((".", "?")), sentence
                assert "  " not in sentence
                assert "None" not in sentence


def test_a_finding_in_a_list_has_the_line_of_its_item(read: Callable[[str], Stack]) -> None:
    """The reference is that of the item, however deep it is nested."""
    stack = read(
        "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: n}, "
        "spec: {containers: [{name: c, livenessProbe: {}}]}}]}"
    )
    (finding,) = [finding for finding in evaluate(stack, load_rules()).findings if finding.code == "PRB302"]
    assert "Pod n/a" == str(finding.resource)
    assert "spec.containers[c].livenessProbe" == finding.where


def test_objects_of_unknown_kinds_only_get_advice(evaluate_yaml: EvaluateYaml) -> None:
    """An unknown kind may use the same names for something else."""
    result = evaluate_yaml("""
    apiVersion: example.com/v1
    kind: Widget
    metadata: {name: w}
    spec:
      deeply:
        nested:
          - containers: [{name: a, image: a:1, livenessProbe: {exec: {command: [a]}, tcpSocket: {port: 1}}}]
    """)
    assert {"PRB302"} <= {finding.code for finding in result.findings}
    assert {Severity.ADVICE} == {finding.severity for finding in result.findings}


VERSIONED = """
apiVersion: v1
kind: Pod
metadata: {name: cart}
spec: {containers: [{name: cart, image: cart:1, lifecycle: {preStop: {sleep: {seconds: 5}}}}]}
"""


@pytest.mark.parametrize(("version", "severities"), [("", []), ("1.30", []), ("v1.29.4", [Severity.ERROR])])
def test_the_cluster_version_determines_findings_about_features(
    version: str, severities: list[Severity], evaluate_yaml: EvaluateYaml
) -> None:
    """A native sleep is available since 1.30, and is an error if an older version is configured."""
    result = evaluate_yaml(VERSIONED, {"feature-newer-than-cluster": {"kubernetes_version": version}})
    assert severities == [finding.severity for finding in result.findings if finding.code == "PRB503"]


RESTARTED = """
apiVersion: v1
kind: Pod
metadata: {{name: cart}}
spec:
  initContainers: [{{name: migrate, image: migrate:1{init}}}]
  containers: [{{name: cart, image: cart:1{regular}}}]
"""


@pytest.mark.parametrize(("init", "regular"), [("", ", restartPolicy: Never"), (", restartPolicy: OnFailure", "")])
@pytest.mark.parametrize(
    ("version", "consequences"),
    [
        ("1.27", ["drops it, and the pod's restartPolicy applies"]),
        ("1.28", ["rejects the object"]),
        ("1.33", ["rejects the object"]),
        ("1.34", ["drops it, and the pod's restartPolicy applies"]),
        ("1.35", []),
    ],
)
def test_a_restart_policy_is_rejected_by_some_versions(
    version: str, consequences: list[str], init: str, regular: str, evaluate_yaml: EvaluateYaml
) -> None:
    """While only sidecars can have a restart policy, Kubernetes rejects it for others; later, it drops it."""
    text = RESTARTED.format(init=init, regular=regular)
    result = evaluate_yaml(text, {"feature-newer-than-cluster": {"kubernetes_version": version}})
    found = [finding.consequence for finding in result.findings if finding.code == "PRB503"]
    assert [f"The API server {consequence}." for consequence in consequences] == found


def test_an_invalid_version_is_reported(evaluate_yaml: EvaluateYaml) -> None:
    """A mistake in the configuration is not an internal error of the rule."""
    result = evaluate_yaml(VERSIONED, {"feature-newer-than-cluster": {"kubernetes_version": "newest"}})
    assert [] == result.crashes
    assert ["PRB503"] == [finding.code for finding in result.findings if finding.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("version", "features"),
    [
        ("1.24", ["livenessProbe.terminationGracePeriodSeconds: ", "`sleep` in", "`sleep` in", "`sleep` of 0 s"]),
        ("1.29", ["`sleep` in", "`sleep` in", "`sleep` of 0 s"]),
        ("1.32", ["`sleep` of 0 s"]),
        ("1.33", []),
    ],
)
def test_each_field_of_a_probe_or_hook_has_a_version_of_its_own(
    version: str, features: list[str], evaluate_yaml: EvaluateYaml
) -> None:
    """A sleep of 0 s is newer than the sleep itself."""
    fields = (
        "livenessProbe: {tcpSocket: {port: 80}, terminationGracePeriodSeconds: 9}, "
        "readinessProbe: {tcpSocket: {port: 80}}, "
        "lifecycle: {postStart: {sleep: {seconds: 1}}, preStop: {sleep: {seconds: 0}}}"
    )
    result = evaluate_yaml(
        DEPLOYMENT.format(fields=fields, grace=30), {"feature-newer-than-cluster": {"kubernetes_version": version}}
    )
    found = [str(finding) for finding in result.findings if finding.code == "PRB503"]
    assert [True] * len(features) == [feature in what for feature, what in zip(features, found, strict=True)]


SLOW = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "cart"},
    "spec": {
        "replicas": 4,
        "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "template": {
            "spec": {
                "containers": [
                    {
                        "name": "cart",
                        "image": "cart:1",
                        "startupProbe": {"tcpSocket": {"port": 80}, "periodSeconds": 10, "failureThreshold": 30},
                    }
                ]
            }
        },
    },
}


@pytest.mark.parametrize(
    ("options", "operations"),
    [
        (PulumiOptions(), ["a rollout"]),
        (PulumiOptions(update_timeout_seconds=1300), []),
        (PulumiOptions(update_timeout_seconds=1204), []),
        (PulumiOptions(update_timeout_seconds=1203), ["a rollout"]),
        (PulumiOptions(create_timeout_seconds=300, update_timeout_seconds=1300), ["the first rollout"]),
    ],
    ids=["default", "long", "exact", "a second less", "short creation"],
)
def test_custom_timeouts_of_pulumi_count(options: PulumiOptions, operations: list[str]) -> None:
    """Creation and update have separate timeouts; 4 pods in sequence take 4 * 301 s."""
    stack = read_stack([Manifest(content=SLOW, pulumi=options)])
    found = [finding.what for finding in evaluate(stack, load_rules()).findings if finding.code == "PRB207"]
    assert operations == [next(text for text in ("a rollout", "the first rollout") if text in what) for what in found]
