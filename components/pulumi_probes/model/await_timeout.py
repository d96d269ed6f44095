"""The time that Pulumi waits until the pods of a workload are Ready."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from pulumi_probes.model.annotations import SKIP_AWAIT, TIMEOUT_SECONDS
from pulumi_probes.model.defaults import DEFAULT_AWAIT_TIMEOUT_SECONDS
from pulumi_probes.model.workload import Workload

_AWAITED: Final = {("", "Pod"), ("", "ReplicationController")} | {
    (group, kind) for group in ("apps", "extensions") for kind in ("Deployment", "StatefulSet", "DaemonSet")
}
_WHOLE_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,9}")


class AwaitTimeout(Struct, frozen=True):
    """The time that Pulumi waits for one operation.

    Attributes:
        seconds: whole seconds; with 0 or less, Pulumi does not wait at all.
        source: where it comes from, for a message: ``the default``, ``from the annotation``,
            ``from customTimeouts.create``.
    """

    seconds: int
    source: str


class AwaitTimeouts(Struct, frozen=True):
    """The times that Pulumi waits for the creation and for an update of a workload; their custom timeouts differ."""

    create: AwaitTimeout
    update: AwaitTimeout


def read_await_timeouts(workload: Workload) -> AwaitTimeouts | None:
    """The await timeouts of a workload: the custom timeout, otherwise the annotation, otherwise 600 s.

    None if Pulumi does not wait for Ready pods: for other kinds, and with the annotation `pulumi.com/skipAwait`. An
    annotation `pulumi.com/timeoutSeconds` that is not a whole number is ignored.

    Raises:
        UnknownValue: an annotation is not known before deployment.
        MalformedValue: an annotation is not a string.
    """
    if (workload.group, workload.kind) not in _AWAITED or workload.annotation(SKIP_AWAIT) == "true":
        return None
    options = workload.manifest.pulumi
    return AwaitTimeouts(
        create=_timeout(workload, "create", options.create_timeout_seconds),
        update=_timeout(workload, "update", options.update_timeout_seconds),
    )


def _timeout(workload: Workload, operation: str, custom: float | None) -> AwaitTimeout:
    if custom is not None:
        return AwaitTimeout(int(custom), f"from customTimeouts.{operation}")
    text = workload.annotation(TIMEOUT_SECONDS)
    if text is not None and _WHOLE_NUMBER.fullmatch(text):
        return AwaitTimeout(int(text), "from the annotation")
    return AwaitTimeout(DEFAULT_AWAIT_TIMEOUT_SECONDS, "the default")
