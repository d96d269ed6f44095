"""Reads shell scripts, with tree-sitter's grammar of bash, into the few kinds of nodes that rules need.

The parser is imported for the first script only, because most files have none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from tree_sitter import Node as Tree
    from tree_sitter import Parser

MAXIMUM_LENGTH: Final = 10_000
"""A longer script is not read; those of probes have a few lines."""

_MAXIMUM_DEPTH: Final = 60
_EXPANSIONS: Final = frozenset(
    {"simple_expansion", "expansion", "command_substitution", "arithmetic_expansion", "process_substitution"}
)
_REDIRECTS: Final = frozenset({"file_redirect", "heredoc_redirect", "herestring_redirect"})
_TESTS: Final = frozenset({"binary_expression", "unary_expression", "parenthesized_expression", "negation_expression"})
_HEREDOC: Final = frozenset({"heredoc_start", "heredoc_body", "heredoc_end"})
_TEXTS: Final = frozenset({"string", "heredoc_body"})
_BLANK: Final = rb"(?:[ \t\n]|\\\n)*"
_READ_AND_WRITE: Final = rb"(\s\d?)<>"
_RESERVED: Final = frozenset({"{", "}", "!", "then", "do", "done", "fi", "esac", "elif", "else"})
_NOT_ASCII: Final = rb"[^\x01-\x7f]"
_CASE_ENDS: Final = frozenset({";;", ";&", ";;&"})
# What only bash and its relatives understand; in dash, it is an error or something else.
_BASH_ONLY: Final = r"\((?:process_substitution|ansi_c_string|translated_string|herestring_redirect|array)\b"


class Word(Struct, frozen=True):
    """A word of a command.

    Attributes:
        text: the word without quotes; expansions stay as they are written.
        is_static: whether it has no expansion, so that `text` is what the program receives, except for globs.
        is_quoted: whether a part of it is quoted.
        reads_variable: whether it has an expansion of a variable.
        can_end_script: whether an expansion may end the shell, such as `${NAME:?}` or a calculation.
        substitutions: the scripts in `$(...)`.
        start: the offset of its first byte in the script.
        end: the offset behind its last byte.
    """

    text: str
    is_static: bool = True
    is_quoted: bool = False
    reads_variable: bool = False
    can_end_script: bool = False
    substitutions: tuple[Sequence, ...] = ()
    start: int = -1
    end: int = -1


class Redirect(Struct, frozen=True):
    """A redirection of a command.

    Attributes:
        operator: the operator, without the number before it.
        descriptor: this number; None if there is none.
        target: the file or the number of the other descriptor; None for a text in the script.
    """

    operator: str
    descriptor: str | None
    target: Word | None


class Simple(Struct, frozen=True):
    """A program with its arguments; a test in brackets is the program `[` or `[[`."""

    words: tuple[Word, ...]
    assignments: tuple[Word, ...] = ()
    redirects: tuple[Redirect, ...] = ()


class Pipeline(Struct, frozen=True):
    """Commands that are connected by `|`."""

    parts: tuple[Command, ...]


class Choice(Struct, frozen=True):
    """`left && right` or `left || right`."""

    left: Command
    operator: str
    right: Command


class Negated(Struct, frozen=True):
    """`! body`."""

    body: Command


class Group(Struct, frozen=True):
    """`{ ...; }`, or `( ... )` in a subshell."""

    body: Sequence
    is_subshell: bool = False


class Redirected(Struct, frozen=True):
    """A command, or several, with redirections; which of several they belong to is not said."""

    body: Command
    redirects: tuple[Redirect, ...]


class If(Struct, frozen=True):
    """`if`, with the branches of `elif`."""

    branches: tuple[tuple[Sequence, Sequence], ...]
    otherwise: Sequence | None


class Loop(Struct, frozen=True):
    """`while`, `until` or `for`, which has no condition."""

    condition: Sequence | None
    body: Sequence


class Case(Struct, frozen=True):
    """`case`."""

    bodies: tuple[Sequence, ...]


class Function(Struct, frozen=True):
    """The definition of a function."""

    name: str
    body: Command


class Unknown(Struct, frozen=True):
    """Something that is not analyzed."""


Command: TypeAlias = Simple | Pipeline | Choice | Negated | Group | Redirected | If | Loop | Case | Function | Unknown


class Item(Struct, frozen=True):
    """A command in a sequence; `start` and `end` are offsets in bytes."""

    command: Command
    is_background: bool
    start: int
    end: int


class Sequence(Struct, frozen=True):
    """Commands that are run one after the other."""

    items: tuple[Item, ...]


class Script(Struct, frozen=True):
    """A script.

    Attributes:
        text: its text.
        body: its commands.
        needs_bash: whether it contains syntax that other shells do not have.
        is_understood: whether it contains nothing that is not analyzed.
        functions: the names of all functions that it defines.
    """

    text: str
    body: Sequence
    needs_bash: bool = False
    is_understood: bool = True
    functions: frozenset[str] = frozenset()


@lru_cache(maxsize=256)
def read_script(text: str) -> Script | None:
    """Read a script; None if it is not valid, too long, or not understood by the parser."""
    # The parser takes a line that continues inside a word for two words.
    if len(text) > MAXIMUM_LENGTH or "\0" in text or re.search(r"[\w-]\\\n[\w-]", text):
        return None
    try:
        source = text.encode()
    except UnicodeEncodeError:
        return None
    # To a shell, other characters are as ordinary as a dot; the parser, written in C, reads them beyond its tables.
    plain = re.sub(_NOT_ASCII, b".", source)
    root = _parser().parse(plain).root_node
    if root.has_error:
        # The grammar lacks `<>`, which opens a file as `<` does.
        plain = re.sub(_READ_AND_WRITE, rb"\1< ", plain)
        root = _parser().parse(plain).root_node
    if root.has_error or not _is_covered(root, plain):
        return None
    reader = _Reader(source)
    try:
        body = reader.sequence(root.children)
    except _TooDeepError:
        return None
    needs_bash = reader.needs_bash or re.search(_BASH_ONLY, str(root)) is not None
    return Script(text, body, needs_bash, _is_understood(body), frozenset(reader.functions))


def commands_in(node: Command | Sequence, *, with_substitutions: bool = False) -> Iterator[Simple]:
    """The simple commands of a script, in the order in which they are written."""
    if isinstance(node, Simple):
        if with_substitutions:
            for word in node.assignments + node.words:
                for script in word.substitutions:
                    yield from commands_in(script, with_substitutions=True)
        yield node
        return
    for part in _parts(node):
        yield from commands_in(part, with_substitutions=with_substitutions)


def _is_understood(node: Command | Sequence) -> bool:
    if isinstance(node, Unknown):
        return False
    if isinstance(node, Simple):
        words = node.assignments + node.words + tuple(r.target for r in node.redirects if r.target is not None)
        return all(_is_understood(script) for word in words for script in word.substitutions)
    return all(_is_understood(part) for part in _parts(node))


def _parts(node: Command | Sequence) -> Iterator[Command | Sequence]:
    if isinstance(node, Sequence):
        yield from (item.command for item in node.items)
    elif isinstance(node, Pipeline):
        yield from node.parts
    elif isinstance(node, Choice):
        yield from (node.left, node.right)
    elif isinstance(node, (Negated, Group, Redirected, Function)):
        yield node.body
    elif isinstance(node, If):
        for condition, body in node.branches:
            yield from (condition, body)
        if node.otherwise is not None:
            yield node.otherwise
    elif isinstance(node, Loop):
        yield from (part for part in (node.condition, node.body) if part is not None)
    elif isinstance(node, Case):
        yield from node.bodies


@lru_cache(maxsize=1)
def _parser() -> Parser:
    # Imported late: both are needed for scripts only.
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


class _TooDeepError(Exception):
    """A script whose parts are nested too deeply."""


class _Reader:
    """Converts the parser's trees of one script."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._depth = 0
        self.needs_bash = False
        self.functions: list[str] = []

    def sequence(self, children: list[Tree]) -> Sequence:
        """The commands of a list of siblings; a word that only ends or separates them is skipped."""
        items: list[Item] = []
        for child in children:
            if child.is_named and child.type != "comment":
                items.append(Item(self._command(child), False, child.start_byte, child.end_byte))
            elif child.type == "&" and items:
                last = items[-1]
                items[-1] = Item(last.command, True, last.start, child.end_byte)
            elif child.type in _CASE_ENDS:
                items.append(Item(Unknown(), False, child.start_byte, child.end_byte))
        return Sequence(tuple(items))

    def _command(self, tree: Tree) -> Command:
        self._depth += 1
        if self._depth > _MAXIMUM_DEPTH:
            raise _TooDeepError
        read = _READERS.get(tree.type)
        found = None if read is None else read(self, tree)
        self._depth -= 1
        if found is None:
            self.needs_bash = True
            return Unknown()
        return found

    def assignment(self, tree: Tree) -> Command:
        """An assignment alone."""
        return Simple((), (self._word(tree),))

    def simple(self, tree: Tree) -> Command:
        """A program with its arguments."""
        words: list[Word] = []
        assignments: list[Word] = []
        redirects: list[Redirect] = []
        for child in tree.children:
            if child.type == "variable_assignment":
                assignments.append(self._word(child))
            elif child.type in _REDIRECTS:
                redirects.append(self._redirect(child))
            elif child.is_named:
                words.append(self._word(child))
            elif child.type == "(" or not words:
                return Unknown()
            else:  # an operator that is a word here, such as `==`
                words.append(self._symbol(child))
        # Some blocks are read as words, without an error.
        is_block = any(word.text in ("{", "}") and not word.is_quoted for word in words)
        is_block = is_block or (bool(words) and words[0].text in _RESERVED)
        return Unknown() if is_block else Simple(tuple(words), tuple(assignments), tuple(redirects))

    def test(self, tree: Tree) -> Command | None:
        """A test in brackets."""
        if tree.children[0].type not in ("[", "[["):
            return None
        self.needs_bash |= tree.children[0].type == "[["
        return Simple(tuple(self._test_words(tree)))

    def _test_words(self, tree: Tree) -> Iterator[Word]:
        """The words of a test, with its brackets."""
        self._depth += 1
        if self._depth > _MAXIMUM_DEPTH:
            raise _TooDeepError
        for child in tree.children:
            if child.type in _TESTS:
                yield from self._test_words(child)
            else:
                yield self._word(child) if child.is_named else self._symbol(child)
        self._depth -= 1

    def declaration(self, tree: Tree) -> Command:
        """`export`, `unset` and the like."""
        return Simple((self._symbol(tree.children[0]), *(self._word(child) for child in _named(tree))))

    def pipeline(self, tree: Tree) -> Command:
        """A pipeline."""
        self.needs_bash |= any(child.type == "|&" for child in tree.children)
        return _piped([self._command(child) for child in _named(tree)])

    def choice(self, tree: Tree) -> Command | None:
        """`&&` or `||`."""
        parts = _named(tree)
        operators = [child.type for child in tree.children if child.type in ("&&", "||")]
        if len(operators) != 1:
            return None
        return Choice(self._command(parts[0]), operators[0], self._command(parts[1]))

    def negated(self, tree: Tree) -> Command:
        """A command behind `!`."""
        return Negated(self._command(_named(tree)[0]))

    def redirected(self, tree: Tree) -> Command:
        """A command with redirections."""
        children = _named(tree)
        redirects = tuple(self._redirect(child) for child in children if child.type in _REDIRECTS)
        bodies = [child for child in children if child.type not in _REDIRECTS]
        # The parser puts the rest of the line on which a text begins into the text.
        for child in children:
            if child.type == "heredoc_redirect" and any(part.type not in _HEREDOC for part in _named(child)):
                return Unknown()
        if not bodies:
            return Simple((), (), redirects) if all(len(_files(child)) == 1 for child in children) else Unknown()
        # The parser counts arguments behind the file of a redirection among its files.
        late = tuple(
            self._word(word) for child in children if child.type == "file_redirect" for word in _files(child)[1:]
        )
        return _with_redirects(self._command(bodies[0]), redirects, late)

    def redirect(self, tree: Tree) -> Command:
        """A redirection alone, as in `$(< FILE)`."""
        return Simple((), (), (self._redirect(tree),)) if len(_files(tree)) == 1 else Unknown()

    def _redirect(self, tree: Tree) -> Redirect:
        files = _files(tree) if tree.type == "file_redirect" else []
        descriptor = next((self._text(child) for child in tree.children if child.type == "file_descriptor"), None)
        operator = next((child.type for child in tree.children if not child.is_named), "")
        return Redirect(operator, descriptor, self._word(files[0]) if files else None)

    def group(self, tree: Tree) -> Command | None:
        """Commands in braces or parentheses."""
        if tree.children[0].type not in ("{", "("):
            return None
        return Group(self.sequence(tree.children[1:-1]), is_subshell=tree.type == "subshell")

    def condition(self, tree: Tree) -> Command:
        """`if`."""
        branches: list[tuple[Sequence, Sequence]] = []
        otherwise: Sequence | None = None

        def branch(children: list[Tree]) -> None:
            then = next(index for index, child in enumerate(children) if child.type == "then")
            branches.append((self.sequence(children[1:then]), self.sequence(children[then + 1 :])))

        branch([child for child in tree.children if child.type not in ("elif_clause", "else_clause", "fi")])
        for child in tree.children:
            if child.type == "elif_clause":
                branch(child.children)
            elif child.type == "else_clause":
                otherwise = self.sequence(child.children[1:])
        return If(tuple(branches), otherwise)

    def loop(self, tree: Tree) -> Command | None:
        """`while` or `until`."""
        body = _named(tree)[-1]
        if body.type != "do_group":
            return None
        condition = self.sequence(tree.children[1 : tree.children.index(body)])
        return Loop(condition, self.sequence(body.children[1:-1]))

    def iteration(self, tree: Tree) -> Command | None:
        """`for`."""
        children = _named(tree)
        if tree.children[0].type != "for" or children[-1].type != "do_group":
            return None
        if any(self._word(child).can_end_script for child in children[1:-1]):
            return Unknown()
        return Loop(None, self.sequence(children[-1].children[1:-1]))

    def case(self, tree: Tree) -> Command:
        """`case`."""
        value, *items = _named(tree)
        bodies: list[Sequence] = []
        if self._word(value).can_end_script:
            return Unknown()
        for item in items:
            types = [child.type for child in item.children]
            if item.type != "case_item" or ")" not in types or ";&" in types or ";;&" in types:
                return Unknown()
            bodies.append(self.sequence([c for c in item.children[types.index(")") + 1 :] if c.type != ";;"]))
        return Case(tuple(bodies))

    def function(self, tree: Tree) -> Command | None:
        """The definition of a function."""
        name, *bodies = _named(tree)
        if tree.children[0].type == "function" or len(bodies) != 1:
            return None
        self.functions.append(self._text(name))
        return Function(self._text(name), self._command(bodies[0]))

    def _word(self, tree: Tree) -> Word:
        raw = self._text(tree)
        if len(tree.children) == 0:
            return Word(_unquoted(raw), is_quoted=raw[:1] in ("'", '"'), start=tree.start_byte, end=tree.end_byte)
        expansions = list(_descendants(tree, _EXPANSIONS, self._depth))
        return Word(
            text=_unquoted(raw),
            is_static=not expansions,
            is_quoted="'" in raw or '"' in raw,
            reads_variable=any(child.type in ("simple_expansion", "expansion") for child in expansions),
            can_end_script=any(_can_end_script(child, self._text(child)) for child in expansions),
            substitutions=tuple(
                self._nested(child.children[1:-1]) for child in expansions if child.type == "command_substitution"
            ),
            start=tree.start_byte,
            end=tree.end_byte,
        )

    def _nested(self, children: list[Tree]) -> Sequence:
        self._depth += 1
        found = self.sequence(children)
        self._depth -= 1
        return found

    def _symbol(self, tree: Tree) -> Word:
        return Word(self._text(tree), start=tree.start_byte, end=tree.end_byte)

    def _text(self, tree: Tree) -> str:
        return self._source[tree.start_byte : tree.end_byte].decode(errors="replace")


def _with_redirects(command: Command, redirects: tuple[Redirect, ...], late: tuple[Word, ...]) -> Command:
    """A command with redirections, and words behind them, which the parser takes for those of more than one command."""
    if isinstance(command, Simple):
        return Simple(command.words + late, command.assignments, command.redirects + redirects)
    if isinstance(command, Negated):
        return Negated(_with_redirects(command.body, redirects, late))
    if isinstance(command, Choice):
        return Choice(command.left, command.operator, _with_redirects(command.right, redirects, late))
    if isinstance(command, Pipeline):
        return Pipeline((*command.parts[:-1], _with_redirects(command.parts[-1], redirects, late)))
    return Unknown() if late else Redirected(command, redirects)


def _piped(parts: list[Command]) -> Command:
    """A pipeline; the parser takes more into its first part than belongs there: what is before `&&`, and `!`."""
    first = parts[0]
    if isinstance(first, Negated):
        return Negated(_piped([first.body, *parts[1:]]))
    if isinstance(first, Choice):
        return Choice(first.left, first.operator, _piped([first.right, *parts[1:]]))
    return Unknown() if any(isinstance(part, (Choice, Negated)) for part in parts[1:]) else Pipeline(tuple(parts))


_READERS: Final[dict[str, Callable[[_Reader, Tree], Command | None]]] = {
    "command": _Reader.simple,
    "test_command": _Reader.test,
    "variable_assignment": _Reader.assignment,
    "variable_assignments": _Reader.simple,
    "declaration_command": _Reader.declaration,
    "unset_command": _Reader.declaration,
    "pipeline": _Reader.pipeline,
    "list": _Reader.choice,
    "negated_command": _Reader.negated,
    "redirected_statement": _Reader.redirected,
    "file_redirect": _Reader.redirect,
    "subshell": _Reader.group,
    "compound_statement": _Reader.group,
    "if_statement": _Reader.condition,
    "while_statement": _Reader.loop,
    "for_statement": _Reader.iteration,
    "case_statement": _Reader.case,
    "function_definition": _Reader.function,
}


def _files(tree: Tree) -> list[Tree]:
    return [child for child in _named(tree) if child.type != "file_descriptor"]


def _named(tree: Tree) -> list[Tree]:
    return [child for child in tree.children if child.is_named and child.type != "comment"]


def _is_covered(tree: Tree, source: bytes) -> bool:
    """Whether the parser has skipped nothing but blanks, since it does so without an error."""
    position = tree.start_byte
    waiting = [tree]
    gaps = [source[:position]]
    while waiting:
        node = waiting.pop()
        if node.type in _TEXTS or not node.children:
            gaps.append(source[position : node.start_byte])
            position = max(position, node.end_byte)
        else:
            waiting.extend(reversed(node.children))
    gaps.append(source[position:])
    return all(re.fullmatch(_BLANK, gap) for gap in gaps)


def _can_end_script(tree: Tree, text: str) -> bool:
    """Whether an expansion may end the shell: one that requires a value, calculates, or is not known well enough."""
    if tree.type in ("simple_expansion", "command_substitution"):
        return False
    if tree.type == "expansion":
        return re.fullmatch(r"\$\{\w+(?:(?::?[-+=]|##?|%%?)[^?]*)?\}", text, re.DOTALL) is None
    return True


def _descendants(tree: Tree, kinds: frozenset[str], depth: int) -> Iterator[Tree]:
    """The topmost nodes of some kinds."""
    if depth > _MAXIMUM_DEPTH:
        raise _TooDeepError
    if tree.type in kinds:
        yield tree
        if tree.type != "expansion":
            return
    for child in tree.children:
        if child.is_named:
            yield from _descendants(child, kinds, depth + 1)


_QUOTED: Final = r"(?s)'([^']*)'|\"((?:[^\"\\]|\\.)*)\"|\\(.)|([^'\"\\]+)|(.)"


def _unquoted(raw: str) -> str:
    """A word without its quotes."""
    found = []
    for single, double, escaped, plain, rest in re.findall(_QUOTED, raw):
        inner = re.sub(r'\\([$`"\\])', r"\1", double).replace("\\\n", "")
        found.append(single + inner + ("" if escaped == "\n" else escaped) + plain + rest)
    return "".join(found)
