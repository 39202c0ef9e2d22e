"""The one way through all floors: from templates to a report, with what a baseline and a what-if add to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import asdict, replace

from seawall.graph import UnknownWiring
from seawall.images.analysis import NOTHING, ImageAnalysis
from seawall.retries import Analysis, analyse
from seawall.rules import Acknowledgement, Context, Finding, Judged, judge, proposals
from seawall.services import build
from seawall.settings import Settings
from seawall.template import App

if TYPE_CHECKING:
    from seawall.baseline.entry import Baseline, Settled
    from seawall.remedies.what_if import Proposal


class Report(Judged, frozen=True):
    """What was analysed and what was found: what every output format renders."""

    images: ImageAnalysis = NOTHING
    """Empty where images were none of the topics."""
    baseline: Settled | None = None
    """What became of the findings that were known before; None where no baseline was given."""
    what_if: tuple[tuple[Finding, Proposal], ...] | None = None
    """What can be done about the open findings, and what that brings; None where nobody asked."""

    @property
    def gaps(self) -> tuple[UnknownWiring, ...]:
        """Everything that could not be told: settings that nothing resolves, and what is open about images."""
        return (*self.analysis.flow.unknown, *self.images.gaps)


def report_of(
    app: App,
    settings: Settings | None = None,
    acknowledgements: Iterable[Acknowledgement] = (),
    analysis: Analysis | None = None,
) -> Report:
    """Analyse `app` and judge it by the rules that `settings` choose.

    `acknowledgements` come on top of those that the app itself states; `analysis` is that of the same app, if it has
    been made before.
    """
    settings = settings or Settings()
    context = Context(app, analysis or analyse(build(app, settings.reads_code, settings.code_left_out)), settings)
    judged = judge(context, acknowledgements)
    return Report(**asdict(judged), images=context.images if settings.about("images") else NOTHING)


def against(report: Report, baseline: Baseline) -> Report:
    """`report` with what `baseline` covers set apart, and with what it says about the rest."""
    from seawall.baseline.match import settled  # few runs have one

    findings, suppressed, said = settled(report, baseline)
    return replace(report, findings=findings, suppressed=suppressed, baseline=said)


def with_what_if(report: Report) -> Report:
    """`report` with what each fix of an open finding would bring."""
    context = Context(report.app, report.analysis, report.settings)
    return replace(report, what_if=tuple(proposals(context, report.findings)))
