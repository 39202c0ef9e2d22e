"""Which changes may be made unseen: those by which nothing is lost, replaced, put in another order or led elsewhere."""

from __future__ import annotations

from seawall.graph import Flow, Hop, RetryOwner, When

from .changes import LOWERS
from .ownership import Ownership, owned
from .search import Change, Safety


def judged(flow: Flow, change: Change) -> Safety:
    """Safe: a number of a layer that dead-letters is lowered, or retries go of which such a layer takes care."""
    safe = bool(change.tries) and not change.gone and all(_safe(flow, change, hop) for hop in change.tries)
    return Safety.SAFE if safe else Safety.REVIEW


def _safe(flow: Flow, change: Change, hop: Hop) -> bool:
    if hop.keeps:
        return change.cost == LOWERS and ends(flow, hop)
    keepers = _keepers(flow, hop)
    whole = any(owned(flow, hop, owner).ownership is Ownership.WHOLE for owner in (RetryOwner.QUEUE, RetryOwner.STREAM))
    return whole and bool(keepers) and all(ends(flow, keeper) for keeper in keepers)


def ends(flow: Flow, hop: Hop) -> bool:
    """Whether what its sender gives up on is kept somewhere."""
    spent = (each for each in flow.out_of(hop.source) if each.when is When.EXHAUSTED)
    return any(each.place.address == hop.place.address for each in spent)


def _keepers(flow: Flow, hop: Hop) -> list[Hop]:
    """The next layers before a hop that keep the event while it is tried."""
    found, seen, pending = list[Hop](), {hop.source}, [hop.source]
    while pending:
        for before in flow.into(pending.pop()):
            if before.keeps:
                found.append(before)
            elif before.source not in seen:
                seen.add(before.source)
                pending.append(before.source)
    return found
