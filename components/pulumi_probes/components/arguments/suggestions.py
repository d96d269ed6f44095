"""Suggestions for unknown argument names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from pulumi_probes.components.field_names import PROBE_FIELDS
from pulumi_probes.model.letter_case import snake_case
from pulumi_probes.model.suggestions import closest

_PROBES: Final = tuple(PROBE_FIELDS)
_ENVIRONMENT: Final = ("env",)
_FROM_SECRET: Final = ("env_value_from", "env_from")
_PULL_SECRETS: Final = ("image_pull_secrets",)

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "environment": _ENVIRONMENT,
    "environment_variables": _ENVIRONMENT,
    "env_vars": _ENVIRONMENT,
    "envs": _ENVIRONMENT,
    "secret_environment": _FROM_SECRET,
    "secret_env": _FROM_SECRET,
    "secrets": _FROM_SECRET,
    "value_from": _FROM_SECRET,
    "config_maps": ("env_from", "volumes"),
    "probe": _PROBES,
    "probes": _PROBES,
    "health": _PROBES,
    "health_check": _PROBES,
    "healthcheck": _PROBES,
    "liveness": ("liveness_probe",),
    "readiness": ("readiness_probe",),
    "startup": ("startup_probe",),
    "lifecycle": ("post_start", "pre_stop"),
    "pre_stop_hook": ("pre_stop",),
    "post_start_hook": ("post_start",),
    "grace_period": ("termination_grace_period_seconds",),
    "grace_period_seconds": ("termination_grace_period_seconds",),
    "delay": ("initial_delay_seconds",),
    "initial_delay": ("initial_delay_seconds",),
    "interval": ("period_seconds",),
    "period": ("period_seconds",),
    "timeout": ("timeout_seconds", "await_timeout_seconds"),
    "retries": ("failure_threshold",),
    "http": ("http_get",),
    "tcp": ("tcp_socket",),
    "headers": ("http_headers",),
    "command": ("exec.command",),
    "pull_secrets": _PULL_SECRETS,
    "registry_secrets": _PULL_SECRETS,
    "pull_policy": ("image_pull_policy",),
    "service_account": ("service_account_name",),
    "container_port": ("port",),
    "target_port": ("port",),
    "service_port": ("service.port",),
    "service_type": ("service.type",),
    "node_port": ("service.node_port",),
    "requests": ("resources.requests",),
    "limits": ("resources.limits",),
    "cpu": ("cpus", "resources.requests"),
    "memory": ("resources.requests",),
    "containers": ("sidecars",),
    "instances": ("replicas",),
    "strategy": ("max_surge", "max_unavailable"),
    "pdb": ("pod_disruption_budget",),
    "ignore": ("waivers",),
}
"""Names known from other tools, in snake case, and the corresponding arguments."""


def meant(name: str, known: Collection[str]) -> list[str]:
    """The arguments that an unknown name may refer to, best match first; empty if there is no match.

    Args:
        name: the unknown name, in any case style.
        known: the arguments that are valid in its place.
    """
    spelt = snake_case(name).replace("-", "_")
    if spelt in known:
        return [spelt]
    aliases = [argument for argument in ALIASES.get(spelt, ()) if argument.partition(".")[0] in known]
    close = closest(spelt, known)
    return aliases or ([close] if close is not None else [])
