"""From intents and explicit probes to a health contract whose computed parts fit the explicit ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_probes.codec.probe import read_probe
from pulumi_probes.components.arguments.problems import Problem
from pulumi_probes.components.definition import Definition
from pulumi_probes.components.rendering.pod import main_probes
from pulumi_probes.model.errors import UnsatisfiableIntent, ValueNotAvailable
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.node import Node
from pulumi_probes.model.probe import HealthContract, HttpHeader, Probe
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.timeline.bounds.probe import detection, guaranteed_start_seconds


def compute_contract(
    definition: Definition, arguments: Mapping[str, Any], port_name: str, problems: list[Problem]
) -> HealthContract | None:
    """The preset's contract for the intents, adjusted to the probes that the user wrote.

    A slower explicit readiness probe leads to a slower liveness probe, and a more tolerant explicit liveness probe to a
    more tolerant startup probe, as in the preset. Every intent that cannot be satisfied is added to the problems and
    left out.

    Returns:
        The contract, or None if the remaining intents are not enough to compute one.
    """
    preset = definition.preset
    intents = _intents(definition, arguments)
    contract = None
    for _ in range(len(intents)):
        try:
            contract = preset.build(**intents)
            break
        except UnsatisfiableIntent as problem:
            problems.append(Problem(path=FieldPath((problem.intent,)), what=f"{problem.reason}."))
            if problem.intent not in intents or problem.intent in preset.required:
                return None
            del intents[problem.intent]
    if contract is None:
        return None
    wanted = {**preset.defaults, **intents}
    readiness = _effective(contract, ProbeKind.READINESS, arguments, port_name)
    if readiness is not None:
        wanted["restarts_after"] = max(wanted["restarts_after"], detection(readiness).latest)
        contract = _rebuilt(definition, wanted, contract)
    liveness = _effective(contract, ProbeKind.LIVENESS, arguments, port_name)
    if liveness is not None:
        wanted["starts_within"] = max(wanted["starts_within"], guaranteed_start_seconds(liveness))
        contract = _rebuilt(definition, wanted, contract)
    return contract


def declared_start(definition: Definition, arguments: Mapping[str, Any]) -> int | None:
    """The slowest start in seconds; None if the user wrote the startup probe and did not set `starts_within`."""
    if "startup_probe" in arguments and "starts_within" not in arguments:
        return None
    declared: int = arguments.get("starts_within", definition.preset.defaults.get("starts_within"))
    return declared


def _intents(definition: Definition, arguments: Mapping[str, Any]) -> dict[str, Any]:
    preset = definition.preset
    intents = {name: arguments[name] for name in (*preset.defaults, *preset.required) if name in arguments}
    intents["port"] = definition.probe_port(arguments)
    if "http_headers" in intents:
        intents["http_headers"] = tuple(HttpHeader(**header) for header in intents["http_headers"])
    pause = arguments.get("pre_stop", {}).get("sleep", {}).get("seconds")
    if pause is not None:
        intents.setdefault("pre_stop_sleep_seconds", pause)
    return intents


def _effective(contract: HealthContract, kind: ProbeKind, arguments: Mapping[str, Any], port_name: str) -> Probe | None:
    """The probe as it will be rendered; None if it is malformed, which a rule reports."""
    content = main_probes(contract, arguments, port_name).get(kind.value)
    try:
        return None if content is None else read_probe(Node(content))
    except ValueNotAvailable:
        return None


def _rebuilt(definition: Definition, intents: Mapping[str, Any], otherwise: HealthContract) -> HealthContract:
    try:
        return definition.preset.build(**intents)
    except UnsatisfiableIntent:
        # The explicit probes have extreme numbers, which rules report.
        return otherwise
