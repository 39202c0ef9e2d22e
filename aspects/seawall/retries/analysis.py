"""Everything the rules ask about a flow, computed once."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from seawall.graph import FailureClass, Flow, Hop, Tries, reach, return_hops

from .collateral import Collateral, collateral
from .events import Attempts, EntryEvents
from .loops import Loop, find_loops
from .paths import Figure, figure


class Recounted(Struct):
    """Work done, in sites looked at."""

    sites: int = 0


class Analysis(Struct, frozen=True, dict=True):
    """A flow, its loops, and the attempts of every site within one lap."""

    flow: Flow
    open_flow: Flow
    """The flow without the hops that lead events back."""
    loops: tuple[Loop, ...]
    attempts: Attempts

    @cached_property
    def recounted(self) -> Recounted:
        """What was spent on counting it again with changes."""
        return Recounted()

    @cached_property
    def working_leaves(self) -> Mapping[str, int]:
        """Sites at which work is done that no other site of the app does for them, in order: functions, and states
        that call nothing analysed.
        """
        flow = self.flow
        found: list[str] = []
        for site in flow.sites.values():
            if site.works and not site.framework and site.plan is None:
                callees = (flow.sites[hop.target] for hop in flow.out_of(site.id) if hop.awaits)
                if site.inside is None or not any(callee.works for callee in callees):
                    found.append(site.id)
        return {name: number for number, name in enumerate(found)}

    def figure(self, site: str, signal: str) -> Figure:
        """The worst figure of a site over all entries, with its derivation."""
        _, entry = self.attempts.worst(site, signal)
        return figure(entry, site, signal)

    def collateral(self, site: str, failure: FailureClass) -> tuple[Collateral, ...]:
        """Healthy sites that run again when the work at `site` fails, for the entry of its worst figure."""
        if not self.flow.sites[site].works:
            return ()
        return collateral(self.attempts.witness(site, failure), site, failure)

    def shortest(self, start: str, end: str) -> tuple[Hop, ...]:
        """A shortest way from one site to another within a lap; empty if there is none."""
        came_by: dict[str, Hop] = {}
        queue = deque([start])
        while queue and end not in came_by:
            for hop in self.open_flow.out_of(queue.popleft()):
                if hop.target not in came_by and hop.target != start:
                    came_by[hop.target] = hop
                    queue.append(hop.target)
        way: list[Hop] = []
        while end in came_by:
            way.append(came_by[end])
            end = way[-1].source
        return tuple(reversed(way))

    def what_if(self, found: Figure, changes: Mapping[Hop, Mapping[str, Tries]]) -> Figure:
        """The figure if the tries of some hops were others."""
        within = reach([found.site], self.open_flow.incoming, forward=False)
        event = EntryEvents(self.open_flow.with_tries(changes), found.main.entry, within)
        return figure(event.worst(found.site, found.signal)[1], found.site, found.signal)


def analyse(flow: Flow) -> Analysis:
    """Loops and attempts of `flow`."""
    returns = return_hops(flow)
    open_flow = flow.without(returns)
    attempts = Attempts(open_flow, open_flow.entries())
    return Analysis(flow, open_flow, find_loops(flow, returns, attempts), attempts)
