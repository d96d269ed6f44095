"""Values of variables, commands, arguments and headers never appear in a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.values import Secret
from pulumi_probes.rules import Evaluation, Rule, evaluate, load_rules

CANARY = "c4n4ry"


def dictionaries(value: Any) -> Iterator[dict[str, Any]]:
    """All objects in a document."""
    if isinstance(value, dict):
        yield value
        for below in value.values():
            yield from dictionaries(below)
    elif isinstance(value, list):
        for below in value:
            yield from dictionaries(below)


def with_canaries(document: dict[str, Any], wrap: Callable[[str], Any]) -> dict[str, Any]:
    """The document with canaries in place of values that may be secret; the problem remains."""
    for item in list(dictionaries(document)):
        if isinstance(item.get("command"), list):
            item["command"] = [
                word if position == 0 or len(str(word)) < len("--x") else wrap(f"{word}{CANARY}")
                for position, word in enumerate(item["command"])
            ] + [wrap(CANARY)]
        if "image" in item:
            item["args"] = [wrap(f"--token={CANARY}")]
            item["env"] = [*item.get("env", []), {"name": "TOKEN", "value": wrap(CANARY)}]
            item.setdefault("command", ["/app", wrap(CANARY)])
        if isinstance(item.get("httpGet"), dict):
            headers = [*item["httpGet"].get("httpHeaders", []), {"name": "Authorization", "value": wrap(CANARY)}]
            item["httpGet"]["httpHeaders"] = headers
            item["httpGet"]["path"] = wrap(f"{item['httpGet'].get('path', '/')}?token={CANARY}")
            if "host" in item["httpGet"]:
                item["httpGet"]["host"] = wrap(f"{CANARY}.example.com")
    return document


def said(result: Evaluation) -> str:
    """All texts of an evaluation."""
    return "\n".join(
        [str(finding) for finding in result.findings]
        + [f"{entry.path} {entry.reason}" for entry in result.not_evaluated]
        + [crash.error for crash in result.crashes]
    )


@pytest.mark.parametrize("wrap", [str, Secret], ids=["plain", "secret"])
@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.code)
def test_no_message_holds_a_canary(rule: Rule, wrap: Callable[[str], Any]) -> None:
    """The bad examples of each rule, with canaries, have findings without a canary."""
    for text in rule.documentation.bad:
        documents = [with_canaries(document, wrap) for document in yaml.safe_load_all(text)]
        result = evaluate(read_stack(Manifest(content=document) for document in documents), load_rules())
        assert CANARY not in said(result)
        assert [] == result.crashes


def test_the_canaries_do_not_suppress_findings() -> None:
    """Otherwise, the test above would prove nothing."""
    speaking = 0
    for rule in load_rules():
        for text in rule.documentation.bad:
            documents = [with_canaries(document, str) for document in yaml.safe_load_all(text)]
            result = evaluate(read_stack(Manifest(content=document) for document in documents), load_rules())
            speaking += rule.code in {finding.code for finding in result.findings}
    assert speaking > len(load_rules()) * 0.8


@pytest.mark.parametrize("place", ["env", "header", "command"])
def test_a_malformed_secret_is_not_shown(place: str) -> None:
    """A value of the wrong type is described, not quoted."""
    container: dict[str, Any] = {"name": "a", "image": "a:1"}
    if place == "env":
        container["env"] = [{"name": "TOKEN", "value": {CANARY: CANARY}}]
    elif place == "header":
        header = {"name": "Authorization", "value": [CANARY]}
        container["livenessProbe"] = {"httpGet": {"path": "/", "port": 80, "httpHeaders": [header]}}
    else:
        container["livenessProbe"] = {"exec": {"command": f"curl -H {CANARY}"}}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [container]}}
    result = evaluate(read_stack([Manifest(content=pod)]), load_rules())
    assert "PRB301" in {finding.code for finding in result.findings}
    assert CANARY not in said(result)
