"""A share of an audit in another process."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date

from pulumi_probes.model.waiver import WrittenWaiver
from pulumi_probes.report.evaluation import PartialAudit
from pulumi_probes.report.policy import Policy
from pulumi_probes.report.processes import Connection, Process, ProcessFailed, start_process
from pulumi_probes.report.shares import AuditedFile, Exchange, Share


class RemoteShare:
    """A share that another process reads and audits, or this one if that fails; arguments as for `Share`."""

    def __init__(
        self, files: Sequence[tuple[int, str]], policy: Policy, waivers: Sequence[WrittenWaiver], today: date
    ) -> None:
        self._local = Share(files, policy, waivers, today)
        self._process: Process | None = None
        self._has_read = False
        with suppress(ProcessFailed):
            self._process = start_process(_audit_share, files, policy, waivers, today)

    def read(self) -> list[AuditedFile]:
        """Wait until the files have been read."""
        if self._process is not None:
            try:
                result: list[AuditedFile] = self._process.connection.receive()
            except ProcessFailed:
                self.end()
            else:
                return result
        self._has_read = True
        return self._local.read()

    def send(self, exchange: Exchange) -> None:
        """Let the process audit the files."""
        if self._process is not None:
            try:
                self._process.connection.send(exchange)
            except ProcessFailed:
                self.end()

    def audit(self, exchange: Exchange) -> PartialAudit:
        """The results for the files, after `send`."""
        if self._process is not None:
            try:
                result: PartialAudit = self._process.connection.receive()
            except ProcessFailed:
                self.end()
            else:
                return result
        if not self._has_read:
            self._local.read()
        return self._local.audit(exchange)

    def end(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.end()
            self._process = None


def _audit_share(
    connection: Connection,
    files: Sequence[tuple[int, str]],
    policy: Policy,
    waivers: Sequence[WrittenWaiver],
    today: date,
) -> None:
    """The work of a process."""
    share = Share(files, policy, waivers, today)
    connection.send(share.read())
    connection.send(share.audit(connection.receive()))
