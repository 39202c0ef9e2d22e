"""Reports of scenarios and of small templates, as the tests of the rules want them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from seawall.engine import Report, report_of
from seawall.rules import Acknowledgement, Finding
from seawall.settings import Settings
from seawall.template import load

SCENARIOS = Path(__file__).parent.parent / "scenarios"
SILENT = tuple(sorted(path.stem for path in SCENARIOS.glob("silent-*.json")))
ALL = tuple(sorted(path.stem for path in SCENARIOS.glob("*.json")))

Raw = dict[str, Any]


def anew(name: str, acknowledgements: Iterable[Acknowledgement] = (), **settings: Any) -> Report:
    """The report on a scenario, for tests that change what judges it."""
    return report_of(load([SCENARIOS / f"{name}.json"]), Settings(**settings), acknowledgements)


_anew = cache(anew)


def scenario(name: str, acknowledgements: Iterable[Acknowledgement] = (), **settings: Any) -> Report:
    """The report on a scenario, judged once for all tests."""
    return _anew(name, tuple(acknowledgements), **settings)


def body(name: str) -> Raw:
    """A scenario's template, to be changed."""
    return deepcopy(json.loads((SCENARIOS / f"{name}.json").read_text(encoding="utf-8")))


def judged(directory: Path, template: Raw, **settings: Any) -> Report:
    """The report on a template; sites are called ``app/<logical id>``."""
    path = directory / "app.json"
    path.write_text(json.dumps(template, indent=1), encoding="utf-8")
    return report_of(load([path]), Settings(**settings))


def found(report: Report, rule: str) -> list[Finding]:
    """The findings of one rule."""
    return [finding for finding in report.findings if finding.rule == rule]


def only(report: Report, rule: str) -> Finding:
    """The one finding of a rule."""
    (finding,) = found(report, rule)
    return finding


def function(name: str = "app/Worker", failure: str = "error") -> Callable[[Report], int | None]:
    """How to read the attempts of a site off a report."""
    return lambda report: report.analysis.attempts.of(name, failure).max
