"""The site, built once for the tests of this folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = [sys.executable, str(ROOT / "scripts" / "website.py")]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The directory of the site, and the result of the build."""
    pytest.importorskip("sphinx", reason="Sphinx needs Python 3.11")
    folder = tmp_path_factory.mktemp("docs") / "site"
    return folder, subprocess.run([*BUILD, str(folder)], check=False, capture_output=True, text=True)


@pytest.fixture
def site(built: tuple[Path, subprocess.CompletedProcess[str]]) -> Path:
    """The directory of the site."""
    folder, _ = built
    return folder
