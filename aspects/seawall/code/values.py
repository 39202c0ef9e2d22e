"""What an expression of analysed code can stand for, as far as its text tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field

from seawall.template import SourceLine

if TYPE_CHECKING:
    from . import syntax
    from .context import Around, Catch, LexicalScope
    from .tries import SdkTries

MOST_OPTIONS = 24
"""Values that one expression is followed for; beyond it, it is unknown."""


class Lit(Struct, frozen=True):
    """A literal."""

    value: str | int | float | bool | None


class Variable(Struct, frozen=True):
    """An environment variable, or what stands at a path in the JSON that it holds."""

    name: str
    path: tuple[str | int, ...] = ()
    default: Value | None = None
    """What stands in where it is not set."""
    changed: bool = False
    """Its text is not left as it is: case, spaces or parts of it are changed."""


class FromEvent(Struct, frozen=True):
    """Something that the event brings, by its path; ``*`` for an entry of a list."""

    path: tuple[str, ...] = ()
    default: Value | None = None


class Added(Struct, frozen=True):
    """A number of the event with a constant added."""

    of: FromEvent
    by: float


class JoinedText(Struct, frozen=True):
    """Text of several parts."""

    parts: tuple[Value, ...]


class JsonText(Struct, frozen=True):
    """The JSON text of a value."""

    of: Value


class UnknownValue(Struct, frozen=True):
    """Anything; `held` is what it may be made from."""

    why: str = ""
    held: tuple[Value, ...] = ()


class CounterBound(Struct, frozen=True):
    """A comparison of a number that the event carries with a constant: ``count + offset < limit``."""

    of: FromEvent
    offset: float
    sign: str
    limit: float
    limit_in: Variable | None = None
    """The environment variable that holds the limit; `limit` is its default then, 0 without one."""

    def admits(self, count: float) -> bool:
        """Whether it holds for a value of the counter."""
        value = count + self.offset
        return {
            "<": value < self.limit, "<=": value <= self.limit, ">": value > self.limit,
            ">=": value >= self.limit, "==": value == self.limit, "!=": value != self.limit,
        }[self.sign]  # fmt: skip


_OPPOSITES = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "in": "not in", "not in": "in",
              "set": "unset", "unset": "set"}  # fmt: skip


class VariableTest(Struct, frozen=True):
    """What is asked of an environment variable: `sign` is a comparison with `other`, ``in``, or ``set``: not empty."""

    of: Variable
    sign: str
    other: str | int | float | bool | tuple[str | int | float | bool | None, ...] | None = None

    @property
    def negated(self) -> VariableTest:
        """The opposite."""
        return VariableTest(self.of, _OPPOSITES[self.sign], self.other)


Bound: TypeAlias = "CounterBound | VariableTest"
"""What holds where something is done."""


class Guarded(Struct, frozen=True):
    """A value that an expression has only under conditions."""

    value: Value
    bounds: tuple[Bound, ...]


class Several(Struct, frozen=True):
    """An entry of a list that stands for several: so many, or so many for each of some of which the number is open."""

    value: Value
    number: int = 1
    for_each: bool = False


class OneOf(Struct, frozen=True):
    """One of several."""

    options: tuple[Value, ...]


class FunctionValue(Struct, frozen=True, eq=False):
    """A function with the scope that it sees; `owner` is the object that it is a method of."""

    made: syntax.FunctionDefinition
    scope: LexicalScope
    owner: Value | None = None
    tries: int = 1
    """Tries of a run by a retry decorator, a total."""
    tries_at: SourceLine | None = None
    tries_open: SourceLine | None = None
    """Where it is tried again without a constant limit."""
    swallows: SourceLine | None = None
    """Where a decorator lets no failure out."""
    records: tuple[Value, ...] = ()
    """Functions that a decorator runs for every record, naming those that failed."""


class ClassValue(Struct, frozen=True, eq=False):
    """A class."""

    made: syntax.ClassDefinition
    scope: LexicalScope
    """What its methods see."""
    members: LexicalScope
    bases: tuple[Value, ...] = ()


class Getter(Struct, frozen=True, eq=False):
    """What a function gives each time that it is asked for."""

    function: FunctionValue


class Instance(Struct, eq=False):
    """An object of a class of the app."""

    of: ClassValue
    fields: dict[str, Value] = field(default_factory=dict)


class RecordValue(Struct, eq=False):
    """A dictionary or object."""

    entries: dict[str, Value] = field(default_factory=dict)
    rest: tuple[Value, ...] = ()
    """Where further entries come from."""
    keys: tuple[Value, ...] = ()
    """Keys of further entries that are no literals."""


class ListValue(Struct, eq=False):
    """A list. `failed` and `worked`: entries are added where something failed, and where it did not."""

    items: list[Value] = field(default_factory=list)
    failed: bool = False
    worked: bool = False
    open: bool = False
    """More than `items` may be in it."""
    grown: bool = False
    """Some of `items` were added one by one, so that they need not all be in it, nor in this order."""
    depth: int = 0
    """Loops around the place where it was made."""


class ModuleValue(Struct, frozen=True, eq=False):
    """A module of the app."""

    name: str
    scope: LexicalScope


class External(Struct, frozen=True, eq=False):
    """Something of a package that is not the app's: by the dotted path that leads to it."""

    path: str
    arguments: tuple[Value, ...] = ()
    named: Mapping[str, Value] = field(default_factory=dict)
    made: bool = False
    """It is what a call of the path gave."""
    kept: list[Value] = field(default_factory=list)
    """Functions handed to it, which it may call later."""
    home: External | None = None
    """What it is a part of."""


class Environment(Struct, frozen=True):
    """All environment variables."""


class LambdaContext(Struct, frozen=True):
    """The context that Lambda hands to a handler."""


class Client(Struct, frozen=True):
    """A client of an AWS service; `fixed` are request parameters that it was made for."""

    service: str
    tries: SdkTries
    fixed: tuple[tuple[str, Value], ...] = ()
    part: str = ""
    """Of a resource object: its kind."""


class Operation(Struct, frozen=True):
    """A method of a client."""

    client: Client
    name: str


class Command(Struct, frozen=True, eq=False):
    """A request that is ready to be sent."""

    service: str
    operation: str
    request: Value


class Response(Struct, eq=False):
    """What a call answered; `heeded` once its status is looked at."""

    operation: str
    heeded: bool | None = False
    """None: it went where it is not followed."""
    raised: bool = False
    """The call itself raises where the work failed: its answer need not be looked at."""
    partial: bool = False
    """The record is returned as a failed one where it says that the work failed."""
    touched: set[str] = field(default_factory=set)
    """Names that stand for other things where it says that the work failed."""
    tests: list[tuple[frozenset[str], Around]] = field(default_factory=list)
    """How what is done where it says so can end, with what surrounds the test."""


class AnswerTest(Struct, frozen=True, eq=False):
    """What is true, or false, where an answer says that the work failed."""

    of: Response
    failed: bool
    """Which of both it is then."""
    sure: bool = True
    """It is the other one where the work did not fail."""
    always: bool = True
    """It is `failed` wherever the work failed; False: where something else is so as well."""

    @property
    def negated(self) -> AnswerTest:
        """The opposite."""
        return AnswerTest(self.of, not self.failed, self.sure, self.always)


class Failure(Struct, frozen=True, eq=False):
    """A failure that was caught, or that a callback may be handed."""

    catch: Catch | None


class BoundMethod(Struct, frozen=True, eq=False):
    """A method of a value that is no object of the app."""

    of: Value
    name: str


Value: TypeAlias = (
    "Lit | Variable | FromEvent | Added | JoinedText | JsonText | UnknownValue | Guarded | Several | OneOf"
    " | FunctionValue"
    " | ClassValue | Instance | RecordValue | ListValue | ModuleValue | External | Environment | LambdaContext"
    " | Client | Operation | Command | Response | Failure | BoundMethod | Getter | VariableTest | AnswerTest"
)

NOTHING = Lit(None)
UNKNOWN = UnknownValue()


def either(*values: Value) -> Value:
    """One of several values, each once."""
    found: list[Value] = []
    for each in values:
        for option in each.options if isinstance(each, OneOf) else (each,):
            if not any(_same(option, known) for known in found):
                found.append(option)
    if len(found) > MOST_OPTIONS:
        return UnknownValue("it can be one of too many things", tuple(found))
    return found[0] if len(found) == 1 else OneOf(tuple(found)) if found else UNKNOWN


def _same(one: Value, other: Value) -> bool:
    return one is other or (type(one) is type(other) and one == other)


def options(value: Value) -> Iterator[tuple[Value, tuple[Bound, ...]]]:
    """Every value that it can be, with the bounds under which it is."""
    if isinstance(value, OneOf):
        for each in value.options:
            yield from options(each)
    elif isinstance(value, Guarded):
        for inner, bounds in options(value.value):
            yield inner, (*value.bounds, *bounds)
    elif isinstance(value, Several):
        yield from options(value.value)
    else:
        yield value, ()


def plain(value: Value) -> Value:
    """The value without its conditions."""
    if isinstance(value, (Guarded, Several)):
        return plain(value.value)
    return either(*map(plain, value.options)) if isinstance(value, OneOf) else value


def inside(value: Value, depth: int = 6) -> Iterator[Value]:
    """The value and everything that it is made of."""
    yield value
    if depth <= 0:
        return
    parts: tuple[Value, ...] = ()
    match value:
        case OneOf(options=parts) | JoinedText(parts=parts) | UnknownValue(held=parts):
            pass
        case Guarded(value=inner) | Several(value=inner) | JsonText(of=inner):
            parts = (inner,)
        case RecordValue():
            parts = (*value.entries.values(), *value.rest)
        case ListValue():
            parts = tuple(value.items)
        case Command(request=inner):
            parts = (inner,)
        case Instance():
            parts = tuple(value.fields.values())
        case AnswerTest(of=response):
            parts = (response,)
    for each in parts:
        yield from inside(each, depth - 1)
