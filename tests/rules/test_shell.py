"""Reading shell scripts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.rules._shell import MAXIMUM_LENGTH, Choice, Negated, Pipeline, Simple, commands_in, read_script


def words_of(script: str) -> list[list[str]]:
    """The words of all simple commands, without quotes."""
    found = read_script(script)
    assert found is not None
    return [[word.text for word in simple.words] for simple in commands_in(found.body)]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("a b c", [["a", "b", "c"]]),
        ("a 'b c' \"d e\" f\\ g", [["a", "b c", "d e", "f g"]]),
        ('a "b \\"c\\" \\$d"', [["a", 'b "c" $d']]),
        ("a b \\\n c", [["a", "b", "c"]]),
        ("a --b='c d'", [["a", "--b=c d"]]),
        ("a 'it'\"'\"'s'", [["a", "it's"]]),
        ("A=1 B=2 a", [["a"]]),
        ("a > /dev/null 2>&1 b", [["a", "b"]]),
        ("a && b || c; d & e", [["a"], ["b"], ["c"], ["d"], ["e"]]),
        ("if a; then b; elif c; then d; else e; fi", [["a"], ["b"], ["c"], ["d"], ["e"]]),
        ("while a; do b; done; for i in 1 2; do c; done", [["a"], ["b"], ["c"]]),
        ("case $(a) in x|y) b;; *) c;; esac", [["b"], ["c"]]),
        ("f() { a; }; (b; c) | d", [["a"], ["b"], ["c"], ["d"]]),
        ("[ -f /x -a ! -d /y ]", [["[", "-f", "/x", "-a", "!", "-d", "/y", "]"]]),
        ("[[ $a == b ]]", [["[[", "$a", "==", "b", "]]"]]),
        ("export A=$(b) C", [["export", "A=$(b)", "C"]]),
        ("# only a comment\na # another\n", [["a"]]),
        ("a <<E\nb; c\nE\nd", [["a"], ["d"]]),
        ("exec 3<>/dev/tcp/127.0.0.1/80; a <&3", [["exec"], ["a"]]),
        ("a '3 <> 4'; b 2<> /x", [["a", "3 <> 4"], ["b"]]),
        ("a -u b:$(< /run/key)", [["a", "-u", "b:$(< /run/key)"]]),
        ("", []),
    ],
    ids=str,
)
def test_words(script: str, words: list[list[str]]) -> None:
    """As a shell splits them, with expansions as they are written."""
    assert words == words_of(script)


def test_substitutions_are_read_as_scripts() -> None:
    """At any depth, also in quotes and in default values."""
    script = read_script('a "$(b `c`)" ${D:-$(e)}')
    assert script is not None
    names = [simple.words[0].text for simple in commands_in(script.body, with_substitutions=True)]
    assert ["c", "b", "e", "a"] == names


def test_an_exclamation_mark_negates_the_whole_pipeline() -> None:
    """It binds more weakly than `|`, and more strongly than `&&`."""
    script = read_script("! a | b && c")
    assert script is not None
    choice = script.body.items[0].command
    assert isinstance(choice, Choice)
    assert isinstance(choice.left, Negated)
    assert isinstance(choice.left.body, Pipeline)
    assert isinstance(choice.right, Simple)


@pytest.mark.parametrize(
    ("script", "needed"),
    [
        ("a && [ -f /x ] | b", False),
        ("[[ -f /x ]]", True),
        ("cat <(a)", True),
        ("a <<< b", True),
        ("a $'b'", True),
        ("a=(1 2)", True),
        ("((1 + 1))", True),
        ("a |& b", True),
        ("function f { a; }", True),
        ("echo '[[ -f /x ]]'", False),
    ],
    ids=str,
)
def test_syntax_that_only_bash_has(script: str, needed: bool) -> None:
    """In dash, it is an error or has another meaning."""
    found = read_script(script)
    assert found is not None
    assert needed == found.needs_bash


@pytest.mark.parametrize(
    "script",
    [
        "a |",
        "a && ",
        "if a; then b",
        "a 'b",
        "((",
        "a" * (MAXIMUM_LENGTH + 1),
        "( " * 90 + "a" + " )" * 90,
        "\0",
        "ec\\\nho",
    ],
)
def test_scripts_that_are_not_read(script: str) -> None:
    """They are invalid, too long or nested too deeply."""
    assert read_script(script) is None


@pytest.mark.parametrize(
    "script", ["{\U000c9e27\\x", "echo \u00e9 {\u1c7e", "\x80{\U00108eca", "$\u00e9 ${\u00e9}", "\u00e9=1"]
)
def test_other_characters_than_ascii(script: str) -> None:
    """They are ordinary characters of words; tree-sitter-bash 0.25.1 ends the process for some behind a brace."""
    found = read_script(script)
    if found is not None:
        texts = [word.text for simple in commands_in(found.body) for word in simple.words]
        assert all(text in script for text in texts)
        assert not any(simple.assignments for simple in commands_in(found.body))


@given(script=st.text(max_size=60) | st.text(alphabet="ab01 |&;<>(){}[]$`'\"\\\n!#=-", max_size=40))
def test_any_text_can_be_read(script: str) -> None:
    """Nothing raises, and the places of words are in the script."""
    found = read_script(script)
    if found is not None:
        for simple in commands_in(found.body, with_substitutions=True):
            for word in simple.words + simple.assignments:
                assert 0 <= word.start <= word.end <= len(script.encode())
