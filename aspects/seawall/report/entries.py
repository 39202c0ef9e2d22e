"""Findings as every format shows them: open ones first, then those that somebody has acknowledged."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from seawall.engine import Report
from seawall.paths import below
from seawall.rules import Acknowledgement, Confidence, Finding, Mark
from seawall.rules.fingerprint import fingerprints
from seawall.template import App
from seawall.words import several

from .places import Location, locate


class Entry(Struct, frozen=True):
    """One finding, with what a format needs to show it."""

    finding: Finding
    fingerprint: str
    at: Location
    accepted: Acknowledgement | None = None
    """By whom and why it is accepted; None while it is open."""

    @property
    def headline(self) -> str:
        """The number or the fact, in one line."""
        return self.finding.headline

    @property
    def facts(self) -> tuple[str, ...]:
        """What follows the headline, line by line: factors, assumptions, further sites, confidence."""
        finding = self.finding
        lines = list(finding.lines)
        if finding.also:
            lines.append(f"also: {several(finding.also)}")
        if finding.confidence is not Confidence.HIGH:
            lines.append(f"confidence: {finding.confidence.value}")
        return tuple(lines)

    @property
    def fix(self) -> str:
        """What to do, in one line; empty where nothing is proposed."""
        return " ".join(self.finding.fix.split())

    @property
    def reason(self) -> str:
        """Why it is accepted; empty while it is open."""
        return "" if self.accepted is None else self.accepted.reason or "no reason given"

    @property
    def status(self) -> str:
        """`open` or `acknowledged`."""
        return "open" if self.accepted is None else "acknowledged"


def entries(report: Report) -> tuple[Entry, ...]:
    """Every finding of `report` in its order, the acknowledged ones last."""
    every = [*report.findings, *(suppression.finding for suppression in report.suppressed)]
    prints = fingerprints(report.app, every)
    reasons: Sequence[Acknowledgement | None] = [
        *(None for _ in report.findings),
        *(suppression.by for suppression in report.suppressed),
    ]
    return tuple(
        Entry(finding, prints[id(finding)], locate(report.app, finding.place), accepted)
        for finding, accepted in zip(every, reasons, strict=True)
    )


def hop_words(mark: Mark, first: bool) -> str:
    """What one station of a trace says: the tries that lead to it, and what decides them."""
    if first and not mark.hop:
        return "the event comes in here"
    note = mark.note or mark.hop
    if mark.tries is None:
        said = f"no count of tries: {note}"
    elif mark.tries == 1:
        said = f"1 try: {note}" if note else "1 try"
    else:
        said = f"{mark.tries:,} tries: {note}"
    return said if mark.awaits else f"{said}, handed off"


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
    return f"{_with_line(below(at.source.file), at.source.line)} ({at.in_template})"


def _with_line(file: str, line: int | None) -> str:
    return file if line is None else f"{file}:{line}"
