"""Health probes as typed contracts for Pulumi Kubernetes programs.

Names are imported when they are first used, so that ``import pulumi_probes.rules`` imports neither pulumi nor
pulumi_kubernetes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_probes import presets
    from pulumi_probes.components import (
        EnvFromArgs,
        EnvFromSourceArgs,
        EnvSourceArgs,
        ExecArgs,
        FieldSelectorArgs,
        GrpcArgs,
        GrpcService,
        GrpcServiceArgs,
        HttpGetArgs,
        HttpHeaderArgs,
        InitContainerArgs,
        InvalidArguments,
        KeySelectorArgs,
        LifecycleHandlerArgs,
        Manifests,
        PortArgs,
        ProbeArgs,
        Problem,
        ResourceFieldSelectorArgs,
        ResourcesArgs,
        ServiceArgs,
        SidecarArgs,
        SleepArgs,
        SlowStartService,
        SlowStartServiceArgs,
        TcpSocketArgs,
        TelcoService,
        TelcoServiceArgs,
        Transform,
        WebService,
        WebServiceArgs,
    )
    from pulumi_probes.model.errors import InvalidContract, ProbesError, UnsatisfiableIntent
    from pulumi_probes.model.probe import (
        Exec,
        Grpc,
        HealthContract,
        HttpGet,
        HttpHeader,
        Probe,
        Rollout,
        Shutdown,
        Sleep,
        TcpSocket,
    )

__all__ = [
    "EnvFromArgs",
    "EnvFromSourceArgs",
    "EnvSourceArgs",
    "Exec",
    "ExecArgs",
    "FieldSelectorArgs",
    "Grpc",
    "GrpcArgs",
    "GrpcService",
    "GrpcServiceArgs",
    "HealthContract",
    "HttpGet",
    "HttpGetArgs",
    "HttpHeader",
    "HttpHeaderArgs",
    "InitContainerArgs",
    "InvalidArguments",
    "InvalidContract",
    "KeySelectorArgs",
    "LifecycleHandlerArgs",
    "Manifests",
    "PortArgs",
    "Probe",
    "ProbeArgs",
    "ProbesError",
    "Problem",
    "ResourceFieldSelectorArgs",
    "ResourcesArgs",
    "Rollout",
    "ServiceArgs",
    "Shutdown",
    "SidecarArgs",
    "Sleep",
    "SleepArgs",
    "SlowStartService",
    "SlowStartServiceArgs",
    "TcpSocket",
    "TcpSocketArgs",
    "TelcoService",
    "TelcoServiceArgs",
    "Transform",
    "UnsatisfiableIntent",
    "WebService",
    "WebServiceArgs",
    "presets",
]

_LIGHT = ("pulumi_probes.model.probe", "pulumi_probes.model.errors")
"""The modules whose names do not need Pulumi; all other names are in `pulumi_probes.components`."""


if not TYPE_CHECKING:
    # Hidden from type checkers, which would otherwise accept every name, misspelt ones included.
    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if name == "presets":
            return import_module("pulumi_probes.presets")
        found = next((module for home in _LIGHT if hasattr(module := import_module(home), name)), None)
        value = getattr(found or import_module("pulumi_probes.components"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
