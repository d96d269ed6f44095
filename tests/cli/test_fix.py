"""`probes fix`: a diff first, files with --write, and never half a file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]

CART = """\
apiVersion: v1
kind: Pod
metadata: {name: cart}
spec:
  containers:
    - name: cart  # the main one
      image: cart:1
      livenessProbe: {httpGet: {path: /livez, port: 80}, periodSeconds: 5, timeoutSeconds: 30}
"""
FIXED = CART.replace("periodSeconds: 5", "periodSeconds: 30")
ONLY = ("--select", "PRB211")


@pytest.fixture
def cart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A manifest with a finding that has a fix, in the current folder."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "cart.yaml"
    file.write_text(CART)
    return file


def test_a_diff_changes_nothing(probes: Run, cart: Path) -> None:
    """Its exit status is 1, so that continuous integration can ask for it; `patch` accepts it."""
    status, out, err = probes("fix", "cart.yaml", *ONLY)
    assert (1, CART) == (status, cart.read_text())
    assert "Would fix 1 finding in 1 file.\n" == err
    subprocess.run(["patch", "-p1", "--silent"], input=out, text=True, check=True, cwd=cart.parent)
    assert FIXED == cart.read_text()
    assert (0, "", "Nothing to fix.\n") == probes("fix", "cart.yaml", *ONLY)


def test_write_changes_the_file(probes: Run, cart: Path) -> None:
    """In one step: mode kept, nothing left beside it."""
    cart.chmod(0o640)
    assert (0, "", "Fixed 1 finding in 1 file.\n") == probes("fix", "cart.yaml", "--write", *ONLY)
    assert FIXED == cart.read_text()
    assert 0o640 == cart.stat().st_mode & 0o777
    assert [cart] == list(cart.parent.iterdir())


def test_a_link_stays_a_link(probes: Run, cart: Path) -> None:
    """The file that it leads to is changed."""
    link = cart.with_name("link.yaml")
    link.symlink_to("cart.yaml")
    assert 0 == probes("fix", "link.yaml", "--write", *ONLY)[0]
    assert link.is_symlink()
    assert FIXED == cart.read_text()


@pytest.mark.usefixtures("cart")
def test_findings_that_need_a_decision_are_counted(probes: Run) -> None:
    """They have no fix that a program could choose."""
    _, _, err = probes("fix", "cart.yaml", "--select", "PRB211,PRB104")
    assert "Left for you to decide: 1 finding; `probes audit` shows them." in err


def test_unreadable_input(probes: Run, cart: Path) -> None:
    """Is reported with status 2, and the rest is fixed."""
    cart.with_name("broken.yaml").write_text("a: [\n")
    status, _, err = probes("fix", ".", "--write", *ONLY)
    assert 2 == status
    assert "Error: ./broken.yaml:" in err
    assert FIXED == cart.read_text()


def test_what_cannot_be_fixed_says_why_once(probes: Run, cart: Path) -> None:
    """With the first place, and the number of others."""
    anchored = CART.replace("livenessProbe: {", "livenessProbe: &probe {")
    cart.write_text(anchored + "    - {name: proxy, image: proxy:1, livenessProbe: *probe}\n")
    status, out, err = probes("fix", "cart.yaml", *ONLY)
    assert (0, "") == (status, out)
    assert 1 == err.count("not fixed, because")
    assert "and 1 other place" in err


def test_standard_input_is_refused(probes: Run) -> None:
    """There is no file to change."""
    status, _, err = probes("fix", "-")
    assert 2 == status
    assert "standard input cannot be changed" in err


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes into every folder")
def test_a_folder_that_cannot_be_written(probes: Run, cart: Path) -> None:
    """Status 2, and the file as it was."""
    cart.parent.chmod(0o500)
    try:
        status, _, err = probes("fix", "cart.yaml", "--write", *ONLY)
    finally:
        cart.parent.chmod(0o700)
    assert (2, CART) == (status, cart.read_text())
    assert "Error: cart.yaml: Permission denied." in err


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not on PATH")
def test_git_applies_the_diff_of_a_folder(probes: Run, cart: Path) -> None:
    """Also where the last line has no break."""
    (cart.parent / "apps").mkdir()
    (cart.parent / "apps" / "cart.yaml").write_text(CART.rstrip("\n"))
    _, out, _ = probes("fix", ".", *ONLY)
    subprocess.run(["git", "init", "--quiet"], check=True, cwd=cart.parent)
    subprocess.run(["git", "apply"], input=out, text=True, check=True, cwd=cart.parent)
    assert FIXED.rstrip("\n") == (cart.parent / "apps" / "cart.yaml").read_text()


def test_reviewdog_gets_suggestions(probes: Run, cart: Path) -> None:
    """They replace whole lines, without the last line break, and the file stays as it is."""
    status, out, _ = probes("fix", "cart.yaml", *ONLY, "--format", "rdjson", "--output", "suggestions.json")
    assert (1, "") == (status, out)
    (diagnostic,) = json.loads(cart.with_name("suggestions.json").read_text())["diagnostics"]
    assert ("cart.yaml", "WARNING", "PRB211") == (
        diagnostic["location"]["path"],
        diagnostic["severity"],
        diagnostic["code"]["value"],
    )
    assert [{"range": {"start": {"line": 8}, "end": {"line": 8}}, "text": FIXED.splitlines()[7]}] == diagnostic[
        "suggestions"
    ]
    assert CART == cart.read_text()


@pytest.mark.usefixtures("cart")
def test_sarif_gets_fixes(probes: Run) -> None:
    """With the region of the lines that are replaced."""
    _, out, _ = probes("fix", "cart.yaml", *ONLY, "--format", "sarif")
    (result,) = json.loads(out)["runs"][0]["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert {"uri": "cart.yaml"} == change["artifactLocation"]
    (replacement,) = change["replacements"]
    assert {"startLine": 8, "startColumn": 1, "endLine": 8, "endColumn": len(CART.splitlines()[7]) + 1} == replacement[
        "deletedRegion"
    ]
    assert FIXED.splitlines()[7] == replacement["insertedContent"]["text"]
