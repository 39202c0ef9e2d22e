"""The report page in a real browser: nothing loaded, nothing complained of, nothing too wide, usable without a mouse.

Needs Playwright and a Chromium on the machine (none is downloaded); the check by axe also needs `npm ci`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from seawall.baseline.entry import BaselineComparison
from seawall.engine import report_of
from seawall.report.format import Screen
from seawall.report.html_.page import render
from seawall.rules import Acknowledgement
from seawall.template import load
from tests.whole import WHOLE

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
if CHROMIUM is None:
    pytest.skip("needs Chromium", allow_module_level=True)

ROOT = Path(__file__).parents[2]
SCENARIOS = [
    ROOT / "tests" / "scenarios" / f"{name}.json"
    for name in (
        "case-02-queue-without-redrive", "case-08-parallel-around-task", "case-11-stream-unbounded", "case-13-requeue",
        "case-13-stated-laps", "case-15-collateral", "image-keep-any", "image-window",
    )
]  # fmt: skip
"""Together they fill every section."""
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
LOOKS = [(360, "light"), (1280, "dark"), (768, "light"), (1280, "light"), (360, "dark"), (768, "dark")]
"""Widths and colours; `make test` is content with the first two, and sees there that nothing is too wide in between."""
UNFOLD = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page on a handful of scenarios together: one finding accepted, a file skipped, a baseline given."""
    accepted = Acknowledgement("stacked-retries", "as it is meant", "case-08-parallel-around-task")
    path = tmp_path_factory.mktemp("page") / "report.html"
    odd = path.with_name("odd")
    odd.mkdir()
    (odd / "odd.json").write_text("{")
    made = report_of(load([*SCENARIOS, odd]), acknowledgements=[accepted])
    assert made.app.skipped
    assert made.suppressed
    path.write_text(
        render(replace(made, baseline=BaselineComparison("baseline.json", 0, (), (), (), ())), Screen()), "utf-8"
    )
    return path.as_uri()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Any, file: str) -> Iterator[Any]:
    """The page at desktop width."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(file)
    yield page
    context.close()


@pytest.mark.parametrize(("width", "scheme"), LOOKS if WHOLE else LOOKS[:2])
def test_it_fits_loads_nothing_and_passes_axe(chromium: Any, file: str, width: int, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file)
    for unfolded, wide in product((False, True), (768, width)):
        page.set_viewport_size({"width": wide, "height": 900})
        if unfolded:
            page.evaluate(UNFOLD)
        root = "document.documentElement"
        assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"), f"wider than {wide} px"
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [file]
    if AXE.exists():
        page.evaluate(AXE.read_text("utf-8"))
        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = page.evaluate("(rules) => axe.run({runOnly: rules})", rules)
        broken = [(each["id"], each["nodes"][0]["html"], len(each["nodes"])) for each in found["violations"]]
        assert broken == []
    context.close()


def test_it_is_whole_without_a_script(chromium: Any, file: str) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(file)
    assert page.locator("h1").is_visible()
    assert page.locator("table.attempts tbody tr").first.is_visible()
    assert not page.locator(".tools").is_visible()
    assert page.locator(".now pre").first.is_visible(), "what to do at once is in sight"
    page.locator("summary", has_text="How to acknowledge it").first.click()
    assert page.locator("details pre").locator("visible=true").count() == 1
    assert page.locator("thead button").count() == 0
    context.close()


def test_the_switch_of_colours_works_without_a_script(chromium: Any, file: str) -> None:
    context = chromium.new_context(java_script_enabled=False, color_scheme="light")
    page = context.new_page()
    page.goto(file)
    seen = []
    for theme in ("auto", "dark", "light"):
        page.locator(f"#theme-{theme}").check(force=True)
        seen.append(page.locator("html").evaluate("(root) => getComputedStyle(root).colorScheme"))
    assert seen == ["light dark", "dark", "light"]
    context.close()


def test_the_chosen_colours_are_remembered(opened: Any) -> None:
    opened.locator("#theme-dark").check(force=True)
    opened.reload()
    assert opened.locator("#theme-dark").is_checked()


def test_tables_are_sorted_by_the_keyboard(opened: Any) -> None:
    heading = opened.locator("table.attempts th", has_text="error").first
    heading.locator("button").focus()
    opened.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    cells = "(rows) => rows.map((row) => row.cells[1].dataset.v ?? row.cells[1].textContent.replaceAll(',', ''))"
    column = [int(value) for value in opened.locator("table.attempts tbody tr").evaluate_all(cells)]
    assert column[0] == 11_520
    assert column == sorted(column, reverse=True)
    opened.keyboard.press("Space")
    assert heading.get_attribute("aria-sort") == "ascending"
    column = [int(value) for value in opened.locator("table.attempts tbody tr").evaluate_all(cells)]
    assert column == sorted(column)
    opened.locator("table.attempts th button", has_text="place").press("Enter")
    assert opened.locator("table.attempts [aria-sort]").all_text_contents() == ["place"]


def test_places_are_found_by_their_name_and_by_what_ends_them(opened: Any) -> None:
    rows = opened.locator("table.attempts tbody tr")
    opened.get_by_label("Find a name").fill("case-15 save")
    shown = opened.locator("table.attempts tbody tr:visible th > .site").all_text_contents()
    assert shown == ["case-15-collateral/Save"]  # the state that calls it has no row of its own
    assert opened.locator(".tools output").text_content() == f"1 of {rows.count()}"
    opened.get_by_label("Find a name").fill("")
    opened.get_by_label("Ends by").select_option("time")
    assert set(opened.locator("table.attempts tbody tr:visible .bound").all_text_contents()) == {"time"}


def test_a_link_opens_what_is_folded_and_shows_what_is_filtered(opened: Any) -> None:
    opened.get_by_label("Find a name").fill("nothing of that name")
    link = opened.locator("article.finding .where a").first
    target = link.get_attribute("href")
    assert not opened.locator(target).is_visible()
    link.click()
    opened.wait_for_function(f"!document.querySelector('{target}').hidden")
    assert opened.locator(target).is_visible()


def test_the_first_stop_of_the_keyboard_skips_to_the_report(opened: Any) -> None:
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.className") == "skip"
    opened.keyboard.press("Enter")
    assert opened.evaluate("document.activeElement.id") == "report"
    opened.keyboard.press("Tab")
    assert opened.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_flow_runs_downwards_on_a_phone_and_rightwards_on_a_desk(opened: Any, tmp_path: Path) -> None:
    (looping,) = (path for path in SCENARIOS if path.stem == "case-13-requeue")
    (tmp_path / "loop.html").write_text(render(report_of(load([looping])), Screen()), "utf-8")
    opened.goto((tmp_path / "loop.html").as_uri())

    def places() -> list[tuple[float, float]]:
        boxes = opened.locator("#worst .box")
        return [(box["x"], box["y"]) for box in (boxes.nth(number).bounding_box() for number in range(boxes.count()))]

    desk = places()
    assert len(desk) == 4
    assert len({y for _, y in desk}) == 1
    assert [x for x, _ in desk] == sorted({x for x, _ in desk})
    opened.set_viewport_size({"width": 360, "height": 800})
    phone = places()
    assert len({x for x, _ in phone}) == 1
    assert [y for _, y in phone] == sorted({y for _, y in phone})
    lane = opened.locator("#worst .lane").bounding_box()
    assert lane["y"] < phone[1][1]
    assert lane["y"] + lane["height"] > phone[-1][1]


def test_paper_shows_what_is_folded_and_hides_what_cannot_be_pressed(opened: Any) -> None:
    opened.emulate_media(media="print")
    opened.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert opened.locator("details:not([open])").count() == 0
    assert not opened.locator(".themes").is_visible()
    assert opened.pdf().startswith(b"%PDF")


def test_nothing_moves_for_who_does_not_want_it(opened: Any) -> None:
    opened.emulate_media(reduced_motion="reduce")
    assert opened.locator("html").evaluate("(root) => getComputedStyle(root).scrollBehavior") == "auto"
