"""The component for low-latency network functions; Pulumi reads its annotations, so they are no strings."""

from collections.abc import Mapping
from typing import Any

import pulumi
from typing_extensions import NotRequired

from pulumi_probes.components.arguments.component import ComponentArgs, GuaranteedArgs, HttpEndpointsArgs
from pulumi_probes.components.arguments.problems import Problem
from pulumi_probes.components.assembly import Transform
from pulumi_probes.components.component import ProbedService
from pulumi_probes.components.definition import Definition
from pulumi_probes.components.rendering.http import http_port_name, http_service_port, http_url
from pulumi_probes.model.field_path import FieldPath, Segment
from pulumi_probes.presets import find_preset


class TelcoServiceArgs(ComponentArgs, HttpEndpointsArgs, GuaranteedArgs):
    """The arguments of a `TelcoService`; image, port, cpus and memory are required."""

    starts_within: NotRequired[int]
    """The slowest start that must survive, in seconds; 30 by default."""


class TelcoService(ProbedService):
    """A network function: a failure is noticed within seconds, and no probe runs a process on its CPUs.

    ``TelcoService("upf", {"image": "ghcr.io/acme/upf:3.1", "port": 8080, "cpus": 4, "memory": "8Gi"})`` has whole CPUs
    with requests equal to limits on every container (Guaranteed QoS), all three probes and both lifecycle hooks.

    Raises:
        InvalidArguments: the arguments are wrong, or a rule refuses what they lead to; it lists every problem.
    """

    def __init__(
        self,
        name: str,
        args: TelcoServiceArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transform | None = None,
    ) -> None:
        super().__init__(_DEFINITION, name, args, opts, transform)


def _resources(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    amounts = {
        "cpu": str(arguments["cpus"]),
        "memory": arguments["memory"],
        **{f"hugepages-{size}": amount for size, amount in arguments.get("hugepages", {}).items()},
        **arguments.get("extended_resources", {}),
    }
    return {"requests": amounts, "limits": dict(amounts)}


def _prepare(arguments: dict[str, Any], problems: list[Problem]) -> None:
    """Every container gets what it may take at most, mounts for huge pages, and runs no process beside its own."""
    for owner in ("sidecars", "init_containers"):
        containers: list[Mapping[str, Any]] = arguments.get(owner, [])
        arguments[owner] = [
            {**container, "resources": _guaranteed(container, (owner, index, "resources"), problems)}
            for index, container in enumerate(containers)
        ]
        for index, container in enumerate(containers):
            _refuse_commands(container, (owner, index), problems)
    _refuse_commands(arguments, (), problems)
    _mount_hugepages(arguments)


def _mount_hugepages(arguments: dict[str, Any]) -> None:
    sizes = sorted(arguments.get("hugepages", {}))
    names = {size: f"hugepages-{size.lower()}" for size in sizes}
    # The API wants the size in the medium as soon as there are two.
    suffixes = {size: f"-{size}" if len(sizes) > 1 else "" for size in sizes}
    volumes = [{"name": names[size], "emptyDir": {"medium": f"HugePages{suffixes[size]}"}} for size in sizes]
    mounts = [{"name": names[size], "mountPath": f"/dev/hugepages{suffixes[size]}"} for size in sizes]
    arguments["volumes"] = [*arguments.get("volumes", []), *volumes]
    arguments["volume_mounts"] = [*arguments.get("volume_mounts", []), *mounts]


def _guaranteed(
    container: Mapping[str, Any], where: tuple[Segment, ...], problems: list[Problem]
) -> dict[str, dict[str, str]]:
    """Requests equal to limits; one container without them takes the whole pod out of the Guaranteed class."""
    consequence = "The pod would not be Guaranteed, and every container in it would share its CPUs with other pods."
    resources = container.get("resources", {})
    requests, limits = resources.get("requests", {}), resources.get("limits", {})
    missing = [name for name in ("cpu", "memory") if name not in limits]
    if missing:
        problems.append(
            Problem(
                path=FieldPath((*where, "limits")),
                what=f"lacks {' and '.join(missing)}.",
                consequence=consequence,
                fix="Set both; the requests follow.",
            )
        )
    different = sorted(name for name, amount in requests.items() if limits.get(name) != amount)
    if different and not missing:
        problems.append(
            Problem(
                path=FieldPath((*where, "requests")),
                what=f"{' and '.join(different)} differ from the limits.",
                consequence=consequence,
                fix="Leave the requests out; they follow the limits.",
            )
        )
    return {"requests": {**requests, **limits}, "limits": limits}


def _refuse_commands(container: Mapping[str, Any], where: tuple[Segment, ...], problems: list[Problem]) -> None:
    """Rules judge exec probes; hooks run in the container, too."""
    problems += [
        Problem(
            path=FieldPath((*where, hook, "exec")),
            what="runs a process in the container.",
            consequence="It would take its time from the CPUs that the container has for itself.",
            fix="Use sleep or http_get.",
        )
        for hook in ("post_start", "pre_stop")
        if "exec" in container.get(hook, {})
    ]


_DEFINITION = Definition(
    type_name="TelcoService",
    arguments=TelcoServiceArgs,
    preset=find_preset("telco"),
    port_name=http_port_name,
    probe_port=http_port_name,
    service_port=http_service_port,
    url=http_url,
    resources=_resources,
    prepare=_prepare,
)
