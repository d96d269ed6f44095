"""`probes preview` as a gate: whatever it does not see is an error in every format."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_probes.model.values import UNKNOWN, Secret
from pulumi_probes.preview import Recording, read_manifests
from pulumi_probes.report import FORMATS

MakeProject = Callable[..., Path]
Probes = Callable[..., tuple[int, str, str]]
Run = Callable[..., Recording]

KUBERNETES = "import pulumi_kubernetes as k8s\n"
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\n"

UNSEEN = {
    "a chart of version 4": 'k8s.helm.v4.Chart("x", chart="web")',
    "a chart of version 3": 'k8s.helm.v3.Chart("x", k8s.helm.v3.LocalChartOpts(path="chart"))',
    "a release": 'k8s.helm.v3.Release("x", chart="web")',
    "an overlay": 'k8s.kustomize.v2.Directory("x", directory="overlay")',
    "an overlay of version 1": 'k8s.kustomize.Directory("x", directory="overlay")',
    "a missing file": 'k8s.yaml.v2.ConfigFile("x", file="none.yaml")',
    "a broken file": 'k8s.yaml.v2.ConfigFile("x", file="broken.yaml")',
    "a broken file of version 1": 'k8s.yaml.ConfigFile("x", "broken.yaml")',
    "a broken text": 'k8s.yaml.v2.ConfigGroup("x", yaml="a: [")',
    "a file on the network": 'k8s.yaml.v2.ConfigFile("x", file="https://example.com/x.yaml")',
    "unknown values": 'k8s.helm.v3.Release("x", chart="web", values={"id": k8s.core.v1.ConfigMap("c").id})',
    "a remote component": 'pulumi.ComponentResource("other:index:Remote", "x", {}, None, True)',
}
SEEN = {
    "a file": 'k8s.yaml.v2.ConfigFile("x", file="good.yaml")',
    "a file of version 1": 'k8s.yaml.ConfigFile("x", "good.yaml")',
    "files by a pattern": 'k8s.yaml.v2.ConfigGroup("x", files=["g*.yaml"])',
    "a text": 'k8s.yaml.v2.ConfigGroup("x", yaml="")',
    "objects": 'k8s.yaml.v2.ConfigGroup("x", objs=[{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}])',
    "an object": 'k8s.core.v1.ConfigMap("x")',
    "a local component": 'pulumi.ComponentResource("other:index:Local", "x")',
    "an existing object": 'k8s.core.v1.ConfigMap.get("x", "default/x")',
    "another stack": 'pulumi.StackReference("acme/other/dev")',
    "a function": 'pulumi.runtime.invoke_output("cloud:index:getThing", {})',
}


@pytest.fixture
def without_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has neither helm nor kustomize."""
    monkeypatch.setenv("PATH", "/nowhere")


def project(make_project: MakeProject, line: str) -> str:
    """A project whose program ends with a line."""
    broken = OBJECT.replace("NAME", "first") + "---\na: [\n"
    files = {"broken_yaml": broken, "good_yaml": OBJECT.replace("NAME", "good")}
    return str(make_project(f"{KUBERNETES}{line}\n", **files))


@pytest.mark.usefixtures("without_tools")
@pytest.mark.parametrize("line", UNSEEN.values(), ids=UNSEEN)
def test_what_is_not_rendered_is_an_error(make_project: MakeProject, probes: Probes, line: str) -> None:
    """The exit status is 2, and the error has the line of the program that created the resource."""
    status, out, _ = probes("preview", project(make_project, line), "--format", "json")
    content = json.loads(out)
    (error,) = content["errors"]
    (unseen,) = [entry for entry in content["preview"]["not_seen"] if entry["message"] in error["message"]]
    assert (2, f"{unseen['subject']}: {unseen['message']}") == (status, error["message"])
    # The SDK does not say which line calls a function of the provider, or creates a component without a class.
    is_function = unseen["subject"].startswith(("function ", "other:"))
    assert ("Pulumi.yaml" if is_function else "__main__.py", None if is_function else 3) == (
        Path(error["file"]).name,
        error["line"],
    )


@pytest.mark.parametrize("line", SEEN.values(), ids=SEEN)
def test_what_is_rendered_passes(make_project: MakeProject, probes: Probes, line: str) -> None:
    """Resources without hidden objects pass, and so does a value that is only unknown."""
    status, out, _ = probes("preview", project(make_project, line), "--format", "json")
    assert (0, []) == (status, json.loads(out)["errors"])


@pytest.mark.usefixtures("without_tools")
@pytest.mark.parametrize("name", FORMATS)
def test_every_format(make_project: MakeProject, probes: Probes, name: str) -> None:
    """No format reports a chart that was not rendered as a pass, nor does `--quiet`."""
    folder = project(make_project, UNSEEN["a chart of version 4"])
    for options in ((), ("--quiet",)):
        status, out, _ = probes("preview", folder, "--format", name, *options)
        assert 2 == status
        assert "helm is not installed" in " ".join(out.split())


@pytest.mark.usefixtures("without_tools")
@pytest.mark.parametrize(
    ("allowed", "status"),
    [
        (["kubernetes:helm.sh/v4:Chart"], 0),
        (["kubernetes:helm.sh/*"], 0),
        (["other:*", "*Chart"], 0),
        (["kubernetes:helm.sh/v3:Chart"], 2),
        (["helm"], 2),
        ([], 2),
    ],
)
def test_accepted_types(make_project: MakeProject, probes: Probes, allowed: list[str], status: int) -> None:
    """Types that are accepted are listed as not audited, without an error."""
    folder = project(make_project, UNSEEN["a chart of version 4"])
    options = [word for entry in allowed for word in ("--allow-unseen", entry)]
    actual, out, _ = probes("preview", folder, *options)
    assert status == actual
    assert ("Not audited:" if status == 0 else "Errors:") in out
    assert 1 == out.count("helm.sh/v4:Chart x: ")


def test_the_readable_part_is_audited(run: Run) -> None:
    """The objects before a broken document are shown."""
    recording = run(
        KUBERNETES + 'k8s.yaml.v2.ConfigFile("x", file="x.yaml")',
        x_yaml=OBJECT.replace("NAME", "first") + "---\na: [\n",
    )
    assert ["first"] == [manifest.content["metadata"]["name"] for manifest in read_manifests(recording).manifests]
    (diagnostic,) = recording.unaudited()
    assert diagnostic.message.startswith("Some resources inside are neither shown nor audited: ")


def test_groups_that_are_not_awaited(run: Run) -> None:
    """The provider gives the objects of a group with `skip_await` its annotation, and names them after the prefix."""
    recording = run(
        KUBERNETES
        + """
k8s.yaml.v2.ConfigGroup("group", files=["x.yaml"], skip_await=True)
k8s.yaml.v2.ConfigFile("file", file="x.yaml", resource_prefix="pre", skip_await=False)
""",
        x_yaml=OBJECT.replace("NAME", "x"),
    )
    found = {item.name: item.inputs.get("metadata", {}).get("annotations") for item in recording.registrations}
    assert {"pulumi.com/skipAwait": "true"} == found["group:default/x"]
    assert found["pre:default/x"] is None


class TestEarlyEnd:
    """Programs that end before all resources are registered."""

    @pytest.mark.parametrize(
        "call",
        [
            "os._exit(0)",
            "os._exit(3)",
            "os.abort()",
            "os.execv('/bin/true', ['true'])",
            "os.execlp('true', 'true')",
            "import threading; t = threading.Thread(target=os._exit, args=(0,)); t.start(); t.join()",
            "pulumi.Output.from_input(1).apply(lambda _: os._exit(0))",
            "\ntry:\n    os._exit(0)\nexcept BaseException:\n    pass",
            "from os import _exit; _exit(0)",
            "import sys; sys.exit(3)",
        ],
    )
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
    def test_no_pass(self, make_project: MakeProject, probes: Probes, call: str) -> None:
        """The process goes on, and reports that the program ended early."""
        status, out, _ = probes("preview", str(make_project(f"import os\n{call}\n")))
        assert 2 == status
        assert "The program failed:" in out
        assert "posix" == os._exit.__module__

    @pytest.mark.parametrize(
        "call",
        [
            "import subprocess; subprocess.run(['true'], check=True)",
            "child = os.fork()\nif child == 0: os._exit(0)\nos.waitpid(child, 0)",
            "import multiprocessing; p = multiprocessing.get_context('fork').Process(target=int); p.start(); p.join()",
            "os.system('exit 0')",
            "import sys; sys.exit(0)",
        ],
    )
    @pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
    def test_a_pass(self, make_project: MakeProject, probes: Probes, call: str) -> None:
        """Child processes may end as they like."""
        status, out, _ = probes("preview", str(make_project(f"import os\n{call}\n")))
        assert (0, 1) == (status, out.count("Audited 0 workloads"))


class TestTimeLimit:
    """A program that is interrupted says so, whatever the interruption becomes."""

    @pytest.mark.parametrize(
        "program",
        [
            "try:\n    time.sleep(60)\nexcept BaseException:\n    raise ValueError('half imported') from None",
            "try:\n    time.sleep(60)\nexcept BaseException:\n    pass",
            "try:\n    time.sleep(60)\nfinally:\n    sys.exit(0)",
            "try:\n    time.sleep(60)\nexcept BaseException:\n    raise AttributeError('x') from None",
            "pulumi.Output.from_input(1).apply(lambda _: [1 for _ in iter(int, 1)])",
            "time.sleep(60)",
        ],
    )
    def test_the_message(self, run: Run, program: str) -> None:
        """The message names the limit, whatever exception the program raised."""
        (failure,) = run(f"import sys, time\n{program}\n", time_limit_seconds=0.3).failures
        assert ("The program did not finish within 0.3 s.", True) == (failure.message, failure.is_time_limit)

    @pytest.mark.parametrize(
        "program",
        [
            "raise ValueError('own')",
            "raise TimeoutError('own')",
            "import signal; raise InterruptedError('own')",
            "pulumi.Output.from_input(1).apply(lambda _: 1 / 0)",
            "import sys; sys.exit(4)",
        ],
    )
    def test_other_failures(self, run: Run, program: str) -> None:
        """A failure within the limit keeps its own message."""
        (failure,) = run(program).failures
        assert not failure.is_time_limit
        assert "did not finish" not in failure.message


class TestServerFields:
    """Fields that the server fills in are unknown; those that the program set are known."""

    PROGRAM = (
        KUBERNETES
        + """
shop = k8s.Provider("shop", namespace="shop")
own = pulumi.ResourceOptions(provider=shop)
ports = [{"port": 80, "targetPort": 8080}]
plain = k8s.core.v1.Service("plain", spec={"ports": ports, "selector": {"app": "x"}})
public = k8s.core.v1.Service("public", metadata={"name": "public"}, spec={"type": "NodePort", "ports": ports})
fixed = k8s.core.v1.Service("fixed", metadata={"name": "fixed", "namespace": "a"},
    spec={"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}], "clusterIP": "10.0.0.1"})
secret = k8s.core.v1.Service("secret", metadata=pulumi.Output.secret({"name": "secret"}), spec={"ports": ports})
outside = k8s.core.v1.Service("outside", spec={"type": "ExternalName", "externalName": "example.com"})
space = k8s.core.v1.Namespace("space", metadata={"name": "space"})
within = k8s.core.v1.ConfigMap("within", metadata={"name": "within"}, opts=own)
claim = k8s.core.v1.PersistentVolumeClaim("claim", spec={"accessModes": ["ReadWriteOnce"]})
"""
    )

    @pytest.mark.parametrize(
        ("expression", "value"),
        [
            ("plain.spec.cluster_ip", UNKNOWN),
            ("plain.spec.cluster_ip.apply(lambda ip: ip.split('.')[0])", UNKNOWN),
            ("plain.spec.apply(lambda spec: spec.cluster_ip + ':80')", UNKNOWN),
            ("plain.status.load_balancer.ingress[0].ip", UNKNOWN),
            ("public.spec.apply(lambda spec: str(spec.ports[0].node_port + 0))", UNKNOWN),
            ("public.spec.ports[0].node_port", UNKNOWN),
            ("public.metadata.uid", UNKNOWN),
            ("pulumi.Output.concat(public.metadata.name, '.', public.metadata.namespace)", UNKNOWN),
            ("secret.metadata.uid.apply(str)", Secret(UNKNOWN)),
            ("claim.spec.volume_name", UNKNOWN),
            ("plain.metadata.name", UNKNOWN),
            ("within.metadata.resource_version", UNKNOWN),
            ("public.metadata.name", "public"),
            ("public.spec.type", "NodePort"),
            ("public.spec.ports[0].target_port", 8080),
            ("plain.spec.selector['app']", "x"),
            ("fixed.spec.ports[0].node_port", 30080),
            ("fixed.spec.cluster_ip", "10.0.0.1"),
            ("fixed.metadata.namespace", "a"),
            ("within.metadata.namespace", "shop"),
            ("space.metadata.namespace.apply(str)", "None"),
            ("outside.spec.apply(lambda spec: spec.external_name)", "example.com"),
            ("within.metadata.name.apply(str.upper)", "WITHIN"),
        ],
    )
    def test_outputs(self, run: Run, expression: str, value: object) -> None:
        """A field has the value that it has in a real preview, or is unknown."""
        recording = run(f"{self.PROGRAM}\nk8s.core.v1.ConfigMap('last', data={{'x': {expression}}})\n")
        assert [] == recording.failures
        (last,) = [item for item in recording.registrations if item.name == "last"]
        assert {"x": value} == last.inputs["data"]


WITH_SHOP = "pulumi.ResourceOptions(transforms=[use(shop)])"


class TestProviders:
    """Providers decide about namespaces, wherever they are set."""

    PROGRAM = (
        KUBERNETES
        + """
shop = k8s.Provider("shop", namespace="shop")
other = k8s.Provider("other", namespace="other")
def use(provider):
    def transform(args):
        if args.custom:
            options = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(provider=provider))
            return pulumi.ResourceTransformResult(args.props, options)
    return transform
def use_for_children(args):
    if not args.custom:
        args.opts.providers = {"kubernetes": shop}
        return pulumi.ResourceTransformResult(args.props, args.opts)
class Group(pulumi.ComponentResource):
    def __init__(self, opts=None, child=None):
        super().__init__("own:index:Group", "group", {}, opts)
        k8s.core.v1.ConfigMap("c", metadata={"name": "c"}, opts=pulumi.ResourceOptions.merge(
            pulumi.ResourceOptions(parent=self), child))
"""
    )

    @pytest.mark.parametrize(
        ("line", "namespace"),
        [
            ('k8s.core.v1.ConfigMap("c", opts=pulumi.ResourceOptions(transforms=[use(shop)]))', "shop"),
            ("Group(pulumi.ResourceOptions(transforms=[use(shop)]))", "shop"),
            ("Group(pulumi.ResourceOptions(transforms=[use_for_children]))", "shop"),
            ("pulumi.runtime.register_resource_transform(use(other)); Group()", "other"),
            ("Group(pulumi.ResourceOptions(transforms=[use(shop)]), pulumi.ResourceOptions(provider=other))", "shop"),
            (
                "Group(pulumi.ResourceOptions(transforms=[use_for_children]), pulumi.ResourceOptions(provider=other))",
                "other",
            ),
            ("Group(pulumi.ResourceOptions(providers=[other]))", "other"),
            ("Group()", None),
            ('k8s.core.v1.ConfigMap("c", opts=pulumi.ResourceOptions(transforms=[lambda args: None]))', None),
            (f"k8s.core.v1.ConfigMap('c', metadata={{'namespace': 'own'}}, opts={WITH_SHOP})", "own"),
        ],
    )
    def test_namespaces(self, run: Run, line: str, namespace: str | None) -> None:
        """A provider that a transform sets is used, and one set on the component reaches its children."""
        recording = run(f"{self.PROGRAM}\n{line}\n")
        assert ([], []) == (recording.failures, recording.diagnostics)
        (manifest,) = read_manifests(recording).manifests
        assert namespace == manifest.content.get("metadata", {}).get("namespace")
