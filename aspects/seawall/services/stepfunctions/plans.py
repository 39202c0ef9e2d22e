"""What a machine does, as plans of steps: who follows whom, who retries what, and where failures go."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from seawall.graph.model import CLASSES, LAPS, ONCE, FailureClass, Hop, Plan, StateStep, Tries, class_of

from .definition import Branch, State
from .errors import acting, tries
from .failures import TIMED_OUT
from .history import HISTORY, MOST_TRIES, least_events
from .reading import WORKING, Machine, catches_of, names_of, signals_of, walk_of
from .walk import MOST_COUNTED, Station, Store, Walk, union, walks, walks_inside

NO_CHOICE = f"{FailureClass.ERROR}:States.NoChoiceMatched"


Run = tuple[Branch, Store]
"""A branch, and what it starts with."""


def plan_of(
    found: Machine,
    branches: Sequence[Branch],
    inside: str,
    fails_as: str | None = None,
    at_once: int | None = None,
) -> Plan:
    """The plan of a machine or of one of its containers, whose site is `inside`.

    A Map whose items the definition tells has a branch for each of them, as a Parallel has.
    """
    started = _started(found, inside)
    runs = [(branch, store) for branch in branches if branch.states for store in started]
    walked = _walks(found, runs, [walks(branch) or walks_inside(branch) for branch, _ in runs])
    plan = _planned(found, runs, [walk if walk and walks(walk.branch) else None for walk in walked], inside)
    history = None if found.express else HISTORY.value
    plan = replace(plan, fails_as=fails_as, items=len(started), at_once=at_once, history=history)
    limit = found.limit if inside == found.resource.site_id else None
    if limit is None or not any(map(walks, branches)) or not _waits(branches):
        return plan
    timed = _walks(found, runs, [True for _ in runs], limit)
    if not all(walk is not None and walk.complete for walk in timed):
        return plan
    cut = any(station.out_of_time for walk in timed if walk is not None for station in walk.stations)
    shorter = _planned(found, runs, timed, inside)
    shorter = replace(shorter, fails_as=fails_as, items=plan.items, at_once=at_once, history=history)
    return replace(shorter, clock=limit, timeless=plan) if cut else plan


def _waits(branches: Sequence[Branch]) -> bool:
    return any(state.type == "Wait" for branch in branches for state in branch.states.values())


def _started(found: Machine, inside: str) -> Sequence[Store]:
    """What each branch of a container, or each item of a Map, starts with; of several ways in, what they agree on."""
    entries = found.entered.get(inside, ())
    if not entries:
        return (Store(),)
    keys = {tuple(store.key for store in entry) for entry in entries}
    if len(keys) == 1:
        return entries[0]
    most = max(map(len, entries))
    return (union([store for entry in entries for store in entry]),) * most


def _walks(
    found: Machine, runs: Sequence[Run], wanted: Sequence[bool], limit: float | None = None
) -> list[Walk | None]:
    """The walks that are wanted; what starts alike is walked once."""
    known: dict[tuple[int, str], Walk] = {}
    walked: list[Walk | None] = []
    for (branch, store), needed in zip(runs, wanted, strict=True):
        key = (id(branch), store.key)
        if needed and key not in known:
            known[key] = walk_of(found, branch, store, limit)
        walked.append(known[key] if needed else None)
    entered: dict[str, list[tuple[Store, ...]]] = {}
    for walk in known.values():
        for name, entries in walk.entered.items():
            entered.setdefault(found.id(walk.branch.states[name]), []).extend(entries)
    found.entered.update(entered)
    return walked


def _planned(found: Machine, runs: Sequence[Run], walked: Sequence[Walk | None], inside: str) -> Plan:
    whole = {id(branch) for branch, _ in runs}
    whole -= {id(branch) for (branch, _), walk in zip(runs, walked, strict=True) if walk is None or not walk.complete}
    starts: list[str] = []
    steps: dict[str, StateStep] = {}
    laps: dict[str, Hop] = {}
    named: dict[int, str] = {}
    for (branch, _), walk in zip(runs, walked, strict=True):
        for state in branch.states.values() if walk is not None else ():
            if state.type in WORKING:
                place = found.place(state, "Catch" if state.catchers else "")
                laps[found.id(state)] = Hop(inside, found.id(state), LAPS, True, place)
        if walk is None or id(branch) not in whole:
            steps |= {found.id(state): _step(found, state) for state in branch.states.values()}
            starts.append(found.id(branch.states[branch.start]))
            continue
        if id(walk) not in named:
            names = _named(found, walk, steps)
            named[id(walk)] = names[0]
            steps |= {name: _station(found, station, names) for name, station in zip(names, walk.stations, strict=True)}
        starts.append(named[id(walk)])
    return Plan(tuple(starts), steps, None, laps)


def _named(found: Machine, walk: Walk, taken: Container[str]) -> list[str]:
    """Names of stations; the first one of a state bears the id of the state's site."""
    names: list[str] = []
    own: set[str] = set()
    for number, station in enumerate(walk.stations):
        name = found.id(station.state)
        count = number
        while name in taken or name in own:
            name, count = f"{found.id(station.state)}@{count}", count + MOST_COUNTED
        own.add(name)
        names.append(name)
    return names


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
        least_events(state),
    )


def _step(found: Machine, state: State) -> StateStep:
    """A state whatever it is entered with."""
    prefix = f"{found.resource.site_id}#"
    caught: dict[str, tuple[str, ...]] = {}
    escapes: set[str] = set()
    for signal in sorted(signals_of(found, state)) if state.catchers or id(state) in found.heeds else ():
        nexts, uncaught = catches_of(found, state, signal)
        caught[signal] = tuple(prefix + name for name in nexts)
        if uncaught:
            escapes.add(signal)
    fails = found.names.of_failing(state) if state.type == "Fail" else None
    nexts = tuple(prefix + name for name in state.next)
    return _made(prefix + state.name, nexts, caught, escapes, fails, state.type == "Choice", least_events(state))


def _made(
    site: str,
    nexts: tuple[str, ...],
    caught: dict[str, tuple[str, ...]],
    escapes: set[str],
    fails: str | None,
    chooses: bool,
    events: int,
) -> StateStep:
    for failure, refined in _plain(caught).items():
        caught[failure] = tuple(dict.fromkeys(name for signal in refined for name in caught[signal]))
        if escapes.intersection(refined):
            escapes.add(failure)
    catches = any(caught.values())
    escaping = frozenset(escapes) if catches else None
    return StateStep(site, nexts, caught if catches else {}, escaping, fails, chooses, events)


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
            made[which] = tries(
                {index: state.retriers[index] for index in which},
                property_,
                found.limit,
                None if found.express else MOST_TRIES,
            )
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
    return next(uncaught(found, branch), None) is None


def uncaught(found: Machine, branch: Branch) -> Iterator[State]:
    """States on an ordinary way through a branch whose failure ends it, as no catcher acts on it; in their order."""
    after_catch = _led_to(branch, [catcher.next for state in branch.states.values() for catcher in state.catchers])
    ordinary = _led_to(branch, [branch.start])
    for state in (state for name, state in branch.states.items() if name in ordinary):
        if state.type in WORKING:
            open_ends = [signal for signal in signals_of(found, state) if catches_of(found, state, signal)[1]]
            inner_caught = state.type != "Task" and all(all_caught(found, inner) for inner in state.branches)
            if open_ends and not inner_caught:
                yield state
        elif state.type == "Fail" and state.name not in after_catch:
            yield state


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
