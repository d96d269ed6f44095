"""The pack as a separate process, with requests over gRPC about the resources of real programs."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from google.protobuf import json_format
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.waiver import today_utc
from pulumi_probes.rules import Evaluation, Rule, apply_waivers, evaluate, load_rules
from pulumi_probes_policies.testing import analyze_request, record_requests, running_pack, stack_request

ROOT = Path(__file__).parents[2]
CLASSES = {
    ("apps/v1", "Deployment"): "apps.v1.Deployment",
    ("apps/v1", "StatefulSet"): "apps.v1.StatefulSet",
    ("apps/v1", "DaemonSet"): "apps.v1.DaemonSet",
    ("v1", "Pod"): "core.v1.Pod",
    ("v1", "Service"): "core.v1.Service",
    ("batch/v1", "Job"): "batch.v1.Job",
    ("batch/v1", "CronJob"): "batch.v1.CronJob",
}

RunProgram = Callable[..., list[analyzer_pb2.AnalyzeRequest]]


@pytest.fixture(scope="module")
def pack() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """A running pack of this project."""
    with running_pack(ROOT / "policies") as stub:
        yield stub


@pytest.fixture
def run_program(tmp_path: Path) -> RunProgram:
    """Runs a program with the provider's classes; returns the engine's requests about its resources."""

    def run(program: str) -> list[analyzer_pb2.AnalyzeRequest]:
        (tmp_path / "Pulumi.yaml").write_text("name: test\nruntime: python\n", encoding="utf-8")
        text = f"import pulumi\nimport pulumi_kubernetes as k8s\n{textwrap.dedent(program)}"
        (tmp_path / "__main__.py").write_text(text, encoding="utf-8")
        return record_requests(tmp_path)

    return run


def registered(documents: Sequence[Mapping[str, Any]]) -> str:
    """A program that creates each of the objects with the provider's classes."""
    return "\n".join(
        f"k8s.{CLASSES[document['apiVersion'], document['kind']]}(\n"
        f"    'example-{index}', metadata={document.get('metadata')!r}, spec={document['spec']!r}\n)"
        for index, document in enumerate(documents)
    )


def evaluated(documents: Iterable[Mapping[str, Any]], rules: Sequence[Rule]) -> Evaluation:
    """The evaluation of dictionaries, without Pulumi."""
    stack = read_stack(Manifest(content=document) for document in documents)
    return apply_waivers(evaluate(stack, rules), stack, today=today_utc(), rules=rules)


def codes(response: analyzer_pb2.AnalyzeResponse) -> set[str]:
    """The codes of the findings."""
    return {code for entry in response.diagnostics for code in re.findall(r"\[(PRB\d{3})\]", entry.message)}


def test_resources_of_a_program_get_the_codes_of_the_rules(
    pack: analyzer_pb2_grpc.AnalyzerStub, examples: list[Mapping[str, Any]], run_program: RunProgram
) -> None:
    """Through the provider's classes, the protocol and the pack, an object has the findings of its dictionary."""
    documents = [document for document in examples if (document["apiVersion"], document["kind"]) in CLASSES]
    assert len(documents) > len(load_rules())
    rules = [rule for rule in load_rules() if not rule.needs_stack]
    by_name = {request.name: request for request in run_program(registered(documents))}
    for index, document in enumerate(documents):
        evaluation = evaluated([document], rules)
        response = pack.Analyze(by_name[f"example-{index}"])
        assert codes(response) == {finding.code for finding in evaluation.findings}, document
        assert not evaluation.crashes


def test_a_whole_program_gets_the_codes_of_the_rules(
    pack: analyzer_pb2_grpc.AnalyzerStub, run_program: RunProgram
) -> None:
    """The same for rules that use Services and budgets."""
    rules = [rule for rule in load_rules() if rule.needs_stack]
    assert rules
    for rule in rules:
        for text in (*rule.documentation.bad, *rule.documentation.good):
            documents = [document for document in yaml.safe_load_all(text) if document]
            if any((document["apiVersion"], document["kind"]) not in CLASSES for document in documents):
                continue
            response = pack.AnalyzeStack(stack_request(run_program(registered(documents))))
            assert codes(response) == {finding.code for finding in evaluated(documents, rules).findings}, text
            urns = {entry.urn.rpartition("::")[2] for entry in response.diagnostics}
            assert all(urn.startswith("example-") for urn in urns)


def test_outputs_and_secrets_of_a_program(
    pack: analyzer_pb2_grpc.AnalyzerStub, deployment: dict[str, Any], run_program: RunProgram
) -> None:
    """An unknown image tag does not suppress findings, and the value of a secret never appears."""
    requests = run_program(
        f"""
        config_map = k8s.core.v1.ConfigMap("config", data={{"a": "b"}})
        spec = {deployment["spec"]!r}
        container = spec["template"]["spec"]["containers"][0]
        container["image"] = config_map.id.apply(lambda name: f"web:{{name}}")
        container["env"] = [
            {{"name": "TOKEN", "value": pulumi.Output.secret("s3cr3t")}},
            {{"name": "CONFIG", "value": config_map.id}},
        ]
        k8s.apps.v1.Deployment("web", spec=spec)
        """
    )
    request = next(request for request in requests if request.name == "web")
    wire = str(json_format.MessageToDict(request.properties))
    assert "04da6b54-80e4-46f7-96ec-b56ff0331ba9" in wire
    assert "s3cr3t" in wire
    response = pack.Analyze(request)
    assert "liveness-outruns-readiness" in {entry.policyName for entry in response.diagnostics}
    assert "probe-not-evaluated" not in {entry.policyName for entry in response.diagnostics}
    assert "s3cr3t" not in str(response)


def test_patches_and_custom_resources_of_a_program(
    pack: analyzer_pb2_grpc.AnalyzerStub, deployment: dict[str, Any], run_program: RunProgram
) -> None:
    """They have the types of the provider."""
    requests = run_program(
        f"""
        spec = {{"template": {{"spec": {{"containers": []}}}}}}
        k8s.apps.v1.DeploymentPatch("patch", metadata={{"name": "web"}}, spec=spec)
        k8s.apiextensions.CustomResource(
            "rollout", api_version="argoproj.io/v1alpha1", kind="Rollout", spec={deployment["spec"]!r}
        )
        """
    )
    by_name = {request.name: request for request in requests}
    assert "kubernetes:apps/v1:DeploymentPatch" == by_name["patch"].type
    assert set() == codes(pack.Analyze(by_name["patch"]))
    assert "kubernetes:argoproj.io/v1alpha1:Rollout" == by_name["rollout"].type
    assert "PRB204" in codes(pack.Analyze(by_name["rollout"]))


def test_custom_timeouts_of_a_program(run_program: RunProgram) -> None:
    """A program uses durations, the engine sends seconds."""
    requests = run_program(
        """
        timeouts = pulumi.CustomTimeouts(create="1h30m", update="90s")
        k8s.core.v1.ConfigMap("c", data={}, opts=pulumi.ResourceOptions(custom_timeouts=timeouts))
        """
    )
    timeouts = next(request for request in requests if request.name == "c").options.customTimeouts
    assert (5400, 90) == (timeouts.create, timeouts.update)


def test_a_program_that_fails_is_an_error(run_program: RunProgram) -> None:
    """Its requests would be incomplete."""
    with pytest.raises(RuntimeError, match="boom"):
        run_program("raise ValueError('boom')")


def test_many_requests_at_once(pack: analyzer_pb2_grpc.AnalyzerStub, examples: list[Mapping[str, Any]]) -> None:
    """The engine sends requests on several threads; the responses are the same as in sequence."""
    requests = [analyze_request(document, name=f"example-{index}") for index, document in enumerate(examples)]
    one_by_one = [pack.Analyze(request) for request in requests]
    with ThreadPoolExecutor(8) as threads:
        at_once = list(threads.map(pack.Analyze, requests * 3))
    assert at_once == one_by_one * 3


def test_the_pack_describes_its_policies(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """The engine requests them before anything else."""
    info = pack.GetAnalyzerInfo(Empty())
    assert "pulumi-probes" == info.name
    assert info.supportsConfig
    assert {rule.name for rule in load_rules()} <= {policy.name for policy in info.policies}


def test_the_rest_of_the_protocol_is_not_implemented(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """As in the SDK's packs, which the engine supports."""
    with pytest.raises(grpc.RpcError) as handshake:
        pack.Handshake(analyzer_pb2.AnalyzerHandshakeRequest())
    with pytest.raises(grpc.RpcError) as cancel:
        pack.Cancel(Empty())
    assert [caught.value.code() for caught in (handshake, cancel)] == [grpc.StatusCode.UNIMPLEMENTED] * 2


def test_standard_output_is_the_port_and_nothing_else() -> None:
    """The engine reads the port; an interrupt ends the pack silently."""
    folder = ROOT / "policies"
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(folder)]
    # Processes that a shell runs in the background ignore interrupts, and so do their children.
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, inherited)
    try:
        assert process.stdout is not None
        port = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert re.fullmatch(r"[1-9]\d+\n", port)
    assert ("", "", 0) == (rest, errors, process.returncode)


def test_policies_in_a_pack_of_the_sdk(tmp_path: Path, deployment: dict[str, Any]) -> None:
    """`probe_policies()` can be combined with other policies in the SDK's `PolicyPack`."""
    (tmp_path / "__main__.py").write_text(
        textwrap.dedent(
            """
            from pulumi_policy import PolicyPack, ResourceValidationPolicy
            from pulumi_probes_policies import EnforcementLevel, probe_policies

            own = ResourceValidationPolicy("own", "Own.", lambda args, report: report("said", None))
            PolicyPack("acme", [*probe_policies(["PRB204"], level=EnforcementLevel.MANDATORY), own])
            """
        ),
        encoding="utf-8",
    )
    with running_pack(tmp_path) as pack:
        response = pack.Analyze(analyze_request(deployment))
    assert [(entry.policyName, entry.enforcementLevel) for entry in response.diagnostics] == [
        ("liveness-outruns-readiness", analyzer_pb2.MANDATORY),
        ("own", analyzer_pb2.ADVISORY),
    ]


def test_a_pack_that_does_not_start(tmp_path: Path) -> None:
    """The helper raises an error and does not block."""
    (tmp_path / "__main__.py").write_text("print('hello')\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="it printed 'hello' instead of its port"), running_pack(tmp_path):
        pass
