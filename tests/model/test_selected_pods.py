"""The notes about pods for Services are the same however the workloads are divided."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_probes.model.selected_pods import PodNotes, PodSelector
from pulumi_probes.model.stack import Stack

OBJECTS = """
{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {selector: {app: a}, ports: [{port: 80, targetPort: http}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: b}, spec: {selector: {app: a, tier: b}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: c}, spec: {selector: {app: c}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: d, labels: {app: a, tier: b}}, spec: {containers: [{name: d, image: d:1}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: e, labels: {app: a}}, spec: {containers: [
  {name: e, image: e:1, ports: [{name: http, containerPort: 80}]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: f, labels: {app: d}}, spec: {containers: [
  {name: f, image: f:1, ports: [{containerPort: 80}]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: g, labels: {app: e}}, spec: {containers: [
  {name: g, image: g:1, ports: [{containerPort: 80}]}]}}
"""


def test_the_pods_of_a_service(read: Callable[[str], Stack]) -> None:
    """Two Services share pods; the third one has the label of a pod that no Service selects."""
    stack = read(OBJECTS)
    pods = [stack.pods_of(service) for service in stack.services]
    assert [2, 1, 0] == [entry.workloads for entry in pods]
    assert [{("http", "TCP")}, set(), set()] == [set(entry.ports) for entry in pods]
    assert [None, None, "Pod f"] == [entry.idle for entry in pods]


@pytest.mark.parametrize("split", range(5))
def test_notes_are_joined_in_the_order_of_the_workloads(split: int, read: Callable[[str], Stack]) -> None:
    """Every division of the workloads gives the notes of the whole."""
    stack = read(OBJECTS)
    whole = stack.pods_of(stack.services[2])
    selector = PodSelector(stack.services)
    first, second = PodNotes(), PodNotes()
    for number, workload in enumerate(stack.workloads):
        selector.note(workload, first if number < split else second)
    first.extend(second)
    assert whole == selector.pods_of(stack.services[2], first)
    assert [2, 1, 0] == [first.selected[number] for number in range(3)]


def test_a_label_that_every_object_has_does_not_slow_down(
    read: Callable[[str], Stack], count_calls: Callable[..., int]
) -> None:
    """A workload is compared with the Services that require its rarest label."""
    shape = (
        "{{apiVersion: v1, kind: Service, metadata: {{name: s{0}}},"
        " spec: {{selector: {{part-of: shop, app: a{0}}}}}}}\n---\n"
        "{{apiVersion: v1, kind: Pod, metadata: {{name: p{0}, labels: {{part-of: shop, app: a{0}}}}},"
        " spec: {{containers: [{{name: c, image: c:1}}]}}}}\n---\n"
    )
    counts: list[int] = []
    for number in (5, 50):
        stack = read("".join(shape.format(index) for index in range(number)))
        selector, notes = PodSelector(stack.services), PodNotes()
        counts.append(count_calls(selector.note, stack.workloads[0], notes))
    assert counts[0] == counts[1]
