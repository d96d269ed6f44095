"""The distributions contain both packages completely, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "pulumi_probes": ROOT / "components" / "pulumi_probes",
    "pulumi_probes_policies": ROOT / "policies" / "pulumi_probes_policies",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the wheel and the source distribution, built without an index."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    """The wheel."""
    return zipfile.ZipFile(next(built.glob("*.whl")))


def test_the_wheel_holds_both_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    """It contains every source file of the two packages, and only metadata in addition."""
    expected = {
        f"{name}/{path.relative_to(folder).as_posix()}"
        for name, folder in PACKAGES.items()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    actual = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert expected == actual


@pytest.mark.parametrize("package", PACKAGES)
def test_types_are_shipped(wheel: zipfile.ZipFile, package: str) -> None:
    """Both packages have a py.typed file."""
    assert f"{package}/py.typed" in wheel.namelist()


def test_pulumi_is_told_that_this_is_not_a_provider(wheel: zipfile.ZipFile) -> None:
    """Without this file, Pulumi would look for a provider plugin of the same name and version, and fail."""
    assert {"resource": False} == json.loads(wheel.read("pulumi_probes/pulumi-plugin.json"))


def test_the_pack_is_an_extra(wheel: zipfile.ZipFile) -> None:
    """pulumi-policy pins protobuf, so it is only installed for the pack."""
    metadata = Parser().parsestr(
        wheel.read(next(name for name in wheel.namelist() if name.endswith("/METADATA"))).decode()
    )
    requirements = metadata.get_all("Requires-Dist") or []
    assert ["pulumi-policy<2,>=1.21; extra == 'policy'"] == [line for line in requirements if "pulumi-policy" in line]
    assert ["policy"] == metadata.get_all("Provides-Extra")


def test_the_shell_parser_is_always_installed(wheel: zipfile.ZipFile) -> None:
    """Rules read the scripts of probes with it, so a plain installation has it."""
    metadata = Parser().parsestr(
        wheel.read(next(name for name in wheel.namelist() if name.endswith("/METADATA"))).decode()
    )
    requirements = metadata.get_all("Requires-Dist") or []
    assert {"tree-sitter<1,>=0.25", "tree-sitter-bash<1,>=0.25"} <= set(requirements)


def test_the_wheel_runs_on_its_own(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """It does not need any file of the repository."""
    wheel.extractall(tmp_path)  # noqa: S202 - our own archive
    code = "import pulumi_probes.rules as rules; print(rules.__file__); print(len(rules.load_rules()))"
    finished = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
    )
    file, count = finished.stdout.split()
    assert Path(file).is_relative_to(tmp_path)
    assert int(count) > 0


def test_the_source_distribution_builds_the_same_wheel(built: Path, wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Both ways of building produce the same files."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    source = next(tmp_path.iterdir())
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "dist")],
        cwd=source,
        check=True,
        capture_output=True,
    )
    again = zipfile.ZipFile(next((tmp_path / "dist").glob("*.whl")))
    assert wheel.namelist() == again.namelist()
