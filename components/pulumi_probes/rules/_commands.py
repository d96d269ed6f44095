"""Analyzes commands without running them.

No part of a command may appear in a message, because it may contain a secret.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Final

SHELLS: Final = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh", "mksh", "cmd", "powershell", "pwsh"})
"""Programs that read a script and understand its operators."""

_ALWAYS_SYNTAX: Final = re.compile(r"&&|\|\||(?:\d|&)?>>?&?(?:\d|/\S*)|<<?\S+")
_SYNTAX_UNLESS_OPERAND: Final = frozenset({"|", "|&", ";", "&", ">", ">>", "<", "1>", "1>>", "2>", "2>>", "&>", "&>>"})
_TAKES_OPERANDS: Final = frozenset(
    {"find", "expr", "test", "[", "grep", "egrep", "fgrep", "awk", "sed", "jq", "yq", "printf", "echo", "xargs"}
)
_LOOPS: Final = re.compile(r"\b(?:while|until|for|if|case)\b")
# Every repetition is bounded, so that matching takes time linear in the length of the script.
_SLEEP: Final = re.compile(
    r"(?:^|[;\n({]|&&)\s{0,40}(?:exec\s{1,40})?(?:/usr)?(?:/bin/)?sleep\s{1,40}(\d{1,9}(?:\.\d{1,9})?)([smhd]?)"
    r"(?=\s{0,40}(?:$|[;\n)}]|&&|\|\|))"
)
_UNIT_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_URL_HOST: Final = re.compile(
    r"[a-z][a-z0-9+.-]{0,20}://(?:[^/\s@'\"]{0,255}@)?(\[[^\]]{0,255}\]|[^:/\s?#'\"]{1,255})", re.IGNORECASE
)
_HOST_OPTION: Final = re.compile(r"(?:-h|--host(?:name)?)(?:=(.*))?")
_HOST_PROGRAMS: Final = frozenset(
    {"pg_isready", "psql", "redis-cli", "mysqladmin", "mysql", "mariadb-admin", "mariadb"}
)
_LOOPBACK: Final = re.compile(r"localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[?(?:0:){7}1\]?|\[?::1?\]?", re.IGNORECASE)


def program(command: Sequence[str]) -> str:
    """The name of the program without its directory; empty for an empty command."""
    return re.split(r"[/\\]", command[0])[-1].lower().removesuffix(".exe") if command else ""


def uses_shell(command: Sequence[str]) -> bool:
    """Whether any word of the command is a shell: the program itself, or a later word as in `busybox sh -c`."""
    return any(program((word,)) in SHELLS for word in command)


def script_of(command: Sequence[str]) -> str | None:
    """The script after `sh -c`, or None."""
    position = _script_position(command)
    return None if position is None else command[position]


def lost_words(command: Sequence[str]) -> int:
    """The number of words after the script of `sh -c`; 0 if the script uses them as parameters (`$0`, `$1`, `$@`)."""
    position = _script_position(command)
    if position is None or re.search(r"\$\{?[#0-9@*]", command[position]):
        return 0
    return len(command) - position - 1


def has_syntax_without_shell(command: Sequence[str]) -> bool:
    """Whether a word is a shell operator, and no shell interprets it."""
    if uses_shell(command):
        return False
    if any(_ALWAYS_SYNTAX.fullmatch(word) for word in command):
        return True
    return program(command) not in _TAKES_OPERANDS and any(word in _SYNTAX_UNLESS_OPERAND for word in command)


def is_line_in_one_word(command: Sequence[str]) -> bool:
    """Whether the program's name contains a whole command line; Windows paths are excluded, they may contain spaces."""
    return bool(command) and bool(re.search(r"\s", command[0].strip())) and "\\" not in command[0]


def sleep_seconds(command: Sequence[str]) -> int | None:
    """The minimum time in whole seconds that a command sleeps; None if it does not, or only under a condition."""
    text = " ".join(["sleep", *command[1:]]) if program(command) == "sleep" else script_of(command) or ""
    if _LOOPS.search(text):
        return None
    total = sum(float(number) * _UNIT_SECONDS[unit] for number, unit in _SLEEP.findall(text))
    return int(total) or None


def words(command: Sequence[str]) -> list[str]:
    """The words of a command; for `sh -c`, the words of its script."""
    script = script_of(command)
    if script is None:
        return list(command)
    try:
        return shlex.split(script)
    except ValueError:
        return script.split()


def asks_another_host(command: Sequence[str]) -> bool:
    """Whether a command names a host other than this pod; hosts given by variables are ignored."""
    found = words(command)
    hosts = [match[1] for word in found for match in _URL_HOST.finditer(word)]
    if any(program((word,)) in _HOST_PROGRAMS for word in found):
        for word, following in zip(found, [*found[1:], ""], strict=True):
            option = _HOST_OPTION.fullmatch(word)
            if option is not None:
                hosts.append(option[1] or following)
    if program(found) in ("nc", "ncat", "netcat"):
        hosts += [word for word in found[1:] if not word.startswith("-") and not word.isdigit()][:1]
    return any(_is_elsewhere(host) for host in hosts)


def native_handler(command: Sequence[str]) -> str | None:
    """The handler equivalent to a command that is a single call of a well-known client to this pod, or None."""
    script = script_of(command)
    if script is not None and re.search(r"[|&;<>`\n]|\$\(", re.sub(r"\|\|\s*exit\s+\d+\s*\Z", "", script)):
        return None
    found = words(command)
    name = program(found)
    hosts = [match[1] for word in found for match in _URL_HOST.finditer(word)]
    if name in ("curl", "wget") and not any(word.startswith(("--unix-socket", "--post", "-X", "-d")) for word in found):
        return "httpGet" if hosts and all(_LOOPBACK.fullmatch(host) for host in hosts) else None
    if name in ("grpc_health_probe", "grpc-health-probe") and not any(word.startswith("-tls") for word in found):
        return "grpc"
    return None


def _script_position(command: Sequence[str]) -> int | None:
    for position, word in enumerate(command):
        if program((word,)) in SHELLS:
            for option in range(position + 1, len(command) - 1):
                if re.fullmatch(r"-[a-z]*c", command[option]):
                    return option + 1
                if not command[option].startswith("-"):
                    return None
    return None


def _is_elsewhere(host: str) -> bool:
    return bool(host) and not re.search(r"[$`%{]", host) and _LOOPBACK.fullmatch(host) is None and "/" not in host
