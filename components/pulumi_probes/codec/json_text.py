"""Writes JSON."""

from __future__ import annotations

import json
from typing import Any


def json_text(content: Any) -> str:
    """JSON with an indentation of two spaces and a line break at the end.

    Raises:
        ValueError: the content has a number that JSON does not have, such as NaN.
    """
    text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
    # Lone surrogates cannot be encoded in UTF-8; as escapes they are valid JSON.
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"
