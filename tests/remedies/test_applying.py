"""The contract of fixes: each is made in its template and the app judged again. What it promises comes out, what it is
for is gone, and whatever appears or gets worse with it is named as its side effect.

`make fixes` does the same for a folder of templates (SEAWALL_FIXES).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from seawall.engine import Report, report_of
from seawall.remedies.applying import applied
from seawall.remedies.definitions import UneditableError
from seawall.remedies.search import Edit
from seawall.remedies.work import work_behind
from seawall.rules import Finding
from seawall.side_effects import side_effects
from seawall.template import App, InputError, NothingFound, load

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.json"))
COUNTED = ("stacked-retries", "excessive-retries", "unbounded-retry")
CODE = {"retry-loop"}
"""Rules whose fix is a change of code: no template shows it."""


def edits(finding: Finding) -> list[Edit]:
    return [edit for change in finding.changes for edit in change.edits]


def mended(report: Report, finding: Finding) -> Report:
    return report_of(applied(report.app, edits(finding)), report.settings)


def promised(finding: Finding) -> int | None:
    """The figure that the last change brings."""
    effects = [change.effect for change in finding.changes if "->" in change.effect]
    last = effects[-1].rpartition("->")[2].strip().replace(",", "") if effects and finding.rule in COUNTED else ""
    return int(last) if last.isdecimal() else None


def site_of(report: Report, finding: Finding) -> str:
    """The code whose runs are counted."""
    if finding.rule == "stacked-retries" or len(finding.trace) < 2:
        return finding.site
    source, target = finding.trace[-2].site, finding.trace[-1].site
    hop = next(hop for hop in report.analysis.flow.into(target) if hop.source == source)
    return work_behind(report.analysis, hop) or target


def kept(report: Report, finding: Finding) -> Iterator[str]:
    """What is wrong with a fix."""
    after = mended(report, finding)
    wanted = promised(finding)
    if wanted is not None and finding.failure is not None:
        found = after.analysis.attempts.of(site_of(report, finding), finding.failure).value
        if found != wanted:
            yield f"promises {wanted}, brings {found}"
    places = {(one.rule, one.site, one.place, one.shape) for one in after.findings}
    if (finding.rule, finding.site, finding.place, finding.shape) in places and finding.rule != "group-blocked":
        yield "is still found"
    unnamed = set(side_effects(report, after)) - set(finding.side_effects)
    yield from (f"does not name: {line}" for line in sorted(unnamed))


def broken(app: App) -> Iterator[str]:
    report = report_of(app)
    for finding in report.findings:
        try:
            wrong = list(kept(report, finding)) if finding.changes else []
        except UneditableError as error:
            wrong = [] if finding.rule in CODE else [str(error)]
        yield from (f"{finding.rule} at {finding.site}: {each}" for each in wrong)


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_a_fix_brings_what_it_promises_and_names_what_else_it_brings(file: Path) -> None:
    assert list(broken(load([file]))) == []


def given() -> list[Path]:
    folder = os.environ.get("SEAWALL_FIXES")
    return (
        sorted(each for each in Path(folder).rglob("*") if each.suffix in (".json", ".yaml", ".yml")) if folder else []
    )


@pytest.mark.skipif(not given(), reason="`make fixes` names a folder of templates")
def test_the_same_for_every_template_of_a_folder() -> None:
    found: list[str] = []
    for path in given():
        try:
            app = load([path])
        except (InputError, NothingFound):
            continue
        found += (f"{path.name}: {each}" for each in broken(app))
    assert found == []
