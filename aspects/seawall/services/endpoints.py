"""HTTP endpoints that services call: an API or a function URL of the app, or something outside."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph.layers import Layer, Offer, Sets
from seawall.graph.model import Site
from seawall.template import Resource, Target, Value

from .ends import ending
from .hosts import behind
from .registry import Arrival, finisher
from .wiring import Wiring

ANSWERS_HTTP = ("api", "function-url", "load-balancer", "target-group")
"""Kinds of sites that answer at a URL."""

_LED = "the request's path, or its name in DNS, leads there"


def answered(property_: str) -> Layer:
    """The layer of a sender that counts its retries of an endpoint in one property."""
    return Layer(drop=Offer("retry once only from", "{source} to {target}", Sets.RETRIES, property_))


def endpoints(wiring: Wiring, resource: Resource, property_: str, value: Value) -> Iterator[tuple[str, Target]]:
    """Sites that answer at the URL `value`, a property of `resource`; what cannot be told is noted."""
    for target in wiring.targets(resource, value):
        site = endpoint(wiring, target, value)
        if site is None:
            wiring.unknown(resource, property_, target.why or "is no URL")
        else:
            yield site, target


def endpoint(wiring: Wiring, target: Target, value: Value | None = None) -> str | None:
    """The site that answers at a URL, of the app or outside; a server among the resources is an end. `value`: the URL
    as it was resolved.
    """
    found = wiring.app.resource(target.address)
    if found is not None and wiring.props(found).text("ProtocolType").value == "WEBSOCKET":
        # What is posted to a WebSocket API (its @connections) goes out to its clients and reaches none of its routes.
        return wiring.external(f"clients of {found.site_id}", "client")
    if (own := own_endpoint(wiring, target, value)) is not None:
        return own
    if found is not None:
        return wiring.arrive(target, Arrival.SYNC) or ending(wiring, found, "endpoint")
    known = target.literal is not None and "${?}" not in target.literal
    return wiring.external(target.literal, "endpoint") if known and target.literal else None


def own_endpoint(wiring: Wiring, target: Target, value: Value | None = None) -> str | None:
    """The API, function URL or load balancer of the app that answers at `target`, which is `value`; or None. Where
    several of them may answer, a site that stands for them: a request reaches one.
    """
    answering = [wiring.sites.get(found.site_id) for found in behind(wiring, target, value)]
    found = {site.id: site for site in answering if site is not None and site.kind in ANSWERS_HTTP}
    if len(found) < 2:
        return next(iter(found), None)
    several = wiring.external(" or ".join(sorted(found)), "endpoint")
    _several(wiring)[several] = tuple(found.values())
    return several


def _several(wiring: Wiring) -> dict[str, tuple[Site, ...]]:
    """By site that stands for several that may answer: those."""
    return wiring.kept("several behind one address", dict)


@finisher(order=14)
def one_of_several(wiring: Wiring) -> None:
    """A request goes on to one of what may answer at an address, as its path or a record's weight decides."""
    for front, sites in _several(wiring).items():
        for site in sites:
            if site.place is not None:
                wiring.hop(front, site.id, "request", site.place, awaits=True, assumption=_LED, alternative=True)
