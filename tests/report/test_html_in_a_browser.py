"""The HTML report as a person sees it, opened from a disk in a browser without a network."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from pulumi_probes.report import Report, render

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("report in a browser")

VIEWS: Final[dict[str, dict[str, Any]]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
}
"""The settings of the browser that opens the page."""

Many = Callable[[int], Report]


@pytest.fixture(scope="module")
def files(many: Many, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """The pages of 1 and of 500 workloads."""
    folder = tmp_path_factory.mktemp("html")
    for number in (1, 500):
        (folder / f"{number}.html").write_text(render(many(number), "html"), encoding="utf-8")
    return {number: folder / f"{number}.html" for number in (1, 500)}


@pytest.fixture
def look(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a file; at the end the page has asked for nothing else, and the console is empty."""
    asked: list[str] = []
    said: list[str] = []
    opened: list[str] = []
    contexts: list[Any] = []

    def open_it(file: Path, *, view: str = "light", **options: Any) -> Page:
        context = browser.new_context(offline=True, **VIEWS[view], **options)
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda sent: asked.append(sent.url))
        opened.append(file.as_uri())
        page.goto(file.as_uri())
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert opened
    assert set(opened) == {url for url in asked if not url.startswith("data:")}
    assert [] == said


@pytest.mark.parametrize("number", [1, 500])
@pytest.mark.parametrize("view", VIEWS)
def test_it_can_be_read(files: dict[int, Path], look: Callable[..., Page], view: str, number: int) -> None:
    """In light and dark and on a phone axe finds nothing, and nothing has to be scrolled sideways."""
    from axe_playwright_python.sync_playwright import Axe

    page = look(files[number], view=view, bypass_csp=True)
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"html-{number}-{view}.png")
    page.locator("article details").first.evaluate("details => { details.open = true; }")
    # Workloads are alike, and axe takes a tenth of a second for each of them.
    page.locator("article:nth-of-type(n+21)").evaluate_all(
        "articles => { for (const item of articles) item.remove(); }"
    )
    results = Axe().run(page, options={"preload": False})
    assert 0 == results.violations_count, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("number", [1, 500])
def test_it_can_be_read_without_javascript(files: dict[int, Path], look: Callable[..., Page], number: int) -> None:
    """Everything is there but the filter; a shared text is one link away."""
    page = look(files[number], java_script_enabled=False)
    assert number == page.locator("article").count()
    assert not page.locator("#filter").is_visible()
    assert page.locator("article li[class] p").first.is_visible()
    links = page.locator('article a[href^="#t-"]')
    assert (number == 500) == (links.count() > 0)
    if links.count():
        links.first.click()
        assert page.locator(":target").is_visible()


def shown(page: Page) -> tuple[int, int]:
    """Count the visible workloads and findings."""
    visible = "items => items.filter(item => item.checkVisibility()).length"
    return (
        int(page.locator("article").evaluate_all(visible)),
        int(page.locator("article > ul > li").evaluate_all(visible)),
    )


def test_the_filter_by_keyboard(files: dict[int, Path], look: Callable[..., Page]) -> None:
    """A slash leads to the search, which narrows with every word; Escape empties it."""
    page = look(files[500])
    everything = shown(page)
    assert 500 == everything[0]
    page.keyboard.press("/")
    page.keyboard.type("cart-499")
    assert (1, 0) == shown(page)
    page.keyboard.press("Escape")
    page.keyboard.type("cart-498 preStop")
    assert (1, 1) == shown(page)
    assert "1 of 500 workloads, 1 of" in page.locator("#shown").inner_text()
    page.keyboard.press("Escape")
    assert everything == shown(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert "warning" == page.evaluate("document.activeElement.value")
    findings = page.locator("article > ul > li:not([hidden]) > p:first-child > b")
    assert {"warning"} == set(findings.all_text_contents())
    page.keyboard.press("Space")
    assert everything == shown(page)


def test_the_filter_by_rule(files: dict[int, Path], look: Callable[..., Page]) -> None:
    """Findings of any chosen rule are shown, a button shows all again, and the page says when there are none."""
    page = look(files[500])
    everything = shown(page)
    numbers = {}
    for rule in ("PRB101", "PRB403"):
        box = page.locator(f'input[value="{rule}"]')
        box.check()
        numbers[rule] = shown(page)[1]
        box.uncheck()
    assert all(
        number == int(page.locator(f'label:has([value="{rule}"]) .number').inner_text())
        for rule, number in numbers.items()
    )
    for rule in numbers:
        page.locator(f'input[value="{rule}"]').check()
    assert sum(numbers.values()) == shown(page)[1]
    page.locator("#search").fill("no such workload")
    assert (0, 0) == shown(page)
    assert page.locator("#nothing").is_visible()
    page.get_by_role("button", name="Show all").click()
    page.locator("#nothing").wait_for(state="hidden")
    assert everything == shown(page)


def test_a_filtered_page_has_an_address(files: dict[int, Path], look: Callable[..., Page]) -> None:
    """Opening it shows the same findings."""
    page = look(files[500])
    page.locator("#search").fill("cart-1")
    page.locator('input[value="PRB101"]').check()
    filtered = shown(page)
    assert page.url.endswith("#search=cart-1&rule=PRB101")
    page.reload()
    assert filtered == shown(page)


def test_shared_texts_are_read_in_their_place(files: dict[int, Path], look: Callable[..., Page]) -> None:
    """With JavaScript no finding has to be looked up, and all of them can be searched by their fix."""
    page = look(files[500])
    assert 0 == page.locator('article a[href^="#t-"]').count()
    page.locator("#search").fill("lifecycle.preStop.sleep.seconds: 5")
    assert shown(page)[1] == int(page.locator('label:has([value="PRB403"]) .number').inner_text())


def test_paper_shows_what_is_folded(files: dict[int, Path], look: Callable[..., Page]) -> None:
    """Timelines are open while the page is printed, and the filter is not there."""
    page = look(files[1])
    page.locator("article details").first.evaluate("details => { details.open = false; }")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("article svg").first.is_visible()
    assert not page.locator("#filter").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.locator("article svg").first.is_visible()
