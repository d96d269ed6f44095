"""The analysis of commands without running them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.rules import _commands as commands


@pytest.mark.parametrize(
    ("command", "seconds"),
    [
        (["sleep", "15"], 15),
        (["/bin/sleep", "15s"], 15),
        (["sleep", "1.5m"], 90),
        (["sleep", "2h"], 7200),
        (["sleep", "3d"], 259_200),
        (["sh", "-c", "sleep 15"], 15),
        (["/bin/sh", "-ec", "sleep 5; sleep 10"], 15),
        (["sh", "-c", "sleep 5 && nginx -s quit"], 5),
        (["sh", "-c", "exec sleep 5"], 5),
        (["sh", "-c", "(sleep 5)"], 5),
        (["sh", "-c", "drain\nsleep 5\n"], 5),
        (["sh", "-c", "drain || sleep 5"], None),
        (["sh", "-c", "sleep 5 & drain"], None),
        (["sh", "-c", "while true; do sleep 5; done"], None),
        (["sh", "-c", "echo sleep 5"], None),
        (["sh", "-c", "sleep $N"], None),
        (["sh", "-c", "-e", "sleep 5"], 5),
        (["sh", "-c", "sleep 1 2"], 3),
        (["sh", "-c", "sleep 5 || drain"], 5),
        (["sh", "-c", "sleep 5 > /dev/null 2>&1; drain"], 5),
        (["sh", "-c", "sleep 5 | tee /tmp/x"], 5),
        (["sh", "-c", "'sleep' \"5\""], 5),
        (["sh", "-c", "sleep 5 # while draining"], 5),
        (["sh", "-c", "echo 'first; sleep 5'"], None),
        (["sh", "-c", "drain <<E\nsleep 5\nE\n"], None),
        (["sh", "-c", "if drain; then sleep 5; fi"], None),
        (["sh", "-c", "x=$(sleep 5)"], None),
        (["nginx", "-s", "quit"], None),
        (["sleep", "0"], None),
        (["sleep"], None),
        ([], None),
    ],
    ids=str,
)
def test_the_pause_of_a_command(command: list[str], seconds: int | None) -> None:
    """At least this many seconds, or None if it depends on something."""
    assert seconds == commands.sleep_seconds(command)


@pytest.mark.parametrize(
    ("command", "lost"),
    [
        (["sh", "-c", "test -e /x"], 0),
        (["sh", "-c", "test", "-e", "/x"], 2),
        (["bash", "-lc", "a", "b"], 1),
        (["sh", "-e", "-c", "a", "b"], 1),
        (["sh", "script.sh", "-c", "a", "b"], 0),
        (["sh", "-c", 'a "$1"', "sh", "b"], 0),
        (["sh", "-c", "a ${1}", "sh", "b"], 0),
        (["sh", "-c", "a $@", "sh", "b"], 0),
        (["env", "A=b", "sh", "-c", "a", "b"], 1),
        (["sh", "-c"], 0),
        (["a", "-c", "b", "c"], 0),
        (["/bin/sh", "-c", "-e", "exec pg_isready"], 0),
        (["/bin/bash", "-ec", "exec pg_isready"], 0),
        (["bash", "-c", "-eu", "-o", "pipefail", "a | b"], 0),
        (["bash", "-eo", "pipefail", "-c", "a | b"], 0),
        (["bash", "--norc", "-c", "--", "a"], 0),
        (["bash", "--rcfile", "/x", "-c", "a"], 0),
        (["sh", "-c", "+e", "a"], 0),
        (["sh", "-c", "-", "a"], 0),
        (["sh", "-c", "-e", "a", "b"], 1),
        (["sh", "-c", "--", "a", "b", "c"], 2),
        (["bash", "-O", "extglob", "-c", "a", "b"], 1),
        (["sh", "-o", "-c", "a", "b"], 0),
        (["pwsh", "-c", "a", "b"], 0),
    ],
    ids=str,
)
def test_words_after_a_script(command: list[str], lost: int) -> None:
    """They are $0, $1 and so on; they are not counted if the script uses them."""
    assert lost == commands.lost_words(command)


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (["a", "&&", "b"], True),
        (["a", "||", "b"], True),
        (["a", "|", "b"], True),
        (["a", ">", "/dev/null"], True),
        (["a", "2>/dev/null"], True),
        (["a", ">&2"], True),
        (["a", "&>", "/x"], True),
        (["a", ";"], True),
        (["find", ".", "-exec", "a", ";"], False),
        (["test", "a", ">", "b"], False),
        (["expr", "1", "|", "2"], False),
        (["test", "-e", "/x", "&&", "a"], True),
        (["sh", "-c", "a && b"], False),
        (["pwsh.exe", "-Command", "a", "|", "b"], False),
        (["a", "b|c", "d>e", "--x=>"], False),
        (["a", "<html>"], True),
        (["a"], False),
        ([], False),
    ],
    ids=str,
)
def test_operators_that_no_shell_interprets(command: list[str], found: bool) -> None:
    """Only operators that are separate words; inside a word, they are part of an argument."""
    assert found == commands.has_syntax_without_shell(command)


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (["cat /run/alive"], True),
        (["test -e /run/alive", r"a\b"], True),
        (["cat", "/run/alive now"], False),
        ([" cat "], False),
        ([r"C:\Program Files\App\app.exe", "--check"], False),
        ([], False),
    ],
    ids=str,
)
def test_a_command_line_in_one_word(command: list[str], found: bool) -> None:
    """The name of a program contains no space, except in the path of a Windows program."""
    assert found == commands.is_line_in_one_word(command)


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (["curl", "-f", "http://db.shop/"], True),
        (["curl", "-f", "https://user:pass@10.0.0.1:8443/x"], True),
        (["curl", "http://localhost:80/?next=http://other"], True),
        (["curl", "http://127.0.0.1/"], False),
        (["curl", "http://[::1]:80/"], False),
        (["curl", "http://$HOST/"], False),
        (["sh", "-c", "curl http://${HOST}:80"], False),
        (["pg_isready", "-h", "db"], True),
        (["pg_isready", "--host=db"], True),
        (["pg_isready", "-h", "/var/run/postgresql"], False),
        (["pg_isready", "-h"], False),
        (["redis-cli", "-h", "localhost", "ping"], False),
        (["df", "-h", "data"], False),
        (["nc", "-z", "db", "5432"], True),
        (["nc", "db", "5432"], True),
        (["nc", "-z", "-w", "2", "localhost", "80"], False),
        (["nc", "-z", "localhost", "http"], False),
        (["sh", "-c", "it's unbalanced http://db/"], True),
        (["sh", "-c", "test -f /x && pg_isready -h db"], True),
        (["sh", "-c", 'test "$(curl -s http://db/)" = ok'], True),
        (["timeout", "5", "nc", "-z", "db", "5432"], True),
        (["sh", "-c", "-e", "exec pg_isready -h 127.0.0.1"], False),
        (["sh", "-c", "pg_isready; df -h data"], False),
    ],
    ids=str,
)
def test_requests_to_another_host(command: list[str], found: bool) -> None:
    """A host given by a variable may be this pod, and is ignored."""
    assert found == commands.asks_another_host(command)


@pytest.mark.parametrize(
    ("command", "handler"),
    [
        (["curl", "-f", "http://localhost:8080/livez"], "httpGet"),
        (["sh", "-c", "wget -qO- http://127.0.0.1/ || exit 1"], "httpGet"),
        (["curl", "-X", "POST", "http://localhost/"], None),
        (["curl", "http://db/"], None),
        (["curl", "localhost:8080"], None),
        (["sh", "-c", "curl http://localhost/ | grep ok"], None),
        (["sh", "-c", "curl -f http://localhost/ > /dev/null 2>&1"], "httpGet"),
        (["sh", "-c", "curl -f 'http://localhost/?a=1&b=2'"], "httpGet"),
        (["sh", "-c", "exec timeout 2 curl -f http://localhost/"], "httpGet"),
        (["sh", "-c", "curl -f http://localhost/ > /tmp/answer"], None),
        (["sh", "-c", "curl -f http://localhost/ && test -f /tmp/x"], None),
        (["sh", "-c", "! curl -f http://localhost/"], None),
        (["sh", "-c", "curl http://localhost/$(hostname)"], None),
        (["grpc_health_probe", "-addr=:9090"], "grpc"),
        (["/bin/grpc-health-probe", "-addr=:9090", "-tls-ca-cert=/x"], None),
        (["cat", "/run/alive"], None),
        ([], None),
    ],
    ids=str,
)
def test_requests_that_the_kubelet_can_make(command: list[str], handler: str | None) -> None:
    """A single plain request to this pod."""
    assert handler == commands.native_handler(command)


@given(command=st.lists(st.text(max_size=12) | st.sampled_from(["sh", "-c", "sleep 1", "curl", "nc", "|"]), max_size=6))
def test_any_command_can_be_analyzed(command: list[str]) -> None:
    """It takes little time for all commands."""
    for look in (
        commands.program,
        commands.uses_shell,
        commands.script_of,
        commands.lost_words,
        commands.has_syntax_without_shell,
        commands.is_line_in_one_word,
        commands.sleep_seconds,
        commands.simple_commands,
        commands.asks_another_host,
        commands.native_handler,
    ):
        look(command)


@pytest.mark.parametrize(
    "text", ["sleep " * 5000, "a" * 50_000, "(" * 50_000, "x://" * 10_000, " \n" * 20_000, "-c " * 9000]
)
def test_long_scripts_take_little_time(text: str) -> None:
    """Every regular expression takes linear time."""
    # CPU time of this process, which other load does not affect; steps inside an expression cannot be counted.
    started = time.process_time()
    for command in (["sh", "-c", text], [text], ["curl", text, "||"]):
        commands.sleep_seconds(command)
        commands.asks_another_host(command)
        commands.native_handler(command)
        commands.lost_words(command)
        commands.has_syntax_without_shell(command)
        commands.is_line_in_one_word(command)
    assert 20 > time.process_time() - started
