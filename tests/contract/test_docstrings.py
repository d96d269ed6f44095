"""Docstrings that are part of the output are available under `python -OO`, which drops docstrings."""

from __future__ import annotations

import compileall
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import pulumi_probes
from pulumi_probes.cli import COMMANDS
from pulumi_probes.rules import load_rules

PROGRAMS = {
    "help": f"""
from pulumi_probes.cli import run
for arguments in [["--help"], *([command, "--help"] for command in {list(COMMANDS)})]:
    run(arguments)
""",
    "rules": """
from pulumi_probes.cli import run
run(["rules"])
run(["rules", "--format", "json"])
""",
    "pages of rules": f"""
from pulumi_probes.cli import run
for code in {[rule.code for rule in load_rules()]}:
    run(["explain", code])
""",
    "presets": """
from pulumi_probes.cli import run
run(["presets"])
run(["presets", "--format", "json"])
""",
    "SARIF": """
from pulumi_probes.cli import run
run(["audit", "-", "--format", "sarif"])
""",
    "policies": """
from pulumi_probes_policies import make_analyzer, probe_policies
print(make_analyzer("probes", probe_policies()).GetAnalyzerInfo(None, None))
""",
    "schema": """
from pulumi_probes.components.host import ProbesProvider
print(ProbesProvider().schema)
""",
}
"""The programs that print these docstrings."""


MANIFEST = """
apiVersion: v1
kind: Pod
metadata: {name: cart}
spec: {containers: [{name: cart, image: cart, ports: [{containerPort: 80}]}]}
"""
"""The standard input of all of them."""


def output(program: str, *options: str) -> str:
    """The output of a program under an interpreter with these options."""
    command = [sys.executable, *options, "-W", "ignore", "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True, input=MANIFEST).stdout


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_no_text_is_lost(program: str) -> None:
    """The output is identical."""
    expected = output(program)
    assert expected.count("\n") > 0
    assert expected == output(program, "-OO")


def test_texts_are_found_in_a_zipped_package(tmp_path: Path) -> None:
    """Python can import from zip files, and reads sources from them."""
    package = Path(pulumi_probes.__file__).parent
    archive = tmp_path / "pulumi_probes.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for file in sorted(package.rglob("*.py")):
            zipped.write(file, file.relative_to(package.parent))
    program = PROGRAMS["rules"]
    assert output(program) == output(f"import sys; sys.path.insert(0, {str(archive)!r})\n{program}", "-OO")


def test_rules_work_without_docstrings_and_sources(tmp_path: Path) -> None:
    """Only the texts are missing; rules report the same findings."""
    package = tmp_path / "pulumi_probes"
    shutil.copytree(Path(pulumi_probes.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    assert compileall.compile_dir(package, quiet=1, legacy=True, optimize=2)
    for source in package.rglob("*.py"):
        source.unlink()
    program = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
{PROGRAMS["SARIF"]}
"""
    (run,) = json.loads(output(program, "-OO"))["runs"]
    assert "PRB101" in {result["ruleId"] for result in run["results"]}
