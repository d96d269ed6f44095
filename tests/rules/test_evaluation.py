"""The results of rules: findings, rules that were not evaluated, and rules that failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pulumi_probes.model.stack import Stack
from pulumi_probes.rules import Evaluation, apply_waivers, evaluate, find_rule, load_rules

Read = Callable[[str], Stack]

POD = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: a}]}}"
UNKNOWN_PROBE = """
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
    - {name: a, image: a, livenessProbe: !unknown }
    - {name: b, image: b, livenessProbe: {tcpSocket: {port: 80}, timeoutSeconds: 11}}
"""


def fails(_container: Any) -> Iterator[Any]:
    """A rule with a bug."""
    yield from looked_up()


def looked_up() -> Iterator[Any]:
    """The function that has the bug."""
    yield from ()
    raise KeyError("canary")


def test_a_rule_that_fails_is_reported_without_the_text_of_its_exception(read: Read) -> None:
    """The type and the line are enough to find the bug; the text may contain a secret. Other rules are not affected."""
    rules = [replace(rule, check=fails) if rule.code == "PRB103" else rule for rule in load_rules()]
    result = evaluate(read(POD), rules)
    line = looked_up.__code__.co_firstlineno + 3
    assert [("PRB103", f"KeyError in {Path(__file__).name}, line {line}")] == [
        (crash.code, crash.error) for crash in result.crashes
    ]
    healthy = evaluate(read(POD), [rule for rule in load_rules() if rule.code != "PRB103"])
    assert healthy.findings == result.findings


def test_a_rule_that_fails_for_each_container_is_reported_once(read: Read) -> None:
    """The same entry does not say more a second time."""
    rule = find_rule("PRB103")
    assert rule is not None
    two = POD.replace("[{name: a, image: a}]", "[{name: a, image: a}, {name: b, image: b}]")
    assert 1 == len(evaluate(read(two), [replace(rule, check=fails)]).crashes)


def test_an_unknown_probe_does_not_hide_those_of_other_containers(read: Read) -> None:
    """A rule about probes is not evaluated for the container with the unknown one, and evaluated for the other."""
    rule = find_rule("PRB211")
    assert rule is not None
    result = evaluate(read(UNKNOWN_PROBE), [rule])
    assert ["b"] == [finding.container for finding in result.findings]
    assert [("a", "spec.containers[0].livenessProbe")] == [
        (entry.container, str(entry.path)) for entry in result.not_evaluated
    ]


def test_unknown_hooks_do_not_hide_probes(read: Read) -> None:
    """A rule about handlers is evaluated for the probes of the same container and for the other containers."""
    rule = find_rule("PRB302")
    assert rule is not None
    text = UNKNOWN_PROBE.replace("livenessProbe: !unknown ", "lifecycle: !unknown , startupProbe: {}").replace(
        "tcpSocket: {port: 80}, ", ""
    )
    result = evaluate(read(text), [rule])
    assert ["a", "b"] == [finding.container for finding in result.findings]
    assert [("a", "spec.containers[0].lifecycle")] == [
        (entry.container, str(entry.path)) for entry in result.not_evaluated
    ]


def test_results_for_several_workloads_are_joined(read: Read) -> None:
    """Findings are appended; a rule that was not evaluated or failed is listed once."""
    rules = [replace(rule, check=fails) if rule.code == "PRB103" else rule for rule in load_rules()]
    one = evaluate(read(UNKNOWN_PROBE), rules)
    other = evaluate(read(UNKNOWN_PROBE.replace("metadata: {name: a}", "metadata: {name: b}")), rules)
    both = Evaluation()
    for result in (one, other, other):
        both.extend(Evaluation([], result.not_evaluated, result.crashes))
    both.extend(Evaluation(one.findings))
    assert Evaluation(one.findings, one.not_evaluated + other.not_evaluated, one.crashes + other.crashes) == both
    assert [] != one.findings
    assert [] != one.not_evaluated
    assert [] != one.crashes


def test_results_are_equal_if_they_say_the_same(read: Read) -> None:
    """Entries are compared, not the way in which they were collected."""
    stack = read(UNKNOWN_PROBE)
    result = evaluate(stack, load_rules())
    assert [] != result.not_evaluated
    assert result == apply_waivers(result, stack, today=date(2026, 7, 1))
