"""The report page as a file: self-contained, safe against names, in the right order, every figure with its factors."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from seawall.baseline.entry import BaselineComparison, BaselineEntry, Gone
from seawall.baseline.measure import Measure
from seawall.engine import Report, report_of
from seawall.graph import Gap
from seawall.report.format import Screen, format_named
from seawall.report.html_.elements import join, lines, tag
from seawall.report.html_.page import render
from seawall.retries import Count
from seawall.rules import Acknowledgement, Fix, Mark, Severity, Step, StopNow, StopStep, Suppressed
from seawall.rules.fail_on import FailOn
from seawall.template import Skipped, load

from .building import CHARGE, QUEUE, TRACE, finding, report

SCENARIOS = Path(__file__).parents[1] / "scenarios"

EVIL = (
    "<script>alert(1)</script>", "</style><b>", "</script><i>", '"><img src=x onerror=alert(1)>', "' onclick='x",
    "&lt;b&gt;", "a\x1b[31mred", "left\u202eright", "no\x00thing", "-->", "<!--", "${x}",
)  # fmt: skip

VOID = {"br", "input", "link", "meta", "wbr"}


@dataclass
class Element:
    """One element of a parsed page."""

    name: str
    attributes: dict[str, str | None]
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def all(self, name: str = "", class_: str = "") -> Iterator[Element]:
        for child in self.children:
            if isinstance(child, Element):
                if name in ("", child.name) and (not class_ or class_ in (child.attributes.get("class") or "").split()):
                    yield child
                yield from child.all(name, class_)

    def one(self, name: str = "", class_: str = "") -> Element:
        return next(self.all(name, class_))


class Tree(HTMLParser):
    """Parses a page strictly: every element that is opened is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]
        self.feed(text)
        self.close()
        assert self.open == [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), attrs
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().name == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def page(made: Report, screen: Screen | None = None) -> Element:
    return Tree(render(made, screen or Screen())).root


def scenario(name: str) -> Report:
    return report_of(load([SCENARIOS / f"{name}.json"]))


def test_text_is_escaped_where_it_enters_an_element() -> None:
    assert tag("b", "<i>", tag("i", "&")) == "<b>&lt;i&gt;<i>&amp;</i></b>"
    assert tag("a", "x", href='"><b>', hidden=True, title=None) == '<a href="&quot;&gt;&lt;b&gt;" hidden>x</a>'
    assert join("<", [1, None, tag("b", "\x1b")]) == "&lt;1<b>\\x1b</b>"
    assert lines("<a>\n\tb") == "&lt;a&gt;\n\\tb"
    assert tag("p", "<" + tag("b", "x")) == "<p>&lt;&lt;b&gt;x&lt;/b&gt;</p>\n"  # joined to a str, it is text again


def test_the_format_is_found_by_its_name() -> None:
    assert format_named("html").render is render
    assert format_named("html").suffix == ".html"


def test_first_the_verdict_then_the_worst_finding_then_the_rest(tmp_path: Path) -> None:
    accepted = Suppressed(finding(), Acknowledgement("stacked-retries", "paid for", CHARGE))
    unknown = [Gap(QUEUE, "RedrivePolicy", "a parameter")]
    root = page(report(tmp_path, None, [accepted], unknown=unknown, skipped=(Skipped("b.json", "not JSON"),)))
    assert root.one("title").text == "Seawall report"
    assert root.one("h1").text == "Check failed: 1 error"
    assert [section.attributes["id"] for section in root.all("section")] == [
        "worst", "attempts", "flows", "collateral", "unknown", "skipped", "acknowledged",
    ]  # fmt: skip
    assert root.one("section").one(class_="headline").text == "20 runs of Charge for one event at Queue"
    assert "It has not looked at what runs" in root.one(class_="static").text
    assert "not JSON" in next(part for part in root.all("section") if part.attributes["id"] == "skipped").text


def test_the_verdict_is_that_of_the_gate(tmp_path: Path) -> None:
    warning = finding(severity=Severity.WARNING)
    for found, fail_on, word in (
        (finding(), FailOn.ERROR, "Check failed"), (finding(), FailOn.NEVER, "Check passed"),
        (warning, FailOn.ERROR, "Check passed"), (warning, FailOn.WARNING, "Check failed"),
    ):  # fmt: skip
        root = page(report(tmp_path, [found]), Screen(fail_on=fail_on))
        assert root.one("h1").one(class_="word").text == word


def test_without_findings_the_worst_figure_is_the_verdict(tmp_path: Path) -> None:
    root = page(report(tmp_path, []))
    assert root.one("h1").text == "Check passed: nothing found"
    assert "At worst, one event at Queue runs Charge 20 times." in root.one(class_="verdict").text
    worst = root.one("section")
    assert [box.text for box in worst.all(class_="running")] == [
        "running product = 5", "running product = 5", "running product = 20",
    ]  # fmt: skip
    assert "20 = 5 (Queue: maxReceiveCount = 5) x 4 (" in worst.one(class_="facts").text


def test_the_path_is_a_list_in_the_order_of_events(tmp_path: Path) -> None:
    worst = page(report(tmp_path)).one("section")
    assert [box.one(class_="site").text for box in worst.all(class_="box")] == [
        "Queue", "Pipe", "Machine", "Charge",
    ], "a state and the function that it calls are one box"  # fmt: skip
    ways = list(worst.all(class_="way"))
    assert [way.text.strip() for way in ways if "multiplies" in (way.attributes["class"] or "")] == [
        f"× 5maxReceiveCount = 5{Path(tmp_path, 'Webhook.template.json')}:8",  # noqa: RUF001
        f"× 4Retry States.ALL MaxAttempts 3{Path(tmp_path, 'Webhook.template.json')}:28",  # noqa: RUF001
    ]
    assert len(ways) == 3


def test_a_hand_off_is_a_break_and_a_loop_comes_back_with_its_cut() -> None:
    made = scenario("case-13-requeue")
    worst = page(made).one("section")
    handed = [way.text.strip() for way in worst.all(class_="handed")]
    assert [text.partition("tests/")[0] for text in handed] == ["states:StartExecutionthe sender does not wait"]
    assert [total.text.removeprefix("running product ") for total in worst.all(class_="running")] == [
        "= 1", "= 1", "= 4",
    ]  # fmt: skip
    back = worst.one(class_="back")
    assert back.one(class_="lane").attributes["class"] == "lane from-1 to-4"
    assert back.one(class_="returns").text == "back to Queue (when it fails)"
    assert back.one(class_="cut").text == "Cut here: send nothing back to Queue from Task: fail there"
    assert len(list(worst.all(class_="cut"))) == 1
    boxes = list(worst.all(class_="box"))
    assert len(boxes) == 4
    assert boxes[-1].one(class_="kind").text == "function, state Charge", "they have names of their own"


def test_a_path_longer_than_a_drawing_can_be_is_cut_and_says_so(tmp_path: Path) -> None:
    trace = tuple(Mark(f"S/{number}", 1) for number in range(45))
    worst = page(report(tmp_path, [finding(trace=trace)])).one("section")
    assert len(list(worst.all(class_="box"))) == 40
    assert worst.one(class_="left-out").text == "5 further stations not drawn."


def test_a_finding_carries_its_place_its_fix_and_how_to_accept_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    card = page(
        report(tmp_path, [finding(fix=Fix.of("let the queue own the retry", paste='{"a": "<b>"}\nsecond'))])
    ).one("article", "finding")
    assert (card.attributes["data-severity"], card.attributes["data-rule"]) == ("error", "stacked-retries")
    assert card.attributes["data-attempts"] == "20"
    assert re.fullmatch(r"f-[0-9a-f]{24}", card.attributes["id"] or "")
    assert card.one(class_="where").text.split() == ["Webhook.template.json:34", "Charge"]
    assert [fact.text for fact in card.one(class_="facts").all("li")] == [
        "error, timeout, throttle, fault: 5 x 4 = 20", "gives up after 30 min",
    ]  # fmt: skip
    assert card.one(class_="fix").text.startswith("Fix: let the queue own the retry")
    paste, accept = (block.text for block in card.all("pre"))
    assert paste == '{"a": "<b>"}\nsecond'
    assert accept.startswith(
        'Validations.of(<Webhook/Charge>).acknowledge(Acknowledgment(id="Seawall::stacked-retries"'
    )


def test_an_accepted_finding_keeps_everything_but_says_why(tmp_path: Path) -> None:
    accepted = Suppressed(finding(), Acknowledgement("stacked-retries", "paid <for>", CHARGE))
    (card,) = page(report(tmp_path, [], [accepted])).all("article", "finding")
    assert card.one(class_="reason").text == "Acknowledged (acknowledgement): paid <for>"
    assert "How to acknowledge it" not in card.text


def test_every_figure_of_the_table_stands_beside_its_factors() -> None:
    root = page(scenario("case-15-collateral"))
    rows = {row.one("th").one(class_="site").text: row for row in root.one("table", "attempts").one("tbody").all("tr")}
    assert "Machine#Save" not in rows, "a state that only calls a function has no row of its own"
    save = rows["Save"]
    assert "called by Save in Machine" in save.one("th").text
    assert [cell.text for cell in save.all("td")] == ["20", "20", "20", "20", "count", "5 min"]
    assert save.one("ul", "factors").text.strip() == (
        "error, timeout, throttle, service error (5xx): 20 = 5 (Queue: maxReceiveCount = 5) "
        "x 4 (Save in Machine: Retry on any error: 3 retries + the first try = 4)"
    )
    charge = rows["Charge"]
    assert [cell.text for cell in charge.all("td")][:4] == ["5", "5", "5", "5"]
    collateral = root.one("table", "collateral").one("tbody")
    (row,) = (row for row in collateral.all("tr") if row.one("th").text == "Save")
    (again,) = row.one("ul", "again-list").all("p", "figure")
    assert again.text.strip() == "5 runs of"
    assert [part.text.strip() for part in row.one("ul", "chain").all("li")] == ["Charge"]
    assert row.one(class_="factors").text.strip() == "5 (Queue: maxReceiveCount = 5)"


def test_classes_that_differ_have_their_own_factors() -> None:
    """Case 5: the Retry names service faults only, so errors and timeouts run the task once, faults four times."""
    root = page(scenario("case-05-service-faults-only"))
    rows = {row.one("th").one(class_="site").text: row for row in root.one("table", "attempts").one("tbody").all("tr")}
    task = rows["Task"]
    assert [cell.text for cell in task.all("td")][:4] == ["1", "1", "4", "4"]
    assert task.one("ul", "factors").text.startswith("throttle, service error (5xx): 4 (")


def test_what_time_bounds_says_so_and_sorts_by_number() -> None:
    """Case 11: a stream without a count; case 2: kept 4 days, tried every 30 s."""
    stream = page(scenario("case-11-stream-unbounded")).one("table", "attempts").one("tbody")
    cells = [cell for cell in stream.all("td") if cell.text == "until expiry"]
    assert cells
    assert all(cell.attributes["data-v"] == "1" for cell in cells)
    queue = page(scenario("case-02-queue-without-redrive")).one("table", "attempts").one("tbody").one("tr")
    assert [cell.text for cell in queue.all("td")][:5] == ["11,520", "11,520", "11,520", "11,520", "time"]


def test_a_loop_has_its_gain_by_class_and_what_stops_it() -> None:
    (card,) = page(scenario("case-13-requeue")).all("article", "loop")
    facts = {fact.one("dt").text: " ".join(fact.one("dd").text.split()) for fact in card.one("dl").all("div")}
    back = facts["come back for each one sent"]
    assert back.startswith("1 for error, timeout 0 for throttle 4 for service error (5xx)")
    assert "4 (Charge in Machine: Retry on Lambda.ServiceException, " in back
    assert facts["stopped by"] == "nothing in the template"
    assert facts["events"] == "grows without bound: one becomes 4, 16, 64, 256, 1,024, ... (service error (5xx))"
    (stated,) = page(scenario("case-13-stated-laps")).all("article", "loop")
    facts = {fact.one("dt").text: fact.one("dd").text for fact in stated.one("dl").all("div")}
    assert facts["stopped by"] == "the code, after 5 rounds, as stated"
    assert facts["events"] == "1 + 4 + 16 + 64 + 256 + 1,024 = 1,365 in all (service error (5xx))"


def test_an_image_in_danger_has_its_course_drawn_and_told() -> None:
    root = page(scenario("image-keep-any"))
    drawing = root.one("figure", "timeline")
    svg = drawing.one("svg")
    ids = {element.attributes["id"]: element.text for element in svg.all() if "id" in element.attributes}
    assert ids[svg.attributes["aria-labelledby"]] == "v42 is expired on day 1"
    assert ids[svg.attributes["aria-describedby"]] == "6 pushed in 1 day, then the loss, as listed below"
    assert [entry.text.strip() for entry in drawing.one("ol").all("li")] == [
        "day 0: v42 is pushed; Service is deployed with v42",
        "day 1: 5 pushes, pr-101 to pr-105",
        "day 1: rule 1 deletes v42, and Service needs it",
    ]
    assert len(list(svg.all("circle", "loss"))) == 1


def test_the_flow_is_shown_an_entry_at_a_time() -> None:
    flows = next(part for part in page(scenario("case-13-requeue")).all("section") if part.attributes["id"] == "flows")
    (stack,) = flows.all("details", "stack-fold")
    assert "open" in stack.attributes
    assert [entry.one("summary").one("b").text for entry in stack.all("details", "entry-fold")] == ["Queue"]
    leaves = [leaf.one("b").text for leaf in stack.all(class_="leaf")]
    assert leaves == ["Queue", "Trigger", "Machine", "Charge in Machine", "Task", "Queue", "DeadLetters"]
    assert "back: 4 for each one sent (service error (5xx))" in stack.one(class_="loop").text


def test_unknowns_stand_by_cause(tmp_path: Path) -> None:
    unknown = [Gap(QUEUE, f"P{number}", "a parameter") for number in range(3)] + [Gap(CHARGE, "P", "odd")]
    causes = list(page(report(tmp_path, unknown=unknown)).all("section"))[-1].one("details", "fold").all("details")
    assert [" ".join(cause.one("summary").text.split()) for cause in causes] == ["3 a parameter", "1 odd"]


def test_a_baseline_says_what_is_gone(tmp_path: Path) -> None:
    known = BaselineEntry("0" * 24, "stacked-retries", "App/<Gone>", "app.json", Measure(Severity.ERROR, Count(20)))
    settled = BaselineComparison(
        "seawall-baseline.json", 1_200, (), (), (), (Gone(known, "nothing of that name is left"),)
    )
    root = page(replace(report(tmp_path), baseline=settled))
    section = next(part for part in root.all("section") if part.attributes["id"] == "baseline")
    assert section.one("p").text.startswith("seawall-baseline.json covers 1,200 of the findings")
    assert section.one("h3").text.strip() == "Gone: run seawall baseline to drop them"
    assert [item.text.strip() for item in section.all("li")] == [
        "stacked-retries at App/<Gone> nothing of that name is left",
    ]  # fmt: skip


def test_what_there_is_no_room_for_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seawall.report.html_.findings._WHOLE", 2)
    monkeypatch.setattr("seawall.report.html_.attempts._MOST", 1)
    monkeypatch.setattr("seawall.report.html_.unknowns._MOST_CAUSES", 1)
    monkeypatch.setattr("seawall.report.html_.flows._MOST_IN_ONE", 3)
    unknown = [Gap(QUEUE, "P", why) for why in ("a", "b", "c")]
    root = page(report(tmp_path, [finding(attempts=number) for number in range(5)], unknown=unknown))
    assert len(list(root.all("article", "finding"))) == 5
    assert len(list(root.all(class_="fix"))) == 2, "the first one and the next"
    assert len(list(root.one("table", "attempts").one("tbody").all("tr"))) == 1
    said = [part.text.strip() for part in root.all("p", "left-out")]
    assert (
        "Left out for want of room: the details of 3 findings. Their first lines are here, the rest with --format json."
    ) in said
    assert "Left out for want of room: 1 place. --format csv-attempts has them all." in said
    assert "Left out for want of room: 2 causes. --format json has them all." in said
    assert "Left out for want of room: 1 further delivery. --format dot draws everything." in said


def odd_fix(name: str) -> Fix:
    return Fix((Step(name, name, (name,), paste=name), Step(name)), name, name, name)


@pytest.mark.parametrize("evil", EVIL)
def test_names_stay_names_everywhere(tmp_path: Path, evil: str) -> None:
    marks = (TRACE[0], replace(TRACE[1], site=evil, note=evil), replace(TRACE[2], hop=evil), replace(TRACE[0]))
    odd = finding(site=evil, headline=f"{evil} runs", facts=(evil,), fix=odd_fix(evil), also=(evil,), trace=marks)
    accepted = Suppressed(odd, Acknowledgement("stacked-retries", evil, CHARGE))
    made = report(
        tmp_path, [odd], [accepted], unknown=[Gap(evil, evil, evil)], skipped=(Skipped(evil, evil),),
    )  # fmt: skip
    text = render(made, Screen())
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    tame = page(report(
        tmp_path, [replace(odd, site="a", headline="a runs", facts=("a",), fix=odd_fix("a"), also=("a",), trace=tuple(
            replace(mark, site="a" if mark.site == evil else mark.site, note="a" if mark.note == evil else mark.note,
                    hop="a" if mark.hop == evil else mark.hop) for mark in marks))],
        [replace(accepted, by=Acknowledgement("stacked-retries", "a", CHARGE))],
        unknown=[Gap("a", "a", "a")], skipped=(Skipped("a", "a"),),
    ))  # fmt: skip
    root = Tree(text).root
    breaks = {"wbr", "span"}  # where a long name may break, and its stack
    shape = [element.name for element in root.all() if element.name not in breaks]
    assert shape == [element.name for element in tame.all() if element.name not in breaks]
    assert {key for element in root.all() for key in element.attributes if key.startswith("on")} == set()


@pytest.fixture(scope="module")
def everything() -> str:
    """All scenarios as one page."""
    return render(report_of(load(sorted(SCENARIOS.glob("*.json")))), Screen())


def test_the_same_report_gives_the_same_bytes() -> None:
    some = sorted(SCENARIOS.glob("*.json"))[::4]
    assert len({render(report_of(load(some)), Screen()) for _ in range(2)}) == 1


def test_nothing_is_loaded_and_only_the_own_parts_may_run(everything: str) -> None:
    root = Tree(everything).root
    policy = next(meta for meta in root.all("meta") if meta.attributes.get("http-equiv") == "Content-Security-Policy")
    allowed = dict(part.strip().partition(" ")[::2] for part in (policy.attributes["content"] or "").split(";"))
    assert allowed["default-src"] == "'none'"
    for kind in ("style", "script"):
        (part,) = root.all(kind)
        digest = b64encode(sha256(part.text.encode()).digest()).decode()
        assert allowed[f"{kind}-src"] == f"'sha256-{digest}'"
        assert not part.attributes
    for element in root.all():
        assert "style" not in element.attributes
        assert "src" not in element.attributes
        assert (element.attributes.get("href") or "#").startswith(("#", "data:"))
    assert "://" not in re.sub(r"xmlns='http://www.w3.org/2000/svg'", "", root.one("head").text)
    assert "@import" not in everything
    assert "url(" not in root.one("style").text


def test_every_link_leads_somewhere_and_every_id_is_one_of_a_kind(everything: str) -> None:
    root = Tree(everything).root
    ids = [element.attributes["id"] for element in root.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    keys = ("aria-labelledby", "aria-describedby", "data-for")
    referred = [element.attributes[key] for element in root.all() for key in keys if key in element.attributes]
    referred += [(link.attributes["href"] or "").removeprefix("#") for link in root.all("a")]
    assert set(referred) <= set(ids)


def test_headings_and_tables_make_sense_without_the_eye(everything: str) -> None:
    root = Tree(everything).root
    levels = [int(element.name[1]) for element in root.all() if re.fullmatch("h[1-6]", element.name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(level <= before + 1 for before, level in pairwise(levels))
    for table in root.all("table"):
        assert table.one("caption").text
        assert all(cell.attributes.get("scope") in ("col", "row") for cell in table.all("th"))
    for name in ("header", "main", "nav", "footer"):
        assert len(list(root.all(name))) == 1
    assert root.one("html").attributes["lang"] == "en"
    assert root.one("a").attributes == {"href": "#report", "class": "skip"}


def test_what_to_do_at_once_comes_first_and_the_fix_step_by_step(tmp_path: Path) -> None:
    stop = StopNow("the metric rises", steps=(StopStep("disable it", ("aws off",)), StopStep("go on", ("aws on",))))
    fix = Fix((Step("raise the error", "4 -> 0"), Step("catch it")), "does it send?", otherwise="if it is meant")
    worst = page(report(tmp_path, [finding(stop_now=stop, fix=fix)])).one("section")
    (now,) = worst.all(class_="now")
    assert [step.text.split() for step in now.all("li")] == [["disable", "itaws", "off"], ["go", "onaws", "on"]]
    assert [said.text.partition("disable it")[0] for said in worst.all(class_="fix")] == [
        "If it is looping now: the metric rises", "First: does it send?",
        "Fix, step 1 of 2: raise the error (4 -> 0)", "Fix, step 2 of 2: catch it", "Otherwise: if it is meant",
    ]  # fmt: skip
    shown = worst.text
    assert shown.index("the metric rises") < shown.index("maxReceiveCount = 5") < shown.index("does it send?")
