"""Compares the rules with an API server, for the same specifications."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from harness.client import ApiError, Client
from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.finding import Finding
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.version import KubernetesVersion
from pulumi_probes.rules import Rule, evaluate, load_rules

Object = Mapping[str, Any]

REJECTING_RULES: Final = tuple(rule for rule in load_rules() if rule.is_rejected)
VERSIONED_RULES: Final = tuple(rule for rule in load_rules() if "kubernetes_version" in rule.parameters)
"""Rules for fields that some versions reject and others drop; the finding says which."""

THREADS: Final = 4
"""The number of concurrent requests, which is enough to keep a server with two CPUs busy."""


class Comparison:
    """Sends the same objects to an API server and to the rules.

    Args:
        client: the client of the API server.
        version: the version of the API server, or the one that it emulates.
        threads: the threads that send the requests.
    """

    def __init__(self, client: Client, version: KubernetesVersion, threads: ThreadPoolExecutor) -> None:
        self._client = client
        self._version = version
        self._threads = threads

    def differences(self, manifests: Iterable[Object]) -> list[str]:
        """The specifications on which the two disagree, with the reasons of both."""
        # The rules run while the API server is working.
        asked = [(manifest, self._threads.submit(refusals, self._client, manifest)) for manifest in manifests]
        both = [(manifest, announced_refusals(manifest, self._version), answer) for manifest, answer in asked]
        return [
            f"{manifest}\nAPI server: {answer.result()}\nrules: {ours}"
            for manifest, ours, answer in both
            if bool(answer.result()) != bool(ours)
        ]


@contextmanager
def comparing(client: Client, version: KubernetesVersion) -> Generator[Comparison]:
    """A comparison with its own threads."""
    with ThreadPoolExecutor(THREADS) as threads:
        yield Comparison(client, version, threads)


def refusals(client: Client, manifest: Object) -> tuple[str, ...]:
    """The reasons why the API server rejects it, each with a path; empty if it accepts it."""
    try:
        client.create(manifest, dryRun="All", fieldValidation="Ignore")
    except ApiError as refusal:
        return tuple(f"{field}: {message}" for field, message in refusal.causes) or (str(refusal),)
    return ()


def announced_refusals(manifest: Object, version: KubernetesVersion) -> tuple[str, ...]:
    """The reasons why an API server of `version` rejects it, according to the rules; empty if it accepts it."""
    found = [*findings(manifest, REJECTING_RULES), *filter(is_refusal, findings(manifest, VERSIONED_RULES, version))]
    return tuple(f"{finding.path}: {finding.what} [{finding.code}]" for finding in found)


def findings(manifest: Object, rules: Iterable[Rule], version: KubernetesVersion | None = None) -> list[Finding]:
    """The findings for a manifest on a cluster of `version`.

    Raises:
        RuntimeError: a rule has an internal error.
    """
    rules = tuple(rules)
    parameters = {rule.name: {"kubernetes_version": str(version)} for rule in rules if version is not None}
    evaluation = evaluate(read_stack([Manifest(content=manifest)]), rules, parameters)
    if evaluation.crashes:
        raise RuntimeError(f"{evaluation.crashes}")
    return evaluation.findings


def is_refusal(finding: Finding) -> bool:
    """Whether a finding says that the API server rejects the object."""
    return "rejects the object" in finding.consequence
