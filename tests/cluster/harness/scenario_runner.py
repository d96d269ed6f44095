"""Runs scenarios of the timeline on real pods, and records what happens.

Each container is an actor that follows a script. The actors send a datagram for every attempt, start, signal and exit;
a watch records the status of the pods.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from harness.client import ApiError, Client
from harness.cluster import Cluster
from harness.pods import actor_container, actor_pod
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.timeline.model.scenario import Answer, AnswerKind, Life, Scenario, Script, Track

_DOES: Final = {
    AnswerKind.PASSES: "succeed",
    AnswerKind.FAILS: "fail",
    AnswerKind.HANGS: "hang",
    AnswerKind.ERRS: "err",
}

_SPEC_FIELDS: Final = ("startupProbe", "readinessProbe", "livenessProbe", "lifecycle", "restartPolicy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note of an actor: `start`, `attempt`, `sigterm` or `exit`, in seconds since the epoch."""

    at: float
    pod: str
    container: str
    event: str
    life: int
    handler: str = ""


@dataclass(slots=True)
class Sighting:
    """A pod's status as published by the API server, and when."""

    at: float
    kind: str
    pod: Mapping[str, Any]


@dataclass(slots=True)
class Recording:
    """All observations of one pod, in order; `deleted_at` is the time of its deletion, in seconds since the epoch."""

    deleted_at: float | None = None
    notes: list[Note] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)


class ScenarioRunner:
    """A namespace in which scenarios are run, and a socket for the notes of the actors."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._client: Client = cluster.client
        self.namespace = namespace
        self._recordings: dict[str, Recording] = {}
        self._finished: dict[str, Recording] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind((cluster.gateway, 0))
        self._socket.settimeout(0.5)
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._listen, daemon=True),
            threading.Thread(target=self._watch, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def notes_address(self) -> str:
        """The address for the notes of the actors."""
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    def wait_for_age(self, seconds: float) -> None:
        """Wait until every kubelet is this old; for a younger one, the worker first sleeps for part of its period."""
        born = [
            datetime.fromisoformat(node["metadata"]["creationTimestamp"].replace("Z", "+00:00")).timestamp()
            for node in self._client.list("v1", "Node")
        ]
        time.sleep(max(0.0, max(born) + seconds - time.time()))

    def enter(self, manifest: Mapping[str, Any]) -> None:
        """Create a pod."""
        self._client.create(manifest)

    def leave(self, name: str) -> None:
        """Delete a pod, as a rollout or a scale-down does."""
        self.recording(name).deleted_at = time.time()
        self._client.delete("v1", "Pod", name, self.namespace)

    def remove(self, name: str) -> None:
        """Remove a pod whose scenario is over, without recording it."""
        self._finished[name] = self.recording(name)
        self._client.delete("v1", "Pod", name, self.namespace, gracePeriodSeconds=0)

    def recording(self, name: str) -> Recording:
        """The observations of a pod so far."""
        return self._finished.get(name) or self._recordings.setdefault(name, Recording())

    def close(self) -> None:
        """Stop listening."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while not self._is_over.is_set():
            try:
                content = json.loads(self._socket.recv(4096))
            except TimeoutError:
                continue
            note = Note(
                at=float(content["at"]),
                pod=content["pod"],
                container=content["container"],
                event=content["event"],
                life=int(content["incarnation"]) + 1,
                handler=content.get("handler", ""),
            )
            if note.pod not in self._finished:
                self.recording(note.pod).notes.append(note)

    def _watch(self) -> None:
        # Each watch continues where the last one ended, so that no event is lost; duplicates do no harm.
        version: dict[str, str] = {}
        while not self._is_over.is_set():
            try:
                for kind, pod in self._client.watch("v1", "Pod", self.namespace, seconds=2, **version):
                    version = {"resourceVersion": pod["metadata"]["resourceVersion"]}
                    name = pod["metadata"]["name"]
                    if name not in self._finished:
                        self.recording(name).sightings.append(Sighting(time.time(), kind, pod))
            except ApiError:
                # The server has discarded this version, or does not have it yet: start with the current state.
                version = {}
                time.sleep(0.1)


def scenario_pod(
    name: str,
    namespace: str,
    containers: Mapping[str, Mapping[str, Any]],
    scenario: Scenario,
    notes: str,
    **spec: Any,
) -> dict[str, Any]:
    """The manifest of a pod whose actors follow a scenario.

    Args:
        name: the name of the pod.
        namespace: the namespace of the pod.
        containers: probes, hooks and restart policy by container name; `restartPolicy: Always` makes a sidecar.
        scenario: the behavior of the containers.
        notes: the address for the notes of the actors.
        spec: additional fields of the pod specification.
    """
    regular: list[dict[str, Any]] = []
    sidecars: list[dict[str, Any]] = []
    for index, (container_name, fields) in enumerate(containers.items()):
        port = 8080 + 10 * index
        script = actor_script(scenario.scripts.get(container_name, Script()), scenario.horizon, _tcp_probe(fields))
        container = actor_container(container_name, script, port=port)
        container["env"] += [{"name": "NOTES", "value": notes}, {"name": "POD", "value": name}]
        container |= {key: _with_port(fields[key], port) for key in _SPEC_FIELDS if key in fields}
        (sidecars if fields.get("restartPolicy") == "Always" else regular).append(container)
    if sidecars:
        spec["initContainers"] = sidecars
    return actor_pod(name, namespace, regular, **spec)


def actor_script(script: Script, horizon: int, tcp: ProbeKind | None = None) -> dict[str, Any]:
    """The script of a container in the format of the actor; see `tests/cluster/actor/script.go`.

    Args:
        script: the behavior of the container.
        horizon: the duration in milliseconds.
        tcp: the probe with a tcpSocket handler, whose results determine whether the port is open.

    Raises:
        ValueError: the actor does not support this behavior.
    """
    if script.overlays or script.pre_stop is not None or script.post_start is not None:
        raise ValueError("an actor knows its own age only, and hooks do what the manifest says")
    return {"incarnations": [_incarnation(life, horizon, tcp) for life in script.lives]}


def _incarnation(life: Life, horizon: int, tcp: ProbeKind | None) -> dict[str, Any]:
    content: dict[str, Any] = {
        "handlers": {kind.word: list(_phases(life.track(kind), horizon)) for kind in ProbeKind},
        "sigterm": {"code": life.sigterm_exit_code},
    }
    if tcp is not None:
        content["handlers"]["tcp"] = list(_phases(life.track(tcp), horizon))
    if life.exits_at is not None:
        content["exit"] = {"at": life.exits_at / 1000, "code": life.exit_code}
    if life.exits_after_sigterm is None:
        content["sigterm"]["ignores"] = True
    else:
        content["sigterm"]["after"] = life.exits_after_sigterm / 1000
    return content


def _phases(track: Track, horizon: int) -> list[dict[str, Any]]:
    begins = [0] if track.cycle is None else list(range(0, horizon, track.cycle))
    return [
        {"from": (begin + moment) / 1000, **_phase(answer)}
        for begin in begins
        for moment, answer in track.segments
        if answer is not None
    ]


def _phase(answer: Answer) -> dict[str, Any]:
    if answer.after and answer.kind is AnswerKind.PASSES:
        return {"does": "slow", "takes": answer.after / 1000}
    if answer.after:
        raise ValueError("an actor is slow only when it passes")
    return {"does": _DOES[answer.kind]}


def _tcp_probe(fields: Mapping[str, Any]) -> ProbeKind | None:
    return next((kind for kind in ProbeKind if "tcpSocket" in fields.get(kind.value, {})), None)


def _with_port(value: Any, port: int) -> Any:
    """The same with the container's own ports in place of 0: one for requests, the next one for connections."""
    if not isinstance(value, Mapping):
        return value
    return {
        key: port if (key, item) == ("port", 0) else _with_port(item, port + 1 if key == "tcpSocket" else port)
        for key, item in value.items()
    }
