"""The hops found so far, by the resources that they join, so that statements can change them."""

from __future__ import annotations

from seawall.graph.model import Hop
from seawall.template import Target

from ..wiring import Wiring

_OWN = "asynchronous-invocation"
"""The hop from a function's asynchronous queue to the function."""


class Ledger:
    """Hops between resources: a state belongs to its machine, an asynchronous queue to its function."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self._read = 0
        self._queues: dict[str, str] = {}
        self._from: dict[str, list[Hop]] = {}
        self._into: dict[str, list[Hop]] = {}
        self._position: dict[Hop, int] = {}
        self._steps: dict[str, list[str]] = {}
        for site in wiring.sites.values():
            if site.inside is not None:
                self._steps.setdefault(self.owner(site.id), []).append(site.id)

    def owner(self, site: str) -> str:
        """The site of the resource that `site` belongs to."""
        while (found := self.wiring.sites.get(site)) is not None and found.inside is not None:
            site = found.inside
        return self._queues.get(site, site)

    def sites(self, owner: str) -> list[str]:
        """The sites that belong to a resource: its own, and the states of a machine."""
        return [owner, *self._steps.get(owner, ())] if owner in self.wiring.sites else []

    def end(self, target: Target) -> str:
        """The site of the resource that `target` names."""
        found = self.wiring.app.resource(target.address)
        return found.site_id if found else f"external:{target.literal}"

    def between(self, sender: str, receiver: str) -> list[Hop]:
        """Hops from one resource to another; of those within one, none."""
        self._catch_up()
        return [
            hop
            for hop in self._from.get(sender, ())
            if self.owner(hop.target) == receiver
            and hop.kind != _OWN
            and self.wiring.sites[hop.target].inside != hop.source
        ]

    def into(self, receiver: str) -> list[Hop]:
        """Hops that end at a resource, those within it included."""
        self._catch_up()
        return list(self._into.get(receiver, ()))

    def put(self, old: Hop, new: Hop) -> None:
        """Put `new`, between the same resources, in the place of `old`."""
        position = self._position.pop(old)
        self.wiring.hops[position] = new
        self._position[new] = position
        for hops in self._lists(old):
            hops[hops.index(old)] = new

    def drop(self, hop: Hop) -> None:
        """Take a hop out."""
        del self._position[hop]
        for hops in self._lists(hop):
            hops.remove(hop)

    def close(self) -> None:
        """Write down what was taken out."""
        self._catch_up()
        self.wiring.hops = list(self._position)
        self.wiring.hops.sort(key=self._position.__getitem__)

    def _lists(self, hop: Hop) -> tuple[list[Hop], list[Hop]]:
        return self._from[self.owner(hop.source)], self._into[self.owner(hop.target)]

    def _catch_up(self) -> None:
        """Take in hops that were made in the meantime."""
        new = self.wiring.hops[self._read :]
        self._queues.update({hop.source: hop.target for hop in new if hop.kind == _OWN})
        for position, hop in enumerate(new, self._read):
            self._position[hop] = position
            self._from.setdefault(self.owner(hop.source), []).append(hop)
            self._into.setdefault(self.owner(hop.target), []).append(hop)
        self._read += len(new)
