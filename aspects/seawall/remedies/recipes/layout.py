"""Code laid out in lines, as black and prettier break it: at commas, one argument a line where a line is too short."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

WIDTH = 70
"""Characters of a line, where commas allow it."""


class Piece(Struct, frozen=True):
    """A piece of code: a word, or a call or a list with what stands in it."""

    head: str
    items: tuple[Piece, ...] = ()
    tail: str = ""
    padded: bool = False
    """On one line, a space stands behind the opening and before the closing brace."""
    together: int = 0
    """So many of the first items stay on one line: what a construct is made in, and its id."""

    @property
    def flat(self) -> str:
        """All of it on one line."""
        space = " " if self.padded and self.items else ""
        return f"{self.head}{space}{', '.join(item.flat for item in self.items)}{space}{self.tail}"

    def named(self, name: str) -> Piece:
        """The same behind a name."""
        return Piece(f"{name}{self.head}", self.items, self.tail, self.padded, self.together)


def lines(node: Piece, step: int, indent: int = 0, after: str = "") -> list[str]:
    """The lines of a piece of code; `step`: spaces of an indentation; `after`: what follows it, such as a comma.

    >>> call = Piece("f(", (Piece("self"), Piece("x=[", (Piece("1" * 20), Piece("2" * 20)), "]"), Piece("y" * 40)), ")")
    >>> for line in lines(call, 4): print(line)
    f(
        self,
        x=[11111111111111111111, 22222222222222222222],
        yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy,
    )
    """
    space = " " * indent
    if not node.items or len(node.flat) + indent + len(after) <= WIDTH:
        return [f"{space}{node.flat}{after}"]
    first, last = node.items[:-1], node.items[-1]
    if last.tail == "}" and last.items and not any(item.tail == "}" for item in first):  # f(this, 'Id', {
        opening = "".join(f"{item.flat}, " for item in first)
        return [
            f"{space}{node.head}{opening}{last.head}",
            *_each(last.items, step, indent),
            f"{space}{last.tail}{node.tail}{after}",
        ]
    kept, rest = node.items[: node.together], node.items[node.together :]
    found = [f"{space}{node.head}"]
    if kept:
        found.append(f"{' ' * (indent + step)}{', '.join(item.flat for item in kept)},")
    return [*found, *_each(rest, step, indent), f"{space}{node.tail}{after}"]


def _each(items: Sequence[Piece], step: int, indent: int) -> list[str]:
    return [line for item in items for line in lines(item, step, indent + step, ",")]
