"""Styled text: lines put together safely, wrapped to a width, and painted for a terminal.

Nothing in a text is interpreted: what terminals take is written here and nowhere else.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from operator import itemgetter

from msgspec import Struct
from msgspec.structs import replace

from .escape import clean

PROSE_WIDTH = 100
"""Columns beyond which running text is hard to read, however wide the terminal."""

_WHOLE = re.compile(
    r"(?<!\S)\S+\.(?:json|ya?ml|[cm]?[jt]sx?|py|toml|template)(?::\d+)?[),;:.]*(?!\S)"
    r"|\d[\d.,]* (?:s|min|h|MB)\b|\d[\d.,]*\d"
)
"""What is never broken: the path of a file, with its line, and a number, with its unit."""

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
"""What ECMA-48 (SGR) calls the words of a style."""


class Line(Struct, frozen=True):
    """Texts, each with its style: words such as ``bold red``, or none."""

    parts: tuple[tuple[str, str], ...] = ()
    link: str = ""
    """An address that it leads to on a terminal."""

    @property
    def plain(self) -> str:
        """The text alone."""
        return "".join([text for text, _ in self.parts])

    @property
    def width(self) -> int:
        """Columns that it takes on a terminal."""
        return columns(self.plain)

    def __add__(self, other: Line) -> Line:
        return Line(self.parts + other.parts)

    def between(self, start: int, end: int) -> Line:
        """The characters from `start` up to `end`, in their styles."""
        found = []
        at = 0
        for text, style in self.parts:
            inside = text[max(start - at, 0) : max(end - at, 0)]
            if inside:
                found.append((inside, style))
            at += len(text)
        return Line(tuple(found))

    def padded(self, width: int) -> Line:
        """With spaces behind it, to at least so many columns."""
        return Line((*self.parts, (" " * (width - self.width), "")))

    def stripped(self) -> Line:
        """Without blanks at its end."""
        plain = self.plain
        return self.between(0, len(plain.rstrip())) if plain[-1:].isspace() else self

    @property
    def painted(self) -> str:
        """The text with the escape sequences of its styles."""
        said = "".join(f"\x1b[{_codes(style)}m{text}\x1b[0m" if style else text for text, style in self.parts if text)
        return f"\x1b]8;;{self.link}\x1b\\{said}\x1b]8;;\x1b\\" if self.link else said


def columns(text: str) -> int:
    """Columns that `text`, which holds nothing that steers a terminal, takes there."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def painted(lines: Iterable[Line], color: bool) -> str:
    """`lines` as one text, with the escape sequences of their styles if `color`; a newline ends each."""
    if not color:
        return "".join([f"{line.plain.rstrip()}\n" for line in lines])
    return "".join([f"{replace(line.stripped(), link=line.link).painted}\n" for line in lines])


def _codes(style: str) -> str:
    return ";".join(_CODES[word] for word in style.split())


def say(*parts: str | tuple[str, str]) -> Line:
    """A line made of texts, or texts with their style. Nothing in a text is interpreted."""
    return Line(tuple([(clean(part), "") if isinstance(part, str) else (clean(part[0]), part[1]) for part in parts]))


def linked(line: Line, address: str) -> Line:
    """A line that leads to an address where the terminal knows links (OSC 8); elsewhere it reads as it is.

    Source: https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda, read 2026-11-30
    """
    return replace(line, link="".join(each for each in address if "!" <= each <= "~"))


def wrap(line: Line, width: int, first: str = "", hang: str = "") -> list[Line]:
    """`line` behind `first`, continued behind `hang` where it is wider than `width`.

    Breaks at spaces, else after a separator of a name, and never inside a number or the path of a file: one wider than
    the line sticks out instead.
    """
    if columns(first) + line.width <= width:
        return [Line(((first, ""), *line.parts))]
    lines: list[Line] = []
    for start, end in _slices(line.plain, width - columns(first), width - columns(hang)):
        lines.append(Line(((hang if lines else first, ""), *line.between(start, end).parts)))
    return lines


def _slices(plain: str, first: int, rest: int) -> Iterable[tuple[int, int]]:
    start, room = 0, max(first, 1)
    whole = [found.span() for found in _WHOLE.finditer(plain)]
    while columns(plain[start:]) > room:
        end = _fitting(plain, start, room)
        cut = _cut(plain, whole, start, end, max(rest, 1)) if end < len(plain) else end
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


def _cut(plain: str, whole: Sequence[tuple[int, int]], start: int, end: int, room: int) -> int:
    """Where to break what stands from `start`, at `end` or before it."""
    if plain[end].isspace() and not _splits(whole, end):
        return end
    words = [found.end() for found in re.finditer(r"\S\s", plain[start:end]) if not _splits(whole, start + found.end())]
    after_space = start + words[-1] if words else start
    next_word = re.match(r"\S*", plain[after_space:])
    if words and columns(next_word[0] if next_word else "") <= room:
        return after_space
    for separators in (r"[(,]", r"[/#.:_=\[{-]"):
        places = [start + found.end() for found in re.finditer(separators, plain[start:end])]
        fitting = [place for place in places if place > after_space and not _splits(whole, place)]
        if fitting:
            return fitting[-1]
    if words:
        return after_space
    cut = end
    while cut > start and _splits(whole, cut):
        cut -= 1
    if cut > start:
        return cut
    return next(last for first, last in whole if first <= start < last)


def _splits(whole: Sequence[tuple[int, int]], place: int) -> bool:
    last_before = bisect_left(whole, place, key=itemgetter(0)) - 1
    return last_before >= 0 and place < whole[last_before][1]
