"""Texts become manifests with line numbers, and an invalid document does not affect the others."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.codec.documents import Documents, read_bytes, read_text
from pulumi_probes.codec.manifest import expand
from pulumi_probes.codec.plain_tree import MAXIMUM_DEPTH
from pulumi_probes.codec.yaml_stream import split_stream
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.manifest import Manifest

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"


def contents(documents: Documents) -> list[object]:
    """The plain content of all manifests."""
    return [manifest.content for manifest in documents.manifests]


def said(documents: Documents) -> list[str]:
    """All errors as lines of text."""
    return [str(error) for error in documents.errors]


def value_of(text: str) -> object:
    """The meaning of a plain scalar."""
    documents = read_text(f"{POD}value: {text}\n", "x.yaml")
    assert [] == said(documents)
    return documents.manifests[0].content["value"]


def line_of(text: str, *segments: str | int) -> int | None:
    """The line of a path in the only manifest of a text."""
    (manifest,) = read_text(text, "x.yaml").manifests
    return line_in(manifest, *segments)


def line_in(manifest: Manifest, *segments: str | int) -> int | None:
    """The line of a path in a manifest."""
    assert manifest.source is not None
    location = manifest.source.locate(FieldPath(segments))
    assert location is not None
    return location.line


class TestScalars:
    """Plain scalars have the same meaning as for `kubectl apply`."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("yes", True),
            ("Off", False),
            ("y", True),
            ("~", None),
            ("", None),
            ("8080", 8080),
            ("-1", -1),
            ("+5", 5),
            ("1_000", 1000),
            ("017", 15),
            ("0o17", 15),
            ("0x1F", 31),
            ("0b101", 5),
            ("089", 89.0),
            ("1.5", 1.5),
            ("1e3", 1000.0),
            (".5", 0.5),
            ("1.", 1.0),
            ("18446744073709551616", 18446744073709551616.0),
            ("9223372036854775808", 9223372036854775808),
            (".inf", math.inf),
            ("22:22", "22:22"),
            ("2024-01-31", "2024-01-31"),
            ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z"),
            ("1.2.3", "1.2.3"),
            ("100m", "100m"),
            ("1e999", "1e999"),
            ("+", "+"),
            ("yEs", "yEs"),
            ("'yes'", "yes"),
            ('"8080"', "8080"),
            ("!!str 8080", "8080"),
            ("! 8080", "8080"),
            ("!!int '8080'", 8080),
            ("!!float 3", 3.0),
            ("!!binary aGk=", "hi"),
            ("!!null ''", None),
            ("!!bool yes", True),
        ],
    )
    def test_meaning(self, text: str, expected: object) -> None:
        """Booleans, numbers in every base and strings are distinguished as by the API machinery."""
        actual = value_of(text)
        assert (expected, type(expected)) == (actual, type(actual))

    def test_keys_are_text(self) -> None:
        """Keys that look like numbers or booleans become the strings that JSON has."""
        document = read_text(f"{POD}1: a\non: b\n1.5: c\n", "x").manifests[0].content
        assert {"1": "a", "true": "b", "1.5": "c"} == {key: document[key] for key in ("1", "true", "1.5")}

    @given(st.text(alphabet="0123456789+-._eExXoObBnaifyYtT:~ ", max_size=12))
    def test_any_scalar_is_read(self, text: str) -> None:
        """Reading a plain scalar never fails with an internal error."""
        documents = read_text(f"{POD}value: {text}\n", "x")
        assert 1 == len(documents.manifests) + len(documents.errors)

    @given(st.integers(min_value=-(2**63), max_value=2**64 - 1))
    def test_whole_numbers_keep_their_value(self, number: int) -> None:
        """64-bit numbers are exact."""
        assert number == value_of(str(number))

    @pytest.mark.parametrize("tag", ["!Ref x", "!!python/object:os.system x", "!!set {a}", "!!int x", "!!timestampz 1"])
    def test_foreign_tags_are_errors(self, tag: str) -> None:
        """A tag that Kubernetes does not support is reported with its line, and nothing is constructed from it."""
        documents = read_text(f"{POD}value: {tag}\n", "x.yaml")
        assert 1 == len(documents.errors)
        assert 4 == documents.errors[0].line
        assert 1 == len(documents.manifests)


class TestStructure:
    """Documents, anchors, merges and keys."""

    def test_documents_of_a_stream(self) -> None:
        """Empty documents, comments, directives and end marks are skipped; every other document keeps its line."""
        text = f"# top\n---\n{POD}---\n---\n# nothing\n...\n%YAML 1.1\n--- # third\n{POD}...\n"
        documents = read_text(text, "x.yaml")
        assert 2 == len(documents.manifests)
        assert [] == documents.others
        assert [4, 13] == [line_in(manifest, "kind") for manifest in documents.manifests]

    def test_windows_line_ends(self) -> None:
        """Lines are counted in the same way for all line endings."""
        assert 3 == line_of(POD.replace("\n", "\r\n"), "metadata", "name")

    def test_a_broken_document_does_not_take_the_others(self) -> None:
        """The documents before and after an invalid one are read, and the error has its line in the file."""
        documents = read_text(f"{POD}---\na: [1\n---\n{POD}", "x.yaml")
        assert 2 == len(documents.manifests)
        assert 1 == len(documents.errors)
        assert said(documents)[0].startswith("x.yaml:6: not valid YAML: ")

    def test_anchors_and_merge_keys(self) -> None:
        """Aliases repeat a value; merged keys are overridden by written ones, and later merges by earlier ones."""
        text = (
            f"{POD}base: &base {{a: 1, b: 1}}\nother: &other {{b: 2, c: 2}}\n"
            "merged:\n  <<: [*base, *other]\n  a: 3\nsame: *base\nplain: {'<<': 1}\n"
        )
        content = read_text(text, "x").manifests[0].content
        assert {"a": 3, "b": 1, "c": 2} == content["merged"]
        assert {"a": 1, "b": 1} == content["same"]
        assert {"<<": 1} == content["plain"]

    def test_duplicate_keys(self) -> None:
        """A duplicate key is an error with its line; the last one applies, and the document is still audited."""
        documents = read_text(f"{POD}spec:\n  a: 1\n  a: 2\n", "x.yaml")
        assert ['x.yaml:6: duplicate key "a"; the last one applies'] == said(documents)
        assert {"a": 2} == documents.manifests[0].content["spec"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("[1.2.3.4, fd00::]", ["1.2.3.4", "fd00::"]),
            ("[fd00::, it's::, {x::, z: 1}]", ["fd00::", "it's::", {"x::": None, "z": 1}]),
            ("{a:, b: 1}", {"a:": None, "b": 1}),
        ],
    )
    def test_a_colon_at_the_end_of_a_scalar_in_a_flow_collection(self, text: str, expected: object) -> None:
        """The YAML library of Kubernetes reads it as a part of the scalar."""
        assert expected == value_of(text)

    def test_too_many_colons(self) -> None:
        """Each of them costs another attempt, so their number is limited."""
        documents = read_text(f"{POD}value: [{'a::, ' * 200}]\n", "x")
        assert ["x:1: more than 100 scalars in lists or objects end with a colon"] == said(documents)

    def test_comments_before_three_dashes(self) -> None:
        """They are not a separate document, whatever comes before them."""
        text = f"# one\n---\n{POD}...\n# two\n\n%YAML 1.1\n# three\n---\n{POD}"
        documents = read_text(text, "x")
        assert (2, []) == (len(documents.manifests), said(documents))

    @given(
        st.lists(st.sampled_from(["a: 1", "---", "--- # c", "...", "# c", "%YAML 1.1", "", " ", "----", "\f"])),
        st.data(),
    )
    def test_line_ends_do_not_change_where_documents_begin(self, lines: list[str], data: st.DataObject) -> None:
        """Whether lines end as on Windows, as on an old Macintosh or as usual."""
        usual = [(chunk.text, chunk.line) for chunk in split_stream("\n".join(lines))]
        end = data.draw(st.sampled_from(["\r\n", "\r"]))
        assert usual == [(chunk.text.replace(end, "\n"), chunk.line) for chunk in split_stream(end.join(lines))]

    def test_values_are_those_of_yaml(self) -> None:
        """For plain data, the reader agrees with PyYAML."""
        text = f"{POD}a: [x, {{b: [1, [2]]}}, '']\n"
        assert [yaml.safe_load(text)] == contents(read_text(text, "x"))

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(st.characters(categories=["L", "N"])),
            lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text("abc", min_size=1), below, max_size=4),
            max_leaves=20,
        )
    )
    def test_what_is_written_is_read(self, value: object) -> None:
        """Every JSON value is read back unchanged, whether written as YAML or as JSON."""
        whole = {"apiVersion": "v1", "kind": "ConfigMap", "data": value}
        assert [whole] == contents(read_text(yaml.safe_dump(whole, default_style='"'), "x"))
        assert [whole] == contents(read_text(json.dumps(whole), "x"))


class TestLines:
    """The line of a finding is the line to edit."""

    TEXT = (
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n"
        "  - name: web\n    livenessProbe:\n      httpGet: {path: /livez,\n        port: http}\n"
    )

    @pytest.mark.parametrize(
        ("segments", "line"),
        [
            (("kind",), 2),
            (("spec", "containers"), 4),
            (("spec", "containers", 0), 5),
            (("spec", "containers", 0, "livenessProbe"), 6),
            (("spec", "containers", 0, "livenessProbe", "httpGet", "port"), 8),
            (("spec", "containers", 0, "readinessProbe", "httpGet"), 5),
            (("metadata", "name"), 1),
            ((), 1),
        ],
    )
    def test_line_of_a_path(self, segments: tuple[str | int, ...], line: int) -> None:
        """A value has the line of its key; an absent field has the line of its nearest parent."""
        assert line == line_of(self.TEXT, *segments)

    def test_lines_behind_an_alias(self) -> None:
        """The alias has its own line, and the values in it have the lines where they were written."""
        text = f"{POD}a: &a\n  b: 1\nc: *a\n"
        assert (6, 5) == (line_of(text, "c"), line_of(text, "c", "b"))

    def test_lines_of_json(self) -> None:
        """JSON values have lines too, also in the second value of a file."""
        one = json.dumps({"apiVersion": "v1", "kind": "Pod", "spec": {"a": 1}}, indent=1)
        documents = read_text(f"{one}\n{one}", "x.json")
        assert 2 == len(documents.manifests)
        assert one.count("\n") + 6 == line_in(documents.manifests[1], "spec", "a")

    def test_lines_in_a_list(self) -> None:
        """An object in a list of `kubectl get -o yaml` has its own lines."""
        text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n- apiVersion: v1\n  kind: Service\n"
        (whole,) = read_text(text, "x.yaml").manifests
        service = list(expand(whole))[1]
        assert 7 == line_in(service, "kind")

    @pytest.mark.parametrize("is_json", [False, True])
    def test_invalid_items_of_a_list(self, *, is_json: bool) -> None:
        """Items that cannot be audited are reported with their place, and the other items are kept."""
        inner = {"apiVersion": "v1", "kind": "List", "items": [None]}
        pod = {"apiVersion": "v1", "kind": "Pod"}
        whole = {"apiVersion": "v1", "kind": "List", "items": [7, {"kind": "Deployment"}, pod, {}, inner]}
        documents = read_text(json.dumps(whole, indent=1) if is_json else yaml.safe_dump(whole), "x.yaml")
        assert [
            "items[0] of the List is not a Kubernetes object",
            "items[1] of the List is a Kubernetes object without apiVersion",
            "items[3] of the List is a Kubernetes object without apiVersion and kind",
            "items[4].items[0] of the List is not a Kubernetes object",
        ] == [error.reason for error in documents.errors]
        assert all(error.line for error in documents.errors)
        assert pod in [item.content for item in expand(documents.manifests[0])]

    def test_a_list_of_another_api(self) -> None:
        """The items of a custom resource are not interpreted."""
        documents = read_text("apiVersion: acme.io/v1\nkind: AllowList\nitems: [cart, 7]\n", "x.yaml")
        assert [] == said(documents)


class TestEncodings:
    """Arbitrary bytes."""

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
    def test_byte_order_marks(self, encoding: str) -> None:
        """UTF-8 with or without a byte order mark and UTF-16 with one are read."""
        mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
        documents = read_bytes(mark + POD.encode(encoding), "x")
        assert [] == said(documents)
        assert [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}}] == contents(documents)

    def test_invalid_utf8(self) -> None:
        """A byte that is not UTF-8 only invalidates its document, and is reported with its line."""
        documents = read_bytes(f"{POD}---\na: 1\nb: ".encode() + b"\xff\n---\n" + POD.encode(), "x.yaml")
        assert ["x.yaml:6: not valid UTF-8"] == said(documents)
        assert 2 == len(documents.manifests)

    def test_invalid_utf16(self) -> None:
        """UTF-16 that ends in the middle of a character is an error."""
        assert ["x:1: not valid UTF-16"] == said(read_bytes(b"\xff\xfea", "x"))

    def test_invalid_utf8_in_json(self) -> None:
        """Invalid bytes in JSON are an error too, and half a surrogate pair in an escape is replaced."""
        documents = read_bytes(b'{"apiVersion": "v1", "kind": "Pod", "a": "\xff"}', "x")
        assert ["x:1: not valid UTF-8"] == said(documents)
        documents = read_text('{"apiVersion": "v1", "kind": "Pod", "a": "\\ud83d\\ude00 \\ud83d"}', "x")
        assert "\U0001f600 \ufffd" == documents.manifests[0].content["a"]

    def test_control_characters(self) -> None:
        """A character that YAML does not allow is reported with its line."""
        documents = read_text("a: 1\nb: \x07\n", "x")
        assert ["x:2: not valid YAML: the character U+0007 is not allowed"] == said(documents)

    @given(st.binary(max_size=200))
    def test_any_bytes(self, data: bytes) -> None:
        """Arbitrary bytes never raise an exception."""
        documents = read_bytes(data, "x")
        assert all(error.file == "x" for error in documents.errors)


class TestKinds:
    """Texts other than manifests."""

    def test_helm_template(self) -> None:
        """A template is reported once per file, with a hint."""
        text = "{{- if .Values.on }}\na: {{ .Values.a }}\n{{- end }}\n---\nb: {{ .Values.b }}\n"
        documents = read_text(text, "web.yaml")
        assert 1 == len(documents.errors)
        assert "web.yaml:1: a Helm template" in said(documents)[0]
        assert "helm template" in said(documents)[0]

    def test_quoted_braces_are_not_a_template(self) -> None:
        """Argo and Prometheus use {{ … }} in strings."""
        documents = read_text(f"{POD}arg: '{{{{inputs.x}}}}'\n", "x")
        assert ([], 1) == (said(documents), len(documents.manifests))

    def test_other_yaml_is_kept_aside(self) -> None:
        """Values of a chart and kustomizations are not reported as objects."""
        text = "replicas: 1\n---\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n---\n- a\n"
        documents = read_text(text, "x")
        assert ([], [], 3) == (documents.manifests, documents.errors, len(documents.others))

    def test_half_an_object(self) -> None:
        """An object without apiVersion or kind is an error."""
        documents = read_text("kind: Pod\nmetadata: {}\n---\napiVersion: v1\nmetadata: {}\n", "x")
        expected = ["x:1: a Kubernetes object without apiVersion", "x:4: a Kubernetes object without kind"]
        assert expected == said(documents)


class TestHostile:
    """Malicious texts."""

    @pytest.mark.parametrize(
        "nested",
        [
            lambda depth: "[" * depth,
            lambda depth: "{a: " * depth,
            lambda depth: "- " * depth,
            lambda depth: '{"a":' * depth + "1" + "}" * depth,
        ],
        ids=["sequences", "mappings", "blocks", "JSON"],
    )
    def test_depth(self, nested: Callable[[int], str], count_calls: Callable[..., int]) -> None:
        """The nesting depth is limited; deeper values are not read."""
        documents = read_text(nested(100_000), "x")
        assert ["values are nested more than 256 levels deep"] == [error.reason for error in documents.errors]
        thousand, hundred_thousand = (count_calls(read_text, nested(depth), "x") for depth in (1000, 100_000))
        assert 2 * thousand > hundred_thousand

    def test_depth_by_indentation(self) -> None:
        """Nesting by indentation is limited too."""
        documents = read_text("".join(f"{' ' * depth}a:\n" for depth in range(MAXIMUM_DEPTH + 2)), "x")
        assert ["values are nested more than 256 levels deep"] == [error.reason for error in documents.errors]

    def test_many_laughs(self) -> None:
        """Aliases of aliases count as the number of values that they expand to."""
        lines = ["l0: &l0 [a, b, c, d, e, f, g, h, i, j]"]
        lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 12)]
        documents = read_text(POD + "\n".join(lines), "x")
        assert ["aliases expand to more than 100000 values"] == [error.reason for error in documents.errors]

    @pytest.mark.parametrize("text", ["a: &a [*a]", "&a {b: *a}", "a: &a {<<: *a}"])
    def test_a_value_inside_itself(self, text: str) -> None:
        """An alias inside the value that it refers to is rejected."""
        (error,) = read_text(text, "x").errors
        assert "is inside the value that it refers to" in error.reason

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("a: *b", "an alias refers to no earlier anchor; a text that begins with * needs quotes"),
            ("[a]: b", "a key is an object or a list, which JSON does not allow"),
            ("~: b", "a key is null, which JSON does not allow"),
            ("a: &a [x]\n*a : 1", "a key is an object or a list, which JSON does not allow"),
        ],
    )
    def test_what_json_lacks(self, text: str, reason: str) -> None:
        """Values that JSON does not support are rejected."""
        assert [reason] == [error.reason for error in read_text(text, "x").errors]

    def test_long_numbers(self) -> None:
        """A number with a million digits is rejected."""
        assert "9" * 10**6 == value_of("9" * 10**6)

    def test_json_with_broken_tail(self) -> None:
        """The values before a broken value are kept."""
        documents = read_text('{"apiVersion": "v1", "kind": "Pod"}\n{"a"', "x")
        assert (1, ["x:2: not valid JSON"]) == (len(documents.manifests), said(documents))

    def test_many_documents(self, count_calls: Callable[..., int]) -> None:
        """The work grows linearly with the number of documents."""
        text = POD + "spec:\n  containers:\n  - name: a\n    ports: [{containerPort: 1}]\n---\n"
        assert 400 == len(read_text(text * 400, "x").manifests)
        hundred, four_hundred = (count_calls(read_text, text * documents, "x") for documents in (100, 400))
        assert 5 * hundred > four_hundred
