"""Where each kind of object keeps its pod specifications.

The kinds of Kubernetes are those of the 4.34 SDK of Pulumi's provider, old API versions included. A path's step `[]`
stands for every entry of a list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pulumi_probes.model.workload import KUBERNETES_SHAPE, PodShape


@dataclass(frozen=True, slots=True)
class PodPath:
    """One place where an object holds a pod specification, and what its container fields are called there."""

    path: str
    shape: PodShape = KUBERNETES_SHAPE


_POD = (PodPath("spec"),)
_TEMPLATE = (PodPath("spec.template.spec"),)
_JOB_TEMPLATE = (PodPath("spec.jobTemplate.spec.template.spec"),)

_ARGO_TEMPLATE = PodShape(containers=("container", "script", "sidecars"))
_TEKTON_TASK = PodShape(containers=("sidecars",), init_containers=(), ephemeral_containers=())


KUBERNETES_KINDS: Final[Mapping[tuple[str, str], tuple[PodPath, ...]]] = {
    ("", "Pod"): _POD,
    ("", "PodTemplate"): (PodPath("template.spec"),),
    ("", "ReplicationController"): _TEMPLATE,
    ("apps", "Deployment"): _TEMPLATE,
    ("apps", "StatefulSet"): _TEMPLATE,
    ("apps", "DaemonSet"): _TEMPLATE,
    ("apps", "ReplicaSet"): _TEMPLATE,
    ("extensions", "Deployment"): _TEMPLATE,
    ("extensions", "DaemonSet"): _TEMPLATE,
    ("extensions", "ReplicaSet"): _TEMPLATE,
    ("batch", "Job"): _TEMPLATE,
    ("batch", "CronJob"): _JOB_TEMPLATE,
}
"""(API group, kind) of everything in Kubernetes itself that holds a pod specification."""

CUSTOM_KINDS: Final[Mapping[tuple[str, str], tuple[PodPath, ...]]] = {
    ("argoproj.io", "Rollout"): _TEMPLATE,
    ("argoproj.io", "Workflow"): (PodPath("spec.templates[]", _ARGO_TEMPLATE),),
    ("argoproj.io", "WorkflowTemplate"): (PodPath("spec.templates[]", _ARGO_TEMPLATE),),
    ("argoproj.io", "ClusterWorkflowTemplate"): (PodPath("spec.templates[]", _ARGO_TEMPLATE),),
    ("argoproj.io", "CronWorkflow"): (PodPath("spec.workflowSpec.templates[]", _ARGO_TEMPLATE),),
    ("serving.knative.dev", "Service"): _TEMPLATE,
    ("serving.knative.dev", "Configuration"): _TEMPLATE,
    ("serving.knative.dev", "Revision"): _POD,
    ("serving.kserve.io", "InferenceService"): (
        PodPath("spec.predictor"),
        PodPath("spec.transformer"),
        PodPath("spec.explainer"),
    ),
    ("apps.kruise.io", "CloneSet"): _TEMPLATE,
    ("apps.kruise.io", "StatefulSet"): _TEMPLATE,
    ("apps.kruise.io", "DaemonSet"): _TEMPLATE,
    ("apps.kruise.io", "BroadcastJob"): _TEMPLATE,
    ("apps.kruise.io", "AdvancedCronJob"): (
        PodPath("spec.template.jobTemplate.spec.template.spec"),
        PodPath("spec.template.broadcastJobTemplate.spec.template.spec"),
    ),
    ("apps.openshift.io", "DeploymentConfig"): _TEMPLATE,
    ("keda.sh", "ScaledJob"): (PodPath("spec.jobTargetRef.template.spec"),),
    ("batch.volcano.sh", "Job"): (PodPath("spec.tasks[].template.spec"),),
    ("leaderworkerset.x-k8s.io", "LeaderWorkerSet"): (
        PodPath("spec.leaderWorkerTemplate.leaderTemplate.spec"),
        PodPath("spec.leaderWorkerTemplate.workerTemplate.spec"),
    ),
    ("jobset.x-k8s.io", "JobSet"): (PodPath("spec.replicatedJobs[].template.spec.template.spec"),),
    ("tekton.dev", "Task"): (PodPath("spec", _TEKTON_TASK),),
    ("tekton.dev", "ClusterTask"): (PodPath("spec", _TEKTON_TASK),),
    ("tekton.dev", "TaskRun"): (PodPath("spec.taskSpec", _TEKTON_TASK),),
}
"""The same for custom resources."""


def pod_paths(api_version: str, kind: str) -> tuple[PodPath, ...] | None:
    """Where objects of this kind hold pod specifications; None for a kind that is not in the tables."""
    group = api_version.rpartition("/")[0]
    # Pulumi's type tokens say core/v1 where manifests say v1.
    key = ("" if group == "core" else group, kind)
    return KUBERNETES_KINDS.get(key) or CUSTOM_KINDS.get(key)
