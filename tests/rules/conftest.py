"""How tests of rules read manifests and have them judged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import yaml

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.values import UNKNOWN
from pulumi_probes.rules import Evaluation, Parameters, apply_waivers, evaluate, load_rules

TODAY = date(2026, 7, 1)


class _Loader(yaml.SafeLoader):
    """YAML with `!unknown` for a value that nobody knows before deployment."""


_Loader.add_constructor("!unknown", lambda _loader, _node: UNKNOWN)


def read_manifests(text: str) -> list[Manifest]:
    """The objects of an example; a kind that ends with `Patch` is a partial object."""
    documents: list[dict[str, Any]] = [
        document for document in yaml.load_all(text, Loader=_Loader) if document is not None
    ]
    return [Manifest(content=document, is_patch=document["kind"].endswith("Patch")) for document in documents]


@pytest.fixture(scope="session")
def read() -> Callable[[str], Stack]:
    """Turn YAML into what rules look at."""
    return lambda text: read_stack(read_manifests(text))


@pytest.fixture(scope="session")
def judge(read: Callable[[str], Stack]) -> Callable[..., Evaluation]:
    """Judge YAML by all rules, those about waivers too."""

    def judged(text: str, parameters: Parameters | None = None) -> Evaluation:
        stack = read(text)
        return apply_waivers(evaluate(stack, load_rules(), parameters), stack, today=TODAY)

    return judged
