"""The real engine, where the pulumi command is there; its state lives and dies with the test."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from harness.engine import Project, make_project, missing_engine


@pytest.fixture(scope="session")
def _engine() -> None:
    """The pulumi command works, without account, cluster or network."""
    if (reason := missing_engine()) is not None:
        pytest.skip(reason)


@pytest.fixture(name="make_project")
def _make_project(_engine: None, tmp_path: Path) -> Callable[..., Project]:
    """Makes a project of a program, or of a folder that has one."""
    return partial(make_project, tmp_path / "engine")
