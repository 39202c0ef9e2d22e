"""Editing JSON as text: what is not edited stays byte for byte.

The text may hold placeholders, within strings and where a value stands: ``${...}``, and single characters of Unicode's
private use area.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct

Keys: TypeAlias = "tuple[str | int, ...]"
"""The way to a value: keys of objects and positions in arrays."""

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SCALAR = re.compile(r'(?:\$\{[^{}]*\}|[^\s,\]}"])+')


class Span(Struct, frozen=True):
    """Where a value stands in the text, with its key if it has one."""

    first: int
    """Of the key; of the value where there is none."""
    start: int
    end: int


def scan(text: str) -> Mapping[Keys, Span]:
    """Where each value stands. `ValueError`: the text is no JSON.

    >>> [(keys, span.start) for keys, span in scan('{"a": [1, ${n}]}').items()]
    [(('a', 0), 7), (('a', 1), 10), (('a',), 6), ((), 0)]
    """
    found: dict[Keys, Span] = {}
    try:
        end = _value(text, _after_space(text, 0), (), None, found)
    except (IndexError, RecursionError):
        raise ValueError("it is no JSON") from None
    if _after_space(text, end) != len(text):
        raise ValueError("it is no JSON")
    return found


def removed(text: str, keys: Keys, spans: Mapping[Keys, Span] | None = None) -> str:
    """The text without one member of an object; `spans`: where it stands, if that is known.

    >>> removed('{"a":1,"b":2}', ("a",)), removed('{"a":1,"b":2}', ("b",)), removed('{"a":1}', ("a",))
    ('{"b":2}', '{"a":1}', '{}')
    """
    span = (spans or scan(text))[keys]
    after = _after_space(text, span.end)
    if text[after] == ",":
        return text[: span.first] + text[_after_space(text, after + 1) :]
    before = text[: span.first].rstrip()
    return before.removesuffix(",") + text[span.end :]


def added(text: str, keys: Keys, member: str, spans: Mapping[Keys, Span] | None = None) -> str:
    """The text with one more member, first in the object at `keys`.

    >>> added('[{"a":1}]', (0,), '"b":2'), added("{ }", (), '"b":2')
    ('[{"b":2,"a":1}]', '{"b":2 }')
    """
    at = (spans or scan(text))[keys].start + 1
    comma = "" if text[_after_space(text, at)] == "}" else ","
    return f"{text[:at]}{member}{comma}{text[at:]}"


def replaced(text: str, keys: Keys, value: str, spans: Mapping[Keys, Span] | None = None) -> str:
    """The text with another value at `keys`.

    >>> replaced('{"a": "NONE"}', ("a",), '"FULL"')
    '{"a": "FULL"}'
    """
    span = (spans or scan(text))[keys]
    return text[: span.start] + value + text[span.end :]


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int, keys: Keys, first: int | None, found: dict[Keys, Span]) -> int:
    """Note the value that starts at `at`, and what is in it; where it ends."""
    end = {"{": _object, "[": _array}.get(text[at], _scalar)(text, at, keys, found)
    found[keys] = Span(at if first is None else first, at, end)
    return end


def _object(text: str, at: int, keys: Keys, found: dict[Keys, Span]) -> int:
    at = _after_space(text, at + 1)
    while text[at] != "}":
        name = _STRING.match(text, at)
        colon = _after_space(text, name.end()) if name else -1
        if name is None or text[colon] != ":":
            raise ValueError("it is no JSON")
        end = _value(text, _after_space(text, colon + 1), (*keys, _plain(name[1])), at, found)
        at = _next(text, end, "}")
    return at + 1


def _array(text: str, at: int, keys: Keys, found: dict[Keys, Span]) -> int:
    at, number = _after_space(text, at + 1), 0
    while text[at] != "]":
        at = _next(text, _value(text, at, (*keys, number), None, found), "]")
        number += 1
    return at + 1


def _next(text: str, at: int, close: str) -> int:
    """Where the next member starts, or where `close` stands."""
    at = _after_space(text, at)
    if text[at] == close:
        return at
    if text[at] != ",":
        raise ValueError("it is no JSON")
    return _after_space(text, at + 1)


def _scalar(text: str, at: int, _: Keys, __: dict[Keys, Span]) -> int:
    found = _STRING.match(text, at) or _SCALAR.match(text, at)
    if found is None:
        raise ValueError("it is no JSON")
    return found.end()


def _plain(inside: str) -> str:
    """The text that stands between quotes."""
    if "\\" not in inside:
        return inside
    return str(json.loads(f'"{inside}"', strict=False))
