"""A comparison as a comment on a pull request: the verdict, one table of what changed, and the rest folded away."""

from __future__ import annotations

from seawall.diff.factors import bare, equation
from seawall.diff.limits import Limits, objections
from seawall.diff.model import Comparison

from ..format import Screen
from ..markdown import LIMIT, RESERVE, fitting
from ..markup import bullet, cell, code, prose
from .format import DiffFormat
from .sentences import Group, cause, groups, matched, verdict
from .text import sections

_HEAD = (
    "| | place | runs for one event | factors before | factors now | what changed |\n"
    "| --- | --- | --- | --- | --- | --- |\n"
)
_FOR_TABLE = 20_000


def render(comparison: Comparison, limits: Limits, _screen: Screen) -> str:
    """The comment."""
    found = groups(comparison)
    text = f"## Seawall {prose(verdict(comparison, limits))}\n\n{prose(matched(comparison))}.\n\n"
    why = [f"{bullet(prose(each))}\n" for each in objections(comparison, limits)]
    text += fitting("reason", "", why, _FOR_TABLE)
    text += fitting("row", _HEAD, [_row(group) for group in found], 2 * _FOR_TABLE)
    blocks = [_folded("figures in full", [line for group in found for line in _figures(group)])] if found else []
    blocks += [_folded(f"{title} ({len(entries):,})", [bullet(prose(each)) for each in entries])
               for title, entries in sections(comparison) if entries]  # fmt: skip
    text += fitting("section", "", blocks, LIMIT - RESERVE - len(text))
    return text.rstrip() + "\n"


def _row(group: Group) -> str:
    factors = group.first.factors
    names = "<br>".join(code(site) for site in group.sites[:3])
    more = f"<br>and {len(group.sites) - 3:,} more" if len(group.sites) > 3 else ""
    cells = (
        group.first.direction.value,
        names + more,
        prose(group.runs),
        "" if factors is None else prose(bare(factors.before)),
        "" if factors is None else prose(bare(factors.now)),
        prose(cause(group)),
    )
    return f"| {' | '.join(map(cell, cells))} |\n"


def _figures(group: Group) -> list[str]:
    factors = group.first.factors
    if factors is None:
        return []
    return [
        bullet(", ".join(code(site) for site in group.sites)),
        f"  {bullet(f'before: {prose(equation(factors.before))}')}",
        f"  {bullet(f'now: {prose(equation(factors.now))}')}",
    ]


def _folded(title: str, lines: list[str]) -> str:
    return "\n".join(
        [f"<details><summary>{title[:1].upper()}{title[1:]}</summary>", "", *lines, "", "</details>", "", ""]
    )


FORMAT = DiffFormat("markdown", ".md", render)
