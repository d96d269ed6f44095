"""Which exit statuses a command may have, compared with real shells."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.rules._exit_status import Cause, always_zero

SHELLS = {
    Path(path).resolve().name: [path, *arguments]
    for name, arguments in {"sh": [], "dash": [], "bash": [], "busybox": ["sh"]}.items()
    if (path := shutil.which(name)) is not None
}
"""The shells of this machine, all of which images use as `sh`."""

STUBS = ("aa", "bb", "cc")
"""Programs whose exit status a test chooses."""

TOOLS = (
    "true",
    "echo",
    "cat",
    "head",
    "tail",
    "wc",
    "sort",
    "uniq",
    "tr",
    "cut",
    "sed",
    "awk",
    "tee",
    "grep",
    "date",
    "sleep",
    "mkdir",
    "ls",
)

TOKENS = (
    *("aa", "true", "false", "||", "&&", "|", ";", "\n", "&", "!", "(", ")", "{", "}", "exit", "0", "1", "if", "then"),
    *(
        "fi",
        "else",
        "while",
        "do",
        "done",
        ">",
        "/dev/null",
        "2>&1",
        "$(",
        "'",
        '"',
        "`",
        "#",
        "<<",
        "[",
        "]",
        "=",
        "\\",
    ),
)

CANNOT_FAIL = [
    ("curl -f http://localhost/ || true", Cause.RESCUED),
    ("curl -f http://localhost/ > /dev/null 2>&1 || :", Cause.RESCUED),
    ("aa || echo failed", Cause.RESCUED),
    ("aa && bb || exit 0", Cause.RESCUED),
    ("aa || { echo failed; exit 0; }", Cause.RESCUED),
    ("timeout 5 aa || true", Cause.RESCUED),
    ("sh -c 'aa || true'", Cause.RESCUED),
    ("aa > /no/such/file || true", Cause.RESCUED),
    ("wget -q http://localhost/; exit 0", Cause.LAST_COMMAND),
    ("aa\ntrue\n", Cause.LAST_COMMAND),
    ("set -x; aa; exit", None),
    ("aa; exit 0", Cause.LAST_COMMAND),
    ("aa; exit 256", Cause.LAST_COMMAND),
    ("answer=$(aa); echo $answer", Cause.LAST_COMMAND),
    ("if aa; then exit 0; else echo failed; fi", Cause.LAST_COMMAND),
    ("case $STATE in ready) exit 0;; esac", Cause.LAST_COMMAND),
    ("if aa; then echo ok; fi", Cause.NO_ELSE),
    ("if ! aa; then echo failed; fi", Cause.NO_ELSE),
    ("while ! aa; do sleep 1; done", Cause.LOOP),
    ("until aa; do sleep 1; done; echo done", Cause.LOOP),
    ("aa | cat", Cause.LAST_IN_PIPELINE),
    ("aa | head -n 1", Cause.LAST_IN_PIPELINE),
    ("aa | bb | wc -l", Cause.LAST_IN_PIPELINE),
    ("aa | awk '{print $1}'", Cause.LAST_IN_PIPELINE),
    ("aa 2>&1 | tee /dev/null", Cause.LAST_IN_PIPELINE),
    ("aa &", Cause.BACKGROUND),
    ("(aa | bb) &", Cause.BACKGROUND),
    ("echo ok", Cause.NO_CHECK),
    ("true", Cause.NO_CHECK),
    ("exit 0", Cause.NO_CHECK),
    ("exec true", Cause.NO_CHECK),
    ("printf 'ok\\n'", Cause.NO_CHECK),
    ("date; sleep 1", Cause.NO_CHECK),
    ("ls -la /", Cause.NO_CHECK),
    ("name=$(< /no/such/file); echo $name", Cause.LAST_COMMAND),
]

MAY_FAIL = [
    "aa",
    "aa || exit 1",
    "aa || false",
    "aa || { echo failed; exit 1; }",
    "aa || (echo failed; exit 1)",
    "aa && true",
    "aa && echo ok",
    "aa && exit 0 || exit 1",
    "true; aa",
    "set -e; aa; exit 0",
    "set -o errexit\naa\necho ok",
    "set -eu; aa || true; echo $NAME",
    "if aa; then exit 0; else exit 1; fi",
    "if aa; then exit 0; fi; exit 1",
    "case $STATE in ready) exit 0;; *) exit 1;; esac",
    "aa | grep -q ok",
    "aa | grep ok || exit 1",
    "! aa",
    "aa | { read line; test $line = ok; }",
    "test $(aa) = ok",
    "[ -f /run/alive ]",
    "answer=$(aa)",
    "answer=$(aa) || exit 1; echo $answer",
    "exec aa",
    "(aa)",
    "echo ok > /run/no/such/file",
    "echo ${NAME:?} || true",
    "echo $((1 / 0)) || true",
    ". /no/such/file || true",
    "trap 'exit 1' EXIT; true",
    "true() { return 1; }; true",
    "aa & wait $!",
    'eval "$CHECK" || true',
    "$CHECK || true",
    "exit $STATUS",
    "exit 1",
    "aa; exit $?",
    "kill -9 $$ || true",
    "set -o pipefail; aa | cat",
    "echo 'aa || true' | sh",
    "sort -c /etc/passwd",
    "sleep forever",
    "ls /run/alive",
    "exec 3<>/dev/tcp/127.0.0.1/80 || true",
    "aa <> /no/such/file",
    "name=$(< /no/such/file)",
    "echo ok &> /dev/null",
    "aa || true # fine\nbb",
    'echo "|| true"; aa',
]


@pytest.mark.parametrize(("script", "cause"), CANNOT_FAIL, ids=[script for script, _ in CANNOT_FAIL])
def test_scripts_that_cannot_fail(script: str, cause: Cause | None) -> None:
    """Whatever their programs return, they exit with 0; the reason is the one that a person would give."""
    found = always_zero(["sh", "-c", script])
    assert cause == (None if found is None else found.cause)


@pytest.mark.parametrize("script", MAY_FAIL)
def test_scripts_that_may_fail(script: str) -> None:
    """Some outcome of their programs, or some value of their variables, makes them fail."""
    assert always_zero(["sh", "-c", script]) is None


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        (["echo", "ok"], Cause.NO_CHECK),
        (["/bin/true"], Cause.NO_CHECK),
        (["date", "+%s"], Cause.NO_CHECK),
        (["env", "A=b", "nice", "-n", "5", "true"], Cause.NO_CHECK),
        (["busybox", "sh", "-c", "aa || true"], Cause.RESCUED),
        (["bash", "-c", "[[ -f /run/alive ]] || true"], Cause.RESCUED),
        (["bash", "-c", "-x", "aa; exit 0"], Cause.LAST_COMMAND),
        (["bash", "-euo", "pipefail", "-c", "aa || true"], Cause.RESCUED),
        (["sh", "-ec", "aa; exit 0"], None),
        (["sh", "-c", "-e", "aa; exit 0"], None),
        (["bash", "-o", "pipefail", "-c", "aa | cat"], None),
        (["sh", "-c", "[[ -f /run/alive ]] || true"], None),
        (["zsh", "-c", "aa || true"], None),
        (["pwsh", "-c", "aa; exit 0"], None),
        (["aa", "||", "true"], None),
        (["cat", "/run/alive"], None),
        (["date", "-s", "x"], None),
        (["false"], None),
        (["sh", "-c"], None),
        (["sh", "-c", "aa || true |"], None),
        ([], None),
    ],
    ids=str,
)
def test_commands(command: list[str], cause: Cause | None) -> None:
    """With and without a shell, with its options."""
    found = always_zero(command)
    assert cause == (None if found is None else found.cause)


@pytest.mark.parametrize(
    ("last", "succeeds"),
    [
        ("cat", True),
        ("head -n 5", True),
        ("head -5", True),
        ("tail -c5", True),
        ("sort -u", True),
        ("sort -t , -k 2", True),
        ("wc -l", True),
        ("tr a-z b", True),
        ("cut -d , -f 1", True),
        ("sed -n 2p", True),
        ("sed 's/a/b/g'", True),
        ("awk '{ print }'", True),
        ("tee /dev/null", True),
        ("ps aux", True),
        ("cat /run/alive", False),
        ("head -n 5 /run/alive", False),
        ("sort -c", False),
        ("sort --check", False),
        ("sed '/x/q5'", False),
        ("sed -i s/a/b/ /run/alive", False),
        ("awk '/x/ { exit 1 }'", False),
        ("awk 'END { exit NR == 0 }'", False),
        ("tee /run/alive", False),
        ("xargs false", False),
        ("jq -e .ok", False),
        ("ps -p 1", False),
        ("ps -C cart", False),
        ("cut -x", False),
        ("head --bytes", False),
        ("cat $FILE", False),
    ],
)
def test_the_last_part_of_a_pipeline(last: str, succeeds: bool) -> None:
    """Programs that pass their input on, without files and without a condition."""
    assert succeeds == (always_zero(["sh", "-c", f"aa | {last}"]) is not None)


@pytest.fixture(scope="module")
def statuses(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], set[tuple[str, int]]]:
    """Runs a script in all shells, for all combinations of exit statuses of the stubs."""
    if os.name != "posix" or not SHELLS:
        pytest.skip("needs a shell")
    root = tmp_path_factory.mktemp("stubs")
    programs = root / "bin"
    programs.mkdir()
    for stub in STUBS:
        (programs / stub).write_text(f"#!/bin/sh\nexit ${stub.upper()}\n")
        (programs / stub).chmod(0o755)
    for tool in TOOLS:
        path = shutil.which(tool)
        if path is not None:
            (programs / tool).symlink_to(path)
    for name in ("sh", *SHELLS):
        (programs / name).symlink_to(Path(shutil.which(name) or name).resolve())

    def run(script: str) -> set[tuple[str, int]]:
        found = set()
        for number, (values, (name, shell)) in enumerate(
            itertools.product(itertools.product("01", repeat=len(STUBS)), SHELLS.items())
        ):
            folder = root / f"run{number}"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            variables = dict(zip((stub.upper() for stub in STUBS), values, strict=True))
            try:
                finished = subprocess.run(
                    [*shell, "-c", script],
                    cwd=folder,
                    env={"PATH": str(programs), "VALUE": "1", "EMPTY": "", **variables},
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=5,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                continue  # an endless loop has no exit status
            found.add((name, finished.returncode))
        return found

    return run


_WORDS = st.sampled_from(
    ["x", "$VALUE", '"$EMPTY"', "$UNSET", "'a b'", "$(aa)", "${VALUE:-x}", "${UNSET:?}", "$((1+1))"]
)
_SIMPLE = st.one_of(
    st.sampled_from(
        [*STUBS, "true", "false", ":", "exit 0", "exit", "exit 1", "exit $?", "set -e", "set +e", "set -u"]
    ),
    st.sampled_from(["mkdir once", "test -d once", "[ -d once ]", "date", "aa > file", "aa > no/file", ": > no/file"]),
    st.sampled_from(
        ["echo x > no/file", "aa 2>&1 >/dev/null", "name=$(aa)", "name=x", "export name=$(bb)", "return 1"]
    ),
    st.sampled_from(
        ["exec aa", "exec true", "f() { aa; }", "f", "break", "shift", "eval aa", ". ./no", "cd no", "wait"]
    ),
    st.builds("echo {}".format, _WORDS),
    st.builds("test {} = {}".format, _WORDS, _WORDS),
)
_FILTERS = st.sampled_from(
    ["cat", "head -n 1", "wc -l", "sort", "tr a b", "cut -f 1", "sed -n 1p", "tee /dev/null", "grep x"]
)


def _larger(scripts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} || {}".format, scripts, scripts),
        st.builds("{} && {}".format, scripts, scripts),
        st.builds("{}; {}".format, scripts, scripts),
        st.builds("{} &\n{}".format, scripts, scripts),
        st.builds("{} | {}".format, scripts, scripts | _FILTERS),
        st.builds("! {}".format, scripts),
        st.builds("{{ {}; }}".format, scripts),
        st.builds("( {} )".format, scripts),
        st.builds("{{ {}; }} > no/file".format, scripts),
        st.builds("if {}; then {}; fi".format, scripts, scripts),
        st.builds("if {}; then {}; else {}; fi".format, scripts, scripts, scripts),
        st.builds("for i in 1 2; do {}; done".format, scripts),
        st.builds("while mkdir once; do {}; done".format, scripts),
        st.builds("case $VALUE in 1) {};; *) {};; esac".format, scripts, scripts),
        scripts.map(lambda script: "sh -c '{}'".format(script.replace("'", '"'))),
        st.builds("echo $({})".format, scripts),
    )


_SCRIPTS = st.recursive(_SIMPLE, _larger, max_leaves=8)
_RESCUED = st.builds(
    "{}{}".format, _SCRIPTS, st.sampled_from(["", " || true", "; exit 0", " | cat", " || echo x", "\ntrue"])
)


@given(script=_RESCUED)
def test_what_cannot_fail_exits_with_0_in_every_shell(
    script: str, statuses: Callable[[str], set[tuple[str, int]]]
) -> None:
    """Whatever the programs return; a script that a shell does not understand fails, which is not an exception."""
    if always_zero(["sh", "-c", script]) is not None:
        assert set() == {name for name, status in statuses(script) if status != 0}


@given(
    tokens=st.lists(
        st.sampled_from(TOKENS),
        max_size=9,
    )
)
def test_so_do_lists_of_tokens(tokens: list[str], statuses: Callable[[str], set[tuple[str, int]]]) -> None:
    """Most of them are not valid scripts, which must not be taken for one that cannot fail."""
    script = " ".join(tokens)
    if tokens and always_zero(["sh", "-c", script]) is not None:
        assert set() == {name for name, status in statuses(script) if status != 0}


@pytest.mark.parametrize(
    "script",
    [script for script, cause in CANNOT_FAIL if cause and "sleep 1; done" not in script and "localhost" not in script],
)
def test_the_examples_exit_with_0_in_every_shell(script: str, statuses: Callable[[str], set[tuple[str, int]]]) -> None:
    """The list above, with programs that fail."""
    assert {status for _, status in statuses(script)} <= {0}
