"""The reference page of the presets, with the numbers that they compute."""

from __future__ import annotations

import re
from typing import Any

from pulumi_probes._docstrings import docstring
from pulumi_probes._markdown import table
from pulumi_probes.model.probe import HealthContract, Probe
from pulumi_probes.presets._registry import Preset, load_presets
from pulumi_probes.timeline.bounds.pod import contract_start, pod_budget_seconds
from pulumi_probes.timeline.bounds.probe import detection, guaranteed_start_seconds, hang_detection, stop_seconds
from pulumi_probes.timeline.bounds.rollout import PLACEMENT_SECONDS

EXAMPLE_INTENTS: dict[str, dict[str, Any]] = {"slow_start": {"starts_within": 300}}
"""The example arguments of presets that have required arguments."""

_ARGUMENT = re.compile(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", flags=re.MULTILINE)
_INTRODUCTION = (
    "A preset turns intents, in seconds, into a complete health contract. This page lists the numbers; it is generated "
    "by `scripts/docs`."
)
_CLOSING = (
    "The times hold for every phase of the kubelet's ticker. They do not include what happens before any probe runs, "
    f"such as image pulls; the deadlines allow {PLACEMENT_SECONDS} s for it."
)


def example_contract(preset: Preset) -> HealthContract:
    """The contract of a preset with its defaults, and with the example values of its required arguments."""
    return preset.build(**EXAMPLE_INTENTS.get(preset.name, {}))


def pages() -> dict[str, str]:
    """The page by its path below `docs/reference`."""
    return {"presets.md": _page()}


def _page() -> str:
    presets = load_presets()
    contracts = [example_contract(preset) for preset in presets]
    parts = [
        "# Presets",
        _INTRODUCTION,
        table(["", *(_call(preset) for preset in presets)], _promises(contracts)),
        "## Probes",
        table(["", *(f"`{preset.name}`" for preset in presets)], _numbers(contracts)),
        _CLOSING,
    ]
    for preset in presets:
        parts += [
            f"## `{preset.name}`",
            _prose(preset),
            table(["argument", "default", "what it is"], _arguments(preset)),
        ]
    return "\n\n".join(parts) + "\n"


def _call(preset: Preset) -> str:
    arguments = ", ".join(f"{name}={value!r}" for name, value in EXAMPLE_INTENTS.get(preset.name, {}).items())
    return f"`{preset.name}({arguments})`"


def _promises(contracts: list[HealthContract]) -> list[list[str]]:
    return [
        ["slowest start without a restart", *[f"{_start(c)} s" for c in contracts]],
        ["Ready within", *[f"{_ready(c)} s" for c in contracts]],
        ["a hung pod is out of the endpoints after", *[_hang(c.readiness) for c in contracts]],
        ["a hung container is killed after", *[_hang(c.liveness) for c in contracts]],
        ["not killed before", *[f"{detection(c.liveness).earliest} s" if c.liveness else "-" for c in contracts]],
        ["preStop sleep", *[f"{c.shutdown.pre_stop_sleep_seconds} s" for c in contracts]],
        ["pod deleted within", *[f"{_stop(c)} s" for c in contracts]],
        ["minReadySeconds", *[f"{c.rollout.min_ready_seconds} s" for c in contracts]],
        ["progressDeadlineSeconds", *[f"{c.rollout.progress_deadline_seconds} s" for c in contracts]],
        ["Pulumi waits (2 replicas)", *[f"{c.rollout.await_timeout_seconds} s" for c in contracts]],
    ]


def _numbers(contracts: list[HealthContract]) -> list[list[str]]:
    rows: list[list[str]] = []
    for kind in ("startup", "readiness", "liveness"):
        for title, attribute in (
            ("periodSeconds", "period_seconds"),
            ("timeoutSeconds", "timeout_seconds"),
            ("failureThreshold", "failure_threshold"),
            ("fails after", ""),
        ):
            cells: list[str] = []
            for contract in contracts:
                probe: Probe | None = getattr(contract, kind)
                if probe is None:
                    cells.append("-")
                else:
                    cells.append(str(getattr(probe, attribute)) if attribute else str(detection(probe)))
            rows.append([f"{kind} {title}", *cells])
    return rows


def _start(contract: HealthContract) -> int:
    probe = contract.startup or contract.liveness
    return guaranteed_start_seconds(probe) if probe is not None else 0


def _ready(contract: HealthContract) -> int:
    return pod_budget_seconds([contract_start(contract)])


def _stop(contract: HealthContract) -> int:
    shutdown = contract.shutdown
    return stop_seconds(shutdown.pre_stop_sleep_seconds, shutdown.termination_grace_period_seconds)


def _hang(probe: Probe | None) -> str:
    return "-" if probe is None else str(hang_detection(probe))


def _prose(preset: Preset) -> str:
    """The docstring of a preset without its list of arguments, and with its examples as code blocks."""
    text = docstring(preset.build).partition("\nArgs:")[0].strip()
    blocks = text.split("\n\n")
    return "\n\n".join(
        f"```python\n{block}\n```" if block.startswith(f"{preset.name}(") else block.replace("\n", " ")
        for block in blocks
    )


def _arguments(preset: Preset) -> list[list[str]]:
    """Each argument, its default, and what the docstring says about it."""
    section = docstring(preset.build).partition("\nArgs:\n")[2].partition("\n\n")[0]
    texts = {name: " ".join(text.split()) for name, text in _ARGUMENT.findall(section)}
    defaults = dict.fromkeys(preset.required, "required")
    defaults |= {name: f"`{value!r}`" for name, value in preset.defaults.items()}
    return [[f"`{name}`", default, texts[name][0].upper() + texts[name][1:]] for name, default in defaults.items()]
