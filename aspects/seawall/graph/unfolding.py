"""Every site that events pass, once for each kind of event that comes to it: which hops no event can take.

A topic, bus, rule, queue, stream or pipe passes the same event on; a function, a state or a job that sends makes a new
one, of which its literals are known. Two events that meet at a bus are two events: a rule may let one of them through
and not the other. So the part of a flow behind which patterns ask is unfolded: the product of the sites with the
*origin* of the event, what is known of it there, and the patterns that it has matched so far. A hop whose pattern
contradicts these does not exist there; one that exists for no event is *ruled out*.

Sites where work runs are never copied. Events that enter at the same site with the same literals share their copies:
behind it all of them can take the same ways. Where copies would be very many, events are no longer told apart, which
rules out less and never too much.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from .flow import Flow
from .guards import Constant, Event, FieldPath, Guard, Match, Pattern, Scalar, Symbol, origin
from .model import Hop, RuledOut, When
from .patterns import EVERYTHING, All, AnyOf, Field, Formula, known_at, together
from .reach import reach
from .ways import Asked, behind_ends_run

MOST_COPIES = 64
"""Copies of one site."""
MOST_HOPS = 20_000
"""Hops between copies, over the hops of the flow itself."""


MOST_RENAMED = 3
"""Times that a field is renamed on its way."""
MOST_ASKED = 500
"""Names of fields that are looked at."""


class _Step(Struct, frozen=True):
    """A hop that renames fields or writes over some, as far as it matters."""

    carries: tuple[tuple[FieldPath, FieldPath], ...] | None
    event: tuple[tuple[FieldPath, frozenset[Scalar]], ...]


class _Context(Struct, frozen=True):
    """What is known of the event that passes."""

    entered: str
    known: tuple[tuple[FieldPath, frozenset[Scalar]], ...] = ()
    matched: tuple[Pattern, ...] = ()
    """Patterns that it has matched, in the names that fields have where it entered."""
    steps: tuple[_Step, ...] = ()
    mixed: bool = False
    """Several events that are not told apart."""

    def key(self, asked: Sequence[FieldPath]) -> tuple[object, ...]:
        """What tells it from others, as far as the fields matter that are asked for anywhere."""
        names = tuple(_name_at_origin(path, self.steps) for path in asked) if self.steps else ()
        return (self.entered, self.known, frozenset(self.matched), names, self.mixed)

    @property
    def event(self) -> Event:
        return dict(self.known)

    @property
    def origin(self) -> str:
        written = ", ".join(f"{field}={sorted(map(str, values))}" for field, values in self.known)
        return f"{self.entered} ({written})"


def unfolded(flow: Flow) -> tuple[Flow, tuple[RuledOut, ...]]:
    """The flow as single events see it, and the hops that no event can take."""
    if all(hop.guard.pattern is None for hop in flow.hops):
        return flow, ()
    return _Unfolding(flow).made()


class _Unfolding:
    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._asking = _asking(flow)
        self._asked = _asked_paths(flow)
        self._names: dict[tuple[str, object], str] = {}
        self._copied_from: dict[str, str] = {}
        self._number: dict[str, int] = {}
        self._queue: deque[tuple[str, str, _Context | None]] = deque()
        self._hops: list[Hop] = []
        self._originals: dict[Hop, Hop] = {}
        self._asks: dict[Hop, Asked] = {}
        self._taken: set[Hop] = set()
        self._refused: dict[Hop, _Context] = {}
        self._senders: dict[tuple[str, object], str] = {}
        self._rounds_hang_on = behind_ends_run(flow)

    def made(self) -> tuple[Flow, tuple[RuledOut, ...]]:
        flow = self._flow
        for site in flow.sites:
            if not self._passes(site) or site not in flow.incoming:
                self._arrive(site, self._outside(site))
        self._follow()
        for site in flow.sites:  # what only ways lead to that no event takes, and circles of what passes events on
            if site not in self._number:
                self._arrive(site, self._outside(site))
                self._follow()
        reached = {hop.target for hop in self._taken}
        for hop in self._refused:
            if hop.awaits and hop not in self._taken and hop.target not in reached:
                self._from_outside(hop)
        self._follow()
        position = {hop: number for number, hop in enumerate(flow.hops)}
        self._hops.sort(key=lambda hop: position[self._originals.get(hop, hop)])
        gone = [hop for hop in flow.hops if hop not in self._taken]
        sites = dict(flow.sites)
        sites |= {copy: replace(flow.sites[site], id=copy) for copy, site in self._copied_from.items()}
        made = replace(
            flow,
            sites=sites,
            hops=tuple(self._hops),
            copied_from=self._copied_from,
            originals=self._originals,
            asks=self._asks,
        )
        return made, tuple(self._told(hop) for hop in gone if hop in self._refused)

    def _from_outside(self, hop: Hop) -> None:
        """What no event of the app comes to is there for others: they come over the same hop, with its tries."""
        copy = self._copy(hop.source)
        target = self._arrive(hop.target, self._outside(hop.target))
        made = replace(hop, source=copy, target=target, guard=Guard(None, hop.guard.options, hop.guard.world))
        self._hops.append(made)
        self._originals[made] = hop
        for other in self._flow.out_of(hop.source):
            if other.when is When.EXHAUSTED:
                self._take(other, copy, None)

    def _copy(self, site: str) -> str:
        self._number[site] = number = self._number.get(site, 0) + 1
        name = site if number == 1 else f"{site} ~{number}"
        if number > 1:
            self._copied_from[name] = site
        return name

    def _passes(self, site: str) -> bool:
        return not self._flow.sites[site].works

    def _outside(self, site: str) -> _Context | None:
        return _Context(site) if site in self._asking else None

    def _arrive(self, site: str, context: _Context | None) -> str:
        """The copy of `site` for events of a context."""
        key = (site, context and context.key(self._asked))
        if key not in self._names:
            many = self._number.get(site, 0) >= MOST_COPIES or len(self._hops) > MOST_HOPS + len(self._flow.hops)
            if many and context is not None and not context.mixed:
                return self._arrive(site, _Context(site, mixed=True))
            self._names[key] = name = self._copy(site)
            self._queue.append((site, name, context))
        return self._names[key]

    def _follow(self) -> None:
        while self._queue:
            site, name, context = self._queue.popleft()
            for hop in self._flow.out_of(site):
                self._take(hop, name, context)

    def _take(self, hop: Hop, source: str, context: _Context | None) -> None:
        made_here = not self._passes(hop.source)
        here = _sent(hop, self._flow.number[hop]) if made_here else context
        asked: Asked | None = None
        matched = here.matched if here is not None else ()
        if hop.guard.pattern is not None and here is not None:
            pattern = _at_origin(hop.guard.pattern, here)
            if together([*matched, pattern], here.event) is Match.NO:
                self._refused.setdefault(hop, here)
                return
            if not here.mixed:
                matched = matched if pattern in (EVERYTHING, *matched) else (*matched, pattern)
                asked = Asked(here.origin, pattern, here.event) if not made_here else None
        self._taken.add(hop)
        target = self._arrive(hop.target, self._onward(hop, here, matched))
        made = hop if (source, target) == (hop.source, hop.target) else replace(hop, source=source, target=target)
        own = made_here or (here is not None and here.mixed)
        if own and hop.guard.pattern is not None:  # each event is its own: what one is like says nothing of another
            if hop.source in self._rounds_hang_on:  # less that is taken may be more that runs
                asked = Asked(f"{source} (hop {self._flow.number[hop]})", hop.guard.pattern, {})
            else:
                made = replace(made, guard=Guard(None, hop.guard.options, hop.guard.world))
        if made is not hop:
            self._originals[made] = hop
        if asked is not None:
            self._asks[made] = asked
        self._hops.append(made)

    def _onward(self, hop: Hop, here: _Context | None, matched: tuple[Pattern, ...]) -> _Context | None:
        """What is known of the event behind a hop; nothing where no pattern asks any more."""
        if hop.target not in self._asking or not self._passes(hop.target):
            return None
        if not self._passes(hop.source) or here is None:
            self._senders.setdefault((hop.target, _frozen(hop.event)), hop.source)
            return replace(_sent(hop, self._flow.number[hop]), matched=matched)
        if here.mixed:
            return _Context(hop.target, mixed=True)
        steps = here.steps
        if hop.carries is not None or hop.event:
            carries = None if hop.carries is None else tuple(sorted(hop.carries.items()))
            steps = (*steps, _Step(carries, _frozen(hop.event)))
        return _Context(here.entered, here.known, matched, steps)

    def _told(self, hop: Hop) -> RuledOut:
        context = self._refused[hop]
        pattern = hop.guard.pattern
        asks = "; ".join(_asks(pattern)) if pattern is not None else ""
        writes = [*_writes(context)]
        before = "; ".join(word for each in context.matched for word in _asks(each))
        why = f"it asks for {asks}" if asks else "its pattern does not match"
        if writes:
            sender = self._senders.get((context.entered, context.known), context.entered)
            why += f", but {sender} writes {', '.join(writes)}"
        if before:
            why += f", but what comes here has matched {before}"
        return RuledOut(hop.source, hop.target, hop.kind, why)


def _asking(flow: Flow) -> set[str]:
    """Sites from which an event can pass, unchanged, to a hop whose pattern asks about it."""
    passing = {
        site: tuple(hop for hop in hops if not flow.sites[hop.source].works) for site, hops in flow.incoming.items()
    }
    starts = {hop.source for hop in flow.hops if hop.guard.pattern is not None}
    return {site for site in reach(starts, passing, forward=False) if not flow.sites[site].works}


def _sent(hop: Hop, number: int) -> _Context:
    """A new event; one that a pattern was asked of is not mixed up with others that come to the same site."""
    asked = f" (hop {number})" if hop.guard.pattern is not None else ""
    return _Context(hop.target + asked, _frozen(hop.event))


def _frozen(event: Event) -> tuple[tuple[FieldPath, frozenset[Scalar]], ...]:
    return tuple(sorted(((path, frozenset(values)) for path, values in event.items()), key=lambda pair: pair[0]))


def _at_origin(pattern: Pattern, context: _Context) -> Pattern:
    """The pattern in the names that fields had where the event entered."""
    if not context.steps or not isinstance(pattern, (Field, All, AnyOf)):
        return pattern
    return _back(pattern, context.steps)


def _back(formula: Formula, steps: Sequence[_Step]) -> Formula:
    if isinstance(formula, Field):
        return _field_back(formula, steps)
    parts = [_back(part, steps) for part in formula.parts]
    if isinstance(formula, AnyOf):
        return EVERYTHING if EVERYTHING in parts else AnyOf(tuple(parts))
    return All(tuple(part for part in parts if part != EVERYTHING))


def _field_back(leaf: Field, steps: Sequence[_Step]) -> Formula:
    found = _name_at_origin(leaf.path, steps)
    if isinstance(found, tuple):
        return replace(leaf, path=found)
    if found is None:
        return EVERYTHING
    return AnyOf(()) if leaf.match({leaf.path: found}) is Match.NO else EVERYTHING


def _name_at_origin(path: FieldPath, steps: Sequence[_Step]) -> FieldPath | frozenset[Scalar] | None:
    """What a field was called where the event entered; the values written into it since; None where it is not known."""
    for step in reversed(steps):
        written: Event = dict(step.event)
        values = known_at(written, path)
        if values is not None:
            return values
        if any(each[: len(path)] == path for each in written):
            return None
        before = origin(path, None if step.carries is None else dict(step.carries))
        if before is None:
            return None
        path = before
    return path


def _asked_paths(flow: Flow) -> tuple[FieldPath, ...]:
    """Fields that patterns ask about, by every name that they may have had before."""
    found = {path for hop in flow.hops if hop.guard.pattern is not None for path in hop.guard.pattern.fields}
    renaming = {tuple(sorted(hop.carries.items())) for hop in flow.hops if hop.carries is not None}
    for _ in range(MOST_RENAMED if renaming else 0):
        before = {origin(path, dict(carries)) for path in found for carries in renaming}
        found |= {path for path in before if path is not None}
        if len(found) > MOST_ASKED:
            break
    return tuple(sorted(found))


def _asks(pattern: Pattern) -> Iterator[str]:
    """What a pattern asks for, in words."""
    for leaf in pattern.leaves() if isinstance(pattern, (Field, All, AnyOf)) else ():
        tests = " or ".join(_test(test) for test in leaf.tests)
        yield f"{'.'.join(leaf.path) or 'the event'} {tests}"


def _test(test: object) -> str:
    parts = getattr(test, "parts", None)
    if parts is not None:
        return "*".join(parts)
    value = getattr(test, "value", None)
    return str(getattr(value, "value", value)) if value is not None else type(test).__name__.lower()


def _writes(context: _Context) -> Iterator[str]:
    for path, values in context.known:
        yield f"{'.'.join(path)} {' or '.join(sorted(_value(value) for value in values))}"


def _value(value: object) -> str:
    if isinstance(value, Constant):
        return value.value
    return value.text if isinstance(value, Symbol) else str(value)
