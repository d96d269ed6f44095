"""Recognizes what injectors added to a pod specification, and restores the probes that Istio has rewritten.

A pod as `kubectl get -o yaml` or `istioctl kube-inject` prints it also contains the containers of a service mesh.
Nobody can change these in the manifest, so they are not audited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.node import Node
from pulumi_probes.model.values import UNKNOWN, revealed

ISTIO_STATUS: Final = "sidecar.istio.io/status"
"""The annotation in which Istio lists what it has added."""

_APP_PROBERS: Final = "ISTIO_KUBE_APP_PROBERS"
_REWRITTEN: Final = ("/app-health/", "/app-lifecycle/")
_HANDLERS: Final = frozenset({"httpGet", "tcpSocket", "grpc"})
_LISTS: Final = ("initContainers", "containers")
_PLACES: Final = (
    ("startupProbe",),
    ("readinessProbe",),
    ("livenessProbe",),
    ("lifecycle", "preStop"),
    ("lifecycle", "postStart"),
)


class Injector(Struct, frozen=True):
    """An injector other than Istio.

    Attributes:
        mark: the annotation or label that it leaves.
        value: the value of the mark; None for any.
        containers: the names of its containers.
    """

    mark: str
    value: str | None
    containers: tuple[str, ...]


_INJECTORS: Final = (
    Injector("linkerd.io/proxy-version", None, ("linkerd-proxy", "linkerd-init", "linkerd-network-validator")),
    Injector("dapr.io/sidecar-injected", "true", ("daprd",)),
    Injector("kuma.io/sidecar-injected", "true", ("kuma-sidecar", "kuma-init", "kuma-validation")),
    Injector("vault.hashicorp.com/agent-inject-status", "injected", ("vault-agent", "vault-agent-init")),
    Injector(
        "consul.hashicorp.com/connect-inject-status",
        "injected",
        ("consul-dataplane", "consul-connect-inject-init"),
    ),
    Injector("serving.knative.dev/revision", None, ("queue-proxy",)),
)


class Injection(Struct, frozen=True):
    """Changes of injectors to a pod specification.

    Attributes:
        content: the object, with the probes and hooks that its author wrote.
        containers: the paths of the containers that injectors have added.
    """

    content: Mapping[str, Any]
    containers: frozenset[FieldPath]


def find_injection(content: Mapping[str, Any], pod_spec_path: FieldPath) -> Injection | None:
    """Find the changes of injectors to an object; None if there are none.

    Args:
        content: the object.
        pod_spec_path: the path of the pod specification in it.
    """
    segments = pod_spec_path.segments
    if segments[-1:] != ("spec",):
        return None
    metadata = Node(content).reach(FieldPath(segments[:-1]) / "metadata").value
    marks = _marks(metadata)
    names = {name for injector in _INJECTORS if _has_left(injector, marks) for name in injector.containers}
    status = marks.get(ISTIO_STATUS)
    if status is not None:
        names = names.union(*(listed_containers(status, key) for key in _LISTS))
    if not names:
        return None
    pod_spec = Node(content).reach(pod_spec_path).value
    if not isinstance(pod_spec, Mapping):
        return None
    found = frozenset(
        pod_spec_path / key / index
        for key in _LISTS
        for index, container in _containers(pod_spec, key)
        if revealed(container.get("name")) in names
    )
    if not found:
        return None
    if status is None:
        return Injection(content, found)
    originals = _originals(pod_spec)
    restored = {
        key: [_restored(revealed(entry), originals) for entry in revealed(pod_spec[key])]
        for key in _LISTS
        if isinstance(revealed(pod_spec.get(key)), list)
    }
    return Injection(_replaced(content, segments, lambda below: {**below, **restored}), found)


def _marks(metadata: Any) -> dict[str, Any]:
    """Annotations and labels."""
    found: dict[str, Any] = {}
    if isinstance(metadata, Mapping):
        for key in ("labels", "annotations"):
            entries = revealed(metadata.get(key))
            if isinstance(entries, Mapping):
                found.update(entries)
    return found


def _has_left(injector: Injector, marks: Mapping[str, Any]) -> bool:
    value = revealed(marks.get(injector.mark))
    return value is not None and (injector.value is None or value == injector.value)


def listed_containers(status: Any, key: str) -> set[str]:
    """The containers that Istio says it has added to a list of containers."""
    content = _json(status)
    names = content.get(key) if isinstance(content, dict) else None
    return {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()


def _originals(pod_spec: Mapping[str, Any]) -> dict[str, Any]:
    """The probes and hooks before Istio rewrote them, by the path that the kubelet requests now."""
    for key in _LISTS:
        for _, container in _containers(pod_spec, key):
            environment = revealed(container.get("env"))
            for entry in environment if isinstance(environment, list) else ():
                variable = revealed(entry)
                if isinstance(variable, Mapping) and revealed(variable.get("name")) == _APP_PROBERS:
                    content = _json(variable.get("value"))
                    return content if isinstance(content, dict) else {}
    return {}


def _restored(container: Any, originals: Mapping[str, Any]) -> Any:
    """A container with the handlers that its author wrote; one that is not known any more is unknown."""
    if not isinstance(container, Mapping):
        return container
    result: dict[str, Any] = dict(container)
    for place in _PLACES:
        owner = revealed(result.get(place[0]))
        handled = owner if len(place) == 1 or not isinstance(owner, Mapping) else revealed(owner.get(place[1]))
        if not isinstance(handled, Mapping):
            continue
        request = revealed(handled.get("httpGet"))
        path = revealed(request.get("path")) if isinstance(request, Mapping) else None
        if not isinstance(path, str) or not path.startswith(_REWRITTEN):
            continue
        others = {key: value for key, value in handled.items() if key != "httpGet"}
        original = originals.get(path)
        written = original if isinstance(original, dict) else {}
        handler = {key: value for key, value in written.items() if key in _HANDLERS}
        replaced = {**others, **(handler or {"httpGet": UNKNOWN})}
        result[place[0]] = replaced if len(place) == 1 else {**result[place[0]], place[1]: replaced}
    return result


def _containers(pod_spec: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    entries = revealed(pod_spec.get(key))
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        container = revealed(entry)
        if isinstance(container, Mapping):
            yield index, container


def _replaced(
    content: Any, segments: tuple[str | int, ...], change: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> Any:
    """The content with the value at a path replaced; what is not on the way is shared."""
    content = revealed(content)
    if not segments:
        return change(content)
    step, *rest = segments
    below = _replaced(content[step], tuple(rest), change)
    if isinstance(step, int):
        return [*content[:step], below, *content[step + 1 :]]
    return {**content, step: below}


def _json(text: Any) -> Any:
    """The value of JSON in an annotation or a variable; None if it is not JSON."""
    import json  # imported late, few objects have been injected

    text = revealed(text)
    if not isinstance(text, str):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
