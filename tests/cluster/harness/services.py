"""The examples' services on a live cluster: rendered by `probes preview`, with images built from their Dockerfiles."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml

from harness.client import Client, Object
from harness.cluster import Cluster
from harness.dockerfile import build_image
from harness.process import wait_until

EXAMPLES: Final = Path(__file__).parents[3] / "examples"


@dataclass(frozen=True, slots=True)
class Deployed:
    """A Deployment and its Service in a namespace.

    Attributes:
        client: the client of the cluster.
        namespace: the namespace of both.
        name: the name of the Deployment.
        service: the name of the Service.
        manifests: all applied manifests.
    """

    client: Client
    namespace: str
    name: str
    service: str
    manifests: tuple[Mapping[str, Any], ...]

    @property
    def deployment(self) -> Object:
        """The current Deployment."""
        return self.client.get("apps/v1", "Deployment", self.name, self.namespace)

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels that select the pods."""
        selected: Mapping[str, str] = self.deployment["spec"]["selector"]["matchLabels"]
        return selected

    def pods(self) -> list[Object]:
        """The existing pods, including those that are being deleted."""
        selector = ",".join(f"{key}={value}" for key, value in self.labels.items())
        return self.client.list("v1", "Pod", self.namespace, labelSelector=selector)

    def ready_addresses(self) -> set[str]:
        """The ready addresses in the EndpointSlices of the Service."""
        slices = self.client.list(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            self.namespace,
            labelSelector=f"kubernetes.io/service-name={self.service}",
        )
        return {
            endpoint["addresses"][0]
            for item in slices
            for endpoint in item["endpoints"] or ()
            if endpoint["conditions"].get("ready")
        }

    def change_template(self, note: str) -> None:
        """Start a rolling update with a new annotation of the pod template."""
        template = {"metadata": {"annotations": {"changed": note}}}
        self.client.merge("apps/v1", "Deployment", self.name, self.namespace, {"spec": {"template": template}})

    def scale(self, replicas: int) -> None:
        """Scale the Deployment."""
        self.client.merge("apps/v1", "Deployment", self.name, self.namespace, {"spec": {"replicas": replicas}})

    def is_settled(self) -> bool:
        """Whether all pods are new, Ready and available, and none is being deleted."""
        pods, deployment = self.pods(), self.deployment
        status, wanted = deployment["status"], deployment["spec"]["replicas"]
        return (
            status.get("observedGeneration") == deployment["metadata"]["generation"]
            and [wanted] * 3 == [status.get(key, 0) for key in ("updatedReplicas", "availableReplicas", "replicas")]
            and len(pods) == wanted
            # The status of the Deployment follows its pods with a delay.
            and not any("deletionTimestamp" in pod["metadata"] for pod in pods)
            and all(_is_ready(pod) for pod in pods)
        )

    def wait_until_settled(self, seconds: float) -> bool:
        """Whether it settled in time."""
        return wait_until(self.is_settled, seconds, every=0.25)


def render(project: Path, configuration: Mapping[str, str]) -> tuple[Object, ...]:
    """The manifests that a project would deploy, whatever its findings.

    Raises:
        RuntimeError: the project cannot be previewed; the message has the reason.
    """
    with TemporaryDirectory() as folder:
        arguments = [item for key, value in configuration.items() for item in ("--config", f"{key}={value}")]
        probes = str(Path(sys.executable).with_name("probes"))
        finished = subprocess.run(
            [probes, "preview", str(project), *arguments, "--out", folder, "--fail-on", "never"],
            check=False,
            capture_output=True,
            text=True,
        )
        if finished.returncode != 0:
            raise RuntimeError(f"probes preview {project}: {finished.stderr.strip()}")
        return tuple(yaml.safe_load(file.read_text()) for file in sorted(Path(folder).rglob("*.yaml")))


def deploy(
    cluster: Cluster,
    namespace: str,
    project: str,
    *,
    change: Mapping[str, Any] | None = None,
    container: Mapping[str, Any] | None = None,
    more: Sequence[Object] = (),
    **configuration: str,
) -> Deployed:
    """Build the image of an example, import it into every node, and apply the rendered manifests.

    Args:
        cluster: the cluster.
        namespace: the namespace to deploy to.
        project: the project, such as `05-liveness-101/component`; the application is in the example's `app`.
        change: fields that are merged into the `spec` of the Deployment.
        container: fields that are merged into the container of the Deployment.
        more: additional manifests.
        configuration: the configuration of the project, in addition to the image.
    """
    example = project.partition("/")[0]
    image = f"docker.io/pulumi-probes/{example}:test"
    archive = build_image(EXAMPLES / example / "app" / "Dockerfile", image)
    for node in cluster.nodes:
        if not node.has_image(image):
            node.import_image(archive)
    manifests = (*render(EXAMPLES / project, {"image": image, **configuration}), *more)
    for manifest in manifests:
        manifest["metadata"]["namespace"] = namespace
        if manifest["kind"] == "Deployment":
            _merge(manifest["spec"], change or {})
            _merge(manifest["spec"]["template"]["spec"]["containers"][0], container or {})
        cluster.client.apply(manifest)
    by_kind = {manifest["kind"]: manifest["metadata"]["name"] for manifest in manifests}
    return Deployed(cluster.client, namespace, by_kind["Deployment"], by_kind["Service"], manifests)


def _is_ready(pod: Object) -> bool:
    conditions = pod["status"].get("conditions", ())
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)


def _merge(target: dict[str, Any], change: Mapping[str, Any]) -> None:
    for key, value in change.items():
        if isinstance(value, Mapping) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = value
