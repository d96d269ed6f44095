"""The site in a real browser: it works offline, it can be searched, and it is accessible."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("site")

PAGES: Final = {
    "start": "docs/index.html",
    "how-to": "docs/how-to/choose-a-handler.html",
    "rule": "docs/reference/rules/PRB204.html",
}
EACH = pytest.mark.parametrize("address", PAGES.values(), ids=PAGES)
SCHEMES: Final = ("light", "dark")
_SECONDS: Final = 1000


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Discard the log."""


@pytest.fixture(scope="session")
def origin(built: tuple[Path, Any]) -> Iterator[str]:
    """The address of the site."""
    folder, _ = built
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(params=SCHEMES)
def page(request: pytest.FixtureRequest, browser: Browser, origin: str) -> Iterator[Page]:
    """A page in a color scheme; at the end there were no external requests and no console messages."""
    said: list[str] = []
    asked: list[str] = []
    with browser.new_context(color_scheme=request.param, viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(10 * _SECONDS)
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("response", lambda got: None if got.ok else said.append(f"{got.status}: {got.url}"))
        page.on("request", lambda sent: asked.append(sent.url))
        yield page
    assert asked
    assert [] == [url for url in asked if not url.startswith((f"{origin}/", "data:"))]
    assert [] == [line for line in said if not line.startswith(("log:", "debug:"))]


@EACH
def test_it_can_be_read(page: Page, origin: str, address: str, request: pytest.FixtureRequest) -> None:
    """It has the color scheme of the reader's system, and axe finds no violations."""
    from axe_playwright_python.sync_playwright import Axe

    page.goto(f"{origin}/{address}")
    scheme = page.locator("html").get_attribute("data-theme")
    assert scheme in request.node.callspec.id
    _keep(page, f"{request.node.callspec.id}.png")
    results = Axe().run(page, options={"preload": False})  # it would look for style sheets at wrong addresses
    assert 0 == results.violations_count, results.generate_report()


def test_the_root_leads_to_the_start_page(page: Page, origin: str) -> None:
    """Opening the root shows the start page."""
    page.goto(f"{origin}/")
    page.wait_for_url(f"{origin}/docs/index.html")


def test_a_search_finds_a_rule_by_its_code(page: Page, origin: str) -> None:
    """The first result for PRB204 is the page of the rule."""
    page.goto(f"{origin}/search.html?q=PRB204")
    first = page.locator("#search-results li a").first
    first.wait_for()
    assert "PRB204" in first.inner_text()
    first.click()
    page.wait_for_url("**/*PRB204*")
    page.wait_for_load_state()


def _keep(page: Page, name: str) -> None:
    """Save a screenshot to the directory in SCREENSHOTS."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / name)
