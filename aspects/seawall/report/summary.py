"""A report in one sentence."""

from __future__ import annotations

from msgspec import Struct

from seawall.engine import Report
from seawall.graph.gaps import gap_sites
from seawall.rules import Severity
from seawall.words import plural

from .format import Screen

STATIC = "This is a check of the template: it says what can happen at worst. It has not looked at what runs."
"""What a reader in a hurry has to know before all else."""


def static(report: Report) -> str:
    """The sentence that stands before findings; empty where there are none."""
    return STATIC if report.findings else ""


def affected(touched: int, places: int) -> str:
    """What something unknown could change: what is said of how many of the places that handle events.

    >>> affected(4, 16), affected(0, 16)
    ('which may change what is said of 4 of 16 places', 'which changes nothing that is said of events')
    """
    if not touched:
        return "which changes nothing that is said of events"
    return f"which may change what is said of {touched:,} of {plural(places, 'place')}"


class CheckVerdict(Struct, frozen=True):
    """Whether a check failed, and in which words.

    >>> CheckVerdict(True, ": 4 errors").sentence
    'Check failed: 4 errors'
    """

    fails: bool
    rest: str
    """What the sentence goes on with behind `word`."""

    @property
    def word(self) -> str:
        """What it begins with."""
        return "Check failed" if self.fails else "Check passed"

    @property
    def sentence(self) -> str:
        """All of it."""
        return f"{self.word}{self.rest}"


class Summary(Struct, frozen=True):
    """How much was looked at and how much was found."""

    templates: int
    resources: int
    sites: int
    hops: int
    images: int
    """Places that use images of private registries, those of which nothing is known included."""
    unknown: int
    skipped: int
    errors: int
    warnings: int
    notes: int
    acknowledged: int
    baseline: int | None = None
    """Findings that the baseline covers; None where there is none."""
    worse: int = 0
    """Findings among the open ones that the baseline knows as less bad."""
    read_percent: int = 100
    """The share of the sites that nothing unknown could touch."""
    touched: int = 0
    """Sites that something unknown could touch."""
    gone: int = 0
    """Entries of the baseline that match nothing any more."""
    left_out: int = 0
    """Findings that the settings leave out."""

    @classmethod
    def of(cls, report: Report) -> Summary:
        """Count what is in `report`."""
        by_severity = dict.fromkeys(Severity, 0)
        for finding in report.findings:
            by_severity[finding.severity] += 1
        flow, known = report.analysis.flow, report.baseline
        covered = 0 if known is None else known.covered
        return cls(
            templates=len(report.app.templates),
            resources=sum(1 for _ in report.app.resources()),
            sites=len(flow.sites),
            hops=len(flow.hops),
            images=len({(use.site, use.place, use.container) for use in report.images.uses}),
            unknown=len(report.gaps),
            read_percent=report.read_percent,
            touched=len(gap_sites(flow, report.gaps)),
            skipped=len(report.skipped),
            errors=by_severity[Severity.ERROR],
            warnings=by_severity[Severity.WARNING],
            notes=by_severity[Severity.NOTE],
            acknowledged=len(report.suppressed) - covered,
            baseline=None if known is None else known.covered,
            worse=0 if known is None else len(known.worse),
            gone=0 if known is None else len(known.gone),
            left_out=sum(report.left_out.values()),
        )

    @property
    def inputs(self) -> str:
        """What was looked at."""
        counted = [
            plural(self.templates, "template"),
            plural(self.resources, "resource") + ("" if self.sites else ", of which none handles events"),
            *([plural(self.images, "image") + " in use"] if self.images else []),
            f"{plural(self.unknown, 'thing')} unknown, {affected(self.touched, self.sites)}"
            if self.unknown
            else "nothing unknown",
        ]
        return ", ".join(counted + ([plural(self.skipped, "file") + " skipped"] if self.skipped else []))

    @property
    def followed(self) -> str:
        """What events were followed through."""
        return f"Followed events through {plural(self.sites, 'place')} and {plural(self.hops, 'delivery')}"

    @property
    def found(self) -> str:
        """What was found, of what there is anything of: ``4 errors, 5 warnings``; empty where nothing was."""
        counted = ((self.errors, "error"), (self.warnings, "warning"), (self.notes, "note"))
        return ", ".join(plural(number, word) for number, word in counted if number)

    def verdict(self, fails: bool) -> CheckVerdict:
        """The one sentence that every face begins or ends with."""
        if not fails and self.found:
            return CheckVerdict(False, f" with {self.found}")
        return CheckVerdict(fails, f": {self.found or 'nothing found'}")

    @property
    def outcome(self) -> str:
        """What was found, and what is accepted."""
        return ", ".join(filter(None, (self.found or "nothing found", self.others)))

    @property
    def others(self) -> str:
        """What is accepted, in the baseline or left out; empty where nothing is."""
        accepted = [f"{self.acknowledged:,} acknowledged"] if self.acknowledged else []
        return ", ".join([*accepted, *self._baseline(), *self._settings()])

    def _settings(self) -> list[str]:
        return [f"{self.left_out:,} left out by settings"] if self.left_out else []

    def _baseline(self) -> list[str]:
        if self.baseline is None:
            return []
        said = [f"{self.baseline:,} in the baseline"]
        said += [f"{self.worse:,} worse than there"] if self.worse else []
        return said + ([f"{self.gone:,} gone from it"] if self.gone else [])


def verdict(report: Report, screen: Screen) -> CheckVerdict:
    """Whether the check failed, in a sentence."""
    fails = bool(report.broken) or screen.fail_on.fails(report.findings, report.gaps)
    said = Summary.of(report).verdict(fails)
    only_gaps = fails and not report.broken and not screen.fail_on.fails(report.findings)
    return CheckVerdict(fails, f"{said.rest}, and what is unknown could change a figure") if only_gaps else said
