"""Checks the internal links of a built site, and lists the external ones; nothing is fetched."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_ATTRIBUTES = {"a": "href", "link": "href", "img": "src", "script": "src", "iframe": "src", "source": "src"}


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """A link of a page.

    Attributes:
        page: the page that contains it, below the directory of the site.
        target: its target, as written on the page.
    """

    page: str
    target: str

    def __str__(self) -> str:
        return f"{self.page}: {self.target} leads nowhere"


@dataclass(slots=True)
class Page:
    """The links and the anchors of a page."""

    targets: set[str] = field(default_factory=set)
    anchors: set[str] = field(default_factory=lambda: {"", "top"})


class _Reader(HTMLParser):
    """Parses one page."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record the link and the anchors of an element."""
        values = dict(attrs)
        if (target := values.get(_ATTRIBUTES.get(tag, ""))) is not None:
            self.page.targets.add(target)
        anchors = (values.get("id"), values.get("name") if tag == "a" else None)
        self.page.anchors.update(anchor for anchor in anchors if anchor)


@dataclass(frozen=True, slots=True)
class Site:
    """A built site.

    Attributes:
        folder: its directory.
        pages: the pages by their paths below the directory.
    """

    folder: Path
    pages: Mapping[str, Page]

    def internal(self) -> list[Link]:
        """The links to pages, anchors and files of the site."""
        return sorted(link for link in self._links() if not _is_external(link.target))

    def external(self) -> list[Link]:
        """All other links."""
        return sorted(link for link in self._links() if _is_external(link.target))

    def dead(self) -> list[Link]:
        """The links to pages, anchors and files that the site does not have."""
        return [link for link in self.internal() if not self._leads_somewhere(link)]

    def _links(self) -> list[Link]:
        return [Link(name, target) for name, page in self.pages.items() for target in page.targets]

    def _leads_somewhere(self, link: Link) -> bool:
        parts = urlsplit(link.target)
        if parts.path.startswith("/"):
            return False  # the site may be served from any directory
        page = self.folder / link.page
        file = (page.parent / unquote(parts.path)).resolve() if parts.path else page.resolve()
        if not file.is_relative_to(self.folder.resolve()) or not file.is_file():
            return False
        target = self.pages.get(str(file.relative_to(self.folder.resolve())))
        return target is None or unquote(parts.fragment) in target.anchors


def read_site(folder: Path) -> Site:
    """Read all pages below a directory, except the files of the theme in `_static`."""
    files = [path for path in sorted(folder.rglob("*.html")) if "_static" not in path.parts]
    return Site(folder, {str(path.relative_to(folder)): _read_page(path) for path in files})


def _read_page(path: Path) -> Page:
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


def _is_external(target: str) -> bool:
    parts = urlsplit(target)
    return bool(parts.scheme or parts.netloc)


def main() -> int:
    """Print the dead links of a site, or list its external links."""
    parser = argparse.ArgumentParser(prog="scripts/links.py", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--external", action="store_true", help="list the links that lead out of the site")
    arguments = parser.parse_args()
    site = read_site(arguments.folder)
    if arguments.external:
        print(*sorted({link.target for link in site.external()}), sep="\n")
        return 0
    dead = site.dead()
    if dead:
        print(*dead, sep="\n")
    return int(bool(dead))


if __name__ == "__main__":
    sys.exit(main())
