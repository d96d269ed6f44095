"""A waiver expires at the same moment in the command, in a component and in the policy pack."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from pulumi_probes.components import InvalidArguments
from pulumi_probes.components.assembly import assemble
from pulumi_probes.components.web_service import _DEFINITION
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.report import Policy, audit
from pulumi_probes_policies import make_analyzer, probe_policies
from pulumi_probes_policies.testing import analyze_request


@pytest.fixture(params=["Pacific/Kiritimati", "Etc/GMT+12"])
def time_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """UTC+14 and UTC-12: at every moment, one of them has another date than UTC."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def counts_in_audit(content: dict[str, Any], code: str) -> bool:
    """Whether `probes audit` accepts the waiver."""
    report = audit([Manifest(content=content)], Policy())
    return all(finding.waiver is not None for finding in report.findings if finding.code == code)


def counts_in_pack(content: dict[str, Any], code: str) -> bool:
    """Whether the policy pack accepts it."""
    response = make_analyzer("probes", probe_policies()).Analyze(analyze_request(content), None)
    return not any(f"[{code}]" in entry.message and "is waived" not in entry.message for entry in response.diagnostics)


def counts_in_constructor(waiver: str, code: str) -> bool:
    """Whether a component accepts it."""
    arguments = {
        "image": "registry.example/web:1",
        "port": 8080,
        "liveness_probe": {"timeout_seconds": 30, "period_seconds": 5},
        "waivers": {code: waiver},
    }
    try:
        assemble(_DEFINITION, "web", arguments)
    except InvalidArguments as refusal:
        return code not in {problem.code for problem in refusal.found}
    return True


@pytest.mark.parametrize(("days", "expected"), [(-1, False), (0, True), (1, True)])
def test_the_day_is_that_of_utc(time_zone: str, deployment: dict[str, Any], days: int, expected: bool) -> None:
    """The last day of a waiver ends at midnight UTC, whatever the machine's time zone."""
    until = datetime.now(tz=timezone.utc).date() + timedelta(days=days)
    waiver = f"slow but safe; until {until.isoformat()}"
    deployment["metadata"]["annotations"] = {"pulumi-probes/ignore": f"PRB204={waiver}"}
    found = {
        "audit": counts_in_audit(deployment, "PRB204"),
        "pack": counts_in_pack(deployment, "PRB204"),
        "constructor": counts_in_constructor(waiver, "PRB211"),
    }
    assert dict.fromkeys(found, expected) == found, time_zone
