"""Where the containers of a pod specification stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pulumi_probes.model.container import ContainerRole
from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.node import Node


@dataclass(frozen=True, slots=True)
class PodShape:
    """The names of the fields that hold containers; custom resources have names of their own.

    A dot leads one level down. `single_containers` are fields that hold one container each, such as Argo's `container`;
    the others hold lists.
    """

    containers: tuple[str, ...] = ("containers",)
    single_containers: tuple[str, ...] = ()
    init_containers: tuple[str, ...] = ("initContainers",)
    ephemeral_containers: tuple[str, ...] = ("ephemeralContainers",)

    def entries(self, pod_spec: Node, role: ContainerRole) -> Iterator[Node | ValueNotAvailable]:
        """The containers of a role, and what stands in the way of the others.

        Args:
            pod_spec: the pod specification.
            role: regular, init or ephemeral; sidecars are among the init containers.
        """
        if role is ContainerRole.REGULAR:
            keys, singles = self.containers, self.single_containers
        else:
            keys = self.init_containers if role is ContainerRole.INIT else self.ephemeral_containers
            singles = ()
        for key in (*singles, *keys):
            try:
                found = _entries(pod_spec, key, is_single=key in singles)
            except ValueNotAvailable as problem:
                yield problem
                continue
            for entry in found:
                try:
                    # An entry that is no object has no fields.
                    entry.keys()
                except ValueNotAvailable as problem:
                    yield problem
                else:
                    yield entry


KUBERNETES_SHAPE = PodShape()


def _entries(pod_spec: Node, key: str, *, is_single: bool) -> tuple[Node, ...]:
    node = pod_spec
    for step in key.split("."):
        node = node[step]
    if is_single:
        return (node,) if node.is_set else ()
    return tuple(node[index] for index in range(len(node.entries())))
