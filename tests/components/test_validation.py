"""All problems in the arguments are reported at once, with the paths that the user wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import is_typeddict

from pulumi_probes import InvalidArguments, ProbesError
from pulumi_probes.components.arguments.container import PortArgs
from pulumi_probes.components.arguments.limits import LIMITS, WHOLE
from pulumi_probes.components.arguments.probe import ProbeArgs
from pulumi_probes.components.arguments.strict_types import fields
from pulumi_probes.components.arguments.suggestions import ALIASES
from pulumi_probes.components.arguments.validation import check_arguments
from pulumi_probes.components.assembly import Assembly
from pulumi_probes.components.telco_service import TelcoServiceArgs
from pulumi_probes.components.web_service import WebServiceArgs

Build = Callable[..., Assembly]
Refusal = Callable[..., InvalidArguments]


def places(error: InvalidArguments) -> list[str]:
    """The paths of its problems."""
    return [str(problem.path) for problem in error.found]


def test_all_problems_come_at_once(refusal: Refusal) -> None:
    """Misspelt names, wrong types, impossible intents, contradictions and rules: one error lists them all."""
    error = refusal(
        readines_path="/up",
        replicas="three",
        detects_within=1,
        service={"type": "Nodeport", "prot": 80},
        env={"A": "1"},
        env_value_from={"A": {"field_ref": {"field_path": "metadata.name"}}},
        liveness_probe={"timeout_seconds": 30},
    )
    assert [
        "replicas",
        "service.type",
        "service.prot",
        "readines_path",
        "env_value_from.A",
        "detects_within",
        "liveness_probe.timeout_seconds",
    ] == places(error)


def test_a_wrong_required_argument_hides_no_other_problem(refusal: Refusal) -> None:
    """A placeholder replaces it, so that intents, contradictions and rules are still checked."""
    wrong = {"starts_within": -5, "liveness_probe": {"timeout_seconds": 30}, "service": {"node_port": 30007}}
    for value in ("8080", 0, None):
        assert ["port", "service.node_port", "starts_within", "liveness_probe.timeout_seconds"] == places(
            refusal(port=value, **wrong)
        )


@pytest.mark.usefixtures("run")
def test_an_output_that_comes_too_late_is_called_one(refusal: Refusal) -> None:
    """If a number must be known to compute probes, the message says so, without a value."""
    late = pulumi.Output.secret("CANARY-1234")
    error = refusal(port=late, replicas=late, ports=late, service=late)
    assert {"port", "replicas", "ports", "service"} == set(places(error))
    assert all("that is known before deployment, not an Output." in problem.what for problem in error.found)
    assert all("Pass a plain value, such as one from pulumi.Config." == problem.fix for problem in error.found)
    assert "CANARY" not in str(error)


def test_a_refusal_is_what_pulumi_shows_well(refusal: Refusal) -> None:
    """The engine gets property paths, a program ends with the message and no traceback, and it is a ValueError."""
    error = refusal(liveness_probe={"timeout_seconds": 30})
    assert isinstance(error, pulumi.InputPropertiesError)
    assert isinstance(error, pulumi.RunError)
    assert isinstance(error, ValueError)
    assert isinstance(error, ProbesError)
    assert error.errors is not None
    assert ["liveness_probe.timeout_seconds"] == [entry["property_path"] for entry in error.errors]
    assert str(error) == error.message


def test_a_message_has_where_what_consequence_fix_and_code(refusal: Refusal) -> None:
    """All four parts and the code of the rule; a hint comes last."""
    assert (
        'WebService "web" has 1 problem:\n'
        "  - liveness_probe.timeout_seconds: `timeout_seconds` is 30, longer than the period of 10 s. The kubelet "
        "waits for each attempt, so a hung container is restarted after 120 s, not 40 s. [PRB211]\n"
        "    Use `timeout_seconds: 9` or `period_seconds: 30`.\n"
        '  Run `probes explain PRB211` for details. To accept it: "waivers": {"PRB211": "reason"}.'
    ) == str(refusal(liveness_probe={"timeout_seconds": 30}))


def test_no_waiver_is_offered_for_what_cannot_be_waived(refusal: Refusal) -> None:
    """For objects that the API server rejects, mistakes in waivers, and invalid arguments."""
    wrong: list[dict[str, Any]] = [{"pre_stop": {}}, {"waivers": {"PRB999": "why"}}, {"replicas": "three"}]
    for arguments in wrong:
        assert '"waivers":' not in str(refusal(**arguments))


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("readines_path", "readiness_path"),
        ("livenessProbe", "liveness_probe"),
        ("replica", "replicas"),
        ("startsWithin", "starts_within"),
        ("resorces", "resources"),
        ("environment", "env"),
        ("secret_environment", "env_value_from or env_from"),
        ("secretEnvironment", "env_value_from or env_from"),
        ("probes", "startup_probe, readiness_probe or liveness_probe"),
        ("liveness", "liveness_probe"),
        ("readinessProbe", "readiness_probe"),
        ("imagePullSecrets", "image_pull_secrets"),
        ("nodePort", "service.node_port"),
        ("pre-stop", "pre_stop"),
    ],
)
def test_a_misspelt_argument_gets_a_guess(refusal: Refusal, misspelt: str, meant: str) -> None:
    """An unknown name is never ignored; the nearest known one is suggested."""
    (problem,) = refusal(**{misspelt: "x"}).found
    assert misspelt == str(problem.path)
    assert "is not an argument." == problem.what
    assert f"Did you mean {meant}?" == problem.fix


@pytest.mark.parametrize("unlike", ["pods", "labelling", "zone", "x", ""])
def test_no_guess_is_better_than_a_wrong_one(refusal: Refusal, unlike: str) -> None:
    """A name without a similar one gets no suggestion."""
    (problem,) = refusal(**{unlike: "x"}).found
    assert "Did you mean" not in problem.fix


def test_a_guess_is_an_argument_of_its_place(refusal: Refusal) -> None:
    """The same name may have another meaning below another argument."""
    error = refusal(service={"nodePort": 30007}, liveness_probe={"interval": 5, "command": ["x"]}, timeout=5)
    assert {
        "service.nodePort": "Did you mean node_port?",
        "liveness_probe.interval": "Did you mean period_seconds?",
        "liveness_probe.command": "Did you mean exec.command?",
        "timeout": "Did you mean await_timeout_seconds?",
    } == {str(problem.path): problem.fix for problem in error.found}


@pytest.mark.parametrize("name", ALIASES)
def test_every_alias_leads_somewhere(name: str) -> None:
    """None of them is an argument itself, and each suggested argument exists."""
    places = [fields(expected) for expected in (WebServiceArgs, TelcoServiceArgs, ProbeArgs, PortArgs)]
    for argument in ALIASES[name]:
        assert any(argument.partition(".")[0] in place and name not in place for place in places)


@pytest.mark.parametrize(
    ("arguments", "place", "message"),
    [
        ({"port": 99999}, "port", "must be from 1 to 65535, not 99999."),
        ({"port": 0}, "port", "must be from 1 to 65535, not 0."),
        ({"port": 8080.5}, "port", "must be a whole number, not 8080.5."),
        ({"port": "8080"}, "port", "must be a whole number, not a string."),
        ({"replicas": True}, "replicas", "must be a whole number, not a boolean."),
        ({"image": 3}, "image", "must be a string, not a number."),
        ({"image": ""}, "image", "must be the name of an image, without spaces around it."),
        ({"image": "cart:1 "}, "image", "must be the name of an image, without spaces around it."),
        ({"command": "run"}, "command", "must be a list, not a string."),
        ({"env": ["A=1"]}, "env", "must be an object, not a list."),
        ({"env": {"A": 1}}, "env.A", "must be a string, not a number."),
        ({"pod_disruption_budget": "no"}, "pod_disruption_budget", "must be true or false, not a string."),
        (
            {"liveness_probe": {"period_seconds": 0.5}},
            "liveness_probe.period_seconds",
            "must be a whole number, not 0.5.",
        ),
        (
            {"liveness_probe": {"http_get": {"port": 1, "port_name": "x"}}},
            "liveness_probe.http_get",
            "port and port_name",
        ),
        ({"env_from": [{}]}, "env_from[0]", "must have exactly one of config_map_ref, secret_ref, has none."),
        ({"sidecars": [{"image": "x"}]}, "sidecars[0].name", "is required."),
        (
            {"resources": {"limits": {"memory": "128MB"}}},
            "resources.limits.memory",
            "must be a Kubernetes quantity.",
        ),
        ({"env": {"A=B": "x"}}, "env", "the name 'A=B' must be printable ASCII characters other than =."),
        ({"env": {"A=B": "x", "": "y"}}, "env", "the name 'A=B' and '' must be"),
        ({"volumes": [{"nam": "x"}]}, "volumes[0].nam", "`nam` is not a known field here."),
        ({"tolerations": [{"kee": "x"}]}, "tolerations[0].kee", "`kee` is not a known field here."),
        ({"affinity": {"nodeAffinty": {}}}, "affinity.nodeAffinty", "`nodeAffinty` is not a known field here."),
        (
            {"security_context": {"run_as_user": 4}},
            "security_context.run_as_user",
            "`run_as_user` is not a known field",
        ),
        ({"name": "Web_App"}, "name", "must be up to 63 lowercase letters, digits and dashes, begin with a letter"),
        ({"volumes": [{"name": "x", "emptyDir": object()}]}, "volumes[0].emptyDir", "plain values"),
        ({"scheme": "http"}, "scheme", "must be HTTP or HTTPS."),
        ({"pod_security": "baseline"}, "pod_security", "must be restricted or privileged."),
    ],
)
def test_a_wrong_value_is_named(refusal: Refusal, arguments: dict[str, Any], place: str, message: str) -> None:
    """Each argument has a type and, if Kubernetes limits it, a limit."""
    (problem,) = refusal(**arguments).found
    assert place == str(problem.path)
    assert message in problem.what
    assert problem.fix.endswith((".", "?"))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"port": "8080"}, "must be a whole number, not a string. Write it without quotes: 8080."),
        ({"port": "4711471147"}, "must be a whole number, not a string. Write it without quotes."),
        (
            {"starts_within": "30s"},
            "must be a whole number, not a string. Write the number alone, without quotes or a unit.",
        ),
        (
            {"starts_within": 30.5},
            "must be a whole number, not 30.5. Kubernetes accepts only integers here. Write 30 or 31.",
        ),
        (
            {"port": 70000},
            (
                "must be from 1 to 65535, not 70000. The API server rejects other values. "
                "The nearest valid value is 65535."
            ),
        ),
        ({"env": {"A": 1}}, "must be a string, not a number. Write it in quotes."),
        ({"command": "run"}, "must be a list, not a string. Write a list, even for a single entry."),
        ({"image": None}, "is required. Set it; it has no default."),
        (
            {"service": {"type": "nodeport"}},
            (
                "must be ClusterIP, NodePort or LoadBalancer. A Service of another type does not select pods. "
                "Did you mean NodePort?"
            ),
        ),
        (
            {"zzz": 1},
            "is not an argument. Remove it, or look it up in the documentation of the arguments.",
        ),
    ],
)
def test_a_wrong_argument_gets_its_consequence_and_its_fix(
    refusal: Refusal, arguments: dict[str, Any], reason: str
) -> None:
    """The whole message except the path; a wrong type has no consequence of its own."""
    (problem,) = refusal(**arguments).found
    assert reason == problem.reason


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_infinite_numbers_get_a_fix_too(refusal: Refusal, number: float) -> None:
    """There is no nearest whole number."""
    (problem,) = refusal(replicas=number).found
    assert "Write a finite number." == problem.fix


@pytest.mark.parametrize("component", ["WebService", "GrpcService", "SlowStartService", "TelcoService"])
def test_what_is_required_must_be_there(refusal: Refusal, component: str) -> None:
    """Required arguments have no default; the other arguments are still checked."""
    missing = {
        "WebService": [],
        "GrpcService": [],
        "SlowStartService": ["starts_within"],
        "TelcoService": ["cpus", "memory"],
    }
    expected = sorted(["image", "port", *missing[component]])
    error = refusal(component, **dict.fromkeys(expected), liveness_probe={"timeout_seconds": 30})
    assert [*expected, "liveness_probe.timeout_seconds"] == sorted(places(error)[:-1]) + places(error)[-1:]
    assert {"is required."} == {problem.what for problem in error.found[:-1]}


def test_a_component_without_a_name_for_kubernetes_says_so(refusal: Refusal, build: Build) -> None:
    """A name that Kubernetes does not accept is rejected, and another one can be set."""
    (problem,) = refusal("WebService", "My_Web").found
    assert ("name", "Set `name`.") == (str(problem.path), problem.fix)
    assert "my-web" == build("WebService", "My_Web", name="my-web").manifests["Service"]["metadata"]["name"]


@pytest.mark.parametrize("given", [None, 3, "web", [("image", "x")]])
def test_arguments_must_be_an_object(given: Any) -> None:
    """Anything else is rejected with a message."""
    arguments, problems = check_arguments(WebServiceArgs, given)
    assert arguments is None
    assert ["must be an object"] == [problem.what.partition(",")[0] for problem in problems]


def test_none_counts_as_not_set(build: Build) -> None:
    """Like null for the API server, so that optional configuration can be passed on."""
    assert build().manifests == build(namespace=None, replicas=None, env={"A": None}, service=None).manifests


def test_every_wrong_value_of_a_mapping_is_named(refusal: Refusal) -> None:
    """Beside wrong types, which hide nothing: a limit of several values is checked without the wrong ones.

    From two reports in which the second attempt had another error than the first.
    """
    error = refusal(
        resources={"requests": {"cpu": 1, "memory": "1GB", "gpu": "1core"}, "limits": {"memory": "2GB", "cpu": "2"}},
        env={"my var=": "x", "B": 2},
        max_surge=0,
        max_unavailable=0,
    )
    assert {
        "resources.requests.cpu": "must be a string, not a number.",
        "resources.requests.memory": "must be a Kubernetes quantity.",
        "resources.requests.gpu": "must be a Kubernetes quantity.",
        "resources.limits.memory": "must be a Kubernetes quantity.",
        "env": "the name 'my var=' must be printable ASCII characters other than =.",
        "env.B": "must be a string, not a number.",
        "max_unavailable": "`max_surge` and `max_unavailable` are both 0.",
    } == {str(problem.path): problem.what for problem in error.found}


def test_an_object_with_a_wrong_field_is_not_called_empty(refusal: Refusal) -> None:
    """Its other limits are checked once the field is right."""
    error = refusal(env_from=[{"config_map_ref": "shop"}], replicas=-1)
    assert ["env_from[0].config_map_ref", "replicas"] == [str(problem.path) for problem in error.found]


@pytest.mark.parametrize(
    ("handler", "port", "fix"),
    [
        ("http_get", "http", "Use `port_name` for a name."),
        ("tcp_socket", "grpc-web", "Use `port_name` for a name."),
        ("http_get", "8080", "Write it without quotes: 8080."),
        ("http_get", "Not a name", "Write the number alone, without quotes or a unit."),
        ("grpc", "http", "Write the number alone, without quotes or a unit."),
    ],
)
def test_a_port_name_has_an_argument_of_its_own(refusal: Refusal, handler: str, port: str, fix: str) -> None:
    """Manifests have names in `port`; gRPC probes take no name."""
    (problem,) = refusal(liveness_probe={handler: {"port": port}}).found
    assert (f"liveness_probe.{handler}.port", fix) == (str(problem.path), problem.fix)


@pytest.mark.parametrize(
    "arguments",
    [
        {"env": {"log.level": "x", "a-b": "y", "MY VAR": "z"}},
        {"resources": {"requests": {"cpu": "0.5", "memory": "1e3"}, "limits": {"nvidia.com/gpu": "1"}}},
        {"volumes": [{"name": "x", "emptyDir": {"sizeLimit": "1Gi"}}]},
        {"tolerations": [{"key": "x", "operator": "Exists", "tolerationSeconds": 5}]},
        {"affinity": {"nodeAffinity": {}, "podAntiAffinity": {}}},
        {"liveness_probe": {"http_get": {"port_name": "http"}}},
    ],
)
def test_valid_values_of_mappings_are_accepted(build: Build, arguments: dict[str, Any]) -> None:
    """Names and quantities of every form that Kubernetes accepts."""
    assert "Deployment" == build(**arguments).manifests["Deployment"]["kind"]


def test_whole_floats_are_whole_numbers(build: Build) -> None:
    """Other languages send all numbers as floats."""
    floats = build(
        port=8080.0,
        replicas=3.0,
        liveness_probe={"failure_threshold": 5.0},
        volumes=[{"name": "x", "secret": {"defaultMode": 1.0}}],
    )
    whole = build(
        port=8080,
        replicas=3,
        liveness_probe={"failure_threshold": 5},
        volumes=[{"name": "x", "secret": {"defaultMode": 1}}],
    )
    assert whole.manifests == floats.manifests
    assert "1.0" not in str(floats.manifests)


def test_no_message_shows_a_value_that_may_be_secret(refusal: Refusal) -> None:
    """Values of environment variables, commands, arguments and headers never appear in a message."""
    secret = "hunter2"  # noqa: S105 - the secret of the test
    error = refusal(
        env={"A": [secret], "B": secret},
        env_value_from={"B": {"field_ref": {"field_path": "metadata.name"}}},
        command={"x": secret},
        args=[{"x": secret}],
        liveness_probe={
            "exec": {"command": [secret], "shell": secret},
            "http_get": {"http_headers": [{"name": secret}]},
        },
        http_headers=[{"name": "X-Token", "value": secret, "extra": secret}],
    )
    assert len(error.found) > 5
    assert secret not in str(error)
    assert secret not in str(error.errors)
    assert secret not in str(error.__context__)


def test_the_users_own_objects_are_left_alone(build: Build) -> None:
    """The passed objects are neither changed nor shared."""
    volumes = [{"name": "data", "emptyDir": {}}]
    assembly = build(volumes=volumes, transform=_rename_volume)
    assert [{"name": "data", "emptyDir": {}}] == volumes
    assert "other" == assembly.manifests["Deployment"]["spec"]["template"]["spec"]["volumes"][0]["name"]


def _rename_volume(manifests: dict[str, dict[str, Any]]) -> None:
    manifests["Deployment"]["spec"]["template"]["spec"]["volumes"][0]["name"] = "other"


@pytest.mark.parametrize("expected", LIMITS, ids=lambda expected: expected.__name__)
def test_limits_are_about_arguments_that_exist(expected: type) -> None:
    """The table of limits and the arguments agree."""
    assert is_typeddict(expected)
    assert set() == set(LIMITS[expected]) - {WHOLE} - set(fields(expected))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(fields(WebServiceArgs))) | st.text(max_size=8), JSON, max_size=6))
def test_nothing_that_is_passed_crashes_the_check(given: dict[str, Any]) -> None:
    """For arbitrary arguments, the result is the checked arguments or a list of problems."""
    arguments, problems = check_arguments(WebServiceArgs, given)
    assert arguments is not None or problems
    assert all(problem.what and problem.fix for problem in problems)
