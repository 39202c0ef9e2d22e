"""What fails a run: findings from a severity on, and gaps where that is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from seawall.graph import Gap

from .model import Finding, Severity


class FailOn(StrEnum):
    """What `--fail-on` takes."""

    ERROR = "error"
    WARNING = "warning"
    UNKNOWN = "unknown"
    """Errors, and gaps that could touch a figure."""
    WARNING_UNKNOWN = "warning,unknown"
    NEVER = "never"

    @classmethod
    def _missing_(cls, value: object) -> FailOn | None:
        """Combinations in any order: ``error,unknown`` is ``unknown``."""
        words = sorted({word.strip() for word in value.split(",")}) if isinstance(value, str) else []
        return {"error,unknown": cls.UNKNOWN, "unknown,warning": cls.WARNING_UNKNOWN}.get(",".join(words))

    @property
    def severity(self) -> Severity | None:
        """From which severity on findings fail; None: no finding does."""
        if self is FailOn.NEVER:
            return None
        return Severity.WARNING if self in (FailOn.WARNING, FailOn.WARNING_UNKNOWN) else Severity.ERROR

    @property
    def on_gaps(self) -> bool:
        """Whether gaps fail."""
        return self in (FailOn.UNKNOWN, FailOn.WARNING_UNKNOWN)

    @property
    def said(self) -> str:
        """What fails a check, in words; what it fails goes behind it.

        >>> FailOn.WARNING_UNKNOWN.said
        'findings of severity warning, and gaps that could touch a figure, fail'
        """
        if self.severity is None:
            return "no finding fails"
        gaps = ", and gaps that could touch a figure," if self.on_gaps else ""
        return f"findings of severity {self.severity.word}{gaps} fail"

    def fails(self, findings: Iterable[Finding], gaps: Iterable[Gap] = ()) -> bool:
        """True if one of `findings` is severe enough, or one of `gaps` touches something and gaps are asked about.
        What somebody acknowledged is no failure.
        """
        threshold = self.severity
        if threshold is None:
            return False
        severe = any(finding.severity >= threshold for finding in findings)
        return severe or (self.on_gaps and any(gap.touches for gap in gaps))
