"""Every fact is defined in one place only."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pulumi_policy import EnforcementLevel

from pulumi_probes.cli.preview import preview
from pulumi_probes.preview import DEFAULT_TIME_LIMIT_SECONDS, run_program
from pulumi_probes.rules import ENFORCEMENT_LEVELS

ROOT = Path(__file__).parents[2]
PACKAGES = (ROOT / "components" / "pulumi_probes", ROOT / "policies" / "pulumi_probes_policies")


@cache
def modules() -> dict[str, ast.Module]:
    """All modules of both packages, by path."""
    return {
        str(path.relative_to(package.parent)): ast.parse(path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in sorted(package.rglob("*.py"))
    }


def texts(module: ast.Module) -> Iterator[str]:
    """The string literals of a module, without docstrings and parts of longer strings."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("pulumi-probes/ignore", "pulumi_probes/model/annotations.py"),
        ("pulumi-probes/starts-within", "pulumi_probes/model/annotations.py"),
        ("kubectl.kubernetes.io/default-container", "pulumi_probes/model/annotations.py"),
        ("pulumi.com/skipAwait", "pulumi_probes/model/annotations.py"),
        ("pulumi.com/timeoutSeconds", "pulumi_probes/model/annotations.py"),
        ("04da6b54-80e4-46f7-96ec-b56ff0331ba9", "pulumi_probes/codec/pulumi_values.py"),
        ("1b47061264138c4ac30d75fd1eb44270", "pulumi_probes/codec/pulumi_values.py"),
        ("pulumi:providers:kubernetes", "pulumi_probes/codec/pulumi_resource.py"),
        ("probe-configuration", "pulumi_probes/rules/_configuration.py"),
        ("probe-not-evaluated", "pulumi_probes/rules/_configuration.py"),
        ("probe-waived", "pulumi_probes/rules/_configuration.py"),
        ("probe-internal-error", "pulumi_probes/rules/_configuration.py"),
        ("helm-release-not-audited", "pulumi_probes/rules/_configuration.py"),
    ],
)
def test_a_name_is_written_once(text: str, place: str) -> None:
    """All other modules import it."""
    assert [place] == [path for path, module in modules().items() if text in texts(module)]


def test_one_clock_decides_about_waivers() -> None:
    """No other code reads the clock."""
    clocks = {"now", "utcnow", "today", "fromtimestamp", "localtime"}
    asking = {
        path
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in clocks
    }
    assert {"pulumi_probes/model/waiver.py"} == asking


def test_one_function_rounds_up() -> None:
    """Only one function negates a quotient twice."""
    rounding = {
        path
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub)
        and isinstance(node.operand, ast.BinOp)
        and isinstance(node.operand.op, ast.FloorDiv)
    }
    assert {"pulumi_probes/model/rounding.py"} == rounding


def test_one_function_counts_things() -> None:
    """No other text has a conditional plural."""
    counting = {
        path
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.IfExp)
        and any(isinstance(end, ast.Constant) and end.value == "s" for end in (node.body, node.orelse))
    }
    assert set() == counting


def test_names_of_enforcement_levels_are_those_of_the_sdk() -> None:
    """The command reads a pack's configuration without the SDK, which is not always installed.

    No policy can remediate, so that level is reported as a mistake.
    """
    assert {*ENFORCEMENT_LEVELS, "remediate"} == {level.value for level in EnforcementLevel}


def test_the_preview_has_one_time_limit() -> None:
    """The default of the command is that of `run_program`."""
    option = next(parameter for parameter in preview.params if parameter.name == "time_limit")
    assert option.default == DEFAULT_TIME_LIMIT_SECONDS
    assert inspect.signature(run_program).parameters["time_limit_seconds"].default == DEFAULT_TIME_LIMIT_SECONDS


def test_one_loop_finds_what_packages_declare() -> None:
    """Rules and presets are discovered by the same code."""
    assert {"pulumi_probes/_discovery.py"} == {
        path
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute) and node.attr == "iter_modules"
    }


def test_one_function_evaluates_rules_for_the_sdk_and_for_the_analyzer() -> None:
    """Neither of them decides itself what is excluded, what does not apply, and which waivers count."""
    deciding = {
        "is_excluded",
        "evaluate_policies",
        "apply_waivers",
        "NO_PODS",
        "NO_RELEASE",
        "NO_WORKLOADS",
        "EXCLUDED",
    }
    named = {
        path.rpartition("/")[2]
        for path, module in modules().items()
        if path.startswith("pulumi_probes_policies/")
        for node in ast.walk(module)
        if (isinstance(node, ast.Name) and node.id in deciding)
        or (isinstance(node, ast.Attribute) and node.attr in deciding)
    }
    assert {"evaluation.py", "messages.py", "diagnostics.py"} == named, (
        "diagnostics leaves out notes about the excluded"
    )


def test_one_function_suggests_names() -> None:
    """Similarity, case and wording are the same wherever a name is misspelt."""
    suggesting = {
        path
        for path, module in modules().items()
        for node in ast.walk(module)
        if (isinstance(node, ast.alias) and node.name == "get_close_matches")
        or (isinstance(node, ast.Constant) and isinstance(node.value, str) and "did you mean" in node.value.lower())
    }
    assert {"pulumi_probes/model/suggestions.py"} == suggesting


def test_one_function_writes_json_for_people_and_one_reads_json_files() -> None:
    """Indentation, characters beyond ASCII and the last line break, and what is not opened, are decided once."""
    calls = [
        (path, node)
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    writing = {
        path
        for path, call in calls
        if ast.unparse(call.func) == "json.dumps" and "indent" in {keyword.arg for keyword in call.keywords}
    }
    reading = {path for path, module in modules().items() if "utf-8-sig" in texts(module)}
    assert {"pulumi_probes/codec/json_text.py"} == writing
    assert {"pulumi_probes/codec/files.py"} == reading


def test_one_function_reads_digits() -> None:
    """No other code passes text to `int` without a limit of its length."""
    asking = {
        path
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.BoolOp)
        and {"isascii", "isdigit"} <= {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
    }
    only_asking = {"pulumi_probes/components/arguments/values.py"}
    assert {"pulumi_probes/model/written_number.py"} == asking - only_asking


def test_one_module_converts_the_case_of_names() -> None:
    """Between the names of arguments, parameters of rules, and fields of Kubernetes."""
    converting = {
        path
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "word.capitalize"
    } | {path for path, module in modules().items() if any("([A-Z])" in text for text in texts(module))}
    assert {"pulumi_probes/model/letter_case.py"} == converting - {"pulumi_probes/report/sarif.py"}


def test_one_property_knows_which_rollouts_have_a_deadline() -> None:
    """Rules and summaries ask the workload, instead of comparing its kind with a list."""
    comparing = {
        path
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, (ast.Tuple, ast.Set))
        and '("argoproj.io", "Rollout")' in ast.unparse(node).replace("'", '"')
    }
    where_pods_are = "pulumi_probes/codec/kinds.py"
    assert {"pulumi_probes/model/workload_object.py"} == comparing - {where_pods_are}


@pytest.mark.parametrize("option", ["--format", "--output", "PATH..."])
def test_an_option_of_several_commands_is_defined_once(option: str) -> None:
    """Its name, default and help text are the same in all of them."""
    assert ["pulumi_probes/cli/_common_options.py"] == [
        path
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("click.option", "click.argument")
        if option in {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
    ]


def test_one_function_writes_the_markers_of_pulumi() -> None:
    """The preview's messages and those of the helpers for testing packs are written alike."""
    marking = {
        path
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.Dict)
        and any(isinstance(key, ast.Name) and key.id == "SIGNATURE_KEY" for key in node.keys)
    }
    assert {"pulumi_probes/codec/pulumi_values.py"} == marking
