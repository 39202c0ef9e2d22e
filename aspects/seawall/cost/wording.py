"""A price in a line."""

from __future__ import annotations

from seawall.graph.durations import in_words
from seawall.words import plural, some

from .model import HOURS, Cost, dollars
from .runs import ASSUMED

_MANY = 1_000
_BASIS = f"{ASSUMED}, every run as long as its timeout"
_NAMED = 2
"""Places without a price that are named."""


def said(cost: Cost) -> str:
    """What one failing event costs, or what each hour does where nothing ends it; empty where that is not known.

    >>> said(Cost(0.00064, ()))
    '$0.64 for 1,000 such events (list prices in us-east-1, every run as long as its timeout)'
    """
    more = f", not counting {some(cost.not_priced, _NAMED)}" if cost.not_priced else ""
    if cost.per_event is not None and cost.by_round:
        return f"{dollars(cost.per_event)} for each such event ({_BASIS}{more})"
    if cost.per_event is not None:
        return f"{dollars(cost.per_event * _MANY)} for {_MANY:,} such events ({_BASIS}{more})"
    if cost.per_hour is None:
        return ""
    if cost.saturation is not None:
        full = f"once {cost.saturation.at_once:,} run at once"
        return f"{dollars(cost.per_hour)} an hour {full} ({_BASIS}{more})"
    return f"{dollars(cost.per_hour * HOURS)} a day for each such event, until it is stopped ({_BASIS}{more})"


def listed(cost: Cost) -> list[str]:
    """What the sum is made of, a line each, and what has to hold."""
    what = "one round" if cost.by_round else "one event"
    lines = [f"{one.quantity:,.4g} {one.unit}s of {one.site}: {dollars(one.amount)}" for one in cost.items]
    lines = [f"of {what}: {line}" for line in lines]
    lines += [f"assumes that {line}" for line in cost.assumptions if line != ASSUMED]
    if cost.not_priced:
        lines.append(f"not in it: {', '.join(cost.not_priced)}")
    return lines


def full(cost: Cost) -> str:
    """When a cycle that multiplies has filled what may run at once; empty where it does not."""
    found = cost.saturation
    if found is None:
        return ""
    whose = f"reserved for {found.site}" if found.site else "that an account has by default"
    within = "" if found.seconds is None else f", within {in_words(found.seconds)} at the latest"
    return f"fills the {found.at_once:,} concurrent runs {whose} after {plural(found.rounds, 'round')}{within}"
