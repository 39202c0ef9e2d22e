"""What becomes of a run in which a call fails: the run ends, goes on, or fails in the end.

A failure comes to code in one of two ways. The call raises it, and what catches it decides; or its answer says so, and
tests of the answer decide. What code raises for another reason is no concern of it: that is told by what decides
whether the run comes there, and by the names that stand for other things after the failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from seawall.template import SourceLine

from . import syntax as s
from .context import Around, Catch, Lap
from .values import Response

if TYPE_CHECKING:
    from .reader import Made, Reader

Failing: TypeAlias = "Catch | Response"
MOST_RAISED = 500
"""Places that raise in one program up to which each is looked at; beyond it any of them may be about a failure."""
_GOES_ON = frozenset({"next", "continue"})
"""How what is done about a failure ends where the loop around goes on."""


class Risk(Struct, frozen=True, eq=False):
    """Something that can fail, with what surrounds it."""

    at: SourceLine
    around: Around
    explicit: bool = False
    """Code raises it."""
    kind: str = ""
    """The name of the class of what is raised, where it is told."""

    def caught_by(self, catch: Catch) -> bool:
        """Whether it is caught there for certain."""
        return catch.every or (bool(self.kind) and any(each.rpartition(".")[2] == self.kind for each in catch.kinds))


class FailureOutcome(Struct):
    """Where a failure can go."""

    leaves: bool
    maybe: bool
    swallowed: list[Catch]


def outcome(risk: Risk) -> FailureOutcome:
    """Where a failure of this can go: out of the handler, or to an end."""
    swallowed: list[Catch] = []
    maybe, reported = False, risk.around.reported
    for catch in reversed(risk.around.catches):
        if not risk.caught_by(catch):
            continue
        if "raise" not in catch.ends:
            return FailureOutcome(False, maybe or reported, [*swallowed, catch])
        if catch.ends != frozenset({"raise"}):
            swallowed.append(catch)
            if catch.raised and all(_for_another(each, risk.around) for each in catch.raised):
                return FailureOutcome(False, maybe or reported, swallowed)
            maybe = True
    return FailureOutcome(not reported and not maybe, maybe or reported, swallowed)


def _for_another(risk: Risk, around: Around) -> bool:
    """Whether code raises because the answer to another call says that its work failed."""
    known = {id(response) for response, _ in around.told}
    return any(id(response) not in known for response, _ in risk.around.told)


class NameFlows:
    """Which names take what they stand for from which expressions."""

    def __init__(self) -> None:
        self._from: dict[str, dict[int, object]] = {}
        self._names: dict[int, frozenset[str]] = {}

    def note(self, names: Iterable[str], sources: Iterable[object]) -> None:
        """Some names stand for what comes of some expressions."""
        kept = {id(each): each for each in sources}
        for name in names:
            self._from.setdefault(name.removeprefix("."), {}).update(kept)

    def behind(self, nodes: Iterable[object]) -> set[str]:
        """Every name that what nodes of the syntax tree say may rest on."""
        found: set[str] = set()
        pending = [name for node in nodes for name in self._of(node)]
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                for node in self._from.get(name.removeprefix("."), {}).values():
                    pending += self._of(node)
        return found

    def _of(self, node: object) -> frozenset[str]:
        if id(node) not in self._names:
            self._names[id(node)] = frozenset(names_in(node))
        return self._names[id(node)]


def nodes_of(around: Around) -> Iterator[object]:
    """What in a program decides that the run comes to a place, answers left out."""
    return (guard for guard in around.guards if not isinstance(guard, Response))


def names_in(node: object) -> Iterator[str]:
    """The names in a part of a program, members with a dot before them; of a function in it what it is noted by."""
    if isinstance(node, s.Name):
        yield node.id
    elif isinstance(node, s.FunctionDefinition):
        yield function_name(node)
    elif isinstance(node, Struct):
        if isinstance(node, s.Attr):
            yield f".{node.name}"
        for name in node.__struct_fields__:
            yield from names_in(getattr(node, name))
    elif isinstance(node, tuple):
        for each in node:
            yield from names_in(each)


def function_name(function: s.FunctionDefinition) -> str:
    """By what the outcome of a function is noted."""
    return f"{function.name}() {id(function)}"


def related(reader: Reader, failing: Failing) -> bool:
    """Whether something that code raises elsewhere may be about this failure."""
    if id(failing) not in reader.related:
        raised = [risk for risk in reader.risks if risk.explicit]
        many = len(raised) > MOST_RAISED
        reader.related[id(failing)] = many or any(_is_about(reader, risk, failing) for risk in raised)
    return reader.related[id(failing)]


def _is_about(reader: Reader, risk: Risk, failing: Failing) -> bool:
    around = risk.around
    if failing in around.worked or any(response is failing for response, _ in around.told):
        return False
    others = around.failing()
    if others and not any(each is failing for each in others):
        return False  # something else has to fail as well
    gone = outcome(risk)
    if not (gone.leaves or gone.maybe):
        return False
    if any(guard is failing for guard in around.guards):
        return True
    return not failing.touched.isdisjoint(_behind(reader, risk))


def _behind(reader: Reader, risk: Risk) -> set[str]:
    """The names on which it rests whether code comes to raise something."""
    if id(risk) not in reader.rests_on:
        reader.rests_on[id(risk)] = reader.flows.behind(nodes_of(risk.around))
    return reader.rests_on[id(risk)]


def fails_when_raised(reader: Reader, made: Made) -> bool | None:
    """Whether the run fails where the call raises; None: it may."""
    gone = outcome(Risk(made.at, made.around))
    if gone.leaves or gone.maybe:
        return True
    return fate_behind(reader, gone.swallowed, made.around)


def fate_behind(reader: Reader, catches: Sequence[Catch], around: Around) -> bool | None:
    """Whether the run fails although what is raised `around` is caught, and ends there; None: it may."""
    found: bool | None = False
    for catch in catches:
        for risk in catch.raised:
            if _for_another(risk, around):
                continue
            gone = outcome(risk)
            if gone.leaves and _as_surely(risk.around, around):
                return True
            found = None if gone.leaves or gone.maybe else found
        if found is False and related(reader, catch):
            found = None
    return found


def fails_when_told(reader: Reader, made: Made) -> bool | None:
    """Whether the run fails where the answer says that the work failed; None: it may."""
    response = made.response
    if response.raised:
        return fails_when_raised(reader, made)
    if response.heeded is None:
        return None
    found: bool | None = False
    for risk in _told(reader, response):
        gone = outcome(risk)
        fails = True if gone.leaves else fate_behind(reader, gone.swallowed, risk.around)
        if fails and _as_surely(risk.around, made.around):
            return True
        found = None if fails is not False or gone.maybe else found
    return None if found is False and related(reader, response) else found


def named(reader: Reader, made: Made) -> bool:
    """Whether a record of which the call fails is returned as a failed one."""
    risks = [Risk(made.at, made.around), *_told(reader, made.response)]
    failing: list[Failing] = [made.response, *(catch for risk in risks for catch in outcome(risk).swallowed)]
    behind = reader.flows.behind(reader.naming) if reader.naming else set[str]()
    return any(each.partial or not each.touched.isdisjoint(behind) for each in failing)


def tries_when_told(reader: Reader, made: Made) -> int:
    """Tries by decorators where the answer says that the work failed: of those functions that raise because of it."""
    around = made.around
    risks = _told(reader, made.response)
    total = prod(function.tries for function in around.stack)
    if not risks or total != around.tries:
        return around.tries
    most = 1
    for risk in risks:
        shared = takewhile(lambda pair: pair[0] is pair[1], zip(around.stack, risk.around.stack, strict=False))
        most = max(most, prod(function.tries for function, _ in shared))
    return most


def ends_when_told(reader: Reader, made: Made) -> bool:
    """Whether the run makes no further call for certain where the answer says that the work failed."""
    response = made.response
    if made.around.started >= 0:
        return False
    if response.raised:
        return outcome(Risk(made.at, made.around)).leaves
    risks = _told(reader, response)
    for ends, around in response.tests:
        leaves = ends <= {"raise", "return"} and ("return" not in ends or len(around.stack) == 1)
        if leaves and _as_surely(around, made.around) and all(outcome(risk).leaves for risk in risks):
            return "raise" not in ends or bool(risks)
    return False


def _told(reader: Reader, response: Response) -> Sequence[Risk]:
    """What code raises where an answer says that the work failed."""
    return reader.raised_by_answer.get(id(response), ())


def _as_surely(one: Around, other: Around) -> bool:
    """Whether the run comes to one place as surely as to another, apart from what answers say."""
    known = {id(guard) for guard in other.guards}
    return all(isinstance(guard, Response) or id(guard) in known for guard in one.guards)


class Going(Struct, frozen=True):
    """Whether another lap of a loop may come after a call in it."""

    worked: bool
    told: bool
    """Where the answer says that the work failed."""
    raised: bool
    """Where the call raised."""


ALWAYS = Going(True, True, True)


def going(lap: Lap, made: Made) -> Going:
    """Whether another lap may come, by how the call ended."""
    around = made.around
    if _number(lap, around) <= around.started:
        return ALWAYS
    raised = _raised_on(lap, around)
    if not lap.followed:
        return Going(True, True, raised)
    own = [catch for catch in around.catches if catch not in around.handling]
    worked = told = False
    for each in lap.goings:
        by_answer = any(response is made.response and sure for response, sure in each.told)
        worked |= not by_answer and not any(catch in own for catch in each.handling)
        told |= made.response not in each.worked
    return Going(worked, raised if made.response.raised else told, raised)


def _raised_on(lap: Lap, around: Around) -> bool:
    """Whether a failure that is raised is caught in a lap, so that it goes on."""
    number = _number(lap, around)
    for catch in reversed(around.catches):
        if catch in lap.outside:
            return around.reported
        goes_on = catch.ends & _GOES_ON
        left = "break" in catch.ends and catch.laps > number
        returned = "return" in catch.ends and catch.depth > lap.depth
        if goes_on or left or returned:
            return True
        if catch.every and "raise" not in catch.ends:
            return False
    return around.reported


def _number(lap: Lap, around: Around) -> int:
    return next(number for number, each in enumerate(around.laps, 1) if each is lap)


def before(reader: Reader, made: Made) -> Iterator[tuple[int, bool, bool]]:
    """The calls without whose success the run does not come to one, by their expressions: whether their answer must
    not say that the work failed, and whether they must not raise.
    """
    around = made.around
    passed, worked = set(map(id, around.passed)), set(map(id, around.worked))
    for each in reader.made if passed or worked else ():
        raised = id(each.response) in passed
        told = id(each.response) in worked or (raised and each.response.raised)
        if told or raised:
            yield reader.number(each.around.chain), told, raised


def causes(reader: Reader, failing: Sequence[Failing]) -> Iterator[tuple[int, bool, bool]]:
    """The calls whose failure leads to where some failures are handled, by their expressions: whether where the answer
    says so, and whether where they raise.
    """
    for made in reader.made:
        told = any(each is made.response for each in failing)
        raised = _reaches(made.around, failing)
        if not told and not made.response.raised:
            told = any(_reaches(risk.around, failing) for risk in _told(reader, made.response))
        if told or raised:
            yield reader.number(made.around.chain), told or (raised and made.response.raised), raised


def _reaches(around: Around, failing: Sequence[Failing]) -> bool:
    """Whether what is raised comes to one of some places that catch it."""
    for catch in reversed(around.catches):
        if catch in failing:
            return catch not in around.handling
        if catch.every and "raise" not in catch.ends:
            return False
    return False
