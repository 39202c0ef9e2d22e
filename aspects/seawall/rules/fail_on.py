"""From which severity on findings are a failure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from . import Finding, Severity


class FailOn(StrEnum):
    """What `--fail-on` takes."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"

    def fails(self, findings: Iterable[Finding]) -> bool:
        """True if one of `findings` is severe enough. Those that somebody acknowledged are no failure."""
        if self is FailOn.NEVER:
            return False
        threshold = Severity[self.name]
        return any(finding.severity >= threshold for finding in findings)
