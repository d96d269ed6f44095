"""No manifest can crash an audit or put a secret into a report."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.finding import Severity
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.values import UNKNOWN, Secret
from pulumi_probes.report import FORMATS, Policy, audit, render
from pulumi_probes.report.timeline import timeline_as_dict

CANARY = "CANARY-1234"
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, 0, -1, 1, 5, 2**31, 2**70, 1.5, float("nan"), float("inf")),
        *("", "http", "80", "x" * 300, "\ud800", "a\x00b", [], {}, [None], [[]]),
        *(UNKNOWN, Secret(UNKNOWN), Secret(3), Secret({"name": "x"})),
    ]
)
Fields = st.SearchStrategy[Any]


def thing(**fields: Fields) -> Fields:
    """An object with some of these fields, or an odd value."""
    whole = st.fixed_dictionaries({}, optional=fields)
    # Odd values near the root hide everything below them, so they are rare.
    return st.one_of(*[whole] * 6, ODD)


def either(*usual: Any) -> Fields:
    """One of the usual values, or an odd one."""
    return st.one_of(*[st.sampled_from(usual)] * 3, ODD)


NUMBERS = st.one_of(*[st.integers(-5, 120)] * 3, ODD)
HANDLERS = thing(
    httpGet=thing(
        path=either("/"),
        port=either(8080, "http"),
        host=ODD,
        scheme=ODD,
        httpHeaders=either([{"name": "Authorization", "value": CANARY}]),
    ),
    exec=either({"command": ["sh", "-c", f"check {CANARY}"]}, {"command": [CANARY]}),
    tcpSocket=thing(port=ODD),
    grpc=thing(port=ODD),
    sleep=thing(seconds=NUMBERS),
    initialDelaySeconds=NUMBERS,
    periodSeconds=NUMBERS,
    timeoutSeconds=NUMBERS,
    failureThreshold=NUMBERS,
    successThreshold=NUMBERS,
    terminationGracePeriodSeconds=NUMBERS,
)
CONTAINERS = st.one_of(
    st.lists(
        thing(
            name=either("web"),
            image=ODD,
            env=st.just([{"name": "TOKEN", "value": CANARY}]),
            args=st.just(["--token", CANARY]),
            ports=either([{"name": "http", "containerPort": 8080}]),
            resources=either({"requests": {"cpu": "1"}, "limits": {"cpu": 1}}),
            restartPolicy=either("Always"),
            lifecycle=thing(preStop=HANDLERS, postStart=HANDLERS),
            startupProbe=HANDLERS,
            readinessProbe=HANDLERS,
            livenessProbe=HANDLERS,
        ),
        max_size=3,
    ),
    ODD,
)
PODS = thing(
    containers=CONTAINERS,
    initContainers=CONTAINERS,
    ephemeralContainers=CONTAINERS,
    terminationGracePeriodSeconds=NUMBERS,
)
METADATA = thing(
    name=ODD,
    namespace=ODD,
    labels=ODD,
    annotations=st.one_of(
        ODD,
        st.dictionaries(
            st.sampled_from(["pulumi-probes/ignore", "pulumi.com/timeoutSeconds", "pulumi.com/skipAwait"]),
            st.one_of(ODD, st.text(max_size=30), st.just("PRB204=x; until 2020-01-01")),
        ),
    ),
)
SPECS = thing(
    template=thing(spec=PODS, metadata=METADATA),
    replicas=NUMBERS,
    progressDeadlineSeconds=NUMBERS,
    minReadySeconds=NUMBERS,
    strategy=thing(rollingUpdate=thing(maxSurge=ODD, maxUnavailable=ODD)),
    selector=ODD,
    ports=ODD,
)
OBJECTS = st.fixed_dictionaries(
    {
        "apiVersion": st.sampled_from(["apps/v1", "v1", "batch/v1", "argoproj.io/v1alpha1", "example.com/v1"]),
        "kind": st.sampled_from(["Deployment", "Pod", "StatefulSet", "DaemonSet", "Job", "Rollout", "Service", "List"]),
        "spec": st.one_of(PODS, SPECS),
    },
    optional={"metadata": METADATA, "items": ODD},
)


@given(contents=st.lists(OBJECTS, max_size=3), is_patch=st.booleans())
def test_any_manifest(*, contents: list[dict[str, Any]], is_patch: bool) -> None:
    """For all values, no rule crashes, every format is written, and no secret is shown."""
    manifests = [Manifest(content=content, is_patch=is_patch) for content in contents]
    report = audit(manifests, Policy(crash_severity=Severity.ERROR))
    assert [] == [finding.message for finding in report.findings if "The rule failed" in finding.message]
    texts = [render(report, name) for name in FORMATS]
    texts += [str(timeline_as_dict(workload)) for workload in read_stack(manifests).workloads]
    assert [] == [text for text in texts if CANARY in text]
