"""The pack, fed over gRPC with what a program registers, against `probes preview` of the same program."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from pulumi_probes_policies.testing import record_requests, running_pack, stack_request

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
NEEDS_THE_PROVIDER = {"07-yaml-and-helm"}
"""Whose children the provider makes, so that nobody but the engine can show them to a pack."""

PROGRAMS = [
    (path.parent, None)
    for path in sorted(EXAMPLES.glob("**/Pulumi.yaml"))
    if path.relative_to(EXAMPLES).parts[0] not in NEEDS_THE_PROVIDER
] + [(ROOT, stack) for stack in ("dev", "production", "edge")]

Said = set[tuple[str, str, bool]]


@pytest.fixture(scope="module")
def pack() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The pack of this project, running."""
    with running_pack(ROOT / "policies") as stub:
        yield stub


def previewed(folder: Path, stack: str | None) -> Said:
    """What `probes preview` says: name of the resource, code, whether it is waived."""
    command = [str(Path(sys.executable).with_name("probes")), "preview", str(folder), "--format", "json"]
    command += ["--stack", stack] if stack is not None else []
    finished = subprocess.run(command, check=False, capture_output=True, text=True)
    return {
        (entry["resource"]["urn"].rpartition("::")[2], entry["code"], entry["waived"] is not None)
        for entry in json.loads(finished.stdout)["findings"]
    }


def requests_of(folder: Path, stack: str | None) -> list[analyzer_pb2.AnalyzeRequest]:
    """What the engine would ask a pack about the program."""
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text(encoding="utf-8"))
    config: dict[str, str] = {}
    if stack is not None:
        settings = yaml.safe_load((folder / "stacks" / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))
        config = settings["config"]
    program = folder / project.get("main", "")
    return record_requests(program, project=project["name"], stack=stack or "dev", config=config)


def said(response: analyzer_pb2.AnalyzeResponse, name: str | None = None) -> Said:
    """What the pack says, in the same form."""
    return {
        (name or entry.urn.rpartition("::")[2], code, entry.policyName == "probe-waived")
        for entry in response.diagnostics
        for code in re.findall(r"\[(PRB\d{3})\]", entry.message)
    }


@pytest.mark.parametrize(("folder", "stack"), PROGRAMS, ids=lambda value: getattr(value, "name", value))
def test_the_pack_says_what_the_preview_says(
    pack: analyzer_pb2_grpc.AnalyzerStub, folder: Path, stack: str | None
) -> None:
    """For every example and every configuration of the reference stack: resource by resource the same codes."""
    requests = requests_of(folder, stack)
    assert requests
    found = said(pack.AnalyzeStack(stack_request(requests)))
    for request in requests:
        found |= said(pack.Analyze(request), request.name)
    assert previewed(folder, stack) == found
