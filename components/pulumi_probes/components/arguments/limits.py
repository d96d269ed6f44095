"""The limits of arguments beyond their types.

They follow the validation of the Kubernetes API. Probes, container ports, shutdown and rollout have no limits here,
because rules check them for all workloads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol

from msgspec import Struct

from pulumi_probes.components.arguments.component import ComponentArgs, GuaranteedArgs, HttpEndpointsArgs, ServiceArgs
from pulumi_probes.components.arguments.container import (
    ContainerArgs,
    EnvFromArgs,
    EnvSourceArgs,
    InitContainerArgs,
    PortArgs,
    ResourcesArgs,
    SidecarArgs,
)
from pulumi_probes.components.arguments.probe import HttpGetArgs, TcpSocketArgs
from pulumi_probes.model.suggestions import suggestion

_REJECTED: Final = "The API server rejects other values."


class Complaint(NamedTuple):
    """A violation of a limit."""

    what: str
    """The limit, as a sentence about the argument."""
    consequence: str
    """The consequence if the value were accepted."""
    fix: str
    """The fix: what to write instead."""


class Limit(Protocol):
    """A condition that a value must meet."""

    def complaint(self, value: Any) -> Complaint | None:
        """The violation by a value; None if the value is valid."""
        ...


class OneOf(Struct, frozen=True, dict=True):
    """The value is one of several words."""

    words: tuple[str, ...]
    consequence: str = _REJECTED

    def complaint(self, value: Any) -> Complaint | None:
        """The violation if the value is not one of the words."""
        if value in self.words:
            return None
        otherwise = "Use one of these; the case of letters matters."
        guess = suggestion(str(value), self.words, otherwise=otherwise, quote="")
        *others, last = self.words
        return Complaint(f"must be {', '.join(others)} or {last}.", self.consequence, guess)


class Between(Struct, frozen=True, dict=True):
    """The value is a number in a range, bounds included."""

    least: int
    most: int | None = None
    consequence: str = _REJECTED

    def complaint(self, value: Any) -> Complaint | None:
        """The violation if the number is outside the range."""
        if value >= self.least and (self.most is None or value <= self.most):
            return None
        allowed = f"at least {self.least}" if self.most is None else f"from {self.least} to {self.most}"
        nearest = self.least if self.most is None or value < self.least else self.most
        return Complaint(f"must be {allowed}, not {value}.", self.consequence, f"The nearest valid value is {nearest}.")


class Written(Struct, frozen=True, dict=True):
    """The value is text of a certain form."""

    form: re.Pattern[str]
    description: str
    example: str
    consequence: str = _REJECTED

    def complaint(self, value: Any) -> Complaint | None:
        """The violation if the text has another form."""
        if self.form.fullmatch(value):
            return None
        return Complaint(f"must be {self.description}.", self.consequence, f"Examples: {self.example}.")


class EachEntry(Struct, frozen=True, dict=True):
    """All keys of a mapping, and all values, meet a limit; every value is checked by itself, with a path of its own."""

    value: Limit | None = None
    key: Limit | None = None

    def complaint(self, value: Any) -> Complaint | None:
        """The violation by keys that do not meet it."""
        found = [(name, self.key.complaint(name)) for name in value] if self.key is not None else []
        wrong = [(name, complaint) for name, complaint in found if complaint is not None]
        if not wrong:
            return None
        names = " and ".join(repr(name) for name, _ in wrong)
        return wrong[0][1]._replace(what=f"the name {names} {wrong[0][1].what}")


class OnlyOneOf(Struct, frozen=True, dict=True):
    """At most one, or exactly one, of some fields of an object is set."""

    fields: tuple[str, ...]
    is_required: bool = True
    consequence: str = _REJECTED

    def complaint(self, value: Any) -> Complaint | None:
        """The violation if several of the fields are set, or none of them."""
        present = [name for name in self.fields if name in value]
        if len(present) == 1 or not (present or self.is_required):
            return None
        number = "exactly one" if self.is_required else "at most one"
        found = " and ".join(present) or "none"
        fix = "Keep one of them." if present else "Add one of them."
        return Complaint(f"must have {number} of {', '.join(self.fields)}, has {found}.", self.consequence, fix)


QUANTITY: Final = Written(
    re.compile(r"\d+(\.\d*)?(m|k|[MGTPE]|[KMGTPE]i|[eE][+-]?\d+)?"), "a Kubernetes quantity", "250m, 2, 128Mi"
)

_VARIABLE_NAME = Written(re.compile(r"[ -<>-~]+"), "printable ASCII characters other than =", "DATABASE_URL, log.level")

SERVICE_NAME: Final = Written(
    re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"),
    "up to 63 lowercase letters, digits and dashes, begin with a letter and not end with a dash",
    "cart, cart-v2",
    "The API server rejects other names of Services, because they become host names.",
)

_CONTAINER_NAME = Written(
    re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"),
    "up to 63 lowercase letters, digits and inner dashes",
    "proxy, log-agent",
)
_IMAGE = Written(
    re.compile(r"\S(.*\S)?", re.DOTALL),
    "the name of an image, without spaces around it",
    "ghcr.io/acme/cart:1.4.2",
    "The image could not be pulled.",
)
_PORT = Between(1, 65535)
_POLICY = OneOf(("Cluster", "Local"))
_SCHEME = OneOf(("HTTP", "HTTPS"))
_ONE_PORT = OnlyOneOf(
    ("port", "port_name"), is_required=False, consequence="A probe has a single port, given by its number or its name."
)

WHOLE: Final = ""
"""The key in `LIMITS` for the object itself rather than one of its fields."""

LIMITS: Final[Mapping[type, Mapping[str, Limit]]] = {
    HttpGetArgs: {WHOLE: _ONE_PORT, "scheme": _SCHEME},
    TcpSocketArgs: {WHOLE: _ONE_PORT},
    EnvSourceArgs: {WHOLE: OnlyOneOf(("secret_key_ref", "config_map_key_ref", "field_ref", "resource_field_ref"))},
    EnvFromArgs: {WHOLE: OnlyOneOf(("config_map_ref", "secret_ref"))},
    ContainerArgs: {
        "image": _IMAGE,
        "env": EachEntry(key=_VARIABLE_NAME),
        "image_pull_policy": OneOf(("Always", "IfNotPresent", "Never")),
    },
    InitContainerArgs: {"name": _CONTAINER_NAME},
    SidecarArgs: {"name": _CONTAINER_NAME},
    ResourcesArgs: {"requests": EachEntry(QUANTITY), "limits": EachEntry(QUANTITY)},
    PortArgs: {
        "service_port": _PORT,
        "node_port": _PORT,
    },
    ServiceArgs: {
        "type": OneOf(
            ("ClusterIP", "NodePort", "LoadBalancer"), consequence="A Service of another type does not select pods."
        ),
        "port": _PORT,
        "node_port": _PORT,
        "external_traffic_policy": _POLICY,
        "internal_traffic_policy": _POLICY,
        "session_affinity": OneOf(("None", "ClientIP")),
        "ip_family_policy": OneOf(("SingleStack", "PreferDualStack", "RequireDualStack")),
    },
    ComponentArgs: {
        "port": _PORT,
        "name": SERVICE_NAME,
        "await_timeout_seconds": Between(1, consequence="Pulumi cannot wait for a shorter time."),
        "pod_security": OneOf(
            ("restricted", "privileged"), consequence="The component has no security contexts for other levels."
        ),
    },
    HttpEndpointsArgs: {"scheme": _SCHEME},
    GuaranteedArgs: {
        "cpus": Between(1, consequence="The kubelet assigns exclusive CPUs only as whole CPUs."),
        "memory": QUANTITY,
        "hugepages": EachEntry(QUANTITY, key=QUANTITY),
        "extended_resources": EachEntry(QUANTITY),
    },
}
"""The limits of the fields, by the type of the arguments; types that inherit a field inherit its limit."""
