"""Converts probes and lifecycle hooks between Kubernetes dictionaries and frozen data, without loss.

Reading applies the defaults of the API server, so reading the output of writing yields an equal value.
"""

from __future__ import annotations

from typing import Any

from pulumi_probes.model.defaults import (
    DEFAULT_FAILURE_THRESHOLD,
    DEFAULT_PERIOD_SECONDS,
    DEFAULT_SUCCESS_THRESHOLD,
    DEFAULT_TIMEOUT_SECONDS,
)
from pulumi_probes.model.errors import MalformedValue
from pulumi_probes.model.node import Node
from pulumi_probes.model.probe import (
    Exec,
    Grpc,
    Handler,
    HttpGet,
    HttpHeader,
    Lifecycle,
    LifecycleHandler,
    Probe,
    Sleep,
    TcpSocket,
)
from pulumi_probes.model.workload import LIFECYCLE_HANDLERS, PROBE_HANDLERS


def read_probe(node: Node) -> Probe:
    """Read a probe.

    Raises:
        UnknownValue: a field is not known before deployment.
        MalformedValue: a field has the wrong type, or the probe does not have exactly one handler.
    """
    return Probe(
        handler=_read_handler(node, PROBE_HANDLERS),  # type: ignore[arg-type] # PROBE_HANDLERS has no sleep
        initial_delay_seconds=node.integer("initialDelaySeconds", 0),
        timeout_seconds=node.integer("timeoutSeconds", DEFAULT_TIMEOUT_SECONDS, zero_is_unset=True),
        period_seconds=node.integer("periodSeconds", DEFAULT_PERIOD_SECONDS, zero_is_unset=True),
        success_threshold=node.integer("successThreshold", DEFAULT_SUCCESS_THRESHOLD, zero_is_unset=True),
        failure_threshold=node.integer("failureThreshold", DEFAULT_FAILURE_THRESHOLD, zero_is_unset=True),
        termination_grace_period_seconds=node.optional_integer("terminationGracePeriodSeconds", bits=64),
    )


def write_probe(probe: Probe) -> dict[str, Any]:
    """Write a probe to a Kubernetes dictionary, with every number explicit."""
    content = write_handler(probe.handler)
    if probe.initial_delay_seconds:
        content["initialDelaySeconds"] = probe.initial_delay_seconds
    content["timeoutSeconds"] = probe.timeout_seconds
    content["periodSeconds"] = probe.period_seconds
    content["successThreshold"] = probe.success_threshold
    content["failureThreshold"] = probe.failure_threshold
    if probe.termination_grace_period_seconds is not None:
        content["terminationGracePeriodSeconds"] = probe.termination_grace_period_seconds
    return content


def read_lifecycle(node: Node) -> Lifecycle:
    """Read the lifecycle hooks of a container; raises the errors of `read_probe`."""
    return Lifecycle(
        post_start=_read_hook(node, "postStart"),
        pre_stop=_read_hook(node, "preStop"),
        stop_signal=node.optional_text("stopSignal"),
    )


def write_lifecycle(lifecycle: Lifecycle) -> dict[str, Any]:
    """Write lifecycle hooks to a Kubernetes dictionary."""
    content: dict[str, Any] = {}
    if lifecycle.post_start is not None:
        content["postStart"] = write_handler(lifecycle.post_start)
    if lifecycle.pre_stop is not None:
        content["preStop"] = write_handler(lifecycle.pre_stop)
    if lifecycle.stop_signal is not None:
        content["stopSignal"] = lifecycle.stop_signal
    return content


def write_handler(handler: Handler | Sleep) -> dict[str, Any]:
    """A handler under its field name, without values that equal the API's defaults."""
    match handler:
        case HttpGet():
            return {
                "httpGet": {
                    "path": handler.path,
                    "port": handler.port,
                    **_unless(None, "host", handler.host),
                    **_unless("HTTP", "scheme", handler.scheme),
                    **_unless([], "httpHeaders", [{"name": h.name, "value": h.value} for h in handler.http_headers]),
                    **_unless(None, "protocol", handler.protocol),
                }
            }
        case TcpSocket():
            return {"tcpSocket": {"port": handler.port, **_unless(None, "host", handler.host)}}
        case Grpc():
            return {
                "grpc": {
                    "port": handler.port,
                    **_unless("", "service", handler.service),
                    **_unless(None, "mode", handler.mode),
                }
            }
        case Exec():
            return {"exec": {"command": list(handler.command)}}
        case Sleep():
            return {"sleep": {"seconds": handler.seconds}}


def _unless(default: object, name: str, value: object) -> dict[str, Any]:
    return {} if value == default else {name: value}


def _read_hook(node: Node, name: str) -> LifecycleHandler | None:
    # LIFECYCLE_HANDLERS has no grpc.
    return _read_handler(node[name], LIFECYCLE_HANDLERS) if node.has(name) else None  # type: ignore[return-value]


def _read_handler(node: Node, names: tuple[str, ...]) -> Handler | Sleep:
    present = [name for name in names if node.has(name)]
    if len(present) != 1:
        found = " and ".join(present) or "none"
        raise MalformedValue(node.path, f"must have exactly one handler, has {found}")
    name = present[0]
    body = node[name]
    match name:
        case "httpGet":
            return HttpGet(
                port=_port(body),
                path=body.text("path", "") or "/",
                host=body.optional_text("host") or None,
                scheme=body.word("scheme", "HTTP"),
                http_headers=tuple(
                    HttpHeader(name=header.text("name"), value=header.text("value", ""))
                    for header in body.items("httpHeaders")
                ),
                protocol=body.optional_text("protocol"),
            )
        case "tcpSocket":
            return TcpSocket(port=_port(body), host=body.optional_text("host") or None)
        case "grpc":
            return Grpc(port=body.integer("port"), service=body.text("service", ""), mode=body.optional_text("mode"))
        case "exec":
            return Exec(command=body.texts("command"))
        case _:
            return Sleep(seconds=body.integer("seconds", 0, bits=64))


def _port(body: Node) -> int | str:
    port = body.integer_or_text("port")
    if port is None:
        raise MalformedValue(body.path / "port", "is required")
    return port
