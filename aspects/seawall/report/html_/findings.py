"""Findings, the worst one first and open; of the others each what it is and where, and the rest folded."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from seawall.rules import Severity
from seawall.words import plural, sentence

from ..acknowledging import how_to_acknowledge
from ..entries import Entry, ShownPart, shown_place
from .elements import Safe, join, tag
from .overlap import overlap
from .parts import badge, block, code, folded, left_out, name, site
from .path_diagram import path
from .verdict import anchor
from .view import ReportView, Section

_WHOLE = 150
"""Findings shown with everything; of the rest, each its first line, place and reason."""


def worst(view: ReportView) -> Safe:
    """The first finding with everything: nothing on the page is called worse."""
    first = next(view.open, None)
    if first is None:
        return join()
    head = tag("h2", "The worst", id="h-worst")
    return tag("section", head, card(view, first, opened=True), id="worst", aria_labelledby="h-worst")


def section(view: ReportView) -> Section | None:
    """The other open findings by severity."""
    found = list(view.open)
    if len(found) < 2:
        return None
    whole = {id(entry) for entry in islice(found, _WHOLE)}
    body: list[Safe] = []
    for severity in sorted(Severity, reverse=True):
        mine = [entry for entry in found[1:] if entry.finding.severity is severity]
        if mine:
            body.append(tag("h3", f"{severity.word.capitalize()}s ", tag("span", f"{len(mine):,}", class_="count")))
            body += [card(view, entry, id(entry) in whole) for entry in mine]
    body.append(_shortened(len(found)))
    return Section("findings", "Other findings", len(found) - 1, join(body))


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


def card(view: ReportView, entry: Entry, whole: bool = True, opened: bool = False) -> Safe:
    """One finding; `opened`: with its path and all that is needed to mend it in sight."""
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
        tag("h4" if entry.accepted is None and not opened else "h3", name(sentence(entry.headline)), class_="headline"),
        _where(view, entry),
        accepted,
        _opened(view, entry) if opened else _closed(view, entry) if whole else None,
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
    return tag("p", code(place), " ", template, " ", _linked(view, entry), setting, class_="where")


def _linked(view: ReportView, entry: Entry) -> Safe:
    row = view.rows.get(entry.finding.site) if entry.owner == entry.site else None
    return tag("a", site(entry.owner), href=f"#{row}") if row else site(entry.owner)


def _opened(view: ReportView, entry: Entry) -> Safe:
    parts = [path(view, entry) if len(entry.shown.trace) > 1 else join(), _facts(entry)]
    return join(_stopping(entry), *parts, _drawn(view, entry), _to_do(entry), _rest(view, entry))


def _closed(view: ReportView, entry: Entry) -> Safe:
    """What to do in sight, everything else on demand."""
    trace = path(view, entry) if len(entry.shown.trace) > 1 else join()
    why = folded("Why, and where", trace, _facts(entry), _drawn(view, entry))
    return join(_stopping(entry), _to_do(entry), why, _rest(view, entry))


def _drawn(view: ReportView, entry: Entry) -> Safe | None:
    return overlap(view.report.analysis, entry.finding, anchor(entry))


def _stopping(entry: Entry) -> Safe | None:
    """What to do at once, in one box: step by step, each with its commands in sight, to be copied together."""
    stop = entry.stop_now
    if not stop.do:
        return None
    label = f"Commands for {entry.site}"
    steps = [tag("li", name(step.do), _commands(step.commands, f"{label}: {said}")) for said, step in stop.numbered]
    said = tag("b", f"{sentence(stop.when)}: "), name(stop.do)
    return tag("div", said, tag("ol", steps) if steps else None, class_="fix now")


def _commands(commands: Sequence[str], label: str) -> Safe | None:
    return block("\n".join(commands), label) if commands else None


def _to_do(entry: Entry) -> Safe:
    effects = [tag("li", name(f"side effect: {line}")) for line in entry.shown.side_effects]
    return join(_fix(entry), tag("ul", effects, class_="facts") if effects else None)


def _fix(entry: Entry) -> Safe:
    """What to ask first, then step by step, each with what to write below it, then what to know besides."""
    return join(*(_part(entry, part) for part in entry.parts))


def _part(entry: Entry, part: ShownPart) -> Safe:
    told = tag("ul", (tag("li", name(line)) for line in part.notes), class_="facts") if part.notes else None
    said = tag("div", tag("b", f"{sentence(part.label)}: "), name(part.said), told, class_="fix")
    written = "\n\n".join(each.told for each in part.blocks)
    first = next(each.label for each in entry.parts if each.blocks) if written else ""
    label = f"Edits for {entry.site}" + ("" if part.label == first else f", {part.label}")
    return join(said, folded("What to write, and where", block(written, label)) if written else None)


def _rest(view: ReportView, entry: Entry) -> Safe:
    """What to paste, how to accept it, and all that is known besides."""
    finding = entry.finding
    accept = how_to_acknowledge(view.report.app, finding) if entry.accepted is None else ""
    parts: list[Safe] = []
    if entry.details:
        known = tag("ul", (tag("li", name(line)) for line in entry.details), class_="facts")
        parts.append(folded(f"More: {plural(len(entry.details), 'line')}", known))
    if accept:
        label = f"Acknowledgement of {finding.rule} at {finding.site}"
        parts.append(folded("How to acknowledge it", block(accept, label)))
    return join(parts)


def _facts(entry: Entry) -> Safe:
    """Factors and assumptions; the days of a course of events as a course."""
    days = set(entry.shown.events)
    items = [tag("li", name(fact), class_="day" if fact in days else None) for fact in entry.facts]
    return tag("ul", items, class_="facts") if items else join()
