"""Knowledge about programs: which of them always succeed, and which find themselves in a list of processes."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from pulumi_probes.rules._commands import name_of
from pulumi_probes.rules._shell import Simple, Word

_NO_OPERANDS: Final = frozenset({"date", "hostname", "uptime", "uname", "whoami", "id", "env", "free", "tty"})
"""Programs that only print something about the machine, and check nothing, without an operand."""

# Programs that copy or count their input, the options of each with a separate value, and the options it fails with.
_FILTERS: Final[dict[str, str]] = {
    "cat": "",
    "head": "nc",
    "tail": "nc",
    "wc": "",
    "sort": "kt",
    "uniq": "",
    "nl": "",
    "rev": "",
    "tac": "",
}
_TRANSFORMERS: Final = {"tr": "", "cut": "dfcb", "sed": "e", "awk": "Fv", "gawk": "Fv", "mawk": "Fv"}
_SED_CANNOT_FAIL: Final = r"\d*p|s([/|,#])[\w .,:;=\[\]\"'^$*-]*\1[\w .,:;=\"'-]*\1[gp]?"
_PS_WITH_ARGUMENTS: Final = r"(?i)-?[a-z]*(?:f|u|x)[a-z]*"
_GREPS: Final = {"grep": "basic", "egrep": "extended", "fgrep": "fixed"}
_MAXIMUM_REPETITIONS: Final = 3
_RESTRICTING: Final = frozenset({"P", "u", "U", "G", "g", "s", "t", "r", "F", "O"})


def always_succeeds(simple: Simple) -> bool:
    """Whether a program only prints something, or passes its input on, and exits with 0 whatever that is."""
    name = name_of(simple.words)
    arguments = [word.text for word in simple.words[1:]]
    if not all(word.is_static for word in simple.words):
        found = False
    elif name in _NO_OPERANDS:
        found = all(name == "date" and word.startswith("+") for word in arguments)
    elif name == "ls":
        found = all(re.fullmatch(r"/|\.|-[1aAlhF]+", word) for word in arguments)
    elif name == "sleep":
        found = len(arguments) == 1 and re.fullmatch(r"\d{1,9}", arguments[0]) is not None
    elif name == "ps":
        found = all(re.fullmatch(r"-?(?:ef|e|aux|ax|A|f|u|x|w+|auxww?)", word) for word in arguments)
    elif name == "sort" and any(re.match(r"-[a-zA-Z]*[cC]|--", word) for word in arguments):
        found = False
    elif name in _FILTERS:
        found = not _operands(arguments, _FILTERS[name])
    elif name == "tee":
        found = all(word == "/dev/null" for word in arguments)
    else:
        found = name in _TRANSFORMERS and _transforms(name, arguments)
    return found


def _transforms(name: str, arguments: list[str]) -> bool:
    operands = _operands(arguments, _TRANSFORMERS[name])
    if name == "tr":
        return len(operands) in (1, 2) and all(re.fullmatch(r"[\w .,:\\-]+", word) for word in operands)
    if name == "cut":
        return not operands and any(word.startswith(("-f", "-c", "-b")) for word in arguments)
    if name == "sed":
        plain = all(word in ("-n", "-E", "-r") for word in arguments if word.startswith("-"))
        return plain and len(operands) == 1 and re.fullmatch(_SED_CANNOT_FAIL, operands[0]) is not None
    return len(operands) == 1 and re.fullmatch(r"\{\s*print(?:\s+\$\d)?\s*\}", operands[0]) is not None


def _operands(arguments: list[str], valued: str) -> list[str]:
    """The arguments except options and their values; one that is not known counts as an operand."""
    found: list[str] = []
    position = 0
    while position < len(arguments):
        word = arguments[position]
        position += 1
        if re.fullmatch(r"-\d+", word):
            continue
        if not word.startswith("-") or word == "-" or word.startswith("--"):
            found.append(word)
        elif word[1] in valued:
            if len(word) == 2:  # noqa: PLR2004 - a dash and a letter
                position += 1
        elif not re.fullmatch(r"-[A-Za-z]+", word):
            found.append(word)
    return found


def lists_own_command(simple: Simple) -> bool:
    """Whether `ps` prints the whole command line of every process."""
    arguments = [word.text for word in simple.words[1:]]
    if name_of(simple.words) != "ps" or not all(word.is_static for word in simple.words) or not arguments:
        return False
    if any(re.match(r"-*[a-z]*[CpGgUtqsNO]", word) for word in arguments if word.startswith("-")):
        return False
    columns = next((value for option, value in pairwise(arguments) if _is_format(option)), None)
    if columns is not None:
        return re.search(r"\b(?:args|cmd|command)\b", columns) is not None and _selects_all(arguments)
    return all(
        re.fullmatch(_PS_WITH_ARGUMENTS, word) or re.fullmatch(r"-?[aewAlww]+", word) for word in arguments
    ) and (any(re.fullmatch(_PS_WITH_ARGUMENTS, word) for word in arguments) and _selects_all(arguments))


def _is_format(option: str) -> bool:
    return re.fullmatch(r"-?[a-zA-Z]*o", option) is not None


def _selects_all(arguments: list[str]) -> bool:
    letters = "".join(word.removeprefix("-") for word in arguments if re.fullmatch(r"-?[a-zA-Z]+", word))
    return any(letter in letters for letter in "eAax")


class LineFilter:
    """`grep` as a filter of lines: whether a line passes it."""

    def __init__(self, pattern: re.Pattern[str], *, is_inverted: bool, word: Word) -> None:
        self._pattern = pattern
        self._is_inverted = is_inverted
        self.word = word

    def passes(self, line: str) -> bool:
        """Whether a line is printed."""
        return (self._pattern.search(line) is not None) is not self._is_inverted

    @property
    def is_inverted(self) -> bool:
        """Whether it prints the lines that do not match."""
        return self._is_inverted


def line_filter(simple: Simple) -> LineFilter | None:
    """The filter that `grep` with a fixed pattern and no file is; None for anything else."""
    name = name_of(simple.words)
    if name not in _GREPS or not all(word.is_static for word in simple.words):
        return None
    kind, options = _GREPS[name], ""
    operands: list[Word] = []
    expect_pattern = False
    for word in simple.words[1:]:
        if expect_pattern or not word.text.startswith("-") or word.text == "-":
            operands.append(word)
            expect_pattern = False
        elif re.fullmatch(r"-[qvicEFGnwoahsx]*e?", word.text):
            options += word.text[1:].removesuffix("e")
            expect_pattern = word.text.endswith("e")
        else:
            return None
    if len(operands) != 1:
        return None
    kind = "extended" if "E" in options else "fixed" if "F" in options else kind
    pattern = python_pattern(operands[0].text, kind, is_whole="x" in options, is_word="w" in options)
    if pattern is None:
        return None
    return LineFilter(
        re.compile(pattern, re.IGNORECASE if "i" in options else 0), is_inverted="v" in options, word=operands[0]
    )


def found_by_pgrep(simple: Simple) -> tuple[re.Pattern[str], Word] | None:
    """The pattern that `pgrep -f` and `pkill -0 -f` look for in all command lines; None for other commands.

    Without `-f` they look at names of processes, and a shell has another name.
    """
    name = name_of(simple.words)
    if name not in ("pgrep", "pkill") or not all(word.is_static for word in simple.words):
        return None
    options, operands = "", []
    for word in simple.words[1:]:
        text = {"--full": "-f", "--exact": "-x", "--quiet": "-q", "--ignore-case": "-i", "--count": "-c"}.get(
            word.text, word.text
        )
        if not text.startswith("-"):
            operands.append(word)
        elif re.fullmatch(r"-[a-zA-Z0]+", text) and not _RESTRICTING.intersection(text[1:]):
            options += text[1:]
        else:
            return None
    if "f" not in options or "v" in options or len(operands) != 1 or (name == "pkill" and "0" not in options):
        return None
    pattern = python_pattern(operands[0].text, "extended", is_whole="x" in options, is_word=False)
    return None if pattern is None else (re.compile(pattern, re.IGNORECASE if "i" in options else 0), operands[0])


def python_pattern(text: str, kind: str, *, is_whole: bool, is_word: bool) -> str | None:
    """A pattern of POSIX in Python's syntax; None if it is too unusual to be sure."""
    if kind == "fixed":
        found = re.escape(text)
    else:
        if kind == "basic":
            text = re.sub(r"\\([|+?(){}])|([|+?(){}])", lambda match: match[1] or "\\" + match[2], text)
        # Nothing that may take long: a few repetitions, each of a single character or a set.
        simple = re.fullmatch(r"(?:[\w /.,:;=@%&~#'\"!<>^$|()*+?-]|\\[.|+?(){}\[\]\\*^$/-]|\[\^?[^]\[\\]+\])*", text)
        if simple is None or len(re.findall(r"[*+]", text)) > _MAXIMUM_REPETITIONS:
            return None
        if re.search(r"[*+?)][*+?]|(?:^|[|(])[*+?]|\(\)", text) or text.count("(") != text.count(")"):
            return None
        found = text
    if is_word:
        found = rf"(?<!\w)(?:{found})(?!\w)"
    return rf"^(?:{found})$" if is_whole else found
