"""The texts that an editor shows for components and their arguments, from pyright's language server.

Pylance and basedpyright are based on the same server.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from pulumi.provider.experimental.analyzer import Analyzer
from typing_extensions import Self

import pulumi_probes
from pulumi_probes._docstrings import docstring
from pulumi_probes.components.host import COMPONENTS

pytestmark = pytest.mark.xdist_group("editors")  # one language server

ARGUMENTS = [name for name in pulumi_probes.__all__ if name.endswith("Args")]
COMPONENT_NAMES = [component.__name__ for component in COMPONENTS]

_SECONDS = 120
"""The server is killed after this time, so that a test of one that hangs fails instead of hanging too."""


class LanguageServer:
    """A running language server with one open file, used in the same way as by editors: JSON-RPC over pipes.

    Lines and columns count from 0.

    Args:
        command: the command that starts it.
        file: the open file.
        settings: the settings, by section.
    """

    def __init__(self, command: Sequence[str], file: Path, settings: Mapping[str, Any]) -> None:
        folder = file.parent
        self._settings = settings
        # A group of its own, since the command starts node.
        self._process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self._limit = Timer(_SECONDS, self._kill)
        self._limit.start()
        self._last_id = 0
        capabilities = {
            "workspace": {"configuration": True},
            "textDocument": {"hover": {"contentFormat": ["markdown"]}},
        }
        workspace = {"uri": folder.as_uri(), "name": folder.name}
        self._request("initialize", processId=None, capabilities=capabilities, workspaceFolders=[workspace])
        self._notify("initialized")
        self._uri = file.as_uri()
        document = {"uri": self._uri, "languageId": "python", "version": 1, "text": file.read_text(encoding="utf-8")}
        self._notify("textDocument/didOpen", textDocument=document)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._limit.cancel()
        self._kill()
        self._process.communicate()

    def _kill(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)

    def hover(self, line: int, column: int) -> str:
        """The text that is shown at a position, in Markdown; empty if there is none."""
        found = self._ask("textDocument/hover", line, column)
        return "" if found is None else str(found["contents"]["value"])

    def completions(self, line: int, column: int) -> list[str]:
        """The completions at a position."""
        return [item["label"] for item in self._ask("textDocument/completion", line, column)["items"]]

    def _ask(self, method: str, line: int, column: int) -> Any:
        return self._request(method, textDocument={"uri": self._uri}, position={"line": line, "character": column})

    def _request(self, method: str, **parameters: Any) -> Any:
        self._last_id += 1
        self._send({"id": self._last_id, "method": method, "params": parameters})
        while True:
            message = self._receive()
            if "method" in message:
                if "id" in message:
                    self._answer(message)
            elif message["id"] == self._last_id:
                assert "error" not in message, message["error"]
                return message["result"]

    def _answer(self, request: Mapping[str, Any]) -> None:
        result = None
        if request["method"] == "workspace/configuration":
            result = [self._settings.get(item.get("section")) for item in request["params"]["items"]]
        self._send({"id": request["id"], "result": result})

    def _notify(self, method: str, **parameters: Any) -> None:
        self._send({"method": method, "params": parameters})

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        headers: dict[bytes, bytes] = {}
        while header := self._process.stdout.readline().strip():
            name, _, value = header.partition(b":")
            headers[name.lower()] = value
        assert headers, "the language server ended"
        message: dict[str, Any] = json.loads(self._process.stdout.read(int(headers[b"content-length"])))
        return message


def keys(arguments: str) -> list[str]:
    """All keys of a `TypedDict`, including inherited ones."""
    return list(getattr(pulumi_probes, arguments).__annotations__)


def program() -> str:
    """A program with a dictionary of every type in which every key is set, and a call of every component."""
    lines = ["from typing import Any", "", "from pulumi_probes import ("]
    lines += [f"    {name}," for name in (*ARGUMENTS, *COMPONENT_NAMES)]
    lines += [")", "", "value: Any = None"]
    for name in ARGUMENTS:
        lines += [f"{name}_dictionary: {name} = {{", *(f'    "{key}": value,' for key in keys(name)), "}"]
    for name in COMPONENT_NAMES:
        lines += [f'{name}("it", {{', *(f'    "{key}": value,' for key in keys(f"{name}Args")), "})"]
        lines += [f'{name}("it", {{""}})']
    return "\n".join(lines) + "\n"


LINES = program().splitlines()
FILE = "program.py"


def words(text: str) -> list[str]:
    """The words of a text, without Markdown."""
    return re.findall(r"\w+", text.replace("\\", "").replace("&nbsp;", " "))


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """An editor in which the program is open."""
    folder = tmp_path_factory.mktemp("editor")
    (folder / FILE).write_text(program(), encoding="utf-8")
    command = [sys.executable, "-m", "pyright.langserver", "--stdio"]
    with LanguageServer(command, folder / FILE, {"python": {"pythonPath": sys.executable}}) as server:
        yield server


def texts_of_keys(editor: LanguageServer, first_line: str) -> dict[str, list[str]]:
    """The descriptions shown for the keys of the dictionary that begins on a line."""
    shown = {}
    number = LINES.index(first_line) + 1
    while LINES[number].startswith(" "):
        key = LINES[number].split('"')[1]
        _, _, text = editor.hover(number, LINES[number].index(key)).partition("\n---\n")
        shown[key] = words(text)
        number += 1
    return shown


def expected_texts(arguments: str) -> dict[str, list[str]]:
    """The descriptions that Pulumi passes to other languages, by key."""
    analyzer = Analyzer("pulumi-probes")
    type_ = getattr(pulumi_probes, arguments)
    return {key: words(analyzer.get_docstring(type_, key) or "") for key in keys(arguments)}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_key_of_a_dictionary_shows_its_text(editor: LanguageServer, name: str) -> None:
    """For every key of every type of arguments, inherited or not."""
    expected = expected_texts(name)
    assert all(expected.values())
    assert expected == texts_of_keys(editor, f"{name}_dictionary: {name} = {{")


@pytest.mark.parametrize("name", COMPONENT_NAMES)
def test_an_argument_of_a_component_shows_its_text(editor: LanguageServer, name: str) -> None:
    """In a dictionary that is part of the call."""
    assert expected_texts(f"{name}Args") == texts_of_keys(editor, f'{name}("it", {{')


@pytest.mark.parametrize("name", COMPONENT_NAMES)
def test_a_component_shows_what_it_makes(editor: LanguageServer, name: str) -> None:
    """The import shows the docstring of the class, a call that of the constructor; the schema has the former."""
    component = getattr(pulumi_probes, name)
    for line, documented in ((f"    {name},", component), (f'{name}("it", {{', component.__init__)):
        expected = words(docstring(documented))
        assert {"Deployment", "Service", "PodDisruptionBudget"} <= set(expected)
        _, _, shown = editor.hover(LINES.index(line), line.index(name)).partition("\n---\n")
        assert expected == words(shown)


@pytest.mark.parametrize("name", COMPONENT_NAMES)
def test_every_argument_is_offered(editor: LanguageServer, name: str) -> None:
    """Inside quotes, the editor completes the keys."""
    line = f'{name}("it", {{""}})'
    offered = editor.completions(LINES.index(line), line.index('""') + 1)
    assert {f'"{key}"' for key in keys(f"{name}Args")} == set(offered)
