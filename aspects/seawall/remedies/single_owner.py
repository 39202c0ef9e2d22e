"""The changes that leave the retry to one kind of owner, and the layers that stay although another one owns it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from seawall.graph import Flow, Hop, Offer, Place, RetryOwner, Sets
from seawall.retries import Factor
from seawall.retries.wording import layer_site
from seawall.settings import LEAST_RECEIVES

from .changes import DROPS, LOWERS, made
from .ownership import Ownership, is_owner, layers, owned
from .safety import ends
from .search import Change

_LEAST = f"AWS asks for {LEAST_RECEIVES} or more where a queue feeds Lambda"


class Stays(Struct, frozen=True):
    """A layer that keeps its retries."""

    site: str
    why: str
    """A clause."""
    place: Place


def single_owner(flow: Flow, owner: RetryOwner) -> Iterator[Change | Stays]:
    """The change to each layer that `owner` replaces; then the layers that it does not see all failures of."""
    left: dict[tuple[str, str], Stays] = {}
    for hop in layers(flow):
        if _keeps(flow, hop, owner):
            continue
        answer = owned(flow, hop, owner)
        if answer.ownership is Ownership.WHOLE:
            yield _gone(flow, hop)
        elif answer.ownership is Ownership.PART or _near(flow, hop, owner):
            site = flow.container(layer_site(hop))
            left.setdefault((site, answer.why), Stays(site, answer.why, hop.place))
    yield from left.values()


def _keeps(flow: Flow, hop: Hop, owner: RetryOwner) -> bool:
    """Whether a layer is the owner itself: of states within each other, the innermost."""
    if owner is not RetryOwner.MACHINE:
        return is_owner(hop, owner)
    return is_owner(hop, owner) and owned(flow, hop, owner).ownership is not Ownership.WHOLE


def _near(flow: Flow, hop: Hop, owner: RetryOwner) -> bool:
    """Whether an owner stands before a layer, although it does not see all of its failures."""
    if owner is RetryOwner.MACHINE:
        return False
    seen, pending = {hop.source}, [hop.source]
    while pending:
        for before in flow.into(pending.pop()):
            if is_owner(before, owner):
                return True
            if before.source not in seen:
                seen.add(before.source)
                pending.append(before.source)
    return False


def _gone(flow: Flow, hop: Hop) -> Change | Stays:
    """One try of a layer, or what AWS asks for at least of a queue; a place for what fails comes before that."""
    tries = max((hop.tries_for(signal) for signal in hop.tries), key=lambda each: each.total or 0)
    site, layer = layer_site(hop), tries.layer
    offer = None if layer is None else layer.drop or layer.limit
    if tries.unknown or tries.total is None:
        return Stays(site, "no count bounds its tries", hop.place)
    if offer is None or offer.sets is Sets.OTHER:
        return Stays(site, f"{tries.setting or hop.kind} is not changed by a repair", hop.place)
    if hop.owner is RetryOwner.QUEUE:
        return _lowered(Factor(hop, tries), site, offer)
    if hop.owner is not RetryOwner.MACHINE and not ends(flow, hop):
        return Stays(site, "what fails there ends nowhere: give it a dead-letter queue first", hop.place)
    return made(Factor(hop, tries), offer, 1, DROPS)


def _lowered(one: Factor, site: str, offer: Offer) -> Change | Stays:
    total = (one.tries.total or 0) - one.tries.beside
    if total <= LEAST_RECEIVES:
        name = one.tries.setting.rpartition(".")[2]
        return Stays(site, f"its {name} is {total}, and {_LEAST}", one.hop.place)
    return made(one, offer, LEAST_RECEIVES, LOWERS)
