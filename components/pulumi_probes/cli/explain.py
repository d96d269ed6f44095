"""`probes explain`."""

from __future__ import annotations

from pathlib import Path

import click

from pulumi_probes.cli._output import Destination, write_remark
from pulumi_probes.codec.files import read_paths
from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.report import InputError
from pulumi_probes.report.drawings import (
    NotDrawn,
    add_not_drawn,
    add_workload_timeline,
    diagrams_of,
    simulated_workloads_of,
)
from pulumi_probes.report.text import BOLD, DIM, Page
from pulumi_probes.rules import Rule, configuration_key, find_rule, suggested_rule


@click.command()
@click.argument("topic", metavar="CODE|PATH")
def explain(*, topic: str) -> int:
    """Explain a rule, given its code or name, or what the probes of a manifest do, in seconds."""
    destination = Destination("-")
    rule = find_rule(topic)
    if rule is not None:
        destination.write(_rule_page(rule, Page(destination.style)))
        return 0
    if topic != "-" and not Path(topic).exists():
        message = f"{topic!r} is neither a rule nor a file. {suggested_rule(topic)}".rstrip()
        raise click.BadParameter(message, param_hint="CODE|PATH")
    page = Page(destination.style)
    documents = read_paths([topic])
    workloads = read_stack(documents.manifests).workloads
    is_malformed = False
    for simulated in simulated_workloads_of(workloads):
        if isinstance(simulated, NotDrawn):
            is_malformed |= simulated.is_malformed
            add_not_drawn(page, simulated)
        else:
            add_workload_timeline(page, simulated, list(diagrams_of(simulated)), destination.style.width)
    if not workloads:
        page.add("No workloads found.")
    destination.write(page.text())
    for error in documents.errors:
        write_remark(str(InputError.of(error)))
    return 2 if documents.errors or is_malformed else 0


def _rule_page(rule: Rule, page: Page) -> str:
    parts = rule.documentation
    page.add(f"{rule.code} {rule.name}", BOLD)
    page.add(f"{rule.severity.value}, since {rule.since}", DIM)
    page.blank()
    page.add(parts.summary)
    page.blank()
    for paragraph in parts.why.split("\n\n"):
        page.add(paragraph)
    for heading, examples in (("Bad", parts.bad), ("Good", parts.good)):
        for example in examples:
            page.blank()
            page.add(f"{heading}:", BOLD)
            for line in example.splitlines():
                page.add_verbatim(line, indent="    ")
    page.blank()
    page.add(f"Fix: {parts.fix}")
    if rule.parameters:
        page.blank()
        page.add("Parameters:", BOLD)
        for name, value in rule.parameters.items():
            page.add(f"{configuration_key(name)} (default {value!r})", indent="    ")
    page.blank()
    for reference in parts.references:
        page.add_verbatim(reference, DIM)
    return page.text()
