"""The texts of this project are written in plain, standard English.

`language.yaml` lists expressions to avoid, each with the reason and an alternative. They are searched for in everything
that users read, and in docstrings, comments, the names of tests and the reasons of skipped ones.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import pytest
import yaml

from pulumi_probes.codec.documents import read_text
from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.rules import apply_waivers, evaluate, load_rules

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("benchmarks", "components", "docs", "examples", "findings", "policies", "scripts", "stacks", "tests")
SKIPPED: Final = {"__pycache__", "golden", "language.yaml"}
DOCUMENTS: Final = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "pyproject.toml")


@dataclass(frozen=True)
class Pattern:
    """An expression to avoid; see `language.yaml`."""

    pattern: str
    reason: str
    instead: str
    found: str
    allowed: str
    kinds: tuple[str, ...] = ()

    def search(self, text: str) -> re.Match[str] | None:
        """The first occurrence in a text."""
        return re.search(self.pattern, text, flags=re.IGNORECASE)


PATTERNS: Final = [
    Pattern(**entry) for entry in yaml.safe_load((Path(__file__).parent / "language.yaml").read_text(encoding="utf-8"))
]


@dataclass(frozen=True)
class Text:
    """A text, and where it begins.

    Attributes:
        place: the file below the root of the repository, or the code of a rule.
        line: its first line, counted from 1.
        kind: docstring, comment, string, name, markdown or message.
        content: its lines.
    """

    place: str
    line: int
    kind: str
    content: str

    def problem(self, pattern: Pattern) -> str | None:
        """The place and the sentence of the first occurrence of a pattern; None if there is none."""
        if pattern.kinds and self.kind not in pattern.kinds:
            return None
        joined, starts = "", []
        for line in re.sub(r"`[^`\n]+`", "`…`", self.content).split("\n"):  # code spans are not prose
            starts.append(len(joined))
            joined += f"{line.strip()} "
        match = pattern.search(joined)
        if match is None:
            return None
        line_number = self.line + sum(start <= match.start() for start in starts) - 1
        begin = max(0, *(joined.rfind(end, 0, match.start()) + 2 for end in (". ", "! ", "? ") if end in joined), 0)
        sentence = re.split(r"(?<=[.!?]) ", joined[begin if begin > 1 else 0 :])[0].strip()
        return f"{self.place}:{line_number}: {sentence}"


def python_texts(source: str, place: str) -> Iterator[Text]:
    """The docstrings, comments and strings of a Python file; of a test, only its name and skip reasons."""
    is_test = place.startswith("tests/")
    documentation: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(content))):
                documentation.add(id(node.value))
                yield Text(place, node.lineno, "docstring", content)
            case ast.FunctionDef(name=name) if name.startswith("test_"):
                yield Text(place, node.lineno, "name", name.removeprefix("test_").replace("_", " "))
            case ast.JoinedStr(values=values):
                documentation.update(id(value) for value in values)
                parts = [str(value.value) if isinstance(value, ast.Constant) else "…" for value in values]
                if not is_test:
                    yield Text(place, node.lineno, "string", "".join(parts))
            case ast.Call(func=ast.Attribute(attr="skip" | "skipif" | "xfail")) if is_test:
                for value in ast.walk(node):
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        yield Text(place, value.lineno, "string", value.value)
            case ast.Constant(value=str(content)) if not is_test and " " in content and id(node) not in documentation:
                yield Text(place, node.lineno, "string", content)
            case _:
                pass
    comments = {
        token.start[0]: token.string.removeprefix("#")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    yield from blocks(comments, place, "comment")


def markdown_texts(source: str, place: str) -> Iterator[Text]:
    """The paragraphs of a Markdown file, without code blocks and HTML comments."""
    hidden = re.compile(r"^```.*?^```$|<!--.*?-->", flags=re.MULTILINE | re.DOTALL)
    visible = hidden.sub(lambda match: "\n" * match[0].count("\n"), source)
    lines = {number: line for number, line in enumerate(visible.split("\n"), 1) if line.strip()}
    yield from blocks(lines, place, "markdown")


def commented_texts(source: str, place: str) -> Iterator[Text]:
    """The comments of a shell script, a YAML file or a TOML file."""
    lines = enumerate(source.split("\n"), 1)
    comments = {number: match[1] for number, line in lines if (match := re.search(r"(?:^|\s)#(?!!)(.*)", line))}
    yield from blocks(comments, place, "comment")


def blocks(lines: dict[int, str], place: str, kind: str) -> Iterator[Text]:
    """Consecutive lines as one text."""
    block: list[str] = []
    for number in sorted(lines):
        block.append(lines[number])
        if number + 1 not in lines:
            yield Text(place, number + 1 - len(block), kind, "\n".join(block))
            block = []


def message_texts() -> Iterator[Text]:
    """The title of each rule, and the messages of its findings in its own examples."""
    for rule in load_rules():
        yield Text(rule.code, 1, "message", rule.summary)
        for example in rule.documentation.bad:
            stack = read_stack(read_text(example, rule.code).manifests)
            evaluation = apply_waivers(evaluate(stack, load_rules()), stack, today=date(2026, 7, 1))
            for finding in evaluation.findings:
                yield Text(finding.code, 1, "message", f"{finding.message} {finding.fix}")


@cache
def all_texts() -> tuple[Text, ...]:
    """All texts of the repository."""
    readers = {".py": python_texts, ".md": markdown_texts, ".sh": commented_texts, "": commented_texts}
    readers |= {".yaml": commented_texts, ".toml": commented_texts}
    found: list[Text] = []
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.is_file()]
    for file in [*files, *(ROOT / name for name in DOCUMENTS)]:
        if file.suffix in readers and not SKIPPED & {*file.parts}:
            content = file.read_bytes()
            if file.suffix or content.startswith(b"#!"):
                place = file.relative_to(ROOT).as_posix()
                found.extend(readers[file.suffix](content.decode(errors="replace"), place))
    return (*found, *message_texts())


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.found)
def test_no_text_contains_an_expression_to_avoid(pattern: Pattern) -> None:
    """Each occurrence is listed with its file, its line and its sentence."""
    problems = [problem for text in all_texts() if (problem := text.problem(pattern))]
    assert [] == problems, f"{pattern.reason}; write instead: {pattern.instead}"


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.found)
def test_a_pattern_finds_its_example_and_allows_a_similar_text(pattern: Pattern) -> None:
    """A pattern that is too narrow or too wide is noticed here."""
    assert pattern.search(pattern.found)
    assert not pattern.search(pattern.allowed)


PYTHON = '''"""The module.

It is judged.
"""

LIMIT = f"a limit of {1} judged things"
"""A limit that is judged."""


def test_it_is_judged() -> None:
    # A comment
    # that is judged.
    pytest.skip("This is judged.")
'''
MARKDOWN = """\
# Title

It is
judged. It is `judged`.

<!-- judged -->
```console
judged
```
"""


@pytest.mark.parametrize(
    ("texts", "problems"),
    [
        (
            python_texts(PYTHON, "components/a.py"),
            [
                "components/a.py:3: It is judged.",
                "components/a.py:6: a limit of … judged things",
                "components/a.py:7: A limit that is judged.",
                "components/a.py:10: it is judged",
                "components/a.py:12: A comment that is judged.",
                "components/a.py:13: This is judged.",
            ],
        ),
        (
            python_texts(PYTHON, "tests/a.py"),
            [
                "tests/a.py:3: It is judged.",
                "tests/a.py:7: A limit that is judged.",
                "tests/a.py:10: it is judged",
                "tests/a.py:12: A comment that is judged.",
                "tests/a.py:13: This is judged.",
            ],
        ),
        (markdown_texts(MARKDOWN, "a.md"), ["a.md:4: It is judged."]),
        (
            commented_texts("#!/bin/judged\n# It is\n# judged.\njudged\na: b  # judged\n", "a.yaml"),
            ["a.yaml:3: It is judged.", "a.yaml:5: judged"],
        ),
    ],
    ids=["python", "test", "markdown", "comments"],
)
def test_texts_are_found_with_their_lines(texts: Iterator[Text], problems: list[str]) -> None:
    """Prose is read wherever it is; code, and the strings of tests, which are data, are not."""
    pattern = next(pattern for pattern in PATTERNS if pattern.search("it is judged"))
    found = [problem for text in texts if (problem := text.problem(pattern))]
    assert problems == sorted(found, key=lambda problem: int(problem.split(":")[1]))


def test_every_rule_has_its_messages_checked() -> None:
    """At least the title and one message of each."""
    codes = [text.place for text in message_texts()]
    assert [] == [rule.code for rule in load_rules() if codes.count(rule.code) < 2]


def test_a_docstring_pattern_allows_other_texts() -> None:
    """A title may begin with a question word."""
    pattern = next(pattern for pattern in PATTERNS if pattern.search("What it is."))
    assert Text("a.py", 1, "docstring", "What it is.").problem(pattern)
    assert Text("a.md", 1, "markdown", "What it is.").problem(pattern) is None
