"""Measures the policy pack, compared with a pack of the SDK that has one trivial policy.

Both get the same requests in turns, so that other load on the machine affects both. In process, CPU time is measured,
and over gRPC elapsed time. Each line shows the median and the quartiles.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2
from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy
from pulumi_policy.policy import _PolicyAnalyzerServicer  # pyright: ignore[reportPrivateUsage] - what is compared

from pulumi_probes.rules import load_rules
from pulumi_probes_policies import make_analyzer, probe_policies
from pulumi_probes_policies.testing import analyze_request, running_pack, stack_request

ROOT = Path(__file__).parents[1]
LIMIT = 2.0
"""The maximum cost of the whole pack, as a multiple of one trivial policy in the SDK's pack."""

STACK_LIMIT = 1.5
"""The same for a whole stack of Deployments and Services."""

ENVIRONMENT = {
    "PULUMI_PROJECT": "shop",
    "PULUMI_STACK": "dev",
    "PULUMI_DRY_RUN": "true",
    "PULUMI_CONFIG": '{"shop:registry": "registry.example"}',
}
"""The configuration that the engine passes to the process of a pack."""

TRIVIAL_PACK = """
from pulumi_policy import PolicyPack, ResourceValidationPolicy

PolicyPack("trivial", [ResourceValidationPolicy("trivial", "Says nothing.", lambda args, report: None)])
"""

TRIVIAL = "one trivial policy in the SDK's pack"
OURS = "this pack"

Analyze = Callable[[analyzer_pb2.AnalyzeRequest], object]


def deployment() -> dict[str, Any]:
    """A Deployment of 5 KB as JSON: two containers with all probes, as in practice."""
    labels = {"app.kubernetes.io/name": "cart", "app.kubernetes.io/part-of": "shop"}
    container = {
        "name": "cart",
        "image": "registry.example/shop/cart:1.4.2",
        "ports": [{"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 9090}],
        "env": [{"name": f"SETTING_{index:02}", "value": f"the value of setting {index}"} for index in range(25)],
        "resources": {"requests": {"cpu": "250m", "memory": "128Mi"}, "limits": {"memory": "128Mi"}},
        "startupProbe": {
            "httpGet": {"path": "/startupz", "port": "http"},
            "periodSeconds": 5,
            "failureThreshold": 30,
            "timeoutSeconds": 2,
        },
        "readinessProbe": {
            "httpGet": {"path": "/readyz", "port": "http"},
            "periodSeconds": 5,
            "failureThreshold": 2,
            "timeoutSeconds": 2,
        },
        "livenessProbe": {
            "httpGet": {"path": "/livez", "port": "http"},
            "periodSeconds": 10,
            "failureThreshold": 6,
            "timeoutSeconds": 2,
        },
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/scratch"}, {"name": "settings", "mountPath": "/etc/cart"}],
    }
    proxy = {**container, "name": "proxy", "ports": [{"name": "http", "containerPort": 8443}]}
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": labels},
    }
    pod = {
        "containers": [container, proxy],
        "serviceAccountName": "cart",
        "terminationGracePeriodSeconds": 40,
        "topologySpreadConstraints": [spread],
        "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "settings", "configMap": {"name": "cart"}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "cart", "namespace": "shop", "labels": labels},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": labels},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def config_map() -> dict[str, Any]:
    """A ConfigMap of 5 KB, to which no probe policy applies."""
    data = {f"setting-{index:02}": f"the value of setting {index}, in words" for index in range(90)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cart"}, "data": data}


REQUESTS = {"Deployment": analyze_request(deployment()), "ConfigMap": analyze_request(config_map())}


def side_by_side(
    contestants: Mapping[str, Callable[[], object]],
    rounds: int,
    repetitions: int = 10,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Milliseconds for one call of each pack, one number for each round, measured in turns."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, call in contestants.items():
            start = clock()
            for _ in range(repetitions):
                call()
            times[name].append((clock() - start) * 1000 / repetitions)
    return times


def spread(times: list[float]) -> str:
    """The median and the quartiles."""
    lower, median, upper = statistics.quantiles(times, n=4)
    return f"{median:8.3f} ms  ({lower:.3f} to {upper:.3f})"


@contextmanager
def trivial_pack() -> Generator[Path, None, None]:
    """A directory with a pack of one policy that reports nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "__main__.py").write_text(TRIVIAL_PACK, encoding="utf-8")
        yield folder


def in_process() -> dict[str, Analyze]:
    """Both packs in this process."""
    trivial = ResourceValidationPolicy("trivial", "Says nothing.", lambda _args, _report: None)
    sdk = _PolicyAnalyzerServicer("trivial", "0.0.1", [trivial], EnforcementLevel.ADVISORY)
    ours = make_analyzer("probes", probe_policies())
    return {
        TRIVIAL: lambda request: sdk.Analyze(request, None),  # type: ignore[no-untyped-call] # the SDK has no types here
        OURS: lambda request: ours.Analyze(request, None),
    }


def cold_start(folder: Path) -> float:
    """Milliseconds until a new process of a pack has sent its policies to the engine."""
    start = time.perf_counter()
    with running_pack(folder, environment=ENVIRONMENT) as pack:
        pack.GetAnalyzerInfo(Empty())
        return (time.perf_counter() - start) * 1000


def report(title: str, times: Mapping[str, list[float]]) -> float:
    """Print one comparison and return the ratio of the medians."""
    print(f"\n{title}")
    for name, entries in times.items():
        print(f"  {name:<40}{spread(entries)}")
    first, second = (statistics.median(entries) for entries in times.values())
    print(f"  {'ratio':<40}{second / first:8.2f}")
    return second / first


def compare_in_process(rounds: int) -> dict[str, float]:
    """Compare both packs in this process; returns the ratio for each kind of resource."""
    ratios: dict[str, float] = {}
    for kind, request in REQUESTS.items():
        calls = {name: partial(analyze, request) for name, analyze in in_process().items()}
        side_by_side(calls, 2)
        times = side_by_side(calls, rounds, clock=time.process_time)
        ratios[kind] = report(f"Analyze a {kind}, in process", times)
    return ratios


def compare_over_grpc(rounds: int) -> dict[str, float]:
    """Compare both packs as separate processes; returns the ratio for each kind of resource."""
    ratios: dict[str, float] = {}
    with trivial_pack() as trivial, ExitStack() as stack:
        packs = {
            name: stack.enter_context(running_pack(folder, environment=ENVIRONMENT))
            for name, folder in {TRIVIAL: trivial, OURS: ROOT / "policies"}.items()
        }
        for kind, request in REQUESTS.items():
            calls = {name: partial(pack.Analyze, request) for name, pack in packs.items()}
            side_by_side(calls, 2)
            ratios[kind] = report(f"Analyze a {kind}, over gRPC", side_by_side(calls, rounds))
    return ratios


def compare_stacks(count: int, rounds: int) -> float:
    """Compare both packs on a whole stack: every resource by itself, then all together; returns the ratio."""
    requests = [
        analyze_request(content, name=content["metadata"]["name"])
        for number in range(count)
        for content in with_service(number)
    ]
    whole = stack_request(requests)
    with trivial_pack() as trivial, ExitStack() as stack:
        calls: dict[str, Callable[[], object]] = {}
        for name, folder in {TRIVIAL: trivial, OURS: ROOT / "policies"}.items():
            pack = stack.enter_context(running_pack(folder, environment=ENVIRONMENT))
            calls[name] = partial(analyze_all, pack, requests, whole)
        side_by_side(calls, 1, 1)
        return report(f"All of {count:,} Deployments and Services, over gRPC", side_by_side(calls, rounds, 1))


def with_service(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A Deployment and its Service."""
    name = f"cart-{number}"
    labels = {"app.kubernetes.io/name": name}
    content = deployment()
    content["metadata"]["name"] = name
    content["spec"]["selector"]["matchLabels"] = labels
    content["spec"]["template"]["metadata"]["labels"] = labels
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"selector": labels, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
    }
    return content, service


def analyze_all(
    pack: AnalyzerStub, requests: Sequence[analyzer_pb2.AnalyzeRequest], whole: analyzer_pb2.AnalyzeStackRequest
) -> None:
    """Send the requests of a preview."""
    for request in requests:
        pack.Analyze(request)
    pack.AnalyzeStack(whole)


def compare_starts(rounds: int) -> None:
    """Compare how long a new process takes until the engine knows its policies."""
    with trivial_pack() as trivial:
        starts: dict[str, list[float]] = {TRIVIAL: [], OURS: []}
        for _ in range(rounds):
            starts[TRIVIAL].append(cold_start(trivial))
            starts[OURS].append(cold_start(ROOT / "policies"))
    report("Start the process until it has told its policies", starts)


def main(rounds: int = 50) -> int:
    """Print all figures; returns 1 if the pack exceeds its limit, otherwise 0."""
    size = len(json.dumps(deployment(), separators=(",", ":")))
    print(f"{len(load_rules())} rules; a Deployment of {size} bytes, a ConfigMap of the same size")
    ratios = {"in process": compare_in_process(rounds), "over gRPC": compare_over_grpc(rounds)}
    compare_starts(max(3, rounds // 5))
    whole = compare_stacks(1500, max(3, rounds // 10))
    dear = {road: found["Deployment"] for road, found in ratios.items() if found["Deployment"] > LIMIT}
    if whole > STACK_LIMIT:
        dear["a whole stack"] = whole
    for road, ratio in dear.items():
        print(f"\n{road}: {ratio:.2f} times the SDK's price for one trivial policy, more than its limit")
    return 1 if dear else 0


if __name__ == "__main__":
    sys.exit(main())
