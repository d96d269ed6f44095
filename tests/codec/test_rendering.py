"""Charts and kustomizations in directories, rendered by installed tools and without the network."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pulumi_probes.codec import tools
from pulumi_probes.codec.documents import Documents
from pulumi_probes.codec.files import read_paths
from pulumi_probes.codec.folders import Search
from pulumi_probes.model.field_path import FieldPath

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"
HELM = f"""\
#!/bin/sh
printf '%s\\n' "$@" >> LOG
env | grep -i -E '^(https?_proxy|git_allow_protocol|kubeconfig)=' | sort > LOG.environment
cat <<'END'
---
# Source: cart/crds/crd.yaml
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
---
kind: Second
apiVersion: acme.io/v1
---
# Source: cart/charts/redis/templates/settings.yaml
{CONFIG}---
# Source: cart/templates/web.yaml
{POD}END
"""
KUSTOMIZE = f"#!/bin/sh\nprintf '%s\\n' \"$@\" >> LOG\ncat <<'END'\n{POD}END\n"


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files, given by their paths."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def render(*paths: Path | str) -> Documents:
    """Read paths, and render charts and kustomizations in them."""
    return read_paths([str(path) for path in paths], search=Search(render=True))


def places(documents: Documents) -> list[tuple[str, str]]:
    """The locations of the objects: as shown to people, and the file."""
    found = [manifest.source.locate(FieldPath(("kind",))) for manifest in documents.manifests if manifest.source]
    return [(str(location), location.file) for location in found if location is not None]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A helm and a kustomize, the only tools on PATH, that record their arguments and print objects."""
    for name, script in (("helm", HELM), ("kustomize", KUSTOMIZE)):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(script.replace("LOG", str(tmp_path / "log")))
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "log"


CHART = {
    "shop/cart/Chart.yaml": "name: cart\nversion: 1.0.0\n",
    "shop/cart/values.yaml": "a: 1\n",
    "shop/cart/crds/crd.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n",
    "shop/cart/templates/web.yaml": "{{ .Values.a }}",
    "shop/cart/charts/redis/Chart.yaml": "name: redis\nversion: 1.0.0\n",
    "shop/cart/charts/redis/templates/settings.yaml": "{{ .Values.a }}",
}


def test_a_chart(tmp_path: Path, log: Path) -> None:
    """It is rendered once, with the charts in it; objects are located in their templates."""
    write(tmp_path, CHART)
    documents = render("shop")
    assert ([], []) == (documents.errors, documents.notes)
    assert [
        ("shop/cart (template cart/crds/crd.yaml)", "shop/cart/crds/crd.yaml"),
        ("shop/cart (template cart/crds/crd.yaml)", "shop/cart/crds/crd.yaml"),
        (
            "shop/cart (template cart/charts/redis/templates/settings.yaml)",
            "shop/cart/charts/redis/templates/settings.yaml",
        ),
        ("shop/cart (template cart/templates/web.yaml)", "shop/cart/templates/web.yaml"),
    ] == places(documents)
    expected = ["template", "--values", "-", "--include-crds", "--", "release-name", str(tmp_path / "shop/cart")]
    assert expected == log.read_text().splitlines()


def test_the_network_is_not_used(tmp_path: Path, log: Path) -> None:
    """Tools get a proxy that does not exist, and Git no protocol."""
    write(tmp_path, CHART)
    render("shop")
    environment = Path(f"{log}.environment").read_text().splitlines()
    assert {"HTTPS_PROXY=http://127.0.0.1:9", "GIT_ALLOW_PROTOCOL=none", "KUBECONFIG=/dev/null"} <= {*environment}


def test_without_the_option(tmp_path: Path, log: Path) -> None:
    """Nothing is run, and the error names the option."""
    write(tmp_path, CHART)
    (error,) = read_paths(["shop"]).errors
    assert "audit it with --render, or with `helm template shop/cart | probes audit -`" in error.reason
    assert not log.exists()


def test_a_chart_that_is_excluded(tmp_path: Path, log: Path) -> None:
    """A chart counts as its `Chart.yaml`."""
    write(tmp_path, {**CHART, "shop/one.yaml": POD})
    documents = read_paths(["shop"], search=Search(render=True, exclude=("cart",)))
    assert 1 == len(documents.manifests)
    assert not log.exists()


def test_a_library_chart(tmp_path: Path, log: Path) -> None:
    """Helm does not render it, so it is a note."""
    write(tmp_path, {**CHART, "shop/cart/Chart.yaml": "name: cart\ntype: library\n"})
    documents = render("shop")
    assert ["shop/cart: not rendered, because it is a library chart"] == [str(note) for note in documents.notes]
    assert not log.exists()


OVERLAYS = {
    "base/kustomization.yaml": "resources: [web.yaml]\n",
    "base/web.yaml": POD,
    "overlays/prod/kustomization.yaml": "resources: [../../base]\npatches: [{path: patch.yaml}]\n",
    "overlays/prod/patch.yaml": POD,
    "other.yaml": CONFIG,
}


def test_a_kustomization_is_rendered_from_the_top(tmp_path: Path, log: Path) -> None:
    """A kustomization that another one includes, and files that are listed, are not read on their own."""
    write(tmp_path / "shop", OVERLAYS)
    documents = render("shop")
    assert [
        ("shop/other.yaml:2", "shop/other.yaml"),
        ("shop/overlays/prod (rendered by kustomize)", "shop/overlays/prod/kustomization.yaml"),
    ] == places(documents)
    assert ["build", "--", str(tmp_path / "shop/overlays/prod")] == log.read_text().splitlines()


def test_a_kustomization_that_is_named(tmp_path: Path, log: Path) -> None:
    """Its directory is rendered; a file that is named is read, even if it belongs to a kustomization."""
    write(tmp_path, OVERLAYS)
    assert 1 == len(render("base/kustomization.yaml").manifests)
    assert ["build", "--", str(tmp_path / "base")] == log.read_text().splitlines()
    assert [("base/web.yaml:2", "base/web.yaml")] == places(render("base/web.yaml"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("resources: [https://u:CANARY@example.com/base.yaml]", "resources[0] is remote or does not exist"),
        ("resources: [a.yaml, github.com/acme/CANARY]", "resources[1] is remote or does not exist"),
        ("bases: ['git@example.com:acme/CANARY']", "bases[0] is remote or does not exist"),
        ("components: [CANARY]", "components[0] is remote or does not exist"),
        ("patches: [{path: 'https://CANARY'}]", "patches[0].path is remote or does not exist"),
        ("openapi: {path: 'https://CANARY'}", "openapi.path is remote or does not exist"),
        ("helmCharts: [{name: CANARY}]", "helmCharts needs charts that kustomize would download"),
    ],
)
def test_remote_parts_are_refused(tmp_path: Path, log: Path, content: str, reason: str) -> None:
    """Also in a base; the tool is not run, and the address, which may contain a password, is not shown."""
    write(tmp_path, {"top/kustomization.yaml": "resources: [../base]\n", "base/kustomization.yaml": content})
    write(tmp_path, {"base/a.yaml": POD})
    (error,) = render("top").errors
    assert f"{reason}; nothing is downloaded; render it yourself, and audit the output" == error.reason
    assert not log.exists()


def test_kustomizations_in_a_cycle(tmp_path: Path, log: Path) -> None:
    """All of them are left to the tool, which reports it."""
    write(tmp_path, {"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n"})
    render(".")
    assert 2 == log.read_text().splitlines().count("build")


def test_a_component_is_rendered_only_as_a_part(tmp_path: Path, log: Path) -> None:
    """Kustomize refuses to render a component on its own."""
    write(tmp_path, {"part/kustomization.yaml": "kind: Component\n", "web.yaml": POD})
    assert 1 == len(render(".").manifests)
    assert not log.exists()


def test_a_missing_tool(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error that names the tool."""
    write(tmp_path, {**CHART, **OVERLAYS})
    monkeypatch.setenv("PATH", "/nowhere")
    assert {
        "helm is not installed; install it to audit the result",
        "neither kustomize nor kubectl is installed; install one of them to audit the result",
    } == {error.reason for error in render(".").errors}
    assert not log.exists()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exec head -c 2000000 /dev/zero", "kustomize printed more than 1 MiB"),
        ("sleep 600 & sleep 600", "kustomize did not finish within 1 s"),
        ("echo 'Error: from [{a: CANARY' >&2; echo CANARY >&2; exit 1", "kustomize failed: Error: from […]"),
        ('echo "Error: no $2 $3" >&2; exit 1', "kustomize failed: Error: no -- base"),
        ("echo 'a: {'", "not valid YAML: while parsing a flow node, did not find expected node content"),
    ],
)
def test_a_tool_that_fails(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    """Time and output are limited; the message is that of the tool, without content of files."""
    monkeypatch.setattr(tools, "MAXIMUM_OUTPUT_BYTES", 1024**2)
    monkeypatch.setattr(tools, "TIME_LIMIT_SECONDS", 1 if "sleep" in script else 60)
    (tmp_path / "bin" / "kustomize").write_text(f"#!/bin/sh\n{script}\n")
    write(tmp_path, OVERLAYS)
    (error,) = render("base").errors
    assert reason == error.reason
    assert error.file.startswith("base")
    assert error.line is None
    assert not log.exists()


REAL_CHART = {
    "cart/Chart.yaml": "apiVersion: v2\nname: cart\nversion: 1.0.0\n",
    "cart/values.yaml": "name: web\n",
    "cart/templates/web.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Values.name }}}\n",
    "cart/crds/crd.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n",
}


@pytest.mark.skipif(shutil.which("helm") is None, reason="helm is not installed")
def test_with_the_real_helm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values are filled in; a dependency that is missing is not downloaded."""
    write(tmp_path, REAL_CHART)
    monkeypatch.chdir(tmp_path)
    documents = render(".")
    assert [] == documents.errors
    assert [
        ("./cart (template cart/crds/crd.yaml)", "./cart/crds/crd.yaml"),
        ("./cart (template cart/templates/web.yaml)", "./cart/templates/web.yaml"),
    ] == places(documents)
    assert {"name": "web"} == documents.manifests[1].content["metadata"]
    with (tmp_path / "cart" / "Chart.yaml").open("a") as stream:
        stream.write("dependencies: [{name: redis, version: 1.0.0, repository: 'https://charts.example'}]\n")
    (error,) = render(".").errors
    assert "missing in charts/ directory: redis" in error.reason


@pytest.mark.skipif(
    shutil.which("kustomize") is None and shutil.which("kubectl") is None,
    reason="neither kustomize nor kubectl is installed",
)
def test_with_the_real_kustomize(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An overlay is applied; a failure is reported with the message of the tool."""
    write(tmp_path, OVERLAYS)
    write(
        tmp_path,
        {
            "overlays/prod/kustomization.yaml": "namePrefix: prod-\nresources: [../../base]\n"
            "patches: [{path: patch.yaml}]\n",
            "overlays/prod/patch.yaml": f"{POD}spec: {{containers: [{{name: web, image: cart}}]}}\n",
        },
    )
    monkeypatch.chdir(tmp_path)
    documents = render("overlays")
    assert [] == documents.errors
    (manifest,) = documents.manifests
    assert "prod-web" == manifest.content["metadata"]["name"]
    assert [{"name": "web", "image": "cart"}] == manifest.content["spec"]["containers"]
    write(tmp_path, {"overlays/prod/patch.yaml": "password: CANARY\n"})
    (error,) = render("overlays").errors
    assert "failed: " in error.reason
    assert "CANARY" not in error.reason
    assert os.fspath(tmp_path) not in error.reason
