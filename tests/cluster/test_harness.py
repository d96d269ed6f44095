"""The harness itself: everything that it starts works, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness import ApiError, Client, Cluster, Level, cgroups, missing_requirements, requirements
from harness.cluster import RUNS, remove_abandoned
from harness.pods import actor_pod
from harness.process import wait_until
from harness.requirements import command
from harness.toolchain import (
    CHOSEN_VERSION,
    UnobtainableError,
    kubernetes_folder,
    kubernetes_version,
    kubernetes_versions,
    required_version,
)

from pulumi_probes.model.version import NEWEST

CRASHING_OWNER = """
import os, signal, sys
from harness import Level, start_cluster
start_cluster(sys.argv[1], Level.NODE)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_one_worker_runs_all_tests_of_this_directory(request: pytest.FixtureRequest) -> None:
    """With several workers, no two clusters compete for the machine; other tests run on the other workers."""
    if not hasattr(request.config, "workerinput"):
        pytest.skip("the tests are not shared among workers")
    items = {item.nodeid: item.path.parent == request.path.parent for item in request.session.items}
    assert [] == [name for name, is_here in items.items() if name.endswith("@cluster") != is_here]


def test_api_server_is_the_pinned_version(api_server: Client) -> None:
    """The running Kubernetes is the one that the module pins."""
    assert f"v{kubernetes_version()}" == api_server.request("GET", "/version")["gitVersion"]


@pytest.mark.parametrize(
    "module",
    [
        "module a\n\nrequire k8s.io/kubernetes v1.37.2\n",
        "module a\n\nrequire (\n\tk8s.io/api v0.37.2\n\tk8s.io/kubernetes v1.37.2 // indirect\n)\n",
        'require (\n  "k8s.io/kubernetes" v1.37.2\n)',
        "exclude k8s.io/kubernetes v1.37.1\nrequire k8s.io/kubernetes v1.37.2",
        "replace (\n\tk8s.io/kubernetes v1.37.1 => ../kubernetes\n)\nrequire k8s.io/kubernetes v1.37.2",
        "// require k8s.io/kubernetes v1.36.0\nrequire k8s.io/kubernetes v1.37.2",
        "tool (\n\tk8s.io/kubernetes/cmd/kubelet\n)\nrequire k8s.io/kubernetes v1.37.2",
    ],
)
def test_the_version_is_read_wherever_the_module_names_it(module: str) -> None:
    """In a block or on a line of its own; other directives about the same module do not count."""
    assert "1.37.2" == required_version(module)


@pytest.mark.parametrize(
    "module", ["module a\n", "exclude k8s.io/kubernetes v1.37.2", "require k8s.io/kubernetesx v1.2.3"]
)
def test_a_module_without_kubernetes_is_reported(module: str) -> None:
    """There is no version to build."""
    with pytest.raises(ValueError, match=r"requires no k8s\.io/kubernetes"):
        required_version(module)


def test_the_newest_version_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one is chosen by name; a name that is none lists those that are."""
    monkeypatch.delenv(CHOSEN_VERSION, raising=False)
    newest, *others = kubernetes_versions()
    assert (newest, str(NEWEST)) == (kubernetes_version(), newest.rpartition(".")[0])
    folders = {kubernetes_folder()}
    for version in others:
        monkeypatch.setenv(CHOSEN_VERSION, version)
        assert version == kubernetes_version()
        folders.add(kubernetes_folder())
    assert len(folders) == len(kubernetes_versions()) > 1
    monkeypatch.setenv(CHOSEN_VERSION, "1.2.3")
    with pytest.raises(ValueError, match=f"is 1.2.3; there are {newest}, "):
        kubernetes_version()


def test_a_dry_run_reports_invalid_fields(api_server: Client) -> None:
    """An invalid object is rejected with the path of each invalid field."""
    pod = actor_pod("wrong")
    pod["spec"]["containers"][0]["livenessProbe"] = {"periodSeconds": -1}
    with pytest.raises(ApiError) as refusal:
        api_server.create(pod, dryRun="All")
    fields = {field for field, _ in refusal.value.causes}
    assert {"spec.containers[0].livenessProbe", "spec.containers[0].livenessProbe.periodSeconds"} == fields


def test_closing_a_connection_does_not_affect_other_threads(api_server: Client) -> None:
    """Threads keep sending requests while others close their own connections."""

    def ask_and_release(_: int) -> None:
        api_server.list("v1", "Pod", "default")
        api_server.release()

    with ThreadPoolExecutor(4) as those_that_stay, ThreadPoolExecutor(4) as those_that_end:
        ending = those_that_end.map(ask_and_release, range(100))
        staying = those_that_stay.map(lambda _: api_server.list("v1", "Pod", "default"), range(400))
        assert [None] * 100 == list(ending)
        assert [[]] * 400 == list(staying)


def test_a_pod_runs_and_responds(node: Cluster, namespace: str) -> None:
    """A pod becomes Ready on the node, and the machine can reach its address."""
    pod = actor_pod("answers", namespace)
    pod["spec"]["containers"][0]["readinessProbe"] = {"httpGet": {"path": "/readyz", "port": 8080}, "periodSeconds": 1}
    node.client.create(pod)

    def address() -> str | None:
        status = node.client.get("v1", "Pod", "answers", namespace)["status"]
        ready = any(item["type"] == "Ready" and item["status"] == "True" for item in status.get("conditions", ()))
        return status["podIP"] if ready else None

    assert wait_until(address, 30)
    with urllib.request.urlopen(f"http://{address()}:8080/", timeout=5) as response:
        assert b"ok\n" == response.read()


@pytest.mark.usefixtures("node_pieces")
def test_a_crash_leaves_nothing_behind(tmp_path: Path) -> None:
    """If the owner is killed, all processes of a cluster exit; the rest is removed before the next start."""
    name = f"test-crash-{os.getpid()}"
    script = tmp_path / "crash.py"
    script.write_text(CRASHING_OWNER)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    crashed = subprocess.run([sys.executable, str(script), name], env=environment, check=False)
    assert -signal.SIGKILL == crashed.returncode
    folder = RUNS / name
    assert folder.exists()
    assert wait_until(lambda: not _processes_that_name(folder), 10)
    bridges = _bridges()
    remove_abandoned()
    assert not folder.exists()
    assert len(bridges) - 1 == len(_bridges())
    assert str(folder) not in Path("/proc/self/mounts").read_text()


def test_missing_requirements_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If Kubernetes is not built, the reason of the skip says so, and how to build it."""
    monkeypatch.setenv("PULUMI_PROBES_CACHE", str(tmp_path))
    reasons = [str(item) for item in missing_requirements(Level.API)]
    assert any(reason.startswith(f"Kubernetes {kubernetes_version()} (not built yet") for reason in reasons)
    assert all("scripts/cluster up --install" in reason for reason in reasons)


def test_requirements_that_cannot_be_installed_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without apt, the error lists what is missing."""
    monkeypatch.setattr(requirements, "command_path", lambda _name: None)
    with pytest.raises(UnobtainableError, match=r"needs .*etcd-server.*, which only root can install, with apt-get"):
        requirements.install_requirements(Level.API, print)


@pytest.mark.parametrize("group", ["pods_group", "kubelet_group", "runtime_group"])
def test_control_groups_are_measured(node: Cluster, group: str) -> None:
    """The CPU time of a node's pods only increases; its kubelet and its runtime are measured separately."""
    path = getattr(node.nodes[0], group)
    before = cgroups.processor_seconds(path)
    time.sleep(2)
    assert before <= cgroups.processor_seconds(path)
    names = {Path(f"/proc/{pid}/comm").read_text().strip() for pid in cgroups.processes(path)}
    assert ("kubelet" in names, "containerd" in names) == (group == "kubelet_group", group == "runtime_group")


def _processes_that_name(folder: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in line:
                found.append(int(entry.name))
    return found


def _bridges() -> list[str]:
    output = subprocess.run(
        [command("ip"), "-brief", "link", "show", "type", "bridge"], check=True, capture_output=True, text=True
    ).stdout
    return [line.split()[0] for line in output.splitlines() if line.startswith("pprobes")]
