"""Determines which exit statuses a command may have, by following its script for every outcome of its programs.

A program that is not known may succeed or fail; a status that no combination of outcomes leads to is impossible. Where
something is not understood, everything is possible. The time that a command takes is not considered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence as Words
from enum import Enum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from pulumi_probes.rules._commands import POSIX_SHELLS, is_silent, name_of, program, shell_call, unwrapped
from pulumi_probes.rules._programs import LineFilter, always_succeeds, found_by_pgrep, line_filter, lists_own_command
from pulumi_probes.rules._shell import (
    Case,
    Choice,
    Command,
    Function,
    Group,
    If,
    Loop,
    Negated,
    Pipeline,
    Redirect,
    Redirected,
    Script,
    Sequence,
    Simple,
    Word,
    commands_in,
    read_script,
)

ZERO: Final = 1
NONZERO: Final = 2
ANY: Final = ZERO | NONZERO


class Cause(Enum):
    """Why the exit status is always 0."""

    NO_CHECK = "no check"
    RESCUED = "rescued"
    LAST_COMMAND = "last command"
    LAST_IN_PIPELINE = "last in pipeline"
    BACKGROUND = "background"
    NO_ELSE = "no else"
    LOOP = "loop"
    FINDS_ITSELF = "finds itself"


class Outcome(Struct, frozen=True):
    """The results that a command may have, each as a set of `ZERO` and `NONZERO`.

    Attributes:
        status: its exit status, if the script continues behind it; 0 if it never does.
        ends: the exit status of the script, if the command ends it; 0 if it never does.
        cause: why its exit status is always 0, if it is.
        checks: whether it runs anything that may fail.
        word: the word that finds itself.
    """

    status: int
    ends: int = 0
    cause: Cause | None = None
    checks: bool = True
    word: Word | None = None

    @property
    def whole(self) -> int:
        """The exit statuses of a shell that runs only this."""
        return self.status | self.ends


class Verdict(Struct, frozen=True):
    """Why a command always exits with 0.

    Attributes:
        cause: the reason.
        word: the word of the script that finds itself, for `FINDS_ITSELF`.
    """

    cause: Cause
    word: Word | None = None


_UNKNOWN: Final = Outcome(ANY)
_ANYTHING: Final = Outcome(ANY, ANY)
_DONE: Final = Outcome(ZERO, checks=False, cause=Cause.NO_CHECK)

_SHELLS: Final = frozenset({"sh", "bash", "ash", "dash"})
_SPECIAL: Final = frozenset(
    {
        *(":", ".", "source", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set"),
        *("shift", "times", "trap", "unset", "declare", "typeset", "local"),
    }
)
"""Builtins of which some end the script if they fail."""

_PLAIN_FORMAT: Final = r"(?:[^%\\-]|\\n|%s)+"

_TAIL_CALL: Final = frozenset({"bash", "ash"})
"""Shells that the last program of a script replaces, so that nothing of the script is left among the processes."""


class _Context(Struct, frozen=True):
    """The settings of the shell; a setting counts as on if it may be."""

    shell: str
    text: str
    functions: frozenset[str]
    errexit: bool = False
    pipefail: bool = False
    nounset: bool = False
    guarded: bool = False
    is_tail: bool = False

    def quiet(self) -> _Context:
        """Where a failure does not end the script."""
        return replace(self, guarded=True, is_tail=False)

    def inside(self) -> _Context:
        """Where more of the script follows."""
        return replace(self, is_tail=False) if self.is_tail else self


def always_zero(command: Words[str]) -> Verdict | None:
    """Why a command exits with 0 whatever its programs do, as long as they end; None if it may fail."""
    outcome = _outcome_of(tuple(Word(word, is_quoted=True) for word in command), _Context("", "", frozenset()))
    if outcome.whole != ZERO:
        return None
    return Verdict(outcome.cause or Cause.NO_CHECK, outcome.word)


def settings_of(script: Script, options: frozenset[str]) -> frozenset[str] | None:
    """The options that are on anywhere in a script, by letter; `pipefail` by name; None if one is not understood."""
    found = {{"errexit": "e", "nounset": "u", "xtrace": "x", "verbose": "v", "noglob": "f"}.get(o, o) for o in options}
    for simple in commands_in(script.body, with_substitutions=True):
        if name_of(simple.words) != "set":
            continue
        words = [word.text if word.is_static else "?" for word in simple.words[1:]]
        while words:
            word = words.pop(0)
            if not re.fullmatch(r"[-+][a-zA-Z]+", word):
                return None
            letters = set(word[1:])
            if "o" in letters:
                if not words:
                    return None
                letters = (letters - {"o"}) | {words.pop(0)}
            if word.startswith("-"):
                names = {"errexit": "e", "nounset": "u", "xtrace": "x", "verbose": "v", "noglob": "f"}
                found |= {names.get(letter, letter) for letter in letters}
    return frozenset(found) if found <= {"c", "e", "u", "x", "v", "f", "l", "i", "pipefail"} else None


def _outcome_of(words: tuple[Word, ...], context: _Context) -> Outcome:
    """The outcome of a program with arguments, outside a shell or in a shell's script."""
    call = shell_call([word.text for word in words])
    inner = unwrapped(words)
    if call is not None and inner and program((inner[0].text,)) in POSIX_SHELLS:
        if call.shell not in _SHELLS or not all(word.is_static for word in words):
            return _UNKNOWN
        outcome = _outcome_of_script(call.shell, call.options, call.script)
        word = None if context.text else outcome.word
        return Outcome(outcome.whole, cause=outcome.cause, checks=outcome.checks, word=word)
    name = name_of(inner)
    if name == "true" or (name == "echo" and inner) or always_succeeds(Simple(inner)):
        return _DONE
    if name == "false":
        return Outcome(NONZERO)
    return _found_by_itself(words, inner, context) or _UNKNOWN


def _outcome_of_script(shell: str, options: frozenset[str], text: str) -> Outcome:
    script = read_script(text)
    if script is None or not script.is_understood or (script.needs_bash and shell != "bash"):
        return _ANYTHING
    settings = settings_of(script, options)
    if settings is None or (shell != "bash" and "pipefail" in settings):
        # Where `sh` does not know `pipefail`, setting it ends the script.
        return _ANYTHING
    context = _Context(
        shell,
        f"{shell} -c {text}",
        script.functions,
        errexit="e" in settings,
        pipefail="pipefail" in settings,
        nounset="u" in settings,
        is_tail=True,
    )
    return _sequence(script.body, context, ZERO)


def _found_by_itself(words: tuple[Word, ...], inner: tuple[Word, ...], context: _Context) -> Outcome | None:
    """The outcome of `pgrep -f` with a pattern that matches the command line of a process that waits for it."""
    found = found_by_pgrep(Simple(inner))
    if found is None:
        return None
    pattern, word = found
    waits = any(program((other.text,)) == "timeout" for other in words[: len(words) - len(inner)])
    lines = [" ".join(other.text for other in words)] if waits else []
    if context.text and not (context.is_tail and context.shell in _TAIL_CALL):
        lines.append(context.text.replace("\n", " "))
    if not any(pattern.search(line) for line in lines):
        return None
    return Outcome(ZERO, cause=Cause.FINDS_ITSELF, word=word)


def _sequence(sequence: Sequence, context: _Context, before: int) -> Outcome:
    """Commands one after the other.

    Args:
        sequence: the commands.
        context: the settings.
        before: the exit status of what ran before, which `exit` without a number returns.
    """
    if not sequence.items:
        return Outcome(before, checks=False)
    status, ends, checks, ignored = before, 0, False, False
    outcome, cause = _DONE, None
    for number, item in enumerate(sequence.items):
        last = number == len(sequence.items) - 1
        outcome = _outcome(item.command, context if last else context.inside(), status)
        if item.is_background:
            outcome = Outcome(ZERO, cause=Cause.BACKGROUND, checks=outcome.checks)
        ignored = ignored or (checks and status != ZERO)
        if outcome.checks or not checks:
            cause = outcome.cause
        checks = checks or outcome.checks
        ends |= outcome.ends
        status = outcome.status
        if status == 0:
            break
    cause = Cause.LAST_COMMAND if ignored else cause or outcome.cause
    return Outcome(status, ends, cause if status | ends == ZERO else None, checks, outcome.word)


def _outcome(command: Command, context: _Context, before: int) -> Outcome:
    if isinstance(command, Simple):
        outcome = _simple(command, context, before)
    elif isinstance(command, Pipeline):
        outcome = _pipeline(command, context)
    elif isinstance(command, Choice):
        return _choice(command, context, before)
    elif isinstance(command, Group) and command.is_subshell:
        inner = _sequence(command.body, context.inside(), before)
        outcome = Outcome(inner.whole, cause=inner.cause, checks=inner.checks, word=inner.word)
    elif isinstance(command, Redirected):
        inner = _outcome(command.body, context.inside(), before)
        outcome = _redirected(inner, command, command.redirects, context)
    elif isinstance(command, Group):
        outcome = _sequence(command.body, context, before)
    else:
        outcome = _compound(command, context, before)
    if context.errexit and not context.guarded and outcome.status & NONZERO:
        return replace(outcome, ends=outcome.ends | NONZERO)
    return outcome


def _compound(command: Command, context: _Context, before: int) -> Outcome:
    if isinstance(command, Negated):
        inner = _outcome(command.body, context.quiet(), before)
        status = (ZERO if inner.status & NONZERO else 0) | (NONZERO if inner.status & ZERO else 0)
        return Outcome(status, inner.ends)
    if isinstance(command, If):
        return _if(command, context, before)
    if isinstance(command, Loop):
        return _loop(command, context, before)
    if isinstance(command, Case):
        outcomes = [_sequence(body, context.inside(), before) for body in command.bodies]
        return _joined([*outcomes, Outcome(ZERO, checks=False)], Cause.LAST_COMMAND)
    if isinstance(command, Function):
        return Outcome(ZERO, checks=False)
    return _ANYTHING


def _choice(command: Choice, context: _Context, before: int) -> Outcome:
    left = _outcome(command.left, context.quiet(), before)
    needed, stays = (ZERO, NONZERO) if command.operator == "&&" else (NONZERO, ZERO)
    if not left.status & needed:
        return left
    right = _outcome(command.right, context, needed)
    status, ends = (left.status & stays) | right.status, left.ends | right.ends
    cause = None
    if status | ends == ZERO:
        cause = Cause.RESCUED if command.operator == "||" else left.cause if left.word else right.cause
    return Outcome(status, ends, cause, left.checks or right.checks, left.word or right.word)


def _if(command: If, context: _Context, before: int) -> Outcome:
    found: list[Outcome] = []
    ends, checks = 0, False
    can_continue = True
    for condition, body in command.branches:
        if not condition.items or not body.items:
            return _ANYTHING
        asked = _sequence(condition, context.quiet(), before)
        ends |= asked.ends
        checks = checks or asked.checks
        if asked.status & ZERO:
            found.append(_sequence(body, context.inside(), ZERO))
            if asked.cause is Cause.FINDS_ITSELF and asked.status == ZERO:
                found[-1] = replace(found[-1], cause=asked.cause, word=asked.word)
        can_continue = bool(asked.status & NONZERO)
        if not can_continue:
            break
    cause = Cause.LAST_COMMAND
    if can_continue:
        if command.otherwise is None:
            found.append(Outcome(ZERO, checks=False))
            cause = Cause.NO_ELSE
        elif not command.otherwise.items:
            return _ANYTHING
        else:
            found.append(_sequence(command.otherwise, context.inside(), NONZERO))
    joined = _joined(found, cause if checks else Cause.NO_CHECK)
    kept = found[0] if len(found) == 1 and found[0].cause is Cause.FINDS_ITSELF else joined
    return replace(kept, ends=joined.ends | ends, checks=joined.checks or checks)


def _loop(command: Loop, context: _Context, before: int) -> Outcome:
    if not command.body.items or (command.condition is not None and not command.condition.items):
        return _ANYTHING
    if any(name_of(simple.words) in ("break", "continue") for simple in commands_in(command)):
        return _ANYTHING
    asked = _UNKNOWN if command.condition is None else _sequence(command.condition, context.quiet(), before)
    # In the second round, the condition and the body follow the body.
    body = _sequence(command.body, context.inside(), ANY)
    again = asked if command.condition is None else _sequence(command.condition, context.quiet(), ANY)
    status = ZERO | body.status
    ends = body.ends | again.ends | (0 if command.condition is None else asked.ends)
    return Outcome(status, ends, Cause.LOOP if status | ends == ZERO else None)


def _joined(outcomes: list[Outcome], cause: Cause) -> Outcome:
    """One of several outcomes."""
    status = ends = 0
    for outcome in outcomes:
        status |= outcome.status
        ends |= outcome.ends
    return Outcome(status, ends, cause if status | ends == ZERO else None, any(o.checks for o in outcomes))


def _pipeline(command: Pipeline, context: _Context) -> Outcome:
    """A pipeline, whose parts are run in subshells."""
    quiet = context.inside()
    parts = [_outcome(part, quiet, ANY) for part in command.parts]
    found = _found_in_list(command, context)
    if found is not None and not context.pipefail:
        return found
    status = parts[-1].whole
    if context.pipefail and any(part.whole & NONZERO for part in parts):
        status |= NONZERO
    cause = parts[-1].cause
    if any(part.checks and part.whole & NONZERO for part in parts[:-1]):
        cause = Cause.LAST_IN_PIPELINE
    return Outcome(status, cause=cause if status == ZERO else None, checks=any(part.checks for part in parts))


def _found_in_list(command: Pipeline, context: _Context) -> Outcome | None:
    """The outcome of `ps | grep NAME`, if a line of its own passes all filters; None otherwise.

    Among the processes are the shell, whose line contains the whole script, and each `grep`.
    """
    first, *rest = command.parts
    if not isinstance(first, Simple) or not lists_own_command(first) or not context.text or not rest:
        return None
    lines = [context.text.replace("\n", " ")]
    filters: list[LineFilter] = []
    for part in rest:
        selected = line_filter(part) if isinstance(part, Simple) else None
        if selected is None or not isinstance(part, Simple) or not is_silent(part.redirects):
            return None
        lines.append(" ".join(word.text for word in part.words))
        filters.append(selected)
    if not any(all(selected.passes(line) for selected in filters) for line in lines):
        return None
    word = next((selected.word for selected in filters if not selected.is_inverted), None)
    return Outcome(ZERO, cause=Cause.FINDS_ITSELF, word=word)


def _simple(command: Simple, context: _Context, before: int) -> Outcome:
    outcome = _redirected(_run(command, context, before), command, command.redirects, context)
    words = command.assignments + command.words
    if any(word.can_end_script or (context.nounset and word.reads_variable) for word in words):
        return replace(outcome, status=outcome.status | NONZERO, ends=outcome.ends | NONZERO)
    return outcome


def _run(command: Simple, context: _Context, before: int) -> Outcome:
    if not command.words:
        return _assigned(command, context)
    name = command.words[0].text if command.words[0].is_static else ""
    if not name or name in context.functions or any(_is_protected(word) for word in command.assignments):
        return _ANYTHING
    builtin = _builtin(name, command, context, before)
    if builtin is not None:
        return builtin
    return _outcome_of(command.words, replace(context, is_tail=context.is_tail and not command.redirects))


def _builtin(name: str, command: Simple, context: _Context, before: int) -> Outcome | None:
    """The outcome of a command of the shell itself; None for other programs."""
    arguments = command.words[1:]
    found: Outcome | None = None
    if name in ("exit", "exec"):
        found = _exit(arguments, before) if name == "exit" else _exec(arguments, command, context)
    elif name in (":", "true", "set"):  # `settings_of` has read the options of `set`
        found = _DONE
    elif name == "export":
        found = _exported(arguments)
    elif name == "printf":
        is_plain = bool(arguments) and arguments[0].is_static and re.fullmatch(_PLAIN_FORMAT, arguments[0].text)
        found = _DONE if is_plain else _UNKNOWN
    elif name in ("[", "test", "[["):
        found = _tested(command, context) or _UNKNOWN
    elif name in ("wait", "cd", "read") or (name == "kill" and arguments and arguments[0].text == "-0"):
        found = _UNKNOWN
    elif name in _SPECIAL or name in ("builtin", "command", "enable", "alias", "let", "ulimit", "kill"):
        found = _ANYTHING
    return found


def _exported(arguments: tuple[Word, ...]) -> Outcome:
    for word in arguments:
        if _is_protected(word) or not re.fullmatch(r"[A-Za-z_]\w*(?:=.*)?", word.text, re.DOTALL):
            return _ANYTHING
    return Outcome(ZERO, checks=any(word.substitutions for word in arguments)) if arguments else _ANYTHING


def _exit(arguments: tuple[Word, ...], before: int) -> Outcome:
    if not arguments:
        return Outcome(0, before, cause=Cause.LAST_COMMAND, checks=False)
    first, *others = arguments
    text = first.text
    if others:
        return _ANYTHING
    if text == "$?":
        return Outcome(0, before, cause=Cause.LAST_COMMAND, checks=False)
    if not first.is_static or not re.fullmatch(r"\d{1,3}", text):
        return Outcome(0, NONZERO if first.is_static else ANY)
    return Outcome(0, NONZERO if int(text) % 256 else ZERO, cause=Cause.NO_CHECK, checks=False)


def _exec(arguments: tuple[Word, ...], command: Simple, context: _Context) -> Outcome:
    if not arguments or command.redirects or arguments[0].text.startswith("-"):
        return _ANYTHING
    inner = _outcome_of(arguments, replace(context, text="", is_tail=True))
    return Outcome(0, inner.whole, inner.cause, inner.checks)


def _tested(command: Simple, context: _Context) -> Outcome | None:
    """The outcome of a test that counts the lines of `ps | grep NAME`, among which is the shell's own line."""
    words = [word for word in command.words[1:] if word.text not in ("]", "]]")]
    position = next((number for number, word in enumerate(words) if word.substitutions), None)
    if position is None or len(words[position].substitutions) != 1 or not words[position].text.startswith("$("):
        return None
    others = [word.text for number, word in enumerate(words) if number != position]
    items = words[position].substitutions[0].items
    pipeline = items[0].command if len(items) == 1 else None
    if not isinstance(pipeline, Pipeline):
        return None
    last = pipeline.parts[-1]
    counts = isinstance(last, Simple) and (
        [word.text for word in last.words] == ["wc", "-l"]
        or (line_filter(last) is not None and any(re.fullmatch(r"-[a-z]*c[a-z]*", word.text) for word in last.words))
    )
    if counts and position == 0 and others in (["-gt", "0"], ["-ge", "1"], ["-ne", "0"], ["!=", "0"]):
        is_wc = isinstance(last, Simple) and name_of(last.words) == "wc"
        return _found_in_list(Pipeline(pipeline.parts[:-1]) if is_wc else pipeline, context)
    return _found_in_list(pipeline, context) if others in ([], ["-n"]) and not counts else None


def _assigned(command: Simple, context: _Context) -> Outcome:
    """The outcome of assignments alone: the status of the last substitution."""
    if any(_is_protected(word) for word in command.assignments):
        return _ANYTHING
    scripts = [script for word in command.assignments for script in word.substitutions]
    if not scripts:
        return Outcome(ZERO, checks=False)
    status = 0
    for script in scripts:
        status |= _sequence(script, context.inside(), ANY).whole
    return Outcome(status)


def _is_protected(word: Word) -> bool:
    """Whether a variable may be one that cannot be set."""
    name = re.split(r"[+=\[]", word.text)[0]
    return name in ("UID", "EUID", "PPID", "BASHOPTS", "SHELLOPTS", "BASH_VERSINFO")


def _redirected(
    outcome: Outcome, command: Simple | Redirected, redirects: tuple[Redirect, ...], context: _Context
) -> Outcome:
    """The outcome of a command with redirections, which fails if a file cannot be opened."""
    if any(r.operator in ("&>", "&>>") for r in redirects) and context.shell != "bash":
        return _ANYTHING
    if is_silent(redirects):
        return outcome
    if any(r.operator not in (">", ">>", "<") or (r.target and r.target.can_end_script) for r in redirects):
        return _ANYTHING
    ends = outcome.ends
    names = {word.text for simple in commands_in(command) for word in simple.words[:1]}
    if names & _SPECIAL or "" in names:
        ends |= NONZERO
    return replace(outcome, status=outcome.status | NONZERO, ends=ends, cause=None, checks=True)
