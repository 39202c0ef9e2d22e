"""A price in a line, with what it is made of."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph.durations import in_words
from seawall.words import AWS_DEFAULT, some

from .model import Cost, CostItem, dollars
from .runs import ASSUMED

LEAST = 1.0
"""US dollars below which no price is told: it is no argument."""
_MANY = 1_000
_CENT = 0.005
_NAMED = 2
"""Places without a price that are named."""
_LONG = 86_400.0
"""Seconds beyond which nobody asks how long a round takes: the first of what comes back is back long before."""
_PARTS = 4
"""Parts of a price that are told one by one."""


def said(cost: Cost) -> str:
    """What failing events cost, or what each hour does where nothing ends it, with the numbers that make it; empty
    where that is not known, or below a dollar.

    >>> said(Cost(0.0025, (CostItem("Fn", "Lambda GB-second", 150, 0.0000166667, 5, "30 s (Timeout) x 1,024 MB"),)))
    'up to $2.50 for 1,000 such events: 5,000 runs x 30 s (Timeout) x 1,024 MB (list prices in us-east-1: \
$0.0000166667 a Lambda GB-second)'
    """
    amount, what = _told(cost)
    if amount < LEAST:
        return ""
    one = sum(item.amount for item in cost.items)
    parts = list(_parts(cost, amount / one)) if one else []
    made = f": {parts[0][1]}" if len(parts) == 1 else ""
    if len(parts) > 1:
        shown = [(part, text) for part, text in parts[:_PARTS] if part >= _CENT]
        rest = amount - sum(round(part, 2) for part, _ in shown)
        told = [f"{dollars(part)} for {text}" for part, text in shown]
        made = f": {' + '.join([*told, *([f'{dollars(rest)} for the rest'] if rest >= _CENT else [])])}"
    each = _each(cost, amount / one if one else 1.0)
    return f"up to {dollars(amount)} {what}{_at_once(cost, amount, one)}{made} ({ASSUMED}{each}{_without(cost)})"


def _at_once(cost: Cost, amount: float, one: float) -> str:
    """What is left of it where no run takes any time; of an hour in which all that may run does, the same is left."""
    timed = sum(item.amount for item in cost.items if item.each)
    if cost.per_event is None or not timed or timed == one:
        return ""
    return f", {dollars(amount * (1 - timed / one))} of it if each run fails at once"


def _each(cost: Cost, scale: float) -> str:
    """Prices of the units that count, those of requests by the million."""
    amounts: dict[str, float] = {}
    for item in cost.items:
        amounts[item.unit] = amounts.get(item.unit, 0.0) + item.amount * scale
    told = {_many(item.unit): item.price for item in cost.items if amounts[item.unit] >= _CENT}
    said = [
        f"${price:.10f}".rstrip("0") + f" {'an' if unit.startswith('E') else 'a'} {unit.removesuffix('s')}"
        if "GB-second" in unit
        else f"{dollars(price * 1_000_000).removesuffix('.00')} a million {unit}"
        for unit, price in told.items()
    ]
    return f": {', '.join(dict.fromkeys(said))}" if said else ""


def _without(cost: Cost) -> str:
    return f"; without {some(cost.not_priced, _NAMED)}" if cost.not_priced else ""


def _told(cost: Cost) -> tuple[float, str]:
    """The amount that is told, and for what."""
    if cost.per_event is not None and cost.alone:
        return cost.per_event, "for one such event"
    if cost.per_event is not None:
        return cost.per_event * _MANY, f"for {_MANY:,} such events"
    if cost.saturation is not None:
        return cost.per_hour or 0.0, f"an hour once {cost.saturation.at_once:,} run at once"
    return cost.per_hour or 0.0, "an hour for each such event, until it is stopped"


def _parts(cost: Cost, scale: float) -> Iterator[tuple[float, str]]:
    """Each part of a price with what makes it, the dearest first; what is alike counts together."""
    alike: dict[tuple[str, str], list[CostItem]] = {}
    for item in cost.items:
        alike.setdefault((item.unit, item.each), []).append(item)
    several = len({item.site for item in cost.items if item.each}) > 1
    found = [(scale * sum(item.amount for item in items), _part(items, scale, several)) for items in alike.values()]
    yield from sorted(found, key=lambda part: -part[0])


def _part(items: list[CostItem], scale: float, several: bool) -> str:
    one = items[0]
    if not one.each:
        kinds: dict[str, float] = {}
        for kind, number in (pair for item in items for pair in item.kinds):
            kinds[kind] = kinds.get(kind, 0.0) + number
        told = " + ".join(f"{_count(scale * number)} {kind}" for kind, number in kinds.items() if number)
        every = f"{_count(scale * sum(item.quantity for item in items))} {_many(one.unit)}"
        return f"{every} ({told})" if told else every
    runs = "executions" if one.unit.startswith("Express") else "runs"
    whose = f" of {some([item.site for item in items], _NAMED)}" if several else ""
    return f"{_count(scale * sum(item.times for item in items))} {runs}{whose} x {one.each}"


def _many(unit: str) -> str:
    return f"{unit}es" if unit.endswith("sh") else f"{unit}s"


def _count(number: float) -> str:
    return f"{round(number):,}"


def listed(cost: Cost) -> list[str]:
    """What the sum is made of, a line each, and what has to hold."""
    what = "one round" if cost.by_round else "one event"
    lines = [f"{one.quantity:,.4g} {_many(one.unit)} of {one.site}: {dollars(one.amount)}" for one in cost.items]
    lines = [f"of {what}: {line}" for line in lines]
    lines += [f"assumes that {line}" for line in cost.assumptions if line != ASSUMED]
    if cost.not_priced:
        lines.append(f"not in it: {', '.join(cost.not_priced)}")
    return lines


def full(cost: Cost, gain: int) -> str:
    """When a cycle in which one becomes `gain` each round has filled what may run at once; empty where it does not."""
    found = cost.saturation
    if found is None:
        return ""
    whose = f"reserved for {found.site}" if found.site else f"of an account ({AWS_DEFAULT})"
    after = "the first round" if found.rounds == 1 else f"{found.rounds:,} rounds"
    count = "" if found.rounds == 1 else f" ({gain:,}^{found.rounds} = {gain**found.rounds:,})"
    told = f"after {after}{count} all {found.at_once:,} concurrent runs {whose} are taken, and others are throttled"
    if found.seconds is None or not found.parts or found.seconds > _LONG:
        return told
    one = found.seconds / found.rounds
    parts = " + ".join(found.parts)
    lasts = parts if len(found.parts) == 1 and parts.startswith(in_words(one)) else f"{in_words(one)} = {parts}"
    return f"{told}; a round takes about {lasts}"
