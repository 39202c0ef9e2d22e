"""A course of events that ends with an image gone, as a small drawing: pushes, deployments, and the moment of loss."""

from __future__ import annotations

from itertools import groupby

from seawall.images.witness import Witness, WitnessAction, WitnessStep
from seawall.words import plural

from ..names import Names
from .elements import Safe, tag
from .parts import name

_BASE = 42
"""The height of the line, in pixels from the top."""
_LEFT, _WIDTH = 3.0, 94.0
"""Where the line begins and how long it is, in percent of the drawing, which is as wide as there is room."""
_MOST_TICKS, _STEP, _ASIDE = 12, 6, 14
"""Ticks drawn for the pushes of one day; pixels from one to the next, and from the day's mark to the first."""


def timeline(witness: Witness, number: int, names: Names) -> Safe:
    """The drawing, and below it the same in words."""
    loss = witness.loss
    title, text = f"course-{number}-title", f"course-{number}-text"
    pushes = sum(step.do is WitnessAction.PUSH for step in witness.steps)
    drawing = tag(
        "svg",
        tag("title", f"{loss.image} is {loss.outcome} on day {loss.day}", id=title),
        tag("desc", f"{pushes:,} pushed in {plural(loss.day, 'day')}, then the loss, as listed below", id=text),
        tag("line", x1=_x(0, loss.day), x2=_x(loss.day, loss.day), y1=_BASE, y2=_BASE, class_="axis"),
        (_day(day, list(steps), loss.day) for day, steps in groupby(witness.steps, key=lambda step: step.day)),
        tag("circle", cx=_x(loss.day, loss.day), cy=_BASE, r=8, class_="loss"),
        tag("text", "×", x=_x(loss.day, loss.day), y=_BASE + 5, class_="loss-sign", text_anchor="middle"),  # noqa: RUF001
        role="img",
        aria_labelledby=title,
        aria_describedby=text,
        height=_BASE + 14,
        width="100%",
    )
    ends = tag("div", tag("span", "day 0"), tag("span", f"day {loss.day}: gone"), class_="ends", aria_hidden="true")
    signs = (("push", "a push"), ("deploy", "deployed"), ("gone", loss.outcome))
    key = tag(
        "p",
        (tag("span", tag("i", class_=f"key {kind}"), word) for kind, word in signs),
        class_="keys",
        aria_hidden="true",
    )
    lines = [names.short(line) for line in witness.timeline()]
    course = [_said(line, gone=number == len(lines)) for number, line in enumerate(lines, 1)]
    return tag("figure", drawing, ends, key, tag("ol", course, class_="course"), class_="timeline")


def _day(day: int, steps: list[WitnessStep], last: int) -> Safe:
    """A tick for each push of a day, beside its place on the line, and a mark for a deployment."""
    pushes = sum(step.do is WitnessAction.PUSH for step in steps)
    onward = 2 * day < last
    way = 1 if onward else -1
    ticks = [
        tag("line", x1=x, x2=x, y1=_BASE - 4, y2=_BASE - 16, class_="push")
        for x in (way * (_ASIDE + _STEP * number) for number in range(min(pushes, _MOST_TICKS)))
    ]
    anchor = "start" if onward else "end"
    label = f"{pushes:,} pushes"
    said = tag("text", label, x=way * (_ASIDE - 2), y=_BASE - 22, class_="pushes", text_anchor=anchor)
    deployed = (
        tag("circle", cx=0, cy=_BASE, r=5, class_="deploy")
        if any(step.do is WitnessAction.DEPLOY for step in steps)
        else None
    )
    return tag("svg", ticks, said if pushes > 1 else None, deployed, x=_x(day, last), overflow="visible")


def _x(day: int, last: int) -> str:
    return f"{_LEFT + _WIDTH * day / max(last, 1):.2f}%"


def _said(line: str, gone: bool) -> Safe:
    return tag("li", name(line), class_="gone" if gone else None)
