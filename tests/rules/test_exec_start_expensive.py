"""PRB330: runtimes that every attempt starts, compared with the time limit and the period."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_probes.rules import Evaluation
from pulumi_probes.rules._startup import startups

EvaluateYaml = Callable[..., Evaluation]


def findings(
    evaluate_yaml: EvaluateYaml, command: list[str], limits: dict[str, Any] | None = None, **numbers: int
) -> list[tuple[str, str]]:
    """The severities and texts of the rule's findings for a liveness probe."""
    container = {
        "name": "a",
        "image": "registry.local/a:1",
        "resources": {"limits": limits or {}},
        "livenessProbe": {"exec": {"command": command}, **numbers},
    }
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [container]}}
    result = evaluate_yaml(json.dumps(pod))
    assert [] == result.crashes
    return [(f.severity.value, f"{f.what} {f.fix}") for f in result.findings if f.code == "PRB330"]


@pytest.mark.parametrize(
    ("command", "milliseconds"),
    [
        (["jcmd", "1", "VM.version"], 200),
        (["/usr/lib/jvm/bin/java", "-cp", "/app", "Check"], 200),
        (["sh", "-c", "jps | grep -q Server"], 200),
        (["bash", "-ec", "test $(jcmd 1 VM.uptime | wc -l) -gt 1 && jstat -gc 1"], 400),
        (["/opt/kafka/bin/kafka-broker-api-versions.sh", "--bootstrap-server", "localhost:9092"], 200),
        (["nodetool", "status"], 200),
        (["celery", "-A", "app", "inspect", "ping"], 800),
        (["timeout", "5", "python3", "-m", "celery", "-A", "app", "status"], 800),
        (["python", "-c", "import requests; requests.get('http://localhost')"], 200),
        (["python3.12", "-c", "import sys\nfrom app.health import check\ncheck()"], 200),
        (["python", "manage.py", "check"], 200),
        (["env", "A=b", "airflow", "jobs", "check"], 800),
        (["python", "-c", "import os, socket; socket.create_connection(('localhost', 80))"], 60),
        (["python", "/app/check.py"], 60),
        (["node", "/app/check.js"], 70),
        (["sh", "-c", "exec kubectl get nodes"], 50),
        (["python", "--version"], 0),
        (["pgrep", "-f", "java"], 0),
        (["sh", "-c", "pgrep -x java || exit 1"], 0),
        (["cat", "/run/java"], 0),
        (["echo", "java", "-jar"], 0),
        (["sh", "-c", "test -f /run/celery.pid"], 0),
        (["sh", "-c", "echo 'jcmd 1 VM.version'"], 0),
        (["sh", "-c", "# java -jar check.jar\ntrue"], 0),
        (["/app/javascript-check"], 0),
        (["pg_isready"], 0),
        (["sh", "-c", "java |"], 0),
        ([], 0),
    ],
    ids=str,
)
def test_what_a_command_starts(command: list[str], milliseconds: int) -> None:
    """The CPU time of all runtimes in it; names in arguments, comments and quotes start nothing."""
    assert milliseconds == sum(startup.milliseconds for startup in startups(command))


@pytest.mark.parametrize(
    ("command", "limits", "timeout", "period", "severity"),
    [
        (["jcmd", "1", "VM.version"], {}, 1, 60, "warning"),
        (["jcmd", "1", "VM.version"], {}, 2, 60, None),
        (["jcmd", "1", "VM.version"], {"cpu": "100m"}, 10, 60, "warning"),
        (["jcmd", "1", "VM.version"], {"cpu": "100m"}, 11, 60, None),
        (["jcmd", "1", "VM.version"], {"cpu": 4}, 2, 60, None),
        (["jcmd", "1", "VM.version"], {}, 5, 14, None),
        (["jcmd", "1", "VM.version"], {}, 5, 13, "advice"),
        (["sh", "-c", "jcmd | grep Main"], {}, 5, 10, "advice"),
        (["celery", "inspect", "ping"], {}, 4, 60, "warning"),
        (["celery", "inspect", "ping"], {}, 5, 60, None),
        (["celery", "inspect", "ping"], {}, 10, 30, "advice"),
        (["python", "-c", "import requests"], {"cpu": "500m"}, 2, 30, "warning"),
        (["python", "-c", "import socket"], {}, 1, 10, None),
        (["node", "check.js"], {"cpu": "200m"}, 1, 10, "warning"),
        (["kubectl", "version"], {}, 1, 10, None),
        (["cat", "/x"], {"cpu": "1m"}, 1, 1, None),
    ],
    ids=str,
)
def test_limits(
    command: list[str],
    limits: dict[str, Any],
    timeout: int,
    period: int,
    severity: str | None,
    evaluate_yaml: EvaluateYaml,
) -> None:
    """The start takes less than a fifth of the time limit, and at most 15m of CPU; a CPU limit makes it longer."""
    found = findings(evaluate_yaml, command, limits, timeoutSeconds=timeout, periodSeconds=period)
    assert ([] if severity is None else [severity]) == [level for level, _ in found]


def test_the_message_has_the_numbers(evaluate_yaml: EvaluateYaml) -> None:
    """The time under the CPU limit, and a time limit that is enough."""
    ((_, text),) = findings(evaluate_yaml, ["jcmd", "1"], {"cpu": "250m"}, timeoutSeconds=1, periodSeconds=60)
    assert "at least 0.8 s with `limits.cpu: 250m`" in text
    assert "`timeoutSeconds: 5`" in text


@pytest.mark.parametrize("quantity", ["0", "many", None])
def test_a_limit_that_is_none(quantity: str | None, evaluate_yaml: EvaluateYaml) -> None:
    """Zero, an invalid quantity and null count as no limit."""
    assert [] == findings(evaluate_yaml, ["jcmd", "1"], {"cpu": quantity}, timeoutSeconds=2, periodSeconds=60)
