"""Numbers of runs that say how certain they are and what bounds them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from seawall.graph import Bound, Tries

MOST = 10**15
"""What is counted to. Beyond it a count says "at least": nothing runs as often, many readers of JSON hold no larger
number exactly, and layers that multiply without end would fill the memory with digits.
"""


class Count(Struct, frozen=True):
    """A number of runs, or the least number that is certain.

    >>> (Count(5) * Count(4) + Count(2)).max
    22
    >>> (Count(5) * Count(1, exact=False, bounded_by=Bound.TIME)).max is None
    True
    """

    value: int
    exact: bool = True
    """False where no count can be given: a factor is unknown or bounded by age alone. `value` is then a least one."""
    bounded_by: Bound = Bound.COUNT

    @classmethod
    def of(cls, tries: Tries) -> Count:
        """The count of a hop's tries; tries without a count are at least one."""
        if tries.total == 1 and tries.bounded_by is Bound.COUNT:
            return ONE  # by far the most frequent
        return cls(1 if tries.total is None else tries.total, tries.total is not None, tries.bounded_by)

    @property
    def max(self) -> int | None:
        """The figure, or None where no count can be given."""
        return self.value if self.exact else None

    def __add__(self, other: Count) -> Count:
        if self is NONE:
            return other
        if other is NONE:
            return self
        return _count(self.value + other.value, self, other)

    def __mul__(self, other: Count) -> Count:
        if self is ONE:
            return other
        if other is ONE:
            return self
        return _count(self.value * other.value, self, other)

    def per(self, base: Count) -> Count:
        """How many times `base` this is, at least once and rounded up.

        >>> Count(5).per(Count(2))
        Count(value=3, exact=True, bounded_by=<Bound.COUNT: 0>)
        """
        return _count(max(1, -(-self.value // max(1, base.value))), self, base)

    @property
    def weight(self) -> tuple[bool, int, Bound, bool]:
        """Orders counts from least to most severe: what nothing bounds is more than any number."""
        return (self.bounded_by is Bound.NOTHING, self.value, self.bounded_by, not self.exact)


def high_end(counts: Iterable[Count]) -> Count:
    """The most severe of several, of which any may be the right one: none with a number where one has none.

    >>> high_end([Count(3), Count(1, exact=False, bounded_by=Bound.TIME)])
    Count(value=3, exact=False, bounded_by=<Bound.TIME: 1>)
    """
    found = list(counts)
    worst = max(found, key=lambda count: count.weight)
    if worst.exact and not all(count.exact for count in found):
        return Count(worst.value, False, max(count.bounded_by for count in found if not count.exact))
    return worst


def _count(value: int, one: Count, other: Count) -> Count:
    exact = one.exact and other.exact and value <= MOST
    return Count(min(value, MOST), exact, max(one.bounded_by, other.bounded_by))


NONE = Count(0)
ONE = Count(1)


def of_copies(number: int) -> Count:
    """As many runs as there are copies of an event."""
    return ONE if number == 1 else Count(min(number, MOST), number <= MOST)
