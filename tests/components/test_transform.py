"""`transform` changes the rendered objects, and the rules check the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_probes import InvalidArguments, WebService
from pulumi_probes.components.assembly import Assembly

Build = Callable[..., Assembly]
Manifests = dict[str, dict[str, Any]]


def pod(manifests: Manifests) -> Any:
    """The pod specification."""
    return manifests["Deployment"]["spec"]["template"]["spec"]


def test_changes_in_place_are_kept(build: Build) -> None:
    """A transform may change the objects in place."""

    def use_host_network(manifests: Manifests) -> None:
        pod(manifests)["hostNetwork"] = True

    assert pod(build(transform=use_host_network).manifests)["hostNetwork"] is True


def test_other_objects_may_be_returned(build: Build) -> None:
    """It may also return other objects."""

    def without_budget(manifests: Manifests) -> Manifests:
        return {kind: content for kind, content in manifests.items() if kind != "PodDisruptionBudget"}

    assert ["Deployment", "Service"] == list(build(transform=without_budget).manifests)


def test_rules_check_the_result(build: Build) -> None:
    """A transform can introduce problems; the path is that of the object, since no argument determines the value."""

    def forget_readiness(manifests: Manifests) -> None:
        del pod(manifests)["containers"][0]["readinessProbe"]
        pod(manifests)["containers"][0]["livenessProbe"]["timeoutSeconds"] = 30

    with pytest.raises(InvalidArguments) as caught:
        build(transform=forget_readiness)
    found = {(problem.code, str(problem.path)) for problem in caught.value.found}
    assert ("PRB211", "Deployment.spec.template.spec.containers[0].livenessProbe.timeoutSeconds") in found
    assert {"PRB101", "PRB102"} & {code for code, _ in found}


def test_a_transform_can_fix_findings(build: Build) -> None:
    """Only the result is checked."""

    def faster(manifests: Manifests) -> None:
        pod(manifests)["containers"][0]["livenessProbe"]["timeoutSeconds"] = 3

    probe = pod(build(liveness_probe={"timeout_seconds": 30}, transform=faster).manifests)["containers"][0][
        "livenessProbe"
    ]
    assert 3 == probe["timeoutSeconds"]


def test_the_summary_describes_the_result(build: Build) -> None:
    """The summary describes the deployed objects."""

    def patient(manifests: Manifests) -> None:
        pod(manifests)["terminationGracePeriodSeconds"] = 50

    summary = build(transform=patient).summary
    assert summary is not None
    assert 50 == summary.stop_within


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda manifests: manifests.pop("Service"), "must return a Service of v1."),
        (lambda manifests: manifests["Deployment"].update(kind="StatefulSet"), "must return a Deployment of apps/v1."),
        (lambda manifests: manifests.update(Ingress={"kind": "Ingress"}), "must not add Ingress."),
    ],
)
def test_the_children_stay_what_they_are(build: Build, change: Callable[[Manifests], Any], message: str) -> None:
    """Kinds are part of the interface: a transform only changes contents.

    The fields of a Deployment that a StatefulSet does not have are reported too.
    """

    def transform(manifests: Manifests) -> None:
        change(manifests)

    with pytest.raises(InvalidArguments) as caught:
        build(transform=transform)
    found = [(str(problem.path), problem.what) for problem in caught.value.found]
    assert [("transform", message)] == [entry for entry in found if not entry[0].startswith("StatefulSet.")]


def test_an_exception_of_the_transform_is_not_caught(build: Build) -> None:
    """It is not replaced by another message."""

    def broken(manifests: Manifests) -> None:
        manifests["Deployment"]["spec"]["no such field"]["x"] = 1

    with pytest.raises(KeyError, match="no such field"):
        build(transform=broken)


def test_components_take_it_as_a_keyword(run: Callable[[Callable[[], Any]], tuple[Any, Any]]) -> None:
    """It comes after the options, and is not part of the schema."""

    def label(manifests: Manifests) -> None:
        manifests["Service"]["metadata"]["labels"]["team"] = "shop"

    arguments: Any = {"image": "registry.example/web:1", "port": 8080}
    resolved, _ = run(lambda: WebService("web", arguments, transform=label).service.metadata)
    assert "shop" == resolved["labels"]["team"]
