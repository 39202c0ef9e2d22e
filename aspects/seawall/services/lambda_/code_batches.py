"""Calls that send several events at once: how many, and each that says something of its own as a call of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from seawall.code import AwsCall
from seawall.code.laps import Entry, entry, one_each
from seawall.code.values import UNKNOWN, FromEvent, ListValue, OneOf, RecordValue, Value, plain
from seawall.graph.turns import Turn, at_laps

from ..batches import ENTRIES, PUT_EVENTS


def each_sent(call: AwsCall) -> Iterator[AwsCall]:
    """The calls of one event each that a call stands for, with how often; itself where it sends one."""
    action = call.operation[:1].lower() + call.operation[1:]
    key = ENTRIES.get((call.service, action))
    request = call.request
    if key is None or not isinstance(request, RecordValue):
        yield call
        return
    given = next((value for name, value in request.entries.items() if name.lower() == key.lower()), None)
    if given is None:
        yield call
        return
    lists = given.options if isinstance(given, OneOf) else (given,)
    for each in lists:
        entries = _entries(each)
        if action == PUT_EVENTS:
            for number, (value, times, for_each) in enumerate(entries):
                own = RecordValue({**request.entries, key: ListValue([value])}, request.rest, request.keys)
                yield replace(call, request=own, turns=tuple(_of_entry(call.turns, number, times, for_each)))
        else:
            whole = sum(times for _, times, _ in entries), any(open_ for *_, open_ in entries)
            yield replace(call, turns=tuple(at_laps(turn, *whole) for turn in call.turns))


def _entries(value: Value) -> Sequence[Entry]:
    """The entries of a batch; one for each of some where the code does not tell them."""
    value = plain(value)
    if isinstance(value, ListValue) and value.items:
        return [entry(each) for each in value.items]
    known = isinstance(value, FromEvent)
    return [(UNKNOWN, 1, not one_each(value))] if known else [(UNKNOWN, 1, True)]


def _of_entry(turns: Sequence[Turn], number: int, times: int, for_each: bool) -> Iterator[Turn]:
    """The turns of one entry among several that a call sends together."""
    for turn in turns:
        own = turn if number == 0 else replace(turn, expression=_paired(turn.expression, number))
        yield at_laps(own, times, for_each)


def _paired(expression: int, number: int) -> int:
    """A number of its own for each entry that an expression sends (Cantor's pairing, below zero)."""
    total = expression + number
    return -(total * (total + 1) // 2 + number)
