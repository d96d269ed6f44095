"""What the value of an argument may be beyond its type: the one table of it.

What rules judge for every workload alike is not here: probes, container ports, shutdown and rollout. Source: the
validation of the Kubernetes API.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, NamedTuple, Protocol

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

_REFUSED: Final = "The API server refuses anything else."


class Complaint(NamedTuple):
    """What is wrong with a value."""

    what: str
    """What it must be."""
    consequence: str
    """What would follow."""
    fix: str
    """What to write instead."""


class Limit(Protocol):
    """Something that a value must be."""

    def complaint(self, value: Any) -> Complaint | None:
        """What is wrong with a value; None when it is fine."""
        ...


@dataclass(frozen=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]
    consequence: str = _REFUSED

    def complaint(self, value: Any) -> Complaint | None:
        """Anything but one of the words."""
        if value in self.words:
            return None
        folded = {word.casefold(): word for word in self.words}
        close = get_close_matches(str(value).casefold(), folded, 1)
        guess = f"Did you mean {folded[close[0]]}?" if close else "Write it as it stands here, capitals included."
        return Complaint(f"must be {' or '.join(self.words)}.", self.consequence, guess)


@dataclass(frozen=True)
class Between:
    """A number in a range, both ends included."""

    least: int
    most: int | None = None
    consequence: str = _REFUSED

    def complaint(self, value: Any) -> Complaint | None:
        """A number outside."""
        if value >= self.least and (self.most is None or value <= self.most):
            return None
        allowed = f"at least {self.least}" if self.most is None else f"from {self.least} to {self.most}"
        nearest = self.least if self.most is None or value < self.least else self.most
        return Complaint(f"must be {allowed}, not {value}.", self.consequence, f"The nearest is {nearest}.")


@dataclass(frozen=True)
class Written:
    """Text of a certain form."""

    form: re.Pattern[str]
    description: str
    example: str
    consequence: str = _REFUSED

    def complaint(self, value: Any) -> Complaint | None:
        """Text of another form."""
        if self.form.fullmatch(value):
            return None
        return Complaint(f"must be {self.description}.", self.consequence, f"Write it as {self.example}.")


@dataclass(frozen=True)
class EachEntry:
    """A mapping whose every value, and perhaps every key, must be something."""

    value: Limit
    key: Limit | None = None

    def complaint(self, value: Any) -> Complaint | None:
        """The first key or value that is not."""
        for name, entry in value.items():
            found = self.key.complaint(name) if self.key is not None else None
            if (found := found or self.value.complaint(entry)) is not None:
                return found._replace(what=f"{name} {found.what}")
        return None


@dataclass(frozen=True)
class OnlyOneOf:
    """An object of whose fields at most one, or exactly one, may be set."""

    fields: tuple[str, ...]
    is_required: bool = True
    consequence: str = _REFUSED

    def complaint(self, value: Any) -> Complaint | None:
        """None or several of the fields."""
        present = [name for name in self.fields if name in value]
        if len(present) == 1 or not (present or self.is_required):
            return None
        found = " and ".join(present) or "none"
        fix = "Keep one of them." if present else "Add one of them."
        return Complaint(f"must have one of {', '.join(self.fields)}, has {found}.", self.consequence, fix)


QUANTITY: Final = Written(
    re.compile(r"\d+(\.\d*)?(m|k|[MGTPE]|[KMGTPE]i|[eE][+-]?\d+)?"), "a quantity of Kubernetes", "250m, 2 or 128Mi"
)

SERVICE_NAME: Final = Written(
    re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"),
    "a name of up to 63 small letters, digits and dashes that begins with a letter, since it becomes a host name",
    "cart or cart-v2",
    "The API server refuses a Service of another name.",
)

_CONTAINER_NAME = Written(
    re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"), "up to 63 small letters, digits and dashes", "proxy or log-agent"
)
_IMAGE = Written(
    re.compile(r"\S(.*\S)?", re.DOTALL),
    "the name of an image",
    "ghcr.io/acme/cart:1.4.2",
    "The container could not be pulled.",
)
_PORT = Between(1, 65535)
_POLICY = OneOf(("Cluster", "Local"))
_SCHEME = OneOf(("HTTP", "HTTPS"))
_ONE_PORT = OnlyOneOf(
    ("port", "port_name"), is_required=False, consequence="A probe asks one port, by its number or by its name."
)

WHOLE: Final = ""
"""Stands for the object itself in `LIMITS`."""

LIMITS: Final[Mapping[type, Mapping[str, Limit]]] = {
    HttpGetArgs: {WHOLE: _ONE_PORT, "scheme": _SCHEME},
    TcpSocketArgs: {WHOLE: _ONE_PORT},
    EnvSourceArgs: {WHOLE: OnlyOneOf(("secret_key_ref", "config_map_key_ref", "field_ref", "resource_field_ref"))},
    EnvFromArgs: {WHOLE: OnlyOneOf(("config_map_ref", "secret_ref"))},
    ContainerArgs: {"image": _IMAGE, "image_pull_policy": OneOf(("Always", "IfNotPresent", "Never"))},
    InitContainerArgs: {"name": _CONTAINER_NAME},
    SidecarArgs: {"name": _CONTAINER_NAME},
    ResourcesArgs: {"requests": EachEntry(QUANTITY), "limits": EachEntry(QUANTITY)},
    PortArgs: {
        "service_port": _PORT,
        "node_port": _PORT,
    },
    ServiceArgs: {
        "type": OneOf(
            ("ClusterIP", "NodePort", "LoadBalancer"), consequence="A Service of another type has no pods behind it."
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
        "await_timeout_seconds": Between(1, consequence="There is no shorter wait."),
        "pod_security": OneOf(
            ("restricted", "privileged"), consequence="The component has security contexts for these alone."
        ),
    },
    HttpEndpointsArgs: {"scheme": _SCHEME},
    GuaranteedArgs: {
        "cpus": Between(1, consequence="The kubelet gives a container whole CPUs of its own, or none."),
        "memory": QUANTITY,
        "hugepages": EachEntry(QUANTITY, key=QUANTITY),
        "extended_resources": EachEntry(QUANTITY),
    },
}
"""Arguments type -> field -> what its value must be; holds for types that inherit the field, too."""
