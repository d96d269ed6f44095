"""PRB320: what the kubelet, a shell and nothing expands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_probes.rules import Evaluation

SECRET = {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "r", "key": "p"}}}
LITERAL = {"name": "PORT", "value": "8080"}


def severities(evaluate_yaml: Callable[..., Evaluation], handler: dict[str, Any], **container: Any) -> list[str]:
    """The severities of the rule's findings for a liveness probe."""
    document = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a"},
        "spec": {
            "containers": [
                {
                    "name": "a",
                    "image": "registry.local/a:1",
                    "env": [SECRET, LITERAL],
                    "livenessProbe": {**handler, "timeoutSeconds": 5},
                    **container,
                }
            ]
        },
    }
    result = evaluate_yaml(json.dumps(document))
    assert [] == result.crashes
    return [finding.severity.value for finding in result.findings if finding.code == "PRB320"]


@pytest.mark.parametrize(
    ("command", "found"),
    [
        # A password from a Secret in a command without a shell is passed on as text, in a shell it is expanded.
        (["redis-cli", "-a", "$PASSWORD", "ping"], ["warning"]),
        (["redis-cli", "-a", "${PASSWORD}", "ping"], ["warning"]),
        (["sh", "-c", 'redis-cli -a "$PASSWORD" ping | grep PONG'], []),
        (["check", "--port=$PORT"], ["warning"]),
        (["check", "--port=${PORT:-80}"], ["warning"]),
        (["env", "A=b", "check", "$PORT"], ["warning"]),
        (["timeout", "5", "check", "$(PASSWORD)"], ["warning"]),
        (["check", "--port=$(PORT)"], []),
        (["check", "--port=$(PASSWORD)"], ["warning"]),
        (["check", "$(ELSEWHERE)"], ["warning"]),
        (["check", "$ELSEWHERE"], ["advice"]),
        (["check", "${ELSEWHERE}"], ["advice"]),
        (["sh", "-c", "redis-cli -a $(PASSWORD) ping"], ["warning"]),
        (["bash", "-c", "-e", "X=$(PASSWORD); check $X"], ["warning"]),
        (["sh", "-c", "check $(PORT)"], []),
        (["sh", "-c", "check $(hostname)"], []),
        (["sh", "-c", "check ${PASSWORD} $PORT"], []),
        (["check", "$$PORT"], []),
        (["check", "$$(PASSWORD)"], []),
        (["check", "costs 5$", "^a$", "$1"], []),
        (["awk", "{print $NF}", "/x"], []),
        (["nice", "-n", "5", "perl", "-e", "exit !$ok"], []),
        (["php", "-r", "$x = 1;"], []),
        (["mongosh", "--eval", "db.a.find({$where: 1})"], []),
        (["pwsh", "-c", "check $PORT"], []),
        (["check", "plain"], []),
    ],
    ids=str,
)
def test_commands(command: list[str], found: list[str], evaluate_yaml: Callable[..., Evaluation]) -> None:
    """The kubelet expands `$(NAME)` for literal values, a shell expands `$NAME`, and other languages use the sign."""
    assert found == severities(evaluate_yaml, {"exec": {"command": command}})


def test_variables_from_elsewhere(evaluate_yaml: Callable[..., Evaluation]) -> None:
    """With `envFrom`, any name may be a variable."""
    source = [{"secretRef": {"name": "a"}}]
    assert ["warning"] == severities(evaluate_yaml, {"exec": {"command": ["check", "$ELSEWHERE"]}}, envFrom=source)


@pytest.mark.parametrize(
    ("handler", "found"),
    [
        ({"httpGet": {"path": "$(PORT)/livez", "port": 80}}, ["warning"]),
        ({"httpGet": {"path": "/$(ELSEWHERE)/livez", "port": 80}}, ["warning"]),
        ({"httpGet": {"path": "/livez?key=$PASSWORD", "port": 80}}, ["warning"]),
        ({"httpGet": {"path": "/livez?key=${PASSWORD}", "port": 80}}, ["warning"]),
        ({"httpGet": {"path": "/${ELSEWHERE}/livez", "port": 80}}, ["advice"]),
        ({"httpGet": {"path": "/", "port": 80, "host": "$(PORT)"}}, ["warning"]),
        ({"httpGet": {"path": "/", "port": "$(PORT)"}}, ["warning"]),
        (
            {
                "httpGet": {
                    "path": "/",
                    "port": 80,
                    "httpHeaders": [{"name": "Authorization", "value": "Bearer $(PASSWORD)"}],
                }
            },
            ["warning"],
        ),
        ({"tcpSocket": {"port": 80, "host": "$(PORT)"}}, ["warning"]),
        # Another tool may replace it before it is deployed: it counts as not known.
        ({"tcpSocket": {"port": "${PORT}"}}, []),
        ({"grpc": {"port": 80, "service": "$(PORT)"}}, ["warning"]),
        ({"httpGet": {"path": "/odata/$metadata", "port": 80}}, []),
        ({"httpGet": {"path": "/odata/Orders/$count?$filter=a", "port": 80}}, []),
        ({"httpGet": {"path": "/a$", "port": 80}}, []),
        ({"httpGet": {"path": "/price?usd=5$", "port": 80}}, []),
        ({"httpGet": {"path": "/livez", "port": "http"}}, []),
        (
            {"httpGet": {"path": "/", "port": 80, "httpHeaders": [{"name": "X-Price", "value": "$5"}]}},
            [],
        ),
        ({"tcpSocket": {"port": 80}}, []),
        ({"grpc": {"port": 80, "service": "shop.Cart"}}, []),
    ],
    ids=str,
)
def test_requests(handler: dict[str, Any], found: list[str], evaluate_yaml: Callable[..., Evaluation]) -> None:
    """The kubelet expands nothing in them; a dollar sign before another word is valid, as in OData."""
    assert found == severities(evaluate_yaml, handler)
