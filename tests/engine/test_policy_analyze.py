"""`pulumi policy analyze` audits a stack after the fact: the real engine and the pack, without program or provider."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from harness.engine import Project, exported_state

from pulumi_probes.cli import run

MakeProject = Callable[..., Project]

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"CANARY-1234"'}
"""A secret value, as an export with --show-secrets contains it."""

READY = {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 5}
ALIVE = {"httpGet": {"path": "/livez", "port": "http"}, "failureThreshold": 6}


def container(**changes: Any) -> dict[str, Any]:
    """A container with valid probes, and these changes."""
    return {
        "name": "web",
        "image": "web:1",
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": READY,
        "livenessProbe": ALIVE,
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
        **changes,
    }


def deployment(annotations: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """A Deployment of this container."""
    labels = {"app": "web"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "annotations": annotations or {}},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container(**changes)]}},
        },
    }


SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
}
WRONG_PORT: dict[str, Any] = {"livenessProbe": {"httpGet": {"path": "/livez", "port": "htpp"}, "failureThreshold": 6}}
UNREADY: dict[str, Any] = {"ports": None, "readinessProbe": None, "livenessProbe": None}


def test_a_valid_stack_passes(make_offline_project: MakeProject) -> None:
    """The block of the pack is one line."""
    outcome = make_offline_project("").analyze(exported_state([deployment(), SERVICE]))
    assert 0 == outcome.status, outcome.output
    assert "✅ pulumi-probes@v0.1.0" in outcome.policies
    assert 2 == outcome.policies.count("\n")


def test_a_bad_stack_fails_readably(make_offline_project: MakeProject) -> None:
    """Rule, resource, description, path, problem and fix: each on its own line, and only once."""
    outcome = make_offline_project("").analyze(exported_state([deployment(**WRONG_PORT), SERVICE]))
    assert outcome.status != 0
    heading, policy, description, place, problem, fix = (line.strip() for line in outcome.policies.splitlines()[1:])
    assert heading.startswith("❌ pulumi-probes@v0.1.0")
    assert "- [mandatory] [severity: high]  named-port-missing  (kubernetes:apps/v1:Deployment: web)" == policy
    assert "A probe or hook refers to a port name that its container does not declare." == description
    assert "spec.template.spec.containers[web].livenessProbe.httpGet.port" == place
    assert "htpp" in problem
    assert fix.endswith("[PRB303]")


def test_a_pod_of_the_state_is_audited(make_offline_project: MakeProject) -> None:
    """Not only workloads with templates."""
    spec = {"containers": [container(**WRONG_PORT)]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec}
    outcome = make_offline_project("").analyze(exported_state([pod]))
    assert outcome.status != 0
    assert "named-port-missing  (kubernetes:core/v1:Pod: web)" in outcome.output


@pytest.mark.parametrize("value", [SECRET, "CANARY-1234"], ids=["secret", "plain"])
def test_no_value_of_the_environment_is_printed(make_offline_project: MakeProject, value: Any) -> None:
    """Neither a secret of the state nor a plain value appears in the diagnostics of a stack that fails."""
    changes: dict[str, Any] = {**WRONG_PORT, "env": [{"name": "TOKEN", "value": value}]}
    outcome = make_offline_project("").analyze(exported_state([deployment(**changes), SERVICE]))
    assert outcome.status != 0
    assert "PRB303" in outcome.output
    assert "CANARY" not in outcome.output


@pytest.mark.parametrize(
    ("config", "status", "level"),
    [
        ({"named-port-missing": "advisory"}, 0, "[advisory]"),
        ({"all": "disabled", "named-port-missing": "mandatory"}, 1, "[mandatory]"),
        ({"named-port-missing": "disabled"}, 0, ""),
        ({"named-port-missing": {"enforcementLevel": "mandatory", "exclude": ["web"]}}, 0, ""),
        ({"named-port-missing": {"enforcementLevel": "mandatory", "exclude": ["other"]}}, 1, "[mandatory]"),
    ],
)
def test_a_configuration_file_sets_levels(
    make_offline_project: MakeProject, config: dict[str, Any], status: int, level: str
) -> None:
    """`all` is applied first, then the policies by name; an excluded resource is not reported."""
    outcome = make_offline_project("").analyze(exported_state([deployment(**WRONG_PORT), SERVICE]), config=config)
    assert (status == 0) == (outcome.status == 0), outcome.output
    assert (level != "") == (f"{level} [severity: high]  named-port-missing" in outcome.policies)


def test_mistakes_in_the_configuration_are_reported(make_offline_project: MakeProject) -> None:
    """A key that no policy has fails the audit; the engine ignores it."""
    config = {"named-port-missing": {"excude": []}, "named-port-mising": "mandatory"}
    outcome = make_offline_project("").analyze(exported_state([deployment(), SERVICE]), config=config)
    assert outcome.status != 0
    assert "'excude' is not a parameter. Did you mean 'exclude'?" in outcome.output
    assert "'named-port-mising' is not a policy. Did you mean 'named-port-missing'?" in outcome.output


@pytest.mark.parametrize("allowed", [True, False])
def test_a_waived_finding_stays_visible(make_offline_project: MakeProject, allowed: bool) -> None:
    """The reason in the annotation is shown; the configuration decides whether waivers are accepted."""
    waived = deployment({"pulumi-probes/ignore": "PRB303=a test"}, **WRONG_PORT)
    config = {"probe-waived": {"allowed": allowed}}
    outcome = make_offline_project("").analyze(exported_state([waived, SERVICE]), config=config)
    assert allowed == (outcome.status == 0), outcome.output
    assert allowed == ("named-port-missing is waived: a test" in outcome.policies)


def test_a_rule_about_the_whole_stack_is_evaluated(make_offline_project: MakeProject) -> None:
    """The rule checks the Service and reports the Deployment; without the Service, there is nothing to report."""
    project, unready = make_offline_project(""), deployment(**UNREADY)
    config = {"readiness-missing-behind-service": "mandatory"}
    name = "readiness-missing-behind-service  (kubernetes:apps/v1:Deployment: web)"
    together = project.analyze(exported_state([unready, SERVICE]), config=config)
    assert together.status != 0
    assert name in together.policies
    assert name not in project.analyze(exported_state([unready]), config=config).output


def test_json_has_one_event_for_each_finding(
    make_offline_project: MakeProject, tmp_path: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    """The engine's events have the codes and levels of `probes audit` for the same objects."""
    objects = [deployment(**{**WRONG_PORT, **UNREADY}), SERVICE]
    outcome = make_offline_project("").analyze(exported_state(objects), "--json")
    events = [json.loads(line) for line in outcome.output.splitlines() if line.startswith("{")]
    said = [event["policyEvent"] for event in events if "policyEvent" in event]

    file = tmp_path / "objects.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}), encoding="utf-8")
    run(["audit", str(file), "--format", "json"])
    findings = json.loads(capfd.readouterr().out)["findings"]
    assert {item["rule"] for item in findings} == {event["policyName"] for event in said}
    assert {"kubernetes:apps/v1:Deployment::web"} == {event["resourceUrn"].split("::", 2)[2] for event in said}
