"""What a handler does, in no language's terms."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph.turns import Copies, Turn, copies
from seawall.template import SourceLine

from .tries import NOT_SET, SdkTries
from .values import UNKNOWN, Bound, FromEvent, ListValue, Lit, OneOf, RecordValue, Value, Variable, plain


class UnreadCode(Struct, frozen=True, order=True):
    """Something that could not be read or followed."""

    why: str
    file: str
    line: int = 0
    """0: the whole file."""


class Cause(Struct, frozen=True):
    """A call whose failure leads somewhere."""

    expression: int
    """That makes the call, with how the run came there, as in its turns."""
    told: bool
    """It does where the answer says that the work failed."""
    raised: bool
    """It does where the call raises."""


class AwsCall(Struct, frozen=True):
    """A call of an AWS API that a handler makes."""

    service: str
    """As IAM calls it: ``sqs``, ``states``."""
    operation: str
    """As the API reference writes it: ``SendMessage``."""
    request: Value
    at: SourceLine
    on_failure: bool = False
    """Made only when something failed."""
    fails_after: bool | None = None
    """Of one on failure: whether the run fails behind it; None: either, or not told."""
    causes: tuple[Cause, ...] = ()
    """Of one on failure: the calls whose failure leads to it, without what else may fail in the same place."""
    behind: tuple[Cause, ...] = ()
    """The calls without whose success the run does not come to it."""
    fails_raised: bool | None = True
    """Whether the run fails where the call itself raises; None: it may."""
    fails_told: bool | None = None
    """Whether it fails where the answer says that the work failed; None: it may."""
    conditional: bool = False
    per_record: bool = False
    """In a loop over what the event brings."""
    turns: tuple[Turn, ...] = (Turn(),)
    """The occasions on which it is made for one record, apart from tries."""
    partial: bool = False
    """Whether the record is returned as a failed one where the call fails."""
    ends_raised: bool = False
    """Whether the run makes no further call for certain where the call itself raises."""
    ends_told: bool = False
    """The same where the answer says that the work failed."""
    bounds: tuple[Bound, ...] = ()
    """What holds of the environment, and of counters that the event carries, where the call is made."""
    sdk: SdkTries = NOT_SET
    tries: int = 1
    """Tries of the call by loops and decorators of the code itself, a total, where it raises."""
    tries_told: int = 1
    """The same where its answer says that the work failed."""
    tries_at: SourceLine | None = None
    tries_open: SourceLine | None = None
    """Where the code tries it again without a constant limit."""

    @property
    def copies(self) -> Copies:
        """How often it is made for one record."""
        return copies(self.turns)

    def named(self, key: str) -> tuple[Value, ...]:
        """The keys of the record that the request has under `key`."""
        found: list[Value] = []
        for each in self.asked(key):
            value = plain(each)
            if isinstance(value, RecordValue):
                found += [Lit(name) for name in value.entries]
                found += value.keys
        return tuple(found)

    def asked(self, *path: str) -> tuple[Value, ...]:
        """What the request says at `path`; ``*`` for every entry of a list. Nothing: it does not say."""
        return tuple(_at(self.request, path))


def _at(value: Value, path: tuple[str, ...]) -> list[Value]:
    if isinstance(value, OneOf):
        return [found for each in value.options for found in _at(each, path)]
    if not path:
        return [value]
    value = plain(value)
    key, rest = path[0], path[1:]
    if isinstance(value, ListValue) and key == "*":
        found = [inner for each in value.items for inner in _at(each, rest)]
        return found or ([UNKNOWN] if value.open else [])
    if isinstance(value, RecordValue):
        named = next((each for name, each in value.entries.items() if name.lower() == key.lower()), None)
        if named is not None:
            return _at(named, rest)
        return [UNKNOWN] if value.rest else []
    return [value] if isinstance(value, FromEvent) else [UNKNOWN]


class Account(Struct, frozen=True):
    """What reading the code of one handler told."""

    handler: SourceLine
    calls: tuple[AwsCall, ...] = ()
    gaps: tuple[UnreadCode, ...] = ()
    """Why something may be missing; where there is none, the handler makes no other call."""
    handed_on: tuple[tuple[Variable, SourceLine], ...] = ()
    """Environment variables that go into libraries which are not read."""
    handed_clients: tuple[tuple[str, str, SourceLine], ...] = ()
    """Services of clients that go into libraries which are not read, with the library and where."""
    idle: bool = False
    """The handler does nothing at all: a placeholder."""
    raises: bool | None = None
    """Whether an error of the work leaves the handler; None: not told."""
    fails: bool = False
    """There is something in it that can fail."""
    swallowed: tuple[SourceLine, ...] = ()
    """Where errors of the work are caught and end."""
    reported: bool = False
    """A caught failure is sent, stored or reported."""
    answers: SourceLine | None = None
    """Where a status of failure is returned as in an HTTP answer."""
    partial: bool | None = None
    """Whether it returns `batchItemFailures`; None: not told."""
    partial_at: SourceLine | None = None
    names_failed: bool = False
    """Records that failed are among those."""
    names_healthy: SourceLine | None = None
    """Where records that worked are put among those."""
    step_tries: tuple[tuple[int | None, SourceLine], ...] = ()
    """Of a durable function: the tries of its steps, each a total, and their lines; None: not told."""
    modules: int = 0
    """Files that were read."""
    steps: int = 0
    """Expressions and statements that were followed."""

    @property
    def complete(self) -> bool:
        """Whether everything in reach was followed, so that what is not in it is not done."""
        return not self.gaps and not self.idle


def moved(found: Account | UnreadCode, line: Callable[[int], int]) -> Account | UnreadCode:
    """The same where its lines are others: of text that stands inside another file."""
    if isinstance(found, UnreadCode):
        return replace(found, line=line(found.line))

    def at(place: SourceLine | None) -> SourceLine | None:
        return None if place is None else replace(place, line=line(place.line))

    return replace(
        found,
        handler=replace(found.handler, line=line(found.handler.line)),
        calls=tuple(
            replace(
                call,
                at=replace(call.at, line=line(call.at.line)),
                tries_at=at(call.tries_at),
                tries_open=at(call.tries_open),
                sdk=replace(call.sdk, at=at(call.sdk.at)),
            )
            for call in found.calls
        ),
        gaps=tuple(replace(gap, line=line(gap.line)) for gap in found.gaps),
        handed_on=tuple((value, replace(each, line=line(each.line))) for value, each in found.handed_on),
        handed_clients=tuple((one, to, replace(each, line=line(each.line))) for one, to, each in found.handed_clients),
        swallowed=tuple(replace(each, line=line(each.line)) for each in found.swallowed),
        answers=at(found.answers),
        partial_at=at(found.partial_at),
        names_healthy=at(found.names_healthy),
        step_tries=tuple((tries, replace(place, line=line(place.line))) for tries, place in found.step_tries),
    )


def literal(value: Value) -> str | None:
    """The text of a literal.

    >>> literal(Lit("Event")), literal(UNKNOWN)
    ('Event', None)
    """
    value = plain(value)
    return str(value.value) if isinstance(value, Lit) and value.value is not None else None
