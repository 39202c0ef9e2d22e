"""Where a flow turns back on itself: the hops that close its cycles."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from seawall.services import Evidence, Hop, When

from .graph import Flow, components, reach

_LATENESS = {When.ALWAYS: 0, When.EXHAUSTED: 1, When.FAILURE: 2}


def return_hops(flow: Flow) -> tuple[Hop, ...]:
    """The hops that lead events back; without them the flow has no cycle.

    In each cycle the hop is taken that reads as the way back: one whose laps are limited before any other, one taken
    on failure before one taken always, one that hands off before one that awaits, one into a place where events wait
    before one that starts work, and among equals the one that leads closest to where events come in.
    """
    returns: set[Hop] = set()
    distance = _distances(flow)
    parts = [part for part in components(flow.sites, flow.outgoing) if _cyclic(part, flow.outgoing)]
    while parts:
        part = set(parts.pop())
        inner = {site: [hop for hop in flow.out_of(site) if hop.target in part and hop not in returns] for site in part}
        cycle = _cycle(min(part, key=lambda site: (distance[site], site)), inner)
        between = [hop for hop in cycle if flow.sites[hop.target].inside != hop.source]  # a step stays in its container
        back = max(between, key=lambda hop: (*_rank(flow, hop), -distance[hop.target], hop.target))
        returns.add(back)
        inner[back.source].remove(back)
        parts.extend(rest for rest in components(sorted(part), inner) if _cyclic(rest, inner))
    return tuple(hop for hop in flow.hops if hop in returns)


def on_way(flow: Flow, start: str, end: str) -> set[str]:
    """Sites that lie on some way from `start` to `end`, both included."""
    return reach([start], flow.outgoing) & reach([end], flow.incoming, forward=False)


def _rank(flow: Flow, hop: Hop) -> tuple[bool, int, bool, bool]:
    return (hop.laps is not None, _LATENESS[hop.when], not hop.awaits, not flow.sites[hop.target].works)


def _cyclic(part: Sequence[str], outgoing: Mapping[str, Iterable[Hop]]) -> bool:
    return len(part) > 1 or any(hop.target == part[0] for hop in outgoing.get(part[0], ()))


def _cycle(start: str, inner: Mapping[str, Sequence[Hop]]) -> list[Hop]:
    """A shortest cycle through `start`, which lies in a strongly connected `inner`."""
    came_by: dict[str, Hop] = {}
    queue = deque([start])
    while queue:
        site = queue.popleft()
        for hop in inner[site]:
            if hop.target == start:
                cycle = [hop]
                while cycle[-1].source != start:
                    cycle.append(came_by[cycle[-1].source])
                return cycle
            if hop.target not in came_by:
                came_by[hop.target] = hop
                queue.append(hop.target)
    raise AssertionError(f"{start} is not on a cycle")


def _distances(flow: Flow) -> dict[str, int]:
    """Hops from the nearest entry; in a part that no entry leads to, from the likeliest one."""
    distance: dict[str, int] = {}
    guesses = sorted(flow.sites, key=lambda site: _likelihood(flow, site))
    for seeds in (flow.entries(), *((site,) for site in guesses)):
        queue = deque(seed for seed in seeds if seed not in distance)
        distance |= dict.fromkeys(queue, 0)
        while queue:
            site = queue.popleft()
            for hop in flow.out_of(site):
                if hop.target not in distance:
                    distance[hop.target] = distance[site] + 1
                    queue.append(hop.target)
    return distance


def _likelihood(flow: Flow, site: str) -> tuple[bool, int]:
    """Least for a place where events wait and that only code, not the template, leads back to."""
    declared = [hop for hop in flow.into(site) if hop.evidence is Evidence.DECLARED]
    return (flow.sites[site].works, len(declared))
