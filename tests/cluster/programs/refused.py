"""A Deployment that the pack blocks: its probe uses a port name that the container does not declare."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

config = pulumi.Config()
labels = {"app": "web"}
metadata: Any = {"namespace": config.require("namespace"), "name": "web"}
container = {
    "name": "web",
    "image": config.require("image"),
    "ports": [{"name": "http", "containerPort": 8080}],
    "readinessProbe": {"httpGet": {"path": "/readyz", "port": "htpp"}},
}
template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
deployment: Any = {"selector": {"matchLabels": labels}, "template": template}
service: Any = {"selector": labels, "ports": [{"port": 80, "targetPort": "http"}]}

kubernetes.apps.v1.Deployment("web", metadata=metadata, spec=deployment)
kubernetes.core.v1.Service("web", metadata=metadata, spec=service)
