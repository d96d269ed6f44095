"""Something with a place in a Kubernetes object, about which a rule can say something."""

from __future__ import annotations

from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Violation
from pulumi_probes.model.node import Node


class Located:
    """Something with a place in an object, about which a rule can say something."""

    def __init__(self, node: Node, container_name: str | None = None) -> None:
        self.node = node
        self._container_name = container_name

    @property
    def path(self) -> FieldPath:
        """Where it stands, from the top of the object."""
        return self.node.path

    def violation(self, *, what: str, consequence: str, fix: str, field: str = "") -> Violation:
        """A violation here, or at a field below: ``field="httpGet.port"``."""
        path = self.path
        for key in field.split(".") if field else ():
            path = path / key
        return self.violation_at(path, what=what, consequence=consequence, fix=fix)

    def violation_at(self, path: FieldPath, *, what: str, consequence: str, fix: str) -> Violation:
        """A violation at a path that was read below this place."""
        return Violation(path=path, what=what, consequence=consequence, fix=fix, container=self._container_name)
