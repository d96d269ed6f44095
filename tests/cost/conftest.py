"""How tests of costs read manifests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.cost.attempt import AttemptCost, Mechanism
from pulumi_probes.cost.figures import CostFigures
from pulumi_probes.cost.load import StackLoad, load_of
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.values import UNKNOWN

ROUND = CostFigures(
    {
        Mechanism.TCP_SOCKET: AttemptCost(0.5, 0.0, 0.5),
        Mechanism.GRPC: AttemptCost(1.5, 0.0, 0.5),
        Mechanism.HTTP_GET: AttemptCost(1.0, 0.0, 1.0),
        Mechanism.HTTPS_GET: AttemptCost(3.0, 0.0, 1.0),
        Mechanism.EXEC: AttemptCost(20.0, 50.0, 30.0),
    }
)
"""Figures that can be added up in the head."""

Load = Callable[..., StackLoad]


class _Loader(yaml.SafeLoader):
    """YAML with `!unknown` for a value that nobody knows before deployment."""


_Loader.add_constructor("!unknown", lambda _loader, _node: UNKNOWN)


@pytest.fixture(scope="session")
def load() -> Load:
    """The cost of YAML with round figures; a kind that ends with `Patch` is a partial object."""

    def read(text: str, *, nodes: int = 1) -> StackLoad:
        documents = [document for document in yaml.load_all(text, Loader=_Loader) if document]
        manifests = [Manifest(content=document, is_patch=document["kind"].endswith("Patch")) for document in documents]
        return load_of(read_stack(manifests), nodes=nodes, figures=ROUND)

    return read
