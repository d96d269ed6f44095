"""Experiments with Pulumi's engine on a live cluster: the life of the reference stack, and failing updates."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import yaml

from harness.client import Object
from harness.cluster import Cluster
from harness.engine import ROOT, Outcome, Project, make_project
from harness.image import write_actor_archive
from harness.load import Load, Report, get
from harness.node import PAUSE_IMAGE
from harness.process import wait_until
from harness.services import Deployed

PROGRAMS: Final = Path(__file__).parents[1] / "programs"

TAGS: Final[dict[str, str]] = dict(
    re.findall(r"\{registry\}/(\w+):([\d.]+)", (ROOT / "stacks" / "__main__.py").read_text(encoding="utf-8"))
)
"""The services of the reference stack, and the tags of their images."""

CONFIG: Final[dict[str, str]] = {
    key.rpartition(":")[2]: value
    for key, value in yaml.safe_load((ROOT / "stacks" / "Pulumi.dev.yaml").read_bytes())["config"].items()
}
"""The development configuration of the reference stack."""

NEXT_TAG: Final = "4.2.1"
"""The next tag of the storefront; two CPUs can run a second storefront beside all services, but not a second ledger."""

ANNOUNCED: Final = {"unready": 30, "impatient": 20, "killed": 55}
"""The await timeout in seconds for each service of `never_ready`; the longest includes CrashLoopBackOff."""

_PORTS: Final = {"cart": "9090"}
"""The ports of the services that do not listen on 8080."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The reference stack after an update, and the engine's output if nothing is changed.

    Attributes:
        up: the result of the update.
        deployments: the Deployments by name, right afterwards.
        pods: the remaining pods, by the name of their Deployment.
        outputs: the outputs of the stack.
        preview: the result of the next preview.
        refresh: the result of the next refresh.
    """

    up: Outcome
    deployments: dict[str, Object]
    pods: dict[str, list[Object]]
    outputs: dict[str, dict[str, str]]
    preview: Outcome
    refresh: Outcome


@dataclass(frozen=True, slots=True)
class Life:
    """The whole life of the reference stack.

    Attributes:
        created: the stack after the first update.
        updated: the stack after an update with a new image of the storefront.
        drift: the result of a refresh after a change outside of Pulumi.
        destroy: the result of the deletion.
        is_gone: whether its namespace was deleted, right afterwards.
    """

    created: Moment
    updated: Moment
    drift: Outcome
    destroy: Outcome
    is_gone: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failing update.

    Attributes:
        up: the result of the update.
        made: the time at which each Deployment was created, in whole seconds since the epoch.
    """

    up: Outcome
    made: dict[str, float]

    def gave_up_after(self, name: str) -> float:
        """Seconds from the creation of the Deployment until the engine stopped waiting."""
        failed = f"Deployment {name} **creating failed**"
        return next(line.at for line in self.up.lines if failed in line.text) - self.made[name]

    @property
    def ended_after(self) -> float:
        """Seconds from the creation of the last Deployment until the command exited."""
        return self.up.ended - max(self.made.values())


@dataclass(frozen=True, slots=True)
class Relapse:
    """A failing update of a running service.

    Attributes:
        up: the result of the update.
        before: the ready addresses before the update.
        after: the ready addresses after it failed.
        report: the requests sent during the update.
    """

    up: Outcome
    before: set[str]
    after: set[str]
    report: Report


@dataclass(frozen=True, slots=True)
class Refusal:
    """An update that the pack blocks; `made` are the kinds of the objects on the cluster afterwards."""

    up: Outcome
    made: set[str]


def live(cluster: Cluster, folder: Path) -> Life:
    """Create, update, change outside of Pulumi, destroy; `folder` receives the project.

    Raises:
        RuntimeError: an update failed; the message contains its output.
    """
    for name, tag in (*TAGS.items(), ("storefront", NEXT_TAG)):
        image = f"{CONFIG['registry']}/{name}:{tag}"
        cluster.nodes[0].import_image(write_actor_archive(image, "play", PORT=_PORTS.get(name, "8080")))
    project = make_project(folder, ROOT, kubeconfig=cluster.kubeconfig)
    with ThreadPoolExecutor(1) as helper:
        given = helper.submit(_give_password, cluster)
        created = _moment(cluster, project)
        given.result()
    program = project.folder / "stacks" / "__main__.py"
    text = program.read_text(encoding="utf-8")
    program.write_text(text.replace(f"storefront:{TAGS['storefront']}", f"storefront:{NEXT_TAG}"), encoding="utf-8")
    updated = _moment(cluster, project)
    cluster.client.merge("apps/v1", "Deployment", "cart", CONFIG["namespace"], {"spec": {"minReadySeconds": 7}})
    drift = project.pulumi("refresh", "--preview-only", "--expect-no-changes")
    destroy = project.pulumi("destroy", "--yes")
    return Life(created, updated, drift, destroy, cluster.client.find("v1", "Namespace", CONFIG["namespace"]) is None)


def _moment(cluster: Cluster, project: Project) -> Moment:
    up = _good(project.up())
    deployed = {name: Deployed(cluster.client, CONFIG["namespace"], name, name, ()) for name in TAGS}
    return Moment(
        up=up,
        deployments={name: item.deployment for name, item in deployed.items()},
        pods={
            name: [pod for pod in item.pods() if "deletionTimestamp" not in pod["metadata"]]
            for name, item in deployed.items()
        },
        preview=project.preview("--expect-no-changes"),
        refresh=project.pulumi("refresh", "--yes", "--expect-no-changes"),
        outputs=json.loads(project.pulumi("stack", "output", "--json").output),
    )


def _good(outcome: Outcome) -> Outcome:
    if outcome.status != 0:
        raise RuntimeError(outcome.output)
    return outcome


def _give_password(cluster: Cluster) -> None:
    """The ledger waits for a Secret that is not part of the stack."""
    if not wait_until(lambda: cluster.client.find("v1", "Namespace", CONFIG["namespace"]), 120):
        raise TimeoutError("the stack makes no namespace")
    metadata = {"name": "ledger-db", "namespace": CONFIG["namespace"]}
    cluster.client.create({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"password": "x"}})


def never_ready(cluster: Cluster, folder: Path) -> Trouble:
    """Create services that never become Ready."""
    with _namespace(cluster) as namespace:
        up = _project(cluster, folder, "never_ready").up(*_configured(namespace), "--skip-preview")
        made = {
            item["metadata"]["name"]: _seconds(item["metadata"]["creationTimestamp"])
            for item in cluster.client.list("apps/v1", "Deployment", namespace)
        }
    return Trouble(up, made)


def relapse(cluster: Cluster, folder: Path) -> Relapse:
    """A successful update, and another one under load to pods that never become Ready.

    Raises:
        RuntimeError: the first update failed; the message contains its output.
    """
    with _namespace(cluster) as namespace:
        project = _project(cluster, folder, "relapse")
        _good(project.up(*_configured(namespace), "--skip-preview"))
        deployed = Deployed(cluster.client, namespace, "web", "web", ())
        before = deployed.ready_addresses()
        load = Load(cluster.client, namespace, "web", get("/"), per_second=5)
        load.start()
        try:
            second = project.up(*_configured(namespace), "--config", "failing=readyz", "--skip-preview")
        finally:
            report = load.stop()
        return Relapse(second, before, deployed.ready_addresses(), report)


def refuse(cluster: Cluster, folder: Path, *options: str) -> Refusal:
    """Create resources that the pack blocks; `options` are passed to the command."""
    with _namespace(cluster) as namespace:
        up = _project(cluster, folder, "refused").up(*_configured(namespace), *options)
        kinds = (("apps/v1", "Deployment"), ("v1", "Service"))
        return Refusal(up, {kind for version, kind in kinds if cluster.client.list(version, kind, namespace)})


def _project(cluster: Cluster, folder: Path, program: str) -> Project:
    text = (PROGRAMS / f"{program}.py").read_text(encoding="utf-8")
    return make_project(folder, text, kubeconfig=cluster.kubeconfig)


def _configured(namespace: str) -> tuple[str, ...]:
    return ("--config", f"namespace={namespace}", "--config", f"image={PAUSE_IMAGE}")


@contextmanager
def _namespace(cluster: Cluster) -> Generator[str]:
    """A namespace for one experiment that enforces Pod Security `restricted`."""
    name = f"engine-{uuid.uuid4().hex[:8]}"
    cluster.make_namespace(name)
    yield name
    cluster.client.delete("v1", "Namespace", name)


def _seconds(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").timestamp()
