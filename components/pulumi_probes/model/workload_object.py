"""The read-only view of a workload without its containers: the object, and the properties of its pods.

Properties read the Kubernetes dictionary when they are accessed, and apply the defaults of the API server. They raise
`UnknownValue` for a value that is not known before deployment, and `MalformedValue` for one of the wrong type.
"""

from __future__ import annotations

from typing import Final

from pulumi_probes.model.cached import cached_property
from pulumi_probes.model.defaults import DEFAULT_TERMINATION_GRACE_PERIOD_SECONDS
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import ResourceReference, group_of
from pulumi_probes.model.located import Located
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.node import Node

_WITH_PROGRESS_DEADLINE: Final = frozenset({("apps", "Deployment"), ("argoproj.io", "Rollout")})


class WorkloadObject(Located):
    """An object with a pod specification, without its containers.

    Attributes:
        manifest: the whole object.
        reference: the reference of the object.
        pod_spec_path: the path of the pod specification in the object.
        group: the API group, empty for the core API; that of the kind, if the object is written under a wrong one.
        is_guessed: whether its kind is unknown, and it only looks like it contains a pod specification.
        is_job: whether its pods run to completion.
        is_completed: whether its controller fills in missing fields, as Knative does with ports and probes.
        is_overlay: whether its controller merges it with containers that are defined elsewhere, as KServe does.
    """

    def __init__(
        self,
        manifest: Manifest,
        reference: ResourceReference,
        pod_spec_path: FieldPath,
        *,
        group: str | None = None,
        is_guessed: bool = False,
        is_job: bool = False,
        is_completed: bool = False,
        is_overlay: bool = False,
    ) -> None:
        self.manifest = manifest
        self.reference = reference
        self.group = group_of(reference.api_version) if group is None else group
        self.is_guessed = is_guessed
        self.is_job = is_job
        self.is_completed = is_completed
        self.is_overlay = is_overlay
        self.top = Node(manifest.content)
        self.pod_spec_path = pod_spec_path
        super().__init__(self.top.reach(pod_spec_path))

    @property
    def kind(self) -> str:
        """The kind, without the suffix `Patch`."""
        return self.reference.kind

    @property
    def has_progress_deadline(self) -> bool:
        """Whether its controller reports a rollout as failed after `progressDeadlineSeconds` without progress."""
        return (self.group, self.kind) in _WITH_PROGRESS_DEADLINE

    @cached_property
    def namespace(self) -> str | None:
        """The namespace; None if it is left to the provider."""
        return self.top["metadata"].optional_text("namespace")

    @property
    def is_partial(self) -> bool:
        """Whether an absent field means nothing, because this is merged with something else: a patch or an overlay."""
        return self.manifest.is_patch or self.is_overlay

    @property
    def is_complete(self) -> bool:
        """Whether an absent field is absent in the cluster too: not a patch or overlay, and not completed."""
        return not self.is_partial and not self.is_completed

    @property
    def serves(self) -> bool:
        """Whether its pods run indefinitely, so that they may receive requests."""
        return not self.is_job and self.restart_policy == "Always"

    @property
    def pod_spec(self) -> Node:
        """The pod specification."""
        return self.node

    @cached_property
    def spec(self) -> Node:
        """The `spec` of the object, with replicas, strategy and deadlines."""
        return self.top["spec"]

    @cached_property
    def template_path(self) -> FieldPath:
        """The path of the pod template, which has `metadata` and `spec`; some custom resources merge both."""
        segments = self.pod_spec_path.segments
        return FieldPath(segments[:-1]) if segments[-1:] == ("spec",) else self.pod_spec_path

    @cached_property
    def pod_metadata(self) -> Node:
        """The metadata of the pods."""
        return self.top.reach(self.template_path / "metadata")

    @cached_property
    def labels(self) -> Node:
        """The labels of the pods."""
        return self.pod_metadata.reach(FieldPath(("labels",)))

    def annotation(self, name: str) -> str | None:
        """An annotation of the object."""
        return self.top["metadata"]["annotations"].optional_text(name)

    @cached_property
    def termination_grace_period_seconds(self) -> int:
        """The grace period of the pods in seconds; 30 if unset."""
        seconds = self.pod_spec.integer(
            "terminationGracePeriodSeconds", DEFAULT_TERMINATION_GRACE_PERIOD_SECONDS, bits=64
        )
        # The API server replaces a negative grace period of a pod, but not that of a template.
        return 1 if seconds < 0 and self.kind == "Pod" else seconds

    @cached_property
    def restart_policy(self) -> str:
        """`Always`, `OnFailure` or `Never`."""
        return self.pod_spec.word("restartPolicy", "Always")
