"""PRB337."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.node import Node
from pulumi_probes.model.suggestions import suggestion
from pulumi_probes.model.workload import Container, Workload
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._unknown_fields import is_of_kubernetes

_MOUNTS: Final = ("volumeMounts", "volumeDevices")


@rule("PRB337", severity=Severity.ERROR, since="0.1", is_rejected=True)
def volume_missing(workload: Workload) -> Iterator[Violation]:
    """A container mounts a volume that the pod does not have.

    Why:
        The API server rejects the pod. It accepts a StatefulSet with such a template, whose pods are then never
        created, because a claim template could have the name.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          volumes: [{name: config, configMap: {name: cart}}]
          containers:
            - name: cart
              image: cart:1
              volumeMounts: [{name: confg, mountPath: /etc/cart}]
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          volumes: [{name: config, configMap: {name: cart}}]
          containers:
            - name: cart
              image: cart:1
              volumeMounts: [{name: config, mountPath: /etc/cart}]
    Fix:
        Use the name of a volume of the pod, or add the volume.

    References:
        https://kubernetes.io/docs/concepts/storage/volumes/
    """
    if not workload.is_complete or not is_of_kubernetes(workload):
        return
    mounting = [container for container in workload.all_containers if any(map(container.node.has, _MOUNTS))]
    if not mounting:
        return
    names = set(_names(workload.pod_spec, "volumes"))
    if workload.kind == "StatefulSet":
        names.update(entry["metadata"].text("name") for entry in workload.spec.items("volumeClaimTemplates"))
    later = Deferral()
    for container in mounting:
        with later:
            yield from _missing(container, names)
    later.settle()


def _missing(container: Container, names: set[str]) -> Iterator[Violation]:
    for field in _MOUNTS:
        for index, name in enumerate(_names(container.node, field)):
            if name not in names:
                yield container.violation_at(
                    container.path / field / index / "name",
                    what=f"The pod has no volume named {name!r}.",
                    consequence="The API server rejects the pod.",
                    fix=suggestion(name, names, otherwise="Add the volume, or remove the mount.", quote="`"),
                )


def _names(node: Node, field: str) -> list[str]:
    """The names of the entries of a list; malformed ones are reported elsewhere."""
    return [entry.text("name") for entry in node.items(field)]
