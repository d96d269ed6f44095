"""A real API server and a real node for the tests of this folder."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator

import pytest
from harness import Client, Cluster, Level, install_requirements, missing_requirements, start_cluster
from harness.toolchain import UnobtainableError

INSTALL = os.environ.get("PULUMI_PROBES_INSTALL") == "1"
"""Whether what is missing may be installed; otherwise the tests that need it are skipped, and say so."""


@pytest.hookimpl(tryfirst=True)  # before xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all of this folder: a cluster is expensive, and the machine is what is measured."""
    for item in items:
        if item.path.is_relative_to(os.path.dirname(__file__)):  # noqa: PTH120 - compared with a path of pytest's
            item.add_marker(pytest.mark.xdist_group("cluster"))


@pytest.fixture(scope="session")
def api_pieces() -> None:
    """Everything that an API server needs is there."""
    _require(Level.API)


@pytest.fixture(scope="session")
def api_server(request: pytest.FixtureRequest) -> Iterator[Client]:
    """An API server without nodes; seconds."""
    request.getfixturevalue("api_pieces")
    cluster = start_cluster(f"test-api-{os.getpid()}", Level.API)
    yield cluster.client
    cluster.stop()


@pytest.fixture(scope="session")
def node_pieces() -> None:
    """Everything that a cluster with nodes is made of is there."""
    _require(Level.NODE)


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A cluster with one node; more can be added."""
    request.getfixturevalue("node_pieces")
    cluster = start_cluster(f"test-node-{os.getpid()}", Level.NODE)
    yield cluster
    cluster.stop()


@pytest.fixture
def namespace(node: Cluster) -> Iterator[str]:
    """A namespace of the test's own that enforces Pod Security `restricted`."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    node.make_namespace(name)
    yield name
    node.client.delete("v1", "Namespace", name)


def _require(level: Level) -> None:
    """Get what a cluster of this level needs, or skip the test."""
    if INSTALL:
        try:
            install_requirements(level, lambda line: sys.stderr.write(f"{line}\n"))
        except UnobtainableError as failure:
            pytest.skip(f"no cluster here: {failure}")
    missing = missing_requirements(level)
    if missing:
        pytest.skip("no cluster here, missing: " + ", ".join(str(item) for item in missing))
