"""A real API server and a real node for the tests in this directory."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator

import pytest
from harness import Client, Cluster, Level, install_requirements, missing_requirements, start_cluster
from harness.toolchain import UnobtainableError

INSTALL = os.environ.get("PULUMI_PROBES_INSTALL") == "1"
"""Whether missing requirements may be installed; otherwise, tests that need them are skipped with a reason."""


@pytest.hookimpl(tryfirst=True)  # before xdist groups the tests
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all tests in this directory: a cluster is expensive, and the tests depend on the load."""
    for item in items:
        if item.path.is_relative_to(os.path.dirname(__file__)):  # noqa: PTH120 - compared with a path of pytest's
            item.add_marker(pytest.mark.xdist_group("cluster"))


@pytest.fixture(scope="session")
def api_pieces() -> None:
    """Everything that an API server needs is installed."""
    _require(Level.API)


@pytest.fixture(scope="session")
def api_server(request: pytest.FixtureRequest) -> Iterator[Client]:
    """An API server without nodes; takes seconds."""
    request.getfixturevalue("api_pieces")
    cluster = start_cluster(f"test-api-{os.getpid()}", Level.API)
    yield cluster.client
    cluster.stop()


@pytest.fixture(scope="session")
def node_pieces() -> None:
    """Everything that a cluster with nodes needs is installed."""
    _require(Level.NODE)


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A cluster with one node; tests can add more."""
    request.getfixturevalue("node_pieces")
    cluster = start_cluster(f"test-node-{os.getpid()}", Level.NODE)
    yield cluster
    cluster.stop()


@pytest.fixture
def namespace(node: Cluster) -> Iterator[str]:
    """A namespace for one test that enforces Pod Security `restricted`."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    node.make_namespace(name)
    yield name
    node.client.delete("v1", "Namespace", name)


def _require(level: Level) -> None:
    """Install the requirements of a cluster of this level, or skip the test."""
    if INSTALL:
        try:
            install_requirements(level, lambda line: sys.stderr.write(f"{line}\n"))
        except UnobtainableError as failure:
            pytest.skip(f"no cluster here: {failure}")
    missing = missing_requirements(level)
    if missing:
        pytest.skip("no cluster here, missing: " + ", ".join(str(item) for item in missing))
