"""Numbers of runs that say how certain they are and what bounds them."""

from __future__ import annotations

from dataclasses import dataclass

from seawall.services import Bound, Tries


@dataclass(frozen=True, slots=True)
class Count:
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
        return Count(self.value + other.value, self.exact and other.exact, max(self.bounded_by, other.bounded_by))

    def __mul__(self, other: Count) -> Count:
        if self is ONE:
            return other
        if other is ONE:
            return self
        return Count(self.value * other.value, self.exact and other.exact, max(self.bounded_by, other.bounded_by))

    @property
    def weight(self) -> tuple[int, Bound, bool]:
        """Orders counts from least to most severe."""
        return (self.value, self.bounded_by, not self.exact)


NONE = Count(0)
ONE = Count(1)
