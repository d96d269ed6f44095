"""Renders arguments and a health contract to a Deployment: a plain Kubernetes dictionary, leaves may be Outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from pulumi_probes.codec.probe import write_lifecycle, write_probe
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
from pulumi_probes.components.rendering.metadata import (
    LOCAL_VOLUMES,
    merged,
    metadata,
    selector,
)
from pulumi_probes.model.annotations import IGNORE, STARTS_WITHIN, TIMEOUT_SECONDS
from pulumi_probes.model.probe import HealthContract, Lifecycle, ProbeKind, Shutdown, Sleep

_TMP_VOLUME: Final = "tmp"

_SPREAD_OVER = ("kubernetes.io/hostname", "topology.kubernetes.io/zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentSpec:
    """The input for rendering a component.

    Attributes:
        name: the name of its objects.
        arguments: the checked arguments.
        contract: the health contract that the preset computed from the intents.
        port_name: the name of the main port.
        resources: the resources of the main container.
        starts_within: the declared slowest start in seconds, or None if only the startup probe determines it.
    """

    name: str
    arguments: Mapping[str, Any]
    contract: HealthContract
    port_name: str
    resources: Mapping[str, Any]
    starts_within: int | None

    @property
    def replicas(self) -> int:
        """The number of pods."""
        return int(self.arguments.get("replicas", 2))

    @property
    def is_restricted(self) -> bool:
        """Whether security contexts comply with the Pod Security level `restricted`."""
        return bool(self.arguments.get("pod_security", "restricted") == "restricted")


def render_deployment(spec: ComponentSpec) -> dict[str, Any]:
    """The Deployment."""
    arguments, rollout = spec.arguments, spec.contract.rollout
    pod_spec, own_volumes = _pod_spec(spec)
    # Local volumes keep the cluster autoscaler from removing a node; those that the component adds itself must not.
    evictable = {LOCAL_VOLUMES: ",".join(own_volumes)} if own_volumes else {}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(spec.name, arguments, annotations=_annotations(spec)),
        "spec": {
            "replicas": spec.replicas,
            "selector": {"matchLabels": selector(spec.name)},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {
                    "maxSurge": arguments.get("max_surge", rollout.max_surge),
                    "maxUnavailable": arguments.get("max_unavailable", rollout.max_unavailable),
                },
            },
            "minReadySeconds": rollout.min_ready_seconds,
            "progressDeadlineSeconds": rollout.progress_deadline_seconds,
            "template": {
                "metadata": _without_empty(
                    {
                        "labels": merged(
                            arguments.get("labels", {}), arguments.get("pod_labels", {}), selector(spec.name)
                        ),
                        "annotations": merged(evictable, arguments.get("pod_annotations", {})),
                    }
                ),
                "spec": pod_spec,
            },
        },
    }


def _annotations(spec: ComponentSpec) -> Any:
    own = {TIMEOUT_SECONDS: str(spec.contract.rollout.await_timeout_seconds)}
    if spec.starts_within is not None:
        own[STARTS_WITHIN] = str(spec.starts_within)
    waivers = spec.arguments.get("waivers", {})
    if waivers:
        own[IGNORE] = "\n".join(f"{code}={reason}" for code, reason in sorted(waivers.items()))
    return merged(own, spec.arguments.get("annotations", {}))


def _pod_spec(spec: ComponentSpec) -> tuple[dict[str, Any], list[str]]:
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
    return _without_empty(rendered_spec), own_volumes


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


def _without_empty(content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in content.items()
        if isinstance(value, (bool, int, pulumi.Output)) or (value is not None and len(value) > 0)
    }
