"""What the components that speak HTTP have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEFAULT_PORTS = {"http": 80, "https": 443}


def http_port_name(arguments: Mapping[str, Any]) -> str:
    """The port's name says the protocol, which service meshes read: http, or https with scheme HTTPS."""
    return str(arguments.get("scheme", "HTTP")).lower()


def http_service_port(arguments: Mapping[str, Any]) -> int:
    """80, or 443 with scheme HTTPS."""
    return _DEFAULT_PORTS[http_port_name(arguments)]


def http_url(arguments: Mapping[str, Any], address: str, port: int) -> str:
    """The URL of the Service; a port that goes without saying is left out."""
    scheme = http_port_name(arguments)
    return f"{scheme}://{address}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{address}:{port}"
