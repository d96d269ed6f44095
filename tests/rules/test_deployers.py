"""Rules and summaries read the limits of each deployer from one place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_probes.model.await_timeout import DEPLOYERS, read_await_timeouts
from pulumi_probes.model.stack import Stack
from pulumi_probes.rules import Evaluation, find_rule, read_configuration
from pulumi_probes.timeline.bounds.workload import summarize_workload

EvaluateYaml = Callable[..., Evaluation]
DEPLOYER_CODES = ("PRB207", "PRB412", "PRB414")

CONTAINER = "{name: cart, image: cart:1, startupProbe: {tcpSocket: {port: 80}, failureThreshold: 31}}"
POD = f"template: {{metadata: {{labels: {{app: cart}}}}, spec: {{containers: [{CONTAINER}]}}}}"


def manifest(kind: str, spec: str, annotations: str = "", api_version: str = "apps/v1") -> str:
    """One object whose pods are Ready after 311 s at the latest."""
    return (
        f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: cart, annotations: {{{annotations}}}}}\n"
        f"spec: {{{spec}{POD}}}\n"
    )


def names() -> dict[str, str]:
    """The rules with a deployer, by code."""
    found = {code: find_rule(code) for code in DEPLOYER_CODES}
    return {code: rule.name for code, rule in found.items() if rule is not None}


def codes(evaluate_yaml: EvaluateYaml, text: str, deployer: str) -> list[str]:
    """The findings of the rules that depend on the deployer."""
    parameters = {name: {"deployer": deployer} for name in names().values()}
    return [item.code for item in evaluate_yaml(text, parameters).findings if item.code in DEPLOYER_CODES]


PARTITION = "replicas: 1, updateStrategy: {rollingUpdate: {partition: 1}}, "
ON_DELETE = "updateStrategy: {type: OnDelete}, "


@pytest.mark.parametrize(
    ("kind", "spec", "annotations", "expected"),
    [
        # 311 s are more than the 300 s of Helm and Flux, and fewer than the 600 s of Pulumi.
        ("Deployment", "replicas: 1, ", "", {"helm": "PRB207", "flux": "PRB207"}),
        (
            "Deployment",
            "replicas: 1, ",
            "pulumi.com/timeoutSeconds: '100'",
            dict.fromkeys(["pulumi", "helm", "flux"], "PRB207"),
        ),
        ("Deployment", "replicas: 1, ", "pulumi.com/skipAwait: 'true'", {"helm": "PRB207", "flux": "PRB207"}),
        ("StatefulSet", PARTITION, "pulumi.com/skipAwait: 'true'", {"helm": "PRB207", "flux": "PRB207"}),
        ("StatefulSet", PARTITION, "", {"pulumi": "PRB412", "helm": "PRB207", "flux": "PRB207"}),
        ("ReplicaSet", "replicas: 1, ", "", {}),
        ("Deployment", "replicas: 0, ", "", {}),
    ],
)
def test_each_deployer_has_limits_of_its_own(
    kind: str, spec: str, annotations: str, expected: dict[str, str], evaluate_yaml: EvaluateYaml
) -> None:
    """Argo CD and kubectl have none; annotations of Pulumi mean nothing to others."""
    text = manifest(kind, spec, annotations)
    found = {deployer: codes(evaluate_yaml, text, deployer) for deployer in DEPLOYERS}
    assert {deployer: [code] for deployer, code in expected.items()} == {
        who: item for who, item in found.items() if item
    }


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("DaemonSet", {"pulumi", "helm", "flux", "kubectl"}), ("StatefulSet", {"kubectl"}), ("Deployment", set[str]())],
)
def test_on_delete_is_an_endless_wait_for_some(kind: str, expected: set[str], evaluate_yaml: EvaluateYaml) -> None:
    """Argo CD takes it for healthy, and only kubectl minds a StatefulSet."""
    text = manifest(kind, ON_DELETE)
    assert expected == {deployer for deployer in DEPLOYERS if "PRB412" in codes(evaluate_yaml, text, deployer)}


@pytest.mark.parametrize("deployer", DEPLOYERS)
@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("StatefulSet", PARTITION),
        ("StatefulSet", ON_DELETE),
        ("StatefulSet", "replicas: 3, minReadySeconds: 60, "),
        ("DaemonSet", ON_DELETE),
        ("Deployment", "replicas: 9, "),
        ("Deployment", ""),
    ],
)
def test_rules_and_summary_agree(
    kind: str, spec: str, deployer: str, evaluate_yaml: EvaluateYaml, read: Callable[[str], Stack]
) -> None:
    """A wait that the summary calls too short or endless is a finding, and the other way round."""
    text = manifest(kind, spec)
    summary = summarize_workload(read(text).workloads[0], deployer=deployer)
    too_short = False in (summary.fits_create_timeout, summary.fits_update_timeout) and not summary.plan.endless_wait
    found = codes(evaluate_yaml, text, deployer)
    # A first rollout that is too slow is reported in addition to a wait that never ends.
    assert (summary.plan.endless_wait is not None) == ("PRB412" in found)
    assert (too_short or summary.fits_create_timeout is False) == ("PRB207" in found)


def test_a_service_only_keeps_pulumi_waiting(evaluate_yaml: EvaluateYaml) -> None:
    """Helm and the others take a Service for ready at once."""
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: cart, annotations: {pulumi.com/timeoutSeconds: '99'}}\n"
    text = f"{service}spec: {{selector: {{app: cart}}, ports: [{{port: 80}}]}}\n---\n{manifest('Deployment', '')}"
    found = {deployer for deployer in DEPLOYERS if "PRB414" in codes(evaluate_yaml, text, deployer)}
    assert {"pulumi"} == found


def test_an_unknown_deployer_is_a_mistake() -> None:
    """Otherwise the rule would be silent."""
    assert ({}, ["`deployer` must be one of pulumi, helm, argocd, flux, kubectl."]) == read_configuration(
        {"deployer": "pulumi"}, {"deployer": "spinnaker"}
    )
    assert ({"deployer": "helm"}, []) == read_configuration({"deployer": "pulumi"}, {"deployer": "helm"})


def test_the_wait_of_pulumi_ends_when_the_last_pod_of_a_stateful_set_is_ready(read: Callable[[str], Stack]) -> None:
    """`minReadySeconds` delays the next pod, but Pulumi does not wait until the last one is available."""
    (workload,) = read(manifest("StatefulSet", "minReadySeconds: 300, ")).workloads
    summary = summarize_workload(workload)
    assert (611, True) == (summary.create_within, summary.fits_create_timeout)
    assert read_await_timeouts(workload) is not None
