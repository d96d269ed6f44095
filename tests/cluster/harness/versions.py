"""Older versions of Kubernetes that an API server can emulate, and the trials of each.

An API server can emulate the three minor versions before its own, with the defaults of feature gates in that version.
If a gate can still be set, disabling it emulates older versions, and enabling it emulates later ones. The code is the
newest, so changes without a feature gate are not emulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from typing import Any, Final

from harness import specifications
from harness.agreement import VERSIONED_RULES, findings, is_refusal
from harness.client import ApiError, Client
from harness.toolchain import kubernetes_version
from pulumi_probes._markdown import table
from pulumi_probes.codec.versions import FEATURES, KubernetesVersion, parse_version

NEWEST: Final = parse_version(kubernetes_version())

EMULATED: Final = tuple(KubernetesVersion(NEWEST.major, NEWEST.minor - back) for back in (3, 2, 1, 0))
"""The versions that the API server can emulate, and its own."""

SPECIFICATIONS: Final = 20_000
"""The default number of generated specifications for the newest version."""

SPECIFICATIONS_OF_OLDER: Final = 400
"""The number for each older version."""


class Fate(Enum):
    """The behavior of an API server for a field."""

    KEPT = "kept"
    DROPPED = "dropped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Server:
    """An API server that emulates another version, or has other feature gates.

    Attributes:
        version: the emulated version.
        on: gates that are enabled, but disabled by default in this version.
        off: gates that are disabled, but enabled by default in this version.
    """

    version: KubernetesVersion
    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()

    def __str__(self) -> str:
        with_gates = f" with {' and '.join(self.on)}" if self.on else ""
        return f"{self.version}{with_gates}" + (f" without {' and '.join(self.off)}" if self.off else "")

    @property
    def options(self) -> list[str]:
        """The options of kube-apiserver."""
        gates = [*(f"{gate}=true" for gate in self.on), *(f"{gate}=false" for gate in self.off)]
        return [f"--emulated-version={self.version}", *([f"--feature-gates={','.join(gates)}"] if gates else [])]


@dataclass(frozen=True, slots=True)
class Use:
    """An object that uses a feature, by default a pod, and the path of the field to check."""

    spec: Mapping[str, Any]
    path: tuple[str | int, ...]
    api_version: str = "v1"
    kind: str = "Pod"

    @property
    def manifest(self) -> dict[str, Any]:
        """The whole object."""
        metadata = {"name": "tried", "namespace": "default"}
        return {"apiVersion": self.api_version, "kind": self.kind, "metadata": metadata, "spec": dict(self.spec)}

    def value(self, manifest: Mapping[str, Any]) -> object:
        """The value at the path, or None if there is none."""
        return reduce(_at, self.path, manifest["spec"])


def _at(value: Any, key: str | int) -> Any:
    if value is None:
        return None
    return value[key] if isinstance(key, int) else value.get(key)


_CONTAINER: Final = {"name": "app", "image": "registry.example/tried:1"}


def _in_container(fields: Mapping[str, Any], *path: str | int, **spec: Any) -> Use:
    return Use({"containers": [{**_CONTAINER, **fields}], **spec}, ("containers", 0, *path))


def _in_init_container(fields: Mapping[str, Any]) -> Use:
    init = {**_CONTAINER, "name": "init", **fields}
    return Use({"containers": [_CONTAINER], "initContainers": [init]}, ("initContainers", 0, *fields))


def _in_stateful_set(strategy: Mapping[str, Any], *path: str) -> Use:
    labels = {"app": "tried"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [_CONTAINER]}}
    spec = {
        "serviceName": "tried",
        "selector": {"matchLabels": labels},
        "updateStrategy": strategy,
        "template": template,
    }
    return Use(spec, ("updateStrategy", *path), "apps/v1", "StatefulSet")


_GRPC: Final = {"port": 9090}
_HTTP2: Final = {"port": 80, "protocol": "HTTP2"}
_ALL_CONTAINERS: Final = {"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [42]}}
_STOP_SIGNAL: Final = {"lifecycle": {"stopSignal": "SIGUSR1"}}

USES: Final[Mapping[str, tuple[Use, ...]]] = {
    "grpc": (_in_container({"livenessProbe": {"grpc": _GRPC}}, "livenessProbe", "grpc", "port"),),
    "probe-grace-period": (
        _in_container(
            {"livenessProbe": {"tcpSocket": {"port": 80}, "terminationGracePeriodSeconds": 5}},
            *("livenessProbe", "terminationGracePeriodSeconds"),
        ),
    ),
    "sidecar": (_in_init_container({"restartPolicy": "Always"}),),
    "sleep": tuple(
        _in_container({"lifecycle": {hook: {"sleep": {"seconds": 5}}}}, "lifecycle", hook, "sleep")
        for hook in ("preStop", "postStart")
    ),
    "sleep-zero": (_in_container({"lifecycle": {"preStop": {"sleep": {"seconds": 0}}}}, "lifecycle", "preStop"),),
    # A stop signal requires the operating system.
    "stop-signal": (_in_container(_STOP_SIGNAL, "lifecycle", "stopSignal", os={"name": "linux"}),),
    "container-restart-policy": (
        _in_container({"restartPolicy": "Never"}, "restartPolicy"),
        _in_init_container({"restartPolicy": "OnFailure"}),
    ),
    "grpc-tls": (
        _in_container({"livenessProbe": {"grpc": {**_GRPC, "mode": "TLS"}}}, "livenessProbe", "grpc", "mode"),
    ),
    "restart-all-containers": (
        _in_container(
            {"restartPolicy": "Always", "restartPolicyRules": [_ALL_CONTAINERS]}, "restartPolicyRules", 0, "action"
        ),
    ),
    "http2": (
        _in_container({"livenessProbe": {"httpGet": _HTTP2}}, "livenessProbe", "httpGet", "protocol"),
        _in_container({"lifecycle": {"preStop": {"httpGet": _HTTP2}}}, "lifecycle", "preStop", "httpGet", "protocol"),
    ),
    "pod-resources": (
        Use({"containers": [_CONTAINER], "resources": {"limits": {"cpu": "2"}}}, ("resources", "limits", "cpu")),
    ),
    "eviction-responders": (
        Use(
            {"containers": [_CONTAINER], "evictionResponders": [{"name": "acme.example/mover", "priority": 5000}]},
            ("evictionResponders", 0, "name"),
        ),
    ),
    "stateful-set-unavailable": (
        _in_stateful_set({"rollingUpdate": {"maxUnavailable": 2}}, "rollingUpdate", "maxUnavailable"),
    ),
    "stateful-set-recreate": (_in_stateful_set({"type": "Recreate"}, "type"),),
}
"""Feature -> objects that use only this one of the features that not all emulated versions support."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A feature, and an API server on which it is tested.

    Attributes:
        feature: a key of the table.
        server: the API server.
        acts_as: the version that the server emulates for this feature; None for a future version.
    """

    feature: str
    server: Server
    acts_as: KubernetesVersion | None

    def __str__(self) -> str:
        return f"{self.feature} in {self.server}"

    @property
    def expected(self) -> Fate:
        """The expected behavior of the server according to the rule."""
        return Fate.KEPT if self.acts_as is None else announced_fate(self.feature, self.acts_as)


def announced_fate(feature: str, version: KubernetesVersion) -> Fate:
    """The behavior of an API server of `version` for the field according to the rule.

    Raises:
        ValueError: the behavior differs between uses of the field.
    """
    found = [findings(use.manifest, VERSIONED_RULES, version) for use in USES[feature]]
    fates = {
        Fate.KEPT if not of_one else Fate.REFUSED if any(map(is_refusal, of_one)) else Fate.DROPPED for of_one in found
    }
    if len(fates) > 1:
        raise ValueError(f"{feature} in {version}: {fates}")
    return fates.pop()


def observed_fates(client: Client, feature: str) -> set[Fate]:
    """The actual behavior of an API server."""
    return {_observed(client, use) for use in USES[feature]}


def _observed(client: Client, use: Use) -> Fate:
    try:
        answer = client.create(use.manifest, dryRun="All", fieldValidation="Ignore")
    except ApiError as refusal:
        if refusal.reason != "Invalid":
            raise
        return Fate.REFUSED
    sent, kept = use.value(use.manifest), use.value(answer)
    if kept not in (sent, None):
        raise ValueError(f"neither kept nor dropped: {sent}, {kept}")
    return Fate.DROPPED if kept is None else Fate.KEPT


def _gate(feature: str) -> str:
    return FEATURES[feature].gate


TRIALS: Final = (
    *(Trial(feature, Server(version), version) for version in EMULATED for feature in FEATURES),
    Trial(
        "container-restart-policy",
        Server(NEWEST, off=(_gate("container-restart-policy"), _gate("restart-all-containers"))),
        KubernetesVersion(1, 34),
    ),
    Trial("container-restart-policy", Server(KubernetesVersion(1, 34), on=(_gate("container-restart-policy"),)), None),
    Trial("restart-all-containers", Server(NEWEST, off=(_gate("restart-all-containers"),)), KubernetesVersion(1, 35)),
    Trial("pod-resources", Server(EMULATED[0], off=(_gate("pod-resources"),)), KubernetesVersion(1, 33)),
    *(Trial("stop-signal", Server(version, on=(_gate("stop-signal"),)), None) for version in (EMULATED[0], NEWEST)),
    *(
        Trial(feature, Server(NEWEST, on=(_gate(feature),)), None)
        for feature in ("grpc-tls", "http2", "eviction-responders", "stateful-set-recreate")
    ),
)

NOT_TRIABLE: Final[Mapping[str, str]] = dict.fromkeys(
    ("grpc", "probe-grace-period", "sidecar", "sleep", "sleep-zero"), "unrecognized feature gate"
)
"""Feature -> the reason why its introduction cannot be tested, in the words of the API server that does not start."""


def beyond(feature: str) -> Server:
    """The API server that would be needed to test the introduction of a feature."""
    gate = _gate(feature)
    return Server(NEWEST, on=(gate,)) if FEATURES[feature].usable_since is None else Server(EMULATED[0], off=(gate,))


@dataclass(frozen=True, slots=True)
class Comparable:
    """An API server that is tested with generated specifications.

    Attributes:
        server: the API server.
        acts_as: the version that it emulates.
        features: the optional features that the specifications use.
    """

    server: Server
    acts_as: KubernetesVersion
    features: frozenset[str] = specifications.FEATURES


COMPARED: Final = tuple(Comparable(Server(version), version) for version in EMULATED[:-1])

SERVERS: Final = tuple(dict.fromkeys([*(item.server for item in COMPARED), *(trial.server for trial in TRIALS)]))
"""Each API server once; those with the longer trials first."""


def blocks() -> dict[str, str]:
    """The generated blocks about versions in `docs/explanation/cluster.md`."""
    return {"versions": _block()}


def _block() -> str:
    generated = [
        [kubernetes_version(), str(NEWEST), f"{SPECIFICATIONS:,}"],
        *([str(item.server), str(item.acts_as), f"{SPECIFICATIONS_OF_OLDER:,}"] for item in COMPARED),
    ]
    plain = {(trial.feature, str(trial.server)): trial.expected.value for trial in TRIALS}
    fates = [
        [feature.name, str(feature.usable_since or "not yet"), *(plain[key, str(version)] for version in EMULATED)]
        for key, feature in FEATURES.items()
    ]
    gates = [
        [FEATURES[trial.feature].name, str(trial.server), str(trial.acts_as or "a later one"), trial.expected.value]
        for trial in TRIALS
        if trial.server.on or trial.server.off
    ]
    untried = [f"{FEATURES[feature].name} ({FEATURES[feature].usable_since or 'not yet'})" for feature in NOT_TRIABLE]
    limits = (
        f"Kubernetes {NEWEST} cannot emulate versions before {EMULATED[0]}. "
        "The transitions of these features cannot be tested"
    )
    return "\n\n".join(
        [
            table(["Kubernetes", "acts like", "generated specifications"], generated),
            table(["field", "on since", *(str(version) for version in EMULATED)], fates),
            table(["field", "Kubernetes", "acts like", "found"], gates),
            f"{limits}: {'; '.join(untried)}.",
        ]
    )
