"""Loops: failing work that is sent back to where it came from, and how fast it multiplies.

A loop's *gain* for a failure class is the number of events that return to its start for each event that left, when
one of its senders, or what it waits for, fails with that class. Gain 1 never ends by itself; above 1 it grows as gain
to the power of the laps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct, field
from msgspec.structs import replace

from seawall.graph import CLASSES, Bound, Evidence, FailureClass, Flow, Hop, HopKind, When, components, on_way, reach

from .attempts import EntryAttempts, ordinary_runs
from .contributions import total
from .count import MOST, NONE, ONE, Count, of_copies
from .coupled import MOST_BOUNDED, MOST_COUPLED, bounds, gains
from .events import Attempts, EntryEvents
from .returned import sent_together, worst_gain

LAMBDA_STOPS = "lambda-detection"
"""What ends a loop that Lambda stops."""


class Loop(Struct, frozen=True):
    """The ways back to one start."""

    start: str
    returns: tuple[Hop, ...]
    sites: tuple[str, ...]
    """In the order of events, from the start."""
    gain: Mapping[FailureClass, Count]
    stopped_by: str
    """`nothing`, `lambda-detection`, `code` or `stated`."""
    laps: int | None
    """How often an event comes round at most, where something stops it."""
    gain_min: Mapping[FailureClass, Count] = field(default_factory=dict)
    """The low end of the gain: a handler that sends back may then end well, may not wait for what it calls, and may not
    have come to send anything before it ran out of time."""
    needs_failure: bool = True
    """False where an event can come round although nothing fails."""
    copy: str = ""
    """The start as the flow of single events names it."""
    at_most: frozenset[FailureClass] = frozenset()
    """Classes of which the gain is an upper bound."""
    expires: float | None = None
    """Seconds after which an event is too old to go round: nothing leads it back but moves to dead-letter queues which
    keep the time of its first send. None: its age ends nothing.
    """

    @property
    def evidence(self) -> Evidence:
        """Of its best known way back."""
        return max(hop.evidence for hop in self.returns)

    def total(self, failure: FailureClass) -> Count | None:
        """Events in all from one event, where laps are limited: 1 + g + ... + g^L.

        >>> from types import MappingProxyType
        >>> loop = Loop("Queue", (), (), {FailureClass.FAULT: Count(4)}, "stated", 5)
        >>> loop.total(FailureClass.FAULT).max
        1365
        """
        if self.laps is None:
            return None
        gain = self.gain[failure]
        if gain.value <= 1:
            return ONE + gain * Count(self.laps)
        total = power = ONE
        for _ in range(min(self.laps, MOST.bit_length())):  # a gain of two has grown to the most by then
            power = power * gain
            total = total + power
        return total


def find_loops(flow: Flow, returns: Iterable[Hop], attempts: Attempts) -> tuple[Loop, ...]:
    """The loops that `returns` close; `attempts` are those of the flow without them."""
    order = attempts.flow.order
    by_start: dict[str, list[Hop]] = {}
    for hop in returns:
        by_start.setdefault(hop.target, []).append(hop)
    passed = _passed_on(attempts.flow, by_start)
    found = (_loop(flow, attempts, start, hops, passed.get(start, ())) for start, hops in by_start.items())
    loops = [loop for loop in found if loop is not None]
    if len(loops) > 1:
        loops = list(_coupled(flow, attempts, loops, by_start))
    return tuple(_as_read(flow, sorted(loops, key=lambda loop: order[loop.start])))


def _coupled(flow: Flow, attempts: Attempts, loops: list[Loop], by_start: Mapping[str, list[Hop]]) -> Iterator[Loop]:
    """The loops with the gains that they have together, where one feeds another without a limit."""
    by_name = {loop.start: loop for loop in loops}
    by_start = {start: [hop for hop in hops if hop.laps is None] for start, hops in by_start.items()}
    for part in components(flow.sites, flow.outgoing):
        together = [by_name[site] for site in part if site in by_name]
        if len(together) < 2:
            yield from together
            continue
        if len(together) > MOST_BOUNDED:
            yield from map(_with_more, together)
            continue
        laps = {loop.start: _lap_to(attempts.flow, loop.start, together) for loop in together}
        returns = {start: _returns(lap, by_start, laps) for start, lap in laps.items()}
        if len(together) <= MOST_COUPLED:
            grown = {failure: _grown(returns, failure) for failure in CLASSES}
        else:
            grown = {failure: _bounded(returns, failure) for failure in CLASSES}
        for loop in together:
            gain = {each: _at_least(loop.gain[each], grown[each][loop.start]) for each in CLASSES}
            bound = {each for each in CLASSES if gain[each].value > loop.gain[each].value}
            yield replace(loop, gain=gain, at_most=frozenset(bound if len(together) > MOST_COUPLED else ()))


def _lap_to(open_flow: Flow, start: str, loops: Iterable[Loop]) -> EntryEvents | None:
    """What one event at `start` does on its way to any of the hops that lead back; None where it comes to none."""
    sites = on_way(open_flow, start, *(hop.source for loop in loops for hop in loop.returns))
    return EntryEvents(open_flow, start, _concerned(open_flow, sites)) if sites else None


def _with_more(loop: Loop) -> Loop:
    """A loop of which it was not worked out what others add to it: its own gain is a least one."""
    return replace(loop, gain={each: replace(loop.gain[each], exact=False) for each in CLASSES})


class _Returns(Struct, frozen=True):
    """What one lap brings back."""

    lap: EntryEvents | None
    hops: Mapping[str, list[Hop]]
    """By start that its event comes back to."""

    def gain(self, hops: list[Hop], failure: FailureClass) -> int:
        """How many events come back over some of them."""
        return _gain(self.lap, hops, failure).value if self.lap is not None and hops else 0


def _returns(lap: EntryEvents | None, by_start: Mapping[str, list[Hop]], starts: Iterable[str]) -> _Returns:
    if lap is None:
        return _Returns(None, {})
    taken = {start: [hop for hop in by_start[start] if hop.source in lap.inside and lap.takes(hop)] for start in starts}
    return _Returns(lap, {start: hops for start, hops in taken.items() if hops})


def _grown(returns: Mapping[str, _Returns], failure: FailureClass) -> Mapping[str, int]:
    """By start: as how many events one comes back, at most; of code that sends to one start or to another one, what it
    sends back to all of them in one branch is a bound as well.
    """
    found = gains(_returned_to(returns, failure))
    hops = (hop for one in returns.values() for each in one.hops.values() for hop in each)
    if not any(hop.guard.options for hop in hops):
        return found
    bounded = _bounded(returns, failure)
    return {start: min(number, bounded[start]) for start, number in found.items()}


def _bounded(returns: Mapping[str, _Returns], failure: FailureClass) -> Mapping[str, int]:
    """By start: as how many events one comes back at most, by what comes back to all starts together."""
    sums = {start: one.gain(list(chain.from_iterable(one.hops.values())), failure) for start, one in returns.items()}
    return bounds({start: list(one.hops) for start, one in returns.items()}, sums)


def _returned_to(returns: Mapping[str, _Returns], failure: FailureClass) -> dict[str, dict[str, int]]:
    return {
        start: {other: one.gain(hops, failure) for other, hops in one.hops.items()} for start, one in returns.items()
    }


def _at_least(count: Count, value: int) -> Count:
    if count.value >= value:
        return count
    return replace(count, value=min(value, MOST), exact=count.exact and value <= MOST)


def _as_read(flow: Flow, loops: Iterable[Loop]) -> Iterator[Loop]:
    """Loops through copies of the same start together, in the names of the templates."""
    by_start: dict[str, list[Loop]] = {}
    for loop in loops:
        by_start.setdefault(flow.plain(loop.start), []).append(loop)
    for start, same in by_start.items():
        if not flow.copied_from:
            yield from same
            continue
        worst = max(same, key=lambda loop: max(gain.weight for gain in loop.gain.values()))
        yield replace(
            worst,
            start=start,
            returns=tuple(dict.fromkeys(flow.originals.get(hop, hop) for loop in same for hop in loop.returns)),
            sites=tuple(dict.fromkeys(flow.plain(site) for loop in same for site in loop.sites)),
            gain_min={each: max((loop.gain_min[each] for loop in same), key=_weight) for each in CLASSES},
            gain={each: max((loop.gain[each] for loop in same), key=_weight) for each in CLASSES},
            needs_failure=all(loop.needs_failure for loop in same),
            at_most=frozenset[FailureClass]().union(*(loop.at_most for loop in same)),
        )


def _weight(count: Count) -> tuple[bool, int, Bound, bool]:
    return count.weight


def _passed_on(open_flow: Flow, by_start: Mapping[str, list[Hop]]) -> Mapping[str, list[Hop]]:
    """By start: what the senders of its ways back send to other starts as well, and what those only pass on to it."""
    found: dict[str, list[Hop]] = {}
    for start, hops in by_start.items():
        waiting, seen = [start], {start}
        while waiting:
            site = waiting.pop()
            if not open_flow.sites[site].works:
                new = [hop.target for hop in open_flow.out_of(site) if not hop.awaits and hop.when is When.ALWAYS]
                waiting += (each for each in new if each not in seen)
                seen.update(new)
        for other in seen & by_start.keys() - {start}:
            senders = {hop.source for hop in by_start[other]}
            found.setdefault(other, []).extend(hop for hop in hops if hop.source in senders)
    return found


def _loop(flow: Flow, attempts: Attempts, start: str, hops: list[Hop], passed_on: Iterable[Hop] = ()) -> Loop | None:
    """None where no single event can take the whole way round."""
    open_flow = attempts.flow
    sites = on_way(open_flow, start, *(hop.source for hop in hops))
    one_lap = attempts.lap(start, _concerned(open_flow, sites))
    if not sites:  # the way runs through another loop's return
        sites = reach([start], flow.outgoing) & reach([start], flow.incoming, forward=False)
    closing = [hop for hop in hops if hop.source in one_lap.inside]
    if closing and not any(one_lap.takes(hop) for hop in closing):
        return None
    closing = [hop for hop in closing if one_lap.takes(hop)]
    besides = [hop for hop in passed_on if hop.source in one_lap.inside and one_lap.takes(hop)]
    stopped_by, laps = _stop(flow, sites, hops)
    return Loop(
        start=start,
        copy=start,
        returns=tuple(hops),
        sites=tuple(sorted(sites, key=open_flow.order.__getitem__)),
        gain={failure: _gain(one_lap, [*closing, *besides], failure) for failure in CLASSES},
        gain_min={failure: _least(one_lap, closing, failure) for failure in CLASSES},
        stopped_by=stopped_by,
        laps=laps,
        expires=_expiry(flow, sites),
        needs_failure=all(
            hop.when is not When.ALWAYS or hop.evidence < Evidence.STATED or _only_after_failure(one_lap, hop.source)
            for hop in hops
        ),
    )


def _concerned(flow: Flow, sites: Iterable[str]) -> set[str]:
    """Sites on the way, every step of what runs there, and what they wait for: each may be the one that fails."""
    return reach(sites, flow.awaiting)


def _gain(one_lap: EntryEvents, hops: Sequence[Hop], failure: FailureClass) -> Count:
    """Events that return per event that left, at most: what the worst failing sender sends, or what all senders send
    together when one of them, or what it waits for, fails.
    """
    declared = [hop for hop in hops if hop.when is When.ALWAYS and hop.evidence is Evidence.DECLARED]
    found = _returned_by_sender(one_lap, [hop for hop in hops if hop not in declared], failure)
    found += _returned_by_steps(one_lap, declared, failure)
    of_cases, left = worst_gain(one_lap, hops, failure)
    worst = max([*found, of_cases], key=_weight)
    return worst if left <= worst.value else replace(worst, exact=False)


def _returned_by_steps(one_lap: EntryEvents, declared: Iterable[Hop], failure: FailureClass) -> list[Count]:
    """What steps, and what passes events on, return in any case, or after a failure of another step."""
    caught = {hop: _only_after_failure(one_lap, hop.source) for hop in declared}
    found = [_runs_after_failure(one_lap, hop.source, failure) for hop in caught if caught[hop]]
    once = [
        hop
        for hop in caught
        if hop.when is When.EXHAUSTED or (hop.when is When.FAILURE and not caught[hop] and not hop.conditional)
    ]
    found += [_quiet(one_lap, hop.source) for hop in once]  # each event moves on once, each failed run is told once
    sure = [hop for hop in caught if not caught[hop]]
    if not sure:
        return found
    events, _ = one_lap.classes_of({hop.source for hop in sure})
    return [*found, max((_sent_by(one, sure) for one in events), key=_weight)]


def _sent_by(one: EntryAttempts, hops: Sequence[Hop]) -> Count:
    """What one event sends over some hops when nothing fails."""
    taken = [hop for hop in hops if hop.source in one.inside and not one.flow.ways.bit.get(hop, 0) & one.off]
    return ordinary_runs(one, taken) if taken else NONE


def _returned_by_sender(one_lap: EntryEvents, hops: Iterable[Hop], failure: FailureClass) -> list[Count]:
    """What each sender returns at most."""
    found: dict[str, list[Hop]] = {}
    for hop in hops:
        found.setdefault(hop.source, []).append(hop)
    return [sent_together(own, lambda hop: _returned(one_lap, hop, failure)) for own in found.values()]


def _returned(one_lap: EntryEvents, hop: Hop, failure: FailureClass) -> Count:
    """Runs at most in which one sender returns events when its runs fail."""
    if hop.fails_after is False and failure is FailureClass.ERROR:
        return one_lap.all.runs(hop.source)
    if hop.evidence is Evidence.READ and failure is FailureClass.THROTTLE:  # the code that sends did not run
        return NONE if hop.when is When.FAILURE else one_lap.all.ordinary_runs(hop.source)
    return one_lap.attempts(hop.source, failure)


def _least(one_lap: EntryEvents, hops: Iterable[Hop], failure: FailureClass) -> Count:
    """Events that return per event that left, at least, where the way back is taken at all."""
    surely = _surely_reached(one_lap, failure)
    hops = [hop for hop in hops if hop.source in surely]
    declared = [hop for hop in hops if hop.evidence is Evidence.DECLARED]
    declared = [hop for hop in declared if hop.source not in one_lap.flow.branches_chosen]
    found = _returned_by_steps(one_lap, declared, failure)
    found += [_sent_back(one_lap, hop, failure) for hop in hops if hop not in declared]
    return max(found, key=_weight, default=NONE if not hops else ONE)


def _surely_reached(one_lap: EntryEvents, failure: FailureClass) -> set[str]:
    """Sites that an event comes to from the start by nothing that only may be so."""
    flow, inside = one_lap.flow, one_lap.all.inside
    sure = {site: tuple(hop for hop in flow.out_of(site) if _is_sure(flow, hop, failure)) for site in inside}
    return reach([one_lap.entry], sure)


def _is_sure(flow: Flow, hop: Hop, failure: FailureClass) -> bool:
    """Whether a hop is taken for certain where its sender runs, or fails so.

    A branch of a Choice that calls something is: the event whose work fails there took it, and takes it each round.
    """
    if hop.conditional or (hop.source in flow.branches_chosen and not hop.awaits):
        return False
    if hop.evidence is Evidence.DECLARED or failure is FailureClass.ERROR:
        return True
    certain = hop.awaits or hop.kind in (HopKind.INVOKE, HopKind.MOVE) or hop.evidence >= Evidence.READ
    return hop.when is When.ALWAYS and certain


def _sent_back(one_lap: EntryEvents, hop: Hop, failure: FailureClass) -> Count:
    """What code sends back for certain: what it sends in each run of a handler that then ends well."""
    return _certain(one_lap, hop, failure) * of_copies(hop.copies_least)


def _certain(one_lap: EntryEvents, hop: Hop, failure: FailureClass) -> Count:
    """Runs in which code sends back for certain."""
    if hop.conditional or hop.source in one_lap.flow.branches_chosen:
        return NONE
    if hop.when is When.ALWAYS and (hop.awaits or hop.kind == HopKind.INVOKE or hop.evidence >= Evidence.READ):
        return _quiet(one_lap, hop.source)
    if failure is not FailureClass.ERROR:
        return NONE  # out of time, or not run: it may not have come to send
    if hop.fails_after:
        return one_lap.attempts(hop.source, failure)
    return _quiet(one_lap, hop.source)


def _quiet(one_lap: EntryEvents, site: str) -> Count:
    """Runs when nothing fails, or, where only failures lead, when they do."""
    events, _ = one_lap.classes_of([site])
    return max((one.runs(site) for one in events if site in one.inside), key=_weight, default=one_lap.all.runs(site))


def _only_after_failure(one_lap: EntryEvents, site: str) -> bool:
    """Whether nothing but a failure leads to `site`, such as a catch to the step behind it."""
    return site in one_lap.inside and one_lap.all.ordinary_runs(site) == NONE


def _runs_after_failure(one_lap: EntryEvents, site: str, failure: FailureClass) -> Count:
    """Runs of a step that a catch leads to, when another step of its container fails."""
    flow = one_lap.flow
    beside = [
        other
        for other in one_lap.all.members
        if other != site and flow.container(other) == flow.container(site) != other
    ]
    found = [total(case.terms(site)) for other in beside for case in one_lap.all.cases(other, failure)]
    return max(found, key=lambda count: count.weight, default=NONE)


def _stop(flow: Flow, sites: set[str], hops: list[Hop]) -> tuple[str, int | None]:
    """What ends the loop: a limit for every way back, stated or counted by the code that sends, or a service's loop
    detection on every way.
    """
    limits = [hop.laps for hop in hops if hop.laps is not None]
    if len(limits) == len(hops):
        return ("code" if any(counts(hop) for hop in hops) else "stated"), max(limits)
    inner = hops_of(flow, sites)
    detected = [limit for hop in inner if (limit := flow.sites[hop.target].recursion_limit) is not None]
    if detected and all(hop.traced for hop in inner):
        return LAMBDA_STOPS, max(detected)
    return "nothing", None


def _expiry(flow: Flow, sites: set[str]) -> float | None:
    """How old a message gets that is only moved from one queue to the next, each by its redrive policy.

    A standard queue keeps the time of the first send, a FIFO queue counts from the move.
    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html,
    read on 2026-11-29
    """
    moves = [hop for site in sites for hop in flow.out_of(site) if hop.target in sites]
    clocks = {(clock.queue, clock.dead): clock for clock in flow.dead_letters}
    found = [clocks.get((flow.plain(hop.source), flow.plain(hop.target))) for hop in moves]
    kept = [clock.kept.value for clock in found if clock is not None and not clock.renewed]
    if len(kept) < len(moves) or any(hop.when is not When.EXHAUSTED for hop in moves):
        return None
    known = [each for each in kept if each is not None]
    return float(max(known)) if len(known) == len(kept) and known else None


def counts(hop: Hop) -> bool:
    """Whether the code that sends counts the laps of an event, which nobody stated."""
    return hop.laps is not None and hop.at is not None and hop.stated is None


def hops_of(flow: Flow, sites: Iterable[str]) -> tuple[Hop, ...]:
    """The hops that a loop through `sites` is made of.

    Where it leaves a site because the tries of its event are spent, or because they ended well, the hops that made them
    belong to it.
    """
    sites = tuple(sites)
    inside = set(sites)
    inner = [hop for site in sites for hop in flow.out_of(site) if hop.target in inside]
    spent = dict.fromkeys(hop.source for hop in inner if hop.when is When.EXHAUSTED or hop.kind == HopKind.DESTINATION)
    spending = [hop for site in spent for hop in flow.out_of(site) if hop.awaits and hop.target not in inside]
    return (*inner, *spending)
