"""Renders arguments and a health contract to the pod specification of a component, with its containers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

from pulumi_probes.codec.probe import write_lifecycle, write_probe
from pulumi_probes.components.component_spec import ComponentSpec
from pulumi_probes.components.field_names import PROBE_FIELDS
from pulumi_probes.components.rendering.container import (
    mount_tmp,
    needs_tmp,
    render_container,
    render_handlers,
    render_port,
    render_probe,
    rendered,
)
from pulumi_probes.components.rendering.metadata import selector
from pulumi_probes.model.probe import HealthContract, Lifecycle, Shutdown, Sleep
from pulumi_probes.model.probe_kind import ProbeKind

_TMP_VOLUME: Final = "tmp"

_SPREAD_OVER = ("kubernetes.io/hostname", "topology.kubernetes.io/zone")


def render_pod_spec(spec: ComponentSpec) -> tuple[dict[str, Any], list[str]]:
    """The pod specification, and the names of the volumes that the component adds."""
    arguments = spec.arguments
    early, regular = _containers(spec)
    own_volumes: list[str] = []
    taken = {volume["name"] for volume in arguments.get("volumes", ()) if isinstance(volume.get("name"), str)}
    for container in (*early, *regular):
        if needs_tmp(container):
            volume = _TMP_VOLUME if container is regular[0] else f"{_TMP_VOLUME}-{container['name']}"
            while volume in taken:
                volume = f"{_TMP_VOLUME}-{volume}"
            mount_tmp(container, volume)
            own_volumes.append(volume)
            taken.add(volume)
    context = {**(_restricted_context() if spec.is_restricted else {}), **arguments.get("pod_security_context", {})}
    rendered_spec = {
        **rendered(arguments, "service_account_name"),
        "automountServiceAccountToken": arguments.get("automount_service_account_token", False),
        # Otherwise a Service named web sets WEB_PORT in every container, which applications may take for their own.
        "enableServiceLinks": False,
        **rendered(arguments, "priority_class_name", "runtime_class_name"),
        "securityContext": context,
        "terminationGracePeriodSeconds": arguments.get(
            "termination_grace_period_seconds", spec.contract.shutdown.termination_grace_period_seconds
        ),
        # The API accepts a stop signal only if the operating system is set.
        "os": {"name": "linux"} if "stop_signal" in arguments else {},
        "imagePullSecrets": [{"name": name} for name in arguments.get("image_pull_secrets", ())],
        "initContainers": early,
        "containers": regular,
        "volumes": [*arguments.get("volumes", ()), *({"name": name, "emptyDir": {}} for name in own_volumes)],
        **rendered(arguments, "node_selector", "tolerations", "affinity"),
        "topologySpreadConstraints": _spread(spec),
    }
    return without_empty(rendered_spec), own_volumes


def _containers(spec: ComponentSpec) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Init containers (native sidecars first, so that the others can use them) and regular containers."""
    regular, native = [_main_container(spec)], list[dict[str, Any]]()
    for sidecar in spec.arguments.get("sidecars", ()):
        container = _sidecar(spec, sidecar)
        if sidecar.get("native", True):
            first = {"name": container["name"], "image": container["image"], "restartPolicy": "Always"}
            native.append({**first, **container})
        else:
            regular.append(container)
    init = [_init_container(spec, entry) for entry in spec.arguments.get("init_containers", ())]
    return [*native, *init], regular


def _main_container(spec: ComponentSpec) -> dict[str, Any]:
    arguments = spec.arguments
    port = {"name": spec.port_name, "containerPort": arguments["port"], "protocol": "TCP"}
    return render_container(
        spec.name,
        arguments,
        ports=[port, *(render_port(entry) for entry in arguments.get("ports", ()))],
        resources=spec.resources,
        probes=main_probes(spec.contract, arguments, spec.port_name),
        lifecycle=_main_lifecycle(spec),
        restricted=spec.is_restricted,
    )


def main_probes(contract: HealthContract, arguments: Mapping[str, Any], port_name: str) -> dict[str, dict[str, Any]]:
    """The probes of the main container: those of the contract, overridden by what the user wrote."""
    probes: dict[str, dict[str, Any]] = {}
    for argument, field in PROBE_FIELDS.items():
        computed = contract.probe(ProbeKind(field))
        base = None if computed is None else write_probe(computed)
        written = arguments.get(argument, {})
        if base is not None or written:
            probes[field] = render_probe(written, port=arguments["port"], port_name=port_name, base=base)
    return probes


def _main_lifecycle(spec: ComponentSpec) -> dict[str, Any]:
    computed = write_lifecycle(_pauses(spec.contract.shutdown))
    return {**computed, **_hooks(spec.arguments, port=spec.arguments["port"], port_name=spec.port_name)}


def _pauses(shutdown: Shutdown) -> Lifecycle:
    after, before = shutdown.post_start_sleep_seconds, shutdown.pre_stop_sleep_seconds
    return Lifecycle(
        post_start=None if after is None else Sleep(seconds=after),
        # A sleep of 0 s is rejected by older clusters, so it is rendered as no hook.
        pre_stop=Sleep(seconds=before) if before else None,
    )


def _sidecar(spec: ComponentSpec, sidecar: Mapping[str, Any]) -> dict[str, Any]:
    ports = sidecar.get("ports", ())
    first = ports[0] if ports else {}
    own = {"port": first.get("container_port"), "port_name": first.get("name")}
    return render_container(
        sidecar["name"],
        sidecar,
        ports=[render_port(entry) for entry in ports],
        resources=sidecar.get("resources", {}),
        probes={
            field: render_probe(sidecar[argument], **own)
            for argument, field in PROBE_FIELDS.items()
            if argument in sidecar
        },
        lifecycle=_hooks(sidecar, **own),
        restricted=spec.is_restricted,
    )


def _init_container(spec: ComponentSpec, entry: Mapping[str, Any]) -> dict[str, Any]:
    return render_container(
        entry["name"],
        entry,
        ports=[],
        resources=entry.get("resources", {}),
        probes={},
        lifecycle={},
        restricted=spec.is_restricted,
    )


def _hooks(arguments: Mapping[str, Any], *, port: int | None, port_name: str | None) -> dict[str, Any]:
    hooks: dict[str, Any] = {
        field: render_handlers(arguments[argument], port=port, port_name=port_name)
        for argument, field in (("post_start", "postStart"), ("pre_stop", "preStop"))
        if argument in arguments
    }
    return {**hooks, **rendered(arguments, "stop_signal")}


def _restricted_context() -> dict[str, Any]:
    """The pod security context that the Pod Security level `restricted` requires; the image determines the user."""
    return {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def _spread(spec: ComponentSpec) -> Sequence[Any]:
    own = spec.arguments.get("topology_spread_constraints")
    if own is not None:
        return list(own)
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            # All pods must still fit into a cluster of one host, or one that has lost a zone.
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": selector(spec.name)},
        }
        for key in _SPREAD_OVER
    ]


def without_empty(content: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are not empty; an Output never counts as empty."""
    return {
        key: value
        for key, value in content.items()
        if isinstance(value, (bool, int, pulumi.Output)) or (value is not None and len(value) > 0)
    }
