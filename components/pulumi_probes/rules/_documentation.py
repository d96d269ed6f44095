"""The pages about rules, generated from their docstrings: one for each rule, and one that lists them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pulumi_probes._markdown import table
from pulumi_probes.codec.documents import read_text
from pulumi_probes.codec.json_text import json_text
from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.rules._configuration import EXCLUDE, configuration_schema
from pulumi_probes.rules._evaluation import evaluate
from pulumi_probes.rules._registry import Rule, load_rules

_GROUPS: Final = {
    "1": "Probes that are missing",
    "2": "Times and thresholds",
    "3": "Handlers and ports",
    "4": "Shutdown and rollout",
    "5": "Platform and waivers",
}
_CODE: Final = re.compile(r"PRB\d{3}")
_INTRODUCTION: Final = """\
There are {number} rules. `probes audit`, `probes preview`, the policy pack and the components evaluate the same ones.
The first digit of a code is the group; a code is never used for another rule.

An **error** is rejected by the API server, or provably broken. A **warning** works, but not as its author believes.
**Advice** could be improved, although nothing is wrong. In formulas, d is `initialDelaySeconds`, P is `periodSeconds`,
T is `timeoutSeconds`, S is `successThreshold` and F is `failureThreshold`."""
_WAIVERS: Final = """\
To accept a finding, waive it with an annotation on the object or on its pod template. A waiver names a rule and a
reason. It may have a last day, which ends at midnight UTC, and may be limited to a container. Separate waivers with `;`
or a new line:

```yaml
metadata:
  annotations:
    pulumi-probes/ignore: |
      PRB204=the proxy drains by itself; until 2027-01-31
      PRB103[metrics]=stateless, exits on every fault
```

In a file for `--waivers`, an entry also states which objects it applies to; `*` and `?` match any text:

```yaml
waivers:
  - code: PRB204
    reason: the proxy drains by itself
    until: 2027-01-31
    match: {kind: Deployment, namespace: shop, name: "cart-*", container: proxy}
```

A waived finding stays in every report, with its reason. A waiver that cannot be read, has no reason, names an unknown
rule, has expired or waives nothing is itself a finding: [PRB591](PRB591.md) to [PRB595](PRB595.md)."""


def pages() -> dict[str, str]:
    """The page of each rule and the one that lists them: their paths below `docs/reference`, and their texts."""
    rules = load_rules()
    return {"rules/index.md": _index(rules), **{f"rules/{rule.code}.md": _page(rule) for rule in rules}}


def _index(rules: tuple[Rule, ...]) -> str:
    parts = ["# Rules", _INTRODUCTION.format(number=len(rules))]
    for digit, title in _GROUPS.items():
        chosen = [rule for rule in rules if rule.code[3] == digit]
        rows = [
            [f"[{rule.code}]({rule.code}.md)", f"`{rule.name}`", rule.severity.value, rule.summary] for rule in chosen
        ]
        parts += [f"## {digit}xx: {title}", table(["code", "name", "severity", "what it finds"], rows)]
    return _joined([*parts, "## Waivers", _WAIVERS])


def _page(rule: Rule) -> str:
    page = rule.documentation
    rejected = ", rejected by the API server" if rule.is_rejected else ""
    parts = [
        f"# {rule.code} {rule.name}",
        page.summary,
        f"**{rule.severity.value.capitalize()}**{rejected}, since {rule.since}.",
        "## Why",
        _linked(_prose(page.why), rule),
        *_examples("Bad", page.bad),
        *_examples("Good", page.good),
        "## Fix",
        _linked(_prose(page.fix), rule),
        *["[`probes fix`](../../how-to/fix.md) can do this in files."] * _has_edits(rule),
        *_configuration(rule),
        "## References",
        "\n".join(f"- <{reference}>" for reference in page.references),
    ]
    return _joined(parts)


def _has_edits(rule: Rule) -> bool:
    """Whether the finding in one of the examples says which changes fix it."""
    return any(
        finding.edits
        for example in rule.documentation.bad
        for stack in [read_stack(read_text(example, rule.code).manifests)]
        for finding in evaluate(stack, [rule]).findings
    )


def parameter_cells(key: str, part: Mapping[str, Any]) -> list[str]:
    """The name, the type and the default of a parameter, given its schema."""
    type_name = f"{part['type']} of {part['items']['type']}s" if "items" in part else str(part["type"])
    return [f"`{key}`", type_name, f"`{json.dumps(part['default'])}`"]


def _configuration(rule: Rule) -> list[str]:
    schema = {key: part for key, part in configuration_schema(rule.parameters).items() if key != EXCLUDE}
    if not schema:
        return []
    example = {rule.name: {key: part["default"] for key, part in schema.items()}}
    rows = [parameter_cells(key, part) for key, part in schema.items()]
    return [
        "## Parameters",
        table(["parameter", "type", "default"], rows),
        f"In a [configuration file](../configuration.md):\n\n```json\n{json_text(example)}```",
    ]


def _examples(title: str, examples: Iterable[str]) -> list[str]:
    return [f"## {title}", *(f"```yaml\n{example.rstrip()}\n```" for example in examples)]


def _prose(text: str) -> str:
    return text.replace("\n", " ")


def _linked(text: str, rule: Rule) -> str:
    """A text in which the codes of other rules lead to their pages."""
    return _CODE.sub(lambda match: match[0] if match[0] == rule.code else f"[{match[0]}]({match[0]}.md)", text)


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"
