"""The base class of everything that rules can report a violation for."""

from __future__ import annotations

from pulumi_probes.model.edit import Edit
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.node import Node


class Located:
    """Something with a path in an object, for which a rule can report a violation."""

    def __init__(self, node: Node, container_name: str | None = None) -> None:
        self.node = node
        self._container_name = container_name

    @property
    def path(self) -> FieldPath:
        """The path in the object."""
        return self.node.path

    def violation(
        self,
        *,
        what: str,
        consequence: str,
        fix: str,
        field: str = "",
        edits: tuple[Edit, ...] = (),
        severity: Severity | None = None,
    ) -> Violation:
        """A violation here, or at a field below.

        Args:
            what: what is wrong.
            consequence: what happens because of it.
            fix: what to write instead.
            field: the field, such as "httpGet.port"; empty for this object.
            edits: the changes that fix it.
            severity: a lower severity than the rule's; None for the rule's.
        """
        path = self.path
        for key in field.split(".") if field else ():
            path = path / key
        return self.violation_at(path, what=what, consequence=consequence, fix=fix, edits=edits, severity=severity)

    def violation_at(
        self,
        path: FieldPath,
        *,
        what: str,
        consequence: str,
        fix: str,
        edits: tuple[Edit, ...] = (),
        severity: Severity | None = None,
    ) -> Violation:
        """A violation at another path of the object; arguments as for `violation`."""
        return Violation(
            path=path,
            what=what,
            consequence=consequence,
            fix=fix,
            container=self._container_name,
            severity=severity,
            edits=edits,
        )
