"""Edits of state machine definitions, in whatever form the template holds them.

Text stays text, a join stays a join, and whatever the deployment fills in stays where it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from seawall.template import Json

from .json_text import Keys, Span, added, removed, replaced, scan

_HOLES = range(0xE000, 0xF8FF)
"""Unicode's private use area: one character for each intrinsic in the text."""
_MARKS = ".["
IN_TEXT = "DefinitionString"
"""The property that holds a definition as text."""


class MemberEdit(Struct, frozen=True):
    """One member of an object that gets another value, or goes."""

    path: str
    """Dotted, with positions in brackets: ``States.Charge.Retry[0].MaxAttempts``."""
    value: str
    """As JSON; empty: it goes."""


class UneditableError(Exception):
    """Why something cannot be edited, as a clause."""


def edited(raw: Json, edits: Sequence[MemberEdit]) -> Json:
    """A definition's text in its form, edited. `UneditableError` where that cannot be done."""
    match raw:
        case str():
            return _text(raw, edits)
        case {"Fn::Sub": str(text)}:
            return {"Fn::Sub": _text(text, edits)}
        case {"Fn::Sub": [str(text), *rest]}:
            return {"Fn::Sub": [_text(text, edits), *rest]}
        case {"Fn::Join": [str(between), list(parts)]}:
            whole = [each for part in parts for each in (part, between)][:-1]
            return {"Fn::Join": ["", _parts(whole, edits)]}
    where = next(iter(raw), "") if isinstance(raw, dict) else "something else"
    raise UneditableError(f"its definition stands in {where}")


def keys_of(path: str, held: Callable[[Keys], Collection[str | int]]) -> Keys:
    """A dotted path as keys, where `held` tells the keys that are there: names may hold dots and brackets themselves.

    >>> keys_of("States.Pay v1.2.Retry[0].MaxAttempts", lambda before: ("Pay v1.2",) if before == ("States",) else ())
    ('States', 'Pay v1.2', 'Retry', 0, 'MaxAttempts')
    """
    keys: Keys = ()
    while path:
        if path[0] == "[" and (end := path.find("]")) > 1 and path[1:end].isdecimal():
            keys, path = (*keys, int(path[1:end])), path[end + 1 :].removeprefix(".")
            continue
        names = held(keys)
        key = _first_key(path, names)
        path = path[len(key) :].removeprefix(".")
        keys = (*keys, int(key) if key.isdecimal() and int(key) in names else key)
    return keys


def _first_key(path: str, names: Collection[str | int]) -> str:
    """The longest of the names that a path starts with; where it does with none, what stands before its first mark."""
    longest = max((len(name) for name in names if isinstance(name, str)), default=0)
    for end in range(min(longest, len(path)), 0, -1):
        if (end == len(path) or path[end] in _MARKS) and path[:end] in names:
            return path[:end]
    end = next((at for at in range(1, len(path)) if path[at] in _MARKS), len(path))
    return path[:end]


def held_in(root: Json) -> Callable[[Keys], Collection[str | int]]:
    """The keys, and positions, that stand at a place of a value."""

    def held(keys: Keys) -> Collection[str | int]:
        node = value_at(root, keys)
        return node.keys() if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()

    return held


def value_at(root: Json, keys: Keys) -> Json:
    """What stands at the end of `keys`; None where nothing does."""
    node = root
    for key in keys:
        if isinstance(node, dict):
            node = node.get(str(key))
        elif isinstance(node, list) and isinstance(key, int) and key < len(node):
            node = node[key]
        else:
            return None
    return node


def _parts(parts: Sequence[Json], edits: Sequence[MemberEdit]) -> list[Json]:
    free = (chr(code) for code in _HOLES if chr(code) not in str(parts))
    holes: dict[str, Json] = {}
    pieces = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(part)
            continue
        hole = next(free, None)
        if hole is None:
            raise UneditableError("its definition has too many references")
        holes[hole] = part
        pieces.append(hole)
    found: list[Json] = [""]
    for character in _text("".join(pieces), edits):
        if character in holes:
            found += [holes[character], ""]
        else:
            found[-1] = f"{found[-1]}{character}"
    return [part for part in found if part != ""]


def _text(text: str, edits: Sequence[MemberEdit]) -> str:
    """Edited in one pass, from the end of the text on, where no edit concerns what another one makes."""
    spans = _spans(text)
    placed = _placed(spans, edits)
    if not _independent(spans, placed):
        for edit in edits:
            text = in_text(text, edit)
        return text
    for keys, edit in sorted(placed, key=lambda pair: _position(spans, pair[0]), reverse=True):
        text = _made(text, spans, keys, edit)
    return text


def in_text(text: str, edit: MemberEdit) -> str:
    """JSON text with one edit made; all else stays byte for byte. `UneditableError` where that cannot be done."""
    spans = _spans(text)
    ((keys, _),) = _placed(spans, [edit])
    return _made(text, spans, keys, edit)


def _spans(text: str) -> Mapping[Keys, Span]:
    try:
        return scan(text)
    except ValueError as error:
        raise UneditableError(f"its definition cannot be edited: {error}") from None


def _placed(spans: Mapping[Keys, Span], edits: Iterable[MemberEdit]) -> list[tuple[Keys, MemberEdit]]:
    held: dict[Keys, set[str | int]] = {}
    for place in spans:
        if place:
            held.setdefault(place[:-1], set()).add(place[-1])
    return [(keys_of(edit.path, lambda before: held.get(before, ())), edit) for edit in edits]


def _independent(spans: Mapping[Keys, Span], placed: Sequence[tuple[Keys, MemberEdit]]) -> bool:
    """Whether each edit can be made, at a place of its own that stands in none of the others."""
    places = {keys for keys, _ in placed}
    within = (keys[:end] in places for keys in places for end in range(len(keys)))
    made = all(keys in spans or (edit.value and keys[:-1] in spans) for keys, edit in placed)
    return made and len(places) == len(placed) and not any(within)


def _position(spans: Mapping[Keys, Span], keys: Keys) -> tuple[int, bool]:
    """Where an edit is made: what is added stands first in its object, before what is there."""
    return (spans[keys].first, True) if keys in spans else (spans[keys[:-1]].start + 1, False)


def _made(text: str, spans: Mapping[Keys, Span], keys: Keys, edit: MemberEdit) -> str:
    if keys[:-1] not in spans or (not edit.value and keys not in spans):
        raise UneditableError(f"{edit.path} is put together by the deployment")
    if not edit.value:
        return removed(text, keys, spans)
    if keys in spans:
        return replaced(text, keys, edit.value, spans)
    return added(text, keys[:-1], f"{json.dumps(keys[-1])}:{edit.value}", spans)
