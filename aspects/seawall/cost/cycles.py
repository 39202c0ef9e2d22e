"""What a cycle costs: in all where something ends it, else by the hour, and when it has filled what may run at once."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from seawall.graph import FailureClass, Flow
from seawall.graph.facts import Fact
from seawall.retries import Analysis, Loop, Path, figure

from .model import Cost, Saturation
from .runs import MOST_SITES, assumed, not_priced, priced, runs_in, usages

ACCOUNT_CONCURRENCY = Fact(
    1_000, "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html", "2026-11-30"
)
"""Runs at once that an account allows in a Region where nobody asked for more; new accounts have less."""
_MOST_ROUNDS = 10_000
_HOUR = 3_600.0


def cycle_cost(analysis: Analysis, loop: Loop, failure: FailureClass) -> Cost | None:
    """What one failing event in a loop costs; None where nobody sends back in the class, or it is too large."""
    one_lap = analysis.attempts.lap(loop.copy or loop.start)
    senders = [hop.source for hop in loop.returns if hop.source in one_lap.inside]
    if not senders:
        return None
    sender = max(senders, key=lambda site: one_lap.attempts(site, failure).weight)
    entry = one_lap.worst(sender, failure)[1]
    if len(entry.members) > MOST_SITES:
        return None
    runs = runs_in(entry, sender, failure)
    items = tuple(priced(analysis.flow, runs, failure))
    unpriced = not_priced(analysis.flow, runs)
    found = Cost(None, items, assumptions=assumed(analysis.flow, runs), not_priced=unpriced, by_round=True)
    round_ = sum(one.amount for one in items)
    if loop.laps is not None:
        events = loop.total(failure)
        return replace(found, per_event=round_ * events.value) if events is not None and events.exact else None
    gain, way = loop.gain[failure], figure(entry, sender, failure)
    lasts = [round_seconds(analysis.flow, path) for path in way.paths]
    known = [one for one in lasts if one is not None]
    sent = max(hop.copies for hop in loop.returns if hop.source == sender)
    whole = len(known) == len(lasts) and way.count.value * sent >= gain.value  # else others come back, too
    seconds = max(known) if whole else None
    if gain.value > 1 and gain.exact:
        site, at_once = _narrowest(analysis.flow, loop)
        rounds = next((number for number in range(1, _MOST_ROUNDS) if gain.value**number >= at_once), _MOST_ROUNDS)
        full = Saturation(at_once, site, rounds, None if seconds is None else seconds * rounds)
        return replace(found, per_hour=_full(analysis.flow, loop, runs, round_, at_once), saturation=full)
    return replace(found, per_hour=round_ * _HOUR / seconds if seconds else None)


def round_seconds(flow: Flow, path: Path) -> float | None:
    """How long one round takes if every run takes its whole timeout; None where that is not known."""
    known = usages(flow)
    total, inner = 0.0, 0.0
    for factor in reversed(path.factors):
        usage = known.get(factor.hop.target)
        own = usage.seconds if usage is not None else None
        run = max(inner, own or 0.0)
        again = factor.tries.seconds(run * factor.copies) if factor.hop.awaits else run
        if again is None:
            return None
        inner = again
        if not factor.hop.awaits:
            total, inner = total + inner, 0.0
    delay = next((one.queue.delay.value for one in flow.pollings if one.queue and one.queue.site == path.entry), None)
    return (total + inner + (delay or 0)) or None


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
