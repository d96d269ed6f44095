"""Renders container arguments to containers of a pod specification, as plain Kubernetes dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi

from pulumi_probes.model.letter_case import camel_case

_HANDLERS: Final = {
    "http_get": "httpGet",
    "tcp_socket": "tcpSocket",
    "grpc": "grpc",
    "exec": "exec",
    "sleep": "sleep",
}

_TMP = "/tmp"  # noqa: S108 - the mount point that programs expect to be writable


def rendered(arguments: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The arguments of these names that are set, under their Kubernetes names."""
    return {camel_case(name): arguments[name] for name in names if name in arguments}


def deferred(value: Any, change: Callable[[Any], Any]) -> Any:
    """The changed value; an Output if the value is one."""
    return value.apply(change) if isinstance(value, pulumi.Output) else change(value)


def render_probe(
    arguments: Mapping[str, Any], *, port: int | None, port_name: str | None, base: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A probe: the fields in the arguments override those of the base, and another handler replaces the base's."""
    handlers = render_handlers(arguments, port=port, port_name=port_name, base=base or {})
    timings = {camel_case(name): value for name, value in arguments.items() if name not in _HANDLERS}
    kept = {key: value for key, value in (base or {}).items() if not handlers or key not in _HANDLERS.values()}
    return {**handlers, **kept, **timings}


def render_handlers(
    arguments: Mapping[str, Any], *, port: int | None, port_name: str | None, base: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The handlers of a probe or hook, even if there is more than one: a rule reports that."""
    handlers: dict[str, Any] = {}
    for name, field in _HANDLERS.items():
        if name not in arguments:
            continue
        body = dict(arguments[name])
        written = {camel_case(key): value for key, value in body.items() if key != "port_name"}
        if "port_name" in body:
            written["port"] = body["port_name"]
        default_port = {} if name in ("exec", "sleep") else _default_port(name, port, port_name)
        handlers[field] = {**default_port, **((base or {}).get(field) or {}), **written}
    return handlers


def _restricted_context() -> dict[str, Any]:
    """The security context that the Pod Security level `restricted` requires, with a read-only root file system."""
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }


def _default_port(handler: str, port: int | None, port_name: str | None) -> dict[str, Any]:
    # The API accepts no port name for gRPC.
    default = port if handler == "grpc" else (port_name or port)
    return {} if default is None else {"port": default}


def render_container(
    name: str,
    arguments: Mapping[str, Any],
    *,
    ports: list[dict[str, Any]],
    resources: Mapping[str, Any],
    probes: Mapping[str, Any],
    lifecycle: Mapping[str, Any],
    restricted: bool,
) -> dict[str, Any]:
    """A container of any role, with its fields in the customary order."""
    context = {**(_restricted_context() if restricted else {}), **arguments.get("security_context", {})}
    content: dict[str, Any] = {
        "name": name,
        **rendered(arguments, "image", "image_pull_policy", "command", "args", "working_dir"),
        "ports": ports,
        "env": render_env(arguments),
        "envFrom": [_render_env_from(entry) for entry in arguments.get("env_from", ())],
        "resources": {key: dict(value) for key, value in resources.items()},
        **probes,
        "lifecycle": dict(lifecycle),
        "volumeMounts": list(arguments.get("volume_mounts", ())),
        "securityContext": context,
    }
    return {key: value for key, value in content.items() if isinstance(value, (str, pulumi.Output)) or value}


def needs_tmp(container: Mapping[str, Any]) -> bool:
    """Whether a container cannot write to /tmp: its root file system is read-only and nothing is mounted there."""
    paths = [mount.get("mountPath") for mount in container.get("volumeMounts", ())]
    mounted = {path.rstrip("/") for path in paths if isinstance(path, str)}
    return container.get("securityContext", {}).get("readOnlyRootFilesystem") is True and _TMP not in mounted


def mount_tmp(container: dict[str, Any], volume: str) -> None:
    """Mount a volume at /tmp of a container."""
    mounts = [*container.get("volumeMounts", ()), {"name": volume, "mountPath": _TMP}]
    # The security context stays last.
    context = container.pop("securityContext")
    container["volumeMounts"] = mounts
    container["securityContext"] = context


def render_port(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A container port."""
    return {
        "name": arguments["name"],
        "containerPort": arguments["container_port"],
        "protocol": arguments.get("protocol", "TCP"),
    }


def render_env(arguments: Mapping[str, Any]) -> Any:
    """Environment variables, in an order that does not depend on the order of the mappings.

    Mappings from other languages have no order. A value that refers to other variables by ``$(NAME)`` must come after
    them, so such values come last.
    """
    sources = [
        {"name": name, "valueFrom": _render_env_source(source)}
        for name, source in sorted(arguments.get("env_value_from", {}).items())
    ]

    def with_values(values: Mapping[str, Any]) -> list[dict[str, Any]]:
        ordered = sorted(values.items(), key=lambda item: (isinstance(item[1], str) and "$(" in item[1], item[0]))
        return [*sources, *({"name": name, "value": value} for name, value in ordered)]

    return deferred(arguments.get("env", {}), with_values)


def _render_env_source(source: Mapping[str, Any]) -> dict[str, Any]:
    return {camel_case(kind): {camel_case(key): value for key, value in body.items()} for kind, body in source.items()}


def _render_env_from(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {camel_case(key): dict(value) if isinstance(value, Mapping) else value for key, value in entry.items()}
