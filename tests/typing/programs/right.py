"""A program that type checkers must accept."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from pulumi_probes import (
    GrpcService,
    HealthContract,
    HttpGet,
    InvalidArguments,
    Manifests,
    Probe,
    ProbeArgs,
    SidecarArgs,
    SlowStartService,
    TelcoService,
    WebService,
    WebServiceArgs,
    presets,
)

config = pulumi.Config()
secret = config.require_secret("token")
settings = kubernetes.core.v1.ConfigMap("settings", data={"LEVEL": "debug"})
slower: ProbeArgs = {"http_get": {"path": "/alive", "port_name": "http"}, "failure_threshold": 6}
proxy: SidecarArgs = {"name": "proxy", "image": "proxy:1", "readiness_probe": {"tcp_socket": {"port": 9901}}}


def on_the_host(manifests: Manifests) -> None:
    """Change the rendered objects."""
    manifests["Deployment"]["spec"]["template"]["spec"]["hostNetwork"] = True


web = WebService(
    "web",
    {
        "image": pulumi.Output.concat("registry.example/web:", config.require("version")),
        "port": 8080,
        "namespace": settings.metadata.namespace,
        "env": {"TOKEN": secret, "LEVEL": "debug"},
        "env_from": [{"config_map_ref": {"name": settings.metadata.name}}],
        "labels": {"team": settings.id},
        "liveness_probe": slower,
        "sidecars": [proxy],
        "volumes": [{"name": "settings", "configMap": {"name": settings.metadata.name}}],
        "service": {"type": "NodePort", "node_port": 30080},
        "waivers": {"PRB324": "public by design"},
    },
    pulumi.ResourceOptions(depends_on=[settings]),
    transform=on_the_host,
)
arguments = WebServiceArgs(image="web:1", port=8080)
arguments["starts_within"] = 120
WebService("second", arguments)
GrpcService("cart", {"image": "cart:1", "port": 9090, "readiness_service": "shop.Cart"})
SlowStartService("ledger", {"image": "ledger:1", "port": 8080, "starts_within": 300})
TelcoService("gateway", {"image": "gateway:1", "port": 8080, "cpus": 4, "memory": "8Gi"})

address: pulumi.Output[str] = web.address
name: pulumi.Output[Any] = web.deployment.metadata.name
contract: HealthContract = presets.web(starts_within=120)
probe: Probe = Probe(handler=HttpGet(port="http"), period_seconds=5)
try:
    WebService("third", {"image": "web:1", "port": 8080, "liveness_probe": {"timeout_seconds": 30}})
except InvalidArguments as error:
    for problem in error.found:
        pulumi.log.warn(f"{problem.path}: {problem.what} {problem.fix}")
