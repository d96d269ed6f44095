"""The manifest of the readiness workshop, field for field."""

from __future__ import annotations

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment

config = pulumi.Config()
labels = {"app": "flask-app"}

Deployment(
    "flask-app",
    metadata={"name": "flask-app"},
    spec={
        "replicas": 2,
        "selector": {"match_labels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "containers": [
                    {
                        "name": "flask-app",
                        "image": config.get("image") or "your-dockerhub-username/flask-app:latest",
                        "ports": [{"container_port": 5000}],
                        "liveness_probe": {
                            "http_get": {"path": "/", "port": 5000},
                            "initial_delay_seconds": 3,
                            "period_seconds": 10,
                        },
                        "readiness_probe": {
                            "http_get": {"path": "/ready", "port": 5000},
                            "initial_delay_seconds": 5,
                            "period_seconds": 5,
                        },
                    }
                ]
            },
        },
    },
)
