"""A legacy application that takes up to three minutes to start."""

from __future__ import annotations

import pulumi
from pulumi_probes import SlowStartService

config = pulumi.Config()

SlowStartService(
    "ledger",
    {
        "image": config.get("image") or "ghcr.io/acme/ledger:7.3.1",
        "port": 8080,
        "starts_within": 180,
        "env": {"START_SECONDS": "90"},
        "resources": {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"memory": "512Mi"}},
    },
)
