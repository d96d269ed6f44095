"""Changing fields in the text of a document: the change is made, and every other byte stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.codec.yaml_document import read_chunk
from pulumi_probes.codec.yaml_edit import NotEditable, edit_document
from pulumi_probes.codec.yaml_stream import split_stream
from pulumi_probes.model.edit import Edit, MoveField, RemoveField, RenameField, SetField, edited
from pulumi_probes.model.field_path import FieldPath, Segment


def path(*segments: Segment) -> FieldPath:
    """A path in a document."""
    return FieldPath(segments)


def value_of(text: str) -> Any:
    """The value of a document."""
    (chunk,) = split_stream(text)
    return read_chunk(chunk).value


BLOCK = """\
# the cart
kind: Pod   # not a Deployment
spec:
  containers:
    - name: cart
      image: "cart:1"
      livenessProbe:
        httpGet: {path: /livez, port: 8080}   # asked every second
        periodSeconds: 1

    # beside it
    - image: proxy:1
      name: proxy
"""
LIVENESS = ("spec", "containers", 0, "livenessProbe")


@pytest.mark.parametrize(
    ("edit", "before", "after"),
    [
        (SetField(path(*LIVENESS, "periodSeconds"), 10), "periodSeconds: 1\n", "periodSeconds: 10\n"),
        (
            SetField(path(*LIVENESS, "failureThreshold"), 3),
            "        periodSeconds: 1\n",
            "        periodSeconds: 1\n        failureThreshold: 3\n",
        ),
        (SetField(path(*LIVENESS, "httpGet", "scheme"), "HTTPS"), "port: 8080}", "port: 8080, scheme: HTTPS}"),
        (
            SetField(path("spec", "containers", 1, "startupProbe"), {"tcpSocket": {"port": 80}, "periodSeconds": 5}),
            "      name: proxy\n",
            "      name: proxy\n      startupProbe:\n        tcpSocket: {port: 80}\n        periodSeconds: 5\n".replace(
                " {port: 80}", "\n          port: 80"
            ),
        ),
        (
            SetField(path("metadata", "annotations", "pulumi.com/skipAwait"), "true"),
            "      name: proxy\n",
            '      name: proxy\nmetadata:\n  annotations:\n    pulumi.com/skipAwait: "true"\n',
        ),
        (
            SetField(path("spec", "containers", 1, "ports", 0), {"name": "http", "containerPort": 80}),
            "      name: proxy\n",
            "      name: proxy\n      ports:\n        - name: http\n          containerPort: 80\n",
        ),
        (RemoveField(path(*LIVENESS, "httpGet", "path")), "{path: /livez, port", "{port"),
        (RemoveField(path(*LIVENESS, "httpGet", "port")), "/livez, port: 8080}", "/livez}"),
        (RemoveField(path(*LIVENESS, "periodSeconds")), "        periodSeconds: 1\n", ""),
        (RemoveField(path("spec", "containers", 1, "image")), "- image: proxy:1\n      name", "- name"),
        (
            RemoveField(path(*LIVENESS)),
            (
                "      livenessProbe:\n        httpGet: {path: /livez, port: 8080}   # asked every second\n"
                "        periodSeconds: 1\n"
            ),
            "",
        ),
        (RemoveField(path("spec", "containers", 1)), "    - image: proxy:1\n      name: proxy\n", ""),
        (RenameField(path(*LIVENESS, "periodSeconds"), "timeoutSeconds"), "periodSeconds: 1", "timeoutSeconds: 1"),
    ],
    ids=str,
)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_one_place_changes(edit: Edit, before: str, after: str, line_break: str) -> None:
    """And the comments, the empty line and the quotes stay."""
    text, before, after = (part.replace("\n", line_break) for part in (BLOCK, before, after))
    assert 1 == text.count(before)
    assert text.replace(before, after) == edit_document(text, [edit])


@pytest.mark.parametrize(
    ("text", "edit", "after"),
    [
        ("a:\nb: 1\n", SetField(path("a"), 2), "a: 2\nb: 1\n"),
        ("a:\nb: 1\n", SetField(path("a", "c"), 2), "a: {c: 2}\nb: 1\n"),
        ("a: ~  # none\n", SetField(path("a", "c"), 2), "a: {c: 2}  # none\n"),
        ("a: {}\n", SetField(path("a", "c"), "x"), "a: {c: x}\n"),
        ("a: []", SetField(path("a", 0), "yes"), 'a: ["yes"]'),
        ("a:\n- b: 1\n", SetField(path("a", 1), {"b": 2}), "a:\n- b: 1\n- b: 2\n"),
        ("a:\n- b: 1\n", RemoveField(path("a", 0)), "a: []\n"),
        ("a: 1", SetField(path("b"), 2), "a: 1\nb: 2"),
        ("a:\n  - |\n    x\n\n\nb: 1\n", SetField(path("a", 1), "z"), "a:\n  - |\n    x\n  - z\n\n\nb: 1\n"),
        ("'a': 1\n", RenameField(path("a"), "b"), "'b': 1\n"),
        ("---\na: 1\n", SetField(path("a"), -5), "---\na: -5\n"),
        ("a: !!int '1'\n", SetField(path("a"), 2), "a: 2\n"),
    ],
)
def test_what_is_short_for_something(text: str, edit: Edit, after: str) -> None:
    """Empty values, empty collections, the ends of files, and lists at the level of their key."""
    assert after == edit_document(text, [edit])
    assert edited(value_of(text), [edit]) == value_of(after)


@pytest.mark.parametrize(
    ("text", "source", "to", "after"),
    [
        (  # one level up, past the entry that it was in
            "c:\n  p:\n  - n: 1\n    l:  # asked\n      t: 80\n      # often\n      f: 3\n  z: 1\n",
            ("c", "p", 0, "l"), ("c", "l"),
            "c:\n  p:\n  - n: 1\n  z: 1\n  l:  # asked\n    t: 80\n    # often\n    f: 3\n",
        ),
        (  # one level down
            "l:\n    t: 80\np: 3 # seconds\n", ("p",), ("l", "p"), "l:\n    t: 80\n    p: 3 # seconds\n",
        ),
        (  # to an object that is not there yet
            "a: 1\np:\n  s: 5 # wait\n", ("p",), ("l", "p"), "a: 1\nl:\n  p:\n    s: 5 # wait\n",
        ),
        ("a: {b: {c: 1}}\nd: 2\n", ("a", "b"), ("b",), "a: {}\nd: 2\nb:\n  c: 1\n"),
        ("a: {b: {}, c: [1, 'x y']}\n", ("a", "c"), ("a", "b", "c"), 'a: {b: {c: [1, "x y"]}}\n'),
        ("c:\n- l: 1\n  n: 2\n", ("c", 0, "l"), ("l",), "c:\n- n: 2\nl: 1\n"),
        ("c:\n  l: |\n    x\n\n    y\n  m: 1\n", ("c", "l"), ("l",), "c:\n  m: 1\nl: |\n  x\n\n  y\n"),
        ("c:\n  l: 1", ("c", "l"), ("l",), "c: {}\nl: 1"),
    ],
)  # fmt: skip
def test_a_field_moves_with_its_comments(
    text: str, source: tuple[Segment, ...], to: tuple[Segment, ...], after: str
) -> None:
    """Its lines stay as they are, except for their indentation; one in braces is written again."""
    edit = MoveField(path(*source), path(*to))
    assert after == edit_document(text, [edit])
    assert edited(value_of(text), [edit]) == value_of(after)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: {b:  # why\n  1}\nc: 2\n", "has comments"),
        ("a:\n  b: {\n x: 1}\nc: 2\n", "indented less"),
        ("a:\n  b: 1\nc: |+\n  x\n\n", "empty lines count"),
        ("a: {b: {<<: {x: 1}}}\nc: 2\n", "merge key"),
        ("c: 2\n", "not in the document"),
    ],
)
def test_a_field_is_not_moved_if_something_would_be_lost(text: str, reason: str) -> None:
    """A comment in braces, or a line that cannot be indented."""
    with pytest.raises(NotEditable, match=reason):
        edit_document(text, [MoveField(path("a", "b"), path("b"))])


def test_json_stays_json() -> None:
    """In the layout that it has: a new field is on a line of its own where the others are."""
    content = {"spec": {"containers": [{"name": "cart", "livenessProbe": {"periodSeconds": 1}}]}}
    pretty, compact = json.dumps(content, indent=4), json.dumps(content)
    edit = SetField(path(*LIVENESS, "httpGet"), {"path": "/livez"})
    assert edited(content, [edit]) == json.loads(edit_document(pretty, [edit]))
    assert edited(content, [edit]) == json.loads(edit_document(compact, [edit]))
    added = [line for line in edit_document(pretty, [edit]).splitlines() if line not in pretty.splitlines()]
    assert 2 == len(added)
    assert '                    "httpGet": {"path": "/livez"}' == added[1]


@pytest.mark.parametrize(
    ("text", "edit", "reason"),
    [
        ("a: &x {b: 1}\nc: *x\n", SetField(path("a", "b"), 2), "several places"),
        ("a: &x {b: 1}\nc: *x\n", SetField(path("c", "b"), 2), "several places"),
        ("x: &x {b: 1}\nc: {<<: *x}\n", SetField(path("c", "b"), 2), "merge key"),
        ("a: 1\nb: {<<: {c: 1}}\n", SetField(path("b", "d"), 2), "merge key"),
        ("a: |\n  text\n", SetField(path("a"), "other"), "several lines"),
        ("a:\n  - 1\n", SetField(path("a"), 2), "several lines"),
        ("a: 1\na: 2\n", SetField(path("a"), 3), "twice"),
        ("a: 1\n", RemoveField(path("b")), "not in the document"),
        ("a: 1\n", RenameField(path("b"), "c"), "not in the document"),
        ("a: 1\n", SetField(path("a", "b"), 2), "type"),
        ("? a\n: 1\nb: 2\n", RemoveField(path("a")), "question mark"),
        ("a: |+\n  text\n\n\n", SetField(path("b"), 2), "empty lines"),
    ],
)
def test_it_refuses_what_would_change_something_else(text: str, edit: Edit, reason: str) -> None:
    """With the reason."""
    with pytest.raises(NotEditable, match=reason):
        edit_document(text, [edit])


NAMES = st.sampled_from(["name", "a.b/c", "port", "on", "12", "ä", "with space"])
SCALARS = st.one_of(
    st.integers(-3, 9), st.booleans(), st.none(), st.sampled_from(["x", "", "8080", "yes", "a: b", "# no", "é\u2028"])
)
VALUES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=3),
    max_leaves=12,
)


@st.composite
def documents(draw: st.DrawFn) -> tuple[Any, str]:
    """An object, and a text of it in one of the usual styles, with comments."""
    content = draw(st.dictionaries(NAMES, VALUES, min_size=1, max_size=4))
    if draw(st.booleans()):
        return content, json.dumps(content, indent=draw(st.sampled_from([None, 2])), ensure_ascii=False)
    text = yaml.safe_dump(
        content,
        default_flow_style=draw(st.sampled_from([None, False])),
        allow_unicode=True,
        width=1000,
        sort_keys=False,
    )
    if "'" not in text and '"' not in text:
        text = "".join(f"{line}  # {number}\n" for number, line in enumerate(text.splitlines()))
    return content, text


@st.composite
def edits(draw: st.DrawFn, content: Any) -> Edit:
    """A change that can be made to an object."""
    place, owner = FieldPath(), content
    while True:
        deeper: list[Segment] = (
            [key for key, value in owner.items() if isinstance(value, (dict, list)) and value]
            if isinstance(owner, dict)
            else [index for index, value in enumerate(owner) if isinstance(value, (dict, list)) and value]
        )
        if not deeper or not draw(st.booleans()):
            break
        step = draw(st.sampled_from(deeper))
        place, owner = place / step, owner[step]
    present: list[Segment] = list(owner) if isinstance(owner, dict) else list(range(len(owner)))
    absent: Segment = "added" if isinstance(owner, dict) else len(owner)
    kind = draw(st.sampled_from(["set", "add", "remove", "rename"]))
    if kind == "add" or (kind == "rename" and isinstance(owner, list)):
        return SetField(place / absent, draw(VALUES))
    chosen = place / draw(st.sampled_from(present))
    if kind == "rename":
        return RenameField(chosen, "renamed")
    return RemoveField(chosen) if kind == "remove" else SetField(chosen, draw(SCALARS))


@given(st.data())
def test_the_change_is_made_and_nothing_else(data: st.DataObject) -> None:
    """The text then reads as the changed object, and consists of the old one's bytes except for one place."""
    content, text = data.draw(documents())
    assert content == value_of(text)
    edit = data.draw(edits(content))
    try:
        changed = edit_document(text, [edit])
    except NotEditable:
        # Only a value of several lines that would become another one.
        assert isinstance(edit, SetField)
        assert "\n" in text
        return
    assert edited(content, [edit]) == value_of(changed)
    kept = common_ends(text, changed)
    if isinstance(edit, RenameField):
        assert len(text) - kept <= len(str(edit.path.segments[-1])) + 2
    if isinstance(edit, SetField) and edit.path.segments[-1] in ("added", len_of(content, edit)):
        assert len(text) == kept


def common_ends(one: str, other: str) -> int:
    """Count the characters of a text that remain before and after the one place that differs."""
    shorter = min(len(one), len(other))
    prefix = next((index for index in range(shorter) if one[index] != other[index]), shorter)
    rest = shorter - prefix
    return prefix + next((index for index in range(rest) if one[-1 - index] != other[-1 - index]), rest)


def len_of(content: Any, edit: Edit) -> int | None:
    """The length of the list that an entry is added to."""
    for segment in edit.path.segments[:-1]:
        content = content[segment]
    return len(content) if isinstance(content, list) else None
