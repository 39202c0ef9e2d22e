"""How far a failure spreads: the sites that fail because another one does."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from seawall.graph import Flow, Hop

from .executions import courses

NOTHING_BESIDE: Mapping[str, str] = MappingProxyType({})


class FailurePropagation:
    """Failures within the part of an acyclic flow that one entry reaches."""

    def __init__(self, flow: Flow, incoming: Mapping[str, Sequence[Hop]], position: Mapping[str, int]) -> None:
        self._flow = flow
        self._incoming = incoming
        self._position = position
        self.followed = 0
        """Sites that failures were followed to, in all."""
        self._known: dict[tuple[str, frozenset[tuple[str, str]]], frozenset[str | None]]
        self._known = flow.memory.setdefault("ends of containers", {})  # whatever the tries

    def of(
        self, site: str, signal: str, succeeding: Collection[str] = (), beside: Mapping[str, str] = NOTHING_BESIDE
    ) -> tuple[dict[str, set[str]], set[Hop]]:
        """Where a failure spreads to, and the hops that carry it there; not beyond executions that succeed.

        `beside`: sites that fail as well, with their signals.
        """
        failing: dict[str, set[str]] = {site: {signal}, **{name: {shown} for name, shown in beside.items()}}
        carried: set[Hop] = set()
        inner: dict[str, dict[str, set[str]]] = {}  # by container: the steps in it that fail, or may, at whatever depth
        behind: dict[str, list[tuple[Hop, set[str]]]] = {}  # by sender: calls that others have to work for
        pending = [(-self._position[name], name) for name in failing]
        heapq.heapify(pending)
        while pending:  # receivers before senders, so that all steps of a container are known when it is judged
            _, name = heapq.heappop(pending)
            self.followed += 1
            for hop, outward in behind.get(name, ()):
                if not self._flow.skips(hop, failing):  # what it calls has been judged
                    failing[name] |= outward
                    carried.add(hop)
            if name in inner:
                ends = self._ends(name, inner[name])
                failing[name] = set() if name in succeeding else {end for end in ends if end is not None}
                if len(ends) == 1:  # whatever is in it, it fails as a step does
                    del inner[name]
            for hop in self._incoming[name] if failing[name] else ():
                if not hop.awaits:
                    continue
                if self._flow.sites[name].inside == hop.source:
                    outward = set[str]()
                    inner.setdefault(hop.source, {}).update(inner.get(name) or {name: failing[name]})
                else:
                    outward = {shown for each in failing[name] if (shown := hop.shown(each)) is not None}
                    if not outward:
                        continue
                if hop.source not in failing:
                    failing[hop.source] = set()
                    heapq.heappush(pending, (-self._position[hop.source], hop.source))
                if hop.skipped:
                    behind.setdefault(hop.source, []).append((hop, outward))
                else:
                    carried.add(hop)
                    failing[hop.source] |= outward
        failing = {name: shown for name, shown in failing.items() if shown}
        return failing, {hop for hop in carried if hop.source in failing}

    def _ends(self, container: str, steps: Mapping[str, set[str]]) -> set[str | None]:
        """How a container may end when all of `steps` fail together."""
        ends: set[str | None] = set()
        for number in range(max(map(len, steps.values()))):
            chosen = {step: sorted(shown)[number % len(shown)] for step, shown in steps.items()}
            key = (container, frozenset(chosen.items()))
            if key not in self._known:
                found = courses(self._flow, container, chosen)
                self._known[key] = frozenset(found)
            ends |= self._known[key]
        return ends
