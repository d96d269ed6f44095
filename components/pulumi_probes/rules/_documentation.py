"""The page that shows every rule, made of the rules' docstrings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pulumi_probes._markdown import table
from pulumi_probes.rules._configuration import configuration_key
from pulumi_probes.rules._registry import Rule, load_rules

_GROUPS: Final = {
    "1": "Probes that are missing",
    "2": "Times and thresholds",
    "3": "Handlers and ports",
    "4": "Shutdown and rollout",
    "5": "Platform and waivers",
}
_INTRODUCTION: Final = """\
An **error** is refused by the API server, or is provably broken. A **warning** works, but not as its author believes.
**Advice** could be better; nothing is wrong. The letters in formulas: d initialDelaySeconds, P periodSeconds,
T timeoutSeconds, F failureThreshold.

A finding that somebody has decided to live with is waived by an annotation on the object or on its pod template. A
waiver names a rule and a reason; it may end on a day, at midnight UTC, and may be limited to a container. Entries are
separated by `;` or by a new line:

```yaml
metadata:
  annotations:
    pulumi-probes/ignore: |
      PRB204=the proxy drains by itself; until 2027-01-31
      PRB103[metrics]=stateless, exits on every fault
```

In a file a waiver also says which objects it is about; `*` and `?` stand for any text:

```yaml
waivers:
  - code: PRB204
    reason: the proxy drains by itself
    until: 2027-01-31
    match: {kind: Deployment, namespace: shop, name: "cart-*", container: proxy}
```

This page is generated from the rules (`scripts/docs`)."""


def rules_page() -> str:
    """The text of `policies/RULES.md`."""
    rules = load_rules()
    parts = ["# Rules", _INTRODUCTION]
    for digit, title in _GROUPS.items():
        chosen = [rule for rule in rules if rule.code[3] == digit]
        rows = [[_link(rule), rule.severity.value, rule.summary] for rule in chosen]
        parts += [f"## {title}", table(["rule", "", "what it finds"], rows)]
    for rule in rules:
        parts += _section(rule)
    return "\n\n".join(parts) + "\n"


def _section(rule: Rule) -> list[str]:
    page = rule.documentation
    refused = ", refused by the API server" if rule.is_refused else ""
    parts = [
        f"## {rule.code} {rule.name}",
        f"{page.summary} *{rule.severity.value.capitalize()}{refused}, since {rule.since}.*",
        _prose(page.why),
        *_examples("Bad", page.bad),
        *_examples("Good", page.good),
        f"Fix: {_prose(page.fix)}",
    ]
    if rule.parameters:
        rows = [[f"`{configuration_key(name)}`", f"`{_plain(value)}`"] for name, value in rule.parameters.items()]
        parts.append(table(["parameter", "default"], rows))
    parts.append("\n".join(f"- <{reference}>" for reference in page.references))
    return parts


def _examples(title: str, examples: Iterable[str]) -> list[str]:
    return [f"{title}:\n\n```yaml\n{example.rstrip()}\n```" for example in examples]


def _plain(value: object) -> str:
    """A default as JSON shows it."""
    if isinstance(value, tuple):
        return f"[{', '.join(_plain(entry) for entry in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _prose(text: str) -> str:
    return text.replace("\n", " ")


def _link(rule: Rule) -> str:
    return f"[{rule.code}](#{rule.code.lower()}-{rule.name}) `{rule.name}`"
