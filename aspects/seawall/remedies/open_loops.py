"""The fewest changes that leave no way back among the sites of a loop.

What may be cut is what an author can take away without losing an event: a way back, as whoever sends it can fail
instead and leave the event to the layer that delivered it, and the reader of a dead-letter queue, in which the events
then wait. A way into a dead-letter queue is never cut.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import Evidence, Flow, Hop, HopKind, When, reach
from seawall.graph.feedback_arcs import component, fewest
from seawall.retries import Analysis, Attempts, Loop
from seawall.words import some

from .changes import needed, parked
from .search import Change, Edit
from .settings_changes import NOT_SET

AT_FAILURE, ON_THE_WAY = 0, 1
"""What a cut gives up: a way that only failing work takes; one that is taken in any case."""


class LoopOpenings(Struct, frozen=True):
    """Ways to open every loop that shares its sites with one."""

    sites: frozenset[str]
    loops: tuple[Loop, ...]
    """Every loop among the sites."""
    sets: tuple[tuple[Change, ...], ...]
    """Best first; empty where nothing that may be cut opens them all."""
    exact: bool
    """No smaller set opens them all."""


def loop_openings(analysis: Analysis, loop: Loop) -> LoopOpenings:
    """The smallest sets of changes that open a loop: those on failure before others, then those of fewer hops."""
    flow = analysis.unfolded
    sites = component(flow, loop.copy or loop.start)
    loops = tuple(other for other in analysis.loops if (other.copy or other.start) in sites)
    found, exact = fewest(flow, sites, _candidates(flow, sites, loops), lambda change: change.gone)
    return LoopOpenings(sites, loops, tuple(sorted(found, key=_rank)), exact)


def opened(analysis: Analysis, cut: LoopOpenings, changes: tuple[Change, ...]) -> Attempts:
    """Figures of all sites of the loops, counted again with the hops of `changes` taken away."""
    gone = {hop for change in changes for hop in change.gone}
    gone |= {hop for loop in analysis.loops if (loop.copy or loop.start) not in cut.sites for hop in loop.returns}
    whole = analysis.unfolded.without(gone)
    part = _leading_to(whole, cut.sites)
    hops = (hop for site in part for hop in whole.out_of(site) if hop.target in part)
    flow = replace(whole, sites={site: whole.sites[site] for site in part}, hops=tuple(hops))
    return Attempts(flow, flow.entries())


def _leading_to(flow: Flow, sites: frozenset[str]) -> dict[str, None]:
    """Sites that lead to some, in order, with every step of what runs in them."""
    found = reach(sites, flow.incoming, forward=False)
    containers = [site for site in found if flow.sites[site].plan is not None]
    while containers:
        plan = flow.sites[containers.pop()].plan
        inside = {step.site for step in plan.steps.values()} if plan is not None else set()
        new = (inside & flow.sites.keys()) - found
        found |= new
        containers += [site for site in new if flow.sites[site].plan is not None]
    return dict.fromkeys(sorted(found))


def _rank(changes: tuple[Change, ...]) -> tuple[int, int, tuple[str, ...]]:
    return (
        sum(change.cost for change in changes),
        sum(len(change.gone) for change in changes),
        tuple(change.said for change in changes),
    )


def _candidates(flow: Flow, sites: frozenset[str], loops: tuple[Loop, ...]) -> list[Change]:
    dead = {hop.target for site in sites for hop in flow.out_of(site) if hop.when is When.EXHAUSTED}
    back = {hop for loop in loops for hop in loop.returns}
    ways: dict[str, list[Hop]] = {}
    for site in sorted(sites):
        for hop in flow.out_of(site):
            may = flow.originals.get(hop, hop) in back or hop.when is When.FAILURE
            if may and hop.target in sites - dead and hop.kind != HopKind.STATE and hop.when is not When.EXHAUSTED:
                ways.setdefault(hop.target, []).append(hop)
    found = [_stopped(flow.plain(target), hops) for target, hops in sorted(ways.items())]
    closing = (hop for site in sorted(sites) for hop in flow.out_of(site) if flow.originals.get(hop, hop) in back)
    found += [led(hop) for hop in closing if hop.instead]
    return found + [change for site in sorted(dead & sites) for change in _unread(flow, site, sites)]


def _unread(flow: Flow, queue: str, sites: frozenset[str]) -> list[Change]:
    return [change for change in parked(flow, queue) if all(hop.target in sites for hop in change.gone)]


def led(hop: Hop) -> Change:
    """What fails after all tries goes to a new queue that nothing reads by itself."""
    edits = tuple(replace(needed(put), old=NOT_SET if put.adds else hop.target) for put in hop.instead)
    return Change(led_elsewhere(hop), edits=edits, gone=(hop,), cost=AT_FAILURE)


def led_elsewhere(hop: Hop) -> str:
    """The same as an imperative."""
    return f"send what fails at {hop.source} after all tries to a new queue that nothing reads, not to {hop.target}"


def _stopped(target: str, hops: list[Hop]) -> Change:
    """Nothing sent to `target` by those that send back to it."""
    senders = some(list(dict.fromkeys(hop.source for hop in hops)), 3)
    calls = all(hop.awaits for hop in hops)
    at_failure = all(hop.when is When.FAILURE or (hop.evidence < Evidence.READ and not calls) for hop in hops)
    said = (
        f"do not let {senders} call {target}" if calls else f"send nothing back to {target} from {senders}: fail there"
    )
    if all(hop.stop for hop in hops):
        said = " and ".join(dict.fromkeys(hop.stop for hop in hops))
    return replace(taken(hops, said, target), cost=AT_FAILURE if at_failure else ON_THE_WAY)


def taken(hops: Sequence[Hop], said: str, target: str = "") -> Change:
    """Some hops that code or a permission makes, taken away by their author."""
    edits: Mapping[object, Edit] = {
        (hop.place, hop.source): Edit(hop.place, f"{hop.source} {hop.kind} {target or hop.target}", "none")
        for hop in hops
        if not hop.stop_by
    }
    puts = dict.fromkeys(put for hop in hops for put in hop.stop_by)
    return Change(said, edits=(*edits.values(), *map(needed, puts)), gone=tuple(hops))
