"""The clocks of queues and their dead-letter queues: what expires before it is dead-lettered, or on arrival.

A message expires by its first enqueue time. A standard dead-letter queue keeps that time, a FIFO one sets a new one. A
message moves at the receive after its last one, so one that expires before that is deleted and never moves.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html (read on
29 November 2026)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import inf

from msgspec.structs import replace

from seawall.graph.clocks import evenly
from seawall.graph.model import DeadLetterClock, Hop, Place, RefusedDeadLetters, Tries, When
from seawall.template import Resource

from ..recording import each_world
from ..registry import finisher
from ..wiring import Wiring
from .queues import QUEUE, RETENTION, delay, within

_REDRIVE = "redrive"
_STANDARD_ONLY: Mapping[str, str] = {
    "asynchronous-queue": "a function's asynchronous invocations",
    "topic": "a standard topic's subscriptions",
    "rule": "an EventBridge rule",
    "schedule": "a schedule",
}
"""Kinds of sites whose dead letters a FIFO queue cannot take, as people say them."""


@finisher(order=40)
def clocks(wiring: Wiring) -> None:
    """Receives of dead letters as far as their clock lets them; no hop for what never moves, or is deleted at once."""
    queues = {each.site_id: each for each in wiring.app.by_type.get(QUEUE, ())}
    into: dict[str, list[Hop]] = {}
    out_of: dict[str, list[Hop]] = {}
    for hop in wiring.hops:
        if hop.target in queues:
            into.setdefault(hop.target, []).append(hop)
        if hop.source in queues:
            out_of.setdefault(hop.source, []).append(hop)
    found = _Clocks(wiring, queues, into, out_of)
    changed: dict[Hop, Hop | None] = {}
    for site in queues:
        changed |= found.changes(site)
    if changed:
        kept = (changed.get(hop, hop) for hop in wiring.hops)
        wiring.hops = [hop for hop in kept if hop is not None]
    wiring.dead_letters += found.told


@finisher(order=41)
def kinds(wiring: Wiring) -> None:
    """Dead-letter queues of a kind that AWS refuses."""
    queues = {each.site_id: each for each in wiring.app.by_type.get(QUEUE, ())}
    for hop in wiring.hops:
        if hop.when is not When.EXHAUSTED or hop.target not in queues:
            continue
        fifo = _fifo(wiring, queues[hop.target])
        if hop.source in queues and hop.kind == _REDRIVE:
            own = _fifo(wiring, queues[hop.source])
            if None not in (fifo, own) and fifo != own:
                names = ("a FIFO queue", "a standard queue")
                mine, other = names if own else names[::-1]
                why = f"the dead-letter queue of {mine} must be {mine.removeprefix('a ')}, and {hop.target} is {other}"
                wiring.refused.append(RefusedDeadLetters(hop.source, hop.place, hop.target, why))
        elif fifo and (what := _standard_only(wiring, hop)):
            why = f"{hop.target} is a FIFO queue, which takes no dead letters of {what}"
            wiring.refused.append(RefusedDeadLetters(hop.source, hop.place, hop.target, why))


def _standard_only(wiring: Wiring, hop: Hop) -> str:
    """What sends, where a FIFO queue takes no dead letters of it; empty where it may."""
    site = wiring.sites[hop.source]
    resource = wiring.app.resource(site.place.address) if site.place else None
    if site.kind == "topic" and resource is not None and wiring.props(resource).flag("FifoTopic").value is not False:
        return ""
    return _STANDARD_ONLY.get(site.kind, "")


def _fifo(wiring: Wiring, queue: Resource) -> bool | None:
    return wiring.props(queue).flag("FifoQueue").value


class _Clocks:
    """How long messages have lived when they arrive, and what that leaves them."""

    def __init__(
        self,
        wiring: Wiring,
        queues: Mapping[str, Resource],
        into: Mapping[str, list[Hop]],
        out_of: Mapping[str, list[Hop]],
    ) -> None:
        self._wiring = wiring
        self._queues = queues
        self._into = into
        self._out_of = out_of
        self._lived: dict[str, float] = {}
        self._under_way: set[str] = set()
        self.told: list[DeadLetterClock] = []

    def changes(self, site: str) -> Mapping[Hop, Hop | None]:
        """Hops of one queue that its clock changes; None for those that no message takes."""
        changed: dict[Hop, Hop | None] = {}
        lived = self.lived(site)
        kept = self._wiring.props(self._queues[site]).integer("MessageRetentionPeriod", default=RETENTION.value)
        if lived and kept.value is not None:
            for hop in self._readers(site):
                changed[hop] = replace(
                    hop, tries={key: _less(each, kept.value - lived) for key, each in hop.tries.items()}
                )
        for hop in self._out_of.get(site, ()):
            if hop.kind == _REDRIVE and hop.target in self._queues:
                clocks = list(self._in_worlds(site, hop, lived))
                if clocks:
                    self.told.append(min(clocks, key=lambda clock: clock.least))
                    if all(clock.least <= 0 for clock in clocks):
                        changed[hop] = None
        return changed

    def _in_worlds(self, site: str, hop: Hop, lived: float) -> Iterator[DeadLetterClock]:
        """The clock of a queue for each side of what decides its receives, or how long it or the other one keeps."""
        worlds = self._wiring.worlds
        readers = list(self._readers(site))
        for world in {frozenset(each.guard.world.items()): None for each in readers}:
            sides = {**hop.guard.world, **dict(world)}
            if not worlds.consistent(sides) or any(sides[key] is not side for key, side in hop.guard.world.items()):
                continue
            there = [each for each in readers if all(sides.get(key) is side for key, side in each.guard.world.items())]
            ask = partial(self._clock, site, hop, lived, there)
            for taken, clock in each_world(self._wiring, self._queues[site], sides, ask):
                if clock is not None:
                    yield replace(clock, world=worlds.words(taken)) if taken else clock

    def lived(self, site: str) -> float:
        """Seconds that a message has lived at least when it arrives."""
        stack = [site]
        while stack:
            last = stack[-1]
            if last in self._lived and last not in self._under_way:
                stack.pop()
                continue
            before = self._before(last)
            if last not in self._under_way:
                self._lived[last] = 0.0  # also what a circle of dead-letter queues finds
                self._under_way.add(last)
                waiting = [hop.source for hop in before if hop.source not in self._lived]
                if waiting:
                    stack += reversed(waiting)
                    continue
            stack.pop()
            self._under_way.remove(last)
            self._lived[last] = min((self._lived[hop.source] + self._taken(hop.source) for hop in before), default=0.0)
        return self._lived[site]

    def _before(self, site: str) -> list[Hop]:
        """Hops of queues that dead-letter to one that keeps the time, if nothing else sends to it."""
        arriving = self._into.get(site, [])
        moved = all(hop.kind == _REDRIVE and hop.source in self._queues for hop in arriving)
        return arriving if moved and _fifo(self._wiring, self._queues[site]) is False else []

    def _readers(self, site: str) -> Iterator[Hop]:
        return (hop for hop in self._out_of.get(site, ()) if hop.awaits and hop.tries)

    def _taken(self, site: str) -> float:
        """Seconds that the receives of a message take at least."""
        return min((_spent(hop.tries_for("error")) for hop in self._readers(site)), default=0.0)

    def _clock(self, site: str, hop: Hop, lived: float, reading: Sequence[Hop]) -> DeadLetterClock | None:
        readers = [each.tries_for("error") for each in reading]
        counts = [each.counted or each.total for each in readers]
        intervals = [each.interval for each in readers]
        if not readers or None in counts or None in intervals or not all(map(_by_count, readers)):
            return None
        queue, dead = self._queues[site], self._queues[hop.target]
        kept = self._wiring.props(queue).integer("MessageRetentionPeriod", default=RETENTION.value)
        dead_kept = self._wiring.props(dead).integer("MessageRetentionPeriod", default=RETENTION.value)
        return DeadLetterClock(
            site,
            hop.target,
            Place(queue.address, kept.property),
            Place(dead.address, dead_kept.property),
            min(filter(None, counts), default=1),
            min(filter(None, intervals), default=inf),
            lived,
            kept,
            dead_kept,
            _fifo(self._wiring, dead) is not False,
            delay(self._wiring, queue),
        )


def _by_count(tries: Tries) -> bool:
    return tries.setting.endswith("maxReceiveCount") and not tries.unknown


def _spent(tries: Tries) -> float:
    count = tries.counted or tries.total
    return count * tries.interval if _by_count(tries) and count and tries.interval else 0.0


def _less(tries: Tries, left: float) -> Tries:
    """The same with less time."""
    if tries.limit is None or left <= 0:
        return tries
    if _by_count(tries):
        return within(replace(tries, total=tries.counted or tries.total, limit=left))
    total = evenly(tries.interval, left) if tries.interval else tries.total
    note = f"{tries.note}, less what a message has lived when it is dead-lettered"
    return replace(tries, total=total, limit=left, note=note)
