"""The ways from an entry to a site, with every factor on them: what a reader multiplies to check a figure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import chain, islice, takewhile
from math import ceil, prod
from operator import add
from typing import TypeAlias

from msgspec import Struct

from seawall.graph import Bound, Hop, When

from .attempts import EntryAttempts, FailureCase
from .contributions import Contribution
from .count import NONE, ONE, Count
from .executions import Factor

MOST_PATHS = 8
"""Paths written out for one figure; what more there are is summed up as one figure."""
MOST_FURTHER = 1000
"""Further paths that are counted, one by one: they can be as many as two to the power of the sites."""


class Path(Struct, frozen=True, eq=False):
    """One way from the entry to a site: the factors of its hops in order; their product is its share of the figure.

    A longer way holds the shorter one that it goes on from, so that the ways to all sites of a chain take no more room
    than the chain.
    """

    entry: str
    count: Count = ONE
    """Runs of the site that come this way."""
    layers: tuple[Factor, ...] = ()
    """The factors that multiply."""
    taken: frozenset[When] = frozenset()
    """When its hops are taken."""
    copies: tuple[Factor, ...] = ()
    """The factors of which one run of the sender sends several events: they multiply, and are no retries."""
    _before: Path | None = None
    _last: tuple[Factor, ...] = ()

    @classmethod
    def of(cls, entry: str, factors: tuple[Factor, ...]) -> Path:
        """A way of its own."""
        return cls(entry).onward(factors)

    def onward(self, factors: tuple[Factor, ...]) -> Path:
        """The way that goes on over some hops."""
        count, taken = self.count, self.taken
        for factor in factors:
            count *= factor.count
            if factor.hop.when not in taken:
                taken |= {factor.hop.when}
        layers = tuple(factor for factor in factors if factor.tries.total != 1)
        copies = tuple(factor for factor in factors if factor.copies != 1)
        return Path(
            self.entry,
            count,
            self.layers + layers if layers else self.layers,
            taken,
            self.copies + copies if copies else self.copies,
            self,
            factors,
        )

    def _backwards(self) -> Iterator[Factor]:
        """The factors from the last to the first."""
        path: Path | None = self
        while path is not None:
            yield from reversed(path._last)
            path = path._before

    @property
    def factors(self) -> tuple[Factor, ...]:
        """All factors in order."""
        return tuple(self._backwards())[::-1]

    @property
    def awaited(self) -> Iterator[Factor]:
        """The factors from the last one back to a hand-off, behind which time begins again."""
        return takewhile(lambda factor: factor.hop.awaits, self._backwards())

    @property
    def multiplying(self) -> tuple[Factor, ...]:
        """The factors that are not one, in order."""
        if not self.copies:
            return self.layers
        return tuple(factor for factor in self.factors if factor.tries.total != 1 or factor.copies != 1)

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The hops in order."""
        return tuple(factor.hop for factor in self._backwards())[::-1]

    @property
    def seconds(self) -> float | None:
        """Time from the first failing run to giving up on this way, run times themselves not counted."""
        inner: float | None = 0.0
        for factor in self.awaited:
            if inner is None:
                return None
            inner = factor.tries.seconds(inner * factor.copies)
        return inner


class Figure(Struct, frozen=True):
    """A figure with its derivation: the sum of its paths and of `rest`, which stands for `more` paths not listed."""

    site: str
    signal: str
    count: Count
    paths: tuple[Path, ...]
    more: int = 0
    rest: int = 0

    @property
    def by_retries(self) -> int:
        """What the figure would be if nothing on the way sent more than one event at a time."""
        return sum(path.count.value // prod(one.copies for one in path.copies) for path in self.paths) + self.rest

    def allowed(self, limit: int) -> int:
        """Runs that are within a limit for each of the events that are sent on the way."""
        return (
            limit if not any(path.copies for path in self.paths) else limit * ceil(self.count.value / self.by_retries)
        )

    @property
    def main(self) -> Path:
        """The path with the largest share."""
        return max(self.paths, key=lambda path: path.count.weight)

    @property
    def layers(self) -> tuple[Factor, ...]:
        """Every layer on any path listed, each once."""
        return tuple({id(factor.hop): factor for path in self.paths for factor in path.layers}.values())

    @property
    def seconds(self) -> float | None:
        """Time until the last try: dead letters come after the tries they follow, other ways run side by side."""
        aside: list[float] = []
        after: list[float] = []
        for path in self.paths:
            if path.seconds is None:
                return None
            (after if path.taken - {When.ALWAYS} else aside).append(path.seconds)
        return max(aside, default=0.0) + sum(after)


def figure(entry: EntryAttempts, site: str, signal: str) -> Figure:
    """The attempts of `site` for `signal` at one entry, with the paths that add up to them."""
    count = entry.figure(site, signal)
    ways = _Derivation(entry).of(site, signal)
    more = min(ways.number - len(ways.first), MOST_FURTHER)
    listed = reduce(add, (path.count for path in ways.first), NONE).value
    paths = ways.first or (Path(entry.entry),)  # where none can be written out, all of it is rest
    rest = count.value - listed
    return Figure(site, signal, count, paths, max(more, int(rest > 0)), rest)


class FirstPaths(Struct, frozen=True):
    """The ways of events to a site: the first of them, and how many there are, as far as is counted."""

    first: tuple[Path, ...]
    number: int


class _Stop(Struct, frozen=True):
    """A site on the way back from what is asked for, what it shows, and the case it is counted in, if in one."""

    site: str
    shows: str | None = None
    case: FailureCase | None = None


_Before: TypeAlias = "list[tuple[_Stop, tuple[Factor, ...]]]"
"""The stops before one, with the factors between."""


class _Walk:
    """Every way from a site back to the entry. They can be as many as two to the power of the sites, so each stop is
    looked at once, and those that no case concerns are remembered for all that is asked of the entry.
    """

    def __init__(self, entry: EntryAttempts) -> None:
        self._entry = entry
        self._usual: dict[_Stop, FirstPaths] = entry.memory.setdefault(type(self), {})
        self._in_case: dict[_Stop, FirstPaths] = {}

    def to(self, end: _Stop) -> FirstPaths:
        """The ways to one stop."""
        found: dict[_Stop, _Before] = {}
        pending = [end]
        while pending:
            stop = pending.pop()
            if stop not in found and stop not in self._known(stop):
                found[stop] = self.before(stop)
                pending.extend(before for before, _ in found[stop])
        for stop in sorted(found, key=lambda stop: self._entry.flow.order[stop.site]):
            self._known(stop)[stop] = self.joined(stop.site, found[stop])
        return self._known(end)[end]

    def before(self, stop: _Stop) -> _Before:
        """What leads to a stop, in the order of its ways."""
        raise NotImplementedError

    def joined(self, site: str, before: _Before) -> FirstPaths:
        """The ways to a site over what leads to it."""
        ways = [FirstPaths((Path(site),), 1)] if site == self._entry.entry else []
        for stop, factors in before:
            known = self._known(stop)[stop]
            shown = tuple(map(self._original, factors)) if self._entry.flow.originals else factors
            ways.append(FirstPaths(tuple(path.onward(shown) for path in known.first), known.number))
        first = tuple(islice(chain.from_iterable(each.first for each in ways), MOST_PATHS))
        return FirstPaths(first, min(sum(each.number for each in ways), MOST_PATHS + MOST_FURTHER))

    def _known(self, stop: _Stop) -> dict[_Stop, FirstPaths]:
        return self._usual if stop.case is None else self._in_case

    def _original(self, factor: Factor) -> Factor:
        """The same of the hop that it is a copy of."""
        original = self._entry.flow.originals.get(factor.hop)
        return factor if original is None else Factor(original, factor.tries, factor.copies)


class _Derivation(_Walk):
    """The ways that make a figure, those with the largest last share first."""

    def of(self, site: str, signal: str) -> FirstPaths:
        """The ways to a site and to its copies, which fail together."""
        end = _Stop(site, signal)
        copies = [each for each in self._entry.copies(site) if each != site]
        if not copies:
            return self.to(end)
        case, summands = self._summands(end)
        summands = [*summands, *(term for each in copies for term in self._entry.terms(each, signal))]
        before = _in_order(summands, case)
        for stop, _ in before:
            self.to(stop)
        return self.joined(site, before)

    def before(self, stop: _Stop) -> _Before:
        """Within the case of a site that is counted on its own, all is counted in it."""
        case, summands = self._summands(stop)
        return _in_order(summands, case)

    def _summands(self, stop: _Stop) -> tuple[FailureCase | None, list[Contribution]]:
        entry, case = self._entry, stop.case
        if case is None and stop.shows is not None and entry.needs_own_count(stop.site, stop.shows):
            case = entry.case(stop.site, stop.shows)
        return case, case.terms(stop.site) if case is not None else entry.terms(stop.site, stop.shows)


class CasePaths(_Walk):
    """The ways of events to sites in one case; what the case does not concern is as usual."""

    def __init__(self, entry: EntryAttempts, case: FailureCase) -> None:
        super().__init__(entry)
        self._case = case

    def of(self, site: str) -> FirstPaths:
        """The ways to one site."""
        return self.to(self._stop(site))

    def before(self, stop: _Stop) -> _Before:
        """What events come from."""
        terms = self._entry.terms(stop.site, None) if stop.case is None else stop.case.terms(stop.site)
        return [(self._stop(term.source), term.factors) for term in reversed(terms) if term.base != NONE]

    def _stop(self, site: str) -> _Stop:
        return _Stop(site, None, self._case if self._case.concerns(site) else None)


def _in_order(summands: list[Contribution], case: FailureCase | None) -> _Before:
    ordered = summands if len(summands) == 1 else sorted(summands, key=_share)[::-1]
    return [(_Stop(term.source, term.shows, case), term.factors) for term in ordered]


def _share(term: Contribution) -> tuple[bool, int, Bound, bool]:
    return term.amount.weight
