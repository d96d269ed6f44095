"""The site: `scripts/docs` builds it, strictly and without asking anything outside.

Sphinx reads the repository from its root, so that a link between Markdown files leads to the same place on the site and
in the repository: `include_patterns` says which of them are pages.
"""

from __future__ import annotations

from importlib.metadata import version as version_of

project = "pulumi-probes"
author = "the authors of pulumi-probes"
project_copyright = author
version = release = version_of(project)

extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = [
    "docs/**.md",
    "examples/*/README.md",
    "components/*.md",
    "policies/*.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
]
nitpicky = True  # a reference that leads nowhere is a warning, and scripts/docs makes warnings errors

myst_enable_extensions = ["alert"]  # > [!NOTE], as GitHub draws it
myst_heading_anchors = 4  # links to headings, with the names that GitHub gives them
myst_url_schemes = ["https", "mailto"]

html_theme = "pydata_sphinx_theme"
html_title = f"pulumi-probes {release}"
html_extra_path = ["_root"]  # leads from the root of the site to the start page
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False  # they are in the repository
html_show_sphinx = False
html_last_updated_fmt = None  # the same sources make the same site, on every day
html_theme_options = {
    "logo": {"text": "pulumi-probes"},
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "search_as_you_type": True,
}
html_sidebars = {"docs/index": []}  # the start page has the four kinds of pages in its header and its body
