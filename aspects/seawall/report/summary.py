"""A report in one sentence."""

from __future__ import annotations

from dataclasses import dataclass

from seawall.rules import Severity

from .model import Report
from .words import plural


@dataclass(frozen=True, slots=True)
class Summary:
    """How much was looked at and how much was found."""

    templates: int
    resources: int
    sites: int
    hops: int
    images: int
    """Uses of images in private registries, those of which nothing is known included."""
    unknown: int
    skipped: int
    errors: int
    warnings: int
    notes: int
    acknowledged: int

    @classmethod
    def of(cls, report: Report) -> Summary:
        """Count what is in `report`."""
        by_severity = dict.fromkeys(Severity, 0)
        for finding in report.findings:
            by_severity[finding.severity] += 1
        flow = report.analysis.flow
        return cls(
            templates=len(report.app.templates),
            resources=sum(1 for _ in report.app.resources()),
            sites=len(flow.sites),
            hops=len(flow.hops),
            images=len(report.images.used) + len(report.images.elsewhere),
            unknown=len(flow.unknown),
            skipped=len(report.app.skipped),
            errors=by_severity[Severity.ERROR],
            warnings=by_severity[Severity.WARNING],
            notes=by_severity[Severity.NOTE],
            acknowledged=len(report.suppressed),
        )

    @property
    def inputs(self) -> str:
        """What was looked at."""
        counted = [
            plural(self.templates, "template"),
            plural(self.resources, "resource"),
            plural(self.sites, "site"),
            plural(self.hops, "hop"),
            *([plural(self.images, "image") + " in use"] if self.images else []),
            f"{self.unknown:,} unknown",
        ]
        return ", ".join(counted + ([f"{self.skipped:,} skipped"] if self.skipped else []))

    @property
    def outcome(self) -> str:
        """What was found."""
        counted = (plural(self.errors, "error"), plural(self.warnings, "warning"), plural(self.notes, "note"))
        return f"{', '.join(counted)}, {self.acknowledged:,} acknowledged"
