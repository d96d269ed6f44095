"""The native reader and the outlines of documents agree with what is built from parse events."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_probes.codec import outline
from pulumi_probes.codec.outline import Outline, read_outline
from pulumi_probes.codec.plain_tree import has_native_reader, read_plain_tree
from pulumi_probes.codec.scalars import resolve_scalar
from pulumi_probes.codec.yaml_events import read_events
from pulumi_probes.codec.yaml_stream import Chunk, MalformedYaml, YamlDocument, split_stream
from pulumi_probes.model.field_path import FieldPath, Segment

ROOT = Path(__file__).parents[2]
CORPUS = sorted(
    path
    for folder in ("tests", "examples", "stacks", "docs")
    for path in (ROOT / folder).rglob("*.y*ml")
    if path.suffix in (".yaml", ".yml")
)

native = pytest.mark.skipif(
    not has_native_reader(), reason="pulumi_probes_native is not installed; scripts/install builds it where cargo is"
)

FRAGMENTS = (
    "\t",
    "{{ .Values.x }}",
    "&a ",
    "*a",
    "<<: *a",
    "!!int ",
    "!Ref x",
    "'",
    '"',
    "|",
    "|2-\n",
    ">\n",
    "# c",
    "\n---\n",
    "\n...\n",
    "%YAML 1.1\n",
    "on: yes",
    "kind: Pod\n",
    "? x\n",
    "~: 1",
    "1: 2",
    "a: 0o17",
    "a: 1_000",
    "a: .5\n",
    "a: -0\n",
    "containers:\n- name: x\n",
    "containers: []\n",
    "\r\n",
    "\r",
    "\x07",
    "\x85",
    "\u2028",
    "\ufeff",
    "é",
    "\U0001f600",
)
PLAIN = st.sampled_from(
    [
        "",
        "yes",
        "Off",
        "null",
        "NULL",
        "~",
        "0",
        "007",
        "-1",
        "+1",
        "1e3",
        ".inf",
        "0x1F",
        "1.2.3.4",
        "100m",
        "18446744073709551616",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | PLAIN | st.text(max_size=12)
KEYS = st.sampled_from(["kind", "apiVersion", "containers", "metadata", "a", "b"]) | st.text(max_size=6) | PLAIN
VALUES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=5),
    max_leaves=25,
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """YAML in any style, some of it with a fragment in the middle."""
    text: str = yaml.safe_dump(
        draw(VALUES),
        default_flow_style=draw(st.sampled_from([None, True, False])),
        default_style=draw(st.sampled_from([None, None, '"', "'", "|", ">"])),
        indent=draw(st.sampled_from([2, 4])),
        width=draw(st.sampled_from([20, 120])),
        allow_unicode=draw(st.booleans()),
        sort_keys=False,
    )
    for _ in range(draw(st.integers(0, 2))):
        position = draw(st.integers(0, len(text)))
        text = text[:position] + draw(st.sampled_from(FRAGMENTS)) + text[position:]
    return text


def document_of(text: str) -> YamlDocument | None:
    """The document from its parse events; None if it is malformed or has problems."""
    try:
        document = read_events(Chunk(text, 1))
    except MalformedYaml:
        return None
    return None if document.problems else document


def paths(value: Any, path: tuple[Segment, ...] = ()) -> Iterator[FieldPath]:
    """The path of every value in a value, and some that lead nowhere."""
    yield FieldPath(path)
    yield FieldPath((*path, "nowhere", 0))
    yield FieldPath((*path, 1000))
    if isinstance(value, dict):
        for key, below in value.items():
            yield from paths(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from paths(below, (*path, index))


def assert_native_agrees(text: str) -> bool:
    """Compare what the native reader reads, if it does, and return whether it did."""
    tree = read_plain_tree(text)
    if tree is None:
        return False
    document = document_of(text)
    assert document is not None, "read something that is malformed or has problems"
    # With representations, because 1 == True == 1.0, dictionaries ignore their order, and NaN is not equal to itself.
    assert repr(document.value) == repr(tree.value(resolve_scalar))
    for path in paths(document.value):
        assert document.lines.find(path) == 1 + tree.line(path.segments), path
    return True


def assert_outline_agrees(text: str) -> None:
    """Compare an outline with the document."""
    found = read_outline(text)
    if found is None:
        return
    document = document_of(text)
    assert document is not None, "an outline of something that is malformed or has problems"
    assert (document.value["apiVersion"], document.value["kind"]) == (found.api_version, found.kind)
    assert has_containers(document.value) == found.has_containers


def has_containers(value: Any) -> bool:
    """Whether a key `containers` has a list with entries."""
    if isinstance(value, dict):
        own = value.get("containers")
        return (isinstance(own, list) and bool(own)) or any(map(has_containers, value.values()))
    return isinstance(value, list) and any(map(has_containers, value))


@native
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_native_reader_reads_the_corpus_alike(path: Path) -> None:
    """Value, order of keys, and the line of every value."""
    for chunk in split_stream(path.read_text(encoding="utf-8", errors="replace")):
        assert_native_agrees(chunk.text)


@native
def test_the_native_reader_reads_nearly_everything_in_the_corpus() -> None:
    """A comparison of nothing would prove nothing."""
    chunks = [c for path in CORPUS for c in split_stream(path.read_text(encoding="utf-8", errors="replace"))]
    read = sum(read_plain_tree(chunk.text) is not None for chunk in chunks)
    assert read > 0.8 * len(chunks)


@native
@given(texts())
@example("a: 1\na: 2\n")
@example("a: {b: [1, {c: yes}]}\n")
@example("? {a: b}\n: c\n")
@example("- &a b\n- *a\n")
@example("- !!str 1\n")
@example('"a": 1\na: 2\n')
@example("[" * 300)
@example("on: 1\ntrue: 2\n")
@example("a: [1.2.3.4, fd00::]\n")
@example("a: 1\n\x00")
@example("1: 2\n")
@example("")
@example("--- # nothing\n")
@example("\ufeff\ufeffnull\n...\n")
def test_the_native_reader_reads_any_text_alike(text: str) -> None:
    """Whatever it does not read as the events say, it leaves to them."""
    assert_native_agrees(text)


@given(texts())
@example("apiVersion: v1\nkind: A\nkind: B\n")
@example("apiVersion: v1\nkind: A\nb: [{containers: [1]}]\n")
@example("apiVersion: v1\nkind: A\ncontainers: [{}]\nspec: {containers: {}}\n")
@example("apiVersion: &a v1\nkind: *a\n")
@example("apiVersion: v1\nkind: on\n")
@example("- apiVersion: v1\n  kind: A\n")
@example("apiVersion: v1\nkind: A\nb: [c: ]]\n")
@pytest.mark.parametrize("is_native", [pytest.param(True, marks=native), False])
def test_outlines_agree_with_documents(is_native: bool, text: str) -> None:
    """With and without the native reader."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outline, "has_native_reader", lambda: is_native)
        assert_outline_agrees(text)


@pytest.mark.parametrize("is_native", [pytest.param(True, marks=native), False])
def test_an_outline_needs_no_particular_style(is_native: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Block or flow, quoted or not."""
    monkeypatch.setattr(outline, "has_native_reader", lambda: is_native)
    expected = Outline("v1", "ConfigMap", has_containers=False)
    for text in ('apiVersion: v1\nkind: "ConfigMap"\n', "{apiVersion: v1, 'kind': ConfigMap, data: {kind: Pod}}\n"):
        assert expected == read_outline(text)
