"""Builds the site of docs/ into a directory; warnings and dead links are errors."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from links import read_site

ROOT = Path(__file__).parents[1]


def build(folder: Path) -> None:
    """Build all pages from scratch, because an incremental build does not repeat the warnings of unchanged pages.

    If the build fails, the directory is not changed.

    Raises:
        FileExistsError: the directory contains other files than those of a site.
        subprocess.CalledProcessError: Sphinx reports warnings or errors.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "objects.inv").exists():
        raise FileExistsError(f"{folder} is not empty and does not contain a site")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".site-") as work:
        options = ["--fail-on-warning", "--keep-going", "--quiet", "--jobs=auto", "--builder=html"]
        folders = ["--conf-dir", str(ROOT / "docs"), "--doctree-dir", f"{work}/doctrees", str(ROOT), f"{work}/site"]
        subprocess.run([sys.executable, "-m", "sphinx", *options, *folders], check=True)
        if folder.exists():
            shutil.rmtree(folder)
        Path(work, "site").rename(folder)


def main() -> int:
    """Build the site, then check all links."""
    parser = argparse.ArgumentParser(prog="scripts/website.py", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    if find_spec("sphinx") is None:
        print("The site is not built, because Sphinx is not installed; it needs Python 3.11 or later.", file=sys.stderr)
        return 0
    try:
        build(folder)
    except (FileExistsError, subprocess.CalledProcessError) as error:
        print(f"scripts/docs: {error}", file=sys.stderr)
        return 1
    site = read_site(folder)
    dead = site.dead()
    for link in dead:
        print(link, file=sys.stderr)
    if not dead:
        within, out = len(site.internal()), len(site.external())
        print(f"{folder}: {len(site.pages)} pages, {within} links within it, {out} out of it")
    return int(bool(dead))


if __name__ == "__main__":
    sys.exit(main())
