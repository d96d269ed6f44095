"""A service whose endpoint always fails once the configuration says so."""

from __future__ import annotations

import json

import pulumi

from pulumi_probes import WebService

config = pulumi.Config()
handlers = {config.get("failing"): [{"from": 0, "does": "fail"}]} if config.get("failing") else {}

WebService(
    "web",
    {
        "namespace": config.require("namespace"),
        "image": config.require("image"),
        "args": ["play"],
        "port": 8080,
        "env": {"SCRIPT": json.dumps({"incarnations": [{"handlers": handlers}]})},
        "starts_within": 8,
        "detects_within": 4,
        "restarts_after": 8,
        "min_ready_seconds": 0,
        "await_timeout_seconds": 30,
    },
)
