"""Makes text from outside safe to show."""

from __future__ import annotations

import re

_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"


def visible(text: str) -> str:
    """The text with control characters escaped, so that a name in a manifest cannot move the cursor."""
    return re.sub(_CONTROL, lambda match: match[0].encode("unicode_escape").decode("ascii"), text.replace("\n", " "))


# A runner of GitHub or Azure reads a line that begins with two colons as a command, and a number sign with a bracket
# anywhere.
_COMMAND = r"(?m)^([^\S\n]*):(?=:)"
_OLD_COMMAND = r"#(?=#(?:vso)?\[)"


def without_commands(text: str, *, colon: str = r"\x3a", number_sign: str = r"\x23") -> str:
    r"""The text of a log, in which a CI system finds no workflow command.

    without_commands("  ::error::x")   # "  \x3a:error::x"

    Args:
        text: any number of lines.
        colon: replaces the first colon of a command.
        number_sign: replaces the first number sign of a command of the older form, `##[`.
    """
    text = re.sub(_COMMAND, lambda match: match[1] + colon, text) if "::" in text else text
    return re.sub(_OLD_COMMAND, lambda _match: number_sign, text) if "##" in text else text
