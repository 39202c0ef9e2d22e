"""HTML that is safe by default: whatever is not `Safe` is escaped where it enters an element."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

from ..escape import clean


class Safe(str):
    """Text that is markup already. Only `tag` and its neighbours here make it; joined to a `str` it is one again."""

    __slots__ = ()


Child: TypeAlias = str | int | Iterable["Child"] | None
"""What stands in an element. None is left out."""

Attribute: TypeAlias = "str | int | bool | None"

_EMPTY = frozenset({"br", "input", "link", "meta", "wbr"})
_BREAKS = frozenset(
    {"article", "details", "div", "dl", "figure", "footer", "h1", "h2", "h3", "h4", "header", "li", "link", "main",
     "meta", "nav", "ol", "p", "pre", "script", "section", "style", "summary", "svg", "table", "tbody", "thead",
     "title", "tr", "ul"}
)  # fmt: skip
"""Elements with a line end behind them, so that two reports can be compared line by line."""


def tag(name: str, /, *children: Child, **attributes: Attribute) -> Safe:
    r"""An element. ``class_`` reads `class`, ``aria_label`` `aria-label`; True is a bare attribute, None and False
    are none.

    >>> tag("p", "a < b", tag("b", 5), class_="x", hidden=True, title=None)
    '<p class="x" hidden>a &lt; b<b>5</b></p>\n'
    """
    opening = "".join(_attribute(key, value) for key, value in attributes.items())
    end = "\n" if name in _BREAKS else ""
    if name in _EMPTY:
        return Safe(f"<{name}{opening}>{end}")
    return Safe(f"<{name}{opening}>{join(children)}</{name}>{end}")


def join(*children: Child) -> Safe:
    """Several things beside each other."""
    return Safe("".join(map(_shown, children)))


def lines(text: str) -> Safe:
    """Text of several lines, for an element that keeps them."""
    return Safe("\n".join(_shown(line) for line in text.splitlines()))


def verbatim(text: str) -> Safe:
    """Text of this package, such as a style sheet, that goes into the page as it is."""
    return Safe(text)


def _shown(child: Child) -> str:
    if child is None or isinstance(child, Safe):
        return child or ""
    if isinstance(child, (str, int)):
        return escape(clean(str(child)))
    return "".join(map(_shown, child))


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(clean(str(value)))}"'
