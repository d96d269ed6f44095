"""Names, labels and annotations that the objects of one component share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from pulumi_probes.components.labels import INSTANCE_LABEL, NAME_LABEL

LOCAL_VOLUMES: Final = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"
"""The annotation with the volumes that must not keep the cluster autoscaler from removing a node."""


def selector(name: str) -> dict[str, str]:
    """The labels that only the pods of this component have, because its name is unique in the namespace."""
    return {NAME_LABEL: name, INSTANCE_LABEL: name}


def merged(*mappings: Any) -> Any:
    """Mappings merged into one, later ones overriding earlier ones; an Output if one of them is."""
    if any(isinstance(mapping, pulumi.Output) for mapping in mappings):
        return pulumi.Output.all(*mappings).apply(_laid_over)
    return _laid_over(mappings)


def metadata(name: str, arguments: Mapping[str, Any], *, labels: Any = None, annotations: Any = None) -> dict[str, Any]:
    """The metadata of an object; the component's own labels override the user's."""
    content: dict[str, Any] = {"name": name}
    if "namespace" in arguments:
        content["namespace"] = arguments["namespace"]
    content["labels"] = merged(arguments.get("labels", {}), {} if labels is None else labels, selector(name))
    if isinstance(annotations, pulumi.Output) or annotations:
        content["annotations"] = annotations
    return content


def _laid_over(mappings: Any) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for mapping in mappings:
        result |= mapping
    return result
