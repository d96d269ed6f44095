"""The page about the three articles is complete, and all of its links lead to something that exists."""

from __future__ import annotations

import re
from typing import Final

import pytest
from articles import PAGE, ROOT, Item, read_articles
from headings import anchors

ARTICLES: Final = read_articles()
ITEMS: Final = [item for article in ARTICLES for part in article.parts for item in part.items]

COUNTS: Final = {
    "Kubernetes 101: Liveness probe": {
        "What a liveness probe is": 4,  # two paragraphs of text, the caution, one figure
        "How it works": 5,
        "Probe examples": 3,
        "Parameters": 5,  # four fields, and the advice below them
        "Use cases": 3,
        "Reasons for liveness probes": 3,
        "Best practices": 11,  # eight, of which the second has three below it
        "Workshop, part 1: the application": 5,
        "Workshop, part 2: the cluster": 5,
    },
    "Mastering Kubernetes Liveness and Readiness Probes for Robust Applications": {
        "Core concepts": 3,
        "Probe types": 3,
        "Workshop": 11,  # four files, three explanations, three steps, one test
        "Common mistakes": 6,
        "What to know in an interview": 9,  # five subjects, four statements
        "Use cases of readiness": 5,
    },
    "Probes in Kubernetes": {
        "Types of probes": 10,  # three probes, each with a note and a figure, and the versions
        "Fields": 7,  # the command that lists the fields, and six fields
        "Mechanisms": 5,  # four, and the note on processor time
        "Outcomes": 3,
        "Design": 6,  # three about the choice, one figure, its query, one recommendation
        "Slow starts": 3,  # whom it is for, the field not to use, the formula
        "Telco workloads": 5,
        "Review": 1,
    },
}
"""The number of points of each part of each article; counted in the articles, not on the page."""


def test_each_part_of_each_article_is_complete() -> None:
    """An omitted practice, mistake, example, parameter or step is detected."""
    found = {article.title: {part.name: len(part.items) for part in article.parts} for article in ARTICLES}
    assert found == COUNTS


def test_no_item_is_there_twice() -> None:
    """Two rows of the same name in one part could hide a missing one."""
    for article in ARTICLES:
        for part in article.parts:
            names = [item.name for item in part.items]
            assert sorted(set(names)) == sorted(names), f"{article.title} / {part.name}"


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_each_item_leads_to_something_that_exists(item: Item) -> None:
    """Every link leads to an existing page, and to a heading of that page."""
    assert item.name.strip()
    assert item.here.strip()
    assert item.targets
    for target in item.targets:
        path, _, heading = target.partition("#")
        page = ROOT / path
        assert page.is_file(), target
        assert ".md" == page.suffix, target
        assert not heading or heading in anchors(page), target


def test_the_page_has_a_row_for_each_item() -> None:
    """All points of the source are on the page, and no cell is empty."""
    rows = re.findall(r"^\| (.*?) \| (.*?) \|$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    cells = [row for row in rows if row not in {("the article", "here"), ("---", "---")}]
    assert [item.name for item in ITEMS] == [name for name, _ in cells]
    assert [] == [name for name, here in cells if not here.strip()]
