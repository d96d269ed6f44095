"""Resources from other sources: a YAML file, a Helm chart, a custom resource."""

from __future__ import annotations

from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.helm.v3 import Chart, LocalChartOpts
from pulumi_kubernetes.yaml import ConfigFile

ConfigFile("cart", file="manifests/cart.yaml")

Chart("search", LocalChartOpts(path="chart", values={"replicas": 3}))

labels = {"app": "checkout"}
CustomResource(
    "checkout",
    api_version="argoproj.io/v1alpha1",
    kind="Rollout",
    metadata={"name": "checkout", "namespace": "shop"},
    spec={
        "replicas": 4,
        "selector": {"matchLabels": labels},
        "strategy": {"canary": {"steps": [{"setWeight": 25}, {"pause": {"duration": "10m"}}]}},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "containers": [
                    {
                        "name": "checkout",
                        "image": "ghcr.io/acme/checkout:5.2.0",
                        "ports": [{"name": "web", "containerPort": 8443}],
                        # The port is called "web": the kubelet finds no port "http", and no attempt ever succeeds.
                        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http", "scheme": "HTTPS"}},
                        "livenessProbe": {"tcpSocket": {"port": "web"}, "periodSeconds": 20},
                    }
                ]
            },
        },
    },
)
