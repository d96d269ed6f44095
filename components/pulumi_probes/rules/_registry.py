"""The `rule` decorator, and the discovery of rules: one per file, sorted by code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from msgspec import Struct

from pulumi_probes._discovery import declared
from pulumi_probes._docstrings import docstring
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.stack import Service
from pulumi_probes.model.waiver import WaiverUse
from pulumi_probes.model.workload import Container, ContainerProbe, Handled, Workload
from pulumi_probes.rules._docstring import Documentation, read_docstring

_CODE = re.compile(r"PRB[1-5]\d\d\Z")

Check = Callable[..., Iterator[Violation]]
_CheckT = TypeVar("_CheckT", bound=Check)


class Scope(Enum):
    """The kind of object that a rule is called with; taken from the type of its first parameter."""

    # Members are singletons, so hashing by identity is enough, and much faster than Enum's hash of the name.
    __hash__ = object.__hash__

    PROBE = "probe"
    HANDLER = "handler"
    CONTAINER = "container"
    WORKLOAD = "workload"
    SERVICE = "service"
    WAIVER = "waiver"


_SCOPES: Mapping[str, Scope] = {
    ContainerProbe.__name__: Scope.PROBE,
    Handled.__name__: Scope.HANDLER,
    Container.__name__: Scope.CONTAINER,
    Workload.__name__: Scope.WORKLOAD,
    Service.__name__: Scope.SERVICE,
    WaiverUse.__name__: Scope.WAIVER,
}
"""By name, because evaluating the annotations of every rule would take longer than auditing a file."""


class Rule(Struct, frozen=True):
    """A rule.

    Attributes:
        code: such as PRB204; never reused.
        name: such as liveness-outruns-readiness; names the pattern, not the remedy.
        severity: the severity of its findings.
        since: the first version of this project that has the rule.
        check: the function.
        scope: the kind of object that it is called with.
        needs_stack: whether it also receives the other objects that are deployed together.
        needs_workload: whether it also receives the workload with all containers of the pod.
        parameters: its parameters, with their defaults.
        is_rejected: whether the API server rejects the objects that it reports.
    """

    code: str
    name: str
    severity: Severity
    since: str
    check: Check
    scope: Scope
    needs_stack: bool
    needs_workload: bool
    parameters: Mapping[str, Any]
    is_rejected: bool

    def __reduce__(self) -> tuple[Callable[[str], Rule | None], tuple[str]]:
        """Pickled as its code, because its function and its parameters cannot be sent to another process."""
        return find_rule, (self.code,)

    @property
    def documentation(self) -> Documentation:
        """The parts of its docstring."""
        return read_docstring(self.check)

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return docstring(self.check).partition("\n")[0]


def rule(code: str, *, severity: Severity, since: str, is_rejected: bool = False) -> Callable[[_CheckT], _CheckT]:
    """Turn a function into a rule, named after the function and configured by its keyword-only parameters.

    The type of the first parameter determines what the function is called with: each `ContainerProbe`, each `Handled`
    (a probe or a lifecycle hook), each `Container` that may have probes, each `Workload`, `Service` or `WaiverUse`. A
    further parameter `workload: Workload` receives the workload of a probe, hook or container, and `stack: Stack`
    receives all objects that are deployed together.

    Args:
        code: such as PRB204; never the code of a former rule.
        severity: the severity of its findings.
        since: the first version of this project that has the rule.
        is_rejected: whether the API server rejects the objects that it reports.
    """

    def register(check: _CheckT) -> _CheckT:
        code_object = check.__code__
        further = code_object.co_varnames[1 : code_object.co_argcount]
        check.__rule__ = Rule(  # type: ignore[attr-defined] # functions have arbitrary attributes
            code=code,
            name=check.__name__.replace("_", "-"),
            severity=severity,
            since=since,
            check=check,
            scope=_scope(check),
            is_rejected=is_rejected,
            needs_stack="stack" in further,
            needs_workload="workload" in further,
            parameters=MappingProxyType(dict(check.__kwdefaults__ or {})),
        )
        return check

    return register


@cache
def load_rules() -> tuple[Rule, ...]:
    """Every rule, sorted by code.

    Raises:
        ValueError: two rules share a code or a name, or a code is malformed.
    """
    found: dict[str, Rule] = {}
    names: set[str] = set()
    item: Rule
    for item in declared("pulumi_probes.rules", "__rule__"):
        if _CODE.match(item.code) is None:
            raise ValueError(f"{item.code!r} is not a rule code: PRB and a number from 100 to 599")
        if item.code in found or item.name in names:
            raise ValueError(f"{item.code} {item.name} is declared twice")
        found[item.code] = item
        names.add(item.name)
    return tuple(found[code] for code in sorted(found))


def find_rule(code_or_name: str) -> Rule | None:
    """The rule with this code or name, regardless of case; None if there is none."""
    wanted = code_or_name.casefold()
    return next((item for item in load_rules() if wanted in (item.code.casefold(), item.name)), None)


def _scope(check: Check) -> Scope:
    names = check.__code__.co_varnames[: check.__code__.co_argcount]
    annotation = check.__annotations__.get(names[0]) if names else None
    name = annotation.rpartition(".")[2] if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    if name not in _SCOPES:
        raise TypeError(
            f"{check.__name__}: its first parameter must be a ContainerProbe, Handled, Container, Workload, Service or "
            "WaiverUse"
        )
    return _SCOPES[name]
