"""Older API servers and fields that not all versions support, compared with the table of versions and PRB503.

An API server can emulate its last three minor versions and, by feature gates, some older and later behavior;
harness.versions lists the trials. Everything else is listed there too, is shown here to be impossible to emulate, and
relies on the sources of Kubernetes. The same is true for the behavior of older kubelets in the timeline: a kubelet
cannot emulate another version, and only the newest one is tested.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from harness import Client, Level, start_cluster
from harness.agreement import Comparison, comparing
from harness.specifications import batches, deployments, many, pods, stateful_sets
from harness.toolchain import kubernetes_folder
from harness.versions import (
    COMPARED,
    EMULATED,
    NEWEST,
    NOT_TRIABLE,
    SERVERS,
    SPECIFICATIONS_OF_OLDER,
    TRIALS,
    USES,
    Comparable,
    Fate,
    Server,
    beyond,
    observed_fates,
)
from hypothesis import given

from pulumi_probes.codec.versions import FEATURES, KubernetesVersion

MANY = many(SPECIFICATIONS_OF_OLDER // 3)


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Server:
    """The API server to run; pytest groups the tests by it."""
    chosen: Server = request.param
    return chosen


@pytest.fixture(scope="module")
def client(server: Server, api_pieces: None) -> Iterator[Client]:  # noqa: ARG001 - needed to start
    """An API server that emulates another version; takes seconds."""
    name = f"test-version-{SERVERS.index(server)}-{os.getpid()}"
    cluster = start_cluster(name, Level.API, api_server_options=server.options)
    yield cluster.client
    cluster.stop()


@pytest.fixture(scope="module")
def compared(server: Server, client: Client) -> Iterator[tuple[Comparable, Comparison]]:
    """The rules and this API server, with the same objects."""
    comparable = next(item for item in COMPARED if item.server == server)
    with comparing(client, comparable.acts_as) as comparison:
        yield comparable, comparison


@pytest.mark.parametrize("server", SERVERS, indirect=True, ids=str)
def test_features_are_handled_as_the_rule_says(server: Server, client: Client) -> None:
    """A field is kept if PRB503 has no finding, and otherwise dropped or rejected, as the finding says."""
    trials = [trial for trial in TRIALS if trial.server == server]
    expected = {trial.feature: {trial.expected} for trial in trials}
    assert expected == {trial.feature: observed_fates(client, trial.feature) for trial in trials}


@pytest.mark.parametrize("server", [item.server for item in COMPARED], indirect=True, ids=str)
@pytest.mark.parametrize("strategy", [pods, deployments, stateful_sets], ids=["pods", "deployments", "stateful-sets"])
def test_specifications_are_accepted_or_rejected_alike(compared: tuple[Comparable, Comparison], strategy: Any) -> None:
    """The emulated API server rejects exactly the specifications for which a rule says so."""
    comparable, comparison = compared

    @MANY
    @given(several=batches(strategy(comparable.features)))
    def compare(several: list[dict[str, Any]]) -> None:
        assert [] == comparison.differences(several)

    compare()


def test_every_feature_is_tested_or_cannot_be() -> None:
    """Each feature is tested with and without support, or it is listed with the reason why it cannot be."""
    assert set(FEATURES) == set(USES)
    sides = {(trial.feature, trial.expected is Fate.KEPT) for trial in TRIALS}
    tried = {feature for feature in FEATURES if {(feature, True), (feature, False)} <= sides}
    assert set(FEATURES) == tried | set(NOT_TRIABLE)
    assert not tried & set(NOT_TRIABLE)


@pytest.mark.usefixtures("api_pieces")
@pytest.mark.parametrize("feature", NOT_TRIABLE)
def test_listed_features_cannot_be_tested(feature: str) -> None:
    """An API server of the required version does not start, with the listed reason."""
    assert NOT_TRIABLE[feature] in refusal_to_start(beyond(feature))


@pytest.mark.usefixtures("api_pieces")
def test_no_older_version_is_emulated() -> None:
    """The oldest tested version is the oldest that can be emulated."""
    older = KubernetesVersion(EMULATED[0].major, EMULATED[0].minor - 1)
    assert f"emulation version {older} is not between [{EMULATED[0]}, {NEWEST}" in refusal_to_start(Server(older))


def refusal_to_start(server: Server) -> str:
    """The error of kube-apiserver for options that it does not accept."""
    finished = subprocess.run(
        [kubernetes_folder() / "kube-apiserver", "--etcd-servers=http://127.0.0.1:1", *server.options],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert finished.returncode != 0
    return finished.stderr
