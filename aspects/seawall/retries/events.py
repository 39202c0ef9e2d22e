"""What one event at an entry does at worst, where not every hop can be taken by the same event.

One pass with every hop on is an upper bound, and the answer for every site that no two hops lead to which exclude each
other. A *contested* site is counted once per class of events, options and worlds, its ancestors only; the class that
wins is the *witness*. Where the classes are too many to count each, the worst one is searched for: what leaves most
open is an upper bound for all that fixes more, so that only what may still be worst is looked into. Where the search
ends before, or too much was counted already, the least bound found is the figure, and it is marked *at most*.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from heapq import heappop, heappush
from itertools import product
from typing import Any

from msgspec import Struct, field

from seawall.graph import Flow, Hop, When, reach
from seawall.graph.ways import MOST_CLASSES, Attribute, Value, classes, off_in, together

from .attempts import EntryAttempts
from .count import NONE, ONE, Count, high_end

MOST_EFFORT = 2_000_000
"""Sites that are counted again, over all classes, for one entry."""


class _Contest(Struct):
    """The classes in which sites that the same guarded hops lead to are counted."""

    exact: bool
    events: list[EntryAttempts]
    queues: Mapping[str, int] = field(default_factory=dict)
    """Queues of which several readers lead to the sites, with the bits of these."""
    bits: int = 0
    within: Collection[str] = ()
    attributes: tuple[Attribute, ...] = ()
    """What the classes are made of, where they are too many to count each."""
    told: tuple[Attribute, ...] = ()
    """The same where each was counted."""


class _Node(Struct, frozen=True):
    """Some attributes fixed, the others open: an upper bound for every class with these values."""

    figure: Count
    event: EntryAttempts
    values: tuple[Value, ...]


class EntryEvents:
    """Figures at one entry, each for the event that makes it worst."""

    def __init__(self, flow: Flow, entry: str, within: Collection[str] | None = None) -> None:
        self.flow = flow
        self.entry = entry
        self.all = EntryAttempts(flow, entry, within=within)
        """Every hop taken by the same event: an upper bound."""
        self.inside = self.all.inside | {flow.plain(site) for site in self.all.inside if site in flow.copied_from}
        self.effort = self.all.effort
        """Sites looked at to count all this."""
        self._within = within
        self._contests: dict[int, _Contest] = {}
        self._within_of: dict[int, Collection[str]] = {}
        self._chosen: dict[int, tuple[Value, ...]] = {}
        self._counted: dict[tuple[int, int], EntryAttempts] = {}
        self._alone: dict[int, EntryAttempts] = {0: self.all}
        self._most = MOST_EFFORT
        self._worst: dict[tuple[str, str], tuple[Count, EntryAttempts]] = {}
        self._at_most: set[tuple[str, str]] = set()

    def worst(self, site: str, signal: str) -> tuple[Count, EntryAttempts]:
        """The figure of `site`, and what one event that makes it does."""
        if (site, signal) not in self._worst:
            self._worst[site, signal] = self._found(site, signal)
            if site in self.flow.behind_mixed or self._worst[site, signal][1].mixed(site, signal):
                self._at_most.add((site, signal))
        return self._worst[site, signal]

    def attempts(self, site: str, signal: str) -> Count:
        """The figure of `site`."""
        return self.worst(site, signal)[0]

    def exact(self, site: str, signal: str) -> bool:
        """Whether a figure is that of one event; False: it is "at most"."""
        self.worst(site, signal)
        return (site, signal) not in self._at_most

    def witness(self, site: str, signal: str) -> EntryAttempts:
        """All that an event does which makes the figure of `site`, elsewhere as well."""
        counted = self.worst(site, signal)[1]
        if counted.flow is not self.flow:  # all rounds of all code: no event of this flow alone
            return counted
        off = counted.off | self.flow.ways.fixed(self._reaching(site) & ~counted.off)
        if off not in self._alone:
            self._alone[off] = EntryAttempts(self.flow, self.entry, off, self._within)
            self.effort += self._alone[off].effort
        return self._alone[off]

    def classes_of(self, sites: Iterable[str]) -> tuple[list[EntryAttempts], bool]:
        """What one event does, in each class of events that differ in how they come to some sites, and whether these
        are all classes; no more than a bound of all of them where they are too many to be counted one by one.
        """
        contest = self._contest_of(together(map(self._reaching, sites)) if self.flow.ways.bit else 0)
        if contest is None:
            return [self.all], True
        return contest.events, contest.exact and not contest.attributes

    def takes(self, hop: Hop) -> bool:
        """Whether the event can come to the sender of `hop` and take it, all its guards together."""
        bit = self.flow.ways.bit.get(hop, 0)
        bits = bit | (self._reaching(hop.source) if self.flow.ways.bit else 0)
        if not bits:
            return True
        attributes = self.flow.ways.contested(bits)
        classed = classes(attributes)
        if not attributes or classed is None or not classed[1]:
            return True
        within = self._leading_to(bits)
        counted = (self._count(each.off, bits, within) for each in classed[0] if not each.off & bit)
        return any(one.copies(hop.source) for one in counted)

    def _found(self, site: str, signal: str) -> tuple[Count, EntryAttempts]:
        contest = self._contest(site)
        if contest is None:
            return self.all.figure(site, signal), self.all
        if not contest.exact:
            self._at_most.add((site, signal))
        if contest.attributes:
            return self._searched(contest, site, signal)
        events = [one for one in contest.events if one.copies(site)]
        if not events:  # what no event of this entry comes to counts as if the hops on the way did not mind each other
            self._at_most.add((site, signal))
            return self.all.figure(site, signal), self.all
        worst = _worst_of(events, site, signal)
        for off in self._one_after_another(contest, site, signal):
            both = self._count(off, contest.bits, contest.within)
            worst = max(worst, (both.figure(site, signal), both), key=lambda pair: pair[0].weight)
            self._at_most.add((site, signal))
        return worst

    def _one_after_another(self, contest: _Contest, site: str, signal: str) -> Iterator[int]:
        """Bits of the hops that are off where one reader of a queue works, but only after another one has failed: for
        each kind of event and each world, whatever is read by whom.
        """
        reading = [each for each in contest.told if each.anew in contest.queues]
        others = [each for each in contest.told if each.anew not in contest.queues]
        for values in product(*(each.values for each in others)) if reading else ():
            off = off_in(values)
            offs = dict.fromkeys(off | off_in(readers) for readers in product(*(each.values for each in reading)))
            counted = (self._count(each, contest.bits, contest.within) for each in offs)
            same = [one for one in counted if one.copies(site)]
            yield from _mixed(same, contest.queues, site, signal) if same else ()

    def _contest(self, site: str) -> _Contest | None:
        return self._contest_of(self._reaching(site) if self.flow.ways.bit else 0)

    def _contest_of(self, bits: int) -> _Contest | None:
        if not bits:
            return None
        if bits not in self._contests:
            self._contests[bits] = self._opened(bits)
        return self._contests[bits] if self._contests[bits].events else None

    def chosen(self, site: str, signal: str) -> tuple[Value, ...]:
        """What the event and the deployment are like that make a figure, where that matters to it."""
        counted = self.worst(site, signal)[1]
        return self._chosen.get(id(counted), ())

    def _reaching(self, site: str) -> int:
        if not self.flow.copies:
            return self.all.reaching.get(site, 0)
        return together(self.all.reaching[each] for each in self.all.copies(site))

    def _leading_to(self, bits: int) -> Collection[str]:
        """Every site that hops of `bits` alone lead to, with what leads there."""
        if bits not in self._within_of:
            ends = [site for site, reached in self.all.reaching.items() if bits | reached == bits]
            self._within_of[bits] = reach(ends, self.flow.incoming, forward=False) & self.inside
        return self._within_of[bits]

    def _opened(self, bits: int) -> _Contest:
        """Every class counted; no event where the sites are not contested."""
        if bits & self.flow.ways.of_less:
            return _Contest(False, [self._bound])
        attributes = self.flow.ways.contested(bits)
        if not attributes:
            return _Contest(True, [])
        within = self._leading_to(bits)
        classed = classes(attributes)
        queues: dict[str, int] = {}
        for attribute in attributes:
            if attribute.anew in self.inside and not (attribute.fixed and self.all.runs(attribute.anew) == ONE):
                queues[attribute.anew] = queues.get(attribute.anew, 0) | attribute.concerned
        if classed is None and self.flow.ways.ends_early:
            return _Contest(False, [self._bound])
        if classed is None:
            exact = not any(each.open for each in attributes)
            return _Contest(exact, [self.all], queues, bits, within, attributes)
        found, exact = classed
        counted: list[EntryAttempts] = []
        for each in found:
            if self._most < 0:
                return _Contest(False, [self._bound])
            counted.append(self._count(each.off, bits, within))
            self._chosen.setdefault(id(counted[-1]), each.values)
        return _Contest(exact, counted, queues, bits, within, told=attributes)

    @cached_property
    def to_the_end(self) -> EntryEvents:
        """The same where code sends in all of its rounds, although it waits for one that fails."""
        return EntryEvents(self.flow.to_the_end, self.entry, self._within)

    @cached_property
    def _bound(self) -> EntryAttempts:
        """Every hop taken by the same event, and whatever code sends in rounds sent in all of them: an upper bound also
        where less that is waited for may be more that runs.
        """
        return self.to_the_end.all if self.flow.ways.ends_early else self.all

    def _searched(self, contest: _Contest, site: str, signal: str) -> tuple[Count, EntryAttempts]:
        """The class with the highest figure, by best bound first."""

        def node(values: tuple[Value, ...]) -> _Node:
            counted = self._count(off_in(values), contest.bits, contest.within)
            figure = counted.figure(site, signal) if counted.copies(site) else NONE
            return _Node(figure, counted, values)

        fixed_first: list[tuple[tuple[object, ...], int, Attribute]] = []
        left = MOST_CLASSES
        for attribute in contest.attributes:
            alone = [node((value,)) for value in attribute.values]
            left -= len(alone)
            if attribute.anew in contest.queues and all(
                _by_fate([each.event for each in alone], attribute.anew, site, signal)
            ):
                self._at_most.add((site, signal))  # what only one reader fails on may come to the other one after it
                continue
            fixed_first.append((max(each.figure.weight for each in alone), len(fixed_first), attribute))
        order = [attribute for *_, attribute in sorted(fixed_first)]
        best = node(())
        pending = [(_Least(best.figure.weight), 0, 0, best)]
        made = 0
        while pending:
            _, _, depth, best = heappop(pending)
            if depth == len(order):
                break
            if depth and (left <= 0 or self._most < 0):
                self._at_most.add((site, signal))
                break
            for value in order[depth].values:  # of the first one they were counted above
                child = node((*best.values, value))
                made, left = made + 1, left - 1
                heappush(pending, (_Least(child.figure.weight), -made, depth + 1, child))
        if not best.event.copies(site):
            self._at_most.add((site, signal))
            return self.all.figure(site, signal), self.all
        self._chosen.setdefault(id(best.event), best.values)
        return best.figure, best.event

    def _count(self, off: int, bits: int, within: Collection[str]) -> EntryAttempts:
        key = (off, bits)
        if key not in self._counted:
            self._counted[key] = EntryAttempts(self.flow, self.entry, off, within)
            self._most -= self._counted[key].effort
            self.effort += self._counted[key].effort
        return self._counted[key]


class _Least:
    """Orders weights from the highest."""

    def __init__(self, weight: tuple[object, ...]) -> None:
        self.weight: Any = weight

    def __lt__(self, other: _Least) -> bool:
        return bool(self.weight > other.weight)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Least) and bool(self.weight == other.weight)

    __hash__ = None  # type: ignore[assignment]


def _mixed(same: Collection[EntryAttempts], queues: Mapping[str, int], site: str, signal: str) -> Iterator[int]:
    """The same among events that differ in who reads alone."""
    reading = together(queues.values())
    best = _worst_of(same, site, signal)[1].off
    off, mixed = best & reading, dict[int, set[int]]()
    for queue, bits in queues.items():
        failing, working = _by_fate(same, queue, site, signal)
        if failing and working:
            failed = bits & _worst_of(failing, site, signal)[1].off
            off = off & ~bits | failed & _worst_of(working, site, signal)[1].off
            mixed[bits] = {failed & one.off for one in working}
    for bits, several in mixed.items():
        yield from (best & ~reading | off & ~bits | each for each in sorted(several))


def _by_fate(
    events: Collection[EntryAttempts], queue: str, site: str, signal: str
) -> tuple[list[EntryAttempts], list[EntryAttempts]]:
    """The events of which a queue sees failures of `site`, and those that it delivers without."""
    there = [one for one in events if queue in one.inside]  # one copy of it: each delivers events of its own
    failing = [one for one in there if any(queue in spread for spread in _spreads(one, site, signal))]
    return failing, [one for one in there if one not in failing]


def _spreads(one: EntryAttempts, site: str, signal: str) -> Iterable[set[str]]:
    """Sites that fail with each copy of `site`."""
    return (set(one.failing(copy, signal)) for copy in one.copies(site))


def _worst_of(events: Collection[EntryAttempts], site: str, signal: str) -> tuple[Count, EntryAttempts]:
    return max(((one.figure(site, signal), one) for one in events), key=lambda pair: pair[0].weight)


class Attempts:
    """Runs and attempts of a whole flow without cycles: at worst over its entries."""

    def __init__(self, flow: Flow, entries: Iterable[str]) -> None:
        self.flow = flow
        self._in_short: set[str] = set()
        """Entries of which only the figure of their own was counted."""
        self.entries = tuple(self._counted(entries))
        self._by_site: dict[str, list[EntryEvents]] = {}
        for found in self.entries:
            for site in found.inside:
                self._by_site.setdefault(site, []).append(found)
        self._worst: dict[tuple[str, str], tuple[Count, EntryAttempts]] = {}
        self._high: dict[tuple[str, str], Count] = {}
        self._laps: dict[str, EntryEvents] = {}
        self._by_entry = {found.entry: found for found in self.entries}

    def _counted(self, entries: Iterable[str]) -> Iterator[EntryEvents]:
        """Each entry once; in short where one before it sends all that it sends, and where nothing is contested."""
        plain = not any(len(attribute.values) > 1 for attribute in self.flow.ways.attributes)
        ordinary: set[str] = set()
        for entry in entries:
            out = self.flow.out_of(entry)
            handed = len(out) == 1 and not out[0].awaits and out[0].when is When.ALWAYS and out[0].copies == 1
            if plain and handed and out[0].target in ordinary:
                self._in_short.add(entry)
                yield EntryEvents(self.flow, entry, {entry})
            else:
                found = EntryEvents(self.flow, entry)
                ordinary |= found.all.ordinary
                yield found

    def at(self, site: str) -> EntryEvents:
        """Figures for one event at `site`, be it an entry or not."""
        if site not in self._by_entry or site in self._in_short:
            self._in_short.discard(site)
            self._by_entry[site] = EntryEvents(self.flow, site)
        return self._by_entry[site]

    def lap(self, start: str, within: Collection[str] = ()) -> EntryEvents:
        """Figures for one event at the start of a loop; `within`: the only sites that matter, at the first asking."""
        if start not in self._laps:
            self._laps[start] = EntryEvents(self.flow, start, within or None)
        return self._laps[start]

    def leading_to(self, site: str) -> Iterable[EntryEvents]:
        """The entries whose events come to a site."""
        return self._by_site[site]

    def worst(self, site: str, signal: str) -> tuple[Count, EntryAttempts]:
        """The figure of `site` and the event that it comes from; among equals that of the first entry."""
        if (site, signal) not in self._worst:
            candidates = (found.worst(site, signal) for found in self._by_site[site])
            self._worst[site, signal] = max(candidates, key=lambda pair: pair[0].weight)
        return self._worst[site, signal]

    def witness(self, site: str, signal: str) -> EntryAttempts:
        """All that the event does which makes the figure of `site`, elsewhere as well."""
        entry = self.worst(site, signal)[1].entry
        return self._by_entry[entry].witness(site, signal)

    def chosen(self, site: str, signal: str) -> tuple[Value, ...]:
        """What the event and the deployment are like that make a figure, where that matters to it."""
        return self._by_entry[self.worst(site, signal)[1].entry].chosen(site, signal)

    def exact(self, site: str, signal: str) -> bool:
        """Whether a figure is that of one event; False: it is "at most"."""
        return self._by_entry[self.worst(site, signal)[1].entry].exact(site, signal)

    def of(self, site: str, signal: str) -> Count:
        """How often `site` runs at worst for one event, if every run of it fails with `signal`.

        Where an event at some entry gives no number, what the worst of the others gives is a least one.
        """
        if (site, signal) not in self._high:
            self._high[site, signal] = high_end(found.attempts(site, signal) for found in self._by_site[site])
        return self._high[site, signal]
