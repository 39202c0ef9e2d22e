"""Which hops exist in no world, because what they join is never deployed together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from seawall.graph.guards import Guard
from seawall.graph.model import Hop, RuledOut, Site

if TYPE_CHECKING:
    from .wiring import Wiring


def settle_existence(wiring: Wiring) -> None:
    """Every hop asks for the conditions of both its ends; one for which they contradict each other is ruled out."""
    worlds = wiring.app.worlds
    kept: list[Hop] = []
    words: dict[frozenset[tuple[str, bool]], str] = {}
    for hop in wiring.hops:
        world = {**_of(wiring, hop.source), **_of(wiring, hop.target)}
        apart = any(hop.guard.world.get(key, side) is not side for key, side in world.items())
        world.update(hop.guard.world)
        if world and (apart or not worlds.consistent(world)):
            why = "they are never deployed together: " + " and ".join(sorted(_words(world)))
            wiring.ruled_out.append(RuledOut(hop.source, hop.target, hop.kind, why))
        elif world:
            key = frozenset(world.items())
            if key not in words:
                words[key] = worlds.words(world)
            guard = Guard(hop.guard.pattern, hop.guard.options, world)
            kept.append(replace(hop, guard=guard, world=words[key]))
        else:
            kept.append(hop)
    wiring.hops = kept


def _of(wiring: Wiring, name: str) -> dict[str, bool]:
    site: Site | None = wiring.sites.get(name)
    resource = wiring.app.resource(site.place.address) if site is not None and site.place is not None else None
    if resource is None or not resource.condition:
        return {}
    return {wiring.app.worlds.key(resource.address.template, resource.condition): True}


def _words(world: dict[str, bool]) -> list[str]:
    return [f"{key.rpartition('#')[2]} {'holds' if side else 'does not hold'}" for key, side in world.items()]
