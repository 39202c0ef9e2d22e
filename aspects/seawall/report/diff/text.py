"""A comparison as text for people: the verdict, why, then each difference with what made it."""

from __future__ import annotations

from collections.abc import Iterable

from seawall.baseline.difference import Direction
from seawall.diff.factors import equation
from seawall.diff.limits import Limits, objections
from seawall.diff.model import Comparison, DiffStatus

from ..format import Screen
from ..styled_text import PROSE_WIDTH, Line, painted, say, wrap
from .format import DiffFormat
from .sentences import cause, finding_said, gap_said, groups, image_said, loop_said, matched, moved, verdict

_SHOWN = 20
_STYLES = {
    Direction.WORSE: "bold red",
    Direction.UNCLEAR: "bold yellow",
    Direction.BETTER: "bold green",
    Direction.SAME: "dim",
}


def render(comparison: Comparison, limits: Limits, screen: Screen) -> str:
    """The comparison."""
    fails = objections(comparison, limits)
    width = min(screen.width, PROSE_WIDTH)
    lines = wrap(say((verdict(comparison, limits), "bold red" if fails else "bold green")), width, hang="  ")
    lines += wrap(say((matched(comparison), "dim")), width, hang="  ")
    lines += _listed("why it fails", fails, screen)
    for group in groups(comparison):
        lines += [Line(), *_group(group.first.direction, f"{group.runs}  {', '.join(group.sites)}", screen)]
        factors = group.first.factors
        if factors is not None:
            lines += wrap(say(cause(group)), width, "  = ", "    ")
            lines += wrap(say(("before: ", "dim"), equation(factors.before)), width, "    ", "            ")
            lines += wrap(say(("now:    ", "dim"), equation(factors.now)), width, "    ", "            ")
    for title, entries in sections(comparison):
        lines += _listed(title, entries, screen)
    return painted(lines, screen.color)


def sections(comparison: Comparison) -> Iterable[tuple[str, list[str]]]:
    """Everything but changed sites, under its title."""
    words = ((DiffStatus.GAINED, "new"), (DiffStatus.CHANGED, "changed"), (DiffStatus.LOST, "gone"))
    for fate, word in words:
        yield f"{word} loops", [loop_said(each) for each in comparison.loops if each.fate is fate]
    for fate, word in words:
        yield f"{word} findings", [finding_said(each) for each in comparison.findings if each.fate is fate]
    yield "images", [image_said(each) for each in comparison.images]
    yield "not understood any more", [gap_said(each) for each in comparison.gaps if each.fate is DiffStatus.GAINED]
    yield "understood now", [gap_said(each) for each in comparison.gaps if each.fate is DiffStatus.LOST]
    yield "places gained", list(moved(comparison, DiffStatus.GAINED))
    yield "places lost", list(moved(comparison, DiffStatus.LOST))


def _group(direction: Direction, said: str, screen: Screen) -> list[Line]:
    word = {Direction.UNCLEAR: "cannot be compared", Direction.SAME: "throttled runs only"}.get(
        direction, direction.value
    )
    return wrap(say((word, _STYLES[direction]), f" {said}"), min(screen.width, PROSE_WIDTH), hang="  ")


def _listed(title: str, entries: Iterable[str], screen: Screen) -> list[Line]:
    found = list(entries)
    if not found:
        return []
    width = min(screen.width, PROSE_WIDTH)
    shown = found[:_SHOWN]
    lines = [Line(), say((f"{title}:", "bold"))]
    lines += [line for entry in shown for line in wrap(say(entry), width, "  - ", "    ")]
    if len(found) > len(shown):
        lines += wrap(
            say((f"and {len(found) - len(shown):,} more (--format json lists all)", "dim")), width, "  ", "  "
        )
    return lines


FORMAT = DiffFormat("text", ".txt", render)
