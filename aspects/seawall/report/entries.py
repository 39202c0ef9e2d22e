"""Findings as every format shows them: open ones first, then those that somebody has acknowledged."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from seawall.cost.wording import listed, said
from seawall.engine import Report
from seawall.graph import SiteKind
from seawall.paths import below
from seawall.rules import Acknowledgement, Confidence, Finding, Mark, Severity, StopNow
from seawall.rules.fingerprint import fingerprints
from seawall.template import App
from seawall.words import several

from .deliveries import ASYNCHRONOUS, delivery_words, told_path
from .names import WHOLE, Names
from .places import Location, locate
from .roles import Roles
from .written_edits import Block, blocks_by_part

HANDED_OFF = "the sender does not wait"
"""What is said of a hand-off: failures behind it are not seen by who sent the event."""


class ShownPart(Struct, frozen=True):
    """A part of a fix, with what a format needs to show it: what is asked first, a step, what follows the steps."""

    label: str
    said: str
    """The action, with what it brings."""
    notes: tuple[str, ...]
    blocks: tuple[Block, ...]
    """What to write where."""


class Entry(Struct, frozen=True):
    """One finding, with what a format needs to show it."""

    finding: Finding
    fingerprint: str
    at: Location
    shown: Finding
    """The same, with names as this format shows them."""
    site: str
    """The name of what it is about, as this format shows names everywhere."""
    written: tuple[tuple[Block, ...], ...] = ()
    """What to write where, for each part of its fix."""
    accepted: Acknowledgement | None = None
    """By whom and why it is accepted; None while it is open."""
    owner: str = ""
    """Whose the property is that it stands at; `site` where it stands at no property."""

    @property
    def headline(self) -> str:
        """The number or the fact, in one line."""
        return self.shown.headline

    @property
    def facts(self) -> tuple[str, ...]:
        """What follows the headline, line by line: factors, assumptions, what else it concerns, price."""
        shown = self.shown
        lines = [*shown.facts, *shown.events, *shown.assumptions]
        drawn = {mark.site for mark in shown.trace}
        told = "\n".join((shown.headline, *lines))
        if also := [site for site in shown.also if site not in drawn and not _names(told, site)]:
            lines.append(f"also: {several(also)}")
        if self.price:
            lines.append(f"price: {self.price}")
        return tuple(lines)

    @property
    def details(self) -> tuple[str, ...]:
        """More of them, for who wants to know all."""
        shown = self.shown
        items = () if shown.cost is None else listed(shown.cost)
        unsure = shown.confidence is not Confidence.HIGH
        return (*shown.details, *([f"confidence: {shown.confidence.value}"] if unsure else []), *items)

    @property
    def price(self) -> str:
        """What failing events cost; empty where that is not known or below a dollar, and in notes."""
        cost = self.shown.cost
        return "" if cost is None or self.shown.severity is Severity.NOTE else said(cost)

    @property
    def fix(self) -> str:
        """What to do, in one line; empty where nothing is proposed."""
        return self.shown.fix.text

    @property
    def parts(self) -> tuple[ShownPart, ...]:
        """What to do, in order, as every format shows it."""
        both = zip(self.shown.fix.parts, self.written, strict=True)
        return tuple(ShownPart(part.label, part.said, part.notes, written) for part, written in both)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What to write where to mend it: that of all parts."""
        return tuple(block for blocks_ in self.written for block in blocks_)

    @property
    def stop_now(self) -> StopNow:
        """What ends it in production at once; its `do` is empty where nothing has to."""
        return self.shown.stop_now

    @property
    def reason(self) -> str:
        """Why it is accepted; empty while it is open."""
        return "" if self.accepted is None else self.accepted.reason or "no reason given"

    @property
    def status(self) -> str:
        """`open` or `acknowledged`."""
        return "open" if self.accepted is None else "acknowledged"


def _names(text: str, site: str) -> bool:
    return re.search(rf"(?<![\w/#]){re.escape(site)}(?![\w/#])", text) is not None


def entries(report: Report, names: Names = WHOLE) -> tuple[Entry, ...]:
    """Every finding of `report` in its order, the acknowledged ones last."""
    every = [*report.findings, *(suppression.finding for suppression in report.suppressed)]
    prints = fingerprints(report.app, every)
    reasons: Sequence[Acknowledgement | None] = [
        *(None for _ in report.findings),
        *(suppression.by for suppression in report.suppressed),
    ]
    roles = None if names is WHOLE else Roles.of(report.analysis.flow)
    found: list[Entry] = []
    for finding, accepted in zip(every, reasons, strict=True):
        at, site = locate(report.app, finding.place), names.place(finding.site)
        of_resource = at.resource is not None and bool(at.setting or _queued(report, finding))
        owner = names.place(at.resource.site_id) if at.resource is not None and of_resource else site
        shown, written = _shown(report, names, roles, finding), blocks_by_part(report.app, finding)
        found.append(Entry(finding, prints[id(finding)], at, shown, site, written, accepted, owner))
    return tuple(found)


def _queued(report: Report, finding: Finding) -> bool:
    """Whether it is about what waits in front of a function: the function is what its author knows."""
    site = report.analysis.flow.sites.get(finding.site)
    return site is not None and site.kind == SiteKind.ASYNCHRONOUS_QUEUE


def _shown(report: Report, names: Names, roles: Roles | None, finding: Finding) -> Finding:
    near = names.within(finding)
    shown = replace(names.finding(finding), trace=told_path(report.analysis.flow, near, finding.trace))
    return shown if roles is None else roles.within(near, finding, shown)


def hop_words(mark: Mark, first: bool) -> str:
    """What one station of a trace says: the tries that lead to it, and what decides them."""
    if first and not mark.hop:
        return "the event comes in here"
    note = mark.note or delivery_words(mark.hop)
    if mark.tries is None:
        words = f"no count of tries: {note}"
    elif mark.times == 1:
        words = f"1 try: {note}" if note else "1 try"
    else:
        words = f"{mark.counted}: {note}"
    return words if mark.awaits or note.startswith(ASYNCHRONOUS) else f"{words}, {HANDED_OFF}"


def shown_path(app: App, at: Location) -> str:
    """The file of a location with forward slashes, relative to where the command runs if it lies below; a finding
    that is in no template stands in the first one.
    """
    if at.source is None and at.template not in app.templates:
        return below(next((each.path for each in app.templates.values()), at.path))
    return below(at.file)


def shown_place(app: App, at: Location) -> str:
    """``file:line``, the file as `shown_path` gives it."""
    return _with_line(shown_path(app, at), at.file_line)


def in_file(at: Location) -> str:
    """``file:line``, for a person who wants to open it; behind the author's line the one in the template."""
    if at.source is None:
        return _with_line(at.path, at.line)
    written = _with_line(below(at.source.file), at.file_line)
    if below(at.source.file) == below(at.path):
        return written  # code in the template itself
    return f"{written} ({at.in_template})"


def _with_line(file: str, line: int | None) -> str:
    return file if line is None else f"{file}:{line}"
