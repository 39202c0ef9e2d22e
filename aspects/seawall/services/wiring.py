"""Collects sites and hops while the services read an app."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from fnmatch import fnmatch
from functools import partial
from operator import attrgetter
from typing import TypeVar

from msgspec.structs import replace

from seawall.graph.guards import ALWAYS, Carries, Event, Guard, Option
from seawall.graph.images import ImageUse, RepositoryFound
from seawall.graph.layers import Put
from seawall.graph.model import (
    Bound,
    DeadLetterClock,
    Drop,
    Evidence,
    FailureClass,
    Gap,
    GapKind,
    Granted,
    Handling,
    Hop,
    IdleSetting,
    Place,
    RefusedDeadLetters,
    RuledOut,
    SharedRole,
    Site,
    Tries,
    Watch,
    When,
    WrongStatement,
)
from seawall.graph.polling import Polling, SteadyRetrier
from seawall.graph.turns import ONE_COPY, Copies, Turn
from seawall.graph.usage import Usage
from seawall.graph.waiting import ShortWait
from seawall.template import (
    Address,
    App,
    Known,
    Props,
    Resource,
    SourceLine,
    Target,
    Template,
    Value,
    ValueStatus,
    refers_to,
    side_of,
    sided,
)
from seawall.template.physical import NAMINGS
from seawall.template.worlds import ParameterDefault

from .existence import settle_existence
from .recording import TABLES, in_worlds
from .registry import FINISHERS, HOPS, RECEIVERS, SITES, Arrival, Receiver, discover

T = TypeVar("T")

_NUMBERS = re.compile(r"\d+")
_TIMES = ("VisibilityTimeout", "MessageRetentionPeriod", "RetentionPeriodHours")
"""Settings of a source that bound tries by time."""
_LEADING = frozenset({"EventSourceArn", "FunctionName", "Source", "Target", "Endpoint", "TopicArn", "StateMachineArn"})
"""Properties that say where a hop starts or ends."""
_INVOCATIONS = frozenset({"Event", "FIRE_AND_FORGET", "REQUEST_RESPONSE", "RequestResponse"})
"""Values that say whether a sender waits."""


class Wiring:
    """Sites and hops found so far, and what services need to find more."""

    def __init__(self, app: App, reads_code: bool = True, code_left_out: tuple[str, ...] = ()) -> None:
        """`code_left_out`: patterns of paths whose code is not read."""
        self.app = app
        self.reads_code = reads_code
        self._code_left_out = code_left_out
        self.sites: dict[str, Site] = {}
        self.hops: list[Hop] = []
        self.watches: list[Watch] = []
        self.unknowns: list[Gap] = []
        self.idle: list[IdleSetting] = []
        self.drops: list[Drop] = []
        self.wrong: list[WrongStatement] = []
        self.dead_letters: list[DeadLetterClock] = []
        self.waits: list[ShortWait] = []
        self.refused: list[RefusedDeadLetters] = []
        self.pollings: list[Polling] = []
        self.steady: list[SteadyRetrier] = []
        self.side_by_side: dict[str, str] = {}
        """Containers that run several things at once, with how many, in words."""
        self.deduplicated: set[str] = set()
        """Sites that send each message under an id of their own."""
        self.repositories: list[RepositoryFound] = []
        self.images: list[ImageUse] = []
        self.shared_roles: list[SharedRole] = []
        self.ruled_out: list[RuledOut] = []
        self.handlings: list[Handling] = []
        self.usages: list[Usage] = []
        self.calls: dict[str, frozenset[str]] = {}
        """By site of code that was read: its calls of AWS, as ``states:SendTaskFailure``."""
        self.followed: set[str] = set()
        """Functions whose code was read to its end: what is not in it, they do not do."""
        self.may_be_asynchronous: set[str] = set()
        """Functions that code invokes in a way the template does not tell."""
        self._memo: dict[Hashable, object] = {}
        self._kept: dict[Hashable, object] = {}
        self.worlds = app.worlds
        """What the templates leave open together."""
        self._read: Address | None = None
        """The resource that is read just now."""
        self._open = any(
            template.body.get("Conditions") or template.body.get("Parameters") for template in app.templates.values()
        )
        """Whether anything is left open."""
        lists = [name for name, value in vars(self).items() if isinstance(value, list)]
        self.recorded = (*lists, *TABLES)
        """What readers write into what they find, by name."""
        self.held = attrgetter(*self.recorded)
        """Gives these lists and tables of a wiring."""

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` returns, computed at most once for `key`."""
        taken = self.app.reading.taken
        if taken:
            key = (key, frozenset(taken.items()))
        if key not in self._memo:
            self._memo[key] = make()
        found: T = self._memo[key]  # type: ignore[assignment]
        return found

    def leaves_out(self, path: str) -> bool:
        """Whether the code at a path is not to be read."""
        names = (path, f"{path}/")
        patterns = [each for pattern in self._code_left_out for each in (pattern, f"*/{pattern}")]
        return any(fnmatch(name, pattern) for name in names for pattern in patterns)

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """A collection that readers add to, made by `make`. It holds for all worlds: a reader that runs again may add
        what is there already, so whoever adds looks first.
        """
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]  # type: ignore[assignment]
        return found

    def mark(self) -> int:
        """How much is kept by `once`; for `forget`."""
        return len(self._memo)

    def forget(self, mark: int) -> None:
        """Drop what `once` has kept since `mark`: it was worked out while a condition was open that decides it."""
        while len(self._memo) > mark:
            self._memo.popitem()

    def props(self, resource: Resource) -> Props:
        """The properties of `resource`, resolved as they are read."""
        return Props.of(self.app, resource)

    def metadata(self, resource: Resource) -> Props:
        """The metadata of `resource`, resolved as it is read."""
        return Props.of(self.app, replace(resource, properties=resource.metadata))

    def template(self, resource: Resource) -> Template:
        """The template that declares `resource`."""
        return self.app.templates[resource.address.template]

    def site(self, site: Site) -> str:
        """Add a site; the first one of an id stays."""
        self.sites.setdefault(site.id, site)
        return site.id

    def external(self, name: str, kind: str = "external") -> str:
        """A site outside the app, under the name that the template gives."""
        return self.site(Site(f"external:{name}", kind))

    def hop(
        self,
        source: str,
        target: str,
        kind: str,
        place: Place,
        *,
        awaits: bool = False,
        when: When = When.ALWAYS,
        evidence: Evidence = Evidence.DECLARED,
        tries: Mapping[str, Tries] | None = None,
        shows: Mapping[str, str | None] | None = None,
        conditions: tuple[str, ...] = (),
        assumption: str = "",
        laps: int | None = None,
        traced: bool = False,
        alternative: bool = False,
        stated: Place | None = None,
        after: str | None = None,
        guard: Guard = ALWAYS,
        event: Event | None = None,
        stop: str = "",
        stop_by: tuple[Put, ...] = (),
        instead: tuple[Put, ...] = (),
        granted: Granted | None = None,
        unread: bool = False,
        unawaited: Mapping[str, Tries] | None = None,
        carries: Carries | None = None,
        at: SourceLine | None = None,
        fails_after: bool | None = None,
        conditional: bool = False,
        copies: Copies = ONE_COPY,
        turns: tuple[Turn, ...] = (),
        copies_failed: Mapping[FailureClass, int] | None = None,
        causes: Mapping[str, frozenset[FailureClass]] | None = None,
        same_id: bool | None = None,
        read_timeout: float | None = None,
        per_batch: bool = False,
        unjudged: Mapping[str, Tries] | None = None,
    ) -> Hop:
        """Add a hop between two sites that exist.

        `alternative`: an event takes only one of its sender's alternative hops, as a request takes one route of an API.
        """
        if alternative:
            guard = guard.choosing(Option(source, f"{target} ({kind}, awaited: {awaits})"))
        for end in (source, target):
            if end not in self.sites:
                raise ValueError(f"hop {source} -> {target}: no site {end}")
        tries = self._countable(place, tries or {})
        conditions, world = self._under(place, conditions)
        if world:
            guard = Guard(guard.pattern, guard.options, {**guard.world, **world})
        made = Hop(
            source,
            target,
            kind,
            awaits,
            place,
            when,
            evidence,
            tries,
            shows or {},
            conditions,
            assumption,
            laps,
            traced,
            stated,
            after=after,
            guard=guard,
            event=event or {},
            stop=stop,
            stop_by=stop_by,
            instead=instead,
            granted=granted,
            unread=unread,
            unawaited=unawaited or {},
            carries=carries,
            at=at,
            fails_after=fails_after,
            conditional=conditional,
            copies=copies.most,
            copies_least=copies.least,
            for_each=copies.for_each,
            turns=turns,
            copies_failed=copies_failed or {},
            causes=causes,
            same_id=same_id,
            read_timeout=read_timeout,
            per_batch=per_batch,
            unjudged=unjudged or {},
            defaults=self._defaults((source, target), place, tries),
        )
        self.hops.append(made)
        return made

    def _defaults(self, ends: tuple[str, str], place: Place, tries: Mapping[str, Tries]) -> tuple[str, ...]:
        """Parameters whose default decides the tries, as clauses; in a definition those whose value stands in the note
        of the tries, as it is not known where else in it a parameter is used.
        """
        reading = self.app.reading
        if not reading.rests:
            return ()
        places = [place, *(self.sites[end].place for end in ends)]
        addresses = dict.fromkeys(each.address for each in places if each is not None)
        found: list[ParameterDefault] = []
        for each in dict.fromkeys(one for one in tries.values() if one.total != 1):
            for address in addresses:
                found += reading.defaults_of(address, each.setting)
                if each.setting.startswith("States."):
                    numbers = set(_NUMBERS.findall(each.note))
                    held = reading.defaults_of(address, place.property.partition(".")[0])
                    found += (one for one in held if one.shown in numbers)
                if each.bounded_by is Bound.TIME or each.counted is not None:
                    found += (one for name in _TIMES for one in reading.defaults_of(address, name))
        return tuple(dict.fromkeys(one.clause for one in (*found, *self._led_by(ends, place))))

    def _led_by(self, ends: tuple[str, str], place: Place) -> Iterator[ParameterDefault]:
        """Those that decide where a hop starts or ends, or whether its sender waits."""
        named = [name for end in ends if (name := self._physical_name(end))]
        for (at, property_), defaults in self.app.reading.rests.items():
            if at not in (place.address, self._read):
                continue
            decides = property_.partition(".")[0] in _LEADING or property_.rpartition(".")[2] == "InvocationType"
            for one in defaults:
                if decides or one.shown in _INVOCATIONS or (one.shown and any(one.shown in name for name in named)):
                    yield one

    def _physical_name(self, site: str) -> str:
        """The name that the template gives to what a site stands for; empty where it gives none that is literal."""
        place = self.sites[site].place
        resource = self.app.resource(place.address) if place is not None else None
        naming = NAMINGS.get(resource.type) if resource is not None else None
        value = self.props(resource).value(naming.property) if resource is not None and naming is not None else None
        return str(value.value) if isinstance(value, Known) else ""

    def _countable(self, place: Place, tries: Mapping[str, Tries]) -> Mapping[str, Tries]:
        """Tries of which there is at least one: AWS takes no count that leaves none, so such a figure is not known."""
        wrong = [each for each in tries.values() if each.total is not None and each.total < 1]
        if not wrong:
            return tries
        declaring = self.app.resource(place.address)
        why = f"AWS takes no such number ({wrong[0].note or wrong[0].total})"
        if declaring is not None:
            self.unknown(declaring, wrong[0].setting or place.property, why)
        return {
            signal: Tries(None, status=ValueStatus.UNKNOWN, setting=each.setting, note=why, backoff=None)
            if each in wrong
            else each
            for signal, each in tries.items()
        }

    def _under(self, place: Place, conditions: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, bool]]:
        """The conditions of a hop in words, and as sides: its own, those of what declares it, and those taken."""
        worlds, taken = self.worlds, self.app.reading.taken
        declaring = self.app.resource(place.address)
        own = (declaring.condition,) if declaring is not None and declaring.condition else ()
        if not (own or conditions or taken):
            return conditions, {}
        words = {side_of(key.rpartition("#")[2], holds=side): None for key, side in taken.items()}
        words = dict.fromkeys((*own, *conditions, *words))
        sides = dict(taken)
        for text in (*own, *conditions):
            name, side = sided(text)
            sides[worlds.key(self._template_of(name, place), name)] = side
        return tuple(words), sides

    def _template_of(self, condition: str, place: Place) -> str:
        """The template whose condition a reader means: of the resource that it reads, or of the hop's place."""
        for read in filter(None, (self._read, place.address)):
            template = self.app.templates.get(read.template)
            declared = template.body.get("Conditions") if template else None
            if isinstance(declared, dict) and condition in declared:
                return read.template
        return place.address.template

    @property
    def read_now(self) -> Address | None:
        """The resource that is read just now."""
        return self._read

    def reading(self, resource: Resource, reader: Callable[[], None]) -> None:
        """Run what reads `resource`, once for each world that it tells apart."""
        before, self._read = self._read, resource.address
        try:
            in_worlds(self, reader)
        finally:
            self._read = before

    def unknown(
        self,
        resource: Resource,
        property_: str,
        why: str,
        at: SourceLine | None = None,
        what: GapKind | None = None,
        touches: Iterable[str] = (),
    ) -> None:
        """Note a property whose value stays unknown, so that a hop or figure may be missing.

        `at`: the line of code, where it is code that could not be read or followed. `what`: None: code where there is
        such a line, else a setting. `touches`: what it is between, where references do not tell.
        """
        kind = what or (GapKind.SETTING if at is None else GapKind.CODE)
        self.unknowns.append(
            Gap(resource.site_id, property_, why, Place(resource.address, property_, at), at, kind, tuple(touches)),
        )

    def targets(self, resource: Resource, value: Value, service: str | None = None) -> tuple[Target, ...]:
        """What `value`, a property of `resource`, points at; `service` tells what a bare name names."""
        return refers_to(self.app, self.template(resource), value, service)

    def receivers(
        self, resource: Resource, property_: str, value: Value, arrival: Arrival, service: str | None = None
    ) -> Iterator[tuple[str, Target]]:
        """Sites at which an event arrives that `resource` sends to `value`; what cannot be told is noted."""
        for target in self.targets(resource, value, service):
            site = self.arrive(target, arrival)
            if site is not None:
                yield site, target
            else:
                self.unknown(resource, property_, target.why or self._deaf(target))

    def _deaf(self, target: Target) -> str:
        found = self.app.resource(target.address)
        return f"points at a resource of type {found.type}, which is not modelled" if found else "cannot be resolved"

    def arrive(self, target: Target, arrival: Arrival) -> str | None:
        """The site at which an event sent to `target` arrives, or None if that cannot be told."""
        if target.address is None:
            known = target.literal is not None and "${?}" not in target.literal
            return self.external(target.literal) if known and target.literal else None
        resource = self.app.resource(target.address)
        if resource is None:
            return None
        receive = RECEIVERS.get(resource.type)
        return self._arriving(receive, resource, target, arrival) if receive else None

    def _arriving(self, receive: Receiver, resource: Resource, target: Target, arrival: Arrival) -> str | None:
        """Where an event arrives; what the receiver makes for it holds in every world, not only in the sender's."""
        if not (self.app.reading.taken or self._open):
            return receive(self, resource, target, arrival)
        found: list[str | None] = [None]

        def arriving() -> None:
            found[0] = receive(self, resource, target, arrival)

        with self.app.reading.suspended():
            self.reading(resource, arriving)
        return found[0]


def read(app: App, reads_code: bool = True, code_left_out: tuple[str, ...] = ()) -> Wiring:
    """All sites and hops of `app`; `reads_code`: also out of functions' code, but for that at paths left out."""
    discover()
    wiring = Wiring(app, reads_code, code_left_out)
    for table in (SITES, HOPS):
        for resource in app.resources():
            for reader in table.get(resource.type, ()):
                wiring.reading(resource, partial(reader, wiring, resource))
    for _, finish in sorted(FINISHERS, key=lambda pair: pair[0]):
        finish(wiring)
    wiring.app.reading.needs.clear()
    settle_existence(wiring)
    return wiring
