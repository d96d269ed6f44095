"""The pack as the engine meets it: a process of its own, asked over gRPC about what real programs register."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pulumi
import pulumi_kubernetes as k8s
import pytest
import yaml
from google.protobuf import json_format
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.rules import Evaluation, Rule, apply_waivers, evaluate, load_rules
from pulumi_probes_policies.testing import analyze_request, record_requests, running_pack, stack_request
from pulumi_probes_policies.verdict import today

ROOT = Path(__file__).parents[2]
CLASSES = {
    ("apps/v1", "Deployment"): k8s.apps.v1.Deployment,
    ("apps/v1", "StatefulSet"): k8s.apps.v1.StatefulSet,
    ("apps/v1", "DaemonSet"): k8s.apps.v1.DaemonSet,
    ("v1", "Pod"): k8s.core.v1.Pod,
    ("v1", "Service"): k8s.core.v1.Service,
    ("batch/v1", "Job"): k8s.batch.v1.Job,
    ("batch/v1", "CronJob"): k8s.batch.v1.CronJob,
}


@pytest.fixture(scope="module")
def pack() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The pack of this project, running."""
    with running_pack(ROOT / "policies") as stub:
        yield stub


def register(document: Mapping[str, Any], name: str) -> None:
    """What a program writes for a manifest, with the provider's own classes."""
    CLASSES[document["apiVersion"], document["kind"]](name, metadata=document.get("metadata"), spec=document["spec"])


def judged(documents: Iterable[Mapping[str, Any]], rules: Sequence[Rule]) -> Evaluation:
    """What the rules say about dictionaries, without Pulumi."""
    stack = read_stack(Manifest(content=document) for document in documents)
    return apply_waivers(evaluate(stack, rules), stack, today=today(), rules=rules)


def codes(response: analyzer_pb2.AnalyzeResponse) -> set[str]:
    """The codes of the findings."""
    return {code for entry in response.diagnostics for code in re.findall(r"\[(PRB\d{3})\]", entry.message)}


def test_a_programs_resources_get_the_codes_of_the_rules(
    pack: analyzer_pb2_grpc.AnalyzerStub, examples: list[Mapping[str, Any]]
) -> None:
    """Through the provider's classes, the engine's protocol and the pack, an object is judged as its dictionary is."""
    documents = [document for document in examples if (document["apiVersion"], document["kind"]) in CLASSES]
    assert len(documents) > len(load_rules())

    def program() -> None:
        for index, document in enumerate(documents):
            register(document, f"example-{index}")

    rules = [rule for rule in load_rules() if not rule.needs_stack]
    by_name = {request.name: request for request in record_requests(program)}
    for index, document in enumerate(documents):
        evaluation = judged([document], rules)
        response = pack.Analyze(by_name[f"example-{index}"])
        assert codes(response) == {finding.code for finding in evaluation.findings}, document
        assert not evaluation.crashes


def test_a_programs_stack_gets_the_codes_of_the_rules(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """So it is for rules that look at Services and budgets too."""
    rules = [rule for rule in load_rules() if rule.needs_stack]
    assert rules
    for rule in rules:
        for text in (*rule.documentation.bad, *rule.documentation.good):
            documents = [document for document in yaml.safe_load_all(text) if document]
            if any((document["apiVersion"], document["kind"]) not in CLASSES for document in documents):
                continue

            def program(documents: list[Any] = documents) -> None:
                for index, document in enumerate(documents):
                    register(document, f"example-{index}")

            evaluation = judged(documents, rules)
            response = pack.AnalyzeStack(stack_request(record_requests(program)))
            assert codes(response) == {finding.code for finding in evaluation.findings}, text
            urns = {entry.urn.rpartition("::")[2] for entry in response.diagnostics}
            assert all(urn.startswith("example-") for urn in urns)


def test_outputs_and_secrets_of_a_program(pack: analyzer_pb2_grpc.AnalyzerStub, deployment: dict[str, Any]) -> None:
    """An unknown image tag silences nothing, and a secret's value appears nowhere."""

    def program() -> None:
        config_map = k8s.core.v1.ConfigMap("tag", data={"a": "b"})
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        container["image"] = config_map.id.apply(lambda name: f"web:{name}")
        container["env"] = [
            {"name": "TOKEN", "value": pulumi.Output.secret("s3cr3t")},
            {"name": "CONFIG", "value": config_map.id},
        ]
        register(deployment, "web")

    request = next(request for request in record_requests(program) if request.name == "web")
    wire = str(json_format.MessageToDict(request.properties))
    assert "04da6b54-80e4-46f7-96ec-b56ff0331ba9" in wire
    assert "s3cr3t" in wire
    response = pack.Analyze(request)
    assert "liveness-outruns-readiness" in {entry.policyName for entry in response.diagnostics}
    assert "probe-not-evaluated" not in {entry.policyName for entry in response.diagnostics}
    assert "s3cr3t" not in str(response)


def test_patches_and_custom_resources_of_a_program(
    pack: analyzer_pb2_grpc.AnalyzerStub, deployment: dict[str, Any]
) -> None:
    """They arrive under the types that the provider gives them."""

    def program() -> None:
        k8s.apps.v1.DeploymentPatch("patch", metadata={"name": "web"}, spec={"template": {"spec": {"containers": []}}})
        k8s.apiextensions.CustomResource(
            "rollout", api_version="argoproj.io/v1alpha1", kind="Rollout", spec=deployment["spec"]
        )

    by_name = {request.name: request for request in record_requests(program)}
    assert by_name["patch"].type == "kubernetes:apps/v1:DeploymentPatch"
    assert codes(pack.Analyze(by_name["patch"])) == set()
    assert by_name["rollout"].type == "kubernetes:argoproj.io/v1alpha1:Rollout"
    assert "PRB204" in codes(pack.Analyze(by_name["rollout"]))


def test_custom_timeouts_of_a_program() -> None:
    """A program writes durations, the engine sends seconds."""

    def program() -> None:
        timeouts = pulumi.CustomTimeouts(create="1h30m", update="90s")
        k8s.core.v1.ConfigMap("c", data={}, opts=pulumi.ResourceOptions(custom_timeouts=timeouts))

    (request,) = record_requests(program)
    timeouts = request.options.customTimeouts
    assert (timeouts.create, timeouts.update, timeouts.delete) == (5400, 90, 0)


def test_many_requests_at_once(pack: analyzer_pb2_grpc.AnalyzerStub, examples: list[Mapping[str, Any]]) -> None:
    """The engine asks on several threads; the answers are those of one after the other, in the same order."""
    requests = [analyze_request(document, name=f"example-{index}") for index, document in enumerate(examples)]
    one_by_one = [pack.Analyze(request) for request in requests]
    with ThreadPoolExecutor(8) as threads:
        at_once = list(threads.map(pack.Analyze, requests * 3))
    assert at_once == one_by_one * 3


def test_the_pack_tells_its_policies(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """The engine asks for them before anything else."""
    info = pack.GetAnalyzerInfo(Empty())
    assert info.name == "pulumi-probes"
    assert info.supportsConfig
    assert {rule.name for rule in load_rules()} <= {policy.name for policy in info.policies}


def test_the_rest_of_the_protocol_is_not_implemented(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """As in the SDK's packs, which the engine knows how to take."""
    with pytest.raises(grpc.RpcError) as handshake:
        pack.Handshake(analyzer_pb2.AnalyzerHandshakeRequest())
    with pytest.raises(grpc.RpcError) as cancel:
        pack.Cancel(Empty())
    assert [caught.value.code() for caught in (handshake, cancel)] == [grpc.StatusCode.UNIMPLEMENTED] * 2


def test_standard_output_is_the_port_and_nothing_else() -> None:
    """The engine reads it; and an interrupt ends the pack quietly."""
    folder = ROOT / "policies"
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(folder)]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        port = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=30)
    assert re.fullmatch(r"[1-9]\d+\n", port)
    assert (rest, errors, process.returncode) == ("", "", 0)


def test_policies_in_somebody_elses_pack(tmp_path: Path, deployment: dict[str, Any]) -> None:
    """`probe_policies()` works beside own policies in the SDK's `PolicyPack`."""
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
    """The helper says so and does not wait for ever."""
    (tmp_path / "__main__.py").write_text("print('hello')\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="'hello' is no port"), running_pack(tmp_path):
        pass
