"""A price in a line, with what it is made of."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from seawall.graph.durations import in_words
from seawall.services.prices import REGION
from seawall.words import AWS_DEFAULT, some

from .model import Cost, CostItem, dollars
from .runs import ASSUMED

LEAST = 1.0
"""US dollars below which no price is told: it is no argument."""
_MANY = 1_000
_CENTS = 10.0
"""US dollars from which on no cents are told."""
_CENT = 0.005
_NAMED = 2
"""Places without a price that are named."""
_LONG = 86_400.0
"""Seconds beyond which nobody asks how long a round takes: the first of what comes back is back long before."""
_SHARE = 0.1
"""Of a price, at its low end or its high one, from which on what others take than the dearest service is told."""
_NEXT_TO_NOTHING = 0.01
"""Of the dearest service's price, below which another one is not named."""
_PARTS = 4
"""Parts of a price that are told one by one."""


def said(cost: Cost) -> str:
    """What failing events cost, or what each hour does where nothing ends it, and what that hangs on; empty where that
    is not known, or below a dollar. What it is the sum of is told by `in_full`.

    >>> item = CostItem("Fn", "Lambda GB-second", 150, 0.0000166667, 5, "30 s x 1 GB", lasts="30 s", memory="1,024 MB")
    >>> said(Cost(0.0025, (item,)))
    'up to $2.50 for 1,000 such events in us-east-1 (5,000 runs of 1,024 MB that last their 30 s)'
    """
    amount, what = _told(cost, f" in {REGION}")
    if amount < LEAST:
        return ""
    least, one = _untimed(cost, amount), cost.of_items
    return f"{_range(cost, amount, least)} {what}{_if(cost, least, amount / one if one else 1.0)}{_without(cost)}"


def in_full(cost: Cost) -> str:
    """What a price is the sum of, with the prices of the units; empty where no price is told.

    >>> in_full(Cost(0.0025, (CostItem("Fn", "Lambda GB-second", 150, 0.0000166667, 5, "30 s (Timeout) x 1,024 MB"),)))
    '$2.50 for 1,000 such events = 5,000 runs x 30 s (Timeout) x 1,024 MB (list prices in us-east-1: \
$0.0000166667 a Lambda GB-second)'
    """
    amount, what = _told(cost)
    if amount < LEAST or not cost.of_items:
        return ""
    scale = amount / cost.of_items
    parts = _parts(cost, scale)
    made = parts[0][1]
    if len(parts) > 1:
        shown = [(part, text) for part, text in parts[:_PARTS] if part >= _CENT]
        rest = amount - sum(round(part, 2) for part, _ in shown)
        told = [f"{dollars(part)} for {text}" for part, text in shown]
        made = _with_rest(told, rest)
    return f"{dollars(amount)} {what} = {made} ({ASSUMED}{_each(cost, scale)})"


def _with_rest(told: Sequence[str], rest: float) -> str:
    """Parts as a sum, with what is left beside them."""
    return " + ".join([*told, *([f"{dollars(rest)} for the rest"] if rest >= _CENT else [])])


def _range(cost: Cost, amount: float, least: float) -> str:
    """The amount: of an hour near enough, of events up to it, from what is left where no run takes any time."""
    if cost.per_event is None or cost.alone:
        return f"about {_rounded(amount)}"
    return f"{_rounded(least)} to {_rounded(amount)}" if least else f"up to {_rounded(amount)}"


def _untimed(cost: Cost, amount: float) -> float:
    """What is left of an amount where no run takes any time; 0 where that is under a cent, or all of it."""
    one, left = cost.of_items, sum(item.least for item in cost.items)
    least = amount * left / one if left < one else 0.0
    return least if least >= _CENT else 0.0


def _rounded(amount: float) -> str:
    """An amount without digits that nobody can rely on: cents below ten dollars."""
    return dollars(amount) if amount < _CENTS else f"${round(amount):,}"


def _if(cost: Cost, least: float, scale: float) -> str:
    """What a price hangs on: how many runs there are, and how long each of them lasts."""
    lasts = _lasting(cost)
    if not lasts:
        parts = _parts(cost, scale)
        return f" ({'mostly ' if len(parts) > 1 else ''}{parts[0][1]})" if parts else ""
    own = f"their {lasts}" if lasts[0].isdigit() else lasts
    runs, services = _runs(cost, scale), _amounts(cost, scale)
    if cost.saturation is not None and cost.per_event is None:
        return f": {_by_service(services, scale, f'{runs} that last {own}', ranged=False)}; shorter runs cost more"
    if cost.per_event is None:
        return f" ({runs} that last {own}; shorter ones are more)"
    if cost.alone:
        return f" ({runs} that last {own}, one after the other)"
    made = f"{runs} that last {own}" if not least else f"{runs} that fail at once, or last {own}"
    several = bool(services) and (_counts(*(one.least for one in services)) or _counts(*(one.most for one in services)))
    return f": {_by_service(services, scale, made, ranged=True)}" if several else f" ({made})"


def _counts(first: float, *others: float) -> bool:
    """Whether what others take than the dearest counts, at one end of a price."""
    return sum(others) >= max(_SHARE * (first + sum(others)), _CENT)


_SERVICES = {
    "Lambda request": "Lambda",
    "Lambda GB-second": "Lambda",
    "state transition": "Step Functions",
    "Express request": "Step Functions (Express)",
    "Express GB-second": "Step Functions (Express)",
    "SQS request": "SQS",
    "SNS publish": "SNS",
}
"""Whose price a unit is."""


class _Service(Struct, frozen=True):
    """What one service takes."""

    name: str
    items: tuple[CostItem, ...]
    least: float
    """US dollars where no run takes any time."""
    most: float


def _amounts(cost: Cost, scale: float) -> list[_Service]:
    """What each service takes, the dearest first."""
    items: dict[str, list[CostItem]] = {}
    for item in cost.items:
        items.setdefault(_SERVICES.get(item.unit, item.unit), []).append(item)
    found = [
        _Service(name, tuple(each), scale * sum(one.least for one in each), scale * sum(one.amount for one in each))
        for name, each in items.items()
    ]
    return sorted(found, key=lambda one: -one.most)


def _by_service(services: Sequence[_Service], scale: float, runs: str, *, ranged: bool) -> str:
    """What each service takes, the dearest first, with what it is for; what is next to nothing is one rest. `ranged`:
    from what is left where no run takes any time.
    """
    named = [one for one in services if one.most >= _NEXT_TO_NOTHING * services[0].most]
    told = [
        f"{one.name} {_from_to(one) if ranged else dollars(one.most)} "
        f"({runs if one.name == 'Lambda' else _counted(one, scale)})"
        for one in named
    ]
    rest = sum(one.most for one in services[len(named) :])
    return _with_rest(told, rest)


def _from_to(service: _Service) -> str:
    least, most = dollars(service.least), dollars(service.most)
    return f"{least} to {most}" if service.least >= _CENT and least != most else most


def _counted(service: _Service, scale: float) -> str:
    """What a service is paid for: so many requests, or executions of some length."""
    lasting = [f"{_count(scale * one.times)} executions x {one.each}" for one in service.items if one.each]
    if lasting:
        return ", ".join(lasting[:_NAMED])
    units: dict[str, float] = {}
    for item in service.items:
        units[item.unit] = units.get(item.unit, 0.0) + item.quantity * scale
    return ", ".join(
        f"{_count(number)} {_many(unit).removeprefix(f'{service.name} ')}" for unit, number in units.items()
    )


def _timed(cost: Cost) -> list[CostItem]:
    """Runs that have a time of their own; where there are none, whatever is priced by its time."""
    timed = [item for item in cost.items if item.each]
    return [item for item in timed if item.lasts] or timed


def _runs(cost: Cost, scale: float) -> str:
    """How many runs, and of how much memory where it is the same for all."""
    items = _timed(cost)
    sizes = {item.memory for item in items}
    size = f" of {sizes.pop()}" if len(sizes) == 1 and "" not in sizes else ""
    return f"{_count(scale * sum(item.times for item in items))} {_called(cost)}{size}"


def _called(cost: Cost) -> str:
    """What is counted of a function: calls, where they need not become runs."""
    return "calls" if cost.calls else "runs"


def _lasting(cost: Cost) -> str:
    """How long a run is taken to last, where it is one time for all; empty where no run is priced by its time."""
    lasts = {item.lasts for item in _timed(cost)}
    if not lasts:
        return ""
    return next(iter(lasts)) if len(lasts) == 1 and "" not in lasts else "as long as they may"


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
    return f"; not in it: {some(cost.not_priced, _NAMED)}" if cost.not_priced else ""


def _told(cost: Cost, where: str = "") -> tuple[float, str]:
    """The amount that is told, and for what, with `where` that is so."""
    if cost.per_event is not None and cost.alone:
        return cost.per_event, f"for one such event{where}"
    if cost.per_event is not None:
        return cost.per_event * _MANY, f"for {_MANY:,} such events{where}"
    if cost.saturation is not None:
        return cost.per_hour or 0.0, f"an hour{where} while {cost.saturation.at_once:,} run at once"
    return cost.per_hour or 0.0, f"an hour{where} for each such event, until it is stopped"


def _parts(cost: Cost, scale: float) -> list[tuple[float, str]]:
    """Each part of a price with what makes it, the dearest first; what is alike counts together."""
    alike: dict[tuple[str, str], list[CostItem]] = {}
    for item in cost.items:
        alike.setdefault((item.unit, item.each), []).append(item)
    several = len({item.site for item in cost.items if item.each}) > 1
    rounds = cost.per_event is None
    parts = (
        (scale * sum(item.amount for item in items), _part(items, scale, several, rounds, _called(cost)))
        for items in alike.values()
    )
    return sorted(parts, key=lambda part: -part[0])


def _part(items: list[CostItem], scale: float, several: bool, rounds: bool, called: str) -> str:
    one = items[0]
    if not one.each:
        kinds: dict[str, float] = {}
        for kind, number in (pair for item in items for pair in item.kinds):
            kinds[kind] = kinds.get(kind, 0.0) + number
        told = " + ".join(f"{_count(scale * number)} {kind}" for kind, number in kinds.items() if number)
        every = f"{_count(scale * sum(item.quantity for item in items))} {_many(one.unit)}"
        return f"{every} ({told})" if told else every
    runs = "executions" if one.unit.startswith("Express") else called
    whose = f" of {some([item.site for item in items], _NAMED)}" if several else ""
    if several and rounds and len(items) <= _PARTS:
        each = " + ".join(f"{_count(item.times)} {item.site}" for item in items)
        whose = f" ({_count(sum(item.times for item in items))} a round: {each})" if len(items) > 1 else whose
    return f"{_count(scale * sum(item.times for item in items))} {runs}{whose} x {one.each}"


def _many(unit: str) -> str:
    return f"{unit}es" if unit.endswith("sh") else f"{unit}s"


def _count(number: float) -> str:
    return f"{round(number):,}"


def amount(quantity: float) -> str:
    """A quantity with four figures, or all before its point.

    >>> amount(10_800.25), amount(0.012345)
    ('10,800', '0.01235')
    """
    return f"{quantity:,.0f}" if quantity >= 1_000 else f"{quantity:,.4g}"


def listed(cost: Cost) -> list[str]:
    """What the sum is made of, and what has to hold, a line each."""
    what, whole = "one round" if cost.by_round else "one event", in_full(cost)
    items = [f"{amount(one.quantity)} {_many(one.unit)} of {one.site}: {dollars(one.amount)}" for one in cost.items]
    lines = [f"price in full: {whole}"] if whole else [f"of {what}: {line}" for line in items]
    lines += [f"assumes that {line}" for line in cost.assumptions if line != ASSUMED]
    if cost.not_priced:
        lines.append(f"not in it: {', '.join(cost.not_priced)}")
    return lines


def full(cost: Cost, gain: int) -> tuple[str, ...]:
    """When a cycle in which one becomes `gain` each round has filled what may run at once, at the latest, and what
    makes the time of a round, a line each; empty where it does not.
    """
    found = cost.saturation
    if found is None:
        return ()
    whose = f"reserved for {found.site}" if found.site else f"of an account ({AWS_DEFAULT})"
    first = found.rounds == 1
    after = "the first round" if first else f"{found.rounds:,} rounds"
    power = "" if first else f" ({gain:,}^{found.rounds} = {gain**found.rounds:,})"
    taken = f"all {found.at_once:,} concurrent runs {whose} are taken, and others are throttled"
    if found.seconds is None or not found.parts or found.seconds > _LONG:
        return (f"after {after}{power} {taken}",)
    one, parts = in_words(found.seconds / found.rounds), " + ".join(found.parts)
    whole = "" if first else f", {in_words(found.seconds)} in all"
    return (f"within {after} of at most {one}{whole}{power}, {taken}", f"a round of {one} at most: {parts}")
