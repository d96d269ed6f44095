"""Three services that never become Ready, each with another await timeout."""

from __future__ import annotations

import json

import pulumi

from pulumi_probes import WebService, WebServiceArgs

config = pulumi.Config()


def service(failing: str, seconds: int) -> WebServiceArgs:
    """A service with an endpoint that always fails."""
    handlers = {failing: [{"from": 0, "does": "fail"}]}
    return {
        "namespace": config.require("namespace"),
        "image": config.require("image"),
        "args": ["play"],
        "port": 8080,
        "env": {"SCRIPT": json.dumps({"incarnations": [{"handlers": handlers}]})},
        "replicas": 1,
        "starts_within": 8,
        "detects_within": 4,
        "restarts_after": 8,
        "min_ready_seconds": 0,
        # The container is killed as often as possible.
        "pre_stop_sleep_seconds": 0,
        "await_timeout_seconds": seconds,
    }


timeouts = pulumi.CustomTimeouts(create="20s", update="20s")
WebService("unready", service("readyz", 30))
WebService("impatient", service("readyz", 30), pulumi.ResourceOptions(custom_timeouts=timeouts))
WebService("killed", service("livez", 55))
