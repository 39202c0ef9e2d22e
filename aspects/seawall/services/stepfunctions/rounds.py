"""Limits of rounds that hold only if something raises the count: what a machine passes on as it came counts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from seawall.graph.model import Hop
from seawall.graph.reach import by_source

from ..registry import finisher
from ..wiring import Wiring
from .machine import MACHINE
from .reading import Machine, read
from .sent_back import LapLimit


@finisher(order=17)
def uncounted(wiring: Wiring) -> None:
    """Take limits of rounds back where the event comes round as it left; say so where code may raise the count."""
    leaving = by_source(wiring.hops)
    for index, hop in enumerate(wiring.hops):
        found = _limited(wiring, hop) if hop.laps is not None and hop.stated is None else None
        if found is None:
            continue
        machine, limit = found
        ways = _ways_back(wiring, hop.target, machine.resource.site_id, leaving)
        if limit.grows is False and "as it left" in ways:
            wiring.hops[index] = replace(hop, laps=None, assumption="")
        elif limit.grows is not True and ways:
            why = f"only {limit.variable} ends the rounds of what is sent back, and nothing in the machine adds to it"
            wiring.unknown(machine.resource, machine.place(limit.choice).property, why)


def _limited(wiring: Wiring, hop: Hop) -> tuple[Machine, LapLimit] | None:
    """The machine whose Choice limits a hop, and how."""
    site = wiring.sites[hop.source]
    resource = wiring.app.resource(site.place.address) if site.place is not None and site.kind == "state" else None
    machine = read(wiring, resource) if resource is not None and resource.type == MACHINE else None
    if machine is None:
        return None
    sender = next((state for state in machine.definition.states() if machine.id(state) == site.id), None)
    limit = machine.sent_back.get(id(sender))
    return None if limit is None else (machine, limit)


def _ways_back(wiring: Wiring, start: str, machine: str, leaving: Mapping[str, Sequence[Hop]]) -> set[str]:
    """How an event comes from `start` to a machine: as it left, or through what may change it."""
    ways: set[str] = set()
    seen = {(start, False)}
    pending = list(seen)
    while pending:
        name, changed = pending.pop()
        for hop in leaving.get(name, ()):
            if hop.target == machine:
                ways.add("changed" if changed else "as it left")
            through = changed or wiring.sites[hop.target].works or wiring.sites[hop.target].inside is not None
            if (hop.target, through) not in seen:
                seen.add((hop.target, through))
                pending.append((hop.target, through))
    return ways
