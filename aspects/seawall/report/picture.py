"""The flow as nodes and arrows, ready to be drawn: the retry policy on the arrows, the runs at worst in the nodes.

Sites that nothing leads to or from are left out, and so is what a framework made for its own use. Sites are grouped by
stack. Where the whole is more than a drawing can take, the flows of the worst entries are drawn, as many as fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from seawall.engine import Report
from seawall.graph import FailureClass, Hop, HopKind, Site, When, reach
from seawall.retries import Analysis, Count, Loop
from seawall.rules import GAP, Severity
from seawall.words import plural

from .deliveries import class_words, delivery_words
from .entries import Entry, entries
from .figures import EXPLAINED
from .gap_entries import UNKNOWN, GapEntry, gap_entries
from .names import Names


class DrawnSite(Struct, frozen=True):
    """One site. `id` is a plain word that every language of drawings takes."""

    id: str
    lines: tuple[str, ...]
    """Name, kind, and the runs at worst where something runs."""
    severity: Severity | None
    """Of the worst open finding about it."""


class Arrow(Struct, frozen=True):
    """One or more deliveries from one site to another that look alike."""

    source: str
    target: str
    label: str
    awaits: bool
    back: bool
    """Leads an event back to where it came from."""


class Picture(Struct, frozen=True):
    """What is drawn, and a word on what is not."""

    groups: Mapping[str, tuple[DrawnSite, ...]]
    """Nodes by stack; those of no stack stand under the empty name."""
    arrows: tuple[Arrow, ...]
    findings: tuple[str, ...]
    """Every finding and every gap in a line, for comments."""
    left_out: tuple[str, ...]
    """What was not drawn, a line each."""

    @property
    def captions(self) -> tuple[str, ...]:
        """All of these."""
        return (*self.findings, *self.left_out)


def picture(report: Report, most: int | None = None) -> Picture:
    """The flow of `report`, with `most` arrows if that is given."""
    analysis = report.analysis
    hops = [hop for hop in analysis.flow.hops if not _framework(analysis, hop)]
    joined = {end for hop in hops for end in (hop.source, hop.target)}
    drawn = joined if most is None or len(hops) <= most else _worst(analysis, hops, most)
    hops = [hop for hop in hops if hop.source in drawn and hop.target in drawn]
    ids = {name: f"n{number}" for number, name in enumerate(sorted(drawn), 1)}
    found, names = entries(report), Names.whole(report)
    groups: dict[str, list[DrawnSite]] = {}
    for name in sorted(drawn):
        site = analysis.flow.sites[name]
        stack = _stack(report, site)
        lines = _lines(analysis, names, site, stack)
        groups.setdefault(stack, []).append(DrawnSite(ids[name], lines, _severity(name, found)))
    back = {id(hop): loop for loop in analysis.loops for hop in loop.returns}
    kinds = analysis.flow.sites
    arrows = {_arrow(hop, kinds[hop.source].kind, ids, back.get(id(hop))): None for hop in sorted(hops, key=_order)}
    return Picture(
        {stack: tuple(nodes) for stack, nodes in sorted(groups.items())},
        tuple(arrows),
        (*map(_caption, found), *map(_gap_caption, gap_entries(report))),
        tuple(_left_out(analysis, drawn)),
    )


def _gap_caption(entry: GapEntry) -> str:
    accepted = "" if entry.accepted is None else "acknowledged: "
    reason = f": {entry.reason}" if entry.accepted else ""
    return f"{accepted}{UNKNOWN}[{GAP}] {entry.gap.site} {entry.headline}{reason}"


def _framework(analysis: Analysis, hop: Hop) -> bool:
    sites = analysis.flow.sites
    return sites[hop.source].framework or sites[hop.target].framework


def _worst(analysis: Analysis, hops: Iterable[Hop], most: int) -> set[str]:
    """What can be reached from the entries with the worst figures, as many entries as `most` arrows allow."""
    weights: dict[str, tuple[int, int]] = {}
    for name in analysis.flow.sites:
        for failure in EXPLAINED:
            count, entry = analysis.attempts.worst(name, failure)
            weight = (int(count.bounded_by), count.value)
            weights[entry.entry] = max(weights.get(entry.entry, weight), weight)
    kept = tuple(hops)
    drawn: set[str] = set()
    for entry_name in sorted(weights, key=lambda name: (tuple(-part for part in weights[name]), name)):
        more = drawn | reach([entry_name], analysis.flow.outgoing)
        if sum(hop.source in more and hop.target in more for hop in kept) <= most:
            drawn = more
    return {end for hop in kept for end in (hop.source, hop.target) if {hop.source, hop.target} <= drawn}


def _stack(report: Report, site: Site) -> str:
    template = report.app.templates.get(site.place.address.template) if site.place else None
    return template.stack_name if template else ""


def _lines(analysis: Analysis, names: Names, site: Site, stack: str) -> tuple[str, ...]:
    name, kind = names.beside(site.id, stack), site.kind.replace("-", " ")
    if not site.works:
        return (name, kind)
    counts = {failure: analysis.attempts.of(site.id, failure) for failure in EXPLAINED}
    worst = max(EXPLAINED, key=lambda failure: counts[failure].weight)
    same = len({counts[failure].weight for failure in EXPLAINED}) == 1
    return (name, kind, _runs(counts[worst]) + ("" if same else f" ({class_words(worst)})"))


def _runs(count: Count) -> str:
    if not count.exact:
        return f"at least {plural(count.value, 'run')}"
    return plural(count.value, "run")


def _severity(name: str, found: Iterable[Entry]) -> Severity | None:
    return max(
        (entry.finding.severity for entry in found if entry.accepted is None and entry.finding.site == name),
        default=None,
    )


def _arrow(hop: Hop, kind: str, ids: Mapping[str, str], loop: Loop | None) -> Arrow:
    label = [] if hop.kind == HopKind.STATE else [delivery_words(hop.kind, kind)]
    tries = hop.tries_for(_worst_class(hop))
    if tries.total != 1:
        label.append(f"{'no count of' if tries.total is None else f'{tries.total:,}'} tries: {tries.note}".rstrip(": "))
    if hop.when is not When.ALWAYS:
        label.append("on failure" if hop.when is When.FAILURE else "when tries are spent")
    if loop is not None:
        worst = max(EXPLAINED, key=lambda failure: loop.gain[failure].weight)
        label.append(f"back: {loop.gain[worst].value:,} for each one sent ({class_words(worst)})")
    return Arrow(ids[hop.source], ids[hop.target], ", ".join(label), hop.awaits, loop is not None)


def _worst_class(hop: Hop) -> FailureClass:
    def weight(failure: FailureClass) -> tuple[bool, int]:
        total = hop.tries_for(failure).total
        return (total is None, total or 0)

    return max(EXPLAINED, key=weight)


def _order(hop: Hop) -> tuple[str, str, str, str, bool]:
    return (hop.source, hop.target, hop.kind, hop.when.value, hop.awaits)


def _caption(entry: Entry) -> str:
    said = f"{entry.finding.severity.word}[{entry.finding.rule}] {entry.headline}"
    return said if entry.accepted is None else f"acknowledged: {said}: {entry.reason}"


def _left_out(analysis: Analysis, drawn: set[str]) -> Iterable[str]:
    rest = [site for name, site in analysis.flow.sites.items() if name not in drawn]
    ends = {end for hop in analysis.flow.hops for end in (hop.source, hop.target)}
    framework = sum(site.framework for site in rest)
    alone = sum(site.id not in ends and not site.framework for site in rest)
    further = len(rest) - framework - alone
    if alone:
        yield f"not drawn: {plural(alone, 'place')} that nothing leads to or from"
    if framework:
        yield f"not drawn: {plural(framework, 'place')} of frameworks"
    if further:
        yield f"not drawn: {plural(further, 'place')} in the flows of less affected entries, for want of room"
