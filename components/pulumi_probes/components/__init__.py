"""Layer 3: the components. The only code that imports pulumi_kubernetes."""

from pulumi_probes.components.arguments.component import ServiceArgs
from pulumi_probes.components.arguments.container import (
    EnvFromArgs,
    EnvFromSourceArgs,
    EnvSourceArgs,
    FieldSelectorArgs,
    InitContainerArgs,
    KeySelectorArgs,
    PortArgs,
    ResourceFieldSelectorArgs,
    ResourcesArgs,
    SidecarArgs,
)
from pulumi_probes.components.arguments.probe import (
    ExecArgs,
    GrpcArgs,
    HttpGetArgs,
    HttpHeaderArgs,
    LifecycleHandlerArgs,
    ProbeArgs,
    SleepArgs,
    TcpSocketArgs,
)
from pulumi_probes.components.arguments.problems import InvalidArguments, Problem
from pulumi_probes.components.grpc_service import GrpcService, GrpcServiceArgs
from pulumi_probes.components.manifests import Manifests, Transform
from pulumi_probes.components.slow_start_service import SlowStartService, SlowStartServiceArgs
from pulumi_probes.components.telco_service import TelcoService, TelcoServiceArgs
from pulumi_probes.components.web_service import WebService, WebServiceArgs

__all__ = [
    "EnvFromArgs",
    "EnvFromSourceArgs",
    "EnvSourceArgs",
    "ExecArgs",
    "FieldSelectorArgs",
    "GrpcArgs",
    "GrpcService",
    "GrpcServiceArgs",
    "HttpGetArgs",
    "HttpHeaderArgs",
    "InitContainerArgs",
    "InvalidArguments",
    "KeySelectorArgs",
    "LifecycleHandlerArgs",
    "Manifests",
    "PortArgs",
    "ProbeArgs",
    "Problem",
    "ResourceFieldSelectorArgs",
    "ResourcesArgs",
    "ServiceArgs",
    "SidecarArgs",
    "SleepArgs",
    "SlowStartService",
    "SlowStartServiceArgs",
    "TcpSocketArgs",
    "TelcoService",
    "TelcoServiceArgs",
    "Transform",
    "WebService",
    "WebServiceArgs",
]
