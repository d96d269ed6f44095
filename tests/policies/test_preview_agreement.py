"""The pack, with the registrations of a program over gRPC, compared with `probes preview` of the same program."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from pulumi_probes_policies.testing import record_requests, running_pack, stack_request

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PROGRAMS: list[tuple[Path, str | None]] = [(path.parent, None) for path in sorted(EXAMPLES.glob("**/Pulumi.yaml"))]
PROGRAMS += [(ROOT, stack) for stack in ("dev", "production", "edge")]

Said = set[tuple[str, str, bool]]


@pytest.fixture(scope="module")
def pack() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """A running pack of this project."""
    with running_pack(ROOT / "policies") as stub:
        yield stub


def previewed(folder: Path, stack: str | None) -> Said:
    """The findings of `probes preview`: name of the resource, code, whether it is waived."""
    command = [str(Path(sys.executable).with_name("probes")), "preview", str(folder), "--format", "json"]
    command += ["--stack", stack] if stack is not None else []
    finished = subprocess.run(command, check=False, capture_output=True, text=True)
    return {
        (entry["resource"]["urn"].rpartition("::")[2], entry["code"], entry["waived"] is not None)
        for entry in json.loads(finished.stdout)["findings"]
    }


def said(response: analyzer_pb2.AnalyzeResponse, name: str | None = None) -> Said:
    """The findings of the pack, in the same form."""
    return {
        (name or entry.urn.rpartition("::")[2], code, entry.policyName == "probe-waived")
        for entry in response.diagnostics
        for code in re.findall(r"\[(PRB\d{3})\]", entry.message)
    }


@pytest.mark.parametrize(("folder", "stack"), PROGRAMS, ids=lambda value: getattr(value, "name", value))
def test_the_pack_has_the_findings_of_the_preview(
    pack: analyzer_pb2_grpc.AnalyzerStub, folder: Path, stack: str | None
) -> None:
    """For every example and every configuration of the reference stack, each resource has the same codes."""
    requests = record_requests(folder, stack)
    assert requests
    found = said(pack.AnalyzeStack(stack_request(requests)))
    for request in requests:
        found |= said(pack.Analyze(request), request.name)
    assert previewed(folder, stack) == found
