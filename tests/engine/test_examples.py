"""The examples under the real engine: the pack reports the same findings as `probes preview`."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
PROJECTS = sorted(path.parent for path in EXAMPLES.glob("**/Pulumi.yaml"))


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: str(project.relative_to(EXAMPLES)))
def test_the_pack_and_the_preview_agree(project: Path, make_project: Callable[..., Any]) -> None:
    """The codes are the same, and a deployment is blocked if and only if the preview exits with 1."""
    command = [str(Path(sys.executable).with_name("probes")), "preview", str(project), "--format", "json"]
    ours = subprocess.run(command, check=False, capture_output=True, text=True)
    # The provider renders charts by itself; without helm the preview cannot.
    unseen = {"search"} if shutil.which("helm") is None else set[str]()
    findings = [(bool(item["waived"]), item["code"]) for item in json.loads(ours.stdout)["findings"]]

    outcome = make_project(project).preview()
    blocks = re.split(r"(?=^        - \[)", outcome.policies, flags=re.MULTILINE)
    said = [
        ("  probe-waived  " in block, code)
        for block in blocks
        if not any(f": {name})" in block for name in unseen)
        for code in re.findall(r"\[(PRB\d{3})\]", block)
    ]
    assert (ours.returncode, set(findings)) == (int(outcome.status != 0), set(said)), outcome.output
