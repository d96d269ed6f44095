"""Mistakes that type checkers must report, each on its own line."""

from __future__ import annotations

import pulumi

from pulumi_probes import GrpcService, ProbeArgs, SlowStartService, TelcoService, WebService, presets
from pulumi_probes import WebServise as Misspelt  # noqa: F401  # error

WebService("a", {"image": "web:1"})  # error
WebService("b", {"image": "web:1", "port": 8080, "readines_path": "/up"})  # error
WebService("c", {"image": "web:1", "port": "8080"})  # error
WebService("d", {"image": "web:1", "port": pulumi.Output.from_input(8080)})  # error
WebService("e", {"image": 1, "port": 8080})  # error
WebService("f", {"image": "web:1", "port": 8080, "liveness_probe": {"timeout": 3}})  # error
WebService("g", {"image": "web:1", "port": 8080, "service": {"type": "NodePort", "nodePort": 3}})  # error
WebService("h", {"image": "web:1", "port": 8080, "env": {"A": 1}})  # error
WebService("i", {"image": "web:1", "port": 8080, "liveness_service": "x"})  # error
WebService("j", {"image": "web:1", "port": 8080}, transform=1)  # error
GrpcService("k", {"image": "cart:1", "port": 9090, "liveness_path": "/x"})  # error
SlowStartService("l", {"image": "ledger:1", "port": 8080})  # error
TelcoService("m", {"image": "gateway:1", "port": 8080})  # error
TelcoService("n", {"image": "gateway:1", "port": 8080, "cpus": 4, "memory": "1Gi", "resources": {}})  # error
presets.slow_start()  # error
presets.web(start_within=3)  # error
slower: ProbeArgs = {"failureThreshold": 3}  # error
