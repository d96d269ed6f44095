"""The reference stack: one service per preset, for a development cluster, production and an edge site.

All differences between the three are in `Pulumi.<stack>.yaml`, next to this file.
"""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from pulumi_probes import GrpcService, ServiceArgs, SlowStartService, TelcoService, WebService

config = pulumi.Config()
registry = config.require("registry")
replicas = config.require_int("replicas")
render_to = config.get("renderTo")

# Without a cluster, `pulumi up --config renderTo=manifests` writes the manifests that would be applied.
provider = kubernetes.Provider("cluster", render_yaml_to_directory=render_to) if render_to else None
options = pulumi.ResourceOptions(provider=provider)

namespace = kubernetes.core.v1.Namespace(
    "namespace",
    metadata={
        "name": config.require("namespace"),
        "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
    },
    opts=options,
).metadata.name


exposure = config.require("exposure")
# Probes use the port that serves requests, because a separate port can be healthy while that one is not.
waivers = {} if exposure == "ClusterIP" else {"PRB324": "the health endpoints answer with a status and nothing else"}


def exposed(name: str) -> ServiceArgs:
    """The settings of a Service for clients outside of the cluster, according to the configuration of the stack."""
    service = ServiceArgs(type=exposure)
    if (node_port := config.get_int(f"{name}NodePort")) is not None:
        service["node_port"] = node_port
    return service


storefront = WebService(
    "storefront",
    {
        "image": f"{registry}/storefront:4.2.0",
        "port": 8080,
        "namespace": namespace,
        "replicas": replicas,
        "starts_within": 30,
        "drains_within": 30,
        "env": {"CART": "dns:///cart:9090"},
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "service": exposed("storefront"),
        "waivers": waivers,
    },
    options,
)

cart = GrpcService(
    "cart",
    {
        "image": f"{registry}/cart:2.7.1",
        "port": 9090,
        "namespace": namespace,
        "replicas": replicas,
        "liveness_service": "shop.Process",
        "readiness_service": "shop.Cart",
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
    },
    options,
)

ledger = SlowStartService(
    "ledger",
    {
        "image": f"{registry}/ledger:7.3.1",
        "port": 8080,
        "namespace": namespace,
        "replicas": replicas,
        "starts_within": config.require_int("ledgerStartsWithin"),
        "env_value_from": {"DB_PASSWORD": {"secret_key_ref": {"name": "ledger-db", "key": "password"}}},
        "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
    },
    options,
)

gateway = TelcoService(
    "gateway",
    {
        "image": f"{registry}/gateway:3.0.4",
        "port": 8080,
        "namespace": namespace,
        "replicas": replicas,
        "cpus": config.require_int("gatewayCpus"),
        "memory": config.require("gatewayMemory"),
        "service": exposed("gateway"),
        "waivers": waivers,
    },
    options,
)

for service in (storefront, cart, ledger, gateway):
    pulumi.export(service.pulumi_resource_name, {"url": service.url, "health": service.health})
