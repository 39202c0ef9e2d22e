"""What the calls that code makes reach: environment variables, literals and joined text, in the template's terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from seawall.code import AwsCall
from seawall.code.values import Bound, FromEvent, Guarded, JoinedText, Lit, OneOf, UnknownValue, Variable
from seawall.code.values import Value as Meant
from seawall.code.values import options as options_of
from seawall.template import Absent, Known, Resource, Target, Value, concat
from seawall.template import Unknown as Unresolved

from ..sdk_calls import SDK_CALLS, SdkCall
from ..wiring import Wiring

_BATCHED = {
    ("lambda", "invokeAsync"): ("lambda", "invokeAsync"),
    ("dynamodb", "batchWriteItem"): ("dynamodb", "putItem"),
    ("dynamodb", "executeStatement"): ("dynamodb", "putItem"),
}
"""Operations that name their receiver as another one does."""


class Aim(Struct, frozen=True):
    """One thing that a call may reach."""

    target: Target | None
    """None: only a run tells."""
    bounds: tuple[Bound, ...] = ()
    why: str = ""
    """Why only a run tells, as a clause."""
    option: int | None = None
    """Of a call that reaches one of several things each time: which one of them."""


def naming_of(call: AwsCall) -> SdkCall | None:
    """How requests of a call's operation name their receiver; None where it sends nothing on."""
    name = (call.service, call.operation[:1].lower() + call.operation[1:])
    return SDK_CALLS.get(_BATCHED.get(name, name)) or (
        SDK_CALLS.get(("sfn", name[1])) if call.service == "states" else None
    )


def aims(wiring: Wiring, resource: Resource, call: AwsCall, naming: SdkCall) -> Iterator[Aim]:
    """Everything that a call may reach."""
    given: tuple[Meant, ...] = call.named("RequestItems") if call.operation == "BatchWriteItem" else ()
    for path in naming.paths:
        if given:
            break
        given = call.asked(*path)
    if not given:
        if naming.absent is None:
            yield Aim(None, why="the request does not say where to")
            return
        given = (Lit(naming.absent),)
    several = [(value, bounds) for each in given for value, bounds in options_of(each)]
    one_of = len(several) > 1 and call.operation not in _SEVERAL
    for option, (value, bounds) in enumerate(several):
        for aim in _aim(wiring, resource, value, bounds, naming.naming):
            yield replace(aim, option=option) if one_of else aim


_SEVERAL = frozenset({"BatchWriteItem", "TransactWriteItems"})
"""Operations of which one call reaches several things."""


def places(wiring: Wiring, resource: Resource, given: Iterable[Meant], naming: str | None = None) -> Iterator[Aim]:
    """Everything that values may name; `naming` tells what a bare name names."""
    for each in given:
        for value, bounds in options_of(each):
            yield from _aim(wiring, resource, value, bounds, naming)


def _aim(
    wiring: Wiring, resource: Resource, value: Meant, bounds: tuple[Bound, ...], naming: str | None
) -> Iterator[Aim]:
    for found, why in _resolved(wiring, resource, value):
        if why:
            yield Aim(None, bounds, why)
            continue
        for target in wiring.targets(resource, found, naming):
            known = target.address is not None or (target.literal is not None and "${?}" not in target.literal)
            yield Aim(target if known else None, bounds, "" if known else target.why)


def _resolved(wiring: Wiring, resource: Resource, value: Meant) -> list[tuple[Value, str]]:
    """The template's value of what code means, or why only a run tells."""
    nothing: Value = Unresolved("only a run tells")
    match value:
        case Guarded(value=inner):
            return _resolved(wiring, resource, inner)
        case OneOf(options=several):
            return [each for option in several for each in _resolved(wiring, resource, option)]
        case Lit(value=literal) if isinstance(literal, str) and literal:
            return [(Known(literal), "")]
        case Variable(name, path, default):
            section = wiring.props(resource).at("Environment", "Variables", name, *path)
            found = section.value()
            if not isinstance(found, (Absent, Unresolved)):
                return [(found, "")]
            if default is not None:
                return _resolved(wiring, resource, default)
            missing = "is not set in the template" if isinstance(found, Absent) else found.why
            return [(nothing, f"the environment variable {name} {missing}")]
        case JoinedText(parts):
            resolved = [_resolved(wiring, resource, part) for part in parts]
            if all(len(each) == 1 and not each[0][1] for each in resolved):
                return [(concat(each[0][0] for each in resolved), "")]
            return [(nothing, "it is put together from what only a run tells")]
        case FromEvent(path):
            return [(nothing, f"the event says where to ({'.'.join(path) or 'as a whole'})")]
        case UnknownValue(why=why):
            return [(nothing, f"only a run tells{f' ({why})' if why else ''}")]
    return [(nothing, "only a run tells")]
