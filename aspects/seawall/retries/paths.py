"""The ways from an entry to a site, with every factor on them: what a reader multiplies to check a figure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import islice
from operator import add

from msgspec import Struct

from seawall.graph import Bound, Hop, When

from .attempts import EntryAttempts, FailureCase
from .contributions import Contribution
from .count import NONE, Count
from .executions import Factor, product

MOST_PATHS = 8
"""Paths written out for one figure; what more there are is summed up as one figure."""
MOST_FURTHER = 1000
"""Further paths that are counted, one by one: they can be as many as two to the power of the sites."""


class Path(Struct, frozen=True):
    """One way from the entry to a site: the factors of its hops in order; their product is its share of the figure."""

    entry: str
    factors: tuple[Factor, ...]

    @property
    def count(self) -> Count:
        """Runs of the site that come this way."""
        return product(self.factors)

    @property
    def layers(self) -> tuple[Factor, ...]:
        """The factors that multiply."""
        return tuple(factor for factor in self.factors if factor.tries.total != 1)

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The hops in order."""
        return tuple(factor.hop for factor in self.factors)

    @property
    def seconds(self) -> float | None:
        """Time from the first failing run to giving up on this way, run times themselves not counted."""
        inner: float | None = 0.0
        for factor in reversed(self.factors):
            if not factor.hop.awaits:
                break
            if inner is None:
                return None
            inner = factor.tries.seconds(inner)
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
            (after if any(hop.when is not When.ALWAYS for hop in path.hops) else aside).append(path.seconds)
        return max(aside, default=0.0) + sum(after)


def figure(entry: EntryAttempts, site: str, signal: str) -> Figure:
    """The attempts of `site` for `signal` at one entry, with the paths that add up to them."""
    count = entry.figure(site, signal)
    ways = _Ways(entry, _Stop(site, signal))
    paths = tuple(islice(ways.paths(), MOST_PATHS))
    more = min(ways.number - len(paths), MOST_FURTHER)
    listed = reduce(add, (path.count for path in paths), NONE).value
    paths = paths or (Path(entry.entry, ()),)  # where none can be written out, all of it is rest
    rest = count.value - listed
    return Figure(site, signal, count, paths, max(more, int(rest > 0)), rest)


class _Stop(Struct, frozen=True):
    """A site on the way back from the one that fails, what it shows, and the case it is counted in, if in one."""

    site: str
    shows: str | None
    case: FailureCase | None = None


class _Ways:
    """Every way from a site back to the entry. They can be as many as two to the power of the sites, so each site is
    looked at once, and only ways that are asked for are walked.
    """

    def __init__(self, entry: EntryAttempts, end: _Stop) -> None:
        self._entry = entry
        self._end = end
        self._before: dict[_Stop, list[tuple[_Stop, tuple[Factor, ...]]]] = {}
        """By stop: those before it with the factors between, the largest share last."""
        pending = [end]
        while pending:
            stop = pending.pop()
            if stop not in self._before:
                self._before[stop] = self._terms(stop)
                pending.extend(before for before, _ in self._before[stop])
        self._number: dict[_Stop, int] = {}
        # what leads to the copies of the last site may stand behind it
        for stop in sorted(self._before, key=lambda stop: (stop == end, entry.flow.order[stop.site])):
            known = sum(self._number[before] for before, _ in self._before[stop])
            self._number[stop] = min(known + (stop.site == entry.entry), MOST_PATHS + MOST_FURTHER)

    @property
    def number(self) -> int:
        """How many ways there are, as far as is counted."""
        return self._number[self._end]

    def paths(self) -> Iterator[Path]:
        """Those with the largest last share first."""
        stack: list[tuple[_Stop, tuple[Factor, ...]]] = [(self._end, ())]
        while stack:
            stop, behind = stack.pop()
            if stop.site == self._entry.entry:
                yield Path(stop.site, tuple(self._original(factor) for factor in behind))
            stack.extend(
                (before, (*factors, *behind)) for before, factors in self._before[stop] if self._number[before]
            )

    def _original(self, factor: Factor) -> Factor:
        """The same of the hop that it is a copy of."""
        original = self._entry.flow.originals.get(factor.hop)
        return factor if original is None else Factor(original, factor.tries)

    def _terms(self, stop: _Stop) -> list[tuple[_Stop, tuple[Factor, ...]]]:
        entry, case = self._entry, stop.case
        if case is None and stop.shows is not None and entry.needs_own_count(stop.site, stop.shows):
            case = entry.case(stop.site, stop.shows)
        summands = case.terms(stop.site) if case is not None else entry.terms(stop.site, stop.shows)
        copies = [each for each in entry.copies(stop.site) if each != stop.site] if stop is self._end else []
        if copies:
            summands = [*summands, *(term for each in copies for term in entry.terms(each, stop.shows))]
        return [(_Stop(term.source, term.shows, case), term.factors) for term in _by_share(summands)]


def _by_share(summands: list[Contribution]) -> list[Contribution]:
    return summands if len(summands) == 1 else sorted(summands, key=_share)


def _share(term: Contribution) -> tuple[bool, int, Bound, bool]:
    return term.amount.weight
