"""Loops over what a value holds: entries that are known are followed one by one, others together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from seawall.template import SourceLine

from .context import Around, Lap
from .values import (
    UNKNOWN,
    External,
    FromEvent,
    ListValue,
    Lit,
    RecordValue,
    Several,
    UnknownValue,
    Value,
    either,
    plain,
)

if TYPE_CHECKING:
    from .reader import Reader

MOST_ENTRIES = 512
"""Entries of what a loop goes over that are followed one by one."""
MOST_NUMBERS = 32
"""Numbers that a loop goes over that are followed one by one."""
MOST_SHARE = 8
"""A loop takes no more than one in so many of the steps that one handler is followed for; then the rest of its entries
are followed together.
"""
_BATCHES = frozenset({"Records", "records", "messages", "rmqMessagesByQueue", "tasks"})
"""Under which names an invocation brings several events; a pipe's is a list of them.
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html and the pages of its services, read
2026-11-30."""

Entry: TypeAlias = "tuple[Value, int, bool]"
"""A value, for how many entries it stands, and whether it stands for so many of each of an open number."""


def of_event(value: Value) -> bool:
    """Whether a value comes from the event."""
    value = plain(value)
    if isinstance(value, UnknownValue):
        return any(isinstance(each, FromEvent) for each in value.held)
    return isinstance(value, FromEvent)


def one_each(value: Value) -> bool:
    """Whether a value is the batch of events that an invocation brings, so that there is one entry for each."""
    value = plain(value)
    match value:
        case FromEvent(path):
            names = path[:-1] if path[1:] == ("*",) else path
            return not names or (len(names) == 1 and names[0] in _BATCHES)
        case UnknownValue(held=held):
            return any(isinstance(each, FromEvent) and one_each(each) for each in held)
        case External(path, arguments):
            if path in ("enumerate", "items", "zip"):
                return any(map(one_each, arguments))
            return path.rpartition(".")[2].lower() == "records" and bool(value.home)
    return False


def entry_of(value: Value) -> Value:
    """An entry of what is looped over."""
    value = plain(value)
    match value:
        case FromEvent(path):
            return FromEvent((*path, "*"))
        case ListValue():
            return either(*map(single, value.items), *([UNKNOWN] if value.open or not value.items else []))
        case External(path, arguments) if path == "enumerate" and arguments:
            return ListValue([UNKNOWN, entry_of(arguments[0])])
        case External(path, arguments) if path == "zip" and arguments:
            return ListValue([entry_of(each) for each in arguments])
        case External(path, arguments) if path == "items" and arguments:
            return ListValue([UNKNOWN, entry_of(arguments[0])])
        case UnknownValue():
            return UnknownValue("", value.held)
        case RecordValue():
            return either(*map(Lit, value.entries)) if value.entries else UNKNOWN
    return UNKNOWN


def count_of(value: Value) -> int | None:
    """How many entries there are in what is looped over, where that is a constant."""
    value = plain(value)
    match value:
        case External("range", arguments):
            numbers = [plain(each) for each in arguments]
            if numbers and all(isinstance(each, Lit) and isinstance(each.value, int) for each in numbers):
                try:
                    return len(range(*[each.value for each in numbers if isinstance(each, Lit)]))  # type: ignore[arg-type]
                except (OverflowError, TypeError, ValueError):
                    return None
        case External("enumerate", (inner, *_)):
            return count_of(inner)
        case ListValue(open=False):
            entries = [entry(each) for each in value.items]
            return None if any(for_each for *_, for_each in entries) else sum(number for _, number, _ in entries)
    return None


def entry(item: Value) -> Entry:
    """An item of a list."""
    return (item.value, item.number, item.for_each) if isinstance(item, Several) else (item, 1, False)


def several(value: Value, number: int, for_each: bool) -> Value:
    """An item of a list that stands for so many."""
    return value if number == 1 and not for_each else Several(value, number, for_each)


def added(value: Value, laps: Sequence[Lap]) -> Value:
    """What is added to a list once in each of some laps."""
    number, for_each = 1, False
    for lap in laps:
        number *= 1 if lap.most is None else lap.most
        for_each |= lap.for_each
    inner, times, each = entry(value)
    return several(inner, number * times, for_each or each)


def entries_of(value: Value, numbers: bool = False) -> list[Entry] | None:
    """The entries of what is looped over, where they are known and more than numbers, or where these matter."""
    value = plain(value)
    found: list[Entry]
    match value:
        case External("range", arguments) if numbers:
            bounds = [each.value for each in map(plain, arguments) if isinstance(each, Lit)]
            whole = [each for each in bounds if isinstance(each, int)]
            count = count_of(value)
            if count is None or len(whole) < len(arguments) or count > MOST_NUMBERS:
                return None
            found = [(Lit(each), 1, False) for each in range(*whole)]
        case ListValue(items=[_, *_], open=False):
            found = [entry(each) for each in value.items]
        case RecordValue(entries={**names}, rest=(), keys=()) if names:
            found = [(Lit(name), 1, False) for name in names]
        case External("enumerate", (inner, *_)):
            listed = entries_of(inner)
            if listed is None:
                return None
            found = [
                (ListValue([Lit(at) if number == 1 and not each else UNKNOWN, one]), number, each)
                for at, (one, number, each) in enumerate(listed)
            ]
        case External("zip", (first, *rest)):
            listed = entries_of(first)
            if listed is None or any(number != 1 or each for _, number, each in listed):
                return None
            others = [entries_of(each) or [] for each in rest]
            found = [
                (ListValue([one, *(_at(other, at, each) for other, each in zip(others, rest, strict=True))]), 1, False)
                for at, (one, _, _) in enumerate(listed)
            ]
        case External("items", (inner,)):
            record = plain(inner)
            if not isinstance(record, RecordValue) or not record.entries or record.rest or record.keys:
                return None
            found = [(ListValue([Lit(name), one]), 1, False) for name, one in record.entries.items()]
        case _:
            return None
    numbered = all(isinstance(one, Lit) and isinstance(one.value, (int, float)) for one, *_ in found)
    return None if (numbered and not numbers) or not found or len(found) > MOST_ENTRIES else found


def _at(entries: Sequence[Entry], at: int, of: Value) -> Value:
    return entries[at][0] if at < len(entries) else entry_of(of)


def single(item: Value) -> Value:
    """An item of a list, for however many it stands."""
    return item.value if isinstance(item, Several) else item


def lap_over(value: Value, at: SourceLine) -> Lap:
    """All laps over a value together."""
    most = count_of(value)
    return Lap(at, of_event(value), most, for_each=most is None and not one_each(value))


def laps_over(
    reader: Reader, value: Value, at: SourceLine, around: Around, numbers: bool = False
) -> Iterator[tuple[Value, Around, Lap]]:
    """Each lap with its entry and what surrounds it; all of them as one where the entries are not known.

    `numbers`: what is done in a lap depends on its number.
    """
    entries = entries_of(value, numbers)
    if entries is None:
        lap = lap_over(value, at)
        yield entry_of(value), around.within(lap), lap
        return
    records, before = of_event(value), reader.steps
    for number, (one, most, for_each) in enumerate(entries):
        left = entries[number:]
        if number and len(left) > 1 and (reader.steps - before) // number * len(left) > reader.affordable:
            one = either(*(each for each, *_ in left))
            most, for_each = sum(each for _, each, _ in left), any(each for *_, each in left)
            entries = []
        lap = Lap(at, records, most, for_each=for_each)
        yield one, replace(around.within(lap), chain=(*around.chain, -1 - number)), lap
        if not entries:
            return
