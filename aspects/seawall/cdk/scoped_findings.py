"""Scoped findings and gaps: what is reported to the CDK at which construct, each once, however many guards found it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seawall.engine import Report
from seawall.graph import Gap, GapKind
from seawall.rules import GAP, Acknowledgement, Finding
from seawall.rules.run import order
from seawall.rules.unmatched_acknowledgement import RULE as UNMATCHED
from seawall.rules.unmatched_acknowledgement import THE_APP
from seawall.settings import Settings
from seawall.template import App

if TYPE_CHECKING:
    from .synthesis import Synthesis


@dataclass(frozen=True, slots=True)
class GuardedScope:
    """What one guard looks for, and where."""

    settings: Settings
    scopes: tuple[str, ...]
    """Construct paths within which findings are reported."""
    fail_on_gaps: bool = False


@dataclass(frozen=True, slots=True)
class ScopedFinding:
    """A finding to report."""

    finding: Finding
    path: str
    """The construct that it is reported at; empty for the app."""
    fingerprint: str
    accepted: Acknowledgement | None
    """The acknowledgement on a construct that accepts it."""


@dataclass(frozen=True, slots=True)
class ScopedGaps:
    """What was not understood for one cause."""

    why: str
    entries: tuple[Gap, ...]
    path: str
    """The innermost construct around all of them; empty for the app."""
    fails: bool
    """Whether a guard was asked to fail on gaps."""


def scoped_findings(synthesis: Synthesis, cases: Sequence[GuardedScope]) -> list[ScopedFinding]:
    """What is to be said about a synthesis, apart from what was said about it before.

    A finding that the template's own metadata accepts is left out: the CDK cannot be told of it.
    """
    found = []
    for case, report in [(case, synthesis.report(case.settings)) for case in cases]:
        fingerprints = synthesis.fingerprints(report)
        for finding, by in _all(report):
            path = path_of(synthesis.app, finding)
            if not within(case.scopes, path) or (by is not None and by.by != "acknowledgement"):
                continue
            if finding.rule == UNMATCHED.id and _matched(synthesis, finding):
                continue
            if synthesis.first_time((finding.rule, finding.site, finding.place, finding.headline)):
                found.append(ScopedFinding(finding, path, fingerprints[id(finding)], by))
    return sorted(found, key=lambda each: (each.accepted is not None, order(each.finding)))


def scoped_gaps(synthesis: Synthesis, cases: Sequence[GuardedScope]) -> list[ScopedGaps]:
    """What could not be understood within the scopes of `cases`, by cause: the most frequent cause first."""
    groups: dict[tuple[bool, str], list[tuple[str, Gap]]] = {}
    for case in sorted(cases, key=lambda case: not case.fail_on_gaps):
        for entry in _gaps(synthesis.report(case.settings), case):
            path = _gap_path(synthesis.app, entry)
            if within(case.scopes, path) and synthesis.first_time((GAP, entry.site, entry.property, entry.why)):
                groups.setdefault((case.fail_on_gaps, entry.why), []).append((path, entry))
    found = [
        ScopedGaps(why, tuple(entry for _, entry in each), common_scope(path for path, _ in each), fails)
        for (fails, why), each in groups.items()
    ]
    return sorted(found, key=lambda gaps: (not gaps.fails, -len(gaps.entries), gaps.why))


def _gaps(report: Report, case: GuardedScope) -> Iterator[Gap]:
    """The gaps in what a guard is about; of images only where it is to fail on them: a rule of their own tells them."""
    taken = [each.gap for each in report.accepted_gaps if each.by.by != "acknowledgement"]
    for gap in (*report.analysis.flow.unknown, *report.images.gaps):
        image = gap.what is GapKind.IMAGE
        wanted = case.settings.about("images" if image else "retries") and (case.fail_on_gaps or not image)
        if wanted and gap not in taken:
            yield gap


def _gap_path(app: App, entry: Gap) -> str:
    resource = app.resource(entry.place.address) if entry.place else None
    template = app.templates.get(entry.place.address.template) if entry.place else None
    return (resource and resource.construct_path) or (template and template.construct_path) or ""


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
    """Whether an acknowledgement that one guard sees no use of accepts what another one finds, or a gap."""
    if finding.shape[0] == GAP:
        report = next(iter(synthesis.reports.values()))
        where = path_of(synthesis.app, finding)
        return any(around(where, _gap_path(synthesis.app, entry)) for entry in report.analysis.flow.unknown)
    stated = Acknowledgement(finding.shape[0], "", path_of(synthesis.app, finding))
    return any(
        stated.covers(suppressed.finding, synthesis.app.resource(suppressed.finding.place.address))
        for report in synthesis.reports.values()
        for suppressed in report.suppressed
    )


def around(scope: str, path: str) -> bool:
    """Whether the construct at `path` is the one at `scope` or lies within it.

    >>> around("Prod/Web", "Prod/Web/Queue"), around("Prod/Web", "Prod/WebSocket"), around("", "Prod")
    (True, False, True)
    """
    return not scope or path == scope or path.startswith(f"{scope}/")


def within(scopes: Iterable[str], path: str) -> bool:
    """Whether the construct at `path` lies within one of `scopes`."""
    return any(around(scope, path) for scope in scopes)


def ancestors(path: str) -> Iterable[str]:
    """What lies around the construct at `path`, from the inside to the app.

    >>> list(ancestors("Prod/Web/Queue"))
    ['Prod/Web', 'Prod', '']
    """
    while path:
        path = path.rpartition("/")[0]
        yield path


def widest(given: Iterable[str], every: Collection[str]) -> tuple[str, ...]:
    """The largest scopes that hold the stacks `given` and none of the others in `every`.

    >>> widest(["Prod/Web", "Prod/Work"], ["Prod/Web", "Prod/Work", "Test/Web"])
    ('Prod',)
    """
    given = list(given)
    others = [path for path in every if path not in given]
    found: dict[str, None] = {}
    for path in given:
        wider = [scope for scope in ancestors(path) if not any(around(scope, other) for other in others)]
        found[wider[-1] if wider else path] = None
    return tuple(found)


def common_scope(paths: Iterable[str]) -> str:
    """The innermost scope around the constructs at `paths`.

    >>> common_scope(["Prod/Web/Queue", "Prod/Web/Worker"]), common_scope(["Prod/Web"]), common_scope(["A", "B"])
    ('Prod/Web', 'Prod/Web', '')
    """
    first, *others = dict.fromkeys(paths)
    scopes = [first, *ancestors(first)]
    return next(scope for scope in scopes if all(around(scope, other) for other in others))
