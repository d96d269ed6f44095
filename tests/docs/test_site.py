"""The site is built without warnings and without dead links."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINKS = [sys.executable, str(ROOT / "scripts" / "links.py")]

pytestmark = pytest.mark.xdist_group("site")


def test_it_is_built_without_warnings(built: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """Sphinx prints no warnings, and every internal link leads to a page, an anchor or a file of the site."""
    _, finished = built
    assert (0, "") == (finished.returncode, finished.stderr)
    assert re.search(r"\d+ pages, \d+ links within it, \d+ out of it", finished.stdout)


def test_every_page_is_there(site: Path) -> None:
    """Every Markdown file of docs/ is a page."""
    sources = {path.relative_to(ROOT).with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert sources
    assert sources <= {path.relative_to(site) for path in site.rglob("*.html")}


def test_links_out_of_it_are_encrypted(site: Path) -> None:
    """They are listed, but not fetched."""
    finished = subprocess.run([*LINKS, "--external", str(site)], check=True, capture_output=True, text=True)
    addresses = finished.stdout.splitlines()
    assert "https://github.com/kubernetes/kubernetes/issues/116086" in addresses
    assert [] == [address for address in addresses if not address.startswith(("https://", "mailto:"))]


NOWHERE = {
    "page": "missing.html",
    "anchor": "#missing",
    "anchor of another page": "other.html#missing",
    "file": "missing.svg",
    "root of a server": "/other.html",
    "outside": "../outside.html",
    "folder without a page": "folder",
}


@pytest.mark.parametrize("target", NOWHERE.values(), ids=NOWHERE)
def test_a_dead_link_is_found(tmp_path: Path, target: str) -> None:
    """Links to pages, anchors and files."""
    page = f'<h1 id="here">A</h1><a href="#here">a</a><a href="other.html#there">b</a><a href="{target}">c</a>'
    (tmp_path / "site" / "folder").mkdir(parents=True)
    (tmp_path / "outside.html").write_text("")
    (tmp_path / "site" / "index.html").write_text(page)
    (tmp_path / "site" / "other.html").write_text('<p id="there">')
    finished = subprocess.run([*LINKS, str(tmp_path / "site")], check=False, capture_output=True, text=True)
    assert (1, f"index.html: {target} leads nowhere\n") == (finished.returncode, finished.stdout)


def test_other_directories_are_not_overwritten(tmp_path: Path) -> None:
    """A directory with other files is not changed."""
    pytest.importorskip("sphinx", reason="Sphinx needs Python 3.11")
    (tmp_path / "letter.txt").write_text("Dear")
    command = [sys.executable, str(ROOT / "scripts" / "website.py"), str(tmp_path)]
    finished = subprocess.run(command, check=False, capture_output=True, text=True)
    assert 1 == finished.returncode
    assert "does not contain a site" in finished.stderr
    assert ["letter.txt"] == [path.name for path in tmp_path.iterdir()]
