"""Small things that several sections show."""

from __future__ import annotations

import re
from collections.abc import Sequence

from seawall.graph import Bound
from seawall.retries import Count
from seawall.words import plural

from .elements import Child, Safe, join, lines, tag

_BREAK = re.compile(r"(?<=\w[/#:_=-])(?=\w)|(?<=[A-Za-z][.,])(?=[A-Za-z])")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def name(text: str) -> Safe:
    """A name or a sentence that may break behind its separators, so that it fits a phone."""
    return _breaking(_BREAK.split(text))


def tight(text: str) -> Safe:
    """A name that may break inside its words too, for narrow places."""
    return _breaking([_breaking(_HUMP.split(part)) for part in _BREAK.split(text)])


def _breaking(parts: Sequence[Child]) -> Safe:
    return join(parts[:1], ((tag("wbr"), part) for part in parts[1:]))


def site(text: str) -> Safe:
    """The id of a site: its stack pale, the rest strong. It may break inside its words too."""
    stack, slash, rest = text.partition("/")
    if not rest:
        stack, slash, rest = "", "", text
    pale = tag("span", name(stack), slash, tag("wbr"), class_="stack") if stack else None
    return tag("span", pale, tight(rest), class_="site")


def code(text: str) -> Safe:
    """Something to be read letter by letter."""
    return tag("code", name(text))


def badge(kind: str, text: str) -> Safe:
    """A word in the colour of what it says."""
    return tag("span", text, class_=f"badge {kind}")


def block(text: str, label: str) -> Safe:
    """Something to be copied."""
    return tag("pre", tag("code", lines(text)), class_="copy", tabindex=0, role="group", aria_label=label)


def folded(summary: Child, *body: Child, **attributes: str | bool | None) -> Safe:
    """A part that opens on demand."""
    return tag("details", tag("summary", summary), body, **attributes)


def left_out(number: int, what: str, where: str, of: str = "") -> Safe:
    """A word on what there was no room for; empty where there was room for all."""
    text = f"Left out for want of room: {of}{plural(number, what)}. {where}"
    return tag("p", text, class_="left-out") if number > 0 else join()


def count_word(count: Count) -> str:
    """A count, or what keeps it from being given."""
    if count.exact:
        return f"{count.value:,}"
    return "until expiry" if count.bounded_by is Bound.TIME and count.value <= 1 else f"at least {count.value:,}"


def data_table(caption: str, head: Sequence[tuple[str, str]], rows: Child, **attributes: str) -> Safe:
    """A table: for each column its title and class."""
    cells = (tag("th", title, scope="col", class_=kind or None) for title, kind in head)
    return tag("table", tag("caption", caption), tag("thead", tag("tr", cells)), tag("tbody", rows), **attributes)
