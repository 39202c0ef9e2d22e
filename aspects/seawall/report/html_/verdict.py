"""What comes first: the verdict, and how much was looked at."""

from __future__ import annotations

from seawall.retries import Analysis, Figure
from seawall.retries.wording import derivation, number
from seawall.rules.wording import trace

from ..entries import Entry
from ..figures import EXPLAINED
from ..summary import Summary, static
from ..summary import verdict as said
from .elements import Safe, join, tag
from .parts import name
from .path_diagram import drawn
from .view import ReportView


def verdict(view: ReportView) -> Safe:
    """The head of the page."""
    report = view.report
    summary = Summary.of(report)
    told = said(report, view.screen)
    gate = f"{view.screen.fail_on.said} the check"
    others = f" {summary.others}." if summary.others else ""
    state = "fails" if told.fails else "passes" if not summary.errors + summary.warnings else "passes-with"
    return tag(
        "div",
        tag("h1", tag("span", told.word, class_="word"), told.rest),
        tag("p", static(report), class_="static") if summary.found else None,
        tag("p", _known(view)) if not summary.found else None,
        _numbers(view),
        tag("p", f"Looked at {summary.inputs}; {gate}.{others}", class_="inputs"),
        class_=f"verdict {state}",
    )


def worst_figure(view: ReportView) -> Safe:
    """Where nothing was found: the path of the highest figure."""
    worst = highest(view.report.analysis)
    if next(view.open, None) is not None or worst is None or len(worst.main.factors) < 1:
        return join()
    return tag(
        "section",
        tag("h2", "The most runs", id="h-most-runs"),
        drawn(view, trace(worst.main)),
        tag("ul", tag("li", name(view.names.short(f"{worst.signal}: {derivation(worst)}"))), class_="facts"),
        id="most-runs",
        class_="card",
        aria_labelledby="h-most-runs",
    )


def highest(analysis: Analysis) -> Figure | None:
    """The highest figure of any site that does work, for a class in which its code runs."""
    working = sorted(name for name, site in analysis.flow.sites.items() if site.works and not site.framework)
    pairs = [(name, failure) for name in working for failure in EXPLAINED]
    if not pairs:
        return None
    return analysis.figure(*max(pairs, key=lambda pair: analysis.attempts.of(*pair).weight))


def anchor(entry: Entry) -> str:
    """Where a finding stands on the page."""
    return f"f-{entry.fingerprint}"


def _known(view: ReportView) -> Safe:
    worst = highest(view.report.analysis)
    if worst is None:
        return join("No code that an event could run again was found.")
    times = "once" if worst.count.max == 1 else f"{number(worst.count)} times"
    return name(view.names.short(f"At worst, one event at {worst.main.entry} runs {worst.site} {times}."))


def _numbers(view: ReportView) -> Safe:
    """What else there is to know of the whole: nothing that another part calls the worst."""
    report = view.report
    used = report.images.used
    images = len(used) + len(report.images.elsewhere)
    numbers: list[tuple[str, str]] = []
    if loops := len(report.analysis.loops):
        numbers.append((f"cycle{'' if loops == 1 else 's'}, in which events come back", f"{loops:,}"))
    if images:
        endangered = sum(each.endangered for each in used)
        numbers.append(("images in use that a rule deletes", f"{endangered:,} of {images:,}"))
    if report.gaps:
        things = len(report.gaps)
        numbers.append((f"thing{'' if things == 1 else 's'} that could not be told", f"{things:,}"))
    if not numbers:
        return join()
    return tag("dl", [tag("div", tag("dt", label), tag("dd", value)) for label, value in numbers], class_="numbers")
