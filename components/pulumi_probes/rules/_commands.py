"""Analyzes commands without running them.

No part of a command may appear in a message, because it may contain a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from pulumi_probes.rules._shell import (
    Choice,
    Command,
    Function,
    Group,
    Item,
    Pipeline,
    Redirect,
    Redirected,
    Script,
    Simple,
    Word,
    commands_in,
    read_script,
)
from pulumi_probes.rules._shell import Sequence as Commands

POSIX_SHELLS: Final = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh", "mksh"})
"""Shells that take a script after `-c`."""

SHELLS: Final = POSIX_SHELLS | {"cmd", "powershell", "pwsh"}
"""Programs that read a script and understand its operators."""

_ALWAYS_SYNTAX: Final = r"&&|\|\||(?:\d|&)?>>?&?(?:\d|/\S*)|<<?\S+"
_SYNTAX_UNLESS_OPERAND: Final = frozenset({"|", "|&", ";", "&", ">", ">>", "<", "1>", "1>>", "2>", "2>>", "&>", "&>>"})
_TAKES_OPERANDS: Final = frozenset(
    {"find", "expr", "test", "[", "grep", "egrep", "fgrep", "awk", "sed", "jq", "yq", "printf", "echo", "xargs"}
)
_DURATION: Final = r"(\d{1,9}(?:\.\d{1,9})?)([smhd]?)"
_UNIT_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
# Every repetition is bounded, so that matching takes time linear in the length of the text.
_URL_HOST: Final = r"(?i)[a-z][a-z0-9+.-]{0,20}://(?:[^/\s@'\"]{0,255}@)?(\[[^\]]{0,255}\]|[^:/\s?#'\"]{1,255})"
_HOST_OPTION: Final = r"(?:-h|--host(?:name)?)(?:=(.*))?"
_HOST_PROGRAMS: Final = frozenset(
    {"pg_isready", "psql", "redis-cli", "mysqladmin", "mysql", "mariadb-admin", "mariadb"}
)
_LOOPBACK: Final = r"(?i)localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[?(?:0:){7}1\]?|\[?::1?\]?"

_WRAPPERS: Final[dict[str, tuple[tuple[str, ...], int]]] = {
    # Options with a separate value, and the number of operands before the program.
    "busybox": ((), 0),
    "command": ((), 0),
    "dumb-init": ((), 0),
    "env": (("u", "C", "S"), 0),
    "exec": (("a",), 0),
    "gosu": ((), 1),
    "ionice": (("c", "n", "p"), 0),
    "nice": (("n",), 0),
    "nohup": ((), 0),
    "setsid": ((), 0),
    "stdbuf": (("i", "o", "e"), 0),
    "su-exec": ((), 1),
    "time": (("f", "o"), 0),
    "timeout": (("k", "s"), 1),
    "tini": ((), 0),
}
"""Programs that run another one, whose exit status is theirs."""


class ShellCall(Struct, frozen=True):
    """A shell that is given a script.

    Attributes:
        shell: the name of the shell.
        options: the letters of the options before the script; the names of `-o` with their full name.
        position: the index of the script in the command.
        script: its text.
    """

    shell: str
    options: frozenset[str]
    position: int
    script: str


def program(command: Sequence[str]) -> str:
    """The name of the program without its directory; empty for an empty command."""
    return re.split(r"[/\\]", command[0])[-1].lower().removesuffix(".exe") if command else ""


def uses_shell(command: Sequence[str]) -> bool:
    """Whether any word of the command is a shell: the program itself, or a later word as in `busybox sh -c`."""
    return any(program((word,)) in SHELLS for word in command)


def shell_call(command: Sequence[str]) -> ShellCall | None:
    """The shell of a command that runs a script, as in `sh -c`, or None.

    Options may also be between `-c` and the script, as in `sh -c -e SCRIPT`.
    """
    start = next((index for index, word in enumerate(command) if program((word,)) in POSIX_SHELLS), None)
    if start is None:
        return None
    options: set[str] = set()
    position = start + 1
    while position < len(command):
        word = command[position]
        if word in ("-", "--"):
            position += 1
            break
        if word.startswith("--"):
            position += 2 if word in ("--rcfile", "--init-file") else 1
        elif re.fullmatch(r"[-+][A-Za-z]+", word):
            if word.startswith("-"):
                options.update(set(word[1:]) - {"o", "O"})
            position += 1
            for _ in range(word.count("o") + word.count("O")):
                options.update(command[position : position + 1])
                position += 1
        else:
            break
    if "c" not in options or position >= len(command):
        return None
    return ShellCall(program((command[start],)), frozenset(options), position, command[position])


def script_of(command: Sequence[str]) -> str | None:
    """The script after `sh -c`, or None."""
    call = shell_call(command)
    return None if call is None else call.script


def parsed(command: Sequence[str]) -> Script | None:
    """The script of `sh -c`, parsed; None if there is none, or it cannot be read."""
    script = script_of(command)
    return None if script is None else read_script(script)


def lost_words(command: Sequence[str]) -> int:
    """The number of words after the script of `sh -c`; 0 if the script uses them as parameters (`$0`, `$1`, `$@`)."""
    call = shell_call(command)
    if call is None or re.search(r"\$\{?[#0-9@*]", call.script):
        return 0
    return len(command) - call.position - 1


def has_syntax_without_shell(command: Sequence[str]) -> bool:
    """Whether a word is a shell operator, and no shell interprets it."""
    if uses_shell(command):
        return False
    if any(re.fullmatch(_ALWAYS_SYNTAX, word) for word in command):
        return True
    return program(command) not in _TAKES_OPERANDS and any(word in _SYNTAX_UNLESS_OPERAND for word in command)


def is_line_in_one_word(command: Sequence[str]) -> bool:
    """Whether the program's name contains a whole command line; Windows paths are excluded, they may contain spaces."""
    return bool(command) and bool(re.search(r"\s", command[0].strip())) and "\\" not in command[0]


def direct(command: Sequence[str]) -> Simple:
    """A command without a shell as a simple command."""
    return Simple(tuple(Word(word, is_quoted=True) for word in command))


def simple_commands(command: Sequence[str], *, with_substitutions: bool = True) -> list[Simple]:
    """All simple commands that a command may run: itself, or those of its script."""
    if shell_call(command) is None:
        return [direct(command)]
    script = parsed(command)
    return [] if script is None else list(commands_in(script.body, with_substitutions=with_substitutions))


def unwrapped(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words without programs that only run another one, such as `env`, `nice` and `timeout`."""
    while words:
        wrapper = _WRAPPERS.get(program((words[0].text,)))
        if wrapper is None:
            return words
        valued, operands = wrapper
        position = 1
        while position < len(words):
            text = words[position].text
            if text == "--":
                position += 1
                break
            if text.startswith("-") and text != "-":
                position += 2 if text[1:] in valued else 1
            elif "=" in text and program((words[0].text,)) == "env":
                position += 1
            else:
                break
        words = words[position + operands :]
    return words


def unwrapped_words(command: Sequence[str]) -> list[str]:
    """The words of a command without a shell, without programs that only run another one."""
    return [word.text for word in unwrapped(direct(command).words)]


def names_run_by_substitutions(command: Sequence[str]) -> set[str]:
    """The programs without arguments that a script runs by `$(NAME)`, which looks like a reference of the kubelet."""
    script = parsed(command)
    if script is None:
        return set()
    substitutions = [
        nested
        for simple in commands_in(script.body, with_substitutions=True)
        for word in simple.words + simple.assignments
        for nested in word.substitutions
    ]
    return {
        simple.words[0].text
        for nested in substitutions
        for simple in commands_in(nested)
        if len(simple.words) == 1 and simple.words[0].is_static
    }


def name_of(words: tuple[Word, ...]) -> str:
    """The name of the program that words start, without its directory; empty if it is given by a variable."""
    return program((words[0].text,)) if words and words[0].is_static else ""


def sleep_seconds(command: Sequence[str]) -> int | None:
    """The minimum time in whole seconds that a command sleeps; None if it does not, or only under a condition."""
    if shell_call(command) is None:
        return int(_slept(direct(command)) or 0) or None
    script = parsed(command)
    return None if script is None else int(_slept(script.body) or 0) or None


def _slept_by(simple: Simple) -> float:
    words = simple.words
    while name_of(words) in ("exec", "command"):
        words = words[1:]
    if name_of(words) != "sleep":
        return 0
    found = [re.fullmatch(_DURATION, word.text) for word in words[1:]]
    return sum(float(match[1]) * _UNIT_SECONDS[match[2]] for match in found if match is not None)


def _slept(node: Command | Commands) -> float | None:
    """The seconds that commands sleep; None if some of them are run under a condition or in a loop."""
    if isinstance(node, Simple):
        return _slept_by(node)
    if isinstance(node, Commands):
        return _sum(_slept(item.command) for item in node.items if not item.is_background)
    if isinstance(node, Choice):
        # What is behind `&&` is run if nothing fails; what is behind `||`, if something does.
        return _sum(_slept(part) for part in ((node.left,) if node.operator == "||" else (node.left, node.right)))
    if isinstance(node, (Group, Redirected)):
        return _slept(node.body)
    if isinstance(node, Pipeline):
        # The parts are run at the same time.
        return None if _sum(map(_slept, node.parts)) is None else max(_slept(part) or 0 for part in node.parts)
    return 0 if isinstance(node, Function) else None


def _sum(times: Iterable[float | None]) -> float | None:
    total = 0.0
    for time in times:
        if time is None:
            return None
        total += time
    return total


def asks_another_host(command: Sequence[str], is_own: Callable[[str], bool] | None = None) -> bool:
    """Whether a command names a host other than this pod; hosts given by variables are ignored.

    Args:
        command: the words of the command.
        is_own: whether an address that looks like another host is the pod's own.
    """
    script = script_of(command)
    if script is not None and parsed(command) is None:
        found = [script.split()]
    else:
        found = [[word.text for word in unwrapped(simple.words)] for simple in simple_commands(command)]
    hosts = (host for line in found for host in _hosts(line))
    return any(_is_elsewhere(host) and not (is_own is not None and is_own(host)) for host in hosts)


def _hosts(found: list[str]) -> Iterator[str]:
    for word in found:
        yield from (match[1] for match in re.finditer(_URL_HOST, word))
    name = program(found)
    if name in _HOST_PROGRAMS:
        for word, following in zip(found, [*found[1:], ""], strict=True):
            option = re.fullmatch(_HOST_OPTION, word)
            if option is not None:
                yield option[1] or following
    if name in ("nc", "ncat", "netcat"):
        yield from [word for word in found[1:] if not word.startswith("-") and not word.isdigit()][:1]


def native_handler(command: Sequence[str]) -> str | None:
    """The handler equivalent to a command that is a single call of a well-known client to this pod, or None."""
    simple = _only_command(command)
    if simple is None or not is_silent(simple.redirects):
        return None
    words = unwrapped(simple.words)
    found = [word.text for word in words]
    name = program(found)
    if any(word.substitutions for word in words):
        return None
    hosts = [match[1] for word in found for match in re.finditer(_URL_HOST, word)]
    if name in ("curl", "wget") and not any(word.startswith(("--unix-socket", "--post", "-X", "-d")) for word in found):
        return "httpGet" if hosts and all(re.fullmatch(_LOOPBACK, host) for host in hosts) else None
    if name in ("grpc_health_probe", "grpc-health-probe") and not any(word.startswith("-tls") for word in found):
        return "grpc"
    return None


def is_silent(redirects: Iterable[Redirect]) -> bool:
    """Whether redirections always work and lose nothing but output: to `/dev/null`, or among 0, 1 and 2."""
    return all(_is_silent(redirect.operator, redirect.target) for redirect in redirects)


def _is_silent(operator: str, target: Word | None) -> bool:
    if target is None or not target.is_static:
        return False
    if operator in (">&", "<&"):
        return target.text in ("0", "1", "2")
    return operator in (">", ">>", "<", "&>", "&>>", ">|") and target.text == "/dev/null"


def _only_command(command: Sequence[str]) -> Simple | None:
    """The only simple command of a command, apart from `|| exit N` behind it; None if there are more."""
    if shell_call(command) is None:
        return direct(command)
    script = parsed(command)
    if script is None or len(script.body.items) != 1:
        return None
    item: Item = script.body.items[0]
    only = item.command
    if isinstance(only, Choice) and only.operator == "||" and isinstance(only.right, Simple):
        only = only.left if name_of(only.right.words) == "exit" else only
    return only if isinstance(only, Simple) and not item.is_background else None


def _is_elsewhere(host: str) -> bool:
    return bool(host) and not re.search(r"[$`%{]", host) and re.fullmatch(_LOOPBACK, host) is None and "/" not in host
