"""The generated reference is complete, and agrees with the code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import click
import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from reference.components import PRESETS, default_and_text

import pulumi_probes.components as api
from pulumi_probes.cli import COMMANDS, run
from pulumi_probes.components.arguments.strict_types import fields
from pulumi_probes.components.component import ProbedService
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.report import Policy
from pulumi_probes.report.project_file import read_project_file
from pulumi_probes.rules import ENFORCEMENT_LEVELS, PACK_SETTINGS, configuration_schema, load_rules

REFERENCE: Final = Path(__file__).parents[2] / "docs" / "reference"
COMPONENTS: Final = [path.stem for path in sorted((REFERENCE / "components").glob("*-service.md"))]


def page(name: str) -> str:
    """A page below docs/reference."""
    return (REFERENCE / name).read_text(encoding="utf-8")


def rows(name: str) -> dict[str, list[str]]:
    """The rows of all tables of a page whose first cell is code: the other cells by that code."""
    found: dict[str, list[str]] = {}
    for line in page(name).splitlines():
        if match := re.match(r"\| `([^`]+)` \| (.*) \|$", line):
            assert match[1] not in found
            found[match[1]] = match[2].split(" | ")
    return found


@pytest.mark.parametrize("component", PRESETS)
def test_a_component_s_page_has_every_argument_once(component: str) -> None:
    """With its type and a description; required arguments are marked."""
    arguments = getattr(api, f"{component}Args")
    found = rows(f"components/{re.sub('(?<=[a-z])(?=[A-Z])', '-', component).lower()}.md")
    assert set(fields(arguments)) == set(found)
    assert arguments.__required_keys__ == {name for name, (_, default, _) in found.items() if default == "required"}
    assert [] == [name for name, (kind, _, text) in found.items() if not kind or not text]


def test_seconds_are_named() -> None:
    """The unit of a time is in its row."""
    found = rows("components/slow-start-service.md")
    assert ["`int`, seconds", "required"] == found["starts_within"][:2]
    assert ["`int`, seconds", "`35`"] == found["detects_within"][:2]
    assert ["`int`", "`2`"] == found["replicas"][:2]


def test_every_type_of_an_argument_has_a_section() -> None:
    """All dictionaries that users can import are described."""
    public = {name for name in api.__all__ if name.endswith("Args") and not name.endswith("ServiceArgs")}
    sections = set(re.findall(r"^## (\w+)$", page("components/types.md"), flags=re.MULTILINE))
    assert public | {"ServiceArgs"} == sections


def test_every_output_is_there() -> None:
    """Under both of its names."""
    found = rows("components/index.md")
    assert set(ProbedService.__annotations__) <= set(found)
    assert "`podDisruptionBudget`" == found["pod_disruption_budget"][0]


@pytest.mark.parametrize(
    ("text", "default", "rest"),
    [
        (
            "The number of pods; 2 by default. With 2 or more there is a budget.",
            "`2`",
            "The number of pods. With 2 or more there is a budget.",
        ),
        (
            "The host; by default the pod itself. Another is a mistake.",
            "the pod itself",
            "The host. Another is a mistake.",
        ),
        ("Seconds until it is gone; default 15 (SlowStartService 35).", "`15`", "Seconds until it is gone."),
        ("TCP (the default), UDP or SCTP.", "`TCP`", "TCP (the default), UDP or SCTP."),
        ("Seconds; Kubernetes' default is 10.", "`10`", "Seconds; Kubernetes' default is 10."),
        (
            "Seconds; computed by default, overridden by more.",
            "computed",
            "Seconds; computed by default, overridden by more.",
        ),
        ("Overrides the default security context.", "", "Overrides the default security context."),
    ],
)
def test_a_default_has_a_column(text: str, default: str, rest: str) -> None:
    """A clause at the end of a sentence is moved there; a mention within a sentence stays."""
    assert (default, rest) == default_and_text(text)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_line_has_every_option(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Every option of `--help` is in the section of its command."""
    assert 0 == run([command, "--help"])
    printed = set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", capfd.readouterr().out, flags=re.MULTILINE)) - {"--help"}
    section = page("command-line.md").partition(f"\n## probes {command}\n")[2].partition("\n## ")[0]
    assert printed == set(re.findall(r"^\| `(?:-\w, )?(--[\w-]+)", section, flags=re.MULTILINE))
    assert click.unstyle(section).startswith(f"\n```text\nprobes {command} [OPTIONS]")


SCHEMA: Final = json.loads(page("policy-config.schema.json"))
PARAMETERS: Final = {
    **{rule.name: configuration_schema(rule.parameters) for rule in load_rules()},
    **{name: configuration_schema(parameters) for name, parameters in PACK_SETTINGS.items()},
    "all": {},
}
VALUES: Final = st.one_of(
    st.sampled_from([*ENFORCEMENT_LEVELS, "", "on"]),
    st.integers(-2, 99),
    st.booleans(),
    st.lists(st.sampled_from(["a", 1]), max_size=2),
)
CONFIGURATIONS: Final = st.dictionaries(
    st.sampled_from([*PARAMETERS, "readiness-mising", "PRB101"]),
    st.one_of(
        VALUES,
        st.dictionaries(
            st.sampled_from([*sorted({key for section in PARAMETERS.values() for key in section}), "limit"]),
            VALUES,
            max_size=2,
        ),
        st.builds(lambda level: {"enforcementLevel": level}, VALUES),
    ),
    max_size=2,
)


def is_read(configuration: dict[str, Any]) -> bool:
    """Whether `--policy-config` accepts it."""
    try:
        Policy().configured(configuration, "config.json")
    except UnreadableInput:
        return False
    return True


@given(CONFIGURATIONS)
@example({"all": {"enforcementLevel": "advisory"}})
@example({"all": {"exclude": ["legacy-*"]}})
@example({"exec-period-too-short": {"minimumSeconds": 5.0}})
def test_the_schema_of_the_configuration_is_what_is_read(configuration: dict[str, Any]) -> None:
    """An editor with the schema accepts exactly what the command accepts."""
    assert is_read(configuration) == jsonschema.Draft202012Validator(SCHEMA).is_valid(configuration), configuration


def test_the_example_of_the_configuration_page_is_read() -> None:
    """The example is valid."""
    examples = re.findall(r"```json\n(.*?)```", page("configuration.md"), flags=re.DOTALL)
    assert examples
    assert all(is_read(json.loads(example)) for example in examples)


@pytest.mark.parametrize(("language", "name"), [("yaml", ".probes.yaml"), ("toml", "pyproject.toml")])
def test_the_examples_of_the_project_file_are_read(tmp_path: Path, language: str, name: str) -> None:
    """The examples are valid, and the comment in the first line names the published schema."""
    (text,) = re.findall(rf"```{language}\n(.*?)```", page("project-file.md"), flags=re.DOTALL)
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert {"deploy/legacy"} == {
        str(Path(folder).relative_to(tmp_path.resolve())) for folder in read_project_file(str(tmp_path / name)).folders
    }
    if language == "yaml":
        assert "# yaml-language-server: $schema=project-file.schema.json" == text.splitlines()[0]


@pytest.mark.parametrize("schema", ["policy-config.schema.json", "project-file.schema.json", "report.schema.json"])
def test_the_schemas_are_schemas(schema: str) -> None:
    """They are valid in the dialect that they name."""
    content = json.loads(page(schema))
    assert "https://json-schema.org/draft/2020-12/schema" == content["$schema"]
    jsonschema.Draft202012Validator.check_schema(content)


def test_every_field_of_the_report_is_described() -> None:
    """Each field is in the table of its object, and all but the simplest have a description."""
    tables = [line for line in page("reports.md").splitlines() if line.startswith("| `")]
    plain = [line for line in tables if line.endswith("|  |")]
    assert len(tables) > 50
    assert len(plain) < len(tables) / 4, plain
