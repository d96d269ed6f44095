"""Reading the output of writing yields an equal value, and defaults are those of the API server."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields

from pulumi_probes.codec.fields import HOOK, HTTP_GET, LIFECYCLE, PROBE
from pulumi_probes.codec.probe import read_lifecycle, read_probe, write_lifecycle, write_probe
from pulumi_probes.model.errors import MalformedValue, UnknownValue
from pulumi_probes.model.node import Node
from pulumi_probes.model.probe import Exec, Grpc, HttpGet, HttpHeader, Lifecycle, Probe, Sleep, TcpSocket
from pulumi_probes.model.values import UNKNOWN, Secret

TEXT = st.text(min_size=1, max_size=8)
PORTS = st.integers(1, 65535) | st.from_regex(r"[a-z]{1,15}", fullmatch=True)
COUNTS = st.integers(1, 2**31 - 1)
HTTP = st.builds(
    HttpGet,
    port=PORTS,
    path=TEXT,
    host=st.none() | TEXT,
    scheme=st.sampled_from(["HTTP", "HTTPS"]),
    http_headers=st.lists(st.builds(HttpHeader, name=TEXT, value=st.text(max_size=8)), max_size=3).map(tuple),
    protocol=st.none() | TEXT,
)
TCP = st.builds(TcpSocket, port=PORTS, host=st.none() | TEXT)
GRPC = st.builds(Grpc, port=st.integers(1, 65535), service=st.text(max_size=8), mode=st.none() | st.just("TLS"))
EXEC = st.builds(Exec, command=st.lists(st.text(max_size=8), min_size=1, max_size=4).map(tuple))
SLEEP = st.builds(Sleep, seconds=st.integers(0, 2**62))
PROBES = st.builds(
    Probe,
    handler=HTTP | TCP | GRPC | EXEC,
    initial_delay_seconds=st.integers(0, 2**31 - 1),
    timeout_seconds=COUNTS,
    period_seconds=COUNTS,
    success_threshold=COUNTS,
    failure_threshold=COUNTS,
    termination_grace_period_seconds=st.none() | st.integers(1, 2**62),
)
HOOKS = st.none() | HTTP | TCP | EXEC | SLEEP
LIFECYCLES = st.builds(Lifecycle, post_start=HOOKS, pre_stop=HOOKS, stop_signal=st.none() | TEXT)

PORT_NUMBERS = st.integers(1, 65535)
SPARSE_HANDLERS = st.one_of(
    st.fixed_dictionaries(
        {
            "httpGet": st.fixed_dictionaries(
                {"port": PORT_NUMBERS},
                optional={
                    "path": st.none() | st.just("") | TEXT,
                    "host": st.none() | st.just(""),
                    "scheme": st.none() | st.just("") | st.just("HTTPS"),
                    "httpHeaders": st.none() | st.just([]) | st.just([{"name": "X"}]),
                },
            )
        }
    ),
    st.fixed_dictionaries({"tcpSocket": st.fixed_dictionaries({"port": PORT_NUMBERS}, optional={"host": st.none()})}),
    st.fixed_dictionaries(
        {"grpc": st.fixed_dictionaries({"port": PORT_NUMBERS}, optional={"service": st.none() | st.just("")})}
    ),
)
NUMBERS = st.none() | st.integers(0, 100) | st.integers(0, 100).map(float)
SPARSE_PROBES = st.builds(
    lambda handler, numbers: {**handler, **numbers},
    SPARSE_HANDLERS,
    st.dictionaries(
        st.sampled_from(
            ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]
        ),
        NUMBERS,
    ),
)


def defaulted(probe: dict[str, Any]) -> dict[str, Any]:
    """The form in which the API server stores it: defaults for absent and zero numbers, no empty strings."""
    result = {key: value for key, value in probe.items() if value is not None}
    for key, default in (
        ("timeoutSeconds", 1),
        ("periodSeconds", 10),
        ("successThreshold", 1),
        ("failureThreshold", 3),
    ):
        result[key] = int(result.get(key) or default)
    if not result.get("initialDelaySeconds"):
        result.pop("initialDelaySeconds", None)
    for name in ("httpGet", "tcpSocket", "grpc"):
        if name in result:
            result[name] = {key: value for key, value in result[name].items() if value not in (None, "", [])}
    if "httpGet" in result:
        result["httpGet"].setdefault("path", "/")
        for header in result["httpGet"].get("httpHeaders", ()):
            header.setdefault("value", "")
    return result


@given(probe=PROBES)
def test_a_probe_survives_a_round_trip(probe: Probe) -> None:
    """No field is lost, whatever its value."""
    assert probe == read_probe(Node(write_probe(probe)))


@given(lifecycle=LIFECYCLES)
def test_hooks_survive_a_round_trip(lifecycle: Lifecycle) -> None:
    """No field is lost, whatever its value."""
    assert lifecycle == read_lifecycle(Node(write_lifecycle(lifecycle)))


@given(content=SPARSE_PROBES)
def test_what_is_left_out_gets_the_defaults_of_the_api_server(content: dict[str, Any]) -> None:
    """Reading and writing a sparse probe yields what a cluster would store."""
    assert defaulted(content) == write_probe(read_probe(Node(content)))


@given(probe=PROBES)
def test_secrets_are_seen_through(probe: Probe) -> None:
    """A secret is read as its value."""

    def marked(value: Any) -> Any:
        if isinstance(value, dict):
            return Secret({key: marked(below) for key, below in value.items()})
        return Secret([marked(below) for below in value]) if isinstance(value, list) else Secret(value)

    assert probe == read_probe(Node(marked(write_probe(probe))))


def test_the_table_of_fields_has_every_field_that_is_written() -> None:
    """Every field that can be written is known to the rules."""
    headers = (HttpHeader(name="n", value="v"),)
    everything = Probe(
        handler=HttpGet(port=1, host="h", scheme="HTTPS", http_headers=headers, protocol="p"),
        initial_delay_seconds=1,
        termination_grace_period_seconds=1,
    )
    written = write_probe(everything)
    assert len(fields(HttpGet)) == len(written["httpGet"])
    assert set(written["httpGet"]) == set(HTTP_GET)
    assert set(written) | {"exec", "tcpSocket", "grpc"} == set(PROBE)
    hooks = write_lifecycle(Lifecycle(post_start=Sleep(seconds=1), pre_stop=Sleep(seconds=1), stop_signal="SIGTERM"))
    assert set(hooks) == set(LIFECYCLE)
    assert {"exec", "httpGet", "tcpSocket", "sleep"} == set(HOOK)


@pytest.mark.parametrize(
    ("content", "error", "path"),
    [
        ({}, MalformedValue, ""),
        ({"exec": {"command": ["a"]}, "tcpSocket": {"port": 1}}, MalformedValue, ""),
        ({"httpGet": {}}, MalformedValue, "httpGet.port"),
        ({"httpGet": {"port": UNKNOWN}}, UnknownValue, "httpGet.port"),
        ({"grpc": {"port": "grpc"}}, MalformedValue, "grpc.port"),
        ({"exec": {"command": "a b"}}, MalformedValue, "exec.command"),
        ({"exec": {"command": ["a", 1]}}, MalformedValue, "exec.command[1]"),
        ({"tcpSocket": {"port": 1}, "periodSeconds": "10"}, MalformedValue, "periodSeconds"),
        ({"tcpSocket": {"port": 1}, "periodSeconds": True}, MalformedValue, "periodSeconds"),
        (UNKNOWN, UnknownValue, ""),
        ("probe", MalformedValue, ""),
    ],
    ids=str,
)
def test_what_cannot_be_read_says_where(content: Any, error: type[Exception], path: str) -> None:
    """The error has the path of the unreadable value."""
    with pytest.raises(error) as raised:
        read_probe(Node(content))
    assert path == str(raised.value.path)  # type: ignore[attr-defined] # both kinds have it
