"""The anchors of the headings of a Markdown page."""

from __future__ import annotations

import re
from pathlib import Path

_FENCED = re.compile(r"^```.*?^```$", flags=re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", flags=re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchor of each heading, by the rule that GitHub and Sphinx share."""
    headings = _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
