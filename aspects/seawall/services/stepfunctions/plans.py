"""What a machine does, as plans of steps: who follows whom, who retries what, and where failures go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from seawall.graph.model import CLASSES, LAPS, ONCE, FailureClass, Hop, Plan, StateStep, Tries, class_of

from .definition import Branch, State
from .errors import acting, tries
from .failures import TIMED_OUT
from .reading import WORKING, Machine, catches_of, names_of, signals_of
from .values import UNKNOWN
from .walk import Failures, Station, Store, Walk, union, walks, walks_inside

NO_CHOICE = f"{FailureClass.ERROR}:States.NoChoiceMatched"


def plan_of(found: Machine, branches: Sequence[Branch], inside: str, fails_as: str | None = None) -> Plan:
    """The plan of a machine or of one of its containers, whose site is `inside`."""
    walked = [_walk(found, branch, inside) if walks(branch) or walks_inside(branch) else None for branch in branches]
    walked = [walk if walks(branch) else None for branch, walk in zip(branches, walked, strict=True)]
    plan = _planned(found, branches, walked, inside, fails_as)
    limit = found.limit if inside == found.resource.site_id else None
    if limit is None or not any(map(walks, branches)) or not _waits(branches):
        return plan
    timed = [_walk(found, branch, inside, limit) for branch in branches]
    if not all(walk is not None and walk.complete for walk in timed):
        return plan
    cut = any(station.out_of_time for walk in timed if walk is not None for station in walk.stations)
    shorter = _planned(found, branches, timed, inside, fails_as)
    return replace(shorter, clock=limit, timeless=plan) if cut else plan


def _waits(branches: Sequence[Branch]) -> bool:
    return any(state.type == "Wait" for branch in branches for state in branch.states.values())


def _walk(found: Machine, branch: Branch, inside: str, limit: float | None = None) -> Walk:
    working = (state for state in branch.states.values() if state.catchers)
    names = {
        state.name: {signal: names_of(found, state, signal) for signal in sorted(signals_of(found, state))}
        for state in working
    }
    entered = found.entered.get(inside, ())
    walk = Walk(branch, Failures(names), union(entered) if entered else Store(), UNKNOWN, limit)
    for name, stores in walk.entered.items():
        found.entered[found.id(branch.states[name])] = stores
    return walk


def _planned(
    found: Machine, branches: Sequence[Branch], walked: Sequence[Walk | None], inside: str, fails_as: str | None
) -> Plan:
    prefix = f"{found.resource.site_id}#"
    steps: dict[str, StateStep] = {}
    laps: dict[str, Hop] = {}
    for branch, walk in zip(branches, walked, strict=True):
        for state in branch.states.values() if walk is not None else ():
            place = found.place(state, "Catch" if state.catchers else "")
            if state.type in WORKING:
                laps[found.id(state)] = Hop(inside, found.id(state), LAPS, True, place)
        if walk is None or not walk.complete:
            steps |= {prefix + state.name: _step(found, state) for state in branch.states.values()}
        else:
            steps |= _stations(found, walk)
    return Plan(tuple(prefix + branch.start for branch in branches if branch.states), steps, fails_as, laps)


def _stations(found: Machine, walk: Walk) -> Mapping[str, StateStep]:
    """The steps of a walk, and those of states that it never comes to."""
    taken: set[str] = set()
    names: list[str] = []
    for number, station in enumerate(walk.stations):
        name = found.id(station.state)
        names.append(name if name not in taken else f"{name}@{number}")
        taken.add(name)
    return {name: _station(found, station, names) for name, station in zip(names, walk.stations, strict=True)}


def _station(found: Machine, station: Station, names: Sequence[str]) -> StateStep:
    state = station.state
    caught = {signal: tuple(names[number] for number in ends) for signal, ends in station.caught.items()}
    fails = found.names.of_failing(state) if state.type == "Fail" else None
    if station.out_of_time:
        fails = TIMED_OUT
    elif station.stuck:
        fails = NO_CHOICE
    return _made(
        found.id(state),
        tuple(dict.fromkeys(names[number] for number in station.next)),
        caught,
        set(station.escapes),
        fails,
        len(station.next) > 1,
    )


def _step(found: Machine, state: State) -> StateStep:
    """A state whatever it is entered with."""
    prefix = f"{found.resource.site_id}#"
    caught: dict[str, tuple[str, ...]] = {}
    escapes: set[str] = set()
    for signal in sorted(signals_of(found, state)) if state.catchers else ():
        nexts, uncaught = catches_of(found, state, signal)
        caught[signal] = tuple(prefix + name for name in nexts)
        if uncaught:
            escapes.add(signal)
    fails = found.names.of_failing(state) if state.type == "Fail" else None
    nexts = tuple(prefix + name for name in state.next)
    return _made(prefix + state.name, nexts, caught, escapes, fails, state.type == "Choice")


def _made(
    site: str,
    nexts: tuple[str, ...],
    caught: dict[str, tuple[str, ...]],
    escapes: set[str],
    fails: str | None,
    chooses: bool,
) -> StateStep:
    for failure, refined in _plain(caught).items():
        caught[failure] = tuple(dict.fromkeys(name for signal in refined for name in caught[signal]))
        if escapes.intersection(refined):
            escapes.add(failure)
    catches = any(caught.values())
    return StateStep(site, nexts, caught if catches else {}, frozenset(escapes) if catches else None, fails, chooses)


def own_tries(found: Machine, state: State) -> Mapping[str, Tries]:
    """Tries that a state's own `Retry` gives it, by signal."""
    by_signal = _tries(found, state, f"{state.path}.Retry")
    counts: dict[str, Tries] = {signal: ONCE for signal in by_signal if signal not in CLASSES}
    counts |= {signal: counted for signal, counted in by_signal.items() if counted is not None}
    for failure, refined in _plain(by_signal).items():
        counts[failure] = max((counts[each] for each in refined), key=lambda each: (each.unknown, each.total or 0))
    return counts


def _tries(found: Machine, state: State, property_: str) -> Mapping[str, Tries | None]:
    """By signal: signals that the same retriers act on share what comes of it."""
    signals = sorted(signals_of(found, state))
    if not state.retriers:
        return dict.fromkeys(signals)
    made: dict[tuple[int, ...], Tries | None] = {}
    by_signal: dict[str, Tries | None] = {}
    for signal in signals:
        which = acting(state.retriers, names_of(found, state, signal))
        if which not in made:
            made[which] = tries((state.retriers[index] for index in which), property_, found.limit)
        by_signal[signal] = made[which]
    return by_signal


def _plain(signals: Iterable[str]) -> Mapping[str, list[str]]:
    """The refined signals of each class that a state has no plain one of: whoever asks how often a state runs asks for
    a class, whatever names its errors bear.
    """
    found: dict[str, list[str]] = {}
    given = list(signals)
    for signal in given:
        if class_of(signal) not in given:
            found.setdefault(class_of(signal), []).append(signal)
    return found


def only_after_failure(found: Machine, inside: str) -> frozenset[str]:
    """States of a container that only a catch leads to."""
    branches = [found.definition.top]
    if inside != found.resource.site_id:
        branches = [
            branch for state in found.definition.states() if found.id(state) == inside for branch in state.branches
        ]
    return frozenset(name for branch in branches for name in set(branch.states) - _led_to(branch, [branch.start]))


def all_caught(found: Machine, branch: Branch) -> bool:
    """Whether every failure on an ordinary way through a branch meets a catcher on its way out."""
    after_catch = _led_to(branch, [catcher.next for state in branch.states.values() for catcher in state.catchers])
    for state in map(branch.states.__getitem__, _led_to(branch, [branch.start])):
        if state.type in WORKING:
            open_ends = [signal for signal in signals_of(found, state) if catches_of(found, state, signal)[1]]
            inner_caught = state.type != "Task" and all(all_caught(found, inner) for inner in state.branches)
            if open_ends and not inner_caught:
                return False
        elif state.type == "Fail" and state.name not in after_catch:
            return False
    return True


def _led_to(branch: Branch, starts: list[str]) -> frozenset[str]:
    """States that `starts` lead to when nothing fails, themselves included."""
    pending = list(starts)
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        if name in branch.states and name not in seen:
            seen.add(name)
            pending.extend(branch.states[name].next)
    return frozenset(seen)
