"""Edits of a definition that stands in a template as a text in quotes: what to put behind which part of it, or in its
place, with the quotes as the file has them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from seawall.template import Json

from ..json_text import Keys, Span, scan

_LONGEST = 200
"""Characters beyond which a part is no help to find a place."""
_HOLE = "\ue000"
"""In place of what the deployment fills in."""


class QuotedEdit(Struct, frozen=True):
    """What to write at one place of a text, as it stands in the file."""

    line: int
    found: str
    """A part of the text that stands nowhere else in the file."""
    put: str
    instead: bool
    """`put` stands in place of `found`; else behind it."""


def text_edits(raw: Json, changes: Iterable[tuple[Sequence[str], Json]], file: str) -> tuple[QuotedEdit, ...]:
    r"""Values at their paths of a definition's text; empty where the file holds it in lines that can be edited as JSON,
    or where a place cannot be named.

    >>> raw = '{"States":{"Pay":{"Type":"Task"}}}'
    >>> (edit,) = text_edits(raw, [(("States", "Pay", "End"), True)], json.dumps(raw))
    >>> print(edit.found, edit.put)
    \"Pay\":{ \"End\":true,
    """
    text = _flat(raw)
    if text is None:
        return ()
    try:
        spans = scan(text)
    except ValueError:
        return ()
    found: dict[tuple[str, bool], list[str]] = {}
    for path, value in changes:
        placed = _placed(text, spans, tuple(path), value)
        if placed is None:
            return ()
        part, put, instead = placed
        found.setdefault((part, instead), []).append(put)
    made = [_in_file(text, file, part, "".join(puts), instead) for (part, instead), puts in found.items()]
    return tuple(each for each in made if each is not None) if all(made) else ()


def _flat(raw: Json) -> str | None:
    """The text in one piece; None where it is none."""
    match raw:
        case str():
            return raw
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), *_]}:
            return text
        case {"Fn::Join": [str(between), list(parts)]}:
            return between.join(part if isinstance(part, str) else _HOLE for part in parts)
    return None


def _placed(text: str, spans: Mapping[Keys, Span], path: Sequence[str], value: Json) -> tuple[str, str, bool] | None:
    """The part that tells the place, what to put there, and whether that stands in its place."""
    keys = _keys(spans, path)
    written = f"{json.dumps(path[-1])}:{json.dumps(value, separators=(',', ':'))}"
    if keys in spans:
        span = spans[keys]
        part = _telling(text, span.first, span.end)
        return None if part is None else (part, part[: len(part) - (span.end - span.first)] + written, True)
    holder = spans.get(keys[:-1])
    if holder is None or text[holder.start] != "{":
        return None
    at = holder.start + 1
    part = _telling(text, holder.first, at)
    more = "" if text[at:].lstrip().startswith("}") else ","
    return None if part is None else (part, written + more, False)


def _keys(spans: Mapping[Keys, Span], path: Sequence[str]) -> Keys:
    """A path with positions in lists as numbers."""
    keys: Keys = ()
    for step in path:
        number = (*keys, int(step)) if step.isdecimal() else None
        keys = number if number is not None and number in spans else (*keys, step)
    return keys


def _telling(text: str, start: int, end: int) -> str | None:
    """A part of the text up to `end`, from `start` or before it, that stands there only."""
    while text.count(text[start:end]) > 1:
        start -= 1
        if start < 0 or end - start > _LONGEST:
            return None
    part = text[start:end]
    return None if _HOLE in part or "\n" in part else part


def _in_file(text: str, file: str, part: str, put: str, instead: bool) -> QuotedEdit | None:
    """The same as the file writes it: in double quotes, with each quote behind a backslash, or in single ones."""
    escaped = json.dumps(part)[1:-1]
    if file.count(escaped) == 1 and escaped != part:
        return QuotedEdit(_line(file, escaped), escaped, json.dumps(put)[1:-1], instead)
    if "\n" not in text and "'" not in part + put and file.count(part) == 1:
        return QuotedEdit(_line(file, part), part, put, instead)
    return None


def _line(file: str, part: str) -> int:
    return file.count("\n", 0, file.index(part)) + 1
