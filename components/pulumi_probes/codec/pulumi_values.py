"""Converts Pulumi's markers in plain JSON to the leaves `UNKNOWN` and `Secret` of the model.

Exported states, `pulumi preview --json`, and the protocol between program and engine all use the same markers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pulumi_probes.model.values import UNKNOWN, Secret

SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
"""The key that marks a dictionary as a special value."""

SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - Pulumi's published marker, not a password
"""The value of the signature key in a secret."""

OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
"""The value of the signature key in an output that is sent with its dependencies."""

UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The placeholder that stands for an unknown value of any type in a message that this project writes."""

UNKNOWN_SENTINELS: Final = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""Pulumi's placeholders for values that are not known before deployment, one for each of seven types."""


MASKED_SECRET: Final = "[secret]"  # noqa: S105 - a placeholder, not a password
"""Pulumi's placeholder for a secret, also used in `pulumi preview --json`."""


def revived(value: Any) -> Any:
    """A JSON value with Pulumi's markers replaced.

    An encrypted or masked secret becomes `UNKNOWN` inside a `Secret`, because decrypting it would need a key that an
    audit should not have.
    """
    if isinstance(value, str):
        if value == MASKED_SECRET:
            return Secret(UNKNOWN)
        return UNKNOWN if value in UNKNOWN_SENTINELS else value
    if isinstance(value, list):
        return [revived(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if SIGNATURE_KEY in value:
        return _unmarked(value)
    return {key: revived(below) for key, below in value.items()}


def _unmarked(value: Mapping[str, Any]) -> Any:
    if value[SIGNATURE_KEY] == OUTPUT_SIGNATURE:
        known = revived(value["value"]) if "value" in value else UNKNOWN
        return Secret(known) if value.get("secret") is True else known
    if value[SIGNATURE_KEY] == SECRET_SIGNATURE:
        return Secret(_plaintext(value))
    return UNKNOWN  # an asset, an archive or a reference, none of which occurs in a pod specification


def _plaintext(secret: Mapping[str, Any]) -> Any:
    if "value" in secret:
        return revived(secret["value"])
    import json  # imported late, few manifests contain a secret of Pulumi

    try:
        return revived(json.loads(secret["plaintext"]))
    except (KeyError, TypeError, ValueError):
        return UNKNOWN


def marked(value: Any) -> Any:
    """A value with Pulumi's markers in place of the leaves `UNKNOWN` and `Secret`; keys become strings."""
    if value is UNKNOWN:
        return UNKNOWN_TEXT
    if isinstance(value, Secret):
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": marked(value.value)}
    if isinstance(value, Mapping):
        return {str(key): marked(below) for key, below in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [marked(below) for below in value]
    return value
