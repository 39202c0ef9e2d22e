"""How long retries take, as a sum that a reader can work out again."""

from __future__ import annotations

from msgspec import Struct

from seawall.graph import Bound, RetryOwner, in_words
from seawall.graph.durations import LONGEST

from .executions import Factor
from .paths import Path

_FEW = 6
"""Waits that are told one by one."""
WAITS = " of waits"
"""What is said of time between tries, in which nothing runs: runs come beside it."""


class Lasting(Struct, frozen=True):
    """How long something takes, and what that is the sum of."""

    seconds: float
    parts: tuple[str, ...]
    """Each with its number: ``4 x 10 s Task``."""

    def __add__(self, other: Lasting) -> Lasting:
        return Lasting(self.seconds + other.seconds, (*self.parts, *other.parts))


NO_TIME = Lasting(0.0, ())


def after_tries(factor: Factor, run: Lasting) -> Lasting | None:
    """All tries of a delivery whose every run takes as long."""
    tries = factor.tries
    seconds = tries.seconds(run.seconds)
    if seconds is None:
        return None
    if seconds == run.seconds:
        return run
    times = tries.total or 1
    if tries.bounded_by is not Bound.COUNT or tries.total is None or seconds >= LONGEST:
        return Lasting(seconds, (f"{in_words(seconds)} until expiry",))
    if tries.interval is not None:
        hidden = f"{tries.interval:,.10g} s ({tries.interval_set or 'visibility timeout'})"
        if run.seconds <= tries.interval:
            return Lasting(seconds, (f"{times:,} x {hidden}",))
        return Lasting(seconds, (f"{times - 1:,} x {hidden}", *(f"{part} in the last try" for part in run.parts)))
    waits = [_between(factor)] if tries.backoff else []
    return Lasting(seconds, (*one_by_one(times, run).parts, *waits))


def _between(factor: Factor) -> str:
    """The waits between tries one by one where they are few, with what sets them."""
    tries = factor.tries
    if 1 < len(tries.waits) <= _FEW and sum(tries.waits) == tries.backoff:
        each = " + ".join(f"{one:,.10g}" for one in tries.waits)
        whose = "; IntervalSeconds, BackoffRate" if factor.hop.owner is RetryOwner.MACHINE else ""
        return f"{tries.backoff:,.10g} s{WAITS} ({each}{whose})"
    return f"{tries.backoff:,.10g} s{WAITS}"


def one_by_one(number: int, run: Lasting) -> Lasting:
    """As many runs, one after the other."""
    if number == 1 or not run.parts:
        return run
    return Lasting(number * run.seconds, tuple(f"{number:,} x {part}" for part in run.parts))


def waits(path: Path) -> Lasting | None:
    """From the first try on to giving up, the runs themselves left out; behind a hand-off it begins again. None where
    it is not known.
    """
    lasts, untold = known_waits(path)
    return None if untold else lasts


def known_waits(path: Path) -> tuple[Lasting, tuple[Factor, ...]]:
    """The same as far as it is known: less than the truth, with the layers whose waits nobody tells."""
    lasts, untold = NO_TIME, list[Factor]()
    for factor in path.awaited:
        run = one_by_one(factor.copies, lasts)
        again = after_tries(factor, run)
        if again is None:
            untold.append(factor)
            again = one_by_one(factor.tries.total or 1, run)
        lasts = again
    return lasts, tuple(untold)


def as_sum(lasting: Lasting) -> str:
    """``7 min 30 s = 15 x 30 s (VisibilityTimeout)``; one part that says as much stands alone."""
    whole, parts = in_words(lasting.seconds), " + ".join(lasting.parts)
    return parts if not parts or parts.startswith(f"{whole} ") else f"{whole} = {parts}"
