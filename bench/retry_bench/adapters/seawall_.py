"""Seawall itself."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

from seawall import __version__
from seawall.engine import check
from seawall.graph import CLASSES

from ..cases import ENDLESS, LIMIT, LOOP, OVER, Case
from ..scoring import Told

NAME = "Seawall"
_HAZARDS = {"stacked-retries": OVER, "excessive-retries": OVER, "unbounded-retry": ENDLESS, "retry-loop": LOOP}


def about() -> str:
    """Which version, and how it is asked."""
    return f"{__version__}, `check`, {LIMIT} runs allowed"


def run(cases: Iterable[Case]) -> dict[str, Told]:
    """What it tells."""
    return {case.id: _told(case) for case in cases}


def _told(case: Case) -> Told:
    with tempfile.TemporaryDirectory() as folder:
        for name, body in case.templates.items():
            (Path(folder) / name).write_text(json.dumps(body), "utf-8")
        report = check(folder, max_attempts=LIMIT)
        counts = report.analysis.attempts
        runs = {
            (site.place.address.logical_id, failure.value): counts.of(site.id, failure).max
            for site in report.analysis.flow.sites.values()
            if site.place is not None and site.kind == "function"
            for failure in CLASSES
        }
    rules = {finding.rule for finding in report.findings if finding.rule in _HAZARDS and finding.severity.value > 1}
    return Told(frozenset(_HAZARDS[rule] for rule in rules), tuple(sorted(rules)), runs)
