"""The fields of a pod specification that contain containers."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from pulumi_probes.model.container import ContainerRole
from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.node import Node


class PodShape(Struct, frozen=True):
    """The names of the fields that contain containers, which differ in custom resources.

    A dot separates the steps of a path. `single_containers` are fields with a single container, such as Argo's
    `container`; the others are lists.
    """

    containers: tuple[str, ...] = ("containers",)
    single_containers: tuple[str, ...] = ()
    init_containers: tuple[str, ...] = ("initContainers",)
    ephemeral_containers: tuple[str, ...] = ("ephemeralContainers",)

    def entries(self, pod_spec: Node, role: ContainerRole) -> Iterator[Node | ValueNotAvailable]:
        """The containers of a role, and errors in place of those that cannot be read.

        Args:
            pod_spec: the pod specification.
            role: regular, init or ephemeral; sidecars are init containers.
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
                    # Raises if the entry is not an object.
                    entry.keys()
                except ValueNotAvailable as problem:
                    yield problem
                else:
                    yield entry


KUBERNETES_SHAPE = PodShape()


def _entries(pod_spec: Node, key: str, *, is_single: bool) -> tuple[Node, ...]:
    content = pod_spec.value
    if type(content) is dict and "." not in key and content.get(key) is None:
        return ()
    node = pod_spec
    for step in key.split("."):
        node = node[step]
    if is_single:
        return (node,) if node.is_set else ()
    return tuple(node[index] for index in range(len(node.entries())))
