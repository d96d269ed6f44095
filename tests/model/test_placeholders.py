"""Placeholders that something replaces before a manifest is applied are unknown values, not malformed ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_probes.model.errors import MalformedValue, UnknownValue
from pulumi_probes.model.node import Node
from pulumi_probes.model.stack import Stack
from pulumi_probes.rules import evaluate, load_rules

PLACEHOLDERS = [
    "${N}",
    "${N:-3}",
    "${n:=3}",
    "${ N }",
    "1${N}",
    "{{ .Values.n }}",
    "{{n}}",
    "{{- if .A }}1{{ end }}",
    "__N__",
]
OTHERS = ["3", "three", "$N", "$(N)", "${", "${}", "{n}", "{{", "__n__", "N__", "3s"]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_numbers_keywords_and_flags(text: str) -> None:
    """Where the API takes a number, a flag or one of a few words, the value is only known later."""
    node = Node({"field": text})
    for read in (node.integer, node.optional_integer, node.integer_or_text, node.boolean):
        with pytest.raises(UnknownValue):
            read("field")
    with pytest.raises(UnknownValue):
        node.word("field", "HTTP")


@pytest.mark.parametrize("text", OTHERS)
def test_other_texts(text: str) -> None:
    """Other texts are still malformed numbers, and words as written."""
    node = Node({"field": text})
    with pytest.raises(MalformedValue):
        node.integer("field")
    with pytest.raises(MalformedValue):
        node.boolean("field")
    assert text == node.word("field", "HTTP")


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_text_is_kept(text: str) -> None:
    """Names, labels and commands are read as written: two equal placeholders are the same label."""
    assert text == Node({"field": text}).text("field")


MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: a}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: a}}}}
  template:
    metadata: {{labels: {{app: a}}}}
    spec:
      containers:
      - name: a
        image: a:${{TAG}}
        ports: [{{name: http, containerPort: 80}}]
        readinessProbe: {{httpGet: {{path: /r, port: http}}, periodSeconds: 10}}
        livenessProbe: {{httpGet: {{path: /l, port: {port}}}, failureThreshold: 6, initialDelaySeconds: {delay}}}
        lifecycle: {{preStop: {{sleep: {{seconds: 5}}}}}}
"""


def test_a_manifest_for_envsubst(read: Callable[[str], Stack]) -> None:
    """Flux and envsubst replace `${NAME:-2}`; rules that need it are not evaluated, and nothing is called an error."""
    text = MANIFEST.format(replicas="${REPLICAS:-2}", port='"${PORT}"', delay='"${DELAY}"')
    result = evaluate(read(text), load_rules())
    assert [] == result.findings
    assert {"spec.replicas"} < {str(entry.path) for entry in result.not_evaluated}


def test_a_manifest_with_a_wrong_type(read: Callable[[str], Stack]) -> None:
    """The same manifest with a text that nobody replaces is malformed."""
    result = evaluate(read(MANIFEST.format(replicas='"2"', port="http", delay='"5s"')), load_rules())
    assert ["PRB301", "PRB301"] == [finding.code for finding in result.findings]
