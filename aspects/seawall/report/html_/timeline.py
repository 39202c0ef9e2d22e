"""A course of events that ends with an image gone, as a small drawing: pushes, deployments, and the moment of loss."""

from __future__ import annotations

import re
from itertools import groupby
from math import log10

from seawall.images.witness import Do, Step, Witness

from ..words import plural
from .elements import Safe, join, tag
from .parts import name

EVENT = re.compile(r"day \d+: ")
"""How a line of a course of events begins."""

_BASE, _LEFT, _WIDTH = 44, 3.0, 94.0
"""The line's height in pixels; where it begins and how long it is, in percent of the drawing."""


def timeline(witness: Witness, number: int) -> Safe:
    """The drawing, and below it the same in words."""
    loss = witness.loss
    title, text = f"course-{number}-title", f"course-{number}-text"
    pushes = sum(step.do is Do.PUSH for step in witness.steps)
    drawing = tag(
        "svg",
        tag("title", f"{loss.image} is {loss.outcome} on day {loss.day}", id=title),
        tag("desc", f"{pushes:,} pushed in {plural(loss.day, 'day')}, then the loss, as listed below", id=text),
        tag("line", x1=_x(0, loss.day), x2=_x(loss.day, loss.day), y1=_BASE, y2=_BASE, class_="axis"),
        (_day(day, list(steps), loss.day) for day, steps in groupby(witness.steps, key=lambda step: step.day)),
        tag("circle", cx=_x(loss.day, loss.day), cy=_BASE, r=8, class_="loss"),
        tag("text", "×", x=_x(loss.day, loss.day), y=_BASE + 5, class_="loss-sign", text_anchor="middle"),  # noqa: RUF001
        role="img", aria_labelledby=title, aria_describedby=text, height=60, width="100%",
    )  # fmt: skip
    ends = tag("div", tag("span", "day 0"), tag("span", f"day {loss.day}: gone"), class_="ends", aria_hidden="true")
    key = tag("p", tag("i", class_="key push"), "pushes ", tag("i", class_="key deploy"), "deployed ",
              tag("i", class_="key gone"), "deleted or archived", class_="keys", aria_hidden="true")  # fmt: skip
    course = [_said(line) for line in witness.timeline()]
    return tag("figure", drawing, ends, key, tag("ol", course, class_="course"), class_="timeline")


def _day(day: int, steps: list[Step], last: int) -> Safe:
    """A bar for the pushes of a day, as high as there are many, and a mark for a deployment."""
    x = _x(day, last)
    pushes = sum(step.do is Do.PUSH for step in steps)
    height = min(8 + round(14 * log10(pushes)), _BASE - 4) if pushes else 0
    bar = tag("line", x1=x, x2=x, y1=_BASE, y2=_BASE - height, class_="push") if pushes else None
    deployed = any(step.do is Do.DEPLOY for step in steps)
    return join(bar, tag("circle", cx=x, cy=_BASE, r=5, class_="deploy") if deployed else None)


def _x(day: int, last: int) -> str:
    return f"{_LEFT + _WIDTH * day / max(last, 1):.2f}%"


def _said(line: str) -> Safe:
    day, _, what = line.partition(": ")
    return tag("li", tag("b", day), " ", name(what), class_="gone" if " acts: " in what else None)
