"""The names and parents of children are part of URNs: a change would replace objects in every cluster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pulumi_probes.preview.project import StackSettings, load_project
from pulumi_probes.preview.runner import run_program

PROGRAM = """
from pulumi_probes import GrpcService, SlowStartService, TelcoService, WebService

WebService("web", {"image": "registry.example/web:1", "port": 8080})
GrpcService("cart", {"image": "registry.example/cart:1", "port": 9090, "name": "cart-v2"})
SlowStartService("ledger", {"image": "registry.example/ledger:1", "port": 8080, "starts_within": 300, "replicas": 1})
TelcoService("gateway", {"image": "gateway:1", "port": 8080, "cpus": 2, "memory": "1Gi", "namespace": "edge"})
"""


def test_children_are_as_they_were(tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    """The URN, the name in the cluster and the dependencies of all children."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    (tmp_path / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    recording = run_program(load_project(str(tmp_path)), StackSettings(name="test"))
    assert [] == recording.failures
    lines: list[str] = []
    for registration in recording.registrations:
        metadata = registration.inputs.get("metadata", {})
        place = "/".join(filter(None, (metadata.get("namespace"), metadata.get("name"))))
        lines += [registration.urn, f"  parent: {registration.parent}"]
        lines += [f"  in the cluster: {place}"] if place else []
        lines += [f"  after: {urn}" for urn in registration.dependencies]
    golden("children.txt", "\n".join(lines) + "\n")
