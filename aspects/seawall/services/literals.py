"""What a request to an AWS API writes into the event that it sends, as far as it is literal: what receivers match on.

Fields are named as the receiver's patterns name them: ``source``, ``detail-type`` and ``detail`` on a bus, ``body`` and
``attributes`` of a message, ``key`` and ``eventName`` of an object, ``eventName`` and ``dynamodb`` of a table's record.

Sources (2026-11-29): https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html,
https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html and
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from seawall.graph.guards import Constant, Event, FieldPath, Like, Scalar
from seawall.graph.patterns import merged
from seawall.template import Json

from .pattern_language import UNKNOWN, PatternDocument

Fields = dict[FieldPath, frozenset[Scalar]]

_JSONATA = re.compile(r"""\{%\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*%\}$""", re.DOTALL)
_BEGINS = re.compile(r"""\{%\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*&""", re.DOTALL)
_FORMAT = re.compile(r"States\.Format\(\s*'([^'\\]*)'")
_CLOSED: frozenset[Scalar] = frozenset((Constant.CLOSED,))
_OPEN: frozenset[Scalar] = frozenset((UNKNOWN,))
CREATED = Like(("ObjectCreated:", ""))
"""`eventName` of whatever makes an object."""


def sent(service: str, action: str, request: Json, found: PatternDocument) -> Event:
    """What the events of a request say, as far as it is known; `service` and `action` as Step Functions writes them."""
    read = _REQUESTS.get((service, action))
    return read(request, found) if read is not None and isinstance(request, dict) else {}


def value_of(name: str, within: Mapping[str, Json], found: PatternDocument) -> frozenset[Scalar] | None:
    """The scalar under `name`: None where there is none, or where it is an object or a list."""
    if f"{name}.$" in within:
        return frozenset((_formatted(within[f"{name}.$"]),))
    raw = within.get(name)
    if isinstance(raw, str) and raw.startswith("{%"):
        return frozenset((_expression(raw),))
    values = found.scalars(raw) if name in within else []
    return frozenset(values) or None


def _expression(raw: str) -> Scalar:
    """A JSONata expression that is text, or begins with it."""
    whole, begins = _JSONATA.match(raw), _BEGINS.match(raw)
    if whole:
        return whole[1] if whole[1] is not None else whole[2]
    if begins:
        return Like((begins[1] if begins[1] is not None else begins[2], ""))
    return UNKNOWN


def _formatted(raw: Json) -> Scalar:
    """``States.Format('in/{}.jpg', $.id)``: text with something between its parts."""
    found = _FORMAT.match(raw) if isinstance(raw, str) else None
    return Like(tuple(found[1].split("{}"))) if found else UNKNOWN


def fields(raw: Json, path: FieldPath, found: PatternDocument) -> Fields:
    """The fields of a JSON value that is sent as it is written, at `path`."""
    if isinstance(raw, str) and raw.startswith("{%"):
        known = _expression(raw)
        return {} if known == UNKNOWN else {path: frozenset((known,))}
    if isinstance(raw, list):
        return _entries(raw, path, found)
    if not isinstance(raw, dict):
        values = found.scalars(raw)
        return {path: frozenset(values) or _OPEN}
    made: Fields = {path: _CLOSED}
    for name, entry in raw.items():
        if name.endswith(".$"):
            made[*path, name.removesuffix(".$")] = frozenset((_formatted(entry),))
        else:
            made.update(fields(entry, (*path, name), found) or {(*path, name): _OPEN})
    return made


def _entries(raw: list[Json], path: FieldPath, found: PatternDocument) -> Fields:
    """An array: for each field below it, the values of all its entries."""
    made: dict[FieldPath, list[Scalar]] = {}
    for entry in raw:
        for at, values in fields(entry, path, found).items():
            if len(values) > 1 or any(isinstance(value, tuple) for value in values):
                return {path: _OPEN}
            made.setdefault(at, []).extend(values)
    if not raw or any(Constant.CLOSED in values and at == path for at, values in made.items()):
        return {path: _OPEN} if raw else {path: frozenset(((),))}
    return {at: frozenset((tuple(values),)) for at, values in made.items()}  # type: ignore[arg-type]


def _text_or_json(name: str, request: Mapping[str, Json], path: FieldPath, found: PatternDocument) -> Fields:
    """A parameter that is sent as text: an object is written as JSON, and text may hold JSON."""
    if f"{name}.$" in request or name not in request:
        return {}
    raw = request[name]
    if isinstance(raw, str) and not raw.startswith("{%"):
        try:
            inner = json.loads(raw)
        except ValueError:
            inner = None
        if isinstance(inner, dict):
            return fields(inner, path, found)
        values = frozenset(found.scalars(raw))
        return {path: values} if values and UNKNOWN not in values else {}
    return fields(raw, path, found)


def put_event(entry: Mapping[str, Json], found: PatternDocument) -> Event:
    """What one entry of `PutEvents` says."""
    made: Fields = {}
    for name, field in (("Source", "source"), ("DetailType", "detail-type")):
        values = value_of(name, entry, found)
        if values is not None:
            made[field,] = values
    return {**made, **_text_or_json("Detail", entry, ("detail",), found)}


def _events(request: Mapping[str, Json], found: PatternDocument) -> Event:
    entries = request.get("Entries")
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        return {}
    return merged(put_event(each, found) for each in entries)


def _message(request: Mapping[str, Json], found: PatternDocument) -> Event:
    made = _text_or_json("Message", request, ("body",), found)
    return {**made, **_attributes(request, found)}


def _attributes(request: Mapping[str, Json], found: PatternDocument) -> Fields:
    """Message attributes; a request without any sends none."""
    given = request.get("MessageAttributes", {})
    if "MessageAttributes.$" in request or not isinstance(given, dict):
        return {}
    made: Fields = {("attributes",): _CLOSED}
    for name, raw in given.items():
        if name.endswith(".$") or not isinstance(raw, dict):
            made["attributes", name.removesuffix(".$")] = _OPEN
        else:
            made["attributes", name] = frozenset(_attribute(raw, found))
    return made


def _attribute(raw: Mapping[str, Json], found: PatternDocument) -> Iterator[Scalar]:
    kind = raw.get("DataType")
    for value in value_of("StringValue", raw, found) or [UNKNOWN]:
        if not isinstance(value, str) or not isinstance(kind, str):
            yield UNKNOWN if isinstance(value, (int, float)) else value
        elif kind.startswith("Number"):
            yield _number(value)
        elif kind == "String.Array":
            yield _array(value, found)
        else:
            yield value


def _number(text: str) -> Scalar:
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        return UNKNOWN


def _array(text: str, found: PatternDocument) -> Scalar:
    try:
        entries = json.loads(text)
    except ValueError:
        return UNKNOWN
    values = [found.scalars(entry) for entry in entries] if isinstance(entries, list) else [[]]
    if any(len(each) != 1 or isinstance(each[0], tuple) for each in values):
        return UNKNOWN
    return tuple(each[0] for each in values)  # type: ignore[misc]


def _queued(request: Mapping[str, Json], found: PatternDocument) -> Event:
    return _text_or_json("MessageBody", request, ("body",), found)


def _object(event_name: str) -> Callable[[Mapping[str, Json], PatternDocument], Event]:
    def read(request: Mapping[str, Json], found: PatternDocument) -> Event:
        key = value_of("Key", request, found)
        return {("eventName",): frozenset((event_name,)), **({("key",): key} if key else {})}

    return read


def _record(*event_names: str) -> Callable[[Mapping[str, Json], PatternDocument], Event]:
    def read(request: Mapping[str, Json], found: PatternDocument) -> Event:
        made: Fields = {("eventName",): frozenset(event_names)}
        item = request.get("Item")
        if isinstance(item, dict):
            image = fields(item, ("dynamodb", "NewImage"), found)
            made.update((at, values) for at, values in image.items() if values != _CLOSED)
        return made

    return read


WRITES: Mapping[str, frozenset[Scalar]] = {
    "putitem": frozenset(("INSERT", "MODIFY")),
    "updateitem": frozenset(("INSERT", "MODIFY")),
    "deleteitem": frozenset(("REMOVE",)),
    "partiqlinsert": frozenset(("INSERT",)),
    "partiqlupdate": frozenset(("MODIFY",)),
    "partiqldelete": frozenset(("REMOVE",)),
}
"""`eventName` of the records that an action on a table makes, by the action in lower case."""

_REQUESTS: Mapping[tuple[str, str], Callable[[Mapping[str, Json], PatternDocument], Event]] = {
    ("dynamodb", "deleteItem"): _record("REMOVE"),
    ("dynamodb", "putItem"): _record("INSERT", "MODIFY"),
    ("dynamodb", "updateItem"): _record("INSERT", "MODIFY"),
    ("eventbridge", "putEvents"): _events,
    ("events", "putEvents"): _events,
    ("s3", "completeMultipartUpload"): _object("ObjectCreated:CompleteMultipartUpload"),
    ("s3", "copyObject"): _object("ObjectCreated:Copy"),
    ("s3", "putObject"): _object("ObjectCreated:Put"),
    ("sns", "publish"): _message,
    ("sqs", "sendMessage"): _queued,
}
"""By service and action, as Step Functions and Scheduler write them."""
