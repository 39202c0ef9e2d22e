"""Everything the rules ask about a flow, computed once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import CLASSES, FailureClass, Flow, Hop, Polling, Tries, When, reach, return_hops
from seawall.graph.unfolding import unfolded

from .abandoned import Abandoned, abandoned
from .collateral import Collateral, fails_as, worst_collateral
from .count import Count
from .events import Attempts, EntryEvents
from .loops import Loop, find_loops
from .neighbours import Neighbours, neighbours, whole
from .paths import Figure, figure


class Recounted(Struct):
    """Work done, in sites looked at."""

    sites: int = 0


class Analysis(Struct, frozen=True, dict=True):
    """A flow, its loops, and the attempts of every site within one lap."""

    flow: Flow
    open_flow: Flow
    """The flow without the hops that lead events back."""
    unfolded: Flow
    """The flow as single events see it: where patterns ask, each site once for each kind of event."""
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

    @cached_property
    def abandoned(self) -> Mapping[str, Abandoned]:
        """By site: runs that are started while earlier ones may still go on, as nobody waits for those any more."""
        return abandoned(self)

    def figure(self, site: str, signal: str) -> Figure:
        """The worst figure of a site over all entries, with its derivation."""
        _, entry = self.attempts.worst(site, signal)
        return figure(entry, site, signal)

    @cached_property
    def low(self) -> Attempts | None:
        """Figures if code that was not read goes on when what it calls fails; None where all of it was read."""
        flow = self.attempts.flow
        if not any(hop.unread for hop in flow.hops):
            return None
        unheeded = dict.fromkeys(CLASSES, None)
        hops = (replace(hop, shows=unheeded, tries={}, unawaited={}) if hop.unread else hop for hop in flow.hops)
        calm = replace(flow, hops=tuple(hops))
        return Attempts(calm, [entry.entry for entry in self.attempts.entries])

    def least(self, site: str, signal: str) -> Count:
        """The low end of a figure: that of the reading in which nobody heeds what is not known to be heeded."""
        most = self.attempts.of(site, signal)
        if self.low is None:
            return most
        return min(self.low.of(site, signal), most, key=lambda count: count.weight)

    def collateral(self, site: str, failure: FailureClass) -> tuple[Collateral, ...]:
        """Healthy sites that run again when the work at `site` fails, each for the event that makes it worst."""
        if not self.flow.sites[site].works:
            return ()
        failing = fails_as(self.attempts.flow, site, failure)
        if failing not in self._collateral:
            self._collateral[failing] = worst_collateral(self.attempts, *failing)
        return self._collateral[failing]

    @cached_property
    def _collateral(self) -> dict[tuple[str, str], tuple[Collateral, ...]]:
        return {}

    @cached_property
    def _whole_batches(self) -> Mapping[str, Polling]:
        return whole(self.flow.pollings)

    def neighbours(self, site: str) -> Sequence[Neighbours]:
        """What the failure of the work at `site` takes with it: others of its batch, once for each such batch."""
        return neighbours(self, site, self._whole_batches)

    def shortest(self, start: str, end: str) -> tuple[Hop, ...]:
        """A shortest way from one site to another within a lap; empty if there is none."""
        flow = self.attempts.flow
        came_by: dict[str, Hop] = {}
        queue = deque(flow.copies.get(start, (start,)))
        while queue and end not in came_by:
            for hop in flow.out_of(queue.popleft()):
                target = flow.plain(hop.target)
                if target not in came_by and target != start:
                    came_by[target] = flow.originals.get(hop, hop)
                    queue.append(hop.target)
        way: list[Hop] = []
        while end in came_by:
            way.append(came_by[end])
            end = way[-1].source
        return tuple(reversed(way))

    def what_if(self, found: Figure, changes: Mapping[Hop, Mapping[str, Tries]]) -> Figure:
        """The figure if the tries of some hops were others."""
        flow = self.attempts.flow
        within = reach(flow.copies.get(found.site, (found.site,)), flow.incoming, forward=False)
        event = EntryEvents(self.attempts.flow.with_tries(changes), found.main.entry, within)
        return figure(event.worst(found.site, found.signal)[1], found.site, found.signal)


def _dead_letters(flow: Flow, site: str) -> bool:
    """Whether dead letters come in here: people know an event by where it came in first."""
    return any(hop.when is When.EXHAUSTED for hop in flow.into(site))


def _unread(flow: Flow) -> Iterator[Hop]:
    """Ways out of dead-letter queues that nobody reads: SQS moves a message at a receive, so nothing moves.

    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html,
    read on 2026-11-29: "When the ReceiveCount for a message exceeds the maximum receive count for a queue, Amazon SQS
    moves the message to the dead-letter queue".
    """
    for site in flow.sites.values():
        into, out = flow.into(site.id), flow.out_of(site.id)
        dead_letters = site.one_reader and into and all(hop.when is When.EXHAUSTED for hop in into)
        if dead_letters and not any(hop.awaits for hop in out):
            yield from (hop for hop in out if hop.when is When.EXHAUSTED)


def _from_outside(seen: Flow) -> set[Hop]:
    """Hops that only events from outside take, each at a copy of its sender to which nothing leads."""
    outside, inside = set[Hop](), set[Hop]()
    for hop in seen.hops:
        apart = hop.source in seen.copied_from and hop.source not in seen.incoming
        (outside if apart else inside).add(seen.originals.get(hop, hop))
    return outside - inside


def analyse(flow: Flow) -> Analysis:
    """Loops and attempts of `flow`, as single events take it."""
    seen, ruled_out = unfolded(flow.without(_unread(flow)))
    if len(seen.hops) < len(flow.hops) or ruled_out:
        taken = {seen.originals.get(hop, hop) for hop in seen.hops}
        left = tuple(hop for hop in flow.hops if hop in taken)
        flow = replace(flow, hops=left, ruled_out=(*flow.ruled_out, *ruled_out))
    returns = return_hops(seen)
    one_lap = seen.without(returns)
    attempts = Attempts(one_lap, sorted(one_lap.entries(), key=lambda site: _dead_letters(seen, site)))
    back = {*(seen.originals.get(hop, hop) for hop in returns), *_from_outside(seen)}
    open_flow = flow.without(back) if one_lap.originals else one_lap
    return Analysis(flow, open_flow, seen, find_loops(seen, returns, attempts), attempts)
