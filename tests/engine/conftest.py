"""The real engine, installed or built; its state is deleted after the test."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from harness.engine import Project, make_project, missing_command, missing_engine


@pytest.fixture(scope="session")
def _command() -> None:
    """The pulumi command works, without account, network or providers."""
    if (reason := missing_command()) is not None:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def _engine() -> None:
    """The pulumi command works with the Kubernetes provider, without account, cluster or network."""
    if (reason := missing_engine()) is not None:
        pytest.skip(reason)


@pytest.fixture(name="make_project")
def _make_project(_engine: None, tmp_path: Path) -> Callable[..., Project]:
    """Creates a project from a program, or from a directory with one."""
    return partial(make_project, tmp_path / "engine")


@pytest.fixture
def make_offline_project(_command: None, tmp_path: Path) -> Callable[..., Project]:
    """The same for a program without Kubernetes resources."""
    return partial(make_project, tmp_path / "offline")
