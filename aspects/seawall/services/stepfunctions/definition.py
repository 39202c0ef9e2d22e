"""A state machine's definition as plain values: states, retriers, catchers and transitions.

Nonsense in a definition never raises: what is not a state is left out and said.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from seawall.template import Embedded, Json

from .errors import BACKOFF_RATE, INTERVAL, MAX_ATTEMPTS, Catcher, Retrier

MOST_NESTED = 50
"""Parallel and Map states within each other that are followed; deeper ones are left out and said."""
BEYOND = 10**12
"""No number that a state takes is as large."""
_TOLERATED = tuple(f"ToleratedFailure{what}{form}" for what in ("Percentage", "Count") for form in ("", "Path"))


class State(Struct, frozen=True):
    """One state, with its own states inside if it is a Parallel or a Map."""

    name: str
    type: str
    path: str
    """Dotted path in the definition, such as ``States.Charge``."""
    body: Mapping[str, Json]
    jsonata: bool
    next: tuple[str, ...] = ()
    """States that can follow when it succeeds; empty where the branch ends."""
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[Catcher, ...] = ()
    branches: tuple[Branch, ...] = ()

    @property
    def rules(self) -> list[Mapping[str, Json]]:
        """The rules of a Choice, as far as they are some."""
        return _objects(self.body.get("Choices"))

    @property
    def distributed(self) -> bool:
        """A Map that runs its items as child executions."""
        config = _object(_object(self.body.get("ItemProcessor")).get("ProcessorConfig"))
        return self.type == "Map" and config.get("Mode") == "DISTRIBUTED"

    @property
    def at_once(self) -> int | None:
        """Items of a Map that run side by side at most; None where nothing that is known limits them."""
        limit = self.body.get("MaxConcurrency")
        number = isinstance(limit, int) and not isinstance(limit, bool)
        return int(str(limit)) if self.type == "Map" and number and int(str(limit)) > 0 else None

    @property
    def tolerates_some(self) -> bool:
        """A distributed Map that items may fail in without failing it; how many depends on the number of items."""
        return self.distributed and any(self.body.get(name) not in (None, 0, 0.0) for name in _TOLERATED)

    @property
    def tolerates_all(self) -> bool:
        """A distributed Map that no failing item makes fail."""
        return self.distributed and self.body.get("ToleratedFailurePercentage") == 100


class Branch(Struct, frozen=True):
    """States that follow one another, from `start`."""

    start: str
    states: Mapping[str, State]

    def branches(self) -> Iterator[Branch]:
        """Itself, and those inside its states after it."""
        pending = [self]
        while pending:
            branch = pending.pop()
            yield branch
            pending += (inner for state in branch.states.values() for inner in state.branches)


class MachineDefinition(Struct, dict=True):
    """A whole machine, and what in it could not be read."""

    top: Branch
    problems: list[tuple[str, str]] = field(default_factory=list)
    """(path in the definition, what is wrong with it)."""

    def states(self) -> Iterator[State]:
        """Every state, those inside others after them."""
        return (state for branch in self.top.branches() for state in branch.states.values())


def parse(embedded: Embedded) -> MachineDefinition:
    """The definition in a document; what cannot be read is noted in `problems`."""
    found = MachineDefinition(Branch("", {}))
    document = _object(embedded.document)
    if not document.get("States"):
        found.problems.append(("", "the definition has no States"))
    found.top = _branch(document, "", document.get("QueryLanguage") == "JSONata", found.problems, 0, set())
    return found


def _branch(
    raw: Mapping[str, Json],
    path: str,
    jsonata: bool,
    problems: list[tuple[str, str]],
    depth: int,
    taken: set[str],
) -> Branch:
    """`taken`: names of states elsewhere in the machine. Step Functions refuses a name that stands twice."""
    states: dict[str, State] = {}
    start, mine = raw.get("StartAt"), _object(raw.get("States"))
    twice = taken & mine.keys()
    taken |= mine.keys()
    for name, body in mine.items():
        where = f"{path}States.{name}"
        if name in twice:
            problems.append((where, "has a name that another state of the machine has, and was left out"))
        elif isinstance(body, dict) and isinstance(body.get("Type"), str):
            states[name] = _state(name, where, body, jsonata, problems, depth, taken)
        else:
            problems.append((where, "is not a state: it has no Type"))
    if not isinstance(start, str) or start not in states:
        if states:
            problems.append((f"{path}StartAt", "names no state"))
        start = next(iter(states), "")
    return Branch(start, {name: _among(state, states, problems) for name, state in states.items()})


def _among(state: State, states: Container[str], problems: list[tuple[str, str]]) -> State:
    """`state` without the ways that lead to none of `states`, those beside it: Step Functions refuses such."""
    leads = [*state.next, *(catcher.next for catcher in state.catchers)]
    lost = [name for name in dict.fromkeys(leads) if name not in states]
    if not lost:
        return state
    problems += ((state.path, f"leads to {name!r}, which is no state beside it") for name in lost)
    return replace(
        state,
        next=tuple(name for name in state.next if name in states),
        catchers=tuple(catcher for catcher in state.catchers if catcher.next in states),
    )


def _state(
    name: str,
    path: str,
    body: Mapping[str, Json],
    jsonata: bool,
    problems: list[tuple[str, str]],
    depth: int,
    taken: set[str],
) -> State:
    kind = str(body["Type"])
    jsonata = body.get("QueryLanguage", "JSONata" if jsonata else "JSONPath") == "JSONata"
    inner: list[tuple[str, Json]] = []
    if kind == "Parallel":
        inner = [(f"{path}.Branches.{index}.", branch) for index, branch in enumerate(_list(body.get("Branches")))]
    elif kind == "Map":
        key = "ItemProcessor" if "ItemProcessor" in body else "Iterator"
        inner = [(f"{path}.{key}.", body.get(key))]
    if inner and depth >= MOST_NESTED:
        problems.append((path, f"is nested more than {MOST_NESTED} deep and was left out"))
        inner = []
    return State(
        name,
        kind,
        path,
        body,
        jsonata,
        _following(body),
        tuple(_retrier(each) for each in _objects(body.get("Retry"))),
        tuple(_catcher(each) for each in _objects(body.get("Catch"))),
        tuple(_branch(_object(raw), where, jsonata, problems, depth + 1, taken) for where, raw in inner),
    )


def _following(body: Mapping[str, Json]) -> tuple[str, ...]:
    names = [body.get("Next"), body.get("Default")]
    names += [rule.get("Next") for rule in _objects(body.get("Choices"))]
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))


def _retrier(raw: Mapping[str, Json]) -> Retrier:
    delay = raw.get("MaxDelaySeconds")
    return Retrier(
        _errors(raw),
        _whole(raw.get("MaxAttempts", MAX_ATTEMPTS.value)),
        _number(raw.get("IntervalSeconds"), INTERVAL.value),
        _number(raw.get("BackoffRate"), BACKOFF_RATE.value),
        _number(delay, 0.0) or None,
        raw.get("JitterStrategy") == "FULL",
    )


def _catcher(raw: Mapping[str, Json]) -> Catcher:
    return Catcher(_errors(raw), str(raw.get("Next", "")))


def _errors(raw: Mapping[str, Json]) -> tuple[str, ...]:
    return tuple(name for name in _list(raw.get("ErrorEquals")) if isinstance(name, str))


def _whole(raw: Json) -> int | None:
    if isinstance(raw, str) and raw.isdecimal() and len(raw) < 12:
        return int(raw)
    if isinstance(raw, (int, float)) and not isinstance(raw, bool) and 0 <= raw < BEYOND and raw == int(raw):
        return int(raw)
    return None


def _number(raw: Json, default: float) -> float:
    if isinstance(raw, str):
        try:
            raw = float(raw)
        except ValueError:
            return default
    return float(raw) if isinstance(raw, (int, float)) and not isinstance(raw, bool) and 0 < raw < BEYOND else default


def _object(raw: Json) -> Mapping[str, Json]:
    return raw if isinstance(raw, dict) else {}


def _list(raw: Json) -> list[Json]:
    return raw if isinstance(raw, list) else []


def _objects(raw: Json) -> list[Mapping[str, Json]]:
    return [each for each in _list(raw) if isinstance(each, dict)]
