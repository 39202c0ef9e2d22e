"""Where a flow turns back on itself: the hops that close its cycles."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from .flow import Flow, components
from .model import Evidence, Hop, When
from .reach import reach

_LATENESS = {When.ALWAYS: 0, When.EXHAUSTED: 1, When.FAILURE: 2}


def return_hops(flow: Flow) -> tuple[Hop, ...]:
    """The hops that lead events back; without them the flow has no cycle.

    In each cycle the hop is taken that reads as the way back: one whose laps are limited before any other, one taken
    on failure before one taken always, one that hands off before one that awaits, one into a place where events wait
    before one that starts work, and among equals the one that leads closest to where events come in.
    """
    returns: set[Hop] = set()
    parts = [part for part in components(flow.sites, flow.outgoing) if _cyclic(part, flow.outgoing)]
    distance = _distances(flow) if parts else {}
    while parts:
        part = set(parts.pop())
        inner = {site: [hop for hop in flow.out_of(site) if hop.target in part and hop not in returns] for site in part}
        start = min(part, key=lambda site: (distance[site], site))
        for cycle in _cycles(start, inner, returns):
            between = [hop for hop in cycle if flow.sites[hop.target].inside != hop.source]  # a step stays inside
            returns.add(max(between, key=lambda hop: (*_rank(flow, hop), -distance[hop.target], hop.target)))
        rest = {site: [hop for hop in hops if hop not in returns] for site, hops in inner.items()}
        parts.extend(each for each in components(sorted(part), rest) if _cyclic(each, rest))
    return tuple(hop for hop in flow.hops if hop in returns)


def on_way(flow: Flow, start: str, *ends: str) -> set[str]:
    """Sites that lie on some way from `start` to one of `ends`, which are included."""
    return reach([start], flow.outgoing) & reach(ends, flow.incoming, forward=False)


def _rank(flow: Flow, hop: Hop) -> tuple[bool, int, bool, bool]:
    return (hop.laps is not None, _LATENESS[hop.when], not hop.awaits, not flow.sites[hop.target].works)


def _cyclic(part: Sequence[str], outgoing: Mapping[str, Iterable[Hop]]) -> bool:
    return len(part) > 1 or any(hop.target == part[0] for hop in outgoing.get(part[0], ()))


def _cycles(start: str, inner: Mapping[str, Sequence[Hop]], gone: Set[Hop]) -> Iterator[list[Hop]]:
    """A shortest cycle through `start`, and again once a hop of it is `gone`, until none is left.

    The search goes on where it was if the hop led back to `start`, and afresh if it led the search on its way.
    """
    again = True
    while again:
        again = False
        came_by: dict[str, Hop] = {}
        for hop in _outwards(start, inner, gone, came_by):
            cycle = [hop]
            while cycle[-1].source != start:
                cycle.append(came_by[cycle[-1].source])
            yield cycle
            if again := hop not in gone:
                break


def _outwards(start: str, inner: Mapping[str, Sequence[Hop]], gone: Set[Hop], came_by: dict[str, Hop]) -> Iterator[Hop]:
    """Hops back to `start` from the nearest site on; `came_by` learns by which hop each site was reached."""
    queue = deque([start])
    while queue:
        for hop in inner[queue.popleft()]:
            if hop in gone:
                continue
            if hop.target == start:
                yield hop
            elif hop.target not in came_by:
                came_by[hop.target] = hop
                queue.append(hop.target)


def _distances(flow: Flow) -> dict[str, int]:
    """Hops from the nearest entry; in a part that no entry leads to, from the likeliest one."""
    distance: dict[str, int] = {}
    _measure(flow, distance, flow.entries())
    for site in sorted((site for site in flow.sites if site not in distance), key=lambda site: _likelihood(flow, site)):
        _measure(flow, distance, [site])
    return distance


def _measure(flow: Flow, distance: dict[str, int], starts: Iterable[str]) -> None:
    queue = deque(start for start in starts if start not in distance)
    distance |= dict.fromkeys(queue, 0)
    while queue:
        site = queue.popleft()
        for hop in flow.out_of(site):
            if hop.target not in distance:
                distance[hop.target] = distance[site] + 1
                queue.append(hop.target)


def _likelihood(flow: Flow, site: str) -> tuple[bool, int]:
    """Least for a place where events wait and that only code, not the template, leads back to."""
    declared = [hop for hop in flow.into(site) if hop.evidence is Evidence.DECLARED]
    return (flow.sites[site].works, len(declared))
