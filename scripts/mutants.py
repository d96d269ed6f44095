"""Mutation tests: each change of one operator, number or condition must make a test fail.

Each change is tested in a process forked from one that has loaded pytest. No file is written: the import of the module
receives the changed text. The changes are made by Cosmic Ray, because mutmut skips decorated functions, and every rule
is one. Strings, annotations, decorators and `strict=` of zip
are not changed.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import resource
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "components" / "pulumi_probes"
RESULTS = ROOT / ".mutation" / "results.json"
EQUIVALENT = ROOT / "tests" / "equivalent_mutants.yaml"
"""Changes that no test can detect, each with the reason."""

LEAST_SCORE = 90
"""The percentage of the changes in a directory that tests must detect."""

SECONDS = 120
"""The CPU time limit of a process, for changes that cause endless loops."""

sys.path.append(str(ROOT / ".mutation" / "packages"))

BINARY = (
    "Add_Sub",
    "Sub_Add",
    "Mul_FloorDiv",
    "FloorDiv_Mul",
    "Div_Mul",
    "Mod_FloorDiv",
    "BitOr_BitAnd",
    "BitAnd_BitOr",
)
COMPARISONS = (
    *("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt"),  # a limit that is off by one
    *("Lt_GtE", "LtE_Gt", "Gt_LtE", "GtE_Lt", "Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"),  # the opposite
)
OPERATORS = (
    *(f"core/ReplaceBinaryOperator_{change}" for change in BINARY),
    *(f"core/ReplaceComparisonOperator_{change}" for change in COMPARISONS),
    *("core/ReplaceUnaryOperator_Delete_Not", "core/ReplaceUnaryOperator_USub_UAdd", "core/AddNot"),
    *("core/ReplaceAndWithOr", "core/ReplaceOrWithAnd", "core/ReplaceTrueWithFalse", "core/ReplaceFalseWithTrue"),
    *("core/ReplaceBreakWithContinue", "core/ReplaceContinueWithBreak", "core/ZeroIterationForLoop"),
    *("core/NumberReplacer", "core/ExceptionReplacer"),
)
"""One change of each kind. Cosmic Ray has more, such as eleven for a plus, but the same tests detect them."""

RULES_TESTS = ("tests/rules", "tests/fixes/test_rules.py", "--ignore=tests/rules/test_nonsense.py")
BOUNDS_TESTS = [
    tuple(f"tests/timeline/test_{name}.py" for name in names)
    for names in (("summary", "rollout", "attempt"), ("bounds", "pod", "command"))
]


def stages(file: Path) -> list[tuple[str, ...]]:
    """The tests that may detect a change of a file, the fastest first."""
    if file.parent.name == "bounds":
        return [*BOUNDS_TESTS, ("tests/presets",), RULES_TESTS]
    if file.name.startswith("prb"):
        code = file.name[:6].upper()
        return [("tests/rules/test_examples.py", "-k", code), ("tests/fixes/test_rules.py", "-k", code), RULES_TESTS]
    own = f"tests/rules/test{file.stem}.py"
    return [*[(own,)] * (ROOT / own).exists(), RULES_TESTS]


def targets() -> list[Path]:
    """The files that are changed."""
    bounds = PACKAGE / "timeline" / "bounds"
    rules = [file for file in (PACKAGE / "rules").glob("*.py") if "documentation" not in file.name]
    return sorted(file for file in (*bounds.glob("*.py"), *rules) if file.name != "__init__.py")


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Attributes:
        file: relative to the package.
        operator: the kind of change.
        occurrence: the number of the changed place in the file, counted from 0.
        line: the line of the change.
        before: the lines before the change.
        after: the lines after the change.
        stamp: a checksum of the file's code, without texts and comments.
    """

    file: str
    operator: str
    occurrence: int
    line: int
    before: str
    after: str
    stamp: str


def mutants_of(file: Path) -> Iterator[tuple[Mutant, str]]:
    """All changes of a file, and its text with each of them."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    left_out = list(_left_out(tree))
    stamp = _stamp(tree)
    nodes = list(ast_nodes(get_ast(text)))
    for name in OPERATORS:
        operator = get_operator(name)()
        places = [place for node in nodes for place in operator.mutation_positions(node)]
        for occurrence, (start, end) in enumerate(places):
            if any(first <= start and end <= last for first, last in left_out):
                continue
            changed = mutate_code(text, operator, occurrence)
            if changed is None or changed == text:
                continue
            before, after = _difference(text, changed)
            short = name.removeprefix("core/")
            path = str(file.relative_to(PACKAGE))
            yield Mutant(path, short, occurrence, start[0], before, after, stamp), changed


def _stamp(tree: ast.AST) -> str:
    """A digest of the code; a reworded message changes no operator, so what is known about the file remains."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return sha256(ast.dump(tree).encode()).hexdigest()[:12]


def _left_out(tree: ast.AST) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The positions of annotations, decorators, and what never matters when the code runs."""
    for node in ast.walk(tree):
        # Imports for annotations only.
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            yield _place(node.test)
        # `strict=True` of zip is an assertion: the lengths never differ.
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "zip":
            yield from (_place(keyword.value) for keyword in node.keywords if keyword.arg == "strict")
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield from map(_place, node.decorator_list)
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            yield _place(node.returns)
        if isinstance(node, (ast.arg, ast.AnnAssign)) and node.annotation is not None:
            yield _place(node.annotation)


def _place(node: ast.expr) -> tuple[tuple[int, int], tuple[int, int]]:
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)


def _difference(text: str, changed: str) -> tuple[str, str]:
    """The lines that differ, before and after."""
    old, new = text.splitlines(), changed.splitlines()
    first = next(index for index, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    last = next(index for index, (a, b) in enumerate(zip(old[::-1], new[::-1], strict=False)) if a != b)
    return tuple(" ".join(lines[first : len(lines) - last]).strip() for lines in (old, new))  # type: ignore[return-value] # two


def start(tests: Sequence[str], file: Path | None, text: str) -> int:
    """Run tests in a separate process in which a file has another text; returns the process ID."""
    if pid := os.fork():
        return pid
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    try:
        if file is not None:
            _replace(file, text)
        status = _run_tests(tests)
    except BaseException:  # noqa: BLE001 - any exception means that the change has been detected
        status = 1
    os._exit(status)


def _replace(file: Path, text: str) -> None:
    # A rule is imported by nothing but the search for rules, which has not taken place yet.
    is_rule = file.name.startswith("prb")
    for name in [name for name in sys.modules if name.startswith("pulumi_probes")]:
        if not is_rule or name == f"pulumi_probes.rules.{file.stem}":
            del sys.modules[name]
    original: Callable[[SourceFileLoader, str], Any] = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> Any:
        return compile(text, loader.path, "exec") if loader.path == str(file) else original(loader, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign,assignment] # for the lifetime of this process


def _run_tests(tests: Sequence[str]) -> int:
    import pytest
    from hypothesis import Phase, settings

    # The same examples each time, without shrinking.
    settings.register_profile(
        "mutation",
        settings.get_profile("default"),
        deadline=None,
        database=None,
        derandomize=True,
        max_examples=25,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(settings.get_profile("default").suppress_health_check),
    )
    # pytest rewrites installed plugins, which is too late for modules that are already imported.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    options = ["-p", "_hypothesis_pytestplugin", "--hypothesis-profile=mutation", "-p", "no:cacheprovider"]
    return int(pytest.main([*tests, *options, "--exitfirst", "--quiet", "--no-header", "--no-summary"]))


def tried(mutants: Sequence[tuple[Mutant, str]], jobs: int) -> Iterator[tuple[Mutant, str | None]]:
    """Each change with the test run that detected it, or None if no test did."""
    waiting = [(mutant, text, 0) for mutant, text in reversed(mutants)]
    running: dict[int, tuple[Mutant, str, int]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant, text, stage = waiting.pop()
            file = PACKAGE / mutant.file
            running[start(stages(file)[stage], file, text)] = mutant, text, stage
        process, status = os.wait()
        mutant, text, stage = running.pop(process)
        tests = stages(PACKAGE / mutant.file)
        if os.waitstatus_to_exitcode(status) not in _PASSED:
            yield mutant, " ".join(tests[stage])
        elif stage + 1 < len(tests):
            waiting.append((mutant, text, stage + 1))
        else:
            yield mutant, None


_PASSED = (0, 5)
"""Exit statuses of pytest: all tests passed, no tests were collected."""


def main() -> int:
    """Test the changes that have not been tested yet, and report the survivors."""
    parser = argparse.ArgumentParser(prog="scripts/mutate", description=__doc__)
    parser.add_argument("--again", action="store_true", help="test the survivors again")
    parser.add_argument("--jobs", type=int, default=1, help="how many at the same time")
    parser.add_argument("paths", nargs="*", help="only change these files; by default, all rules and bounds")
    arguments = parser.parse_args()
    chosen = [Path(path).resolve() for path in arguments.paths] or targets()
    if unknown := [str(file) for file in chosen if file not in targets()]:
        parser.error(f"not changed by this command: {', '.join(unknown)}")

    preload()
    # The tests of single rules would take long, and fail in `scripts/test` anyway.
    for tests in {tests for file in chosen for tests in stages(file) if "-k" not in tests}:
        _, status = os.waitpid(start(tests, None, ""), 0)
        if os.waitstatus_to_exitcode(status) not in _PASSED:
            parser.error(f"these tests fail as it is: {' '.join(tests)}")

    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    outcomes: dict[Mutant, str | None] = {}
    for file in chosen:
        mutants = dict(mutants_of(file))
        known = {mutant: results[key] for mutant in mutants if (key := _key(mutant)) in results}
        if arguments.again:
            known = {mutant: noticed_by for mutant, noticed_by in known.items() if noticed_by is not None}
        new = dict(tried([(mutant, text) for mutant, text in mutants.items() if mutant not in known], arguments.jobs))
        outcomes |= known | new
        results |= {_key(mutant): noticed_by for mutant, noticed_by in new.items()}
        RESULTS.write_text(json.dumps(results, indent=0), encoding="utf-8")
        missed = sum(noticed_by is None for noticed_by in (known | new).values())
        print(
            f"{file.relative_to(PACKAGE)}: {len(mutants) - missed} of {len(mutants)}, {len(new)} tried now", flush=True
        )
    return report(outcomes)


def report(outcomes: Mapping[Mutant, str | None]) -> int:
    """Print the score of each directory and the changes that no test detects; returns 1 if a score is too low."""
    reasons = {
        (entry["file"], entry["before"], entry["after"]): entry["reason"]
        for entry in yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8")) or []
    }
    status = 0
    for folder in sorted({Path(mutant.file).parent for mutant in outcomes}):
        here = {mutant: noticed_by for mutant, noticed_by in outcomes.items() if Path(mutant.file).parent == folder}
        survivors = [mutant for mutant, noticed_by in here.items() if noticed_by is None]
        score = 100 * (len(here) - len(survivors)) / len(here)
        status |= score < LEAST_SCORE
        print(f"\n{folder}: {len(here) - len(survivors)} of {len(here)} changes are noticed, {score:.1f} %. Survivors:")
        for mutant in sorted(survivors, key=lambda mutant: (mutant.file, mutant.line)):
            reason = reasons.get((mutant.file, mutant.before, mutant.after), "")
            print(f"  {mutant.file}:{mutant.line} {mutant.operator}\n    - {mutant.before}\n    + {mutant.after}")
            if reason:
                print(f"    {reason}")
    return status


def _key(mutant: Mutant) -> str:
    return f"{mutant.file} {mutant.stamp} {mutant.operator} {mutant.occurrence}"


def preload() -> None:
    """Import the modules that every process needs."""
    for name in ("pytest", "hypothesis.strategies", "yaml", "pulumi_probes.cli", "pulumi_probes.report"):
        import_module(name)
    for file in (PACKAGE / "rules").glob("prb*.py"):
        import_module(f"pulumi_probes.rules.{file.stem}")


if __name__ == "__main__":
    sys.exit(main())
