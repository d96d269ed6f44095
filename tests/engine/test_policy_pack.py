"""`pulumi preview --policy-pack policies`, with the real engine and the real provider, without a cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness.engine import ROOT

MakeProject = Callable[..., Any]

PROGRAM = """
import pulumi
import pulumi_kubernetes as k8s

labels = {"app": "web"}
token = pulumi.Config().get_secret("token") or pulumi.Output.secret("s3cr3t")
owner = k8s.core.v1.ConfigMap("owner", data={"a": "b"})
container = {
    "name": "web",
    "image": owner.id.apply(lambda name: f"web:{name}"),
    "env": [{"name": "TOKEN", "value": token}],
    "ports": [{"name": "http", "containerPort": 8080}],
    "readinessProbe": READINESS,
    "livenessProbe": LIVENESS,
    "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
}
k8s.apps.v1.Deployment(
    "web",
    spec={
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    },
)
k8s.core.v1.Service("web", spec={"selector": labels, "ports": [{"port": 80, "targetPort": "http"}]})
"""
SOUND = PROGRAM.replace("READINESS", '{"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 5}').replace(
    "LIVENESS", '{"httpGet": {"path": "/livez", "port": "http"}, "failureThreshold": 6}'
)
BAD = SOUND.replace('"path": "/livez", "port": "http"', '"path": "/livez", "port": "htpp"')
UNREADY = """
import pulumi_kubernetes as k8s

labels = {"app": "web"}
k8s.core.v1.Pod(
    "web", metadata={"labels": labels}, spec={"containers": [{"name": "web", "image": "web:1"}]}
)
k8s.core.v1.Service("web", spec={"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]})
"""


def test_a_valid_stack_passes(make_project: MakeProject) -> None:
    """An unknown image and a secret in an environment variable are not reported."""
    outcome = make_project(SOUND).preview()
    assert 0 == outcome.status, outcome.output
    assert "✅ pulumi-probes@v0.1.0" in outcome.policies
    assert 2 == outcome.policies.count("\n")


def test_a_bad_stack_fails_readably(make_project: MakeProject) -> None:
    """Rule, resource, description, path, problem and fix: each on its own line, and only once."""
    outcome = make_project(BAD).preview()
    assert outcome.status != 0
    heading, policy, description, place, problem, fix = (line.strip() for line in outcome.policies.splitlines()[1:])
    assert heading.startswith("❌ pulumi-probes@v0.1.0")
    assert "- [mandatory] [severity: high]  named-port-missing  (kubernetes:apps/v1:Deployment: web)" == policy
    assert "A probe or hook refers to a port name that its container does not declare." == description
    assert "spec.template.spec.containers[web].livenessProbe.httpGet.port" == place
    assert "htpp" in problem
    assert fix.endswith("[PRB303]")
    assert "s3cr3t" not in outcome.output


def test_a_configuration_lowers_a_level(make_project: MakeProject) -> None:
    """With `--policy-pack-config`, the rule is still reported, but the preview passes."""
    outcome = make_project(BAD).preview(config={"named-port-missing": "advisory"})
    assert 0 == outcome.status, outcome.output
    assert "[advisory] [severity: high]  named-port-missing" in outcome.policies


def test_a_configuration_turns_everything_off_but_one(make_project: MakeProject) -> None:
    """`all` is applied first, then the policies by name."""
    config = {"all": "disabled", "named-port-missing": {"enforcementLevel": "mandatory", "exclude": ["web"]}}
    project = make_project(BAD)
    assert 0 == project.preview(config=config).status
    config["named-port-missing"] = "mandatory"
    assert project.preview(config=config).status != 0


def test_a_rule_about_the_whole_stack_fails_the_preview(make_project: MakeProject) -> None:
    """The rule checks the Service and reports the Pod."""
    outcome = make_project(UNREADY).preview(config={"readiness-missing-behind-service": "mandatory"})
    assert outcome.status != 0
    assert (
        "[mandatory] [severity: medium]  readiness-missing-behind-service  (kubernetes:core/v1:Pod: web)"
        in outcome.policies
    )


def test_mistakes_in_the_configuration_are_reported(make_project: MakeProject) -> None:
    """Unknown keys and policies fail the preview; the engine ignores both."""
    config = {"named-port-missing": {"excude": []}, "named-port-mising": "mandatory"}
    outcome = make_project(SOUND).preview(config=config)
    assert outcome.status != 0
    assert "(pulumi:pulumi:Stack: test-dev)" in outcome.policies
    assert "'excude' is not a parameter. Did you mean 'exclude'?" in outcome.policies
    assert "'named-port-mising' is not a policy. Did you mean 'named-port-missing'?" in outcome.policies


def test_a_value_of_the_wrong_type_is_rejected_by_the_engine(make_project: MakeProject) -> None:
    """The schema of each policy defines what can be configured."""
    outcome = make_project(SOUND).preview(config={"named-port-missing": {"exclude": "web"}})
    assert outcome.status != 0
    assert "named-port-missing: exclude: Invalid type. Expected: array, given: string" in outcome.output


def test_what_is_not_known_is_listed_once(make_project: MakeProject) -> None:
    """For each resource, one diagnostic lists the rules that could not be evaluated."""
    program = SOUND.replace('"periodSeconds": 5', '"periodSeconds": owner.id.apply(len)')
    outcome = make_project(program).preview()
    assert 0 == outcome.status, outcome.output
    assert 1 == outcome.policies.count("probe-not-evaluated")
    place = "spec.template.spec.containers[web].readinessProbe.periodSeconds is not known before deployment"
    assert 1 == outcome.policies.count(place)
    assert "can't run policy" not in outcome.policies


def test_a_waived_finding_stays_visible(make_project: MakeProject) -> None:
    """The reason in the annotation is shown, and the preview passes."""
    annotated = BAD.replace(
        "    spec={\n", '    metadata={"annotations": {"pulumi-probes/ignore": "PRB303=a test"}},\n    spec={\n'
    )
    project = make_project(annotated)
    outcome = project.preview()
    assert 0 == outcome.status, outcome.output
    assert "named-port-missing is waived: a test" in outcome.policies
    assert project.preview(config={"probe-waived": {"allowed": False}}).status != 0


def test_a_helm_release_cannot_be_looked_into(make_project: MakeProject) -> None:
    """Policies only receive the values of a Release."""
    program = 'import pulumi_kubernetes as k8s\nk8s.helm.v3.Release("r", chart="./chart")\n'
    project = make_project(program)
    chart = project.folder / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: chart\nversion: 0.1.0\n", encoding="utf-8")
    outcome = project.preview()
    assert "helm-release-not-audited  (kubernetes:helm.sh/v3:Release: r)" in outcome.policies


@pytest.mark.parametrize("stack", ["dev", "production", "edge"])
def test_the_reference_stack_passes(make_project: MakeProject, stack: str) -> None:
    """In each of its three configurations; waived findings are shown."""
    outcome = make_project(ROOT, stack=stack).preview()
    assert 0 == outcome.status, outcome.output
    assert "[mandatory]" not in outcome.policies
    assert "- [advisory]" not in outcome.policies.replace("- [advisory] [severity: low]  probe-waived", "")
