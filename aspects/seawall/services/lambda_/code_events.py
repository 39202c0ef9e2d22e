"""The literals that code writes into what it sends: source and detail-type, an object's key, the kind of a change."""

from __future__ import annotations

from itertools import product
from typing import cast

from seawall.code import AwsCall
from seawall.code.values import JoinedText, ListValue, Lit, RecordValue, Value, options, plain
from seawall.graph.guards import Event
from seawall.template import Json

from ..literals import sent
from ..pattern_language import PatternDocument

_OPEN = "{% unknown %}"
"""How an expression is written of which nothing is known."""


class _Literal:
    """Scalars that stand for themselves."""

    def scalars(self, raw: Json) -> list[Json]:
        return [raw] if isinstance(raw, (str, int, float)) else []


def written(call: AwsCall) -> Event:
    """What is known of the events that a call makes; nothing but what the code says for certain."""
    request = _request(call)
    name = call.operation[:1].lower() + call.operation[1:]
    return {} if request is None else sent(call.service, name, request, cast(PatternDocument, _Literal()))


def _request(call: AwsCall) -> Json | None:
    if call.service == "events" and call.operation == "PutEvents":
        entries = _entries(call)
        return None if not entries else {"Entries": entries}
    if call.service == "s3":
        keys = [value for each in call.asked("Key") for value, _ in options(each)]
        return {"Key": _scalar(keys[0])} if len(keys) == 1 else {}
    return {} if call.service == "dynamodb" else None


def _entries(call: AwsCall) -> list[Json]:
    found: list[Json] = []
    for given in call.asked("Entries"):
        value = plain(given)
        if not isinstance(value, ListValue) or not value.items:
            return []
        for item in value.items:
            for entry, _ in options(item):
                if not isinstance(entry, RecordValue) or entry.rest:
                    return []
                names = ("Source", "DetailType")
                choices = [
                    [_scalar(value) for value, _ in options(entry.entries.get(name, Lit(None)))] for name in names
                ]
                found += [dict(zip(names, combination, strict=True)) for combination in product(*choices)]
    return found


def _scalar(value: Value) -> Json:
    """A literal, or how an expression begins that is put together."""
    value = plain(value)
    if isinstance(value, Lit) and isinstance(value.value, str) and not value.value.startswith("{%"):
        return value.value
    first = value.parts[0] if isinstance(value, JoinedText) and value.parts else None
    if isinstance(first, Lit) and isinstance(first.value, str) and not set(first.value) & set("'\\"):
        return f"{{% '{first.value}' & rest %}}"
    return _OPEN
