"""The clocks of a replay: by how much times are shortened where a time, and not a count, ends the tries.

Delays are shortened much and each for itself where only counts matter. Where a retention or an age ends tries before
their count does, all times of the replay keep their proportions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import Struct

from seawall.graph import Bound, Flow, Replayed, RetryOwner, Tries

INTERVAL = 3.0
"""Seconds that the shortest visibility timeout becomes: many times what an emulator takes to deliver."""
MOST_TRIES = 40
"""Tries that are waited for. What only days end is not played to its end."""
WAIT = 60.0
"""Seconds before the first asynchronous retry on AWS."""


class Clocks(Struct, frozen=True):
    """What of the model's clocks runs in a replay."""

    factor: float | None = None
    """By which the times of queues are divided; None where no time ends their tries."""
    asynchronous: bool = False
    """An asynchronous event is dropped for its age before its retries are used up."""
    stopped: bool = False
    """A time that ends tries does not run here."""


def clocks_of(flow: Flow, in_play: Collection[str], signal: str) -> Clocks:
    """The clocks of everything that an event comes to."""
    timed = list(_timed(flow, in_play, signal))
    intervals = [
        one.interval
        for one in timed
        if _owner(one) is RetryOwner.QUEUE and one.interval is not None and (one.total or 0) <= MOST_TRIES
    ]
    asynchronous = any(_owner(one) is RetryOwner.FUNCTION for one in timed)
    played = [one for one in timed if one.layer is not None and one.layer.replayed is Replayed.TIMED]
    ended = any(
        site.plan is not None and site.plan.clock is not None and site.id in in_play for site in flow.sites.values()
    )
    stopped = ended or len(played) < len(timed) or any((one.total or 0) > MOST_TRIES for one in timed)
    return Clocks(max(1.0, min(intervals) / INTERVAL) if intervals else None, asynchronous, stopped)


def _timed(flow: Flow, in_play: Collection[str], signal: str) -> Iterator[Tries]:
    for hop in flow.hops:
        tries = hop.tries_for(signal)
        if hop.source in in_play and hop.awaits and _ends(tries):
            yield tries


def _ends(tries: Tries) -> bool:
    """Whether a time ends the tries, or what comes after them."""
    if tries.total is None:
        return False
    moved = (tries.interval or 0.0) * tries.total  # when a message would become a dead letter
    return tries.bounded_by is Bound.TIME or (tries.limit is not None and moved >= tries.limit)


def _owner(tries: Tries) -> RetryOwner | None:
    return None if tries.layer is None else tries.layer.owner
