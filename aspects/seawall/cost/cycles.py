"""What a cycle costs: in all where something ends it, else by the hour, and when it has filled what may run at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import FailureClass, Flow, SiteKind
from seawall.graph.facts import Fact
from seawall.graph.usage import ChargedBy
from seawall.retries import Analysis, Loop, Path, figure
from seawall.retries.lasting import NO_TIME, Lasting, after_tries, one_by_one

from .model import Cost, CostItem, Saturation
from .runs import MOST_SITES, assumed, not_priced, priced, runs_in, usages, waits_in

ACCOUNT_CONCURRENCY = Fact(
    1_000, "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html", "2026-11-30"
)
"""Runs at once that an account allows in a Region where nobody asked for more; new accounts have less."""
MOST_EVENTS = 10**6
"""Events up to which a cycle that something ends is priced as a whole: beyond, so many never run in a time that counts,
and an hour of it is."""
_MOST_ROUNDS = 10_000
_MOST_SENDERS = 20
"""Ways round that are compared by the time that they take."""
_HOUR = 3_600.0
_DAY = 24 * _HOUR


QUICK = 0.2
"""Seconds of a run that fails at once, as an example."""


class QuickPace(Struct, frozen=True):
    """How fast one event goes round if each run lasts `QUICK`."""

    runs_a_day: int
    per_day: float
    """US dollars."""


class Pace(Struct, frozen=True):
    """How fast one event goes round in a cycle, if every run takes its whole timeout."""

    lasts: Lasting
    """One round."""
    runs: int
    """Runs of functions in one round."""
    per_day: float
    """US dollars."""
    quick: QuickPace | None = None
    """The same if each run ends at once; None where that is not told."""

    @property
    def rounds_a_day(self) -> int:
        """Rounds in 24 hours."""
        return int(_DAY / self.lasts.seconds)


class _Round(Struct, frozen=True):
    """One round of a cycle in which everything fails in one way."""

    runs: Mapping[str, int]
    items: tuple[CostItem, ...]
    longest: Lasting | None
    """None where it is not known how long it takes."""
    passed: frozenset[str]
    """Sites on the way that takes longest: what else runs may be another branch."""
    assumed: tuple[str, ...]
    not_priced: tuple[str, ...]


def _one_round(analysis: Analysis, loop: Loop, failure: FailureClass) -> _Round | None:
    """That of the sender which brings most back; None where nobody sends back in the class, or it is too large."""
    one_lap = analysis.attempts.lap(loop.copy or loop.start)
    senders = _senders(analysis, loop)
    if not senders:
        return None
    return _round_of(analysis, loop, failure, max(senders, key=lambda site: one_lap.attempts(site, failure).weight))


def _senders(analysis: Analysis, loop: Loop) -> list[str]:
    one_lap = analysis.attempts.lap(loop.copy or loop.start)
    return [hop.source for hop in loop.returns if hop.source in one_lap.inside]


def _round_of(analysis: Analysis, loop: Loop, failure: FailureClass, sender: str) -> _Round | None:
    entry = analysis.attempts.lap(loop.copy or loop.start).witness(sender, failure)
    if len(entry.members) > MOST_SITES:
        return None
    runs = runs_in(entry, sender, failure)
    way = figure(entry, sender, failure)
    lasts = [round_time(analysis.flow, path) for path in way.paths]
    known = [one for one in lasts if one is not None]
    longest = max(known, key=lambda one: one.seconds, default=None)
    path = way.paths[lasts.index(longest)] if longest is not None else way.main
    ways = [path.entry, *(hop.target for hop in path.hops)]
    sites = {analysis.unfolded.plain(site) for site in ways}
    sites |= {analysis.flow.container(site) for site in sites}
    sent = max(hop.copies for hop in loop.returns if hop.source == sender)
    # else others come back, too
    whole = len(known) == len(lasts) and way.count.value * sent >= loop.gain[failure].value
    return _Round(
        runs,
        tuple(priced(analysis.flow, runs, failure, waits_in(analysis.flow, way, runs))),
        longest if whole else None,
        frozenset(sites),
        assumed(analysis.flow, runs),
        not_priced(analysis.flow, runs),
    )


def pace(analysis: Analysis, loop: Loop, failure: FailureClass) -> Pace | None:
    """How fast a cycle goes round in which one event comes back for each one sent, by its longest way; None where that
    is not known.
    """
    senders = dict.fromkeys(_senders(analysis, loop)) if loop.gain[failure].value == 1 else {}
    if not senders or len(senders) > _MOST_SENDERS:
        return None
    rounds = [_round_of(analysis, loop, failure, each) for each in senders]
    timed = [(one.longest, one) for one in rounds if one is not None and one.longest is not None]
    if len(timed) != len(senders):
        return None
    lasts, found = max(timed, key=lambda each: each[0].seconds)
    sites, passed = analysis.flow.sites, found.passed
    runs = sum(found.runs.get(site, 0) for site in passed if sites[site].kind == SiteKind.FUNCTION)
    items = [one for one in found.items if one.site in passed]
    made = sum(one.amount for one in items)
    return Pace(lasts, runs, made * _DAY / lasts.seconds, _quick(analysis.flow, lasts, runs, items))


def _quick(flow: Flow, lasts: Lasting, runs: int, items: Iterable[CostItem]) -> QuickPace | None:
    """The pace of runs that end at once; None where what is waited for is not known beside the runs themselves."""
    timed = {one.site: usages(flow)[one.site].seconds or 0.0 for one in items if one.lasts}
    left = lasts.seconds - sum(timed.values())
    if not runs or len(timed) != runs or left < 0 or any(seconds <= QUICK for seconds in timed.values()):
        return None
    rounds = _DAY / (left + runs * QUICK)
    each = sum(one.amount * (QUICK / timed[one.site] if one.lasts else 1.0) for one in items)
    return QuickPace(round(rounds * runs), rounds * each)


def cycle_cost(analysis: Analysis, loop: Loop, failure: FailureClass) -> Cost | None:
    """What one failing event in a loop costs; None where nobody sends back in the class, or it is too large."""
    one = _one_round(analysis, loop, failure)
    if one is None:
        return None
    found = Cost(None, one.items, assumptions=one.assumed, not_priced=one.not_priced, by_round=True)
    round_ = found.of_items
    events = loop.total(failure)
    if events is not None and events.value <= MOST_EVENTS:
        return replace(found, per_event=round_ * events.value) if events.exact else None
    gain = loop.gain[failure]
    seconds = None if one.longest is None else one.longest.seconds
    functions = any(analysis.flow.sites[site].kind == SiteKind.FUNCTION for site in loop.sites)
    if gain.value > 1 and gain.exact and functions:
        items = tuple(_with_sends(analysis.flow, loop, gain.value - 1, one.items))
        round_ = sum(item.amount for item in items)
        site, at_once = _narrowest(analysis.flow, loop)
        rounds = next((number for number in range(1, _MOST_ROUNDS) if gain.value**number >= at_once), _MOST_ROUNDS)
        parts = () if one.longest is None else one.longest.parts
        full = Saturation(at_once, site, rounds, None if seconds is None else seconds * rounds, parts)
        hour = _full(analysis.flow, loop, one.runs, round_, at_once)
        return replace(found, items=items, per_hour=hour, saturation=full)
    return replace(found, per_hour=round_ * _HOUR / seconds if seconds else None)


def _with_sends(flow: Flow, loop: Loop, more: int, items: Iterable[CostItem]) -> Iterator[CostItem]:
    """The items of a round, in which more events are sent to the start than the one that goes round."""
    usage = usages(flow).get(loop.start)
    sends = {one.unit: one for one in (usage.charges if usage is not None else ()) if one.by is ChargedBy.RUN}
    for item in items:
        charge = sends.get(item.unit) if item.site == loop.start else None
        if charge is None:
            yield item
        else:
            sent = more * charge.quantity
            kinds = (*item.kinds, *(((charge.what, sent),) if charge.what else ()))
            yield replace(item, quantity=item.quantity + sent, kinds=kinds)


def round_time(flow: Flow, path: Path) -> Lasting | None:
    """How long one round takes if every run takes its whole timeout; None where that is not known."""
    known = usages(flow)
    total, inner = NO_TIME, NO_TIME
    for factor in reversed(path.factors):
        usage = known.get(factor.hop.target)
        own = usage.seconds if usage is not None else None
        run = inner if own is None or own <= inner.seconds else Lasting(own, (f"{own:g} s {factor.hop.target}",))
        again = after_tries(factor, one_by_one(factor.copies, run)) if factor.hop.awaits else run
        if again is None:
            return None
        inner = again
        if not factor.hop.awaits:
            total, inner = inner + total, NO_TIME
    delay = next((one.queue.delay.value for one in flow.pollings if one.queue and one.queue.site == path.entry), None)
    before = Lasting(float(delay), (f"{delay} s DelaySeconds",)) if delay else NO_TIME
    whole = before + inner + total
    return whole if whole.seconds else None


def _narrowest(flow: Flow, loop: Loop) -> tuple[str, int]:
    """The function of the loop of which fewest may run at once; the account's limit where no function has its own."""
    known = usages(flow)
    own = [(known[site].at_once, site) for site in loop.sites if site in known and known[site].at_once]
    limits = [(number, site) for number, site in own if number is not None]
    number, site = min(limits, default=(ACCOUNT_CONCURRENCY.value, ""))
    return site, number


def _full(flow: Flow, loop: Loop, runs: Mapping[str, int], round_: float, at_once: int) -> float | None:
    """US dollars an hour while as many runs go on as may: in proportion to what one round costs."""
    known = usages(flow)
    busy = sum(runs.get(site, 0) * (known[site].seconds or 0.0) for site in loop.sites if site in known)
    return round_ * at_once * _HOUR / busy if busy else None
