"""The port names, ports and URLs of the components that serve HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEFAULT_PORTS = {"http": 80, "https": 443}


def http_port_name(arguments: Mapping[str, Any]) -> str:
    """The name of the port: http, or https with scheme HTTPS. Service meshes infer the protocol from it."""
    return str(arguments.get("scheme", "HTTP")).lower()


def http_service_port(arguments: Mapping[str, Any]) -> int:
    """The default port of the Service: 80, or 443 with scheme HTTPS."""
    return _DEFAULT_PORTS[http_port_name(arguments)]


def http_url(arguments: Mapping[str, Any], address: str, port: int) -> str:
    """The URL of the Service; the default port of the scheme is left out."""
    scheme = http_port_name(arguments)
    return f"{scheme}://{address}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{address}:{port}"
