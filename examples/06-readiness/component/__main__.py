"""The readiness workshop as a component: the same application and switches, and a Service."""

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
        # Otherwise every pod waits for a call of /make_ready, and a rollout does not complete without it.
        "env": {"READY_AT_START": "true"},
    },
)
