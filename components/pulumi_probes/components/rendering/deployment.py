"""Renders arguments and a health contract to a Deployment: a plain Kubernetes dictionary, leaves may be Outputs."""

from __future__ import annotations

from typing import Any

from pulumi_probes.components.component_spec import ComponentSpec
from pulumi_probes.components.rendering.metadata import LOCAL_VOLUMES, merged, metadata, selector
from pulumi_probes.components.rendering.pod import render_pod_spec, without_empty
from pulumi_probes.model.annotations import IGNORE, STARTS_WITHIN, TIMEOUT_SECONDS


def render_deployment(spec: ComponentSpec) -> dict[str, Any]:
    """The Deployment."""
    arguments, rollout = spec.arguments, spec.contract.rollout
    pod_spec, own_volumes = render_pod_spec(spec)
    # Local volumes keep the cluster autoscaler from removing a node; those that the component adds itself must not.
    evictable = {LOCAL_VOLUMES: ",".join(own_volumes)} if own_volumes else {}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(spec.name, arguments, annotations=_annotations(spec)),
        "spec": {
            "replicas": spec.replicas,
            "selector": {"matchLabels": selector(spec.name)},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {
                    "maxSurge": arguments.get("max_surge", rollout.max_surge),
                    "maxUnavailable": arguments.get("max_unavailable", rollout.max_unavailable),
                },
            },
            "minReadySeconds": rollout.min_ready_seconds,
            "progressDeadlineSeconds": rollout.progress_deadline_seconds,
            "template": {
                "metadata": without_empty(
                    {
                        "labels": merged(
                            arguments.get("labels", {}), arguments.get("pod_labels", {}), selector(spec.name)
                        ),
                        "annotations": merged(evictable, arguments.get("pod_annotations", {})),
                    }
                ),
                "spec": pod_spec,
            },
        },
    }


def _annotations(spec: ComponentSpec) -> Any:
    own = {TIMEOUT_SECONDS: str(spec.contract.rollout.await_timeout_seconds)}
    if spec.starts_within is not None:
        own[STARTS_WITHIN] = str(spec.starts_within)
    waivers = spec.arguments.get("waivers", {})
    if waivers:
        own[IGNORE] = "\n".join(f"{code}={reason}" for code, reason in sorted(waivers.items()))
    return merged(own, spec.arguments.get("annotations", {}))
