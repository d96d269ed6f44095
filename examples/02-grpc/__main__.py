"""A gRPC service whose health service has the service names "liveness" and "readiness"."""

from __future__ import annotations

import pulumi
from pulumi_probes import GrpcService

config = pulumi.Config()

GrpcService(
    "echo",
    {
        "image": config.get("image") or "ghcr.io/acme/echo:1.0.0",
        "port": 9090,
        "replicas": 3,
        "env": {"DRAIN_SECONDS": "20"},
        "drains_within": 20,
    },
)
