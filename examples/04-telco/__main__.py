"""A network function on exclusive CPUs; a hung pod is out of traffic within seconds."""

from __future__ import annotations

import pulumi
from pulumi_probes import TelcoService

config = pulumi.Config()

TelcoService(
    "upf",
    {
        "image": config.get("image") or "ghcr.io/acme/upf:3.1.0",
        "port": 8080,
        "cpus": 2,
        "memory": "1Gi",
        "detects_within": 5,
    },
)
