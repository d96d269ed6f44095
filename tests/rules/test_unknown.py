"""A value that is not known before deployment only affects the rules that need it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.values import UNKNOWN
from pulumi_probes.rules import Evaluation, Rule, evaluate, load_rules

BAD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      containers:
        - name: cart
          image: cart:1
          ports: [{name: http, containerPort: 8080}]
          livenessProbe: {httpGet: {path: /livez, port: http}, periodSeconds: 5, timeoutSeconds: 30}
          readinessProbe: {tcpSocket: {port: htttp}, terminationGracePeriodSeconds: 5}
        - name: proxy
          image: proxy:1
          livenessProbe: {exec: {command: [check]}, periodSeconds: 1}
"""


def said(content: dict[str, Any]) -> Evaluation:
    """The findings of all rules for one object."""
    return evaluate(read_stack([Manifest(content=content)]), load_rules())


def said_of(text: str, change: Callable[[dict[str, Any]], None]) -> Evaluation:
    """The same after a change."""
    content = yaml.safe_load(text)
    change(content)
    return said(content)


def pod_spec(content: dict[str, Any]) -> dict[str, Any]:
    """The pod specification of a Deployment."""
    spec: dict[str, Any] = content["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.code)
def test_an_unknown_image_changes_nothing(rule: Rule) -> None:
    """Every example has the same findings if no image is known."""

    def without_images(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: UNKNOWN if key == "image" else without_images(below) for key, below in value.items()}
        return [without_images(below) for below in value] if isinstance(value, list) else value

    for text in (*rule.documentation.bad, *rule.documentation.good):
        documents = list(yaml.safe_load_all(text))
        known = evaluate(read_stack(Manifest(content=document) for document in documents), load_rules())
        unknown = evaluate(
            read_stack(Manifest(content=without_images(document)) for document in documents), load_rules()
        )
        assert known == unknown


def test_an_unknown_list_of_containers_leaves_rules_unevaluated() -> None:
    """There are no findings, and each rule about probes is reported as not evaluated."""
    result = said_of(BAD, lambda content: pod_spec(content).update(containers=UNKNOWN))
    assert [] == result.findings
    assert {"spec.template.spec.containers"} == {str(entry.path) for entry in result.not_evaluated}
    assert {"PRB101", "PRB204", "PRB301", "PRB302"} <= {entry.code for entry in result.not_evaluated}


@pytest.mark.parametrize("path", [["spec"], ["spec", "template"], ["spec", "template", "spec"]], ids=".".join)
def test_an_unknown_pod_specification_is_reported(path: list[str]) -> None:
    """An Output in place of the whole specification does not pass silently."""

    def blind(content: dict[str, Any]) -> None:
        node = content
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = UNKNOWN

    result = said_of(BAD, blind)
    assert [] == result.findings
    assert ".".join(path) in {str(entry.path) for entry in result.not_evaluated if entry.code == "PRB101"}


def test_an_unknown_container_does_not_hide_the_others() -> None:
    """The other container is still evaluated, by rules of every scope."""
    known = said(yaml.safe_load(BAD))

    def blind(content: dict[str, Any]) -> None:
        pod_spec(content)["containers"][0] = UNKNOWN

    blinded = said_of(BAD, blind)
    assert [f.code for f in known.findings if f.container == "proxy"] == [f.code for f in blinded.findings]


def test_an_unknown_number_only_affects_the_rules_that_need_it() -> None:
    """An unknown period does not affect the ports of the same probe."""

    def blind(content: dict[str, Any]) -> None:
        pod_spec(content)["containers"][0]["livenessProbe"]["periodSeconds"] = UNKNOWN

    result = said_of(BAD, blind)
    codes = {finding.code for finding in result.findings}
    assert {"PRB303", "PRB315", "PRB311"} <= codes
    assert "PRB211" not in codes
    places = {(entry.code, str(entry.path)) for entry in result.not_evaluated}
    assert ("PRB211", "spec.template.spec.containers[0].livenessProbe.periodSeconds") in places


def test_an_unknown_number_does_not_hide_a_missing_probe() -> None:
    """A missing readiness probe is reported although the period of the liveness probe is not known."""
    text = """
    apiVersion: v1
    kind: Pod
    metadata: {name: cart}
    spec:
      containers:
        - name: cart
          image: cart:1
          ports: [{containerPort: 8080}]
          livenessProbe: {httpGet: {path: /livez, port: 8080}}
    """

    def blind(content: dict[str, Any]) -> None:
        content["spec"]["containers"][0]["livenessProbe"]["periodSeconds"] = UNKNOWN

    assert "PRB101" in {finding.code for finding in said_of(text, blind).findings}


def test_an_unknown_port_does_not_hide_a_known_one() -> None:
    """A named port is found next to an unknown one; a missing one cannot be determined."""
    text = """
    apiVersion: v1
    kind: Pod
    metadata: {name: cart}
    spec:
      containers:
        - name: cart
          image: cart:1
          ports: [{name: http, containerPort: 8080}, {name: admin, containerPort: 9090}]
          readinessProbe: {httpGet: {path: /readyz, port: http}}
          livenessProbe: {httpGet: {path: /livez, port: admim}, failureThreshold: 5}
    """

    def blind(content: dict[str, Any]) -> None:
        content["spec"]["containers"][0]["ports"][1] = UNKNOWN

    result = said_of(text, blind)
    assert [] == [finding for finding in result.findings if finding.code == "PRB303"]
    entries = [entry for entry in result.not_evaluated if entry.code == "PRB303"]
    assert ["spec.containers[0].ports[1]"] == [str(entry.path) for entry in entries]


def services(*selectors: Any) -> list[dict[str, Any]]:
    """Services on port 8080 with these selectors."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": f"service-{number}"},
            "spec": {"selector": selector, "ports": [{"port": 80, "targetPort": 8080}]},
        }
        for number, selector in enumerate(selectors)
    ]


POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "cart", "labels": {"app": "cart", "version": UNKNOWN}},
    "spec": {"containers": [{"name": "cart", "image": "cart:1"}]},
}


def behind(*selectors: Any) -> tuple[list[str], list[str]]:
    """The results of PRB102 for a pod behind Services: its findings, and why it could not be evaluated."""
    stack: Stack = read_stack(Manifest(content=content) for content in [*services(*selectors), POD])
    rule = next(rule for rule in load_rules() if rule.code == "PRB102")
    result = evaluate(stack, [rule])
    return [finding.what for finding in result.findings], [entry.reason for entry in result.not_evaluated]


def test_a_label_that_differs_is_sufficient() -> None:
    """A certain mismatch takes precedence over unknown labels."""
    assert ([], []) == behind({"app": "shop", "version": "2"})
    assert ([], []) == behind({"app": "shop", "version": UNKNOWN})


def test_an_unknown_selector_does_not_hide_another_service() -> None:
    """The Service that certainly selects the pod is named, and the other one is reported as unknown."""
    findings, reasons = behind({"app": UNKNOWN}, {"app": "cart"})
    assert ["Service service-1 routes requests to this container, which has no readiness probe."] == findings
    assert ["not known before deployment, in Service service-0"] == reasons


def test_an_unknown_label_leaves_the_rule_unevaluated() -> None:
    """It neither passes nor fails."""
    assert ([], ["not known before deployment"]) == behind({"app": "cart", "version": "2"})
