"""From templates to a report: the one way through all layers."""

from __future__ import annotations

from collections.abc import Iterable

from seawall.flow import build
from seawall.retries import analyse
from seawall.rules import Acknowledgement, Context, Settings, judge
from seawall.template import App

from .model import Report


def check(app: App, settings: Settings | None = None, acknowledgements: Iterable[Acknowledgement] = ()) -> Report:
    """Analyse `app` and judge it by the rules that `settings` choose."""
    settings = settings or Settings()
    analysis = analyse(build(app))
    findings, suppressed = judge(Context(app, analysis, settings), acknowledgements)
    return Report(app, analysis, settings, findings, suppressed)
