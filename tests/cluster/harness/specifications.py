"""Generates Pods and Deployments for differential tests, with valid and invalid values in every field.

Most values of a specification are valid. The rate of invalid ones is drawn first, so that some specifications have no
invalid value, many have one, and some have many. Fields that are not under test are always valid.

A draw of Hypothesis is the most expensive part of generating a field. So each part of a specification draws tapes of
bytes, and each byte determines one choice.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

Draw = st.DrawFn
Object = dict[str, Any]

ABSENT: Final = object()
"""An entry that means that the field is left out."""

_SECONDS: Final = (ABSENT, 0, 1, 3, 10, 30, 300, 2**31 - 1)
_WRONG_SECONDS: Final = (-1, -(2**31))
_HTTP_PORTS: Final = ("http", "metrics", "a", "x-1", "abcdefghijklmno", 1, 8080, 65535)
_WRONG_PORTS: Final = (
    *(ABSENT, 0, -1, 65536, 2**31 - 1, "", "8080", "0", "-http", "http-", "a--b", "Http", "h_p", "h p", "é1"),
    *("abcdefghijklmnop", "1-2", "-"),
)
_HEADERS: Final = ("X-Probe", "Host", "accept", "User-Agent", "x1", "-")
_WRONG_HEADERS: Final = ("", "X_Probe", "X Probe", "X.Probe", "X-Probe\n", "é", "a:b")
_PATHS: Final = (ABSENT, "/", "", "/livez", "livez", "/a?b=c", "/%zz", "http://other/", "/é", " ")
_HOSTS: Final = (ABSENT, "", "localhost", "10.0.0.1", "not a host", "::1")
_COMMANDS: Final = (("true",), ("",), ("sh", "-c", "test -e /ready"), ("cat", "/ready") * 8)
_PORT_NAMES: Final = (ABSENT, "http", "metrics", "a", "x-1", "grpc")

FEATURES: Final = frozenset({"container-restart-policy", "stop-signal", "grpc-tls", "http2"})
"""The features in the table of versions that only some specifications use; the others are part of all."""

BATCH: Final = 8
"""The number of specifications in a batch."""

_TAPE: Final = st.binary(min_size=16, max_size=16)
"""A part that needs more choices uses another tape."""


class _Choices:
    """Draws values from lists of valid and invalid ones, with one rate of invalid ones for a whole specification.

    A byte of 0 means the first value of a list, no optional field, and no invalid value, so Hypothesis shrinks bytes to
    get a smaller specification. Each part has its own tape, so shrinking one part does not change the others.
    """

    def __init__(self, draw: Draw, features: frozenset[str], wrong_percent: int | None = None) -> None:
        self.features = features
        self._draw = draw
        self._tape: Iterator[int] = iter(())
        self._wrong_percent: int = self.pick((0, 2, 5, 15, 40)) if wrong_percent is None else wrong_percent

    def part(self) -> _Choices:
        """Choices for a part, with the same rate."""
        return _Choices(self._draw, self.features, self._wrong_percent)

    def is_wrong(self) -> bool:
        return self.chance(self._wrong_percent)

    def pick(self, right: Sequence[Any], wrong: Sequence[Any] = ()) -> Any:
        pool = wrong if wrong and self.is_wrong() else right
        return pool[self._below(len(pool))]

    def chance(self, percent: int) -> bool:
        return percent > 0 and self._below(100) >= 100 - percent

    def set(self, target: Object, key: str, right: Sequence[Any], wrong: Sequence[Any] = ()) -> None:
        value = self.pick(right, wrong)
        if value is not ABSENT:
            target[key] = value

    def _below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1, which is less than 256."""
        byte = next(self._tape, None)
        if byte is None:
            self._tape = iter(self._draw(_TAPE))
            byte = next(self._tape)
        return byte * limit >> 8


def many(specifications: int) -> settings:
    """For a test of about this many specifications, in batches."""
    return settings(
        max_examples=math.ceil(specifications / BATCH),
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def batches(specifications: st.SearchStrategy[Object]) -> st.SearchStrategy[list[Object]]:
    """A batch of `BATCH` specifications."""
    return st.lists(specifications, min_size=BATCH, max_size=BATCH)


@st.composite
def pods(draw: Draw, features: frozenset[str] = FEATURES) -> Object:
    """A Pod; it only uses these of the features that not all versions support."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "tried", "namespace": "default"},
        "spec": _pod_spec(_Choices(draw, features), in_template=False),
    }


@st.composite
def deployments(draw: Draw, features: frozenset[str] = FEATURES) -> Object:
    """The same in a Deployment, with rollout settings."""
    choices = _Choices(draw, features)
    spec: Object = {
        "selector": {"matchLabels": {"app": "tried"}},
        "template": {"metadata": {"labels": {"app": "tried"}}, "spec": _pod_spec(choices, in_template=True)},
    }
    choices.set(spec, "replicas", (ABSENT, 0, 1, 3), (-1,))
    choices.set(spec, "minReadySeconds", (ABSENT, 0, 5, 30), (-1, 600, 700))
    choices.set(spec, "progressDeadlineSeconds", (ABSENT, 600, 900, 2**31 - 1), (-1, 0, 1, 5, 30))
    choices.set(spec, "revisionHistoryLimit", (ABSENT, 0, 3), (-1,))
    if choices.chance(60):
        spec["strategy"] = _strategy(choices.part())
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "tried", "namespace": "default"},
        "spec": spec,
    }


@st.composite
def stateful_sets(draw: Draw, features: frozenset[str] = FEATURES) -> Object:
    """The same in a StatefulSet, with an update strategy."""
    choices = _Choices(draw, features)
    spec: Object = {
        "serviceName": "tried",
        "selector": {"matchLabels": {"app": "tried"}},
        "template": {"metadata": {"labels": {"app": "tried"}}, "spec": _pod_spec(choices, in_template=True)},
    }
    if choices.chance(80):
        strategy: Object = {}
        choices.set(strategy, "type", (ABSENT, "RollingUpdate"), ("Recreate",))
        if strategy.get("type") != "Recreate":
            rolling: Object = {}
            wrong = (-1, 0, "0%", "-5%", "25", "a%", "150%", "101%", "")
            choices.set(rolling, "maxUnavailable", (ABSENT, 1, 2, 7, "25%", "1%", "100%"), wrong)
            strategy["rollingUpdate"] = rolling
        spec["updateStrategy"] = strategy
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "tried", "namespace": "default"},
        "spec": spec,
    }


def _strategy(choices: _Choices) -> Object:
    strategy: Object = {}
    choices.set(strategy, "type", (ABSENT, "RollingUpdate"), ("Recreate", "rolling", ""))
    if choices.chance(70):
        rolling: Object = {}
        amounts = (ABSENT, 1, 2, "25%", "1%", "100%")
        choices.set(rolling, "maxSurge", amounts, (-1, 0, "0%", "-5%", "25", "a%", "150%", ""))
        choices.set(rolling, "maxUnavailable", amounts, (-1, 0, "0%", "-5%", "25", "a%", "150%", "101%", ""))
        strategy["rollingUpdate"] = rolling
    return strategy


def _pod_spec(choices: _Choices, *, in_template: bool) -> Object:
    spec: Object = {"automountServiceAccountToken": False}
    choices.set(spec, "terminationGracePeriodSeconds", (ABSENT, 0, 1, 30, 300), (-1,))
    choices.set(spec, "restartPolicy", (ABSENT, "Always") if in_template else (ABSENT, "Always", "OnFailure", "Never"))
    grace = spec.get("terminationGracePeriodSeconds", 30)
    names = ("app", "side", "third")
    spec["containers"] = [_container(choices.part(), name, grace) for name in names[: choices.pick((1, 1, 1, 2, 3))]]
    if choices.chance(25):
        spec["initContainers"] = [
            _container(choices.part(), f"init{index}", grace, is_init=True) for index in range(choices.pick((1, 1, 2)))
        ]
    return spec


def _container(choices: _Choices, name: str, grace: int, *, is_init: bool = False) -> Object:
    container: Object = {"name": name, "image": "registry.example/tried:1"}
    is_sidecar = is_init and choices.chance(60)
    if is_sidecar:
        container["restartPolicy"] = "Always"
    elif "container-restart-policy" in choices.features and choices.chance(15):
        container["restartPolicy"] = choices.pick(("Never", "OnFailure", *(() if is_init else ("Always",))))
    if "container-restart-policy" in choices.features and choices.chance(8):
        container["restartPolicyRules"] = [_restart_rule(choices) for _ in range(choices.pick((1, 1, 0, 2), (21,)))]
        if choices.is_wrong():
            container.pop("restartPolicy", None)
    may_have_probes = not is_init or is_sidecar
    if choices.chance(70):
        container["ports"] = _ports(choices.part())
    for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
        if choices.chance(45) if may_have_probes else choices.is_wrong():
            container[kind] = _probe(choices.part(), kind)
    if choices.chance(30) if may_have_probes else choices.is_wrong():
        container["lifecycle"] = _lifecycle(choices.part(), grace)
    if "stop-signal" in choices.features and choices.chance(15):
        container.setdefault("lifecycle", {})["stopSignal"] = choices.pick(("SIGTERM", "SIGUSR1"), ("", "TERM"))
    return container


def _restart_rule(choices: _Choices) -> Object:
    codes: Object = {"operator": choices.pick(("In", "NotIn"), ("Equals", "")), "values": [42]}
    rule: Object = {"action": choices.pick(("Restart", "RestartAllContainers"), ("Reboot", ""))}
    return rule if choices.is_wrong() else {**rule, "exitCodes": codes}


def _ports(choices: _Choices) -> list[Object]:
    entries: list[Object] = []
    unused = [8080, 9090, 1, 65535, 443]
    for _ in range(choices.pick((0, 1, 1, 2, 3))):
        port: Object = {}
        right = tuple(number for number in unused if number not in {entry.get("containerPort") for entry in entries})
        choices.set(port, "containerPort", right, (ABSENT, 0, -1, 65536))
        taken = {entry.get("name") for entry in entries}
        names = tuple(name for name in _PORT_NAMES if name not in taken)
        choices.set(port, "name", names, ("8080", "Http", "a--b", "abcdefghijklmnop", "http", "-a", ""))
        choices.set(port, "protocol", (ABSENT, "TCP", "UDP", "SCTP"), ("tcp", "HTTP", ""))
        entries.append(port)
    return entries


def _probe(choices: _Choices, kind: str) -> Object:
    probe = _handlers(choices, ("exec", "httpGet", "tcpSocket", "grpc"))
    for field in ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold"):
        if choices.chance(40):
            choices.set(probe, field, _SECONDS, _WRONG_SECONDS)
    if choices.chance(30):
        right = (ABSENT, 0, 1, 2, 5) if kind == "readinessProbe" else (ABSENT, 0, 1)
        choices.set(probe, "successThreshold", right, (-1, 2, 2**31 - 1))
    if kind == "readinessProbe":
        if choices.is_wrong():
            choices.set(probe, "terminationGracePeriodSeconds", (-1, 0, 1, 30))
    elif choices.chance(30):
        choices.set(probe, "terminationGracePeriodSeconds", (ABSENT, 1, 30, 2**31 - 1, 2**40), (-1, 0))
    return probe


def _lifecycle(choices: _Choices, grace: int) -> Object:
    lifecycle: Object = {}
    for hook in ("preStop", "postStart"):
        if choices.chance(60):
            lifecycle[hook] = _handlers(choices, ("exec", "httpGet", "tcpSocket", "sleep"), grace=grace)
    return lifecycle


def _handlers(choices: _Choices, names: Sequence[str], *, grace: int = 30) -> Object:
    count = choices.pick((1,), (0, 2, 3, len(names)))
    chosen = [choices.pick(tuple(names)) for _ in range(count)]
    handlers: Object = {name: _handler(choices, name, grace) for name in chosen}
    if choices.is_wrong():
        handlers[choices.pick(tuple(names))] = None  # null is the same as absent
    return handlers


def _handler(choices: _Choices, name: str, grace: int) -> Object:
    body: Object = {}
    match name:
        case "exec":
            choices.set(body, "command", _COMMANDS, (ABSENT, (), None))
            if isinstance(body.get("command"), tuple):
                body["command"] = list(body["command"])
        case "httpGet":
            choices.set(body, "port", _HTTP_PORTS, _WRONG_PORTS)
            choices.set(body, "path", _PATHS)
            choices.set(body, "host", _HOSTS)
            choices.set(body, "scheme", (ABSENT, "HTTP", "HTTPS", ""), ("http", "https", "TCP", " HTTP"))
            if "http2" in choices.features and choices.chance(10):
                body["protocol"] = choices.pick(("HTTP1", "HTTP2"), ("", "http2"))
            if choices.chance(30):
                body["httpHeaders"] = [
                    {"name": choices.pick(_HEADERS, _WRONG_HEADERS), "value": choices.pick(("", "x", "é\n"))}
                    for _ in range(choices.pick((0, 1, 2)))
                ]
        case "tcpSocket":
            choices.set(body, "port", _HTTP_PORTS, _WRONG_PORTS)
            choices.set(body, "host", _HOSTS)
        case "grpc":
            choices.set(body, "port", (1, 9090, 65535), (ABSENT, 0, -1, 65536))
            choices.set(body, "service", (ABSENT, "", "readiness", "not a service!"))
            if "grpc-tls" in choices.features and choices.chance(30):
                body["mode"] = choices.pick(("Plaintext", "TLS"), ("", "tls"))
        case _:
            choices.set(
                body, "seconds", tuple({0, 1, max(grace - 1, 0), max(grace, 0)}), (ABSENT, -1, grace + 1, 2**40)
            )
    return body
