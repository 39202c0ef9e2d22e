"""Which way through a definition an event of a replay takes, where no data of the app exists.

What the model knows of the data decides it: a state that a counter leads to again and again stands there once for each
count, so that a Choice on that count takes the branch that the count says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from seawall.graph import Plan, StateStep

_NUMBERED = re.compile(r"(.+) @\d+")


def plain(name: str) -> str:
    """A state as the definition calls it.

    >>> plain("Charge @17"), plain("Charge")
    ('Charge', 'Charge')
    """
    found = _NUMBERED.fullmatch(name)
    return found[1] if found else name


class ReplayedCourse:
    """The states of one branch, named apart by what they are entered with; as they are where no plan is known."""

    def __init__(self, states: Mapping[str, Mapping[str, Any]], plan: Plan | None, signals: Sequence[str]) -> None:
        """`signals` are those that the failure of the replay shows, the most special one first."""
        self._states = states
        self._signals = signals
        self._steps: dict[str, StateStep] = {}
        self._names: dict[str, str] = {}
        for key, step in plan.steps.items() if plan is not None else ():
            name = step.site.rpartition("#")[2]
            if name in states:
                number = key.removeprefix(step.site).removeprefix("@")
                self._names[key] = f"{name} @{number}" if number else name
                self._steps[self._names[key]] = step

    def ending(self, name: str) -> str | None:
        """The error with which the execution ends at a state that is none to fail."""
        step = self._steps.get(name)
        if step is None or step.fails is None or self._states[plain(name)].get("Type") == "Fail":
            return None
        return step.fails.partition(":")[2] or "States.Timeout"

    def options(self, name: str) -> Sequence[str]:
        """Where a Choice may lead."""
        step = self._steps.get(name)
        if step is not None and step.next:
            return self._named(step.next)
        state = self._states[plain(name)]
        found = [str(rule.get("Next")) for rule in state.get("Choices", []) if isinstance(rule, dict)]
        return found + ([str(state["Default"])] if "Default" in state else [])

    def after(self, name: str, following: str) -> str:
        """What follows a state under this name."""
        step = self._steps.get(name)
        return self._first(self._named(step.next) if step is not None else (), following)

    def caught(self, name: str, following: str) -> str:
        """Where a catcher leads, for the failure of the replay if it catches that."""
        step = self._steps.get(name)
        if step is None:
            return following
        special = [step.caught[signal] for signal in self._signals if signal in step.caught]
        return self._first(self._named(key for keys in (*special, *step.caught.values()) for key in keys), following)

    def named(self, step: str) -> str | None:
        """The name of a step of the plan; None where no plan is known."""
        return self._names.get(step)

    def _named(self, keys: Any) -> list[str]:
        return [self._names[key] for key in keys if key in self._names]

    def _first(self, names: Sequence[str], following: str) -> str:
        if following in names:
            return following
        return next((each for each in names if plain(each) == following), following)
