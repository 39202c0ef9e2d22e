"""Runs that go on although nobody waits for them any more, as two bars over time: who waits, and the work itself."""

from __future__ import annotations

from seawall.graph import in_words
from seawall.graph.waiting import ShortWait
from seawall.retries import Analysis
from seawall.retries.abandoned import Abandoned
from seawall.rules import Finding
from seawall.rules.outlived_caller import RULE

from .elements import Safe, tag
from .parts import name

_MOST = 4
"""Starts that are drawn."""
_ROW, _BAR, _GAP = 34, 11, 3
"""Heights in pixels: of a start, of a bar, between its two bars."""


def overlap(analysis: Analysis, finding: Finding, anchor: str) -> Safe | None:
    """The drawing of one finding, with the same in words below; None where the finding is about something else."""
    if finding.rule != RULE.id:
        return None
    about = finding.site if finding.site in analysis.abandoned and finding.attempts is not None else finding.also[0]
    found = analysis.abandoned.get(about)
    return None if found is None else _drawn(found, f"{anchor}-overlap")


def _drawn(found: Abandoned, identity: str) -> Safe:
    wait = found.waits[0]
    starts = found.starts[:_MOST]
    end = max(starts[-1] + wait.works, wait.seconds)
    height = _ROW * len(starts) + 2
    said = (
        f"{wait.hop.source} waits {in_words(wait.seconds)} each time; a run of {found.site} may take "
        f"{in_words(wait.works)}"
    )
    drawing = tag(
        "svg",
        tag("title", said, id=identity),
        (_start(row, start, wait, end) for row, start in enumerate(starts)),
        role="img",
        aria_labelledby=identity,
        height=height,
        width="100%",
    )
    ends = tag("div", tag("span", "t+0"), tag("span", f"t+{in_words(end)}"), class_="ends", aria_hidden="true")
    key = tag(
        "p",
        tag("span", tag("i", class_="key waits"), name(f"{wait.hop.source} waits")),
        tag("span", tag("i", class_="key works"), name(f"{found.site} works")),
        tag("span", tag("i", class_="key alone"), "works on, with nobody waiting"),
        class_="keys",
        aria_hidden="true",
    )
    left = len(found.starts) - len(starts)
    more = tag("p", f"Not drawn: {left:,} later starts.", class_="factors") if left else None
    return tag("figure", drawing, ends, key, more, class_="timeline overlap")


def _start(row: int, start: float, wait: ShortWait, end: float) -> tuple[Safe, ...]:
    """One try: how long it is waited for, and how long the work may go on."""
    top = row * _ROW + 2
    below = top + _BAR + _GAP
    given_up = min(start + wait.seconds, end)
    return (
        _bar(start, given_up, top, end, "waits"),
        _bar(start, given_up, below, end, "works"),
        _bar(given_up, min(start + wait.works, end), below, end, "alone"),
    )


def _bar(start: float, stop: float, top: int, end: float, kind: str) -> Safe:
    at, width = 100 * start / end, max(100 * (stop - start) / end, 0.4)
    return tag("rect", x=f"{at:.2f}%", y=top, width=f"{width:.2f}%", height=_BAR, rx=2, class_=kind)
