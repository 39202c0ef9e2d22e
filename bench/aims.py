"""What was aimed at, and whether this run reached it: said of the figures that its tables noted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .processes import table

FIGURES: dict[str, float] = {}
"""What the tables of this run measured, by name."""


def note(name: str, figure: float) -> None:
    """Keep a figure for the judgement; of several by one name the largest."""
    FIGURES[name] = max(figure, FIGURES.get(name, figure))


@dataclass(frozen=True, slots=True)
class Aim:
    """A figure and its limit, with what it was before."""

    text: str
    figure: str
    limit: float
    before: str
    shown: Callable[[float], str]
    at_least: bool = False

    def row(self) -> list[str]:
        """Aim, before, now, reached."""
        found = FIGURES.get(self.figure)
        if found is None:
            return [self.text, self.before, "not measured", ""]
        reached = found >= self.limit if self.at_least else found <= self.limit
        return [self.text, self.before, self.shown(found), "yes" if reached else "no"]


def _seconds(found: float) -> str:
    return f"{found:.3f} s"


def _times(found: float) -> str:
    return f"{found:.1f}"


def _exponent(found: float) -> str:
    return f"{found:.2f}"


def _percent(found: float) -> str:
    return f"{found:.0%}"


AIMS = (
    Aim("a start of at most 0.15 s of processor time", "start", 0.15, "0.142 s", _seconds),
    Aim("with a SAM template at most 0.2 s", "start with SAM", 0.2, "0.44 s", _seconds),
    Aim("at least 10 times as fast as cfn-lint on one template", "lint of one", 10, "6.4", _times, True),
    Aim("at least 50 times as fast on a hundred", "lint of a hundred", 50, "32", _times, True),
    Aim("apps of many units grow with an exponent of at most 1.1", "growth", 1.1, "1.04", _exponent),
    Aim("reading in at most 5 times `json.load`", "reading", 5, "7.5", _times),
    Aim("everything in at most 5 times `json.load`, one template", "load of one", 5, "8.5", _times),
    Aim("JSON, HTML and SARIF in at most 1.5 times of text, real templates", "formats", 1.5, "", _times),
    Aim("`seawall.guard(app)`: at most a quarter of a bare synth", "guard", 0.25, "", _percent),
    Aim("the same without the CDK's own checks", "guard without checks", 0.25, "", _percent),
    Aim("at most 10 times the input in memory, apps of 10,000 resources and more", "memory", 10, "27", _times),
)


def aims() -> str:
    """The table, judged by this run alone."""
    return table(("aim", "before", "now", "reached"), [aim.row() for aim in AIMS])
