"""Requests over HTTP as their callers write them, and which of several ways behind one host each of them takes.

A caller that stands in a template often writes method and path out. What answers there (a domain with mappings, a
distribution, a load balancer, an API with its routes) chooses by them, the first match in an order of its own. Where
a part is not known, whatever may still match counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph.guards import Event, FieldPath, Match
from seawall.template import Item, Target, Value, alternatives, named_by_symbols

T = TypeVar("T")

REQUEST: FieldPath = ("request",)
"""What a request is to all that it passes: method and address, as its caller writes them."""
HOLE = "\ue000"
"""Stands in a path for what is not known of it."""
_URL = re.compile(
    r"(?P<at>(?:(?P<scheme>[a-z]+)://)?(?P<host>(?:\$\{[^}]*\}|[^/?#:$])+)(?::(?P<port>[0-9]+))?"
    r"(?P<path>/(?:\$\{[^}]*\}|[^?#$]|\$(?!\{))*)?)",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(r"\$\{[^}]*\}|\{[^}]*\}|\*")
_OPEN = "${?}"
_PORTS = {"http": 80, "https": 443}


def meant(value: Value, target: Target) -> Value:
    """The side of a value that a target was resolved from.

    >>> from seawall.template import Either, Known
    >>> meant(Either("Prod", Known("a"), Known("b")), Target(None, conditions=("not Prod",)))
    Known(value='b')
    """
    return next((leaf for leaf, conditions in alternatives(value) if conditions == target.conditions), value)


class Request(Struct, frozen=True):
    """A request, as far as its caller writes it."""

    written: str
    """Method and address, as a name for it."""
    method: str = ""
    """In capitals; empty where it is not known."""
    host: str = ""
    """Empty where it is not known."""
    port: int | None = None
    path: tuple[str, ...] = ()
    """The parts between slashes; `HOLE` in one of them stands for anything."""

    @property
    def event(self) -> Event:
        """What it is known by on its way."""
        return {REQUEST: frozenset((self.written,))}

    def below(self, parts: int) -> Request:
        """The request without the first parts of its path."""
        return replace(self, path=self.path[parts:])

    def relayed(self, before: Sequence[str]) -> Request:
        """The request as a relay sends it on to a host of its own, with a path put before it."""
        return replace(self, path=(*before, *self.path), host="", port=None)


def requested(value: Value, method: str | None, added: str = "") -> Request | None:
    """A request to a URL, with a path that is added to it; None where nothing of the URL can be told.

    >>> from seawall.template import Known
    >>> requested(Known("https://api.example.com/v1/orders?x=1"), "post").path
    ('v1', 'orders')
    """
    text = named_by_symbols(value)
    found = _URL.match(text)
    if found is None or text.startswith("arn:") or _OPEN in found["host"]:
        return None
    method = (method or "").upper()
    method = "" if method == "ANY" else method
    path = parts_of((found["path"] or "") + added)
    port = int(found["port"]) if found["port"] else _PORTS.get((found["scheme"] or "").lower())
    written = f"{method or 'ANY'} {found['at']}{added}"
    return Request(written, method, "" if "${" in found["host"] else found["host"].lower(), port, path)


def parts_of(path: str) -> tuple[str, ...]:
    """The parts of a path, with holes for what is not known.

    >>> parts_of("/orders/{id}/") == ("orders", HOLE)
    True
    """
    return tuple(part for part in _UNKNOWN.sub(HOLE, path).split("/") if part)


Test: TypeAlias = "Callable[[Request], Match]"
"""Whether a request takes a way, as far as it is known."""


class Way(Struct, Generic[T], frozen=True):
    """One of several ways behind a host."""

    leads: T
    order: tuple[int, ...]
    """Lower ones are asked first; the first one that matches is taken."""
    tests: tuple[Test, ...] = ()
    """All have to hold; none: it always matches."""
    group: str = ""
    """Ways of different groups do not stand in for each other."""

    def match(self, request: Request) -> Match:
        """Whether a request matches."""
        return min((test(request) for test in self.tests), default=Match.SURE)


def chosen(ways: Iterable[Way[T]], request: Request | None) -> list[T]:
    """Where a request may go on: the first match, and whatever may match before it. None: anywhere."""
    ways = list(ways)
    if request is None:
        return [way.leads for way in ways]
    found: list[T] = []
    sure_at: dict[str, tuple[int, ...]] = {}
    for way in sorted(ways, key=lambda each: each.order):
        if way.group in sure_at and sure_at[way.group] != way.order:
            continue
        match = way.match(request)
        if match is not Match.NO:
            found.append(way.leads)
        if match is Match.SURE:
            sure_at[way.group] = way.order
    return found


def weighted(groups: Sequence[Item]) -> list[Item]:
    """Those of several groups that get any request: a weight of 0 gets none, where others have more."""
    return [item for item in groups if item.props.integer("Weight").value != 0] or list(groups)


class Method(Struct, frozen=True):
    """The request has one of some methods."""

    names: tuple[str, ...]
    """``ANY`` or none: whichever."""

    def __call__(self, request: Request) -> Match:
        """Whether it has."""
        if not self.names or "ANY" in self.names:
            return Match.SURE
        if not request.method:
            return Match.MAYBE
        return Match.SURE if request.method in self.names else Match.NO


class Begins(Struct, frozen=True):
    """The path begins with some parts."""

    parts: tuple[str, ...]

    def __call__(self, request: Request) -> Match:
        """Whether it does."""
        return _along(self.parts, request.path, whole=False)


class Route(Struct, frozen=True):
    """The path is that of a route, with ``{name}`` for a part and ``{name+}`` for all that follows."""

    parts: tuple[str, ...]
    """With `HOLE` for a part, and with `REST` for all that follow."""

    def __call__(self, request: Request) -> Match:
        """Whether it is."""
        return _along(self.parts, request.path, whole=True)

    @property
    def order(self) -> tuple[int, ...]:
        """What is said before what is left open, part by part, and that before whatever follows."""
        return tuple(2 if part == REST else 1 if part == HOLE else 0 for part in self.parts)


REST = "\ue001"
"""Stands at the end of a route's path for all that follows."""
_GREEDY = re.compile(r"\{[^}]*\+\}")


def route(path: str) -> Route:
    """The route of a path as APIs write it.

    >>> route("/orders/{proxy+}").parts == ("orders", REST)
    True
    """
    return Route(parts_of(_GREEDY.sub(REST, path)))


def _along(parts: Sequence[str], path: Sequence[str], *, whole: bool) -> Match:
    found = Match.SURE
    for index, part in enumerate(parts):
        if part == REST:
            return found if len(path) > index else Match.NO
        if index >= len(path):
            return Match.NO
        if HOLE in path[index]:  # what stands there may hold slashes
            begins = path[index].partition(HOLE)[0]
            return Match.MAYBE if HOLE in part or part.startswith(begins) else Match.NO
        if HOLE in part:
            found = found if part == HOLE else Match.MAYBE
        elif part != path[index]:
            return Match.NO
    return Match.NO if whole and len(path) > len(parts) else found


class Glob(Struct, frozen=True):
    """The path, or the host, fits one of some patterns with ``*`` and ``?``."""

    patterns: tuple[str, ...]
    of_host: bool = False

    def __call__(self, request: Request) -> Match:
        """Whether it fits."""
        text = request.host if self.of_host else "/" + "/".join(request.path)
        if HOLE in text or (self.of_host and not text):
            return Match.MAYBE
        if any(_glob(pattern.lower() if self.of_host else pattern).fullmatch(text) for pattern in self.patterns):
            return Match.SURE
        return Match.NO


def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern), re.DOTALL)


class Port(Struct, frozen=True):
    """The request comes to a port."""

    number: int | None

    def __call__(self, request: Request) -> Match:
        """Whether it does."""
        if self.number is None or request.port is None:
            return Match.MAYBE
        return Match.SURE if self.number == request.port else Match.NO


def undecided(_: Request) -> Match:
    """What a request does not tell: its headers, its query, its sender."""
    return Match.MAYBE
