"""Finds clients whose exit status says nothing about the answer, although the status of a command depends on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Sequence as Words
from enum import Enum
from typing import Final

from msgspec import Struct

from pulumi_probes.rules._commands import direct, is_silent, name_of, parsed, program, shell_call, unwrapped
from pulumi_probes.rules._shell import (
    Case,
    Choice,
    Command,
    Group,
    If,
    Loop,
    Negated,
    Pipeline,
    Redirected,
    Sequence,
    Simple,
    Word,
)

_CURL_VALUES: Final = "AbBcCdDeEFHKmoPQrtTuUwxXyYz"
_CURL_LONG_VALUES: Final = frozenset(
    {
        *(
            "--connect-timeout",
            "--data",
            "--data-binary",
            "--data-raw",
            "--header",
            "--max-time",
            "--request",
            "--retry",
        ),
        *("--output", "--user", "--user-agent", "--write-out", "--cacert", "--cert", "--key", "--resolve", "--url"),
        *("--unix-socket", "--retry-delay", "--retry-max-time", "--connect-to", "--noproxy", "--proxy", "--referer"),
    }
)
_INPUTS: Final = ("<", "<<", "<<<")
_NC: Final = frozenset({"nc", "ncat", "netcat"})
_FIND_ACTIONS: Final = frozenset({"-exec", "-execdir", "-ok", "-okdir", "-delete", "-quit", "-fprint"})


class Fault(Enum):
    """A reason why the exit status of a client does not depend on what it is asked for."""

    RESPONSE = "response"
    NOTHING_FOUND = "nothing found"
    NO_LIMIT = "no limit"
    DATAGRAM = "datagram"
    BACKGROUND_IN_DASH = "background in dash"


class Answer(Struct, frozen=True):
    """A client with a fault.

    Attributes:
        fault: the fault.
        name: the word with the name of the program.
    """

    fault: Fault
    name: Word


def ignored_answer(command: Words[str]) -> Answer | None:
    """The first client of a command that decides about its exit status, although it says nothing; None if none does."""
    call = shell_call(command)
    if call is None:
        return _fault(direct(command), is_fed=False)
    script = parsed(command)
    if script is None:
        return None
    is_plain = call.shell == "sh" and not script.needs_bash
    every = "e" in call.options or re.search(r"\bset\s+-\w*e", call.script) is not None
    for simple, is_fed in _deciding(script.body, is_fed=False, every=every):
        if is_plain and simple.words and any(r.operator in ("&>", "&>>") for r in simple.redirects):
            return Answer(Fault.BACKGROUND_IN_DASH, simple.words[0])
        found = _fault(simple, is_fed=is_fed)
        if found is not None:
            return found
    return None


def _deciding(node: Command | Sequence, *, is_fed: bool, every: bool) -> Iterator[tuple[Simple, bool]]:
    """The simple commands whose exit status counts, with whether they read the output of another command."""
    if isinstance(node, Simple):
        yield node, is_fed
        return
    parts: list[Command | Sequence] = []
    if isinstance(node, Sequence):
        counting = node.items if every else node.items[-1:]
        parts = [item.command for item in counting if not item.is_background]
    elif isinstance(node, Pipeline):
        parts, is_fed = [node.parts[-1]], True
    elif isinstance(node, Choice):
        parts = [node.left, node.right]
    elif isinstance(node, (Negated, Group)) or (isinstance(node, Redirected) and _is_silent(node)):
        parts = [node.body]
    elif isinstance(node, If):
        parts.extend(part for branch in node.branches for part in branch)
        parts.extend([] if node.otherwise is None else [node.otherwise])
    elif isinstance(node, Loop):
        parts.extend([] if node.condition is None else [node.condition])
    elif isinstance(node, Case):
        parts.extend(node.bodies)
    for part in parts:
        yield from _deciding(part, is_fed=is_fed, every=every)


def _is_silent(command: Simple | Redirected) -> bool:
    """Whether the output goes nowhere else than to the kubelet."""
    return is_silent(redirect for redirect in command.redirects if redirect.operator not in _INPUTS)


def _fault(simple: Simple, *, is_fed: bool) -> Answer | None:
    words = unwrapped(simple.words)
    name = name_of(words)
    if not _is_silent(simple):
        return None
    arguments = [word.text for word in words[1:]]
    fault: Fault | None = None
    if name == "curl" and _ignores_response(arguments):
        fault = Fault.RESPONSE
    elif name == "find" and any(word.startswith("-") for word in arguments):
        fault = None if _FIND_ACTIONS.intersection(arguments) or arguments == ["--version"] else Fault.NOTHING_FOUND
    elif name in _NC:
        is_limited = any(program((word.text,)) == "timeout" for word in simple.words[: len(simple.words) - len(words)])
        fed = is_fed or any(redirect.operator in _INPUTS for redirect in simple.redirects)
        fault = _fault_of_nc(arguments, is_limited=is_limited or fed)
    return None if fault is None else Answer(fault, words[0])


def _ignores_response(arguments: list[str]) -> bool:
    """Whether curl is asked for an HTTP response and told nothing about its status."""
    position, operands = 0, []
    while position < len(arguments):
        word = arguments[position]
        position += 1
        if word.startswith("--"):
            name, _, value = word.partition("=")
            if name in ("--fail", "--fail-with-body", "--version", "--help", "--config", "--remote-name"):
                return False
            following = value or "".join(arguments[position : position + 1])
            if name == "--output" and following != "/dev/null":
                return False
            operands += [following] if name == "--url" else []
            position += 1 if name in _CURL_LONG_VALUES and not value else 0
        elif word.startswith("-") and word != "-":
            for index, letter in enumerate(word[1:], 2):
                if letter in "fVhKO":
                    return False
                if letter in _CURL_VALUES:
                    value = word[index:] or "".join(arguments[position : position + 1])
                    if letter == "o" and value != "/dev/null":
                        return False
                    position += 0 if word[index:] else 1
                    break
        else:
            operands.append(word)
    schemes = [word.partition("://")[0].lower() for word in operands if "://" in word]
    return bool(operands) and all(scheme in ("http", "https") or "$" in scheme for scheme in schemes)


def _fault_of_nc(arguments: list[str], *, is_limited: bool) -> Fault | None:
    letters = "".join(word[1:] for word in arguments if re.fullmatch(r"-[a-zA-Z]+\d*", word))
    long = {word.partition("=")[0] for word in arguments if word.startswith("--")}
    if set("lhUVe") & set(letters) or long or len([word for word in arguments if not word.startswith("-")]) < 2:  # noqa: PLR2004 - a host and a port
        return None
    if "z" in letters:
        return Fault.DATAGRAM if "u" in letters else None
    return None if is_limited or set("wqNi") & set(letters) else Fault.NO_LIMIT
