"""HTTP endpoints that services call: an API or a function URL of the app, or something outside."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph.guards import Event, Guard
from seawall.graph.layers import Layer, Offer, Sets
from seawall.graph.model import Hop, Site
from seawall.graph.patterns import AnythingBut, Field, Text
from seawall.graph.reach import by_source
from seawall.template import Address, Resource, Target, Value

from .ends import ending
from .hosts import Answering, behind
from .registry import Arrival, finisher
from .requests import REQUEST, Request, meant, requested
from .wiring import Wiring

ANSWERS_HTTP = ("api", "function-url", "load-balancer", "target-group")
"""Kinds of sites that answer at a URL."""

ROUTE, LISTENER, JUDGE = "api-integration", "listener", "authorizer"
"""Kinds of hops by which APIs and load balancers pass a request on; an authorizer judges every one."""
_LED = "the request's path, or its name in DNS, leads there"
_MOST_REQUESTS = 64
"""Requests to one host that are told apart."""

Choice: TypeAlias = "Callable[[Answering], Collection[str] | None]"
"""The sites that a request may come to; None: any of them."""
Chooser: TypeAlias = "Callable[[Wiring, Resource], Choice | None]"
"""What chooses between the ways out of a resource, read once for all requests; None: that is not known."""
_CHOOSERS: dict[str, Chooser] = {}


def chooser(*types: str) -> Callable[[Chooser], Chooser]:
    """The function says which way requests take out of resources of these types."""

    def register(function: Chooser) -> Chooser:
        _CHOOSERS.update(dict.fromkeys(types, function))
        return function

    return register


def by_owner(
    wiring: Wiring, type_: str, owners: Callable[[Resource], Iterable[Address | None]]
) -> Mapping[Address, list[Resource]]:
    """Resources of a type by what they belong to, as `owners` says it of one of them; read once for all requests."""

    def read() -> dict[Address, list[Resource]]:
        found: dict[Address, list[Resource]] = {}
        for each in wiring.app.by_type.get(type_, ()):
            for owner in dict.fromkeys(owners(each)):
                if owner is not None:
                    found.setdefault(owner, []).append(each)
        return found

    return wiring.kept(("by owner", type_), read)


class Reached(Struct, frozen=True):
    """Where a request arrives."""

    site: str
    target: Target
    event: Event = {}
    """What it says on its way."""


class _Answer(Struct, frozen=True):
    """What answers at an address."""

    site: str
    event: Event = {}


def answered(property_: str) -> Layer:
    """The layer of a sender that counts its retries of an endpoint in one property."""
    return Layer(drop=Offer("retry once only from", "{source} to {target}", Sets.RETRIES, property_))


def endpoints(
    wiring: Wiring, resource: Resource, property_: str, value: Value, method: str | None = None, path: str = ""
) -> Iterator[Reached]:
    """Sites that answer at the URL `value`, a property of `resource`, with `path` behind it; what cannot be told is
    noted.
    """
    for target in wiring.targets(resource, value):
        own = meant(value, target)
        found = endpoint(wiring, target, own, requested(own, method, path))
        if found is None:
            wiring.unknown(resource, property_, target.why or "is no URL")
        else:
            yield Reached(found.site, target, found.event)


def endpoint(
    wiring: Wiring, target: Target, value: Value | None = None, request: Request | None = None
) -> _Answer | None:
    """What answers at a URL, of the app or outside; a server among the resources is an end. `value`: the URL as it was
    resolved; `request`: what is sent there.
    """
    found = wiring.app.resource(target.address)
    if found is not None and wiring.props(found).text("ProtocolType").value == "WEBSOCKET":
        # What is posted to a WebSocket API (its @connections) goes out to its clients and reaches none of its routes.
        return _Answer(wiring.external(f"clients of {found.site_id}", "client"))
    if (own := own_endpoint(wiring, target, value, request)) is not None:
        return own
    if found is not None:
        site = wiring.arrive(target, Arrival.SYNC) or ending(wiring, found, "endpoint")
        return None if site is None else _Answer(site)
    known = target.literal is not None and "${?}" not in target.literal
    return _Answer(wiring.external(target.literal, "endpoint")) if known and target.literal else None


def own_endpoint(
    wiring: Wiring, target: Target, value: Value | None = None, request: Request | None = None
) -> _Answer | None:
    """The API, function URL or load balancer of the app that answers at `target`, which is `value`; or None. Where
    several of them may answer `request`, a site that stands for them: it reaches one.
    """
    found: dict[str, Site] = {}
    for each in behind(wiring, target, value, request):
        site = wiring.sites.get(each.resource.site_id)
        if site is not None and site.kind in ANSWERS_HTTP:
            found[site.id] = site
            note_request(wiring, site.id, each)
    if not found:
        return None
    event = request.event if request is not None else {}
    if len(found) == 1:
        return _Answer(next(iter(found)), event)
    several = wiring.external(" or ".join(sorted(found)), "endpoint")
    _several(wiring)[several] = tuple(found.values())
    return _Answer(several, event)


def note_request(wiring: Wiring, site: str, arriving: Answering) -> None:
    """A request arrives at a site, as far as anything of it is known."""
    if arriving.written:
        asked = _requests(wiring).setdefault(site, {}).setdefault(arriving.written, [])
        asked += [] if arriving in asked else [arriving]


def _requests(wiring: Wiring) -> dict[str, dict[str, list[Answering]]]:
    """By site, and by what a caller writes: how it arrives there."""
    return wiring.kept("requests by caller", dict)


def _several(wiring: Wiring) -> dict[str, tuple[Site, ...]]:
    """By site that stands for several that may answer: those."""
    return wiring.kept("several behind one address", dict)


@finisher(order=0)
def by_request(wiring: Wiring) -> None:
    """Of the ways out of an API or a load balancer a request takes the one that its method and path choose. Requests
    of others, who are not in the app, may take any.
    """
    leaving = by_source(wiring.hops) if _requests(wiring) else {}
    asking: dict[str, Mapping[str, Collection[str] | None]] = {}
    for name, requests in _requests(wiring).items():
        place = wiring.sites[name].place
        resource = wiring.app.resource(place.address) if place is not None else None
        chooser_ = _CHOOSERS.get(resource.type) if resource is not None else None
        if resource is None or chooser_ is None or place is None or len(requests) > _MOST_REQUESTS:
            continue
        with wiring.app.reading.aside():
            choice = chooser_(wiring, resource)
            told = {written: _led(arriving, choice) for written, arriving in requests.items()}
        ways = [hop for hop in leaving.get(name, ()) if hop.kind in (ROUTE, LISTENER)]
        if any(led is not None and hop.target not in led for led in told.values() for hop in ways):
            asking[name] = told
            others = wiring.external(f"others who call {name}", "client")
            wiring.hop(others, name, "request", place, awaits=True)
    for index, hop in enumerate(wiring.hops):
        if hop.source in asking and hop.kind in (ROUTE, LISTENER):
            wiring.hops[index] = _asking(hop, asking[hop.source])


def _led(arriving: Collection[Answering], choice: Choice | None) -> Collection[str] | None:
    """The sites that one request may come to, whichever way it arrives."""
    found: set[str] = set()
    for each in arriving:
        led = choice(each) if choice is not None and each.request is not None else None
        if led is None:
            return None
        found.update(led)
    return found


def _asking(hop: Hop, told: Mapping[str, Collection[str] | None]) -> Hop:
    """The hop for those requests only that lead to its end, and for whatever is not told."""
    here = tuple(written for written, led in told.items() if led is None or hop.target in led)
    others = AnythingBut(tuple(Text((written,)) for written in told))
    pattern = Field(REQUEST, (*(Text((written,)) for written in here), others))
    return replace(hop, guard=Guard(pattern, hop.guard.options, hop.guard.world))


@finisher(order=1)
def one_hop_for_all_routes(wiring: Wiring) -> None:
    """One hop however many routes lead from an API or a load balancer to a receiver: a request takes one of them.

    Those that exist in some worlds only give way to one that always does.
    """
    alike: dict[tuple[str, str, str, bool], list[Hop]] = {}
    for hop in wiring.hops:
        if hop.kind in (ROUTE, JUDGE, LISTENER):
            alike.setdefault((hop.source, hop.target, hop.kind, hop.awaits), []).append(hop)
    spare: set[Hop] = set()
    for same in alike.values():
        kept: list[Hop] = []
        for hop in sorted(same, key=lambda each: len(each.guard.world)):
            if any(_covers(other, hop) for other in kept):
                spare.add(hop)
            else:
                kept.append(hop)
    wiring.hops = [hop for hop in wiring.hops if hop not in spare]


def _covers(one: Hop, other: Hop) -> bool:
    """Whether `one` exists in every world in which `other` does."""
    return one.guard.world.items() <= other.guard.world.items()


@finisher(order=14)
def one_of_several(wiring: Wiring) -> None:
    """A request goes on to one of what may answer at an address, as its path or a record's weight decides."""
    for front, sites in _several(wiring).items():
        for site in sites:
            if site.place is not None:
                wiring.hop(front, site.id, "request", site.place, awaits=True, assumption=_LED, alternative=True)
