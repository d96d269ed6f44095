"""The time limits of Pulumi, Helm, Argo CD, Flux and kubectl for a workload, and the updates whose end they miss.

Measured with Pulumi's Kubernetes provider 4.25, cli-utils 0.37 (Helm 4, Flux), gitops-engine 0.7 (Argo CD) and kubectl
1.37.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from pulumi_probes.model.annotations import SKIP_AWAIT, TIMEOUT_SECONDS, WAIT_FOR
from pulumi_probes.model.defaults import DEFAULT_AWAIT_TIMEOUT_SECONDS
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.node import Node
from pulumi_probes.model.workload import Workload

PULUMI: Final = "pulumi"
HELM: Final = "helm"
ARGO_CD: Final = "argocd"
FLUX: Final = "flux"
KUBECTL: Final = "kubectl"

DEPLOYERS: Final = (PULUMI, HELM, ARGO_CD, FLUX, KUBECTL)
"""The values of the parameter `deployer` of rules."""

DEPLOYER_NAMES: Final = {
    PULUMI: "Pulumi",
    HELM: "Helm",
    ARGO_CD: "Argo CD",
    FLUX: "Flux",
    KUBECTL: "`kubectl rollout status`",
}

_KSTATUS_TIMEOUT_SECONDS: Final = 300
"""The default of `helm --timeout` and of a HelmRelease's `timeout`."""

_AWAITED: Final = {("", "Pod"), ("", "ReplicationController")} | {
    (group, kind) for group in ("apps", "extensions") for kind in ("Deployment", "StatefulSet", "DaemonSet")
}
_WHOLE_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,9}")


_NOBODY_DELETES: Final = "with `OnDelete`, no pod gets the new revision before the old one is deleted by hand"


class AwaitTimeout(Struct, frozen=True):
    """The time that a deployer waits for one operation.

    Attributes:
        seconds: whole seconds; with 0 or less, Pulumi does not wait at all.
        source: where it comes from, for a message: ``the default``, ``from the annotation``,
            ``from customTimeouts.create``.
    """

    seconds: int
    source: str


class AwaitTimeouts(Struct, frozen=True):
    """The times that a deployer waits for the creation and for an update of a workload."""

    create: AwaitTimeout
    update: AwaitTimeout


def is_awaited(workload: Workload) -> bool:
    """Whether Pulumi waits for the Ready pods of this workload; raises the errors of `read_await_timeouts`.

    It does not for kinds that it does not know, with the annotation `pulumi.com/skipAwait`, and with
    `pulumi.com/waitFor`, which names something else to wait for.
    """
    return (
        (workload.group, workload.kind) in _AWAITED
        and workload.annotation(SKIP_AWAIT) != "true"
        and not workload.annotation(WAIT_FOR)
    )


def would_be_awaited(workload: Workload) -> bool:
    """Whether Pulumi would wait for a workload without `pulumi.com/skipAwait`, and see the end of each update.

    With `pulumi.com/waitFor` it waits for any kind. Raises the errors of `endless_wait`.
    """
    if workload.annotation(WAIT_FOR):
        return True
    return (workload.group, workload.kind) in _AWAITED and _endless_with_pulumi(workload) is None


def read_await_timeouts(workload: Workload, deployer: str = PULUMI) -> AwaitTimeouts | None:
    """The time limits for a workload; None if nothing waits for Ready pods, or without a limit.

    Pulumi takes the custom timeout, otherwise the annotation, otherwise 600 s. It ignores an annotation
    `pulumi.com/timeoutSeconds` that is not a whole number. Helm and Flux wait 300 s; Argo CD and
    `kubectl rollout status` have no limit of their own.

    Raises:
        UnknownValue: an annotation is not known before deployment.
        MalformedValue: an annotation is not a string.
    """
    if deployer == PULUMI:
        if not is_awaited(workload):
            return None
        return AwaitTimeouts(
            create=_timeout(workload.manifest, "create"),
            update=_timeout(workload.manifest, "update"),
        )
    if deployer not in (HELM, FLUX) or (workload.group, workload.kind) not in _AWAITED:
        return None
    limit = AwaitTimeout(_KSTATUS_TIMEOUT_SECONDS, "the default")
    return AwaitTimeouts(create=limit, update=limit)


def read_service_timeout(manifest: Manifest) -> AwaitTimeout | None:
    """The time that Pulumi waits until a new Service has a Ready pod; None if it does not wait for one.

    Raises:
        UnknownValue: an annotation is not known before deployment.
        MalformedValue: an annotation is not a string.
    """
    annotations = Node(manifest.content)["metadata"]["annotations"]
    if annotations.optional_text(SKIP_AWAIT) == "true" or annotations.optional_text(WAIT_FOR):
        return None
    return _timeout(manifest, "create")


def endless_wait(workload: Workload, deployer: str = PULUMI) -> str | None:
    """Why a deployer never sees the end of an update of a workload, as a clause; None if it may end.

    The first rollout is not affected: its pods all have the only revision.

    Raises:
        UnknownValue: a field or annotation is not known before deployment.
        MalformedValue: a field has the wrong type.
    """
    kind = workload.kind
    if kind not in ("StatefulSet", "DaemonSet"):
        return None
    if deployer == PULUMI:
        return _endless_with_pulumi(workload) if is_awaited(workload) else None
    if _update_strategy(workload) != "OnDelete":
        return None
    if deployer == KUBECTL:
        return "`kubectl rollout status` only knows `RollingUpdate`, and ends with an error for `OnDelete`"
    return _NOBODY_DELETES if kind == "DaemonSet" and deployer in (HELM, FLUX) else None


def _endless_with_pulumi(workload: Workload) -> str | None:
    kind = workload.kind
    if kind == "DaemonSet":
        return _NOBODY_DELETES if _update_strategy(workload) == "OnDelete" else None
    if kind != "StatefulSet" or _update_strategy(workload) != "RollingUpdate":
        return None
    partition = workload.spec["updateStrategy"]["rollingUpdate"].integer("partition", 0)
    if partition <= 0 or workload.spec.integer("replicas", 1) == 0:
        return None
    return f"with `partition: {partition}`, `status.currentRevision` never becomes the new revision"


def _update_strategy(workload: Workload) -> str:
    return workload.spec["updateStrategy"].text("type", "") or "RollingUpdate"


def _timeout(manifest: Manifest, operation: str) -> AwaitTimeout:
    options = manifest.pulumi
    custom = options.create_timeout_seconds if operation == "create" else options.update_timeout_seconds
    if custom is not None:
        return AwaitTimeout(int(custom), f"from customTimeouts.{operation}")
    text = Node(manifest.content)["metadata"]["annotations"].optional_text(TIMEOUT_SECONDS)
    if text is not None and _WHOLE_NUMBER.fullmatch(text):
        return AwaitTimeout(int(text), "from the annotation")
    return AwaitTimeout(DEFAULT_AWAIT_TIMEOUT_SECONDS, "the default")


def is_ignored_timeout(text: str) -> bool:
    """Whether Pulumi ignores this value of `pulumi.com/timeoutSeconds`, because it is not a whole number."""
    return _WHOLE_NUMBER.fullmatch(text) is None
