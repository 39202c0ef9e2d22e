"""A plan that is another one in another world, as one that may take either course.

A deployment has one of the two: figures that rest on both together are upper bounds.
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from itertools import chain, zip_longest

from msgspec.structs import replace

from .model import Plan, StateStep


def either(one: Plan | None, other: Plan | None) -> Plan | None:
    """A plan with the courses of both; each as it is where they differ in nothing that matters to a course."""
    if one is None or other is None or _courses(one) == _courses(other):
        return one or other
    without = _both(one.timeless or one, other.timeless or other)
    clocks = [each.clock for each in (one, other) if each.clock is not None or _comes_back(each)]
    longest = max((clock for clock in clocks if clock is not None), default=None)
    if longest is None or None in clocks:
        return without
    return replace(_both(one, other), clock=longest, timeless=without)


def _both(one: Plan, other: Plan) -> Plan:
    """The courses of both as they are."""
    taken = {*one.steps, *one.branches, *other.steps, *other.branches}
    names = {name: _free(name, taken) if name in one.steps else name for name in other.steps}
    steps = {**one.steps, **{names[name]: _renamed(step, names) for name, step in other.steps.items()}}
    choosers: dict[tuple[str | None, str | None], str] = {}
    pairs = list(zip_longest(one.branches, (names[name] for name in other.branches)))
    for pair in dict.fromkeys(pairs):
        first, second = pair
        name = choosers[pair] = _free(f"{first} or {second}", taken)
        idle = StateStep(_free(f"{name}, not", taken))
        steps[idle.site] = idle
        steps[name] = StateStep(name, (first or idle.site, second or idle.site), chooses=True)
    return Plan(
        tuple(choosers[pair] for pair in pairs),
        steps,
        fails_as=one.fails_as if one.fails_as == other.fails_as else None,
        laps={**other.laps, **one.laps},
        items=max(one.items, other.items),
        at_once=one.at_once if one.at_once == other.at_once else None,
        history=one.history if one.history == other.history else None,
        mixed=True,
    )


def _comes_back(plan: Plan) -> bool:
    """Whether some course may come to a site more than once, as if nothing ended it."""
    after: dict[str, set[str]] = {step.site: set() for step in plan.steps.values()}
    for step in plan.steps.values():
        following = (*step.next, *chain.from_iterable(step.caught.values()))
        after[step.site].update(plan.steps[name].site for name in following)
    try:
        TopologicalSorter(after).prepare()
    except CycleError:
        return True
    return False


def _free(name: str, taken: set[str]) -> str:
    """`name`, or a longer one where that is taken; from now on it is."""
    while name in taken:
        name = f"{name} or else"
    taken.add(name)
    return name


def _renamed(step: StateStep, names: dict[str, str]) -> StateStep:
    caught = {signal: tuple(names[name] for name in targets) for signal, targets in step.caught.items()}
    return replace(step, next=tuple(names[name] for name in step.next), caught=caught)


def _courses(plan: Plan) -> object:
    """What makes the courses of a plan; entries of a history are counted low anyway."""
    steps = tuple((name, replace(step, events=0)) for name, step in plan.steps.items())
    own = (plan.branches, steps, plan.fails_as, plan.clock, plan.items, plan.at_once, plan.history, sorted(plan.laps))
    return own, plan.timeless and _courses(plan.timeless)
