"""`probes presets`."""

from __future__ import annotations

from typing import Any

import click
from msgspec.structs import asdict

from pulumi_probes.cli._common_options import format_option
from pulumi_probes.cli._output import Destination
from pulumi_probes.codec.json_text import json_text
from pulumi_probes.codec.probe import write_probe
from pulumi_probes.model.probe import HealthContract, Probe
from pulumi_probes.presets import Preset, load_presets
from pulumi_probes.presets._documentation import EXAMPLE_INTENTS, example_contract
from pulumi_probes.report.text import BOLD, DIM, Page
from pulumi_probes.timeline.bounds.workload import summarize_contract

_EXAMPLE_REPLICAS = 2


@click.command()
@format_option(["text", "json"])
def presets(*, format_name: str) -> None:
    """List the presets with the numbers that they compute from their defaults."""
    destination = Destination("-")
    if format_name == "json":
        content = {"version": 1, "presets": [_as_dict(preset) for preset in load_presets()]}
        destination.write(json_text(content))
        return
    page = Page(destination.style)
    for preset in load_presets():
        _add_preset(page, preset)
    destination.write(page.text())


def _add_preset(page: Page, preset: Preset) -> None:
    contract = example_contract(preset)
    page.blank()
    page.add_line((preset.name, (BOLD,)), (f"  {preset.summary}", ()))
    page.add(f"{preset.name}({_arguments(preset)})", DIM, indent="  ", hanging="    ")
    for line in summarize_contract(contract, replicas=_EXAMPLE_REPLICAS).lines():
        page.add(line, indent="  ")
    for kind, probe in _probes(contract).items():
        page.add(f"{kind:10} {_numbers(probe)}" if probe is not None else f"{kind:10} none", indent="  ")


def _arguments(preset: Preset) -> str:
    examples = EXAMPLE_INTENTS.get(preset.name, {})
    intents = {
        **examples,
        **{name: value for name, value in preset.defaults.items() if name.endswith(("within", "after"))},
    }
    return ", ".join(f"{name}={value!r}" for name, value in intents.items())


def _numbers(probe: Probe) -> str:
    handler = next(iter(write_probe(probe)))
    return (
        f"{handler}, every {probe.period_seconds} s, timeout {probe.timeout_seconds} s, "
        f"failureThreshold {probe.failure_threshold}"
    )


def _probes(contract: HealthContract) -> dict[str, Probe | None]:
    return {"startup": contract.startup, "readiness": contract.readiness, "liveness": contract.liveness}


def _as_dict(preset: Preset) -> dict[str, Any]:
    contract = example_contract(preset)
    return {
        "name": preset.name,
        "since": preset.since,
        "summary": preset.summary,
        "required": list(preset.required),
        "defaults": dict(preset.defaults),
        "example": EXAMPLE_INTENTS.get(preset.name, {}),
        "contract": {
            **{kind: write_probe(probe) if probe is not None else None for kind, probe in _probes(contract).items()},
            "shutdown": asdict(contract.shutdown),
            "rollout": asdict(contract.rollout),
        },
        "timeline": summarize_contract(contract, replicas=_EXAMPLE_REPLICAS).as_dict(),
    }
