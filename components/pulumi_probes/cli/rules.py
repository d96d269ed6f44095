"""`probes rules`."""

from __future__ import annotations

from typing import Any

import click

from pulumi_probes.cli._common_options import format_option
from pulumi_probes.cli._output import Destination
from pulumi_probes.codec.json_text import json_text
from pulumi_probes.report.text import DIM, Page
from pulumi_probes.rules import Rule, configuration_key, load_rules


@click.command()
@format_option(["text", "json"])
def rules(*, format_name: str) -> None:
    """List the rules with their codes, severities and names."""
    destination = Destination("-")
    if format_name == "json":
        content = {"version": 1, "rules": [_as_dict(rule) for rule in load_rules()]}
        destination.write(json_text(content))
        return
    page = Page(destination.style)
    for rule in load_rules():
        page.add(f"{rule.code}  {rule.severity.value:7}  {rule.name}")
        page.add(rule.summary, DIM, indent=" " * 17)
    page.blank()
    page.add("Run `probes explain CODE` for more about a rule.", DIM)
    destination.write(page.text())


def _as_dict(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "since": rule.since,
        "scope": rule.scope.value,
        "summary": rule.summary,
        "parameters": {
            configuration_key(name): sorted(value) if isinstance(value, (set, frozenset)) else value
            for name, value in rule.parameters.items()
        },
    }
