"""From a handler's name to its account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from seawall.graph.turns import Turn
from seawall.template import SourceLine

from . import syntax as s
from .account import Account, AwsCall, Cause, UnreadCode
from .calling import RESCUE
from .context import Around, Catch, LexicalScope
from .errors import UnreadableError
from .fates import (
    FailureOutcome,
    Risk,
    before,
    causes,
    ends_when_told,
    fails_when_raised,
    fails_when_told,
    fate_behind,
    going,
    named,
    outcome,
    tries_when_told,
)
from .files import Files
from .http import SERVICE
from .language import Language
from .reader import Made, Reader, TooMuchError
from .values import (
    BoundMethod,
    External,
    FromEvent,
    FunctionValue,
    Getter,
    Instance,
    LambdaContext,
    ListValue,
    OneOf,
    RecordValue,
    Response,
    UnknownValue,
    Value,
    Variable,
    options,
    plain,
)

BROKEN = "could not be followed, by a defect of Seawall"


class ParsedModules(Struct):
    """What was parsed in this run, so that a module which several functions share is parsed once."""

    parsed: dict[str, s.ParsedModule] = field(default_factory=dict)
    """By the place of the file."""
    contents: dict[tuple[str, str], s.ParsedModule] = field(default_factory=dict)
    """By the ending of the file's name and its text: copies are parsed once, too."""


def language_of(runtime: str) -> Language | None:
    """The reader of a runtime's language; None where there is none.

    >>> type(language_of("python3.13")).__name__, language_of("java21")
    ('Python', None)
    """
    if runtime.startswith("nodejs"):
        from .javascript import JavaScript

        return JavaScript()
    if runtime.startswith("python"):
        from .python import Python

        return Python()
    return None


def read(handler: str, language: Language, everywhere: Sequence[Files], sources: ParsedModules) -> Account | UnreadCode:
    """What the handler does; or why nothing can be told."""
    try:
        found = language.handler(handler, everywhere)
    except UnreadableError as error:
        return UnreadCode(error.why, handler, error.line)
    if found is None:
        return UnreadCode(f"holds no file for the handler {handler}", everywhere[0].shown("") if everywhere else "")
    place, members = found
    reader = Reader(language, everywhere, sources.parsed, sources.contents)
    shown = place.shown
    try:
        module = reader.load(place)
        return _account(reader, language, module.scope, members, handler)
    except UnreadableError as error:
        return UnreadCode(error.why, shown, error.line)
    except TooMuchError:
        return UnreadCode("is too large to be followed to its end", shown)
    except RecursionError:
        return UnreadCode("is nested too deeply to be followed", shown)
    except Exception as error:  # a defect of ours in one function is said, and the others are still read
        return UnreadCode(f"{BROKEN} ({type(error).__name__}: {error})", shown)


def _account(
    reader: Reader, language: Language, scope: LexicalScope, members: tuple[str, ...], name: str
) -> Account | UnreadCode:
    from .expressions import member

    value: Value = scope.names.get(members[0], UnknownValue()) if members else UnknownValue()
    exported = language.exported(scope)
    if exported is not None:
        value = member(reader, exported, members[0], scope, Around())
    for each in members[1:]:
        value = member(reader, value, each, scope, Around())
    functions = _handlers(reader, value)
    if not functions:
        return UnreadCode(f"does not define the handler {name}", scope.path)
    at = SourceLine(functions[0].scope.path, functions[0].made.line)
    reader.did_something = bool(reader.made)
    returned, catches = list(_wrapped(value)), _rescues(plain(value), at)
    around = Around(catches=tuple(catch for catch, _ in catches))
    for number, function in enumerate(functions):
        callback = External("callback", made=True)
        one = replace(around, sides=reader.side(around, "handler", number)) if len(functions) > 1 else around
        returned.append(reader.call(function, [FromEvent(), LambdaContext(), callback], {}, scope, 0, one))
    for catch, rescuer in catches:
        if isinstance(rescuer, FunctionValue):
            reader.call(rescuer, [UnknownValue()], {}, scope, 0, Around(handling=(catch,)))
    return _told(reader, at, returned)


def _rescues(value: Value, at: SourceLine) -> list[tuple[Catch, Value]]:
    """What a package runs when the handler failed: it may answer in its place, or let the failure out."""
    kept = value.kept if isinstance(value, External) else []
    return [
        (Catch(at, True, (), frozenset({"next", "raise"})), plain(each.kept[0]))
        for each in kept
        if isinstance(each, External) and each.path == RESCUE
    ]


_NAMING = "@middy/sqs-partial-batch-failure"
"""Makes the records that failed out of what the handler gives by `Promise.allSettled`.
Source: https://middy.js.org/docs/middlewares/sqs-partial-batch-failure, read 2026-11-30."""


def _wrapped(value: Value) -> Iterator[Value]:
    """What middlewares around the handler return."""
    value = plain(value)
    while isinstance(value, External):
        if any(isinstance(each, External) and each.path.startswith(_NAMING) for each in map(plain, value.arguments)):
            yield RecordValue({"batchItemFailures": ListValue(failed=True, open=True)})
        value = value.home or UnknownValue()


def _handlers(reader: Reader, value: Value) -> list[FunctionValue]:
    """The functions that a handler's name stands for: itself, or what a package wraps."""
    found: list[FunctionValue] = []
    for each, _ in options(plain(value)):
        if isinstance(each, FunctionValue):
            found.append(each)
        elif isinstance(each, Instance):
            from .expressions import of_object

            method = of_object(each, "__call__")
            found += [method] if isinstance(method, FunctionValue) else []
        elif isinstance(each, Getter):
            found += _handlers(reader, reader.call(each.function, [], {}, LexicalScope(), 0, Around()))
        elif isinstance(each, External):
            found += [kept for kept in each.kept if isinstance(kept, FunctionValue)]
        elif isinstance(each, UnknownValue):
            found += [kept for kept in each.held if isinstance(kept, FunctionValue)]
        elif isinstance(each, BoundMethod):
            found += _handlers(reader, each.of)
    return list(dict.fromkeys(found))


def _told(reader: Reader, at: SourceLine, returned: Sequence[Value]) -> Account:
    calls = [each for made in reader.made if not _once_over_http(each := _call(reader, made))]
    outcomes = [outcome(each) for each in reader.risks]
    swallowed = tuple(dict.fromkeys(catch.at for out in outcomes for catch in out.swallowed))
    catches = [catch for out in outcomes for catch in out.swallowed]
    partial = _partial(returned)
    answered = [catch.answers for catch in catches if catch.answers is not None]
    return Account(
        handler=at,
        calls=_without_twins(calls),
        gaps=tuple(reader.gaps),
        handed_on=tuple(
            (value, line) for value, line in dict.fromkeys(reader.handed_on) if isinstance(value, Variable)
        ),
        handed_clients=tuple(dict.fromkeys(reader.handed_clients)),
        idle=not reader.did_something and not reader.gaps,
        raises=_raises(reader, outcomes),
        fails=bool(outcomes),
        swallowed=swallowed,
        reported=any(catch.sends for catch in catches),
        answers=answered[0] if answered else next(iter(reader.answers), None),
        partial=partial is not None,
        partial_at=at if partial is not None else None,
        names_failed=partial is not None and (partial.failed or any(catch.partial for catch in catches)),
        names_healthy=at if partial is not None and partial.worked and not partial.failed else None,
        step_tries=tuple(dict.fromkeys(reader.step_tries)),
        modules=reader.modules,
        steps=reader.steps,
    )


def _once_over_http(call: AwsCall) -> bool:
    """A request that nothing tries again: it is none of the app's retries."""
    return call.service == SERVICE and call.tries == 1 and call.sdk.total is None


def _raises(reader: Reader, outcomes: Sequence[FailureOutcome]) -> bool | None:
    """Whether an error of the work leaves the handler; None where that is not told."""
    if any(each.leaves for each in outcomes):
        return True
    maybe = any(each.maybe for each in outcomes) or any(outcome(each).leaves for each in reader.raised)
    return None if reader.gaps or maybe else False


def _partial(returned: Sequence[Value]) -> ListValue | None:
    """What is returned as `batchItemFailures`."""
    for value in returned:
        for each, _ in options(value):
            if isinstance(each, RecordValue) and "batchItemFailures" in each.entries:
                inner = plain(each.entries["batchItemFailures"])
                found = inner.options if isinstance(inner, OneOf) else (inner,)
                lists = [one for one in found if isinstance(one, ListValue)]
                if not lists:
                    return ListValue(failed=True, open=True)
                merged = ListValue(open=True)
                for one in lists:
                    merged.failed |= one.failed or (bool(one.open or one.items) and not one.worked)
                    merged.worked |= one.worked
                return merged
    return None


def _call(reader: Reader, made: Made) -> AwsCall:
    """The call that one place makes, with its turn."""
    around = made.around
    failing = around.failing()
    rounds = _rounds(made, tries_when_told(reader, made))
    turn = Turn(
        reader.number(around.chain),
        around.sides,
        rounds.laps,
        rounds.for_each,
        not around.conditional,
        rounds.laps_told,
        rounds.laps_raised,
    )
    return AwsCall(
        made.service,
        made.operation,
        made.request,
        made.at,
        on_failure=bool(failing),
        fails_after=_fails_after(reader, failing[-1], made) if failing else None,
        causes=tuple(Cause(*each) for each in causes(reader, failing)) if failing else (),
        behind=tuple(Cause(*each) for each in before(reader, made)),
        fails_raised=fails_when_raised(reader, made),
        fails_told=fails_when_told(reader, made),
        partial=named(reader, made),
        conditional=around.conditional,
        per_record=any(lap.records for lap in around.laps),
        turns=(turn,),
        ends_raised=around.started < 0 and outcome(Risk(made.at, around)).leaves,
        ends_told=ends_when_told(reader, made),
        bounds=around.bounds,
        sdk=made.sdk,
        tries=rounds.tries,
        tries_told=rounds.tries_told,
        tries_at=rounds.tries_at,
        tries_open=rounds.tries_open,
    )


class _Rounds(Struct):
    """How often the loops and decorators around a call make it."""

    tries: int
    tries_told: int
    tries_at: SourceLine | None
    tries_open: SourceLine | None
    laps: int = 1
    laps_told: int = 1
    laps_raised: int = 1
    for_each: bool = False


def _rounds(made: Made, told: int) -> _Rounds:
    """A loop that goes on only where the call failed tries it again; any other one makes it for something else."""
    around = made.around
    found = _Rounds(around.tries, told, around.tries_at, around.tries_open)
    for lap in around.laps:
        on, most = going(lap, made), lap.most or 1
        if on.worked or lap.records:
            found.laps *= most
            found.laps_told *= most if on.told else 1
            found.laps_raised *= most if on.raised else 1
            found.for_each |= lap.for_each
            if on.told and made.response.heeded and lap.open and lap.most is None:
                found.tries_open = lap.at
        elif on.told or on.raised:
            found.tries *= most if on.raised else 1
            found.tries_told *= most if on.told else 1
            found.tries_at = lap.at
            found.tries_open = lap.at if lap.most is None else found.tries_open
    return found


def _fails_after(reader: Reader, failing: Catch | Response, made: Made) -> bool | None:
    """Whether the run fails behind what is done about a failure."""
    if isinstance(failing, Response):
        cause = next((each for each in reader.made if each.response is failing), None)
        return None if cause is None else fails_when_told(reader, cause)
    if "raise" not in failing.ends:
        return None if failing.partial else fate_behind(reader, [failing], made.around)
    if failing.ends != frozenset({"raise"}):
        return None
    for outer in reversed(failing.outer):
        if outer.every:
            return _fails_after(reader, outer, made)
    return True


def _without_twins(calls: Sequence[AwsCall]) -> tuple[AwsCall, ...]:
    """Each call once, with all its turns, though several ways lead to it; of two occasions both."""
    found: dict[object, list[AwsCall]] = {}
    for each in calls:
        fates = (each.fails_raised, each.fails_told, each.partial, each.ends_raised, each.ends_told)
        others = (each.on_failure, each.fails_after, each.causes, each.behind)
        told = (*others, *fates, each.tries, each.tries_told, repr(each.bounds))
        found.setdefault((each.at, each.service, each.operation, repr(each.request), told), []).append(each)
    return tuple(map(_together, found.values()))


def _together(twins: Sequence[AwsCall]) -> AwsCall:
    first = twins[0]
    if len(twins) == 1:
        return first
    turns = tuple(dict.fromkeys(turn for each in twins for turn in each.turns))
    open_ = next((each.tries_open for each in twins if each.tries_open is not None), None)
    return replace(first, turns=turns, conditional=all(each.conditional for each in twins), tries_open=open_)
