"""The readiness workshop: the same application and switches, with a whole health contract and a Service."""

from __future__ import annotations

import pulumi
from pulumi_probes import WebService

config = pulumi.Config()

WebService(
    "flask-app",
    {
        "image": config.get("image") or "your-dockerhub-username/flask-app:1.0.0",
        "port": 5000,
        "liveness_path": "/",
        "readiness_path": "/ready",
        # Otherwise it waits for somebody to call /make_ready in every pod, and no rollout ends.
        "env": {"READY_AT_START": "true"},
    },
)
