"""The intrinsics that make and take apart text and lists: Join, Sub, Select, Split, Length, ToJsonString."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from msgspec.structs import replace

from .scope import TemplateScope, is_intrinsic
from .text import concat, piece, split
from .values import Absent, Either, Json, Known, Unknown, Value

_PLACEHOLDER = re.compile(r"\$\{(!?)([^{}]*)\}")
_MAX_JSON_DEPTH = 50


def join(scope: TemplateScope, argument: Json) -> Value:
    """`Fn::Join`: ``[delimiter, list]``."""
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str):
        return Unknown("Fn::Join is not of the form [delimiter, list]")
    delimiter, items = argument[0], list_of(replace(scope, in_text=True), argument[1])
    if isinstance(items, Unknown):
        return items
    parts: list[Value] = []
    for index, item in enumerate(items):
        if index and delimiter:
            parts.append(Known(delimiter))
        parts.append(item)
    return concat(parts)


def sub(scope: TemplateScope, argument: Json) -> Value:
    """`Fn::Sub`: text with ``${Name}``, ``${Name.Attribute}`` and ``${!Literal}``, with or without own variables."""
    variables: Json = {}
    if isinstance(argument, list) and len(argument) == 2:
        argument, variables = argument
    if not isinstance(argument, str) or not isinstance(variables, dict):
        return Unknown("Fn::Sub is not of the form text or [text, variables]")
    return concat(_substituted(replace(scope, in_text=True), argument, variables))


def _substituted(scope: TemplateScope, text: str, variables: dict[str, Json]) -> Iterator[Value]:
    at = 0
    for found in _PLACEHOLDER.finditer(text):
        yield Known(text[at : found.start()])
        at = found.end()
        name = found[2].strip()
        if found[1]:
            yield Known(f"${{{found[2]}}}")
        elif name in variables:
            yield scope.resolve(variables[name])
        elif "." in name:
            yield scope.resolve({"Fn::GetAtt": name})
        else:
            yield scope.resolve({"Ref": name})
    yield Known(text[at:])


def select(scope: TemplateScope, argument: Json) -> Value:
    """`Fn::Select`: ``[index, list]``; a piece of a reference's ARN is kept as such (`Reference.piece`)."""
    if not isinstance(argument, list) or len(argument) != 2:
        return Unknown("Fn::Select is not of the form [index, list]")
    index = _index(scope.resolve(argument[0]))
    if isinstance(index, Unknown):
        return index
    source = argument[1]
    if isinstance(source, dict) and len(source) == 1 and "Fn::Split" in source:
        return _piece_of_split(scope, source["Fn::Split"], index)
    items = list_of(scope, source)
    if isinstance(items, Unknown):
        return items
    return items[index] if index < len(items) else Unknown(f"Fn::Select asks for item {index} of {len(items)}")


def _piece_of_split(scope: TemplateScope, argument: Json, index: int) -> Value:
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str):
        return Unknown("Fn::Split is not of the form [delimiter, text]")
    return piece(scope.resolve(argument[1]), argument[0], index)


def _index(value: Value) -> int | Unknown:
    if isinstance(value, Known) and not isinstance(value.value, bool):
        text = str(value.value)
        if text.isascii() and text.isdigit() and len(text) < 10:
            return int(text)
    return Unknown("Fn::Select has an index that is not a literal number")


def split_list(scope: TemplateScope, argument: Json) -> Value:
    """`Fn::Split` on its own: a literal list, if every piece is."""
    items = list_of(scope, {"Fn::Split": argument})
    if isinstance(items, Unknown):
        return items
    literals = [item.value for item in items if isinstance(item, Known)]
    return Known(literals) if len(literals) == len(items) else Unknown("Fn::Split of text that is not literal")


def length(scope: TemplateScope, argument: Json) -> Value:
    """`Fn::Length` of a list that can be counted."""
    items = list_of(scope, argument)
    if isinstance(items, Unknown):
        return items
    if any(isinstance(item, (Either, Unknown)) for item in items):
        return Unknown("Fn::Length of a list that only the deployment knows")
    return Known(len(items))


def list_of(scope: TemplateScope, raw: Json) -> tuple[Value, ...] | Unknown:
    """The items of a list, written out or made by an intrinsic; `AWS::NoValue` items are left out."""
    if isinstance(raw, list):
        items = (scope.resolve(item) for item in raw)
        return tuple(item for item in items if not isinstance(item, Absent))
    if isinstance(raw, dict) and len(raw) == 1 and "Fn::Split" in raw:
        argument = raw["Fn::Split"]
        if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str):
            return Unknown("Fn::Split is not of the form [delimiter, text]")
        pieces, unclear = split(scope.resolve(argument[1]), argument[0])
        return unclear or pieces
    value = scope.resolve(raw)
    if isinstance(value, Known) and isinstance(value.value, list):
        return tuple(scope.resolve(item) for item in value.value)
    return value if isinstance(value, Unknown) else Unknown("a list that only the deployment knows")


def to_json_string(scope: TemplateScope, argument: Json) -> Value:
    """`Fn::ToJsonString`: the JSON text of an object or list, with what is not literal left in place."""
    if not isinstance(argument, (dict, list)):
        return Unknown("Fn::ToJsonString of something that is neither an object nor a list")
    return concat(_json_parts(scope, argument, 0))


def _json_parts(scope: TemplateScope, raw: Json, depth: int) -> Iterator[Value]:
    if depth > _MAX_JSON_DEPTH:
        yield Unknown("nested too deeply")
    elif isinstance(raw, dict) and not is_intrinsic(raw):
        for index, (key, item) in enumerate(raw.items()):
            yield Known(("," if index else "{") + json.dumps(key) + ":")
            yield from _json_parts(scope, item, depth + 1)
        yield Known("}" if raw else "{}")
    elif isinstance(raw, list):
        for index, item in enumerate(raw):
            yield Known("," if index else "[")
            yield from _json_parts(scope, item, depth + 1)
        yield Known("]" if raw else "[]")
    else:
        value = scope.resolve(raw)
        if isinstance(value, Known):
            yield Known(json.dumps(value.value))
        elif isinstance(value, Absent):
            yield Known("null")
        else:
            yield concat([Known('"'), value, Known('"')])
