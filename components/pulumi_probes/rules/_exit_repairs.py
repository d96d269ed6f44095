"""Repairs commands whose exit status says nothing, where that needs no decision."""

from __future__ import annotations

import re
from collections.abc import Sequence as Words

from pulumi_probes.model.edit import Edit, SetField
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.rules._answers import Answer, Fault, ignored_answer
from pulumi_probes.rules._commands import name_of, parsed, shell_call
from pulumi_probes.rules._exit_status import Cause, Verdict, always_zero
from pulumi_probes.rules._shell import Choice, Command, Simple, Word


def repaired(command: Words[str], problem: Verdict | Answer, at: FieldPath) -> tuple[Edit, ...]:
    """The changes that make the exit status of a command count; none if that is a decision of the author.

    Args:
        command: the command.
        problem: what is wrong with it.
        at: the path of the command.
    """
    call = shell_call(command)
    if isinstance(problem, Answer):
        if problem.fault is not Fault.RESPONSE:
            return ()
        if call is None:
            changed, edit = [*command, "--fail"], SetField(at / len(command), "--fail")
            return (edit,) if _is_repaired(changed) else ()
        text = _spliced(call.script, problem.name.end, problem.name.end, " --fail")
    elif call is None:
        return ()
    else:
        found = (
            _bracketed(call.script, problem.word) if problem.word is not None else _shortened(command, problem.cause)
        )
        if found is None:
            return ()
        text = found
    changed = [*command]
    changed[call.position] = text
    return (SetField(at / call.position, text),) if _is_repaired(changed) else ()


def _is_repaired(command: list[str]) -> bool:
    return always_zero(command) is None and ignored_answer(command) is None


def _shortened(command: Words[str], cause: Cause) -> str | None:
    """The script without `|| true` or `; exit 0` behind its only check."""
    script = parsed(command)
    if script is None:
        return None
    source = script.text.encode()
    items = script.body.items
    if cause is Cause.RESCUED and len(items) == 1 and not items[0].is_background:
        choice = items[0].command
        if isinstance(choice, Choice) and isinstance(choice.right, Simple) and _only_succeeds(choice.right):
            kept = source[: choice.right.words[0].start].rstrip().removesuffix(b"||")
            return kept.rstrip().decode()
    if cause is Cause.LAST_COMMAND and len(items) == 2 and _only_succeeds(items[1].command):  # noqa: PLR2004
        return source[: items[0].end].decode()
    return None


def _only_succeeds(command: Command) -> bool:
    if not isinstance(command, Simple) or command.redirects or command.assignments:
        return False
    words = [word.text for word in command.words]
    return words in (["true"], [":"], ["exit", "0"]) or name_of(command.words) == "echo"


def _bracketed(script: str, word: Word) -> str | None:
    """The script with a pattern that does not match itself: `[w]orker` instead of `worker`."""
    if word.start < 0:
        return None
    raw = script.encode()[word.start : word.end].decode(errors="replace")
    match = re.fullmatch(r"(['\"]?)(\w)([^'\"\\$`*?\[\]]*)\1", raw, re.ASCII)
    if match is None:
        return None
    quote, first, rest = match.groups()
    return _spliced(script, word.start, word.end, f"{quote or chr(39)}[{first}]{rest}{quote or chr(39)}")


def _spliced(text: str, start: int, end: int, replacement: str) -> str:
    source = text.encode()
    return (source[:start] + replacement.encode() + source[end:]).decode()
