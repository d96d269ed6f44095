"""PRB329: exec probes that cannot fail, or whose exit status says nothing about the application."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from pulumi_probes.codec.files import read_paths
from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.fixes import fix_files
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.report import Policy, audit
from pulumi_probes.rules import Evaluation, evaluate, load_rules
from pulumi_probes.rules._answers import Fault, ignored_answer
from pulumi_probes.rules._exit_status import always_zero

RULE = next(rule for rule in load_rules() if rule.code == "PRB329")


def pod(*commands: list[str], probe: str = "livenessProbe") -> str:
    """A pod with a container for each command, `c0`, `c1` and so on."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "a"},
            "spec": {
                "containers": [
                    {
                        "name": f"c{number}",
                        "image": "registry.local/a:1",
                        probe: {"exec": {"command": command}, "timeoutSeconds": 5, "failureThreshold": 5},
                    }
                    for number, command in enumerate(commands)
                ]
            },
        }
    )


def found_in(result: Evaluation) -> list[str | None]:
    """The containers with a finding of the rule."""
    assert [] == result.crashes
    return [finding.container for finding in result.findings if finding.code == "PRB329"]


def test_a_process_list_that_contains_the_question(evaluate_yaml: Callable[..., Evaluation]) -> None:
    """`ps | grep NAME` and `pgrep -f NAME` in a shell find their own command line, and always pass.

    The bracket form, `pgrep -x` and `pgrep -f` without a shell do not.
    """
    text = pod(
        ["sh", "-c", "ps aux | grep worker"],
        ["/bin/sh", "-c", "pgrep -f 'celery worker'"],
        ["sh", "-c", "ps aux | grep [w]orker"],
        ["sh", "-c", "pgrep -x worker"],
        ["pgrep", "-f", "worker"],
    )
    assert ["c0", "c1"] == found_in(evaluate_yaml(text))


def test_commands_that_pass_whatever_happens(evaluate_yaml: Callable[..., Evaluation]) -> None:
    """`|| true`, `echo` and `; exit 0`."""
    text = pod(
        ["sh", "-c", "curl -f http://localhost:8080/ok || true"],
        ["echo", "ok"],
        ["sh", "-c", "wget -q http://localhost/; exit 0"],
    )
    assert ["c0", "c1", "c2"] == found_in(evaluate_yaml(text))


def test_options_behind_c(evaluate_yaml: Callable[..., Evaluation]) -> None:
    """`sh -c -e SCRIPT` and `bash -ec SCRIPT` run the script; no word is lost, and the check counts."""
    text = pod(
        ["/bin/sh", "-c", "-e", "exec pg_isready -h 127.0.0.1"], ["/bin/bash", "-ec", "exec pg_isready -h 127.0.0.1"]
    )
    codes = {finding.code for finding in evaluate_yaml(text).findings}
    assert codes.isdisjoint({"PRB310", "PRB326", "PRB329"})


SELF = [
    "ps aux | grep worker",
    "ps -ef | grep -q worker",
    "ps auxww | grep -i WORKER | grep -v postgres",
    "ps -eo pid,args | grep worker > /dev/null || exit 1",
    "if ps ax | grep -q 'my worker'; then exit 0; else exit 1; fi",
    "ps -ef | grep -E 'worker|server' || exit 1",
    "ps aux | grep 'worker.*beat'",
    'test -n "$(ps aux | grep worker)"',
    "[ $(ps aux | grep worker | wc -l) -gt 0 ]",
    '[ "$(ps -ef | grep -c worker)" -ge 1 ]',
    "pgrep -f worker || exit 1",
    "pgrep -lf worker | grep -q .",
    "pkill -0 -f worker || exit 1",
    "timeout 5 pgrep -f worker",
    "pgrep -f 'python .*worker' > /dev/null && true || exit 1",
]

NOT_SELF = [
    "ps aux | grep '[w]orker'",
    "ps aux | grep worker | grep -v grep",
    "ps aux | grep -v grep | grep -q worker",
    "ps -eo comm | grep worker",
    "ps -C worker",
    "ps -p 1 -o args | grep worker",
    "ps aux | grep '^worker'",
    "ps aux | grep -x worker",
    "ps aux | awk '/[w]orker/ {found=1} END {exit !found}'",
    "[ $(ps aux | grep -c '[w]orker') -gt 0 ]",
    "[ $(ps aux | grep worker | wc -l) -gt 5 ]",
    "pgrep worker",
    "pgrep -x worker || exit 1",
    "pgrep -f '[w]orker' || exit 1",
    "pgrep -f '^worker' || exit 1",
    "pgrep -P 1 -f worker || exit 1",
    "exec pgrep -f worker",
    "pidof worker",
    "cat /proc/1/cmdline | grep worker",
]


@pytest.mark.parametrize("script", SELF)
def test_a_search_that_finds_itself(script: str, evaluate_yaml: Callable[..., Evaluation]) -> None:
    """The shell's own line matches the pattern and passes all filters."""
    result = evaluate_yaml(pod(["sh", "-c", script]))
    wanted = "its own command line matches" if "| grep -q ." not in script else ""
    texts = [finding.what for finding in result.findings if finding.code == "PRB329"]
    assert [] == [text for text in texts if wanted not in text]
    assert (["c0"] if wanted else []) == found_in(result)


@pytest.mark.parametrize("script", NOT_SELF)
def test_a_search_that_does_not_find_itself(script: str, evaluate_yaml: Callable[..., Evaluation]) -> None:
    """The pattern does not match, the line is filtered, or the command line is not looked at."""
    assert [] == found_in(evaluate_yaml(pod(["sh", "-c", script])))


# Whether `ps` sees the other parts of its pipeline depends on who is faster, so the shell's own line has to be left.
@pytest.mark.parametrize("script", [script for script in [*SELF, *NOT_SELF] if "grep -v postgres" not in script])
def test_real_shells_agree(script: str) -> None:
    """A search that is reported as finding itself succeeds although there is no such process."""
    if shutil.which("pgrep") is None or shutil.which("ps") is None:
        pytest.skip("needs procps")
    name = f"w{time.time_ns()}"
    script = script.replace("orker", name).replace("ORKER", name.upper())
    # `ps` cuts lines at the width of a terminal, which a probe does not have.
    variables = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    finished = subprocess.run(
        ["sh", "-c", script], capture_output=True, check=False, stdin=subprocess.DEVNULL, env=variables
    )
    finds_itself = always_zero(["sh", "-c", script]) is not None
    assert finds_itself == (finished.returncode == 0) or "| grep -q ." in script


@pytest.mark.parametrize("shell", ["bash", "ash"])
def test_a_shell_that_its_last_program_replaces(shell: str, evaluate_yaml: Callable[..., Evaluation]) -> None:
    """GNU's shell and BusyBox start no other process for the last command, except with a redirection or `||`."""
    text = pod(
        [shell, "-c", "pgrep -f worker"],
        [shell, "-c", "true; pgrep -f worker"],
        [shell, "-c", "pgrep -f worker > /dev/null"],
        [shell, "-c", "pgrep -f worker || exit 1"],
    )
    assert ["c2", "c3"] == found_in(evaluate_yaml(text))


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        (["curl", "http://localhost/"], Fault.RESPONSE),
        (["curl", "-s", "-o", "/dev/null", "localhost:8080/livez"], Fault.RESPONSE),
        (["curl", "-sSL", "-m", "5", "-H", "Host: f", "https://localhost/"], Fault.RESPONSE),
        (["curl", "-so/dev/null", "-w", "%{http_code}", "http://localhost/"], Fault.RESPONSE),
        (["curl", "-X", "POST", "--data", "-f", "http://localhost/"], Fault.RESPONSE),
        (["curl", "--silent", "--max-time", "3", "--url", "http://localhost/"], Fault.RESPONSE),
        (["sh", "-c", "curl -s http://localhost/ > /dev/null || exit 1"], Fault.RESPONSE),
        (["sh", "-c", "if curl -s http://localhost/; then exit 0; else exit 1; fi"], Fault.RESPONSE),
        (["sh", "-c", "test -f /run/started && timeout 5 curl -s $URL"], Fault.RESPONSE),
        (["sh", "-c", "until curl -s localhost; do sleep 1; done; test -f /run/x"], None),
        (["sh", "-ec", "curl -s localhost; test -f /run/x"], Fault.RESPONSE),
        (["curl", "-f", "http://localhost/"], None),
        (["curl", "-sSfL", "http://localhost/"], None),
        (["curl", "--fail-with-body", "http://localhost/"], None),
        (["curl", "-s", "--fail", "-m5", "http://localhost/"], None),
        (["curl", "telnet://localhost:25"], None),
        (["curl", "-s", "ftp://localhost/x"], None),
        (["curl", "--version"], None),
        (["curl", "-K", "/etc/curlrc"], None),
        (["sh", "-c", "curl -s http://localhost/ | grep -q UP"], None),
        (["sh", "-c", 'test "$(curl -s http://localhost/)" = ok'], None),
        (["sh", "-c", "[ \"$(curl -so /dev/null -w '%{http_code}' localhost)\" = 200 ]"], None),
        (["sh", "-c", "curl -s http://localhost/ > /tmp/answer && grep -q ok /tmp/answer"], None),
        (["sh", "-c", "curl -s -o /tmp/answer http://localhost/ && grep -q ok /tmp/answer"], None),
        (["sh", "-c", "curl -s http://localhost/warm; test -f /run/x"], None),
        (["wget", "-q", "http://localhost/"], None),
        (["find", "/run/alive", "-mmin", "-1"], Fault.NOTHING_FOUND),
        (["sh", "-c", "find /run -name alive -newermt '-1 minute'"], Fault.NOTHING_FOUND),
        (["sh", "-c", "find /run/alive -mmin -1 || exit 1"], Fault.NOTHING_FOUND),
        (["sh", "-c", "find /run/alive -mmin -1 | grep -q ."], None),
        (["sh", "-c", 'test -n "$(find /run/alive -mmin -1)"'], None),
        (["find", "/run/alive"], None),
        (["find", "/run", "-name", "x", "-exec", "false", "{}", "+"], None),
        (["nc", "localhost", "8080"], Fault.NO_LIMIT),
        (["nc", "-v", "127.0.0.1", "5432"], Fault.NO_LIMIT),
        (["sh", "-c", "nc localhost 8080 || exit 1"], Fault.NO_LIMIT),
        (["sh", "-c", "nc localhost 8080 > /dev/null"], Fault.NO_LIMIT),
        (["ncat", "-4", "localhost", "8080"], Fault.NO_LIMIT),
        (["nc", "-zu", "localhost", "53"], Fault.DATAGRAM),
        (["nc", "-z", "-u", "-w1", "localhost", "53"], Fault.DATAGRAM),
        (["nc", "-z", "localhost", "8080"], None),
        (["nc", "-zv", "-w", "2", "localhost", "8080"], None),
        (["nc", "-w", "1", "localhost", "8080"], None),
        (["nc", "-N", "localhost", "8080"], None),
        (["timeout", "2", "nc", "localhost", "8080"], None),
        (["sh", "-c", "echo ruok | nc localhost 2181 | grep imok"], None),
        (["sh", "-c", "echo PING | nc localhost 6379"], None),
        (["sh", "-c", "nc localhost 8080 < /dev/null"], None),
        (["nc", "-h"], None),
        (["sh", "-c", "cart-check &> /dev/null"], Fault.BACKGROUND_IN_DASH),
        (["sh", "-c", "cart-check &>/dev/null || exit 1"], Fault.BACKGROUND_IN_DASH),
        (["bash", "-c", "cart-check &> /dev/null"], None),
        (["sh", "-c", "cart-check > /dev/null 2>&1"], None),
        (["sh", "-c", "cart-log &> /dev/null; cart-check"], None),
        (["sh", "-c", "cart-check |"], None),
        (["cart-check"], None),
        ([], None),
    ],
    ids=str,
)
def test_answers_that_are_ignored(command: list[str], fault: Fault | None) -> None:
    """Clients that exit with 0 for any answer, where their exit status counts and nothing reads what they print."""
    found = ignored_answer(command)
    assert fault == (None if found is None else found.fault)


def test_an_operator_of_bash_in_dash() -> None:
    """It reads `false &> FILE` as `false &`, and an empty command that writes to the file."""
    dash = shutil.which("dash")
    if dash is None:
        pytest.skip("needs dash")
    assert 0 == subprocess.run([dash, "-c", "false &> /dev/null || exit 1"], check=False).returncode


@pytest.mark.parametrize(
    ("probe", "consequence"),
    [
        ("livenessProbe", "the container is not restarted whatever the check finds"),
        ("readinessProbe", "the pod receives requests whatever the check finds"),
        ("startupProbe", "the other probes begin before the application has started"),
    ],
)
def test_the_consequence(probe: str, consequence: str, evaluate_yaml: Callable[..., Evaluation]) -> None:
    """It depends on the probe, and names the only failure that is left."""
    result = evaluate_yaml(pod(["sh", "-c", "check || true"], probe=probe))
    texts = [finding.consequence for finding in result.findings if finding.code == "PRB329"]
    assert [f"Only an attempt of more than 5 s counts as a failure: {consequence}."] == texts


def test_a_patch_without_a_time_limit() -> None:
    """The time limit is that of the object in the cluster, and is not known."""
    patch = json.loads(pod(["sh", "-c", "check"], ["sh", "-c", "check || true"]))
    for container in patch["spec"]["containers"]:
        del container["livenessProbe"]["timeoutSeconds"]
    result = evaluate(read_stack([Manifest(content=patch, is_patch=True)]), [RULE])
    assert ["c1"] == found_in(result)
    assert [] == result.not_evaluated
    assert "of more than `timeoutSeconds` counts" in str(result.findings[0])


def test_hooks_may_ignore_failures(evaluate_yaml: Callable[..., Evaluation]) -> None:
    """The exit status of a preStop hook has no effect, so `|| true` in it is not a mistake."""
    text = pod(["true"]).replace("livenessProbe", "lifecycle").replace('{"exec"', '{"preStop": {"exec"', 1)
    document = json.loads(
        text.replace('"timeoutSeconds"', '"x"').replace("}}]}}", "}}]}}").replace('["true"]}', '["true"]}}')
    )
    assert [] == found_in(evaluate_yaml(json.dumps(document)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[sh, -c, "check --all || true"]', "[sh, -c, check --all]"),
        ('[sh, -c, "check --all || :"]', "[sh, -c, check --all]"),
        ('[sh, -c, "check --all; exit 0"]', "[sh, -c, check --all]"),
        ('[sh, -c, -x, "check && other || exit 0"]', "[sh, -c, -x, check && other]"),
        ('[sh, -c, "pgrep -f worker || exit 1"]', "[sh, -c, \"pgrep -f '[w]orker' || exit 1\"]"),
        ("[sh, -c, \"ps aux | grep 'my worker'\"]", "[sh, -c, \"ps aux | grep '[m]y worker'\"]"),
        ('[curl, -s, "http://localhost/"]', '[curl, -s, "http://localhost/", --fail]'),
        ('[sh, -c, "curl -s http://localhost/ || exit 1"]', '[sh, -c, "curl --fail -s http://localhost/ || exit 1"]'),
    ],
)
def test_fixes(before: str, after: str, tmp_path: Path) -> None:
    """Mechanical ones, that keep the rest of the script."""
    file = tmp_path / "pod.yaml"
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      image: a:1\n"
        "      livenessProbe: {exec: {command: COMMAND}, timeoutSeconds: 5} # stays\n"
    )
    file.write_text(text.replace("COMMAND", before))
    manifests = read_paths([str(file)]).manifests
    fixes = fix_files(manifests, lambda items: audit(items, Policy(rules=(RULE,))).findings)
    assert () == fixes.refused
    assert [json_of(text.replace("COMMAND", after))] == [json_of(change.after.decode()) for change in fixes.changes]
    assert all(change.after.decode().endswith("} # stays\n") for change in fixes.changes)


@pytest.mark.parametrize(
    "command",
    [
        "[echo, ok]",
        '[sh, -c, "a || b || true; c"]',
        '[sh, -c, "a | cat"]',
        '[sh, -c, "a || echo failed | tee /x"]',
        '[sh, -c, "a; b; exit 0"]',
        '[find, /x, -mmin, "-1"]',
        '[sh, -c, "ps aux | grep -F worker"]',
    ],
)
def test_what_needs_a_decision_is_not_fixed(command: str, tmp_path: Path) -> None:
    """There is no edit if more than one repair is possible, or if the result would still say nothing."""
    file = tmp_path / "pod.yaml"
    file.write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
        f"    - {{name: a, image: 'a:1', livenessProbe: {{exec: {{command: {command}}}}}}}\n"
    )
    findings = audit(read_paths([str(file)]).manifests, Policy(rules=(RULE,))).findings
    assert [()] * len(findings) == [finding.edits for finding in findings]


def json_of(text: str) -> object:
    """The content of YAML."""
    return yaml.safe_load(text)
