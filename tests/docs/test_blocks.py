"""Blocks that cannot be run by themselves: CI jobs, and programs in other languages."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pages import Block, read_blocks

from pulumi_probes.components.host import PACKAGE

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"

CONSTRUCT = """
import json
import sys

import pulumi

from pulumi_probes.components.host import ProbesProvider


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name, args.inputs

    def call(self, args):
        return {}


pulumi.runtime.set_mocks(Mocks())
component, inputs = json.load(sys.stdin)
ProbesProvider().construct("web", component, inputs, None)
"""


TAKES = r"(?:sarif_file: |junit: |junit '|codequality: |path: |--body-file )([\w.]+)"
"""Each job names the report that it uses."""


def blocks_of(page: str, test: str) -> list[Block]:
    """The blocks of a how-to page that are marked for a test."""
    text = (ROOT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    return [block for block in read_blocks(text) if block.marks.get("tested") == test]


def test_jobs_fail_for_a_bad_program_only(tmp_path: Path) -> None:
    """The `probes` command of each job, run in a directory with a program, and the report that the job uses."""
    jobs = blocks_of("ci.md", "test_jobs_fail_for_a_bad_program_only")
    assert [*["yaml"] * 6, "groovy"] == [job.language for job in jobs]
    for number, job in enumerate(jobs):
        assert job.language != "yaml" or isinstance(yaml.safe_load(job.text), dict)
        (command,) = re.findall(r"(?:- run: |- |')(?:\.venv/bin/)?(probes .*?)'?$", job.text, flags=re.MULTILINE)
        statuses = []
        for example in ("01-minimal", "05-liveness-101/raw"):
            folder = shutil.copytree(EXAMPLES / example, tmp_path / f"{number}-{Path(example).name}")
            path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
            finished = subprocess.run(
                shlex.split(command), cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, check=False
            )
            statuses.append(finished.returncode)
            taken = set(re.findall(TAKES, job.text))
            assert taken == set(re.findall(r"--output (\S+)", command))
            assert all((folder / name).stat().st_size for name in taken)
        assert [0, 1] == statuses


def test_programs_in_other_languages_are_accepted() -> None:
    """Both programs are equivalent, the schema has all properties, and the provider accepts them."""
    typescript, program = blocks_of("other-languages.md", "test_programs_in_other_languages_are_accepted")
    match = re.search(r'new probes\.(\w+)\("web", (\{.*?^\})\);', typescript.text, flags=re.MULTILINE | re.DOTALL)
    assert match is not None
    component = f"{PACKAGE}:index:{match[1]}"
    inputs = yaml.safe_load(match[2])  # an object literal of plain keys is a flow mapping, too
    assert {"type": component, "properties": inputs} == yaml.safe_load(program.text)["resources"]["web"]
    schema = json.loads((ROOT / "tests/contract/golden/schema.json").read_text(encoding="utf-8"))
    resource = schema["resources"][component]
    assert [] == list(unknown(inputs, resource["inputProperties"], schema))
    assert ["startWithin"] == list(unknown({"startWithin": 90}, resource["inputProperties"], schema))
    outputs = set(re.findall(r"export const \w+ = web\.(\w+);", typescript.text))
    assert outputs <= set(resource["properties"])
    assert {f"${{web.{name}}}" for name in outputs} == set(yaml.safe_load(program.text)["outputs"].values())
    assert (0, "") == construct(component, inputs)
    status, message = construct(component, {**inputs, "service": {"type": "Loadbalancer"}})
    assert status != 0
    assert "service.type" in message


def unknown(inputs: Mapping[str, Any], properties: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    """The properties that are not in the schema, at any depth."""
    for name, value in inputs.items():
        if name not in properties:
            yield name
        elif (reference := properties[name].get("$ref", "")).startswith("#/types/"):
            yield from unknown(value, schema["types"][reference.removeprefix("#/types/")]["properties"], schema)


def construct(component: str, inputs: Mapping[str, Any]) -> tuple[int, str]:
    """The result of constructing a component as the engine does, with all numbers as floats."""
    given = json.loads(json.dumps(inputs), parse_int=float)
    finished = subprocess.run(
        [sys.executable, "-c", CONSTRUCT],
        input=json.dumps([component, given]),
        capture_output=True,
        check=False,
        text=True,
    )
    return finished.returncode, finished.stderr


@pytest.mark.parametrize("page", ["ci.md", "other-languages.md"])
def test_marked_blocks_are_there(page: str) -> None:
    """The markers on a page name tests of this file."""
    text = (ROOT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    names = {block.marks["tested"] for block in read_blocks(text) if "tested" in block.marks}
    assert names
    assert names <= set(globals())
