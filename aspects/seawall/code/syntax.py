"""A small language-neutral syntax tree: what of a program decides which calls it makes, to what, and when.

Each language's reader turns its own tree into this one; everything after that is the same for all languages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from msgspec import Struct

Constant: TypeAlias = "str | int | float | bool | None"


class Const(Struct, frozen=True):
    """A literal."""

    value: Constant


class Name(Struct, frozen=True):
    """A variable."""

    id: str


class Module(Struct, frozen=True):
    """A module or package that is imported."""

    name: str
    line: int


class Attr(Struct, frozen=True):
    """A member by its name."""

    of: Expr
    name: str


class Index(Struct, frozen=True):
    """A member by a computed key."""

    of: Expr
    key: Expr


class Part(Struct, frozen=True):
    """Some of what a value holds, in order: of a list or of text."""

    of: Expr
    bounds: tuple[Expr, ...] = ()


class InterpolatedText(Struct, frozen=True):
    """Text put together."""

    parts: tuple[Expr, ...]


class Record(Struct, frozen=True):
    """An object or dictionary; a key of None takes in all entries of the value."""

    entries: tuple[tuple[Expr | None, Expr], ...]


class Items(Struct, frozen=True):
    """A list, tuple or set."""

    items: tuple[Expr, ...]


class SpreadElement(Struct, frozen=True):
    """All that a value holds, one by one."""

    value: Expr


class CallExpression(Struct, frozen=True):
    """A call; `new` where it makes an object by that word."""

    function: Expr
    arguments: tuple[Expr, ...]
    named: tuple[tuple[str | None, Expr], ...]
    line: int
    new: bool = False


class Lambda(Struct, frozen=True):
    """A function as a value."""

    function: FunctionDefinition


class ClassOf(Struct, frozen=True):
    """A class as a value."""

    made: ClassDefinition


class ConditionalExpression(Struct, frozen=True):
    """One of several values; `test` decides where there is one."""

    options: tuple[Expr, ...]
    test: Expr | None = None


class ComparisonExpression(Struct, frozen=True):
    """A comparison: ``<``, ``<=``, ``>``, ``>=``, ``==``, ``!=`` or ``in``."""

    left: Expr
    sign: str
    right: Expr


class Conjunction(Struct, frozen=True):
    """True where all parts are."""

    parts: tuple[Expr, ...]


class Disjunction(Struct, frozen=True):
    """True where any part is."""

    parts: tuple[Expr, ...]


class Not(Struct, frozen=True):
    """The opposite."""

    of: Expr


class Sum(Struct, frozen=True):
    """``left + right`` or ``left - right``: of numbers, or of text."""

    left: Expr
    sign: str
    right: Expr


class Assigned(Struct, frozen=True):
    """An assignment that is a value."""

    target: Expr
    value: Expr


class Mapped(Struct, frozen=True):
    """A comprehension: the value of `item` for each entry of `over`."""

    target: Expr
    over: Expr
    tests: tuple[Expr, ...]
    item: Expr
    line: int


class Await(Struct, frozen=True):
    """The outcome of what goes on beside."""

    of: Expr


class GetterExpression(Struct, frozen=True):
    """What a function gives each time that the member is asked for."""

    function: Expr


class Last(Struct, frozen=True):
    """Several expressions one after the other, of which the last one counts."""

    parts: tuple[Expr, ...]


class OtherExpression(Struct, frozen=True):
    """Anything else; what it is made of is looked at all the same."""

    parts: tuple[Expr, ...] = ()


Expr: TypeAlias = (
    "Const | Name | Module | Attr | Index | Part | InterpolatedText | Record | Items | SpreadElement"
    " | CallExpression | Lambda | ClassOf | ConditionalExpression | ComparisonExpression | Conjunction"
    " | Disjunction | Not | Sum | Assigned | Mapped | Await | GetterExpression | Last | OtherExpression"
)


class Parameter(Struct, frozen=True):
    """What a function takes. `kind`: plain, ``rest`` (all further ones) or ``named`` (all further named ones)."""

    target: Expr
    default: Expr | None = None
    kind: str = ""


class Later:
    """Statements that are turned into this tree when they are first asked for."""

    def __init__(self, make: Callable[[], tuple[Statement, ...]]) -> None:
        self._make = make
        self._made: tuple[Statement, ...] | None = None

    def __iter__(self) -> Iterator[Statement]:
        if self._made is None:
            self._made = self._make()
        return iter(self._made)


class FunctionDefinition(Struct, frozen=True, eq=False):
    """A function or method."""

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...] | Later
    line: int
    decorators: tuple[Expr, ...] = ()
    concise: bool = False
    """Its own `this` is that of its surroundings."""
    beside: bool = False
    """Its failures come out where its outcome is awaited, not where it is called."""


class ClassDefinition(Struct, frozen=True):
    """A class: its fields and methods, in order."""

    name: str
    bases: tuple[Expr, ...]
    body: tuple[Statement, ...]
    line: int
    decorators: tuple[Expr, ...] = ()


class ExpressionStatement(Struct, frozen=True):
    """An expression for its effect."""

    value: Expr
    line: int


class Bind(Struct, frozen=True):
    """An assignment to a name, a member or a pattern of them."""

    target: Expr
    value: Expr
    line: int
    declares: bool = True
    """The name is new where it stands; otherwise one around it may be meant."""
    adds: bool = False
    """The value is what the target holds with something added."""


class Outer(Struct, frozen=True):
    """Names that mean those around the function."""

    names: tuple[str, ...]


class Import(Struct, frozen=True):
    """All that a module shares, taken in."""

    module: Module


class If(Struct, frozen=True):
    """A branch."""

    test: Expr
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    line: int


class Switch(Struct, frozen=True):
    """One of several branches by a value; `complete` where one of them is always taken."""

    of: Expr
    cases: tuple[tuple[Expr | None, tuple[Statement, ...]], ...]
    complete: bool
    line: int


class LoopStatement(Struct, frozen=True):
    """A loop over the entries of something, or while a test holds."""

    body: tuple[Statement, ...]
    line: int
    target: Expr | None = None
    over: Expr | None = None
    test: Expr | None = None
    after: tuple[Statement, ...] = ()
    keys: bool = False
    """The target takes the keys."""


class Handler(Struct, frozen=True):
    """What is done with a failure. `catches`: names of its kinds, None for any."""

    catches: tuple[str, ...] | None
    target: Expr | None
    body: tuple[Statement, ...]
    line: int


class Try(Struct, frozen=True):
    """Work whose failures are caught."""

    body: tuple[Statement, ...]
    handlers: tuple[Handler, ...]
    otherwise: tuple[Statement, ...]
    final: tuple[Statement, ...]
    line: int


class Use(Struct, frozen=True):
    """Work inside what has to be closed behind it."""

    items: tuple[tuple[Expr, Expr | None], ...]
    body: tuple[Statement, ...]
    line: int


class Return(Struct, frozen=True):
    """The end of a function."""

    value: Expr | None
    line: int


class Raise(Struct, frozen=True):
    """A failure; without a value the one that is being handled."""

    value: Expr | None
    line: int


class Break(Struct, frozen=True):
    """The end of a loop."""


class Continue(Struct, frozen=True):
    """The end of a lap."""


class Unparsed(Struct, frozen=True):
    """A part of the module that could not be parsed."""

    line: int


class Define(Struct, frozen=True):
    """A named function."""

    function: FunctionDefinition


class DefineClass(Struct, frozen=True):
    """A named class."""

    made: ClassDefinition


Statement: TypeAlias = (
    "ExpressionStatement | Bind | Outer | Import | If | Switch | LoopStatement | Try | Use | Return | Raise"
    " | Break | Continue | Unparsed | Define | DefineClass"
)


class ParsedModule(Struct, frozen=True):
    """A module as parsed."""

    path: str
    """As people read it."""
    body: tuple[Statement, ...]


def last_name(of: Expr) -> str:
    """The name at the end of ``a.b.c``; empty of anything else.

    >>> last_name(Attr(Name("asyncio"), "gather")), last_name(Const(1))
    ('gather', '')
    """
    return of.name if isinstance(of, Attr) else of.id if isinstance(of, Name) else ""
