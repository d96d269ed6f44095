"""A program runs as in a preview, and the run always ends with the resources registered so far."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest

from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import SourceLocation
from pulumi_probes.model.values import UNKNOWN, Secret
from pulumi_probes.preview import Recording, load_project, load_stack, read_manifests, run_program

MakeProject = Callable[..., Path]
Run = Callable[..., Recording]

PROVIDER = """
    class Thing(pulumi.CustomResource):
        size: pulumi.Output[int]
        def __init__(self, name, opts=None, **props):
            super().__init__("cloud:index:Thing", name, {"size": None, "status": None, **props}, opts)
"""


def names(recording: Recording) -> list[str]:
    """The names of the resources, without the stack."""
    return [registration.name for registration in recording.registrations[1:]]


def inputs(recording: Recording, name: str) -> dict[str, object]:
    """The inputs of a resource."""
    return dict(next(item for item in recording.registrations if item.name == name).inputs)


class TestRegistrations:
    """The recorded resources."""

    def test_any_provider(self, run: Run) -> None:
        """Resources of every provider are recorded with URN, parent, inputs and location."""
        recording = run(f"{PROVIDER}\n    thing = Thing('one', size=3)\n    Thing('two', size=thing.size)\n")
        assert [] == recording.failures
        assert ["one", "two"] == names(recording)
        one = recording.registrations[1]
        assert "urn:pulumi:dev::shop::cloud:index:Thing::one" == one.urn
        assert "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev" == one.parent
        assert {"size": 3} == one.inputs
        assert one.source is not None
        assert ("__main__.py", 8) == (Path(one.source.file).name, one.source.line)
        # Inputs are known at preview, and so are values computed from them.
        assert {"size": 3} == inputs(recording, "two")

    def test_what_a_provider_decides_is_unknown(self, run: Run) -> None:
        """IDs and outputs that are not inputs are unknown, and so are values computed from them."""
        recording = run(
            PROVIDER
            + """
    a = Thing("a")
    Thing("b", size=a.id, other=a.status, text=pulumi.Output.format("{0}", a.id))
    """
        )
        assert [] == recording.failures
        assert {"size": UNKNOWN, "other": UNKNOWN, "text": UNKNOWN} == inputs(recording, "b")

    def test_secrets_keep_their_mark(self, run: Run) -> None:
        """Secrets are marked individually."""
        recording = run(f"{PROVIDER}\n    Thing('a', size=[1, {{'x': pulumi.Output.secret('s')}}])\n")
        assert {"size": [1, {"x": Secret("s")}]} == inputs(recording, "a")

    def test_components_and_timeouts(self, run: Run) -> None:
        """The URNs of children contain the component's type, and custom timeouts are in seconds."""
        recording = run(
            PROVIDER
            + """
    class Group(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("my:index:Group", name)
            timeouts = pulumi.CustomTimeouts(create="15m", update="1h30m")
            options = pulumi.ResourceOptions(parent=self, custom_timeouts=timeouts)
            Thing(f"{name}-a", options)
            self.register_outputs({})
    Group("g")
    """
        )
        child = recording.registrations[2]
        assert "urn:pulumi:dev::shop::my:index:Group$cloud:index:Thing::g-a" == child.urn
        assert (900, 5400) == (child.create_timeout_seconds, child.update_timeout_seconds)

    def test_custom_timeouts_are_durations_of_go(self, run: Run) -> None:
        """Invalid timeouts are reported and count as unset, and 0 means unset, as for the engine."""
        recording = run(
            PROVIDER
            + """
    timeouts = pulumi.CustomTimeouts(create="2d", update="0s")
    Thing("a", pulumi.ResourceOptions(custom_timeouts=timeouts))
    """
        )
        child = recording.registrations[1]
        assert (None, None) == (child.create_timeout_seconds, child.update_timeout_seconds)
        assert ["Its custom timeout '2d' is not a duration in Go's form; write it as 90s, 5m or 1h30m."] == [
            diagnostic.message for diagnostic in recording.diagnostics
        ]

    def test_order_is_that_of_the_program(self, run: Run) -> None:
        """Two runs give the same order, independent of threads."""
        program = f"{PROVIDER}\n    late = pulumi.Output.from_input(1)\n    Thing('a', size=late)\n    Thing('b')\n"
        program += "    for n in range(12): Thing(f'c{n}')\n    Thing('0')\n"
        expected = ["a", "b", *[f"c{n}" for n in range(12)], "0"]
        assert [expected] * 2 == [names(run(program)) for _ in range(2)]

    def test_duplicates(self, run: Run) -> None:
        """Two resources with the same URN are an error, as for the engine."""
        recording = run(f"{PROVIDER}\n    Thing('a')\n    Thing('a')\n")
        (failure,) = recording.failures
        assert "Duplicate resource URN" in failure.message

    def test_get_and_stack_references(self, run: Run) -> None:
        """Resources that are only read are marked; another stack's outputs are unknown, which is reported."""
        recording = run(
            PROVIDER
            + """
    other = pulumi.StackReference("acme/net/dev")
    Thing("a", size=other.get_output("size"), other=other.require_output("x"))
    Thing("b", pulumi.ResourceOptions(id="i-1"))
    """
        )
        assert [] == recording.failures
        assert {"size": UNKNOWN, "other": UNKNOWN} == inputs(recording, "a")
        assert [True, False, True] == [item.is_read for item in recording.registrations[1:]]
        assert ["stack reference acme/net/dev"] == [diagnostic.subject for diagnostic in recording.diagnostics]

    def test_raw_properties(self, run: Run) -> None:
        """The message for a policy pack is kept."""
        recording = run(f"{PROVIDER}\n    Thing('a', size=3)\n")
        assert 3.0 == recording.registrations[1].properties.fields["size"].number_value


class TestTransforms:
    """The engine calls the transforms of a program, and so does a preview."""

    def test_own_parents_and_stack(self, run: Run) -> None:
        """A resource's own transforms are applied first, then those of its parent and of the stack."""
        recording = run(
            PROVIDER
            + """
    def adding(word):
        def transform(args):
            if args.custom:
                props = {**args.props, "size": args.props.get("size", "") + word}
                return pulumi.ResourceTransformResult(props, args.opts)
        return transform
    pulumi.runtime.register_resource_transform(adding("stack "))
    class Group(pulumi.ComponentResource):
        def __init__(self):
            super().__init__("my:index:Group", "g", {}, pulumi.ResourceOptions(transforms=[adding("parent ")]))
            Thing("a", pulumi.ResourceOptions(parent=self, transforms=[adding("own ")]), size="")
    Group()
    """
        )
        assert [] == recording.failures
        assert {"size": "own parent stack "} == inputs(recording, "a")

    def test_timeouts_of_a_transform(self, run: Run) -> None:
        """A transform may change the custom timeouts."""
        recording = run(
            PROVIDER
            + """
    def transform(args):
        args.opts.custom_timeouts = pulumi.CustomTimeouts(create="5m")
        return pulumi.ResourceTransformResult(args.props, args.opts)
    Thing("a", pulumi.ResourceOptions(transforms=[transform]))
    """
        )
        assert 300 == recording.registrations[1].create_timeout_seconds

    def test_a_failing_transform(self, run: Run) -> None:
        """A transform that fails is reported, and the resource is recorded unchanged."""
        recording = run(
            PROVIDER
            + """
    def transform(args):
        raise ValueError("no luck")
    Thing("a", pulumi.ResourceOptions(transforms=[transform]), size=1)
    """
        )
        assert {"size": 1} == inputs(recording, "a")
        (diagnostic,) = recording.diagnostics
        assert "cloud:index:Thing a" == diagnostic.subject
        assert "no luck" in diagnostic.message


class TestConfiguration:
    """The configuration values that a program reads."""

    def test_encrypted_values(self, run: Run) -> None:
        """Encrypted values of every type are secret and unknown; nothing is decrypted."""
        recording = run(
            PROVIDER
            + """
    config = pulumi.Config()
    Thing("a", text=config.require_secret("p"), number=config.require_secret_int("p"),
          derived=config.get_secret("p").apply(lambda value: value.upper()),
          parsed=config.get_secret_object("p"), bare=config.require("p"), inside=config.require_object("o")["pw"])
    """,
            Pulumi_dev_yaml="config: {shop:p: {secure: v1:abc}, shop:o: {pw: {secure: v1:def}}}\n",
        )
        assert [] == recording.failures
        hidden = {key: value for key, value in inputs(recording, "a").items() if key not in ("bare", "inside")}
        assert dict.fromkeys(("text", "number", "derived", "parsed"), Secret(UNKNOWN)) == {
            key: value for key, value in hidden.items() if value is not None
        }
        assert (UNKNOWN, UNKNOWN) == (inputs(recording, "a")["bare"], inputs(recording, "a")["inside"])

    def test_plain_values(self, run: Run) -> None:
        """Plain values have the requested types, and secret ones are marked."""
        recording = run(
            PROVIDER
            + """
    config = pulumi.Config()
    Thing("a", size=config.require_int("n"), flag=config.get_bool("f"), list=config.require_object("l"),
          token=config.require_secret("t"), project=pulumi.get_project(), stack=pulumi.get_stack(),
          organization=pulumi.get_organization(), dry=pulumi.runtime.is_dry_run())
    """,
            project="name: shop\nruntime: python\nconfig: {t: {type: string, default: x, secret: true}}\n",
            Pulumi_dev_yaml="config: {shop:n: 3, shop:f: true, shop:l: [1, 2]}\n",
        )
        assert {
            "size": 3,
            "flag": True,
            "list": [1, 2],
            "token": Secret("x"),
            "project": "shop",
            "stack": "dev",
            "organization": "organization",
            "dry": True,
        } == inputs(recording, "a")

    def test_missing_values(self, run: Run) -> None:
        """A required value that the stack does not set is reported; the failure is the program's own error."""
        recording = run(
            "pulumi.Config().require('n')", project="name: shop\nruntime: python\nconfig: {n: {type: string}}\n"
        )
        assert ["configuration shop:n"] == [diagnostic.subject for diagnostic in recording.diagnostics]
        (failure,) = recording.failures
        assert "Missing required configuration variable 'shop:n'" in failure.message
        assert () == failure.frames

    def test_environments(self, run: Run) -> None:
        """An environment that is not opened is reported."""
        recording = run("", Pulumi_dev_yaml="environment: [acme/dev]\n")
        assert ["environment acme/dev"] == [diagnostic.subject for diagnostic in recording.diagnostics]


class TestFailures:
    """Programs that fail."""

    def test_an_exception(self, run: Run) -> None:
        """The message, the user's frames, and the resources registered before are kept."""
        recording = run(
            f"{PROVIDER}\n    Thing('a')\n    def deeper():\n        raise ValueError('wrong')\n    deeper()\n"
        )
        assert ["a"] == names(recording)
        (failure,) = recording.failures
        assert "ValueError: wrong" == failure.message
        assert failure.source is not None
        assert 10 == failure.source.line
        assert 2 == len(failure.frames)
        assert all("__main__.py" in frame for frame in failure.frames)

    @pytest.mark.parametrize(
        ("program", "message"),
        [
            ("raise pulumi.RunError('plain words')", "plain words"),
            ("import sys; sys.exit('gone')", "The program exited with exit('gone')."),
            ("import sys; sys.exit(3)", "The program exited with exit(3)."),
            (
                "import nothing_of_this_name",
                "No module named 'nothing_of_this_name'. Install it in the environment of probes",
            ),
            ("raise KeyboardInterrupt if False else OSError(2, 'No such file')", "FileNotFoundError: [Errno 2]"),
            ("pulumi.Output.from_input(1).apply(lambda x: 1 / 0)", "ZeroDivisionError: division by zero"),
            ("a = (", "SyntaxError: '(' was never closed"),
        ],
    )
    def test_messages(self, run: Run, program: str, message: str) -> None:
        """Each kind of failure has its message, without internal frames."""
        (failure,) = run(program).failures
        assert failure.message.startswith(message)
        assert not any("pulumi_probes" in frame for frame in failure.frames)

    def test_a_polite_end(self, run: Run) -> None:
        """Exit status 0 is not a failure."""
        assert [] == run("import sys; sys.exit(0)").failures

    @pytest.mark.parametrize(
        "program",
        [
            "while True: pass",
            "import time; time.sleep(60); Thing('b')",
            "import asyncio; pulumi.Output.from_input(asyncio.sleep(60))",
            "import asyncio; pulumi.Output.from_input(asyncio.Event().wait())",
            "while True:\n        try:\n            import time; time.sleep(60)\n        except Exception: pass",
        ],
    )
    def test_the_time_limit(self, run: Run, program: str) -> None:
        """A program that hangs is stopped; the resources registered before are kept."""
        recording = run(f"{PROVIDER}\n    Thing('a')\n    {program}\n", time_limit_seconds=1)
        (failure,) = recording.failures
        assert "The program did not finish within 1 s." == failure.message
        assert set(names(recording)) <= {"a"}

    def test_async_entry_point(self, run: Run) -> None:
        """`pulumi.run` with a coroutine is awaited."""
        recording = run(
            f"{PROVIDER}\n    async def main():\n        Thing('a')\n        return {{'x': 1}}\n    pulumi.run(main)\n"
        )
        assert ([], ["a"]) == (recording.failures, names(recording))


class TestSurroundings:
    """A program has the environment that Pulumi provides, and leaves no traces."""

    def test_nothing_is_left_behind(self, make_project: MakeProject) -> None:
        """Working directory, paths, arguments, environment, modules and Pulumi's state are restored."""
        folder = make_project(
            "import os, sys, helper; os.environ['LEFT'] = '1'; sys.path.append('x'); os.chdir('/')", helper_py="A = 1\n"
        )
        project = load_project(str(folder))
        before = (Path.cwd(), list(sys.path), list(sys.argv), dict(os.environ), pulumi.Config.get_secret)
        for value in (1, 2):
            (folder / "helper.py").write_text(f"A = {value}\n")
            assert [] == run_program(project, load_stack(project)).failures
            assert "helper" not in sys.modules
        assert before == (Path.cwd(), list(sys.path), list(sys.argv), dict(os.environ), pulumi.Config.get_secret)
        assert pulumi.runtime.get_root_resource() is None
        assert not (folder / "__pycache__").exists()

    def test_relative_files_and_modules(self, run: Run) -> None:
        """The program runs in its directory and can import modules from it."""
        recording = run(
            PROVIDER
            + """
    import helper, pathlib
    Thing("a", size=helper.A, text=pathlib.Path("notes.txt").read_text())
    """,
            helper_py="A = 7\n",
            notes_txt="hello",
        )
        assert {"size": 7, "text": "hello"} == inputs(recording, "a")

    def test_what_it_prints(self, run: Run, capfd: pytest.CaptureFixture[str]) -> None:
        """The output of a program, its child processes and Pulumi goes to standard error."""
        run(
            """
            import subprocess
            print("one")
            subprocess.run(["echo", "two"])
            pulumi.info("three")
            pulumi.log.warn("four")
            """
        )
        out, err = capfd.readouterr()
        assert "" == out
        assert {"one", "two", "info: three", "warning: four"} <= set(err.splitlines())

    def test_in_another_thread(self, make_project: MakeProject) -> None:
        """A run does not need the main thread."""
        project = load_project(str(make_project(f"{PROVIDER}\n    Thing('a')\n")))

        async def elsewhere() -> Recording:
            return await asyncio.to_thread(run_program, project, load_stack(project))

        assert ["a"] == names(asyncio.run(elsewhere()))


class TestFunctions:
    """Functions of providers."""

    def test_without_the_provider(self, run: Run) -> None:
        """A function that needs its provider is reported; plain results are empty, outputs unknown."""
        recording = run(
            PROVIDER
            + """
    plain = pulumi.runtime.invoke("cloud:index:getThing", {"name": "x"}).value
    later = pulumi.runtime.invoke_output("cloud:index:getOther", {"name": "x"})
    Thing("a", size=plain.get("size"), other=later.apply(lambda value: value["size"]))
    """
        )
        assert [] == recording.failures
        assert {"other": UNKNOWN} == inputs(recording, "a")
        expected = ["function cloud:index:getOther", "function cloud:index:getThing"]
        assert expected == [diagnostic.subject for diagnostic in recording.diagnostics]


class TestKubernetes:
    """Programs that use the Kubernetes provider's SDK."""

    def test_objects(self, run: Run) -> None:
        """Kubernetes resources become manifests with URN, timeouts, lines and the provider's namespace."""
        recording = run(
            """
            import pulumi_kubernetes as k8s
            shop = k8s.Provider("shop", namespace="shop")
            options = pulumi.ResourceOptions(provider=shop, custom_timeouts=pulumi.CustomTimeouts(create="20m"))
            web = k8s.apps.v1.Deployment("web", metadata={"name": "web"}, spec={"replicas": 1}, opts=options)
            k8s.core.v1.Namespace("n", metadata={"name": "n"}, opts=pulumi.ResourceOptions(provider=shop))
            k8s.core.v1.ConfigMap("c", data={"name": web.metadata.name, "space": "x"})
            k8s.apps.v1.DeploymentPatch("p", metadata={"name": "other"}, spec={"replicas": 2})
            auto = k8s.core.v1.ConfigMap("auto")
            k8s.core.v1.ConfigMap("d", data={"name": auto.metadata.name})
            """
        )
        assert [] == recording.failures
        found = read_manifests(recording)
        by_name = {item.name: manifest for item, manifest in zip(found.registrations, found.manifests, strict=True)}
        web = by_name["web"]
        assert {"name": "web", "namespace": "shop"} == web.content["metadata"]
        assert 1200 == web.pulumi.create_timeout_seconds
        assert web.source is not None
        location = web.source.locate(FieldPath(("spec",)))
        assert isinstance(location, SourceLocation)
        assert 6 == location.line
        assert {"name": "n"} == by_name["n"].content["metadata"]
        assert {"name": "web", "space": "x"} == by_name["c"].content["data"]
        assert by_name["p"].is_patch
        assert {"name": UNKNOWN} == by_name["d"].content["data"]

    def test_yaml_in_programs(self, run: Run) -> None:
        """YAML of both generations is read here; its objects are children of the resource."""
        pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec: {containers: [{name: a, image: b}]}\n"
        recording = run(
            """
            import pathlib
            import pulumi_kubernetes as k8s
            k8s.yaml.ConfigFile("one", "one.yaml")
            k8s.yaml.v2.ConfigFile("two", file="two.yaml")
            four = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "four"}}
            one = pathlib.Path("one.yaml").read_text()
            k8s.yaml.v2.ConfigGroup("group", files=["t*.yaml"], objs=[four], yaml=one)
            k8s.yaml.v2.ConfigFile("net", file="https://example.com/x.yaml")
            k8s.yaml.v2.ConfigFile("no", file="no.yaml")
            """,
            one_yaml=pod.replace("NAME", "one"),
            two_yaml=pod.replace("NAME", "two"),
        )
        found = read_manifests(recording)
        assert [] == recording.failures
        assert ["one", "two", "four", "one", "two"] == [m.content["metadata"]["name"] for m in found.manifests]
        assert {
            "kubernetes:yaml/v2:ConfigFile net": "https://example.com/x.yaml is on the network and is not downloaded.",
            "kubernetes:yaml/v2:ConfigFile no": "no.yaml: No such file or directory.",
        } == {diagnostic.subject: diagnostic.message.partition("audited: ")[2] for diagnostic in recording.diagnostics}

    def test_a_remote_component(self, run: Run) -> None:
        """A remote component is shown and reported as not previewed, and its outputs are unknown."""
        recording = run(
            PROVIDER
            + """
    class Remote(pulumi.ComponentResource):
        address: pulumi.Output[str]
        def __init__(self, name):
            super().__init__("other:index:Remote", name, {"size": 1, "address": None}, None, True)
    Thing("a", size=Remote("far").address)
    """
        )
        read_manifests(recording)
        assert [] == recording.failures
        assert {"size": UNKNOWN} == inputs(recording, "a")
        assert ["other:index:Remote far"] == [diagnostic.subject for diagnostic in recording.diagnostics]
