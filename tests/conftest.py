"""Fixtures and options for all tests."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, settings

from pulumi_probes.cli import run
from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.values import UNKNOWN

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# The number of examples of property-based tests: few for developers, many in continuous integration. Examples have no
# time limit, so that tests do not fail on a slow machine.
settings.register_profile("fast", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", settings.get_profile("fast"), max_examples=500, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Golden files are only written with this option."""
    parser.addoption("--update-golden", action="store_true", help="write golden files instead of comparing with them")


@pytest.hookimpl(tryfirst=True)  # before xdist groups the tests
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with Pulumi's engine come last: continuous integration builds it while the other tests run."""
    items.sort(key=lambda item: item.path.parent.name == "engine" or item.path.name == "test_engine.py")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with the file of that name in the directory `golden` next to the test."""

    def compare(name: str, actual: str) -> None:
        file = request.path.parent / "golden" / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(actual, encoding="utf-8")
        assert file.exists(), f"{file} is missing: run pytest with --update-golden and look at what it writes"
        assert file.read_text(encoding="utf-8") == actual

    return compare


@pytest.fixture
def probes(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command in this process; returns exit status, standard output and standard error."""

    def run_it(*arguments: str) -> tuple[int, str, str]:
        status = run(arguments)
        out, err = capfd.readouterr()
        return status, out, err

    return run_it


@pytest.fixture(scope="session")
def count_calls() -> Callable[..., int]:
    """The number of function calls, including those in C: a measure of work that does not depend on the machine."""

    def count(function: Callable[..., object], *arguments: object) -> int:
        calls = 0

        def note(_frame: object, event: str, _argument: object) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            function(*arguments)
        finally:
            sys.setprofile(before)
        return calls

    return count


class _Loader(yaml.SafeLoader):
    """YAML with `!unknown` for a value that is not known before deployment."""


_Loader.add_constructor("!unknown", lambda _loader, _node: UNKNOWN)


@pytest.fixture(scope="session")
def read() -> Callable[[str], Stack]:
    """Convert YAML to a stack; a kind that ends with `Patch` is a partial object."""

    def stack(text: str) -> Stack:
        documents: list[dict[str, Any]] = [
            document for document in yaml.load_all(text, Loader=_Loader) if document is not None
        ]
        return read_stack(
            [Manifest(content=document, is_patch=document["kind"].endswith("Patch")) for document in documents]
        )

    return stack


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the reasons of skipped tests, one line each."""
    reasons = Counter(_reason(report) for report in terminalreporter.getreports("skipped"))
    terminalreporter.section("skipped, by reason")
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count:>5}  {reason}")
    if not reasons:
        terminalreporter.line("nothing")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window, for one file: Playwright's event loop runs in this thread until it is closed."""
    pytest.importorskip("playwright", reason="Playwright is installed from Python 3.11 on")
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("Chromium is not installed (in Debian's package chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()
