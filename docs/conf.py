"""The configuration of the site, which `scripts/docs` builds without network access; warnings are errors.

The source directory of Sphinx is the root of the repository, so that links between Markdown files work both on the site
and in the repository; `include_patterns` selects the pages.
"""

from __future__ import annotations

import re
from importlib.metadata import version as version_of
from itertools import chain
from pathlib import PurePosixPath
from typing import Any

from sphinx.application import Sphinx

project = "pulumi-probes"
author = "the authors of pulumi-probes"
project_copyright = author
version = release = version_of(project)

SECTIONS = {
    "Tutorial": "docs/tutorial/index",
    "How-to": "docs/how-to/index",
    "Reference": "docs/reference/index",
    "Explanation": "docs/explanation/index",
    "Articles": "docs/articles",
    "Examples": "examples/README",
    "Changelog": "CHANGELOG",
    "Contributing": "CONTRIBUTING",
}
"""The entries of the header. The pages below each follow from the links of its index page: see `children`."""

extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = [
    "docs/**.md",
    "examples/README.md",
    "examples/*/README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
]
nitpicky = True  # a dead reference is a warning, and scripts/docs makes warnings errors

myst_enable_extensions = ["alert"]  # > [!NOTE], as GitHub draws it
myst_heading_anchors = 4  # links to headings, with the names that GitHub gives them
myst_url_schemes = ["https", "mailto"]

html_theme = "pydata_sphinx_theme"
html_title = f"pulumi-probes {release}"
html_extra_path = ["_root"]  # leads from the root of the site to the start page
html_static_path = ["_static"]
html_favicon = "_static/icon.svg"
html_logo = "_static/icon.svg"
html_css_files = ["site.css"]
html_copy_source = False  # they are in the repository
html_show_sphinx = False
html_last_updated_fmt = None  # the same sources make the same site, on every day
html_theme_options = {
    "logo": {"text": "pulumi-probes"},
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "show_toc_level": 2,
    "collapse_navigation": True,  # a page does not need the rules in its navigation, unless it is one of them
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "search_as_you_type": True,
}
html_context = {"default_mode": "auto"}  # light or dark, as the reader's system is
# These have no pages below them.
html_sidebars = {page: [] for page in (root_doc, "docs/articles", "CHANGELOG", "CONTRIBUTING")}


_LINK = re.compile(r"\]\(([^)#\s]+)\.md[)#]")


def children(page: PurePosixPath, text: str) -> list[str]:
    """The pages below an index page: those of its directory that it links to, in this order.

    Index pages are called `index` or `README`; those of subdirectories are included too. Sphinx warns about a page that
    no index page links to, because it is not part of the navigation.
    """
    if page.name not in {"index", "README"}:
        return []
    found = dict.fromkeys(PurePosixPath(link) for link in _LINK.findall(text))
    return [
        str(link)
        for link in found
        if (len(link.parts) == 1 and link.name != page.name)
        or (len(link.parts) == 2 and link.parts[0] != ".." and link.name in {"index", "README"})  # noqa: PLR2004
    ]


def add_navigation(_app: Sphinx, name: str, source: list[str]) -> None:
    """Add the table of contents that Sphinx needs to index pages; in the files, GitHub would show its source."""
    if name == root_doc:
        entries = [f"{title} </{page}>" for title, page in SECTIONS.items()]
    else:
        entries = children(PurePosixPath(name), source[0])
    if entries:
        source[0] += "\n".join(chain(["", "```{toctree}", ":hidden:", ""], entries, ["```", ""]))


def leave_room(_app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Omit the list of headings on short pages with wide examples."""
    if page.startswith("docs/reference/rules/PRB"):
        context["meta"] = {**(context.get("meta") or {}), "html_theme.sidebar_secondary.remove": True}


def name_toggles(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Add labels for screen readers to the arrows of the navigation, which the theme does not have."""
    generate = context["generate_toctree_html"]

    def named(*arguments: Any, **options: Any) -> str:
        text = str(generate(*arguments, **options))
        return text.replace("<summary>", '<summary aria-label="Pages below">')

    context["generate_toctree_html"] = named


def setup(app: Sphinx) -> None:
    """Connect the functions above; called by Sphinx."""
    app.connect("source-read", add_navigation)
    app.connect("html-page-context", leave_room)
    app.connect("html-page-context", name_toggles, priority=900)  # after the theme's own
