"""Which findings are reported to the CDK: those in scope, each once, however many guards found it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seawall.engine import Report
from seawall.rules import Acknowledgement, Finding
from seawall.rules.unmatched_acknowledgement import RULE as UNMATCHED
from seawall.rules.unmatched_acknowledgement import THE_APP
from seawall.settings import Settings
from seawall.template import App

from .scopes import within
from .synthesis import Synthesis


@dataclass(frozen=True, slots=True)
class Case:
    """What one guard looks for, and where."""

    settings: Settings
    scopes: tuple[str, ...]
    """Construct paths within which findings are reported."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A finding to report."""

    finding: Finding
    path: str
    """The construct that it is reported at; empty for the app."""
    fingerprint: str
    accepted: Acknowledgement | None
    """The acknowledgement on a construct that accepts it."""


def judged(synthesis: Synthesis, cases: Sequence[Case]) -> list[Charge]:
    """What is to be said about a synthesis, apart from what was said about it before.

    A finding that the template's own metadata accepts is left out: the CDK cannot be told of it.
    """
    charges = []
    for case, report in [(case, synthesis.report(case.settings)) for case in cases]:
        fingerprints = synthesis.fingerprints(report)
        for finding, by in _all(report):
            path = path_of(synthesis.app, finding)
            if not within(case.scopes, path) or (by is not None and by.by != "acknowledgement"):
                continue
            if finding.rule == UNMATCHED.id and _matched(synthesis, finding):
                continue
            if synthesis.first_time((finding.rule, finding.site, finding.place, finding.message.partition("\n")[0])):
                charges.append(Charge(finding, path, fingerprints[id(finding)], by))
    return charges


def path_of(app: App, finding: Finding) -> str:
    """The construct at which a finding is reported; that of its stack where the resource's is not known."""
    if finding.rule == UNMATCHED.id:
        return "" if finding.site == THE_APP else finding.site
    resource, template = app.resource(finding.place.address), app.templates.get(finding.place.address.template)
    return (resource and resource.construct_path) or (template and template.construct_path) or ""


def _all(report: Report) -> Iterator[tuple[Finding, Acknowledgement | None]]:
    for finding in report.findings:
        yield finding, None
    for suppressed in report.suppressed:
        yield suppressed.finding, suppressed.by


def _matched(synthesis: Synthesis, finding: Finding) -> bool:
    """Whether an acknowledgement that one guard sees no use of accepts what another one finds."""
    stated = Acknowledgement(finding.shape[0], "", path_of(synthesis.app, finding))
    return any(
        stated.covers(suppressed.finding, synthesis.app.resource(suppressed.finding.place.address))
        for report in synthesis.reports.values()
        for suppressed in report.suppressed
    )
