"""`--output` writes a report, and never replaces what a command reads."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

Probes = Callable[..., tuple[int, str, str]]

MANIFEST = "apiVersion: v1\nkind: Pod\nmetadata: {name: cart}\nspec: {containers: [{name: cart, image: cart:1}]}\n"
FILES = {
    "cart.yaml": MANIFEST,
    "all/web.yaml": MANIFEST,
    "all/values.yml": "replicas: 1\n",
    "all/web.json": '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "json"}}',
    "all/report.json": '{"version": 1, "findings": []}',
    "all/report.html": "<p>",
    "config.json": "{}",
    "waivers.yaml": "[]\n",
    "baseline.json": '{"version": 1, "findings": []}',
    "own.yaml": "{}\n",
    "scenario.yaml": "{}\n",
    "shop/Pulumi.yaml": "name: shop\nruntime: python\n",
    "shop/Pulumi.dev.yaml": "config: {}\n",
    "shop/__main__.py": "",
    "shop/report.txt": "old",
    "old.txt": "old",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with inputs of every kind."""
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    (tmp_path / "link.yaml").symlink_to("cart.yaml")
    os.link(tmp_path / "cart.yaml", tmp_path / "same.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("audit cart.yaml", "cart.yaml"),
        ("audit cart.yaml", "./all/../cart.yaml"),
        ("audit cart.yaml", "link.yaml"),
        ("audit cart.yaml", "same.yaml"),
        ("audit link.yaml", "cart.yaml"),
        ("audit all cart.yaml", "cart.yaml"),
        ("audit all", "all/web.yaml"),
        ("audit .", "all/web.json"),
        ("audit all", "all/values.yml"),
        ("audit cart.yaml --policy-config config.json", "config.json"),
        ("audit cart.yaml --waivers waivers.yaml", "waivers.yaml"),
        ("audit cart.yaml --baseline baseline.json", "baseline.json"),
        ("audit cart.yaml --config-file own.yaml", "own.yaml"),
        ("cost cart.yaml", "cart.yaml"),
        ("fix all", "all/web.yaml"),
        ("fix cart.yaml", "cart.yaml"),
        ("timeline cart.yaml", "cart.yaml"),
        ("timeline web cart.yaml", "cart.yaml"),
        ("timeline cart.yaml --scenario-file scenario.yaml", "scenario.yaml"),
        ("preview shop", "shop/Pulumi.yaml"),
        ("preview shop", "shop/Pulumi.dev.yaml"),
        ("preview shop", "shop/__main__.py"),
    ],
)
def test_inputs_are_kept(folder: Path, probes: Probes, command: str, output: str) -> None:
    """The command refuses before it does anything, whatever name the file has."""
    before = (folder / output).read_text()
    status, _, err = probes(*command.split(), "--output", output)
    assert 2 == status
    assert f"{output} is an input, which the output would replace" in " ".join(err.split())
    assert before == (folder / output).read_text()


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("audit cart.yaml", "old.txt"),
        ("audit cart.yaml", "new.txt"),
        ("audit cart.yaml", "all/web.yaml"),
        ("audit all", "all/report.json"),
        ("audit all", "all/report.html"),
        ("audit all", "all/new.yaml"),
        ("audit all", "cart.yaml"),
        ("audit cart.yaml", "baseline.json"),
        ("cost cart.yaml", "old.txt"),
        ("fix cart.yaml", "old.txt"),
        ("timeline web", "old.txt"),
        ("preview shop", "shop/report.txt"),
        ("preview shop", "cart.yaml"),
    ],
)
def test_other_files_are_replaced(folder: Path, probes: Probes, command: str, output: str) -> None:
    """A file that is not an input gets the report, also one beside the inputs, such as an earlier report."""
    status, out, err = probes(*command.split(), "--output", output)
    assert status in (0, 1)
    assert ("", False) == (out, "is an input" in err)
    assert FILES.get(output) != (folder / output).read_text()
