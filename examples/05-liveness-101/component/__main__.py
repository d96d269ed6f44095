"""The liveness workshop as a component: the same application on the same node port."""

from __future__ import annotations

import pulumi
from pulumi_probes import WebService

config = pulumi.Config()

WebService(
    "health-status-app",
    {
        "image": config.get("image") or "health-status-app:1.0.0",
        "port": 8080,
        "liveness_path": "/healthz",
        "readiness_path": "/readyz",
        "service": {"type": "NodePort", "port": 8080, "node_port": 30007},
        "waivers": {"PRB324": "the workshop watches /healthz from outside"},
    },
)
