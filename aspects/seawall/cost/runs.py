"""How often everything runs that one failing event comes to, and what all of that costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from seawall.graph import Bound, FailureClass, Flow, RetryOwner, SiteKind, When, reach
from seawall.graph.durations import in_words
from seawall.graph.usage import SENDS, Charge, ChargedBy, Usage
from seawall.retries import Analysis, Figure
from seawall.retries.attempts import EntryAttempts
from seawall.services.prices import REGION

from .model import Cost, CostItem

MOST_SITES = 2_000
"""Sites that one event may come to, beyond which it is not priced."""
LONGEST_EXPRESS = 300.0
"""Seconds after which an Express execution is ended.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html, read 2026-11-29"""
_FREE = frozenset({SiteKind.ASYNCHRONOUS_QUEUE, SiteKind.RULE})
"""Kinds of sites that cost nothing by themselves."""
ASSUMED = f"list prices in {REGION}"


def event_cost(analysis: Analysis, site: str, failure: FailureClass) -> Cost | None:
    """What one event costs if every run of `site` fails; None where that cannot be told."""
    entry = analysis.attempts.witness(site, failure)
    figure = analysis.figure(site, failure)
    if len(entry.members) > MOST_SITES or figure.count.bounded_by is Bound.NOTHING:
        return None
    if not figure.count.exact:
        limits = [one.tries.limit for one in figure.layers if one.tries.bounded_by is Bound.TIME]
        whole = [limit for limit in limits if limit is not None]
        return _without_pause(analysis.flow, site, max(whole)) if whole and len(whole) == len(limits) else None
    runs = runs_in(entry, site, failure)
    items = tuple(priced(analysis.flow, runs, failure, waits_in(analysis.flow, figure, runs)))
    return Cost(
        sum(one.amount for one in items),
        items,
        assumptions=assumed(analysis.flow, runs),
        not_priced=not_priced(analysis.flow, runs),
        calls=failure is FailureClass.FAULT,
    )


def _without_pause(flow: Flow, site: str, seconds: float) -> Cost | None:
    """What a function costs that is tried again without a pause for some time."""
    usage = usages(flow).get(site)
    if usage is None or usage.seconds is None or usage.unknown:
        return None
    runs = seconds / max(usage.seconds, 1)
    items = tuple(
        CostItem(site, one.unit, one.quantity * runs, one.price.value, runs, one.each, (), one.lasts, one.memory)
        for one in usage.charges
    )
    lasts = f"{site} runs without a pause for {in_words(seconds)}"
    return Cost(sum(one.amount for one in items), items, assumptions=(ASSUMED, lasts, *_of(usage)), alone=True)


def runs_in(entry: EntryAttempts, site: str, failure: FailureClass) -> Mapping[str, int]:
    """Runs of every site, by its plain name, while every run of `site` fails."""
    found: dict[str, int] = {}
    copies = entry.copies(site) or (site,)
    cases = [entry.case(copy, failure).everywhere for copy in copies]
    for member in entry.members:
        ordinary = entry.ordinary_runs(member).value
        count = max([each[member].value for each in cases if member in each], default=ordinary)
        name = entry.flow.plain(member)
        found[name] = found.get(name, 0) + count
    return {name: count for name, count in found.items() if count}


def priced(
    flow: Flow, runs: Mapping[str, int], failure: FailureClass, waits: Mapping[str, float]
) -> Iterator[CostItem]:
    """What each site uses in so many runs, and in the `waits` of machines between them."""
    known = usages(flow)
    for site, count in runs.items():
        usage = known.get(site)
        units: dict[str, CostItem] = {}
        for charge in usage.charges if usage is not None else ():
            awaited = _awaited(flow, runs, waits, site, count) if charge.by is ChargedBy.AWAITED_SECOND else None
            times = _times(flow, runs, site, count, charge, failure) if awaited is None else awaited.seconds
            number = times * charge.quantity
            before = units.get(charge.unit)
            what = "dead letters" if charge.what == SENDS and _moved(flow, runs, site) else charge.what
            kinds = (*(before.kinds if before else ()), *(((what, number),) if what and number else ()))
            whole = number + (before.quantity if before else 0.0)
            each = charge.each if awaited is None else awaited.each(count, charge)
            left = 0.0 if awaited is None else awaited.waits * charge.quantity
            units[charge.unit] = CostItem(
                site, charge.unit, whole, charge.price.value, count, each, kinds, charge.lasts, charge.memory, left
            )
        yield from (item for item in units.values() if item.quantity)


def _moved(flow: Flow, runs: Mapping[str, int], site: str) -> bool:
    """Whether nobody sends to a queue: SQS moves dead letters there."""
    into = [hop for hop in flow.into(site) if hop.source in runs]
    return bool(into) and all(hop.when is When.EXHAUSTED for hop in into)


class _Awaited(Struct, frozen=True):
    """How long the executions of a machine go on, all together."""

    seconds: float
    waits: float
    """Seconds of it in which nothing runs."""

    def each(self, count: int, charge: Charge) -> str:
        """What makes the quantity of one execution, in words."""
        waits = f", {self.waits / count:,.4g} s of each are waits" if self.waits else ""
        return f"{self.seconds / count:,.4g} s x {charge.each}{waits}"


def _awaited(flow: Flow, runs: Mapping[str, int], waits: Mapping[str, float], site: str, count: int) -> _Awaited:
    known = usages(flow)
    behind = reach([site], {name: [hop for hop in flow.out_of(name) if hop.awaits] for name in runs})
    pauses = sum(waits.get(name, 0.0) for name in {site, *behind})
    busy = sum(runs.get(name, 0) * (known[name].seconds or 0) for name in behind if name in known)
    longest = count * LONGEST_EXPRESS
    return _Awaited(min(busy + pauses, longest), min(pauses, longest))


def waits_in(flow: Flow, found: Figure, runs: Mapping[str, int]) -> Mapping[str, float]:
    """Seconds for which each machine waits between the tries of its own states, in all of its executions."""
    waits: dict[str, float] = {}
    for factor in found.layers:
        state = flow.plain(factor.hop.target)
        if factor.hop.owner is RetryOwner.MACHINE and factor.tries.backoff:
            machine = flow.container(state)
            entered = runs.get(state, 0) / (factor.tries.total or 1)
            waits[machine] = waits.get(machine, 0.0) + entered * factor.tries.backoff
    return waits


def _times(flow: Flow, runs: Mapping[str, int], site: str, count: int, charge: Charge, failure: FailureClass) -> float:
    if charge.by in (ChargedBy.DELIVERY, ChargedBy.REMOVAL):
        into = {hop.target: hop for hop in flow.out_of(site) if hop.awaits}
        most = sum(min(runs.get(name, 0), count * (hop.tries_for(failure).total or 1)) for name, hop in into.items())
        return most if charge.by is ChargedBy.DELIVERY or most <= count else 0
    return count


def usages(flow: Flow) -> Mapping[str, Usage]:
    """Usages by site; of a site that is read in several worlds the dearest."""
    found: dict[str, Usage] = flow.memory.setdefault("usages", {})
    for usage in () if found else flow.usages:
        known = found.get(usage.site)
        if known is None or _dear(usage) > _dear(known):
            found[usage.site] = usage
    return found


def _dear(usage: Usage) -> float:
    return sum(charge.price.value * charge.quantity for charge in usage.charges)


def assumed(flow: Flow, runs: Mapping[str, int]) -> tuple[str, ...]:
    """What has to hold for the sum to hold."""
    known = usages(flow)
    return (ASSUMED, *dict.fromkeys(line for name in runs if name in known for line in _of(known[name])))


def _of(usage: Usage) -> Iterator[str]:
    for charge in usage.charges:
        if charge.assumption:
            lasts = charge.by is ChargedBy.RUN and usage.seconds is not None
            yield f"{charge.assumption} ({usage.site})" if lasts else charge.assumption


def not_priced(flow: Flow, runs: Mapping[str, int]) -> tuple[str, ...]:
    """Sites that run and of which no price, or not all of it, is known."""
    known = usages(flow)
    return tuple(
        name
        for name in runs
        if (name not in known and flow.sites[name].kind not in _FREE) or (name in known and known[name].unknown)
    )
