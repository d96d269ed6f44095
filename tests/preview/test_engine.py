"""Previews and written manifests agree with the real engine and the real provider."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_probes.preview import load_project, load_stack, read_manifests, run_program
from pulumi_probes.preview.rendering import write_manifests

pytestmark = pytest.mark.skipif(
    shutil.which("pulumi") is None, reason="no pulumi command with its Kubernetes provider is on PATH"
)

PROGRAM = """
import pulumi
import pulumi_kubernetes as k8s

config = pulumi.Config()
labels = {"app": "web", "n": "1"}


def transform(args):
    if args.type_ == "kubernetes:core/v1:ConfigMap":
        return pulumi.ResourceTransformResult({**args.props, "immutable": True}, args.opts)


pulumi.runtime.register_resource_transform(transform)


class Group(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("my:index:Group", name, {"size": 1})
        child = pulumi.ResourceOptions(parent=self)
        web = k8s.apps.v1.Deployment(
            f"{name}-web",
            metadata={"name": "web", "labels": labels},
            spec={
                "replicas": 2,
                "selector": {"match_labels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {
                        "containers": [
                            {
                                "name": "web",
                                "image": "web:1",
                                "env": [
                                    {"name": "TOKEN", "value": config.require_secret("token")},
                                    {"name": "EMPTY", "value": ""},
                                    {"name": "Y", "value": "1e3"},
                                    {"name": "LINES", "value": "one\\ntwo\\n"},
                                ],
                                "ports": [{"container_port": 8080, "name": "http"}],
                                "readiness_probe": {"http_get": {"path": "/", "port": "http"}, "period_seconds": 5},
                            }
                        ],
                        "volumes": [{"name": "tmp", "empty_dir": {}}],
                    },
                },
            },
            opts=child,
        )
        k8s.core.v1.Service(
            f"{name}-svc",
            metadata={"name": web.metadata.name, "namespace": "shop"},
            spec={"selector": labels, "ports": [{"port": 80, "target_port": "http"}]},
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[web])),
        )
        self.register_outputs({})


Group("g")
k8s.core.v1.ConfigMap("auto", data={"a": "b"})
k8s.core.v1.Secret("secret", metadata={"name": "secret"}, string_data={"a": config.require_secret("token")})
k8s.apiextensions.CustomResource(
    "widget", api_version="example.com/v1", kind="Widget", metadata={"name": "w"}, spec={"x": 1.5, "y": None}
)
k8s.yaml.ConfigFile("file", "pod.yaml")
k8s.yaml.v2.ConfigGroup("group", files=["pod2.yaml"])
"""
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec: {containers: [{name: a, image: b, args: [yes, 017]}]}\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose stack is rendered to a directory, deployed by the engine."""
    folder = tmp_path_factory.mktemp("engine") / "project"
    folder.mkdir()
    options = f"{{virtualenv: {sys.prefix}, toolchain: pip}}"
    (folder / "Pulumi.yaml").write_text(f"name: shop\nruntime: {{name: python, options: {options}}}\n")
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / "pod.yaml").write_text(POD.replace("NAME", "one"))
    (folder / "pod2.yaml").write_text(POD.replace("NAME", "two"))
    (folder / "state").mkdir()
    pulumi(folder, "stack", "init", "dev")
    pulumi(folder, "config", "set", "kubernetes:renderYamlToDirectory", "rendered")
    pulumi(folder, "config", "set", "--secret", "token", "CANARY-1234")
    pulumi(folder, "up", "--yes", "--skip-preview")
    return folder


def pulumi(folder: Path, *arguments: str) -> str:
    """Run the pulumi command without account, network and existing state."""
    environment = {
        **os.environ,
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "KUBECONFIG": os.devnull,
    }
    done = subprocess.run(
        ["pulumi", "--non-interactive", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def test_the_same_resources(project: Path) -> None:
    """URNs, parents and dependencies agree, except for those that the engine adds itself."""
    state = json.loads(pulumi(project, "stack", "export"))["deployment"]["resources"]
    providers = "pulumi:providers:"
    deployed = {
        resource["urn"]: (resource.get("parent"), sorted(resource.get("dependencies", ())))
        for resource in state
        if not resource["type"].startswith(providers)
    }
    found = load_project(str(project))
    recording = run_program(found, load_stack(found))
    assert [] == recording.failures
    recorded = {item.urn: (item.parent, sorted(item.dependencies)) for item in recording.registrations}
    assert deployed == recorded


def test_the_same_manifests(project: Path, tmp_path: Path) -> None:
    """Files and contents agree, except for generated names."""
    found = load_project(str(project))
    recording = run_program(found, load_stack(found, "dev", [("token", "CANARY-1234")]))
    write_manifests(read_manifests(recording), tmp_path, show_secrets=True)
    assert manifests(project / "rendered") == manifests(tmp_path)


def manifests(folder: Path) -> dict[str, Any]:
    """The written files, with the same digits in every generated name."""
    found: dict[str, Any] = {}
    for file in sorted(folder.rglob("*.yaml")):
        text = re.sub(r"(auto-)[0-9a-fx]{8}\b", r"\g<1>00000000", file.read_text())
        name = re.sub(r"(auto-)[0-9a-fx]{8}\b", r"\g<1>00000000", str(file.relative_to(folder)))
        found[name] = yaml.safe_load(text)
    return found
