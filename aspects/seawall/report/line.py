"""A line of styled text, of which nothing is interpreted: what terminals take is written here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
"""What ECMA-48 (SGR) calls the words of a style."""


class Line(Struct, frozen=True):
    """Texts, each with its style: words such as ``bold red``, or none."""

    parts: tuple[tuple[str, str], ...] = ()

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
        return "".join(f"\x1b[{_codes(style)}m{text}\x1b[0m" if style else text for text, style in self.parts if text)


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
    return "".join([f"{line.stripped().painted}\n" for line in lines])


def _codes(style: str) -> str:
    return ";".join(_CODES[word] for word in style.split())
