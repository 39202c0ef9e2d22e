"""What is tried: which site fails and how, where the events come in, and which ways back they take."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import Evidence, FailureClass, Hop, SiteKind, When, reach
from seawall.retries import Analysis
from seawall.template import App

from .clocks import Clocks, clocks_of
from .errors import ReplayError

ENTRANCES = (
    SiteKind.QUEUE,
    SiteKind.TOPIC,
    SiteKind.RULE,
    SiteKind.MACHINE,
    SiteKind.ASYNCHRONOUS_QUEUE,
    SiteKind.FUNCTION,
)
"""Kinds of sites that an event can be sent to."""
FAILING = (FailureClass.ERROR, FailureClass.TIMEOUT, FailureClass.FAULT)
"""Failure classes that can be brought about: a throttle is the service's own, and the code does not run."""


class CallReading(StrEnum):
    """What a stub does where the code that it stands for was not read, and may or may not wait for what it calls."""

    HEEDED = "heeded"
    """It waits, and fails when that fails."""
    UNHEEDED = "unheeded"
    """It waits, and goes on."""
    UNAWAITED = "unawaited"
    """It does not wait: a function runs again by its own asynchronous retries."""


class Experiment(Struct, frozen=True):
    """One site fails on every run; some events are sent; counting goes on until nothing moves."""

    app: App
    analysis: Analysis
    site: str
    """Id of the function whose every run fails."""
    failure: FailureClass
    entry: str
    """Where events are sent to."""
    skipped: tuple[str, ...] = ()
    """Sites on the way from the real entry that the events do not pass."""
    events: int = 1
    laps: tuple[int, ...] = (2,)
    """Times that an event is sent back over each way back, the last number for every further one."""
    errors: tuple[str, ...] = ()
    """Names that the failure bears, in turn; chosen from the definition where none are given. An empty name is a run
    that does what a failing one does and yet succeeds.
    """
    batch: int = 1
    """Messages that a function is given at once, at most: the model counts for a message that comes alone."""
    unsent: frozenset[str] = frozenset()
    """Sites that no code sends to here."""
    reading: CallReading = CallReading.HEEDED
    """Of calls whose code was not read."""
    stand_ins: bool = True
    """Take the place of what the emulator accepts but does not play."""

    @property
    def in_play(self) -> frozenset[str]:
        """Every site that an event may come to."""
        return frozenset(reach([self.entry], self.analysis.flow.outgoing))

    @property
    def clocks(self) -> Clocks:
        """The times that end tries of what an event comes to."""
        return clocks_of(self.analysis.flow, self.in_play, self.failure)

    @property
    def returns(self) -> tuple[str, ...]:
        """Sites that events are sent back to, in the order in which the ways are taken."""
        return tuple(dict.fromkeys(hop.target for loop in self.analysis.loops for hop in loop.returns if by_code(hop)))

    def laps_over(self, hop: Hop) -> range | None:
        """The laps at whose end an event is sent over a way back; None for a hop that is none."""
        if not by_code(hop) or hop not in self._returns():
            return None
        way = self.returns.index(hop.target)
        first = sum(self._laps_over(each) for each in range(way))
        return range(first, first + self._laps_over(way))

    @property
    def most_laps(self) -> int:
        """After how many laps every event has come to rest."""
        return sum(map(self._laps_over, range(len(self.returns))))

    def _laps_over(self, way: int) -> int:
        return self.laps[min(way, len(self.laps) - 1)]

    def sends(self, hop: Hop) -> bool:
        """Whether a call of code is made although its function works."""
        inferred_return = hop in self._returns() and hop.evidence < Evidence.READ
        return hop.when is When.ALWAYS and not inferred_return

    def _returns(self) -> list[Hop]:
        return [hop for loop in self.analysis.loops for hop in loop.returns]


def by_code(hop: Hop) -> bool:
    """Whether code sends it, as opposed to what the template declares."""
    return hop.evidence < Evidence.DECLARED


def plan(
    app: App,
    analysis: Analysis,
    wanted: str,
    failure: str = "error",
    events: int = 1,
    laps: int = 2,
    reading: str = CallReading.HEEDED,
) -> Experiment:
    """The experiment in which the site that `wanted` names fails."""
    if failure not in FAILING:
        raise ReplayError(f"no emulator brings about a {failure}; choose one of {', '.join(FAILING)}")
    site = function_named(analysis, wanted)
    if site not in {member for each in analysis.attempts.entries for member in each.inside}:
        raise ReplayError(f"{site}: no event leads there")
    _, worst = analysis.attempts.worst(site, FailureClass(failure))
    way = [worst.entry, *(hop.target for hop in analysis.shortest(worst.entry, site))]
    for position, name in enumerate(way):
        if analysis.flow.sites[name].kind in ENTRANCES:
            left = tuple(way[:position])
            read_as = CallReading(reading)
            made = Experiment(app, analysis, site, FailureClass(failure), name, left, events, (laps,))
            return replace(made, reading=read_as)
    raise ReplayError(f"{site}: there is nothing to send an event to on the way from {worst.entry}")


def function_named(analysis: Analysis, wanted: str) -> str:
    """The function that `wanted` names: by its id, the end of its id, its logical id, or a state that calls it."""
    sites = analysis.flow.sites.values()
    found = [site.id for site in sites if site.kind in (SiteKind.FUNCTION, SiteKind.STATE) and site.id == wanted]
    found = found or [
        site.id
        for site in sites
        if site.kind in (SiteKind.FUNCTION, SiteKind.STATE)
        and not site.framework
        and (
            site.id.endswith((f"/{wanted}", f"#{wanted}"))
            or (site.kind == SiteKind.FUNCTION and site.place and site.place.address.logical_id == wanted)
        )
    ]
    called = {function for name in found for function in _functions(analysis, name)}
    if len(called) == 1:
        return called.pop()
    if called:
        raise ReplayError(f"{wanted} names {len(called)} sites: {_listed(called)}")
    if found:
        raise ReplayError(f"{wanted}: the state calls no function, and nothing else can be made to fail")
    names = [site.id for site in sites if site.kind == SiteKind.FUNCTION and not site.framework]
    raise ReplayError(
        f"no function or state is called {wanted}; functions here: {_listed(names)}"
        if names
        else f"no function or state is called {wanted}: there is no function"
    )


def _functions(analysis: Analysis, name: str) -> list[str]:
    if analysis.flow.sites[name].kind == SiteKind.FUNCTION:
        return [name]
    targets = [hop.target for hop in analysis.flow.out_of(name)]
    return [target for target in targets if analysis.flow.sites[target].kind == SiteKind.FUNCTION]


def _listed(names: Iterable[str]) -> str:
    shown = sorted(names)
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "")
