"""Layer 3: the components. The only code that imports pulumi_kubernetes."""

from pulumi_probes.workloads.arguments import ServiceArgs
from pulumi_probes.workloads.assembly import Manifests, Transform
from pulumi_probes.workloads.container_arguments import (
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
from pulumi_probes.workloads.grpc_service import GrpcService, GrpcServiceArgs
from pulumi_probes.workloads.probe_arguments import (
    ExecArgs,
    GrpcArgs,
    HttpGetArgs,
    HttpHeaderArgs,
    LifecycleHandlerArgs,
    ProbeArgs,
    SleepArgs,
    TcpSocketArgs,
)
from pulumi_probes.workloads.problems import InvalidArguments, Problem
from pulumi_probes.workloads.slow_start_service import SlowStartService, SlowStartServiceArgs
from pulumi_probes.workloads.telco_service import TelcoService, TelcoServiceArgs
from pulumi_probes.workloads.web_service import WebService, WebServiceArgs

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
