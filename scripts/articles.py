"""Generates the page that lists the points of three articles about probes, with what this project offers for each."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pulumi_probes._markdown import table
from pulumi_probes.rules import load_rules

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "docs" / "articles.yaml"
PAGE = ROOT / "docs" / "articles.md"

_LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
_INTRODUCTION = """# Three articles on probes

This project started from three articles. The tables list every practice, mistake, use case, figure, example, parameter
and step of the articles, in our own words, with what this project offers for it. Where it offers nothing yet, the table
says so.

This page is generated from `docs/articles.yaml` (`scripts/docs`)."""


@dataclass(frozen=True, slots=True)
class Item:
    """One point of an article.

    Attributes:
        name: a short description.
        here: what this project offers for it, in Markdown with resolved links.
    """

    name: str
    here: str

    @property
    def targets(self) -> list[str]:
        """Where its links lead, from the root of the repository, with the heading."""
        return [target for _, target in _LINK.findall(self.here)]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an article, such as its list of mistakes."""

    name: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Article:
    """One article, its parts in order."""

    title: str
    about: str
    parts: Sequence[Part]


def read_articles() -> list[Article]:
    """Read all articles."""
    content = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    folder = os.path.dirname(content["pages"]["rules"])  # noqa: PTH120 - links have slashes on every system
    rules = {rule.code: f"{folder}/{rule.code}.md" for rule in load_rules()}

    def resolved(match: re.Match[str]) -> str:
        text, target = match.groups()
        if target == "rule":
            return f"[{text}]({rules[text]})"
        page, mark, heading = target.partition("#")
        return f"[{text}]({content['pages'][page]}{mark}{heading})"

    def part(data: Mapping[str, Any]) -> Part:
        return Part(data["name"], [Item(item["name"], _LINK.sub(resolved, item["here"])) for item in data["items"]])

    return [
        Article(data["title"], data["about"], [part(item) for item in data["parts"]]) for data in content["articles"]
    ]


def pages() -> dict[str, str]:
    """The path of the page below `docs`, and its text."""
    return {"articles.md": _page()}


def _page() -> str:
    sections = [_INTRODUCTION]
    for article in read_articles():
        sections.append(f"## {article.title}\n\n{article.about}")
        for part in article.parts:
            rows = [(item.name, _LINK.sub(_relative, item.here)) for item in part.items]
            sections.append(f"### {part.name}\n\n{table(('the article', 'here'), rows)}")
    return "\n\n".join(sections) + "\n"


def _relative(match: re.Match[str]) -> str:
    path, mark, heading = match[2].partition("#")
    return f"[{match[1]}]({os.path.relpath(ROOT / path, PAGE.parent)}{mark}{heading})"
