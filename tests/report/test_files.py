"""Several processes audit files, and nobody sees that in the report."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pulumi_probes.codec.files import Source
from pulumi_probes.report import Policy, audit_files, files, processes, remote_share, render, shares
from pulumi_probes.report.processes import Connection, ProcessFailed, Work

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: NAME}\nspec: {selector: {app: NAME}, ports: [{port: 80}]}\n"
DEPLOYMENT = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: NAME}\nspec:\n  template:\n"
    "    metadata: {labels: {app: NAME}}\n    spec: {containers: [{name: main, image: main}]}\n"
)
KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\npatches: [{path: b.yaml}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which files need others: a Service is far from its pods, a patch far from its kustomization."""
    (tmp_path / "a.yaml").write_text(DEPLOYMENT.replace("NAME", "cart") + "---\na: [\n")
    (tmp_path / "b.yaml").write_text(DEPLOYMENT.replace("NAME", "shop"))
    (tmp_path / "c.yaml").write_text("a: 1\n")
    (tmp_path / "d.yaml").write_text(DEPLOYMENT.replace("NAME", "cart") + "---\n" + SERVICE.replace("NAME", "cart"))
    (tmp_path / "kustomization.yaml").write_text(KUSTOMIZATION)
    (tmp_path / "empty").mkdir()
    return tmp_path


def report(folder: Path, count: int | None) -> str:
    """The report about a folder, a file in it, a folder without manifests, and a file that does not exist."""
    paths = [str(folder / name) for name in ("", "d.yaml", "empty", "missing.yaml")]
    return render(audit_files(paths, Policy(), processes=count), "json")


@pytest.mark.parametrize("count", [2, 3, 20])
def test_the_report_is_the_same_for_any_number(folder: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if new interpreters are started, as on macOS and Windows."""
    monkeypatch.setattr(processes, "can_fork", lambda: False)
    alone = report(folder, 1)
    assert "PRB102" in alone
    assert "contains no Kubernetes manifest" in alone
    assert alone == report(folder, count)


def test_the_command_takes_the_number(folder: Path) -> None:
    """On Linux, the processes are copies of the first."""
    program = "from pulumi_probes.cli import main; main()"

    def run(count: str) -> tuple[int, str, str]:
        arguments = [sys.executable, "-c", program, "audit", str(folder), "--format", "json", "--jobs", count]
        finished = subprocess.run(arguments, check=False, capture_output=True, text=True)
        return finished.returncode, finished.stdout, finished.stderr

    alone = run("1")
    assert (2, "") == (alone[0], alone[2])
    assert alone == run("3")


class Failing:
    """A process that ends before it has sent its n-th object, or cannot be sent to."""

    def __init__(self, objects: int) -> None:
        self.connection: Any = self
        self._objects = objects

    def receive(self) -> Any:
        """Fail, or do in this process what the other would have done."""
        if self._objects == 0:
            raise ProcessFailed
        self._objects -= 1
        return self.share.read()

    def send(self, _content: Any) -> None:
        """Fail."""
        raise ProcessFailed

    def end(self) -> None:
        """Nothing to end."""

    share: shares.Share


@pytest.mark.parametrize("objects", [0, 1, None])
def test_the_share_of_a_process_that_fails_is_done_here(
    folder: Path, objects: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever it fails: before or after it has read the files, or because no process can be started."""

    def start(_work: Work, portion: Any, policy: Policy, waivers: Any, today: Any) -> Failing:
        started.append(portion)
        if objects is None:
            raise ProcessFailed
        process = Failing(objects)
        process.share = shares.Share(portion, policy, waivers, today)
        return process

    started: list[Any] = []
    monkeypatch.setattr(remote_share, "start_process", start)
    assert report(folder, 1) == report(folder, 3)
    assert 2 == len(started)


def leave(connection: Connection) -> None:
    """Work that sends one object and ends."""
    connection.send("last words")


def test_the_end_of_a_process_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """And something that cannot be sent is as good as no process."""
    monkeypatch.setattr(processes, "can_fork", lambda: False)
    process = processes.start_process(leave)
    assert "last words" == process.connection.receive()
    with pytest.raises(ProcessFailed):
        process.connection.receive()
    process.end()
    with pytest.raises(ProcessFailed):
        processes.start_process(leave, lambda: None)


@pytest.mark.parametrize(
    ("size", "processors", "expected"), [(100, 4, 1), (1_000_000, 4, 2), (10_000_000, 4, 4), (10_000_000, 64, 8)]
)
def test_as_many_as_make_it_faster(
    tmp_path: Path, size: int, processors: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the size of the files and the number of processors."""
    monkeypatch.setattr(processes, "can_fork", lambda: True)
    monkeypatch.setattr(files, "_processors", lambda: processors)
    monkeypatch.setattr(files, "_size", lambda _file: size // 100)
    source = Source(str(tmp_path), [f"{number:03}.yaml" for number in range(100)])
    portions = files._portions([source], None)
    assert expected == len(portions)
    assert [(0, file) for file in source.files] == [entry for portion in portions for entry in portion]
    assert max(map(len, portions)) - min(map(len, portions)) <= 1


def test_standard_input_is_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process could not read it."""
    monkeypatch.setattr(remote_share, "start_process", None)
    monkeypatch.setattr(sys, "stdin", None)
    (error,) = audit_files(["-"], Policy(), processes=4).errors
    assert "standard input is closed" == error.message


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_finding_about_a_service_has_its_line(count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pods are in the files of other processes, and its own file is read again for the line."""
    monkeypatch.setattr(processes, "can_fork", lambda: False)
    pod = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {app: a}}\n"
        "spec: {containers: [{name: a, image: a:1, ports: [{name: http, containerPort: 80}]}]}\n"
    )
    service = (
        "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Service\nmetadata:\n"
        '  name: a\n  annotations: {pulumi-probes/ignore: "PRB336=not used yet"}\nspec:\n  selector: {app: a}\n'
        "  ports:\n    - port: 80\n      targetPort: web\n"
    )
    (tmp_path / "a.yaml").write_text(pod)
    (tmp_path / "m.yaml").write_text(service)
    (tmp_path / "z.yaml").write_text(pod.replace("a, labels", "b, labels"))
    found = audit_files([str(tmp_path)], Policy(), processes=count).findings
    about = [finding for finding in found if finding.resource.kind == "Service"]
    assert [("PRB335", f"{tmp_path}/m.yaml:14"), ("PRB595", f"{tmp_path}/m.yaml:9")] == [
        (finding.code, str(finding.source)) for finding in about
    ]


@pytest.mark.parametrize(
    ("folder", "value", "severities"),
    [("", "cart", []), ("", "carts", ["warning"]), ("", "basket", []), ("other", "carts", []), ("", "c/art", [])],
    ids=["same", "similar", "different", "elsewhere", "also similar, but selected"],
)
def test_pods_in_another_file_are_compared_by_their_labels(
    folder: str, value: str, severities: list[str], tmp_path: Path
) -> None:
    """A directory may contain what is not deployed together, so only a similar label in it means a mistake."""
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / "pod.yaml").write_text(
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a, labels: {{app: {value}}}}}\n"
        "spec: {containers: [{name: a, image: a:1, ports: [{containerPort: 80}]}]}\n"
    )
    selectors = ["cart"] + ["c/art"] * ("/" in value)
    for number, selector in enumerate(selectors):
        (tmp_path / f"service{number}.yaml").write_text(
            f"apiVersion: v1\nkind: Service\nmetadata: {{name: a{number}}}\n"
            f"spec: {{selector: {{app: {selector}}}, ports: [{{port: 80}}]}}\n"
        )
    found = audit_files([str(tmp_path)], Policy()).findings
    assert severities == [finding.severity.value for finding in found if finding.code == "PRB336"]


def test_a_patch_may_add_the_target_port(tmp_path: Path) -> None:
    """A scaffold has a patch with a proxy; without labels it is one, whether a kustomization names it or not."""
    (tmp_path / "service.yaml").write_text(
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
        "spec: {selector: {app: a}, ports: [{port: 80, targetPort: https}]}\n---\n"
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {app: a}}\n"
        "spec: {containers: [{name: a, image: a:1}]}\n"
    )
    assert ["PRB335"] == [f.code for f in audit_files([str(tmp_path)], Policy()).findings if f.code == "PRB335"]
    (tmp_path / "patch.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"
        "spec: {template: {spec: {containers: [{name: b, image: b:1, ports: [{name: https, containerPort: 80}]}]}}}\n"
    )
    assert [] == [f.code for f in audit_files([str(tmp_path)], Policy()).findings if f.code == "PRB335"]


def test_a_service_waives_its_own_findings(tmp_path: Path) -> None:
    """By an annotation, as a workload does."""
    (tmp_path / "a.yaml").write_text(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n"
        '  annotations: {pulumi-probes/ignore: "PRB336=pods come later"}\nspec: {selector: {app: b}}\n---\n'
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {app: a}}\n"
        "spec: {containers: [{name: a, image: a:1}]}\n"
    )
    found = audit_files([str(tmp_path)], Policy()).findings
    assert [("PRB336", "pods come later")] == [
        (finding.code, finding.waiver.reason) for finding in found if finding.waiver is not None
    ]
    assert [] == [finding.code for finding in found if finding.code.startswith("PRB59")]
