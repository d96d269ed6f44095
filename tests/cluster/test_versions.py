"""What older API servers do with fields that not every version has: our table of versions and PRB503 say the same.

One API server acts like its last three minor versions, and by its gates a little further back and ahead;
harness.versions has what is tried on which. What lies beyond is named there, is shown here to be out of reach, and
rests on the sources of Kubernetes. So does what kubelets of other versions do, which the timeline knows of: a kubelet
acts like no other version, and only the newest is here.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from harness import Client, Level, start_cluster
from harness.agreement import Comparison, comparing
from harness.specifications import batches, deployments, many, pods
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
    Trial,
    announced_fate,
    beyond,
    observed_fates,
)
from hypothesis import given

from pulumi_probes.codec.versions import FEATURES, KubernetesVersion

MANY = many(SPECIFICATIONS_OF_OLDER // 2)


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Server:
    """Which API server runs; pytest takes tests of the same one together."""
    chosen: Server = request.param
    return chosen


@pytest.fixture(scope="module")
def client(server: Server, api_pieces: None) -> Iterator[Client]:  # noqa: ARG001 - nothing starts without the pieces
    """An API server that acts like another one; seconds."""
    name = f"test-version-{SERVERS.index(server)}-{os.getpid()}"
    cluster = start_cluster(name, Level.API, api_server_options=server.options)
    yield cluster.client
    cluster.stop()


@pytest.fixture(scope="module")
def compared(server: Server, client: Client) -> Iterator[tuple[Comparable, Comparison]]:
    """The rules and this API server, asked about the same."""
    comparable = next(item for item in COMPARED if item.server == server)
    with comparing(client, comparable.acts_as) as comparison:
        yield comparable, comparison


@pytest.mark.parametrize("server", SERVERS, indirect=True, ids=str)
def test_features_meet_the_fate_that_the_rule_announces(server: Server, client: Client) -> None:
    """A field is kept where PRB503 finds nothing, and otherwise dropped or refused, as the finding says."""
    trials = [trial for trial in TRIALS if trial.server == server]
    expected = {trial.feature: {trial.expected} for trial in trials}
    assert expected == {trial.feature: observed_fates(client, trial.feature) for trial in trials}


@pytest.mark.parametrize("server", [item.server for item in COMPARED], indirect=True, ids=str)
@pytest.mark.parametrize("strategy", [pods, deployments], ids=["pods", "deployments"])
def test_specifications_are_accepted_or_refused_alike(compared: tuple[Comparable, Comparison], strategy: Any) -> None:
    """What our rules call refused for a version an API server like it refuses, and the other way round."""
    comparable, comparison = compared

    @MANY
    @given(several=batches(strategy(comparable.features)))
    def compare(several: list[dict[str, Any]]) -> None:
        assert [] == comparison.differences(several)

    compare()


def test_every_feature_is_tried_or_out_of_reach() -> None:
    """On both sides of its border a feature is tried, or it is listed as one for which that cannot be."""
    assert set(FEATURES) == set(USES)
    sides = {(trial.feature, trial.expected is Fate.KEPT) for trial in TRIALS}
    tried = {feature for feature in FEATURES if {(feature, True), (feature, False)} <= sides}
    assert set(FEATURES) == tried | set(NOT_TRIABLE)
    assert not tried & set(NOT_TRIABLE)


@pytest.mark.usefixtures("api_pieces")
@pytest.mark.parametrize("feature", NOT_TRIABLE)
def test_what_is_out_of_reach_is_so(feature: str) -> None:
    """No API server starts that would be on the other side of the border, and it says why."""
    assert NOT_TRIABLE[feature] in refusal_to_start(beyond(feature))


@pytest.mark.usefixtures("api_pieces")
def test_no_older_version_is_emulated() -> None:
    """The oldest version that is tried is the oldest that can be."""
    older = KubernetesVersion(EMULATED[0].major, EMULATED[0].minor - 1)
    assert f"emulation version {older} is not between [{EMULATED[0]}, {NEWEST}" in refusal_to_start(Server(older))


@pytest.mark.parametrize("trial", [trial for trial in TRIALS if trial.differs is not None], ids=str)
def test_an_emulation_differs_where_the_version_itself_refuses(trial: Trial) -> None:
    """Where our rule does not say what is found, it says what the sources of that version do."""
    assert trial.acts_as is not None
    assert Fate.REFUSED is announced_fate(trial.feature, trial.acts_as)
    assert Fate.DROPPED is trial.differs


def refusal_to_start(server: Server) -> str:
    """What kube-apiserver says about options that it does not take."""
    finished = subprocess.run(
        [kubernetes_folder() / "kube-apiserver", "--etcd-servers=http://127.0.0.1:1", *server.options],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert finished.returncode != 0
    return finished.stderr
