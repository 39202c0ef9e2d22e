"""From templates to a report: the one way through all layers."""

from __future__ import annotations

from collections.abc import Iterable

from seawall.images.analysis import NOTHING
from seawall.retries import Analysis, analyse
from seawall.rules import Acknowledgement, Context, Settings, judge
from seawall.services import build
from seawall.template import App

from .model import Report


def check(
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
    analysis = analysis or analyse(build(app))
    context = Context(app, analysis, settings)
    findings, suppressed = judge(context, acknowledgements)
    images = context.images if settings.about("images") else NOTHING
    return Report(app, analysis, settings, findings, suppressed, images)
