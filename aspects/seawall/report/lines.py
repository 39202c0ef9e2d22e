"""Lines of styled text: put together safely, and wrapped to a width."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .escape import clean
from .line import Line, columns

PROSE_WIDTH = 100
"""Columns beyond which running text is hard to read, however wide the terminal."""

_INSIDE_NUMBER = re.compile(r"\d[\d.,]*\d")


def say(*parts: str | tuple[str, str]) -> Line:
    """A line made of texts, or texts with their style. Nothing in a text is interpreted."""
    return Line(tuple([(clean(part), "") if isinstance(part, str) else (clean(part[0]), part[1]) for part in parts]))


def wrap(line: Line, width: int, first: str = "", hang: str = "") -> list[Line]:
    """`line` behind `first`, continued behind `hang` where it is wider than `width`.

    Breaks at spaces, else after a separator of a name, and never inside a number: a number wider than the line
    sticks out instead.
    """
    if columns(first) + line.width <= width:
        return [Line(((first, ""), *line.parts))]
    lines: list[Line] = []
    for start, end in _slices(line.plain, width - columns(first), width - columns(hang)):
        lines.append(Line(((hang if lines else first, ""), *line.between(start, end).parts)))
    return lines


def _slices(plain: str, first: int, rest: int) -> Iterable[tuple[int, int]]:
    start, room = 0, max(first, 1)
    while columns(plain[start:]) > room:
        end = _fitting(plain, start, room)
        cut = _cut(plain, start, end, max(rest, 1)) if end < len(plain) else end
        if cut >= len(plain):
            break
        yield start, len(plain[:cut].rstrip())
        start = cut + len(plain[cut:]) - len(plain[cut:].lstrip())
        room = max(rest, 1)
    yield start, len(plain)


def _fitting(plain: str, start: int, room: int) -> int:
    """The last place at which what stands from `start` still fits; at least one character does."""
    if plain.isascii():
        return max(start + 1, min(len(plain), start + room))
    end = start + 1
    while end < len(plain) and columns(plain[start : end + 1]) <= room:
        end += 1
    return end


def _cut(plain: str, start: int, end: int, room: int) -> int:
    """Where to break what stands from `start`, at `end` or before it."""
    if plain[end].isspace():
        return end
    words = [found.end() for found in re.finditer(r"\S\s", plain[start:end])]
    after_space = start + words[-1] if words else start
    next_word = re.match(r"\S*", plain[after_space:])
    if words and columns(next_word[0] if next_word else "") <= room:
        return after_space
    for separators in (r"[(,]", r"[/#.:_=\[{-]"):
        places = [start + found.end() for found in re.finditer(separators, plain[start:end])]
        whole = [place for place in places if place > after_space and not _splits_number(plain, place)]
        if whole:
            return whole[-1]
    if words:
        return after_space
    cut = end
    while cut > start and _splits_number(plain, cut):
        cut -= 1
    if cut > start:
        return cut
    return next(found.end() for found in _INSIDE_NUMBER.finditer(plain) if found.start() <= start < found.end())


def _splits_number(plain: str, place: int) -> bool:
    return any(found.start() < place < found.end() for found in _INSIDE_NUMBER.finditer(plain))
