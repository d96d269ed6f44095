"""Charts and overlays are rendered by installed tools, and failures of these are reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pulumi_probes.codec import tools
from pulumi_probes.codec.tools import Chart, ToolFailed, render_chart, render_kustomization
from pulumi_probes.model.values import Secret
from pulumi_probes.preview import Recording, load_project, load_stack, read_manifests, run_program

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"


@pytest.fixture
def helm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A helm that records its arguments and its standard input, and prints a pod with the input."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "helm"
    program.write_text(
        f"#!/bin/sh\nprintf '%s\\n' \"$@\" > {tmp_path}/arguments\nvalues=$(cat)\n"
        "cat <<END\napiVersion: v1\nkind: Pod\nmetadata: {name: web, annotations: {\"values\": '$values'}}\nEND\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return tmp_path / "arguments"


def run(tmp_path: Path, program: str) -> Recording:
    """Run a program that uses charts."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "__main__.py").write_text(f"import pulumi\nimport pulumi_kubernetes as k8s\n{program}\n")
    project = load_project(str(folder))
    return run_program(project, load_stack(project))


def test_the_options_of_helm(helm: Path) -> None:
    """Every field of a chart becomes an option, and values are passed on standard input."""
    chart = Chart(
        name="-web",
        release="rel",
        repository="https://charts.example",
        version="1.2",
        namespace="shop",
        values={"a": "it"},
        value_files=["v.yaml"],
        kubernetes_version="1.34",
        api_versions=("x/v1",),
    )
    assert '{"a": "it"}' in render_chart(chart)
    expected = (
        "template --values v.yaml --values - --repo https://charts.example --version 1.2 --namespace shop "
        "--kube-version 1.34 --include-crds --api-versions x/v1 -- rel -web"
    )
    assert expected == " ".join(helm.read_text().splitlines())


@pytest.mark.usefixtures("helm")
def test_charts_in_a_program(tmp_path: Path) -> None:
    """Charts of every generation and releases are expanded; strings that contain secrets stay secret."""
    recording = run(
        tmp_path,
        """
secret = {"token": pulumi.Output.secret("CANARY")}
k8s.helm.v4.Chart("four", chart="oci://x/web", values=secret, namespace="shop")
k8s.helm.v3.Release("release", chart="web", values={"n": 1})
k8s.helm.v3.Chart("three", k8s.helm.v3.ChartOpts(chart="web", version="1", fetch_opts={"repo": "https://c.example"}))
""",
    )
    assert ([], []) == (recording.failures, recording.diagnostics)
    found = {item.name: item.inputs["metadata"] for item in recording.registrations if "Pod" in item.type_token}
    four = found["four:shop/web"]
    assert {"name": "web", "namespace": "shop", "annotations": {"values": Secret('{"token": "CANARY"}')}} == four
    assert json.dumps({"n": 1}) == found["release:web"]["annotations"]["values"]
    assert "web" in found
    assert 3 == len(read_manifests(recording).manifests)


def test_without_helm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each chart is reported, and the rest of the program is previewed."""
    monkeypatch.setenv("PATH", "/nowhere")
    recording = run(
        tmp_path,
        """
k8s.helm.v4.Chart("four", chart="web")
k8s.helm.v3.Chart("three", k8s.helm.v3.LocalChartOpts(path="web"))
k8s.core.v1.ConfigMap("c")
unknown = k8s.core.v1.ConfigMap("d").id
k8s.helm.v3.Release("release", chart="web", values={"id": unknown})
""",
    )
    assert [] == recording.failures
    assert {
        "kubernetes:helm.sh/v4:Chart four",
        "function kubernetes:helm:template",
        "kubernetes:helm.sh/v3:Release release",
    } == {diagnostic.subject for diagnostic in recording.diagnostics}
    assert 2 == sum("helm is not installed" in diagnostic.message for diagnostic in recording.diagnostics)
    assert 1 == sum(
        "values is not known before deployment" in diagnostic.message for diagnostic in recording.diagnostics
    )
    assert 2 == len(read_manifests(recording).manifests)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo one >&2; echo 'Error: no chart' >&2; exit 1", "helm failed: Error: no chart"),
        ("exit 3", "helm failed: exit status 3"),
        ("exec sleep 60", "helm did not finish within 1 s."),
    ],
)
def test_a_tool_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str) -> None:
    """The last line of a tool's output is reported, and its run time is limited."""
    program = tmp_path / "helm"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(tools, "TIME_LIMIT_SECONDS", 1)
    with pytest.raises(ToolFailed) as caught:
        render_chart(Chart(name="web", release="web"))
    assert message == str(caught.value)


def test_kustomizations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kustomize builds overlays; without kustomize, kubectl does."""
    for name, text in (("kubectl", "kubectl"), ("kustomize", "kustomize")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {text} $@\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert "kustomize build -- ov\n" == render_kustomization("ov")
    (tmp_path / "kustomize").unlink()
    assert "kubectl kustomize -- ov\n" == render_kustomization("ov")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolFailed, match="neither kustomize nor kubectl is installed"):
        render_kustomization("ov")
