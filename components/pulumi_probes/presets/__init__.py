"""Layer 2: the presets, one per file; each is a function from intents to a `HealthContract`."""

from pulumi_probes.presets._intents import default_deadline_seconds
from pulumi_probes.presets._registry import Preset, find_preset, load_presets
from pulumi_probes.presets.grpc import grpc
from pulumi_probes.presets.slow_start import slow_start
from pulumi_probes.presets.telco import telco
from pulumi_probes.presets.web import web

__all__ = ["Preset", "default_deadline_seconds", "find_preset", "grpc", "load_presets", "slow_start", "telco", "web"]
