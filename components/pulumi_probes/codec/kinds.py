"""The paths of pod specifications in objects of each kind.

The kinds of Kubernetes are those of SDK version 4.34 of Pulumi's provider, including old API versions. The paths in
custom resources were taken from the Go types that their definitions are generated from. The step `[]` in a path stands
for every entry of a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.workload import KUBERNETES_SHAPE, PodShape


class PodPath(Struct, frozen=True):
    """The path of a pod specification in an object.

    Attributes:
        path: the path, with dots between steps.
        shape: the names of the fields that contain containers.
        is_job: whether the pods run to completion.
        is_completed: whether the controller fills in missing ports or probes.
        is_overlay: whether the controller merges it with containers that are defined elsewhere.
    """

    path: str
    shape: PodShape = KUBERNETES_SHAPE
    is_job: bool = False
    is_completed: bool = False
    is_overlay: bool = False


Kinds = Mapping[tuple[str, str], tuple[PodPath, ...]]
"""(API group, kind) -> the paths of pod specifications in objects of this kind."""


_POD = (PodPath("spec"),)
_TEMPLATE = (PodPath("spec.template.spec"),)

KUBERNETES_KINDS: Final[Kinds] = {
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
    ("batch", "Job"): (PodPath("spec.template.spec", is_job=True),),
    ("batch", "CronJob"): (PodPath("spec.jobTemplate.spec.template.spec", is_job=True),),
}
"""All kinds of Kubernetes itself that contain a pod specification."""

_ANY_GROUP: Final = {kind: paths for (_, kind), paths in KUBERNETES_KINDS.items()}

_ARGO = PodShape(
    containers=("containerSet.containers", "sidecars"),
    single_containers=("container", "script"),
    ephemeral_containers=(),
)


def _argo(spec: str) -> tuple[PodPath, ...]:
    """The paths of a workflow; templates inherit from the defaults, so a field that is absent may still be set."""
    return (
        PodPath(f"{spec}.templates[]", _ARGO, is_job=True),
        PodPath(f"{spec}.templateDefaults", _ARGO, is_job=True, is_overlay=True),
    )


# The steps of a task cannot have probes, but its sidecars can.
_TEKTON = PodShape(containers=("sidecars",), init_containers=(), ephemeral_containers=())


def _tekton(*paths: str) -> tuple[PodPath, ...]:
    return tuple(PodPath(path, _TEKTON, is_job=True) for path in paths)


# Knative itself sets the port, a readiness probe and the shutdown, and rejects lifecycle hooks.
_KNATIVE = (PodPath("spec.template.spec", is_completed=True),)

# A built-in model server is a single container rather than a list; the runtime that it names fills in the rest.
_KSERVE = PodShape(
    single_containers=(
        "model",
        "sklearn",
        "xgboost",
        "tensorflow",
        "pytorch",
        "triton",
        "onnx",
        "huggingface",
        "pmml",
        "lightgbm",
        "paddle",
        "art",
    )
)

CUSTOM_KINDS: Final[Kinds] = {
    # A Rollout with `workloadRef` has no template; the Deployment that it refers to is audited itself.
    ("argoproj.io", "Rollout"): _TEMPLATE,
    ("argoproj.io", "Experiment"): (PodPath("spec.templates[].template.spec"),),
    ("argoproj.io", "Workflow"): _argo("spec"),
    ("argoproj.io", "WorkflowTemplate"): _argo("spec"),
    ("argoproj.io", "ClusterWorkflowTemplate"): _argo("spec"),
    ("argoproj.io", "CronWorkflow"): _argo("spec.workflowSpec"),
    ("serving.knative.dev", "Service"): _KNATIVE,
    ("serving.knative.dev", "Configuration"): _KNATIVE,
    ("serving.knative.dev", "Revision"): (PodPath("spec", is_completed=True),),
    ("serving.kserve.io", "InferenceService"): tuple(
        PodPath(path, _KSERVE, is_overlay=True)
        for path in (
            "spec.predictor",
            "spec.predictor.workerSpec",
            "spec.transformer",
            "spec.explainer",
            "spec.canary[].predictor",
        )
    ),
    ("serving.kserve.io", "ServingRuntime"): (
        PodPath("spec", is_completed=True),
        PodPath("spec.workerSpec", is_completed=True),
    ),
    ("serving.kserve.io", "ClusterServingRuntime"): (
        PodPath("spec", is_completed=True),
        PodPath("spec.workerSpec", is_completed=True),
    ),
    ("serving.kserve.io", "LLMInferenceService"): tuple(
        PodPath(path, is_overlay=True)
        for path in ("spec.template", "spec.worker", "spec.prefill.template", "spec.prefill.worker")
    ),
    ("apps.kruise.io", "CloneSet"): _TEMPLATE,
    ("apps.kruise.io", "StatefulSet"): _TEMPLATE,
    ("apps.kruise.io", "DaemonSet"): _TEMPLATE,
    ("apps.kruise.io", "BroadcastJob"): (PodPath("spec.template.spec", is_job=True),),
    ("apps.kruise.io", "AdvancedCronJob"): (
        PodPath("spec.template.jobTemplate.spec.template.spec", is_job=True),
        PodPath("spec.template.broadcastJobTemplate.spec.template.spec", is_job=True),
    ),
    ("apps.kruise.io", "UnitedDeployment"): tuple(
        PodPath(f"spec.template.{kind}.spec.template.spec")
        for kind in ("statefulSetTemplate", "advancedStatefulSetTemplate", "cloneSetTemplate", "deploymentTemplate")
    ),
    # Its containers are injected into other pods.
    ("apps.kruise.io", "SidecarSet"): (PodPath("spec", is_completed=True),),
    ("apps.openshift.io", "DeploymentConfig"): _TEMPLATE,
    ("keda.sh", "ScaledJob"): (PodPath("spec.jobTargetRef.template.spec", is_job=True),),
    ("batch.volcano.sh", "Job"): (PodPath("spec.tasks[].template.spec", is_job=True),),
    ("batch.volcano.sh", "CronJob"): (PodPath("spec.jobTemplate.spec.tasks[].template.spec", is_job=True),),
    ("flow.volcano.sh", "JobTemplate"): (PodPath("spec.tasks[].template.spec", is_job=True),),
    ("leaderworkerset.x-k8s.io", "LeaderWorkerSet"): (
        PodPath("spec.leaderWorkerTemplate.leaderTemplate.spec"),
        PodPath("spec.leaderWorkerTemplate.workerTemplate.spec"),
    ),
    ("jobset.x-k8s.io", "JobSet"): (PodPath("spec.replicatedJobs[].template.spec.template.spec", is_job=True),),
    ("tekton.dev", "Task"): _tekton("spec"),
    ("tekton.dev", "ClusterTask"): _tekton("spec"),
    ("tekton.dev", "TaskRun"): _tekton("spec.taskSpec"),
    ("tekton.dev", "Pipeline"): _tekton("spec.tasks[].taskSpec", "spec.finally[].taskSpec"),
    ("tekton.dev", "PipelineRun"): _tekton(
        "spec.pipelineSpec.tasks[].taskSpec", "spec.pipelineSpec.finally[].taskSpec"
    ),
}
"""The kinds of custom resources that contain a pod specification."""

_CORE_VERSION: Final = re.compile(r"(core/)?v\d+((alpha|beta)\d+)?\Z")
_STEPS: Final = re.compile(r"[A-Za-z0-9_-]+(\[\])?(\.[A-Za-z0-9_-]+(\[\])?)*\Z")


def pod_paths(api_version: str, kind: str, more: Kinds | None = None) -> tuple[PodPath, ...] | None:
    """The paths of pod specifications in objects of a kind; None for an unknown kind.

    A kind of Kubernetes under another group of Kubernetes, such as `v1` and `Deployment`, counts as that kind:
    wrong-api-version reports it.

    Args:
        api_version: such as `apps/v1`; only the group matters. Empty if unknown.
        kind: such as `Deployment`.
        more: kinds added by users; they override the built-in ones.
    """
    key = (_group(api_version), kind)
    if more is not None and key in more:
        return more[key]
    found = KUBERNETES_KINDS.get(key) or CUSTOM_KINDS.get(key)
    return _ANY_GROUP.get(kind) if found is None and is_group_of_kubernetes(key[0]) else found


def meant_group(api_version: str, kind: str) -> str:
    """The API group of a kind, also if it is written under another group of Kubernetes."""
    group = _group(api_version)
    if (group, kind) in KUBERNETES_KINDS or not is_group_of_kubernetes(group):
        return group
    return next((found for found, known in KUBERNETES_KINDS if known == kind), group)


def is_group_of_kubernetes(group: str) -> bool:
    """Whether an API group belongs to Kubernetes itself, so that it cannot have custom resources."""
    return "." not in group or group.endswith(".k8s.io")


def read_kinds(content: Any, file: str = "kinds") -> Kinds:
    """Kinds added by users in a configuration file.

    read_kinds({"example.com/Widget": ["spec.template.spec"], "example.com/Batch": ["spec.tasks[].podSpec"]})

    Args:
        content: `group/kind` -> a list of paths of pod specifications; the group of the core API is `core`.
        file: the name of the file in messages.

    Raises:
        UnreadableInput: the content is malformed.
    """
    if not isinstance(content, Mapping):
        raise UnreadableInput(file, "kinds must be an object that maps group/kind to lists of paths")
    kinds: dict[tuple[str, str], tuple[PodPath, ...]] = {}
    for name, paths in content.items():
        group, _, kind = name.rpartition("/") if isinstance(name, str) else ("", "", "")
        if not group or not kind:
            raise UnreadableInput(file, f"{name!r} is not a kind such as example.com/Widget")
        listed = [paths] if isinstance(paths, str) else paths
        if not isinstance(listed, Sequence) or not listed:
            raise UnreadableInput(file, f"{name}: must be a list of paths such as spec.template.spec")
        for path in listed:
            if not isinstance(path, str) or _STEPS.match(path) is None:
                raise UnreadableInput(file, f"{name}: {path!r} is not a path such as spec.tasks[].template.spec")
        kinds[_group(f"{group}/"), kind] = tuple(PodPath(path) for path in listed)
    return kinds


def _group(api_version: str) -> str:
    # Pulumi's type tokens have core/v1 where manifests have v1.
    if not api_version or _CORE_VERSION.match(api_version) or api_version == "core/":
        return ""
    # Text without a slash that is not a version of the core API is taken for a group.
    return api_version.rpartition("/")[0] or api_version
