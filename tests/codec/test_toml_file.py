"""The lines of a TOML file, whose parser reports none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from pulumi_probes.codec.toml_file import read_toml_file
from pulumi_probes.model.field_path import FieldPath

PYPROJECT: Final = Path(__file__).parents[2] / "pyproject.toml"

TEXT: Final = '''\
a = 1 # [b]
"b.c" = """
[a]
x = 1
"""
d.e = [
  "]",
  { x = "y" },
]

[t]  # a comment
u = {v = {w = 1}, x = 2}
[t.'y z']
"q\\"r" = 1979-05-27
[[list]]
key = 1
[[list]]
key = 2
'''


def paths(value: Any, path: FieldPath) -> Iterator[FieldPath]:
    """The paths of all tables and keys."""
    for key, entry in value.items() if isinstance(value, dict) else ():
        yield path / key
        yield from paths(entry, path / key)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 1),
        (("b.c",), 2),
        (("d",), 6),
        (("d", "e", 1, "x"), 6),
        (("t",), 11),
        (("t", "u", "v", "w"), 12),
        (("t", "u", "x"), 12),
        (("t", "y z"), 13),
        (("t", "y z", 'q"r'), 14),
        (("t", "unknown"), 11),
        (("unknown",), 1),
    ],
)
def test_lines(tmp_path: Path, path: tuple[str, ...], line: int) -> None:
    """Keys and tables have the line of their name; what is inside a statement has its first line."""
    file = tmp_path / "a.toml"
    file.write_text(TEXT, encoding="utf-8")
    assert line == read_toml_file(str(file))[1].locate(FieldPath(path)).line


def test_every_key_of_this_project_is_found() -> None:
    """The line of a key contains its name."""
    content, lines = read_toml_file(str(PYPROJECT))
    text = PYPROJECT.read_text(encoding="utf-8").split("\n")
    found = list(paths(content, FieldPath()))
    assert len(found) > 50
    for path in found:
        line = lines.locate(path).line
        assert line is not None
        assert str(path.segments[-1]) in text[line - 1], path


def test_a_long_list(count_calls: Callable[..., int], tmp_path: Path) -> None:
    """Twice as many entries take twice as long, although the parser is called until it accepts a statement."""

    def calls(entries: int) -> int:
        file = tmp_path / "a.toml"
        file.write_text("a = [\n" + '  "x",\n' * entries + "]\nb = 1\n", encoding="utf-8")
        lines = read_toml_file(str(file))[1]
        return count_calls(lines.locate, FieldPath(("b",)))

    assert calls(200) < 2.1 * calls(100)
