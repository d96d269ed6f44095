"""PRB333."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pulumi_probes.codec.kubernetes_schema import api_versions_of
from pulumi_probes.model.edit import SetField
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._unknown_fields import is_of_kubernetes

_REMOVED: Final = {
    ("extensions/v1beta1", "DaemonSet"): "1.16",
    ("extensions/v1beta1", "Deployment"): "1.16",
    ("extensions/v1beta1", "ReplicaSet"): "1.16",
    ("apps/v1beta1", "Deployment"): "1.16",
    ("apps/v1beta1", "StatefulSet"): "1.16",
    ("apps/v1beta2", "DaemonSet"): "1.16",
    ("apps/v1beta2", "Deployment"): "1.16",
    ("apps/v1beta2", "ReplicaSet"): "1.16",
    ("apps/v1beta2", "StatefulSet"): "1.16",
    ("batch/v2alpha1", "CronJob"): "1.21",
    ("batch/v1beta1", "CronJob"): "1.25",
}
"""The versions that Kubernetes no longer serves, and the first release without them."""


@rule("PRB333", severity=Severity.ERROR, since="0.1", is_rejected=True)
def wrong_api_version(workload: Workload) -> Iterator[Violation]:
    """A workload has an API version that does not exist for its kind.

    Why:
        The API server looks up a kind by its group and version. `v1` has no Deployment, and `extensions/v1beta1` has
        none since Kubernetes 1.16, so the object is rejected. The other rules check it as the kind that it is meant to
        be.
    Bad:
        apiVersion: v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
                - name: cart
                  image: cart:1
                  livenessProbe: {httpGet: {path: /livez, port: 8080}, failureThreshold: 5}
        --- another
        apiVersion: batch/v1beta1
        kind: CronJob
        metadata: {name: report}
        spec:
          schedule: "0 5 * * *"
          jobTemplate:
            spec:
              template:
                spec:
                  restartPolicy: Never
                  containers: [{name: report, image: report:1}]
    Good:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
                - name: cart
                  image: cart:1
                  livenessProbe: {httpGet: {path: /livez, port: 8080}, failureThreshold: 5}
    Fix:
        Use the version that serves the kind: `apps/v1` for a Deployment, `batch/v1` for a CronJob, `v1` for a Pod.

    References:
        https://kubernetes.io/docs/reference/using-api/deprecation-guide/
    """
    written, kind = workload.reference.api_version.removeprefix("core/"), workload.kind
    served = api_versions_of(kind)
    if not written or written in served or not is_of_kubernetes(workload):
        return
    removed = _REMOVED.get((written, kind))
    path = FieldPath(("apiVersion",))
    yield workload.violation_at(
        path,
        what=f"Kubernetes has no {kind} in `{written}`{f' since {removed}' if removed else ''}.",
        consequence="The API server rejects the object.",
        fix=f"Use `apiVersion: {served[0]}`.",
        # A former version may have had other defaults and fields.
        edits=() if removed else (SetField(path, served[0]),),
    )
