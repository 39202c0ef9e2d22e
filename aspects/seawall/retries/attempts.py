"""How often each site runs, at worst, for one event at one entry.

For a site *x* whose every run fails with one class, a sender that awaits *x* fails as well, so whatever retries the
sender runs *x* again; a sender that hands off is done, so counting starts afresh behind it:

    attempts(x, f) = sum over awaiting hops u -> x of tries(u -> x, f) * attempts(u, f')
                   + sum over hand-offs u -> x of runs(u)

where f' is what u shows when its callee fails with f, and runs(u) is how often u runs when nothing fails. Because
attempts(u, f') does not depend on which callee failed, one pass in topological order gives every site and class.

Three situations break that independence, and their sites are counted on their own, ancestors only: a sender that
both awaits the site and hands events off towards it, dead letters of an unrelated failure, and failure paths that
join ordinary ones. The tests hold both against an enumeration of every single delivery.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from seawall.flow import Flow, reach, topological
from seawall.services import CLASSES, ONCE, FailureClass, Hop, Tries, When

from .count import NONE, ONE, Count
from .plans import Factor, courses

SitesBySignal = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of a figure: a product of factors along the hops from `source`, times the source's own figure."""

    source: str
    shows: str | None
    """The signal that the source shows, so that its attempts count; None where its ordinary runs count."""
    factors: tuple[Factor, ...]
    base: Count
    """The source's own figure."""

    @property
    def amount(self) -> Count:
        """Runs that this term contributes."""
        total = self.base
        for factor in self.factors:
            total = total * Count.of(factor.tries)
        return total


class View(Protocol):
    """What a term needs to know about the sites before it."""

    def base(self, source: str, shows: str | None) -> Count:
        """How often `source` runs."""

    def takes(self, hop: Hop) -> bool:
        """Whether events come over `hop` in the case considered."""

    @property
    def failing(self) -> Mapping[str, Iterable[str]]:
        """Sites known to fail, with the signals they show."""

    @property
    def nominal(self) -> bool:
        """Whether nothing fails, so that a course which ends well is preferred to one that does not."""


def terms(flow: Flow, incoming: Iterable[Hop], signal: str | None, view: View) -> list[Term]:
    """The summands for a site that `incoming` hops lead to and that fails with `signal` (None: succeeds)."""
    found: list[Term] = []
    grouped: dict[str, list[Hop]] = {}
    for hop in incoming:
        if not view.takes(hop):
            continue
        if flow.sites[hop.source].inside is not None or flow.sites[hop.target].inside == hop.source:
            grouped.setdefault(flow.container(hop.source), []).append(hop)
            continue
        shows = _shown(flow, hop, signal)
        found.append(Term(hop.source, shows, (Factor(hop, _tries(hop, signal)),), view.base(hop.source, shows)))
    for container, hops in grouped.items():
        found.extend(_through(flow, container, hops, signal, view))
    return found


def _shown(flow: Flow, hop: Hop, signal: str | None) -> str | None:
    if flow.sites[hop.source].inside is None:
        if hop.when is When.EXHAUSTED:
            return FailureClass.ERROR
        if hop.when is When.FAILURE:
            return signal
    return hop.shown(signal) if hop.awaits and signal is not None else None


def _through(flow: Flow, container: str, hops: Sequence[Hop], signal: str | None, view: View) -> list[Term]:
    """Terms that come through steps of one container: the worst course through its plan."""
    last: dict[str, Hop | None] = {}
    counted: dict[str, str | None] = {}
    for hop in hops:
        if flow.sites[hop.target].inside == hop.source:
            last[hop.target], counted[hop.target] = None, signal
        elif hop.source not in counted or hop.awaits:
            last[hop.source], counted[hop.source] = hop, _shown(flow, hop, signal)
    failing = {
        name: max(signals)
        for name, signals in view.failing.items()
        if name not in counted and flow.sites[name].inside is not None and flow.sites[name].plan is None
    }
    best: list[Term] = []
    for end, course in courses(flow, container, counted, failing).items():
        base = view.base(container, end)
        found = []
        for pick in course.picks:
            onward = last[pick.step]
            tail = () if onward is None else (Factor(onward, _tries(onward, signal)),)
            found.append(Term(container, end, (*pick.factors, *tail), base))
        if view.nominal and end is None:
            return found
        if _total(found).weight > _total(best).weight:
            best = found
    return best


def _tries(hop: Hop, signal: str | None) -> Tries:
    return hop.tries_for(signal) if hop.awaits and signal is not None else ONCE


def _total(summands: Iterable[Term]) -> Count:
    return sum((term.amount for term in summands), NONE)


class EntryAttempts:
    """Runs and attempts of everything that one event at `entry` can reach in an acyclic flow."""

    def __init__(self, flow: Flow, entry: str, order: Mapping[str, int], route: Hop | None = None) -> None:
        self.flow = flow
        self.entry = entry
        self.route = route
        """The one of the entry's alternative hops that the event takes."""
        self._position = order
        self._in_order = tuple(order)
        taken = [hop for hop in flow.out_of(entry) if not hop.alternative or hop is route]
        behind = reach([hop.target for hop in taken], flow.outgoing)
        self.members = sorted({entry, *behind}, key=order.__getitem__)
        self.inside = set(self.members)
        self._incoming = {
            site: [
                hop for hop in flow.into(site) if hop.source in self.inside and (hop.source != entry or hop in taken)
            ]
            for site in self.members
        }
        self._ordinary = self._reached_without_failure()
        self._one_way = self._reached_one_way()
        self._runs: dict[str, Count] = {}
        self._attempts: dict[SitesBySignal, Count] = {}
        self._separate: dict[SitesBySignal, bool] = {}
        for site in self.members:
            self._runs[site] = self._own(site) + _total(self.terms(site, None))
            for signal in CLASSES:
                self._attempts[site, signal] = self._own(site) + _total(self.terms(site, signal))

    def runs(self, site: str) -> Count:
        """Runs when nothing fails, or, where only failures lead, when they do."""
        return self._runs[site]

    def attempts(self, site: str, signal: str) -> Count:
        """Runs at worst when every run of `site` fails with `signal`."""
        if (site, signal) not in self._attempts:  # a refined signal: few, and senders show a plain one soon
            self._attempts[site, signal] = self._own(site) + _total(self.terms(site, signal))
        return self._attempts[site, signal]

    def terms(self, site: str, signal: str | None) -> list[Term]:
        """The summands of a figure; the entry itself adds one more that is not among them."""
        if signal is not None and self.needs_own_count(site, signal):
            return self.case(site, signal).terms(site)
        return terms(self.flow, self._into(site), signal, _Memo(self, site, signal))

    def case(self, site: str, signal: str) -> Case:
        """The case in which every run of `site` fails with `signal` and everything else works.

        Where that leaves open whether an execution fails or succeeds, all fail or all succeed, whichever is worse.
        """
        failed = Case(self, site, signal)
        executions = {name for name in failed.failing if name != site and self.flow.is_execution(name)}
        if not executions:
            return failed
        succeeded = Case(self, site, signal, executions)
        return max(failed, succeeded, key=lambda case: _total(case.terms(site)).weight)

    def _own(self, site: str) -> Count:
        return ONE if site == self.entry else NONE

    def _into(self, site: str) -> list[Hop]:
        return self._incoming[site]

    def _reached_without_failure(self) -> set[str]:
        reached = {self.entry}
        for site in self.members:
            if any(hop.when is When.ALWAYS and hop.source in reached for hop in self._into(site)):
                reached.add(site)
        return reached

    def _reached_one_way(self) -> set[str]:
        """Sites that a single chain of ordinary hops leads to: nothing can mix on it."""
        reached: set[str] = set()
        for site in self.members:
            into = self._incoming[site]
            if not into or (len(into) == 1 and into[0].when is When.ALWAYS and into[0].source in reached):
                reached.add(site)
        return reached

    def needs_own_count(self, site: str, signal: str) -> bool:
        """Whether the one-pass figure would mix cases, so that the site is counted on its own."""
        if site in self._one_way or site not in self._ordinary or site == self.entry:
            return False
        if (site, signal) not in self._separate:
            self._separate[site, signal] = self._mixes_cases(site, signal)
        return self._separate[site, signal]

    def _mixes_cases(self, site: str, signal: str) -> bool:
        failing, carried = self._spread(site, signal)
        if any(self.needs_own_count(name, each) for name in failing if name != site for each in failing[name]):
            return True
        earliest = min(self._position[name] for name in failing)
        for name in failing:
            for hop in self._into(name):
                source = hop.source
                if hop.when is When.EXHAUSTED and source in failing:
                    continue
                if hop.when is not When.ALWAYS or source not in self._ordinary:
                    return True
                if hop in carried or self._position[source] < earliest:
                    continue
                if source in failing or self._follows(source, failing, earliest):
                    return True
        return False

    def _follows(self, site: str, failing: Mapping[str, object], earliest: int) -> bool:
        seen, stack = {site}, [site]
        while stack:
            for hop in self._into(stack.pop()):
                if hop.source in failing:
                    return True
                if hop.source not in seen and self._position[hop.source] > earliest:
                    seen.add(hop.source)
                    stack.append(hop.source)
        return False

    def failing(self, site: str, signal: str, succeeding: Collection[str] = ()) -> dict[str, set[str]]:
        """Sites that fail because `site` fails with `signal`, itself included, with the signals they show."""
        return self._spread(site, signal, succeeding)[0]

    def _spread(self, site: str, signal: str, succeeding: Collection[str] = ()) -> tuple[dict[str, set[str]], set[Hop]]:
        """Where a failure spreads to, and the hops that carry it there; not beyond executions that succeed."""
        failing: dict[str, set[str]] = {site: {signal}}
        carried: set[Hop] = set()
        inner: dict[str, dict[str, set[str]]] = {}  # by container: the steps in it that fail, at whatever depth
        pending = [-self._position[site]]
        while pending:  # receivers before senders, so that all steps of a container are known when it is judged
            name = self._in_order[-heapq.heappop(pending)]
            if name in inner:
                failing[name] = set() if name in succeeding else self._ends(name, inner[name])
            for hop in self._into(name) if failing[name] else ():
                if not hop.awaits:
                    continue
                if self.flow.sites[name].inside == hop.source:
                    outward = set[str]()
                    inner.setdefault(hop.source, {}).update(inner.get(name) or {name: failing[name]})
                else:
                    outward = {shown for each in failing[name] if (shown := hop.shown(each)) is not None}
                    if not outward:
                        continue
                carried.add(hop)
                if hop.source not in failing:
                    failing[hop.source] = set()
                    heapq.heappush(pending, -self._position[hop.source])
                failing[hop.source] |= outward
        failing = {name: shown for name, shown in failing.items() if shown}
        return failing, {hop for hop in carried if hop.source in failing}

    def _ends(self, container: str, steps: Mapping[str, set[str]]) -> set[str]:
        """Signals that a container fails with when all of `steps` fail together."""
        ends: set[str] = set()
        for number in range(max(map(len, steps.values()))):
            chosen = {step: sorted(shown)[number % len(shown)] for step, shown in steps.items()}
            ends.update(end for end in courses(self.flow, container, chosen) if end is not None)
        return ends


@dataclass(frozen=True, slots=True)
class _Memo:
    """The usual view: figures of earlier sites are known already."""

    entry: EntryAttempts
    site: str
    signal: str | None

    def base(self, source: str, shows: str | None) -> Count:
        return self.entry.runs(source) if shows is None else self.entry.attempts(source, shows)

    def takes(self, hop: Hop) -> bool:
        ordinary = self.entry._ordinary
        if self.signal is None and self.site in ordinary:
            return hop.when is When.ALWAYS and hop.source in ordinary
        return True

    @property
    def failing(self) -> Mapping[str, Iterable[str]]:
        return {}

    @property
    def nominal(self) -> bool:
        return self.signal is None


class Case:
    """Exact runs of every site when all runs of `site` fail with `signal` and everything else works."""

    def __init__(self, entry: EntryAttempts, site: str, signal: str, succeeding: Collection[str] = ()) -> None:
        self._entry = entry
        self.site = site
        self.failing = entry.failing(site, signal, succeeding)
        self._succeeding = succeeding
        self._failing_containers = {
            entry.flow.container(name) for name in self.failing if entry.flow.sites[name].inside is not None
        }
        self._counts: dict[str, Count] = {}
        ancestors = reach([site], entry.flow.incoming, forward=False) & entry.inside
        for name in entry.members:
            if name == site:
                break
            if name in ancestors:
                self._counts[name] = entry._own(name) + _total(self.terms(name))

    def terms(self, site: str) -> list[Term]:
        """The summands for `site`, whose senders must have been counted."""
        signals: Sequence[str | None] = sorted(self.failing.get(site, ())) or [None]
        options = [terms(self._entry.flow, self._entry._into(site), signal, self) for signal in signals]
        return max(options, key=lambda option: _total(option).weight)

    def base(self, source: str, shows: str | None) -> Count:
        """Runs of `source` in this case; of an execution, if it ends so in this case."""
        execution = source != self.site and self._entry.flow.is_execution(source)
        otherwise = self._succeeding if shows is not None else self.failing
        return NONE if execution and source in otherwise else self._counts[source]

    def takes(self, hop: Hop) -> bool:
        """Ordinary hops, and those on failure whose sender fails in this case."""
        if hop.when is When.ALWAYS or hop.source in self.failing:
            return True
        return self._entry.flow.container(hop.source) in self._failing_containers

    @property
    def nominal(self) -> bool:
        """Something fails."""
        return False

    @cached_property
    def everywhere(self) -> Mapping[str, Count]:
        """Runs of every site, those behind the failing one included."""
        for name in self._entry.members:
            if name not in self._counts:
                self._counts[name] = self._entry._own(name) + _total(self.terms(name))
        return self._counts


def ordinary_runs(entry: EntryAttempts, hops: Sequence[Hop]) -> Count:
    """Events that come over `hops` when nothing fails."""
    return _total(terms(entry.flow, hops, None, _Memo(entry, hops[0].target, None)))


def _routes(flow: Flow, entry: str) -> Sequence[Hop | None]:
    return [hop for hop in flow.out_of(entry) if hop.alternative] or [None]


class Attempts:
    """Runs and attempts of a whole flow without cycles: at worst over its entries."""

    def __init__(self, flow: Flow, entries: Iterable[str]) -> None:
        self.flow = flow
        order = {site: number for number, site in enumerate(topological(flow))}
        self.entries = tuple(
            EntryAttempts(flow, entry, order, route) for entry in entries for route in _routes(flow, entry)
        )
        self._by_site: dict[str, list[EntryAttempts]] = {}
        for found in self.entries:
            for site in found.members:
                self._by_site.setdefault(site, []).append(found)

    def worst(self, site: str, signal: str) -> tuple[Count, EntryAttempts]:
        """The figure of `site` and the entry it comes from; among equals the first entry."""
        return max(
            ((found.attempts(site, signal), found) for found in self._by_site[site]),
            key=lambda pair: pair[0].weight,
        )

    def of(self, site: str, signal: str) -> Count:
        """How often `site` runs at worst for one event, if every run of it fails with `signal`."""
        return self.worst(site, signal)[0]
