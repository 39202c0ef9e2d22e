"""How the courses of a plan may end where nothing that works fails, and which steps all of them pass.

One pass over the steps, those that follow first, answers for all of them, so that what one step changes is told without
walking the plan for it. The steps that every course to an end passes are the post-dominators of graph theory:
https://doi.org/10.1145/357062.357071 (Lengauer and Tarjan 1979); bits in a number hold them here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import TypeAlias

from msgspec import Struct

from seawall.graph import Plan, StateStep, class_of

from .components import strong_components

End: TypeAlias = "str | None"
"""None where a course succeeds, else the signal that it fails with."""


def onward(step: StateStep, end: End) -> tuple[tuple[str, ...], bool]:
    """Where the course goes on when `step` has ended so, and whether it may end here."""
    if end is None:
        return step.next, not step.next
    targets = step.caught.get(end, step.caught.get(class_of(end), ()))
    if step.fails:
        return (), True
    if step.escapes is None or not targets:
        return targets, not targets
    return targets, end in step.escapes or class_of(end) in step.escapes


class PlanShape(Struct, frozen=True):
    """What may follow each step of a plan in which no way leads back."""

    steps: Mapping[str, tuple[str, ...]]
    """By site: its steps."""
    bit: Mapping[str, int]
    ahead: Mapping[str, int]
    """By step: bits of the steps that a course may come to from it on, itself included."""
    ends: Mapping[str, Mapping[End, int]]
    """By step: how a course may end from it on, each with the bits of the steps that all courses to that end pass."""

    order: tuple[str, ...] | None
    """Its steps, those that follow first; None where a way leads back as soon as something fails."""

    def leads(self, start: str, step: str) -> bool:
        """Whether a course from `start` on may come to a step."""
        return bool(self.ahead[start] & self.bit[step])

    def ends_without(self, start: str, step: str) -> Iterable[End]:
        """How a course from `start` on may end that does not come to a step."""
        bit = self.bit[step]
        return (end for end, passed in self.ends[start].items() if not passed & bit)


def shape_of(plan: Plan, ends_of: Callable[[StateStep], Iterable[End]]) -> PlanShape | None:
    """The shape of a plan; `ends_of` tells how a step may end by itself. None where a way leads back."""
    own = {name: tuple(ends_of(step)) for name, step in plan.steps.items()}
    after = {name: [(end, *onward(plan.steps[name], end)) for end in ends] for name, ends in own.items()}
    bit = {name: 1 << number for number, name in enumerate(plan.steps)}
    ahead: dict[str, int] = {}
    ends: dict[str, dict[End, int]] = {}
    under_way: set[str] = set()
    stack = [*plan.steps]
    while stack:
        name = stack[-1]
        if name in ends:
            stack.pop()
            continue
        waiting = [each for _, targets, _ in after[name] for each in targets if each not in ends]
        if waiting:
            if name in under_way:
                return None
            under_way.add(name)
            stack += waiting
            continue
        stack.pop()
        ahead[name] = bit[name]
        passed = ends[name] = {}
        for end, targets, ends_here in after[name]:
            if ends_here:
                passed[end] = bit[name]
            for following in targets:
                ahead[name] |= ahead[following]
                for last, bits in ends[following].items():
                    passed[last] = passed.get(last, bits) & bits | bit[name]
    steps: dict[str, list[str]] = {}
    for name, step in plan.steps.items():
        steps.setdefault(step.site, []).append(name)
    return PlanShape({site: tuple(names) for site, names in steps.items()}, bit, ahead, ends, _order(plan))


def _order(plan: Plan) -> tuple[str, ...] | None:
    after = {name: (*step.next, *chain.from_iterable(step.caught.values())) for name, step in plan.steps.items()}
    order: list[str] = []
    for together in strong_components(after):
        if len(together) > 1 or together[0] in after[together[0]]:
            return None
        order += together
    return tuple(order)
