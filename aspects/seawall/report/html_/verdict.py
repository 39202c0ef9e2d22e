"""What comes first: the verdict, the worst number in one sentence, and the path that it comes from."""

from __future__ import annotations

from seawall.retries import Analysis, Figure
from seawall.retries.wording import derivation, number
from seawall.rules.wording import trace
from seawall.words import plural

from ..entries import Entry
from ..figures import EXPLAINED
from ..summary import Summary
from .elements import Safe, join, tag
from .parts import name
from .path_diagram import drawn, path
from .view import ReportView


def verdict(view: ReportView) -> Safe:
    """The head of the page."""
    report = view.report
    summary = Summary.of(report)
    fails = view.screen.fail_on.fails(report.findings, report.gaps)
    worst = worst_figure(report.analysis)
    first = next(view.open, None)
    gate = f"{view.screen.fail_on.said} the check"
    others = f" {summary.others}." if summary.others else ""
    looked_at = f"Looked at {summary.inputs}; {gate}.{others}"
    state = "fails" if fails else "passes" if not summary.errors + summary.warnings else "passes-with"
    return tag(
        "div",
        tag("h1", "Seawall ", tag("span", "fails" if fails else "passes", class_="word"), f": {_found(summary)}"),
        tag("p", _sentence(first, worst), class_="lead"),
        _numbers(view, worst),
        tag("p", looked_at, class_="inputs"),
        class_=f"verdict {state}",
    )


def worst_path(view: ReportView) -> Safe:
    """The path of the worst finding, or, where there is none, of the worst figure."""
    entry = _worst_entry(view)
    if entry is not None:
        facts = [tag("li", name(fact)) for fact in entry.facts[:3]]
        more = tag("a", "The whole finding, and what to do about it", href=f"#{anchor(entry)}")
        return _worst(path(view, entry), tag("ul", facts, class_="facts"), more)
    worst = worst_figure(view.report.analysis)
    if next(view.open, None) is not None or worst is None or len(worst.main.factors) < 1:
        return join()
    return _worst(tag("p", name(_runs(worst))), drawn(view, trace(worst.main)),
                  tag("ul", tag("li", name(f"{worst.signal}: {derivation(worst)}")), class_="facts"))  # fmt: skip


def _worst_entry(view: ReportView) -> Entry | None:
    """The first finding, if it has a path."""
    first = next(view.open, None)
    return first if first is not None and len(first.finding.trace) > 1 else None


def worst_figure(analysis: Analysis) -> Figure | None:
    """The highest figure of any site that does work, for a class in which its code runs."""
    working = sorted(name for name, site in analysis.flow.sites.items() if site.works and not site.framework)
    pairs = [(name, failure) for name in working for failure in EXPLAINED]
    if not pairs:
        return None
    return analysis.figure(*max(pairs, key=lambda pair: analysis.attempts.of(*pair).weight))


def anchor(entry: Entry) -> str:
    """Where a finding stands on the page."""
    return f"f-{entry.fingerprint}"


def _worst(*content: Safe) -> Safe:
    head = tag("h2", "The worst path", id="h-worst-path")
    return tag("section", head, *content, id="worst-path", class_="card", aria_labelledby="h-worst-path")


def _found(summary: Summary) -> str:
    counted = ((summary.errors, "error"), (summary.warnings, "warning"), (summary.notes, "note"))
    return ", ".join(plural(found, word) for found, word in counted if found) or "nothing found"


def _sentence(first: Entry | None, worst: Figure | None) -> Safe:
    if first is not None:
        word, space, rest = first.headline.partition(" ")
        return name(f"{word.capitalize() if word.isalpha() and word.islower() else word}{space}{rest}")
    return name(_runs(worst)) if worst is not None else join("No code that an event could run again was found.")


def _runs(worst: Figure) -> str:
    times = "once" if worst.count.max == 1 else f"{number(worst.count)} times"
    return f"At worst, one event at {worst.main.entry} runs {worst.site} {times}."


def _numbers(view: ReportView, worst: Figure | None) -> Safe:
    report = view.report
    used = report.images.used
    endangered = sum(each.endangered for each in used)
    images = len(used) + len(report.images.elsewhere)
    numbers = [
        ("runs of one site for one event, at worst", number(worst.count) if worst else "0"),
        ("loops, by which events come round", f"{len(report.analysis.loops):,}"),
        ("things that could not be told", f"{len(report.gaps):,}"),
    ]
    if images:
        numbers.append(("images in use that a rule deletes", f"{endangered:,} of {images:,}"))
    return tag("dl", [tag("div", tag("dt", label), tag("dd", value)) for label, value in numbers], class_="numbers")
