"""The fewest hops that, taken away, leave a flow without a cycle among some sites: a *feedback arc set*.

Finding the smallest one is hard in general (Karp 1972), yet loops of events are short and few hops of them are such
that an author may take them away. Sets of at most `MOST_TOGETHER` candidates are tried, each by looking for strongly
connected parts in what is left, as long as no more than `MOST_STEPS` hops are looked at; beyond that, candidates are
left out of all of them while no cycle closes, and the set is said not to be proven smallest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from math import comb
from typing import TypeVar

from .flow import Flow, components
from .model import Hop

MOST_TOGETHER = 3
MOST_STEPS = 200_000
"""Hops looked at before the search is broken off."""

Candidate = TypeVar("Candidate")


def component(flow: Flow, site: str) -> frozenset[str]:
    """Sites that events from `site` reach and come back from, itself included."""
    return next(frozenset(part) for part in components([site], flow.outgoing) if site in part)


def acyclic(flow: Flow, sites: Iterable[str], without: Iterable[Hop] = ()) -> bool:
    """Whether no event comes back among `sites` once some hops are taken away."""
    inside, gone = set(sites), set(without)
    outgoing = {
        site: [hop for hop in flow.out_of(site) if hop.target in inside and hop not in gone] for site in sorted(inside)
    }
    parts = components(outgoing, outgoing)
    return all(len(part) == 1 and all(hop.target != part[0] for hop in outgoing[part[0]]) for part in parts)


def comes_back(flow: Flow, site: str, without: Iterable[Hop] = ()) -> bool:
    """Whether an event from `site`, or a copy of it, can come back to where it was once some hops are taken away."""
    gone = set(without)
    return any(_comes_back(flow, each, gone) for each in flow.copies.get(flow.plain(site), (site,)))


def _comes_back(flow: Flow, site: str, gone: set[Hop]) -> bool:
    seen: set[str] = set()
    stack = [site]
    while stack:
        for hop in flow.out_of(stack.pop()):
            if hop not in gone and flow.originals.get(hop) not in gone and hop.target not in seen:
                if hop.target == site:
                    return True
                seen.add(hop.target)
                stack.append(hop.target)
    return False


def fewest(
    flow: Flow,
    sites: Iterable[str],
    candidates: Sequence[Candidate],
    hops_of: Callable[[Candidate], Iterable[Hop]],
) -> tuple[list[tuple[Candidate, ...]], bool]:
    """The smallest sets of `candidates` that open every cycle among `sites`, in the order of the candidates, and
    whether no smaller set does; no set where not even all of them do.
    """
    sites = frozenset(sites)
    size_of_one = 1 + sum(len(flow.out_of(site)) for site in sites)
    room = MOST_STEPS // size_of_one

    def opens(chosen: Iterable[Candidate]) -> bool:
        return acyclic(flow, sites, (hop for one in chosen for hop in hops_of(one)))

    if not opens(candidates):
        return [], True
    for size in range(1, MOST_TOGETHER + 1):
        room -= comb(len(candidates), size)
        if room < 0:
            break
        found = [chosen for chosen in combinations(candidates, size) if opens(chosen)]
        if found:
            return found, True
    chosen = list(candidates)
    for one in candidates[::-1] if len(candidates) * size_of_one <= MOST_STEPS else ():
        if opens(other for other in chosen if other is not one):
            chosen.remove(one)
    return [tuple(chosen)], False
