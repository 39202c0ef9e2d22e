"""Findings, worst first: what is wrong, the factors, what to do, and how to accept it."""

from __future__ import annotations

from itertools import islice

from seawall.rules import Severity
from seawall.words import plural

from ..acknowledging import how_to_acknowledge
from ..entries import Entry, shown_place
from .elements import Safe, join, tag
from .overlap import overlap
from .parts import badge, block, code, folded, left_out, name, site
from .path_diagram import path
from .verdict import anchor
from .view import ReportView, Section

_WHOLE = 150
"""Findings shown with everything; of the rest, each its first line, place and reason."""


def section(view: ReportView) -> Section | None:
    """Open findings by severity."""
    found = list(view.open)
    if not found:
        return None
    whole = {id(entry) for entry in islice(found, _WHOLE)}
    body: list[Safe] = []
    for severity in sorted(Severity, reverse=True):
        mine = [entry for entry in found if entry.finding.severity is severity]
        if mine:
            body.append(tag("h3", f"{severity.word.capitalize()}s ", tag("span", f"{len(mine):,}", class_="count")))
            body += [card(view, entry, id(entry) in whole) for entry in mine]
    body.append(_shortened(len(found)))
    return Section("findings", "Findings", len(found), join(body))


def acknowledged(view: ReportView) -> Section | None:
    """Findings that somebody has accepted, each with the reason."""
    found = list(view.accepted)
    if not found:
        return None
    cards = [card(view, entry, number < _WHOLE) for number, entry in enumerate(found)]
    return Section("acknowledged", "Acknowledged", len(found), join(cards, _shortened(len(found))))


def _shortened(found: int) -> Safe:
    where = "Their first lines are here, the rest with --format json."
    return left_out(found - _WHOLE, "finding", where, of="the details of ")


def card(view: ReportView, entry: Entry, whole: bool = True) -> Safe:
    """One finding."""
    finding = entry.finding
    accepted = None
    if entry.accepted is not None:
        accepted = tag("p", tag("b", f"Acknowledged ({entry.accepted.by}): "), tag("span", entry.reason, class_="why"),
                       class_="reason")  # fmt: skip
    return tag(
        "article",
        tag(
            "p",
            badge(finding.severity.word, finding.severity.word),
            tag("a", finding.rule, href=f"#{anchor(entry)}", class_="rule", aria_label=f"{finding.rule}, link to this"),
            class_="tags",
        ),
        tag("h4" if entry.accepted is None else "h3", name(entry.headline), class_="headline"),
        _where(view, entry),
        accepted,
        _details(view, entry) if whole else None,
        class_=f"card finding {finding.severity.word}",
        id=anchor(entry),
        data_severity=finding.severity.word,
        data_rule=finding.rule,
        data_attempts=finding.attempts,
    )


def _where(view: ReportView, entry: Entry) -> Safe:
    place = shown_place(view.report.app, entry.at)
    template = tag("span", name(entry.at.in_template)) if entry.at.source else None
    setting = join(" ", code(entry.at.setting)) if entry.at.setting else None
    return tag("p", code(place), " ", template, " ", _linked(view, entry.finding.site), setting, class_="where")


def _linked(view: ReportView, about: str) -> Safe:
    row = view.rows.get(about)
    return tag("a", site(about), href=f"#{row}") if row else site(about)


def _details(view: ReportView, entry: Entry) -> Safe:
    finding = entry.finding
    accept = how_to_acknowledge(view.report.app, finding) if entry.accepted is None else ""
    parts: list[Safe] = [_facts(entry)]
    if (drawn := overlap(view.report.analysis, finding, anchor(entry))) is not None:
        parts.append(drawn)
    if entry.fix:
        parts.append(tag("p", tag("b", "Fix: "), name(entry.fix), class_="fix"))
    if len(finding.trace) > 1:
        parts.append(folded(f"The path: {plural(len(finding.trace), 'station')}", path(view, entry)))
    if finding.paste:
        parts.append(folded("What to put in its place", block(finding.paste, f"Replacement for {finding.site}")))
    if accept:
        parts.append(
            folded("How to acknowledge it", block(accept, f"Acknowledgement of {finding.rule} at {finding.site}"))
        )
    return join(parts)


def _facts(entry: Entry) -> Safe:
    """Factors and assumptions; the days of a course of events as a course."""
    days = set(entry.finding.events)
    items = [tag("li", name(fact), class_="day" if fact in days else None) for fact in entry.facts]
    return tag("ul", items, class_="facts") if items else join()
