"""The worst courses to every step of a container at once: two passes over its plan, not one for each step.

A step that works is on some course to an end if it can be reached, and the end can be reached from it. What it runs
then does not depend on the rest of the course, so that one pass forwards and one backwards answer for all steps.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import TypeAlias

from msgspec import Struct, field

from seawall.graph import Flow, Plan, StateStep

from .executions import Course, Courses, End, Pick, factor_of, onward

_Picks: TypeAlias = "dict[str, dict[End, Pick]]"
"""By step: the factors down to it on the worst course to each end."""


class _Found(Struct):
    """What one run of a container comes to."""

    ends: set[End]
    picks: _Picks
    """Of steps that its ordinary course leads to."""
    asides: _Picks
    """Of every step, on a course that begins with it: for those that only another failure leads to."""
    ends_aside: set[End] = field(default_factory=set)
    """The ends on such a course outside, on which whatever fails is reached, by other failures if need be."""


class _Branch(Struct):
    after: dict[str, dict[End, set[End]]]
    """By step and its own end: the ends of the branch that are possible then."""
    reached: set[str]


class _EndlessError(Exception):
    """A way leads back: courses have to be walked."""


def every_course(flow: Flow, container: str, failing: Mapping[str, str]) -> Mapping[str, Courses] | None:
    """By step that works, at whatever depth: the courses of one run of `container` that count it.

    `failing` names the steps that fail. None where a way in it leads back to a step.
    """
    try:
        found = _found(flow, container, failing)
    except _EndlessError:
        return None
    return {
        step: {end: Course(pick.count, (pick,)) for end, pick in (found.picks.get(step) or picks).items()}
        for step, picks in found.asides.items()
    }


def _found(flow: Flow, container: str, failing: Mapping[str, str]) -> _Found:
    plan = flow.sites[container].plan
    if plan is None:
        return _Found({None}, {}, {}, {None})
    sites = [step.site for step in plan.steps.values() if step.site in flow.sites]
    if plan.timeless is not None or plan.items != 1 or len(sites) > len(set(sites)):
        raise _EndlessError
    inner: dict[str, _Found] = {}
    holding = _holding(flow, failing)
    for step in plan.steps.values():
        site = flow.sites.get(step.site)
        if site is not None and site.plan is not None:
            inner[step.site] = _inner(flow, step.site, failing, holding)
    own = {name: _own(flow, step, failing, inner) for name, step in plan.steps.items()}
    last = _last(plan, own)
    branches = [_reached(plan, start, own) for start in plan.branches]
    ends = [set().union(*(last[start][end] for end in own[start])) for start in plan.branches]
    found = _Found(set(), {}, {})
    for number, reached in enumerate(branches):
        others = [each for other, each in enumerate(ends) if other != number]
        for name in plan.steps:
            if name in reached:
                for leaf, picks in _inside(flow, plan.steps[name], last, inner, failing, holding):
                    _merge(found.picks, leaf, _beside(picks, others))
    found.ends = _together(ends)
    reached_aside = {
        name: tuple(inner[step.site].ends_aside) if step.site in inner and step.site in holding else own[name]
        for name, step in plan.steps.items()
    }
    last = _last(plan, reached_aside)
    for step in plan.steps.values():
        for leaf, picks in _aside(flow, step, last, inner, failing):
            _merge(found.asides, leaf, picks)
    touched = [name for name, step in plan.steps.items() if step.site in failing or step.site in holding]
    found.ends_aside = set().union(*(each for name in touched for each in last[name].values())) or found.ends
    return found if plan.fails_as is None else _outward(found, plan.fails_as)


def _holding(flow: Flow, failing: Iterable[str]) -> set[str]:
    """Containers around the steps that fail."""
    found: set[str] = set()
    for step in failing:
        inside = flow.sites[step].inside
        while inside is not None and inside not in found:
            found.add(inside)
            inside = flow.sites[inside].inside
    return found


def _inner(flow: Flow, container: str, failing: Mapping[str, str], holding: Container[str]) -> _Found:
    """What runs in a step; where nothing fails in it, that is the same in every case."""
    if container in holding or flow.instead:  # other tries would be remembered beside those of the flow
        return _found(flow, container, failing if container in holding else {})
    known: dict[str, _Found] = flow.memory.setdefault("courses where nothing fails", {})
    if container not in known:
        known[container] = _found(flow, container, {})
    return known[container]


def _own(flow: Flow, step: StateStep, failing: Mapping[str, str], inner: Mapping[str, _Found]) -> tuple[End, ...]:
    """How a step can end."""
    if step.fails:
        return (step.fails,)
    site = flow.sites.get(step.site)
    if site is None or site.inside is None:
        return (None,)
    if step.site in failing:
        return (failing[step.site],)
    return tuple(inner[step.site].ends) if step.site in inner else (None,)


def _last(plan: Plan, own: Mapping[str, tuple[End, ...]]) -> dict[str, dict[End, set[End]]]:
    """By step and its own end: the ends of the branch that can follow."""
    found: dict[str, dict[End, set[End]]] = {}
    for start in plan.steps:
        stack, under_way = [start], set[str]()
        while stack:
            name = stack[-1]
            if name in found:
                stack.pop()
                continue
            after = {end: onward(plan.steps[name], end) for end in own[name]}
            waiting = [each for targets, _ in after.values() for each in targets if each not in found]
            if waiting:
                if name in under_way:
                    raise _EndlessError
                under_way.add(name)
                stack += waiting
                continue
            stack.pop()
            found[name] = {
                end: ({end} if ends_here else set()).union(*(last for each in targets for last in found[each].values()))
                for end, (targets, ends_here) in after.items()
            }
    return found


def _reached(plan: Plan, start: str, own: Mapping[str, tuple[End, ...]]) -> set[str]:
    seen, stack = {start}, [start]
    while stack:
        name = stack.pop()
        for end in own[name]:
            for each in onward(plan.steps[name], end)[0]:
                if each not in seen:
                    seen.add(each)
                    stack.append(each)
    return seen


def _inside(
    flow: Flow,
    step: StateStep,
    last: Mapping[str, Mapping[End, set[End]]],
    inner: Mapping[str, _Found],
    failing: Mapping[str, str],
    holding: Container[str],
) -> Iterable[tuple[str, dict[End, Pick]]]:
    """The steps that work in one step, or the step itself, with the ends of the branch."""
    site = flow.sites.get(step.site)
    if step.fails or site is None or site.inside is None or step.site in failing:
        return
    within = inner.get(step.site)
    if within is None or step.site not in holding or None in within.ends:  # a container as a step of its own that works
        alone = Pick(step.site, (factor_of(flow, step.site, None),))
        yield step.site, dict.fromkeys(_following(step, None, last), alone)
    if within is None:
        return
    ends = {end for by_end in within.picks.values() for end in by_end}
    around = {end: (factor_of(flow, step.site, end), _following(step, end, last)) for end in ends}
    for leaf, by_end in within.picks.items():
        picks: dict[End, Pick] = {}
        for end, pick in by_end.items():
            tried, following = around[end]
            outer = Pick(leaf, (tried, *pick.factors))
            for each in following:
                _keep(picks, each, outer)
        yield leaf, picks


def _aside(
    flow: Flow,
    step: StateStep,
    last: Mapping[str, Mapping[End, set[End]]],
    inner: Mapping[str, _Found],
    failing: Mapping[str, str],
) -> Iterable[tuple[str, dict[End, Pick]]]:
    """The same on a course that begins with the step, beside which nothing runs."""
    site = flow.sites.get(step.site)
    if step.fails or site is None or site.inside is None or step.site in failing:
        return
    alone = Pick(step.site, (factor_of(flow, step.site, None),))
    yield step.site, dict.fromkeys(_following(step, None, last), alone)
    for leaf, by_end in inner[step.site].asides.items() if step.site in inner else ():
        picks: dict[End, Pick] = {}
        for end, pick in by_end.items():
            outer = Pick(leaf, (factor_of(flow, step.site, end), *pick.factors))
            for each in _following(step, end, last):
                _keep(picks, each, outer)
        yield leaf, picks


def _following(step: StateStep, end: End, last: Mapping[str, Mapping[End, set[End]]]) -> set[End]:
    """The ends of the branch that are possible after a step that ends so."""
    targets, ends_here = onward(step, end)
    after = (each for target in targets for each in last[target].values())
    return ({end} if ends_here else set[End]()).union(*after)


def _beside(picks: Mapping[End, Pick], others: list[set[End]]) -> dict[End, Pick]:
    """With what the other branches can end in."""
    found: dict[End, Pick] = {}
    if None in picks and all(None in ends for ends in others):
        found[None] = picks[None]
    for end, pick in picks.items():
        if end is not None:
            _keep(found, end, pick)
    if picks:
        worst = max(picks.values(), key=lambda pick: pick.count.weight)
        for end in set().union(*others) - {None}:
            _keep(found, end, worst)
    return found


def _together(branches: list[set[End]]) -> set[End]:
    found: set[End] = {end for ends in branches for end in ends if end is not None}
    return found | {None} if all(None in ends for ends in branches) else found


def _outward(found: _Found, fails_as: str) -> _Found:
    def renamed(picks: _Picks) -> _Picks:
        made: _Picks = {}
        for step, by_end in picks.items():
            for end, pick in by_end.items():
                _keep(made.setdefault(step, {}), end and fails_as, pick)
        return made

    ends, aside = ({end and fails_as for end in each} for each in (found.ends, found.ends_aside))
    return _Found(ends, renamed(found.picks), renamed(found.asides), aside)


def _merge(found: _Picks, step: str, picks: Mapping[End, Pick]) -> None:
    for end, pick in picks.items():
        _keep(found.setdefault(step, {}), end, pick)


def _keep(found: dict[End, Pick], end: End, pick: Pick) -> None:
    if end not in found or pick.count.weight > found[end].count.weight:
        found[end] = pick
