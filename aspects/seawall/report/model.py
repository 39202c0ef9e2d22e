"""One run's outcome: what every output format renders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from seawall.images.analysis import NOTHING, ImageAnalysis
from seawall.retries import Analysis
from seawall.rules import Finding, Settings, Suppressed
from seawall.template import App

if TYPE_CHECKING:
    from seawall.rules.what_if import Proposal

    from .known import Settled


class Report(Struct, frozen=True):
    """What was analysed and what was found. Findings are ordered worst first, then by site; the order is stable."""

    app: App
    analysis: Analysis
    settings: Settings
    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    images: ImageAnalysis = NOTHING
    """Empty where images were none of the topics."""
    baseline: Settled | None = None
    """What became of the findings that were known before; None where no baseline was given."""
    what_if: tuple[Proposal, ...] | None = None
    """What can be done about the open findings, and what that brings; None where nobody asked."""
