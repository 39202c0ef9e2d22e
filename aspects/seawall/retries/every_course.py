"""The worst courses to every step of a container at once: two passes over its plan, not one for each step.

A step is on some course to an end if it can be reached, and the end can be reached from it. What it runs then does not
depend on the rest of the course, so that one pass forwards and one backwards answer for all steps. Steps from which
nothing follows that fails are as they are when nothing fails, and that is worked out once; steps that are alike share
what is worked out of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import TypeAlias

from msgspec import Struct, field

from seawall.graph import Flow, Plan, StateStep

from .count import NONE, Count
from .executions import Pick, factor_of
from .plan_shape import End, onward


class _Part(Struct, frozen=True):
    """How often a step runs on the worst course to one end."""

    count: Count
    end: End
    """How it ends itself; of a step deeper inside, how the container around it does."""
    within: _Part | None = None
    """Its part in that container."""


class StepRuns(Struct, frozen=True, eq=False):
    """By end of a container: the part of a step in the worst course there. Steps that are alike share one."""

    by_end: Mapping[End, _Part]

    @property
    def own_end(self) -> End:
        """How the step itself ends."""
        part = next(iter(self.by_end.values()))
        while part.within is not None:
            part = part.within
        return part.end


_WORKS = (None,)
"""How a step ends in which nothing fails."""
_Leaves: TypeAlias = "tuple[tuple[str, StepRuns], ...]"
_Last: TypeAlias = "Mapping[str, frozenset[End]]"


class _Found(Struct):
    """What one run of a container comes to."""

    ends: frozenset[End] = frozenset({None})
    parts: dict[str, StepRuns] = field(default_factory=dict)
    """Of steps that its ordinary course leads to."""
    asides: dict[str, StepRuns] = field(default_factory=dict)
    """Of every step, on a course that begins with it: for those that only another failure leads to."""
    ends_aside: frozenset[End] = frozenset({None})
    """The ends on such a course outside, on which whatever fails is reached, by other failures if need be."""


class _Steps(Struct):
    """What is known of single steps of a plan, by their names."""

    own: dict[str, tuple[End, ...]] = field(default_factory=dict)
    """How a step can end."""
    last: dict[str, frozenset[End]] = field(default_factory=dict)
    """How a course can end from it on."""
    reached: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Of the first step of a branch: the steps that the branch may come to."""
    inside: dict[str, _Leaves] = field(default_factory=dict)
    """What takes part in a step, or the step itself, with the ends of the branch."""
    aside: dict[str, _Leaves] = field(default_factory=dict)
    """The same on a course that begins with the step, beside which nothing runs."""


class _Usual(Struct):
    """A container in which nothing fails that works."""

    found: _Found
    steps: _Steps


class _EndlessError(Exception):
    """A way leads back: courses have to be walked."""


class EveryStep(Struct, frozen=True, dict=True):
    """What every step of a container takes part in, at whatever depth."""

    plan: Plan
    parts: Mapping[str, StepRuns]
    """By step: its part in the worst course to each end that counts it."""
    reached: Collection[str]
    """Those of them that the ordinary course leads to; of all others, the course begins with the step."""
    own: Mapping[str, tuple[End, ...]]
    """By name of a step of the plan itself: how it can end."""

    def of_all(self, steps: Collection[str]) -> Mapping[End, Count] | None:
        """By end: the most runs of some steps that work, on one course; None where a walk through the plan is shorter,
        or where a step of them is not told.
        """
        there = [step for step in steps if step in self.reached] or steps
        if len(there) ** 2 > len(self.plan.steps) or not all(step in self._number for step in there):
            return None
        ahead = self._ahead
        most: dict[End, Count] = {}
        behind: list[tuple[int, dict[End, Count]]] = []
        for step in sorted(there, key=lambda step: ahead[self._number[step]].bit_count()):  # what follows comes first
            number = self._number[step]
            found: dict[End, Count] = {}
            for end, part in self.parts[step].by_end.items():
                after = [known[end] for bit, known in behind if ahead[number] >> bit & 1 and end in known]
                found[end] = part.count + max(after, key=lambda count: count.weight, default=NONE)
                if end not in most or found[end].weight > most[end].weight:
                    most[end] = found[end]
            behind.append((number, found))
        return most

    @cached_property
    def _number(self) -> Mapping[str, int]:
        """By step that the plan holds in one place: that place."""
        places = Counter(step.site for step in self.plan.steps.values())
        return {
            step.site: number
            for number, step in enumerate(self.plan.steps.values())
            if places[step.site] == 1 and step.site in self.parts
        }

    @cached_property
    def _ahead(self) -> Sequence[int]:
        """By place in the plan: the bits of the places that a course may come to from it on, itself included."""
        numbers = {name: number for number, name in enumerate(self.plan.steps)}
        ahead: dict[str, int] = {}
        for start in self.plan.steps:
            stack = [start]
            while stack:
                name = stack[-1]
                after = [each for end in self.own[name] for each in onward(self.plan.steps[name], end)[0]]
                waiting = [each for each in after if each not in ahead]
                if waiting and name not in ahead:
                    stack += waiting
                    continue
                stack.pop()
                bits = 1 << numbers[name]
                for each in after:
                    bits |= ahead[each]
                ahead[name] = bits
        return [ahead[name] for name in self.plan.steps]


def every_course(flow: Flow, container: str, failing: Mapping[str, str]) -> EveryStep | None:
    """What every step of `container` takes part in.

    `failing` names the steps that fail; all others work. None where a way in it leads back to a step.
    """
    plan = flow.sites[container].plan
    if plan is None:
        return None
    try:
        found, steps = _Case(flow, failing).whole(container)
    except _EndlessError:
        return None
    return EveryStep(plan, {**found.asides, **found.parts}, found.parts.keys(), steps.own)


def pick_of(flow: Flow, container: str, step: str, part: _Part) -> Pick:
    """A step with the factors from `container` down to it."""
    way = [step]
    while (inside := flow.sites[way[-1]].inside) is not None and inside != container:
        way.append(inside)
    factors = []
    within: _Part | None = part
    while within is not None:
        factors.append(factor_of(flow, way.pop(), within.end))
        within = within.within
    return Pick(step, tuple(factors), part.count)


class _Case:
    """What containers come to where some steps fail."""

    def __init__(self, flow: Flow, failing: Mapping[str, str]) -> None:
        self.flow = flow
        self.failing = failing
        self.holding: set[str] = set()
        """Containers around the steps that fail."""
        for step in failing:
            inside = flow.sites[step].inside
            while inside is not None and inside not in self.holding:
                self.holding.add(inside)
                inside = flow.sites[inside].inside
        self._alike: dict[object, StepRuns] = flow.remembered("parts of steps")
        self._known: dict[object, _Leaves] = flow.remembered("parts in steps that work")
        self._held: dict[str, tuple[_Found, _Steps]] = {}
        """What is known of containers around the steps that fail: asked for twice at each depth, so kept."""

    def of(self, container: str) -> _Found:
        return self.whole(container)[0]

    def whole(self, container: str) -> tuple[_Found, _Steps]:
        """The same with what is known of its own steps."""
        if container in self.holding:
            if container not in self._held:
                self._held[container] = self._counted(container)
            return self._held[container]
        usual = _usual(self.flow, container)
        return usual.found, usual.steps

    def _counted(self, container: str) -> tuple[_Found, _Steps]:
        plan = self.flow.sites[container].plan
        if plan is None:
            return _Found(), _Steps()
        if plan.timeless is not None or plan.items != 1:
            raise _EndlessError
        places = _places(self.flow, container, plan)
        touched = [name for site in (*self.failing, *self.holding) for name in places.get(site, ())]
        usual = _known_usual(self.flow, container) if touched else None
        changed = list(plan.steps if usual is None else self.flow.steps_leading_to(container, touched))
        steps = _Steps() if usual is None else _copied(usual.steps)
        inner = self._inner(plan, changed if usual is None else touched)
        own = ((name, self._own(plan.steps[name], inner)) for name in (changed if usual is None else touched))
        steps.own.update(own)
        _end(plan, changed, steps.own, steps.last)
        _meets_no_site_twice(plan, places, changed, steps.own)
        for start in {*plan.branches}.intersection(changed):
            steps.reached[start] = _reached(plan, start, steps.own)
        last_aside = self._last_aside(plan, changed, inner, steps)
        if usual is not None:
            changed = _others_follow(plan, touched, changed, steps, (usual.steps.last, steps.last, last_aside))
            inner = self._inner(plan, changed)
        for name in changed:
            steps.inside[name] = self._leaves(name, plan.steps[name], steps, steps.last, inner, aside=False)
            steps.aside[name] = self._leaves(name, plan.steps[name], steps, last_aside, inner, aside=True)
        found = _Found(
            _together([steps.last[start] for start in plan.branches]),
            self._beside_one_another(plan, steps),
            self._merged(chain.from_iterable(steps.aside.values())),
        )
        found.ends_aside = frozenset[End]().union(*(last_aside[name] for name in touched)) or found.ends
        return (found if plan.fails_as is None else self._outward(found, plan.fails_as)), steps

    def _inner(self, plan: Plan, names: Iterable[str]) -> Mapping[str, _Found]:
        """What runs in steps that are containers."""
        sites = (plan.steps[name].site for name in names)
        containers = (site for site in sites if site in self.flow.sites and self.flow.sites[site].plan is not None)
        return {site: self.of(site) for site in dict.fromkeys(containers)}

    def _own(self, step: StateStep, inner: Mapping[str, _Found]) -> tuple[End, ...]:
        """How a step can end."""
        if step.fails:
            return (step.fails,)
        if not self._takes_part(step):
            return (None,)
        if step.site in self.failing:
            return (self.failing[step.site],)
        return tuple(inner[step.site].ends) if step.site in inner else (None,)

    def _takes_part(self, step: StateStep) -> bool:
        site = self.flow.sites.get(step.site)
        return not step.fails and site is not None and site.inside is not None

    def _last_aside(
        self, plan: Plan, changed: Sequence[str], inner: Mapping[str, _Found], steps: _Steps
    ) -> Mapping[str, frozenset[End]]:
        """How a course can end from a step on, where what fails inside of it is reached in any case."""
        own = {
            name: tuple(inner[site].ends_aside)
            for name in changed
            if (site := plan.steps[name].site) in inner and site in self.holding
        }
        if all(set(ends) == set(steps.own[name]) for name, ends in own.items()):
            return steps.last
        last = dict(steps.last)
        _end(plan, changed, {**steps.own, **own}, last)
        return last

    def _leaves(
        self, name: str, step: StateStep, steps: _Steps, last: _Last, inner: Mapping[str, _Found], *, aside: bool
    ) -> _Leaves:
        """What takes part in a step; where nothing in it fails, that hangs on nothing but what may follow it."""
        if not self._takes_part(step):
            return ()
        if step.site in self.failing or step.site in self.holding:
            return tuple(self._inside(step, last, inner.get(step.site), aside=aside))
        own = steps.own[name]
        key: object = (name, aside, _following(step, None, last))
        if own != _WORKS:
            key = (key, *((end, _following(step, end, last)) for end in own))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = tuple(self._inside(step, last, inner.get(step.site), aside=aside))
        return known

    def _inside(
        self, step: StateStep, last: _Last, within: _Found | None, *, aside: bool
    ) -> Iterator[tuple[str, StepRuns]]:
        """On the side, what runs begins with the step, and nothing runs beside it."""
        ends = None if within is None or step.site not in self.holding else within.ends
        if ends is not None and len(ends) == 1:  # a container that works, or fails, in every run is a step
            yield from self._alone(step, last, *ends)
        elif aside or ends is None or None in ends:
            yield from self._alone(step, last, self.failing.get(step.site))
        if within is not None:
            yield from self._around(step, within.asides if aside else within.parts, last)

    def _alone(self, step: StateStep, last: _Last, end: End) -> Iterator[tuple[str, StepRuns]]:
        following = _following(step, end, last)
        if following:
            part = _Part(factor_of(self.flow, step.site, end).count, end)
            yield step.site, self._shared(dict.fromkeys(following, part))

    def _around(self, step: StateStep, leaves: Mapping[str, StepRuns], last: _Last) -> Iterator[tuple[str, StepRuns]]:
        """What runs in a container, with the tries of the container itself."""
        made: dict[StepRuns, StepRuns] = {}
        for leaf, parts in leaves.items():
            if parts not in made:
                outer: dict[End, _Part] = {}
                for end, part in parts.by_end.items():
                    count = factor_of(self.flow, step.site, end).count * part.count
                    for each in _following(step, end, last):
                        _keep(outer, each, _Part(count, end, part))
                made[parts] = self._shared(outer)
            if made[parts].by_end:
                yield leaf, made[parts]

    def _beside_one_another(self, plan: Plan, steps: _Steps) -> dict[str, StepRuns]:
        """The part of each step that a branch leads to, with what the other branches can end in."""
        branches = [steps.last[start] for start in plan.branches]
        if len(branches) == 1:
            return self._merged(chain.from_iterable(map(steps.inside.__getitem__, steps.reached[plan.branches[0]])))
        succeeding = sum(None in ends for ends in branches)
        failures = Counter(end for ends in branches for end in ends if end is not None)
        found: list[tuple[str, StepRuns]] = []
        made: dict[frozenset[End], dict[StepRuns, StepRuns]] = {}
        for start, own in zip(plan.branches, branches, strict=True):
            alike = made.setdefault(own, {})  # branches that end alike have the same beside them
            for leaf, parts in chain.from_iterable(map(steps.inside.__getitem__, steps.reached[start])):
                if parts not in alike:
                    others = [end for end, number in failures.items() if number > (end in own)]
                    others_succeed = succeeding - (None in own) == len(branches) - 1
                    alike[parts] = self._shared(_beside(parts.by_end, others, others_succeed=others_succeed))
                if alike[parts].by_end:
                    found.append((leaf, alike[parts]))
        return self._merged(found)

    def _outward(self, found: _Found, fails_as: str) -> _Found:
        made: dict[StepRuns, StepRuns] = {}
        for parts in chain(found.parts.values(), found.asides.values()):
            if parts not in made:
                outer: dict[End, _Part] = {}
                for end, part in parts.by_end.items():
                    _keep(outer, end and fails_as, part)
                made[parts] = self._shared(outer)
        ends, aside = (frozenset(end and fails_as for end in each) for each in (found.ends, found.ends_aside))
        own, asides = ({leaf: made[one] for leaf, one in each.items()} for each in (found.parts, found.asides))
        return _Found(ends, own, asides, aside)

    def _merged(self, leaves: Iterable[tuple[str, StepRuns]]) -> dict[str, StepRuns]:
        """The worst of each step, which may have several in a plan."""
        each = list(leaves)
        found = dict(each)
        if len(found) < len(each):
            found = {}
            for leaf, parts in each:
                found[leaf] = self._worse(found[leaf], parts) if leaf in found else parts
        return found

    def _worse(self, one: StepRuns, other: StepRuns) -> StepRuns:
        both = dict(one.by_end)
        for end, part in other.by_end.items():
            _keep(both, end, part)
        return self._shared(both)

    def _shared(self, by_end: Mapping[End, _Part]) -> StepRuns:
        return self._alike.setdefault(tuple(by_end.items()), StepRuns(by_end))


def _usual(flow: Flow, container: str) -> _Usual:
    found = _known_usual(flow, container)
    if found is None:
        raise _EndlessError
    return found


def _known_usual(flow: Flow, container: str) -> _Usual | None:
    """What a container comes to when nothing fails that works; None where a way leads back even then."""
    known: dict[str, _Usual | None] = flow.remembered("courses where nothing fails")
    if container not in known:
        try:
            known[container] = _Usual(*_Case(flow, {})._counted(container))
        except _EndlessError:
            known[container] = None
    return known[container]


def _copied(steps: _Steps) -> _Steps:
    return _Steps(dict(steps.own), dict(steps.last), dict(steps.reached), dict(steps.inside), dict(steps.aside))


def _end(plan: Plan, names: Iterable[str], own: Mapping[str, tuple[End, ...]], last: dict[str, frozenset[End]]) -> None:
    """How a course can end from steps on, those of `names` anew."""
    for name in names:
        last.pop(name, None)
    for start in names:
        stack, under_way = [start], set[str]()
        while stack:
            name = stack[-1]
            if name in last:
                stack.pop()
                continue
            after = [(end, *onward(plan.steps[name], end)) for end in own[name]]
            waiting = [each for _, targets, _ in after for each in targets if each not in last]
            if waiting:
                if name in under_way:
                    raise _EndlessError
                under_way.add(name)
                stack += waiting
                continue
            stack.pop()
            here = frozenset(end for end, _, ends_here in after if ends_here)
            last[name] = here.union(*(last[each] for _, targets, _ in after for each in targets))


def _places(flow: Flow, container: str, plan: Plan) -> Mapping[str, Sequence[str]]:
    """By site: its steps in a plan."""
    known: dict[str, dict[str, list[str]]] = flow.memory.setdefault("places in plans", {})
    if container not in known:
        known[container] = {}
        for name, step in plan.steps.items():
            known[container].setdefault(step.site, []).append(name)
    return known[container]


def _others_follow(
    plan: Plan, touched: Iterable[str], names: Iterable[str], steps: _Steps, lasts: tuple[_Last, _Last, _Last]
) -> list[str]:
    """The steps of `names` that are touched, or behind which a course can end otherwise than it usually does."""
    usual, *here = lasts
    other = {name for name in names if any(last[name] != usual[name] for last in here)}
    found = dict.fromkeys(touched)
    for name in names if other else ():
        step = plan.steps[name]
        if any(each in other for end in steps.own[name] for each in onward(step, end)[0]):
            found[name] = None
    return list(found)


def _meets_no_site_twice(
    plan: Plan, places: Mapping[str, Sequence[str]], names: Iterable[str], own: Mapping[str, tuple[End, ...]]
) -> None:
    """A site that a course comes to twice runs more often than each of its steps."""
    if len(places) == len(plan.steps):
        return
    for name in names:
        others = places[plan.steps[name].site]
        if len(others) > 1 and len(set(others).intersection(_reached(plan, name, own))) > 1:
            raise _EndlessError


def _reached(plan: Plan, start: str, own: Mapping[str, tuple[End, ...]]) -> tuple[str, ...]:
    """The steps that a course from `start` on may come to, itself included."""
    seen, stack = {start: None}, [start]
    while stack:
        name = stack.pop()
        for end in own[name]:
            for each in onward(plan.steps[name], end)[0]:
                if each not in seen:
                    seen[each] = None
                    stack.append(each)
    return tuple(seen)


def _following(step: StateStep, end: End, last: _Last) -> frozenset[End]:
    """The ends of the branch that are possible after a step that ends so."""
    targets, ends_here = onward(step, end)
    if len(targets) == 1 and not ends_here:
        return last[targets[0]]
    here = frozenset((end,)) if ends_here else frozenset[End]()
    return here.union(*(last[target] for target in targets))


def _beside(by_end: Mapping[End, _Part], failures: Iterable[str], *, others_succeed: bool) -> dict[End, _Part]:
    """With what the other branches can end in."""
    found = {end: part for end, part in by_end.items() if end is not None or others_succeed}
    worst = max(by_end.values(), key=lambda part: part.count.weight)
    for end in failures:
        _keep(found, end, worst)
    return found


def _together(branches: Sequence[Collection[End]]) -> frozenset[End]:
    found = frozenset(end for ends in branches for end in ends if end is not None)
    return found | {None} if all(None in ends for ends in branches) else found


def _keep(found: dict[End, _Part], end: End, part: _Part) -> None:
    if end not in found or part.count.weight > found[end].count.weight:
        found[end] = part
