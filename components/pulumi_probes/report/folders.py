"""Finds the policy for the folder that a file is in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.stack import Service
from pulumi_probes.model.workload import Workload
from pulumi_probes.report.policy import Policy

_ObjectT = TypeVar("_ObjectT", Workload, Service)


class FolderPolicies:
    """The policy for each file: that of the innermost folder that has one of its own, or the policy itself."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._found: dict[str, Policy] = {}

    @property
    def skipped(self) -> frozenset[str]:
        """The codes of the rules that do not apply in some folder."""
        ran = {rule.code for rule in self._policy.rules}
        folders = self._policy.folders.values()
        return frozenset(code for policy in folders for code in ran.difference(rule.code for rule in policy.rules))

    def of_file(self, file: str | None) -> Policy:
        """The policy for a file; the path is relative to the current directory."""
        if file is None or not self._policy.folders:
            return self._policy
        folder = os.path.dirname(file)  # noqa: PTH120 - paths stay as typed
        if folder not in self._found:
            self._found[folder] = self._innermost(os.path.realpath(folder))
        return self._found[folder]

    def grouped(self, workloads: Sequence[_ObjectT]) -> Iterator[tuple[Policy, Sequence[_ObjectT]]]:
        """Consecutive workloads or Services with the same policy."""
        if not self._policy.folders:
            yield self._policy, workloads
            return
        # By identity: a policy contains dictionaries, so it cannot be hashed, and comparing two of them takes long.
        for _, group in groupby(((self._of(workload), workload) for workload in workloads), lambda pair: id(pair[0])):
            pairs = list(group)
            yield pairs[0][0], [workload for _, workload in pairs]

    def _of(self, workload: Workload | Service) -> Policy:
        source = workload.manifest.source
        location = source.locate(FieldPath()) if source is not None else None
        return self.of_file(location.file if location is not None else None)

    def _innermost(self, folder: str) -> Policy:
        while folder not in self._policy.folders:
            above = os.path.dirname(folder)  # noqa: PTH120 - paths stay as typed
            if above == folder:
                return self._policy
            folder = above
        return self._policy.folders[folder]
