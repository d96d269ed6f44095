"""Pods and Deployments for differential tests: every field of probes, hooks, ports and grace periods, right and wrong.

A specification is mostly right: how often a field is wrong is drawn first, so that some have no fault, many have one,
and some are full of them. What is not under test is always right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hypothesis import strategies as st

Draw = st.DrawFn
Object = dict[str, Any]

ABSENT: Final = object()
"""A pool's entry for a field that is left out."""

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


class _Faults:
    """Draws values from pools of right and wrong ones, at one rate for a whole specification."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._percent = draw(st.sampled_from((0, 2, 5, 15, 40)))

    def is_wrong(self) -> bool:
        return self._percent > 0 and self._draw(st.integers(1, 100)) > 100 - self._percent

    def pick(self, right: Sequence[Any], wrong: Sequence[Any] = ()) -> Any:
        pool = wrong if wrong and self.is_wrong() else right
        return self._draw(st.sampled_from(pool))

    def chance(self, percent: int) -> bool:
        return self._draw(st.integers(1, 100)) <= percent

    def set(self, target: Object, key: str, right: Sequence[Any], wrong: Sequence[Any] = ()) -> None:
        value = self.pick(right, wrong)
        if value is not ABSENT:
            target[key] = value


@st.composite
def pods(draw: Draw) -> Object:
    """A Pod."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "tried", "namespace": "default"},
        "spec": _pod_spec(_Faults(draw), in_template=False),
    }


@st.composite
def deployments(draw: Draw) -> Object:
    """A Deployment, with the numbers of its rollout."""
    faults = _Faults(draw)
    spec: Object = {
        "selector": {"matchLabels": {"app": "tried"}},
        "template": {"metadata": {"labels": {"app": "tried"}}, "spec": _pod_spec(faults, in_template=True)},
    }
    faults.set(spec, "replicas", (ABSENT, 0, 1, 3), (-1,))
    faults.set(spec, "minReadySeconds", (ABSENT, 0, 5, 30), (-1, 600, 700))
    faults.set(spec, "progressDeadlineSeconds", (ABSENT, 600, 900, 2**31 - 1), (-1, 0, 1, 5, 30))
    faults.set(spec, "revisionHistoryLimit", (ABSENT, 0, 3), (-1,))
    if faults.chance(60):
        spec["strategy"] = _strategy(faults)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "tried", "namespace": "default"},
        "spec": spec,
    }


def _strategy(faults: _Faults) -> Object:
    strategy: Object = {}
    faults.set(strategy, "type", (ABSENT, "RollingUpdate"), ("Recreate", "rolling", ""))
    if faults.chance(70):
        rolling: Object = {}
        amounts = (ABSENT, 1, 2, "25%", "1%", "100%")
        faults.set(rolling, "maxSurge", amounts, (-1, 0, "0%", "-5%", "25", "a%", "150%", ""))
        faults.set(rolling, "maxUnavailable", amounts, (-1, 0, "0%", "-5%", "25", "a%", "150%", "101%", ""))
        strategy["rollingUpdate"] = rolling
    return strategy


def _pod_spec(faults: _Faults, *, in_template: bool) -> Object:
    spec: Object = {"automountServiceAccountToken": False}
    faults.set(spec, "terminationGracePeriodSeconds", (ABSENT, 0, 1, 30, 300), (-1,))
    faults.set(spec, "restartPolicy", (ABSENT, "Always") if in_template else (ABSENT, "Always", "OnFailure", "Never"))
    grace = spec.get("terminationGracePeriodSeconds", 30)
    names = ("app", "side", "third")
    spec["containers"] = [_container(faults, name, grace) for name in names[: faults.pick((1, 1, 1, 2, 3))]]
    if faults.chance(25):
        spec["initContainers"] = [
            _container(faults, f"init{index}", grace, is_init=True) for index in range(faults.pick((1, 1, 2)))
        ]
    return spec


def _container(faults: _Faults, name: str, grace: int, *, is_init: bool = False) -> Object:
    container: Object = {"name": name, "image": "registry.example/tried:1"}
    is_sidecar = is_init and faults.chance(60)
    if is_sidecar:
        container["restartPolicy"] = "Always"
    may_have_probes = not is_init or is_sidecar
    if faults.chance(70):
        container["ports"] = _ports(faults)
    for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
        if faults.chance(45) if may_have_probes else faults.is_wrong():
            container[kind] = _probe(faults, kind)
    if faults.chance(30) if may_have_probes else faults.is_wrong():
        container["lifecycle"] = _lifecycle(faults, grace)
    return container


def _ports(faults: _Faults) -> list[Object]:
    entries: list[Object] = []
    unused = [8080, 9090, 1, 65535, 443]
    for _ in range(faults.pick((0, 1, 1, 2, 3))):
        port: Object = {}
        right = tuple(number for number in unused if number not in {entry.get("containerPort") for entry in entries})
        faults.set(port, "containerPort", right, (ABSENT, 0, -1, 65536))
        taken = {entry.get("name") for entry in entries}
        names = tuple(name for name in _PORT_NAMES if name not in taken)
        faults.set(port, "name", names, ("8080", "Http", "a--b", "abcdefghijklmnop", "http", "-a", ""))
        faults.set(port, "protocol", (ABSENT, "TCP", "UDP", "SCTP"), ("tcp", "HTTP", ""))
        entries.append(port)
    return entries


def _probe(faults: _Faults, kind: str) -> Object:
    probe = _handlers(faults, ("exec", "httpGet", "tcpSocket", "grpc"))
    for field in ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold"):
        if faults.chance(40):
            faults.set(probe, field, _SECONDS, _WRONG_SECONDS)
    if faults.chance(30):
        right = (ABSENT, 0, 1, 2, 5) if kind == "readinessProbe" else (ABSENT, 0, 1)
        faults.set(probe, "successThreshold", right, (-1, 2, 2**31 - 1))
    if kind == "readinessProbe":
        if faults.is_wrong():
            faults.set(probe, "terminationGracePeriodSeconds", (-1, 0, 1, 30))
    elif faults.chance(30):
        faults.set(probe, "terminationGracePeriodSeconds", (ABSENT, 1, 30, 2**31 - 1, 2**40), (-1, 0))
    return probe


def _lifecycle(faults: _Faults, grace: int) -> Object:
    lifecycle: Object = {}
    for hook in ("preStop", "postStart"):
        if faults.chance(60):
            lifecycle[hook] = _handlers(faults, ("exec", "httpGet", "tcpSocket", "sleep"), grace=grace)
    return lifecycle


def _handlers(faults: _Faults, names: Sequence[str], *, grace: int = 30) -> Object:
    count = faults.pick((1,), (0, 2, 3, len(names)))
    chosen = [faults.pick(tuple(names)) for _ in range(count)]
    handlers: Object = {name: _handler(faults, name, grace) for name in chosen}
    if faults.is_wrong():
        handlers[faults.pick(tuple(names))] = None  # null is as good as absent
    return handlers


def _handler(faults: _Faults, name: str, grace: int) -> Object:
    body: Object = {}
    match name:
        case "exec":
            faults.set(body, "command", _COMMANDS, (ABSENT, (), None))
            if isinstance(body.get("command"), tuple):
                body["command"] = list(body["command"])
        case "httpGet":
            faults.set(body, "port", _HTTP_PORTS, _WRONG_PORTS)
            faults.set(body, "path", _PATHS)
            faults.set(body, "host", _HOSTS)
            faults.set(body, "scheme", (ABSENT, "HTTP", "HTTPS", ""), ("http", "https", "TCP", " HTTP"))
            if faults.chance(30):
                body["httpHeaders"] = [
                    {"name": faults.pick(_HEADERS, _WRONG_HEADERS), "value": faults.pick(("", "x", "é\n"))}
                    for _ in range(faults.pick((0, 1, 2)))
                ]
        case "tcpSocket":
            faults.set(body, "port", _HTTP_PORTS, _WRONG_PORTS)
            faults.set(body, "host", _HOSTS)
        case "grpc":
            faults.set(body, "port", (1, 9090, 65535), (ABSENT, 0, -1, 65536))
            faults.set(body, "service", (ABSENT, "", "readiness", "not a service!"))
        case _:
            faults.set(body, "seconds", tuple({0, 1, max(grace - 1, 0), max(grace, 0)}), (ABSENT, -1, grace + 1, 2**40))
    return body
