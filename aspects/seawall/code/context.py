"""Where in a program an expression stands: its names, and what surrounds it while it runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from seawall.graph.turns import Side
from seawall.template import SourceLine

if TYPE_CHECKING:
    from . import syntax
    from .fates import Risk
    from .values import Bound, FunctionValue, Response, Value


class LexicalScope(Struct, eq=False):
    """Names and what they stand for, within those around them."""

    around: LexicalScope | None = None
    names: dict[str, Value] = field(default_factory=dict)
    outer: set[str] = field(default_factory=set)
    """Names that are those around it."""
    unbound: dict[str, list[Catch]] = field(default_factory=dict)
    """Names that stand for nothing where a failure came before they were given a value, with what caught it."""
    path: str = ""
    """The file, as people read it."""
    self_: Value | None = None
    """The object whose method runs here."""

    def find(self, name: str) -> Value | None:
        """What a name stands for."""
        scope: LexicalScope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.around
        return None

    def asked(self, name: str) -> None:
        """Note that a name is used: behind a failure that was caught before it had a value, that is a failure."""
        scope: LexicalScope | None = self
        while scope is not None and name not in scope.names:
            scope = scope.around
        for catch in scope.unbound.get(name, ()) if scope is not None else ():
            catch.ends |= {"raise"}

    def holder(self, name: str) -> LexicalScope:
        """The scope in which a name stands that is not new here."""
        scope: LexicalScope | None = self.around if name in self.outer else self
        while scope is not None:
            if name in scope.names:
                return scope
            scope = scope.around
        return self

    @property
    def owner(self) -> Value | None:
        """The object whose method runs here or around."""
        scope: LexicalScope | None = self
        while scope is not None:
            if scope.self_ is not None:
                return scope.self_
            scope = scope.around
        return None


class Catch(Struct, eq=False):
    """A place where failures are caught."""

    at: SourceLine
    every: bool
    """Any failure is caught, not only some kinds."""
    outer: tuple[Catch, ...]
    """What catches a failure that leaves it."""
    ends: frozenset[str] = frozenset({"next"})
    """How what is done about it can end: ``raise`` among them where it fails again."""
    sends: bool = False
    """The failure is sent, stored or reported."""
    partial: bool = False
    """The record is returned as a failed one."""
    answers: SourceLine | None = None
    """Where an HTTP status of failure is returned."""
    kinds: tuple[str, ...] = ()
    """The names of the failures that are caught, where it is not any."""
    laps: int = 0
    """Loops around it."""
    depth: int = 0
    """Functions around it."""
    touched: set[str] = field(default_factory=set)
    """Names that stand for other things where something failed, and functions that return others."""
    raised: list[Risk] = field(default_factory=list)
    """What code raises where it comes to because of the failure only, behind what catches it as well."""


class Lap(Struct, eq=False):
    """A loop around an expression."""

    at: SourceLine
    records: bool = False
    """Over what the event brings."""
    most: int | None = None
    """Laps at most, where that is a constant."""
    for_each: bool = False
    """Of `most` laps for each of some entries of which the number is not known."""
    open: bool = False
    """It goes on while something holds, or by calling itself, and is over no entries."""
    goings: list[Around] = field(default_factory=list)
    """What surrounds the places from which a next lap comes."""
    breaks: list[Around] = field(default_factory=list)
    """What surrounds the places that end it."""
    outside: tuple[Catch, ...] = ()
    """What catches failures that leave it."""
    depth: int = 0
    """Functions around it."""
    followed: bool = False
    """Its laps are told by `goings`; otherwise a library makes them."""


class Around(Struct, frozen=True):
    """What surrounds an expression while it runs."""

    @property
    def reached(self) -> tuple[Catch, ...]:
        """What catches a failure of something that goes on beside."""
        return self.beyond if self.detached else self.catches

    def caught(self, catch: Catch) -> Around:
        """The same, with one more that catches whatever fails beside or not."""
        catch.laps, catch.depth = len(self.laps), len(self.stack)
        return replace(self, catches=(*self.reached, catch), detached=False)

    def within(self, lap: Lap) -> Around:
        """The same in a loop."""
        lap.outside, lap.depth = self.catches, len(self.stack)
        return replace(self, laps=(*self.laps, lap))

    catches: tuple[Catch, ...] = ()
    """Outermost first."""
    handling: tuple[Catch, ...] = ()
    """Failures that are being handled."""
    conditional: bool = False
    bounds: tuple[Bound, ...] = ()
    """What holds of the environment, and of counters that the event carries."""
    laps: tuple[Lap, ...] = ()
    stack: tuple[FunctionValue, ...] = ()
    tries: int = 1
    """Tries of what is around by retry decorators."""
    tries_at: SourceLine | None = None
    tries_open: SourceLine | None = None
    """Where it is tried again without a constant limit."""
    detached: bool = False
    """Nobody awaits the outcome here: what fails beside is caught by `beyond` only."""
    beyond: tuple[Catch, ...] = ()
    """What catches a failure that comes out where the outcome of the function around is awaited."""
    reported: bool = False
    """A failure of the record is returned as such by a library."""
    sides: tuple[Side, ...] = ()
    """The branches that lead here."""
    chain: tuple[int, ...] = ()
    """The calls that led here, by their expressions, and the laps of loops that were followed one by one."""
    told: tuple[tuple[Response, bool], ...] = ()
    """Answers that said that the work failed; False: or that something else is so."""
    worked: tuple[Response | Catch, ...] = ()
    """Answers that said that the work was done, and what caught nothing."""
    passed: tuple[Response, ...] = ()
    """Calls that did not raise."""
    guards: tuple[Guard, ...] = ()
    """What decides that the run comes here: tests, and statements that may have ended it before."""
    beside: bool = False
    """What is called here goes on beside what comes next, and fails where its outcome is asked for."""
    started: int = -1
    """Loops outside of the outermost call that goes on beside: it keeps none of their laps from starting; -1: none."""
    spent: bool = False
    """It stands behind a loop that ends here only where every lap failed."""

    def begun(self) -> Around:
        """The same inside of what is called here."""
        if not self.beside:
            return self
        return replace(self, beside=False, started=max(self.started, len(self.laps)))

    def failing(self) -> tuple[Response | Catch, ...]:
        """The failures without which the run does not come here."""
        return (*self.handling, *(response for response, sure in self.told if sure))

    def touch(self, names: Iterable[str]) -> None:
        """Note that names stand for other things where something failed that matters here."""
        touched = list(names)
        for each in (*self.catches, *self.handling, *(response for response, _ in self.told), *self.worked):
            each.touched.update(touched)


Guard: TypeAlias = "syntax.Expr | syntax.Statement | Response"
"""A test or statement; an answer, where it is asked whether the work failed."""
