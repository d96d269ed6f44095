"""The manifests of the liveness workshop, field for field."""

from __future__ import annotations

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import Service

config = pulumi.Config()
labels = {"app": "health-status-app"}

Deployment(
    "health-status-app",
    metadata={"name": "health-status-app"},
    spec={
        "replicas": 1,
        "selector": {"match_labels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "containers": [
                    {
                        "name": "health-status-app",
                        "image": config.get("image") or "health-status-app",
                        "ports": [{"container_port": 8080}],
                        "liveness_probe": {
                            "http_get": {"path": "/healthz", "port": 8080},
                            "initial_delay_seconds": 5,
                            "period_seconds": 10,
                        },
                    }
                ]
            },
        },
    },
)

Service(
    "health-status-app",
    metadata={"name": "health-status-app"},
    spec={
        "type": "NodePort",
        "selector": labels,
        "ports": [{"port": 8080, "target_port": 8080, "node_port": 30007}],
    },
)
