"""The commands in scripts/ can be run from any directory, with only a POSIX shell and Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = sorted(path for path in (ROOT / "scripts").iterdir() if path.is_file() and not path.suffix)
EACH = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


def test_the_commands_exist() -> None:
    """The usual commands, whatever tools they use."""
    assert {"bench", "check", "demo", "docs", "install", "lock", "test"} <= {command.name for command in COMMANDS}


@EACH
def test_it_can_be_run_and_says_what_it_does(command: Path) -> None:
    """It is executable, has a short name, and begins with a comment about itself."""
    assert os.access(command, os.X_OK)
    assert re.fullmatch("[a-z]+", command.name)
    first, second, *_ = command.read_text(encoding="utf-8").splitlines()
    assert first.startswith("#!/")
    assert re.match("# [A-Z].+", second) or re.match('"""[A-Z].+', second)


@EACH
def test_it_needs_no_shell_but_sh(command: Path) -> None:
    """Shell commands only use POSIX syntax."""
    if command.read_text(encoding="utf-8").startswith("#!/bin/sh"):
        shell = shutil.which("dash") or "sh"
        subprocess.run([shell, "-n", str(command)], check=True, capture_output=True)


class Checkout:
    """A checkout in which `uv` only records its arguments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("scripts/install", "requirements/run.txt", "requirements/dev.txt", "pyproject.toml"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        uv = folder / "programs" / "uv"
        uv.parent.mkdir()
        uv.write_text(
            "#!/bin/sh\n"
            'echo "$*" >>calls\n'
            f'[ "$1" != venv ] || {{ mkdir -p .venv/bin && ln -sf {sys.executable} .venv/bin/python; }}\n'
        )
        uv.chmod(0o755)

    def install(self, *arguments: str) -> list[str]:
        """The calls of uv by `scripts/install`, run from another directory."""
        calls = self.folder / "calls"
        calls.write_text("")
        subprocess.run(
            [self.folder / "scripts" / "install", *arguments],
            check=True,
            capture_output=True,
            cwd="/",
            env={"PATH": f"{self.folder / 'programs'}:/usr/bin:/bin"},
        )
        return calls.read_text().splitlines()


def test_what_is_locked_is_installed_by_hash(tmp_path: Path) -> None:
    """First the environment, then the lock with its hashes, then this project without its dependencies."""
    pip = "pip install --quiet --compile-bytecode --python .venv/bin/python"
    assert [
        "venv --quiet --clear .venv",
        f"{pip} --require-hashes -r requirements/dev.txt",
        f"{pip} --no-deps --no-build-isolation --editable=.",
    ] == Checkout(tmp_path).install()


def test_setting_up_again_does_nothing(tmp_path: Path) -> None:
    """The dependencies for running are a subset of those for development."""
    checkout = Checkout(tmp_path)
    checkout.install("dev")
    assert [] == checkout.install("dev")
    assert [] == checkout.install("run")


def test_a_changed_lock_is_installed(tmp_path: Path) -> None:
    """After a pull, the dependencies are updated automatically; the environment is kept."""
    checkout = Checkout(tmp_path)
    checkout.install("run")
    with (tmp_path / "requirements" / "run.txt").open("a") as lock:
        lock.write("# changed\n")
    calls = checkout.install("run")
    assert 2 == len(calls)
    assert "requirements/run.txt" in calls[0]


def test_development_needs_more_than_running(tmp_path: Path) -> None:
    """An environment that was set up for the demo is extended for the tests."""
    checkout = Checkout(tmp_path)
    checkout.install("run")
    assert any("requirements/dev.txt" in call for call in checkout.install())


def test_a_moved_checkout_is_set_up_again(tmp_path: Path) -> None:
    """An editable install refers to a directory that no longer exists."""
    (tmp_path / "before").mkdir()
    checkout = Checkout(tmp_path / "before")
    checkout.install()
    checkout.folder = (tmp_path / "before").rename(tmp_path / "after")
    assert checkout.install() != []


def test_a_wrong_argument_is_refused() -> None:
    """It installs one of the two sets, and nothing else."""
    finished = subprocess.run([ROOT / "scripts" / "install", "everything"], check=False, capture_output=True, text=True)
    assert (2, "usage: scripts/install [run|dev]\n") == (finished.returncode, finished.stderr)


def test_continuous_integration_runs_the_test_command() -> None:
    """CI runs the same command as developers."""
    assert "exec scripts/test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "- run: scripts/test\n" in (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
