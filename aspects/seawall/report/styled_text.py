"""Styled text: lines put together safely, wrapped to a width, and painted for a terminal.

Nothing in a text is interpreted: what terminals take is written here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from .escape import clean

PROSE_WIDTH = 100
"""Columns beyond which running text is hard to read, however wide the terminal."""


def _nested(opens: str, closes: str, depth: int = 4) -> str:
    """An expression for what stands between two signs, which may stand between such signs again."""
    inner = rf"[^{opens}{closes}]*"
    whole = rf"{opens}{inner}{closes}"
    for _ in range(depth):
        whole = rf"{opens}{inner}(?:{whole}{inner})*{closes}"
    return whole


_GROUP = "|".join((_nested(r"\[", r"\]"), _nested("{", "}")))
_PIECE = re.compile(rf'(?:`[^`]+`|{_GROUP}|"[\w.-]+": (?:"[^"]*"|{_GROUP}|[\w.-]+)|\d[\d.,]* (?:s|min|h|MB)\b|\S)+')
"""What is never broken: a word, and so a name, an ARN or a path; code in backticks, brackets or braces; a key of JSON
with its value; a number with its unit."""

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

    Breaks at spaces alone, so that each name can be copied as it stands: one wider than the line sticks out instead.
    """
    if columns(first) + line.width <= width:
        return [Line(((first, ""), *line.parts))]
    lines: list[Line] = []
    for start, end in _slices(line.plain, width - columns(first), width - columns(hang)):
        lines.append(Line(((hang if lines else first, ""), *line.between(start, end).parts)))
    return lines


def _slices(plain: str, first: int, rest: int) -> Iterable[tuple[int, int]]:
    """Where each line begins and ends: as many pieces as there is room for, one at least."""
    pieces = [found.span() for found in _PIECE.finditer(plain)]
    if not pieces:
        yield 0, len(plain)
        return
    start, end, room = 0, pieces[0][1], first
    for begins, ends in pieces[1:]:
        if columns(plain[start:ends]) > room:
            yield start, end
            start, room = begins, rest
        end = ends
    yield start, end
