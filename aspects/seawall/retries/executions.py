"""What one run of a container (a state machine, a Parallel, a Map) does when some of its steps fail.

Steps follow one another, exclude one another (a choice) or run beside one another (branches), so runs of a callee
that several steps call do not simply add up: the worst course through the plan counts. A step that fails uncaught
ends the course; one that is caught goes on where the catch leads. What is tried again takes the same course again, so
that all its tries end alike: figures for a container that could fail first and then succeed are those of the worse.

A failure that leads back to where it came from is a retry written by hand. Where the plan counts its laps it has a step
for each, so its laps stand one behind another; where it does not, everything on the way runs without end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain
from typing import TypeAlias

from msgspec import Struct

from seawall.graph import ONCE, Bound, FailureClass, Flow, Hop, Plan, StateStep, Tries, When, in_words

from .components import strong_components
from .count import NONE, ONE, Count, of_copies
from .plan_shape import End, PlanShape, onward, shape_of


class Factor(Struct, frozen=True):
    """One multiplication: the tries of one hop for the signal that applies, of each event that is sent over it."""

    hop: Hop
    tries: Tries
    copies: int = 1
    """Events that one run of the sender sends over it: no retry."""

    @property
    def count(self) -> Count:
        """What it multiplies by."""
        return Count.of(self.tries) * of_copies(self.copies)


def product(factors: Iterable[Factor]) -> Count:
    """What the factors multiply to."""
    total = ONE
    for factor in factors:
        total = total * factor.count
    return total


class Pick(Struct, frozen=True):
    """A step that takes part in a course, and the factors from the container down to it."""

    step: str
    factors: tuple[Factor, ...]
    count: Count
    """Runs of the step in one run of the container."""

    @classmethod
    def of(cls, step: str, factors: tuple[Factor, ...]) -> Pick:
        """A step with what its factors multiply to."""
        return cls(step, factors, product(factors))


class Course(Struct, frozen=True):
    """The steps that take part on the worst way to one end, and their runs in all."""

    count: Count = NONE
    picks: tuple[Pick, ...] = ()

    def __add__(self, other: Course) -> Course:
        return Course(self.count + other.count, self.picks + other.picks)


Courses: TypeAlias = "dict[End, Course]"
"""The worst course by how it ends: None where the container succeeds, else the signal that it fails with."""

_IDLE: Courses = {None: Course()}


def courses(
    flow: Flow, container: str, counted: Mapping[str, End], failing: Mapping[str, str] | None = None
) -> Courses:
    """Worst courses of one run of `container` by their end.

    `counted` names the steps whose runs count, anywhere below the container, with the signal each of them fails
    with on every run, or None for a step that succeeds. `failing` names further steps that fail, without being
    counted. Every other step succeeds. Steps that only the failure of such a one leads to take no part, unless there
    are no others to count: then their courses start with them.
    """
    if failing:
        return _worst_courses(flow, container, counted, failing)
    if len(counted) == 1:
        ((step, signal),) = counted.items()
        alone = _alone(flow, container, step, signal)
        if alone is not None:
            return alone
    known: dict[object, Courses] = flow.remembered("courses where nothing else fails")
    asked = (container, tuple(counted.items()))
    if asked not in known:
        known[asked] = _worst_courses(flow, container, counted, {})
    return known[asked]


def _worst_courses(flow: Flow, container: str, counted: Mapping[str, End], failing: Mapping[str, str]) -> Courses:
    found = _Courses(flow, counted, failing).of(container)
    if not any(course.picks for course in found.values()):
        found = _Courses(flow, counted, failing, aside=True).of(container)
    return found


def only_course(flow: Flow, container: str, failing: Mapping[str, str]) -> Mapping[str, Courses] | None:
    """By step: the courses that count it, of all steps that succeed and take part in one run of `container`.

    All of them at once, which is possible where `failing` leaves one way to one end; None where it does not.
    """
    every = _Courses(flow, dict.fromkeys(_leaves(flow, container, failing)), failing, watched=True)
    found = every.of(container)
    if every.open or len(found) != 1:
        return None
    ((end, course),) = found.items()
    by_step: dict[str, tuple[Pick, ...]] = {}
    for pick in course.picks:
        by_step[pick.step] = (*by_step.get(pick.step, ()), pick)
    return {step: {end: Course(sum((pick.count for pick in picks), NONE), picks)} for step, picks in by_step.items()}


def _leaves(flow: Flow, container: str, but: Container[str]) -> Iterator[str]:
    """Steps below `container`, at whatever depth, that hold no others."""
    pending = [container]
    while pending:
        plan = flow.sites[pending.pop()].plan
        for name in dict.fromkeys(step.site for step in plan.steps.values()) if plan is not None else ():
            site = flow.sites.get(name)
            if site is not None and site.plan is not None:
                pending.append(name)
            elif site is not None and name not in but:
                yield name


def _alone(flow: Flow, container: str, step: str, signal: End) -> Courses | None:
    """The usual case, without walking a plan: one step whose end, whatever it is, nothing on its way out changes.

    None where a catcher might, a failure of something else, or where no ordinary course leads to a step that succeeds.
    """
    factors: list[Factor] = []
    name = step
    while name != container:
        inside = flow.sites[name].inside
        plan = flow.sites[inside].plan if inside is not None else None
        own = plan.steps.get(name) if plan is not None else None
        if inside is None or plan is None or own is None or own.caught or own.escapes is not None:
            return None
        if plan.laps or plan.items != 1:
            return None
        if inside in flow.may_fail and (signal is None or factors or inside != container):
            return None
        around = factor_of(flow, name, signal)
        if signal is None and around.hop.when is not When.ALWAYS:
            return None
        factors.insert(0, around)
        signal = signal and (plan.fails_as or signal)
        name = inside
    pick = Pick.of(step, tuple(factors))
    return {signal: Course(pick.count, (pick,))}


def factor_of(flow: Flow, name: str, signal: End) -> Factor:
    """The tries that a step's container gives it."""
    into = flow.into(name)
    inside = flow.sites[name].inside
    inner = [hop for hop in into if hop.source == inside]
    if signal is None or len(inner) == 1:
        return Factor(inner[0], ONCE if signal is None else flow.tries_for(inner[0], signal))
    counted = [(hop, flow.tries_for(hop, signal)) for hop in inner]  # one for each world: the worst
    return Factor(*max(counted, key=lambda pair: (*Count.of(pair[1]).weight, pair[1].backoff or 0.0)))


class _Courses:
    def __init__(
        self,
        flow: Flow,
        counted: Mapping[str, End],
        failing: Mapping[str, str],
        *,
        aside: bool = False,
        watched: bool = False,
    ) -> None:
        self.flow = flow
        self.counted = counted
        self.failing = failing
        self.aside = aside
        self.watched = watched
        self.open = False
        """Where it is watched: whether a course met a choice, more than one end of a step or more than one way on."""
        self.touched: dict[str, dict[str, None]] = {}
        """By container: its steps that are counted or fail, or that such ones are in."""
        self.inner: dict[str, Courses] = {}
        self.mattering: dict[int, Collection[str]] = {}
        """By plan: its steps from which one that is touched may follow; from all others nothing does that counts."""
        for step in (*counted, *failing):
            child, parent = step, flow.sites[step].inside
            while parent is not None:
                known = self.touched.setdefault(parent, {})
                if child in known:
                    break
                known[child] = None
                child, parent = parent, flow.sites[parent].inside

    def of(self, container: str) -> Courses:
        plan = self.flow.sites[container].plan
        touched = self.touched.get(container, {})
        if plan is None or not (touched or container in self.flow.may_fail):
            return dict(_IDLE)
        found = self._by_one_step(container, plan, touched)
        if found is None:
            found = self._walked_through(container, plan, touched)
        if plan.fails_as is None:
            return found
        outward: Courses = {}
        for end, course in found.items():
            _keep(outward, end and plan.fails_as, course)
        return outward

    def _by_one_step(self, container: str, plan: Plan, touched: Collection[str]) -> Courses | None:
        """Where all that counts or fails is in one step that no way leads back to, without a walk."""
        shape = None if self.watched or len(touched) != 1 else self._shape(container, plan)
        if shape is None:
            return None
        (site,) = touched
        names = shape.steps.get(site, ())
        if len(names) != 1:
            return None
        (name,) = names
        step = plan.steps[name]
        own = self._ends(step)
        after = {end: onward(step, end) for end in own}
        if any(shape.leads(following, name) for targets, _ in after.values() for following in targets):
            return None
        through: Courses = {}
        for end, course in own.items():
            targets, ends_here = after[end]
            if ends_here:
                _keep(through, end, course)
            for last in dict.fromkeys(chain.from_iterable(shape.ends[following] for following in targets)):
                _keep(through, last, course)
        if self.aside:
            starts = self.flow.branches_of.get(site, ())
            told = _laps_told(plan, through)
            return _beside([told for start in plan.branches if start in starts], plan.at_once)
        branches: dict[str, Courses] = {}
        lively = self._lively(container, plan, touched)
        for start in dict.fromkeys(lively):
            branches[start] = _laps_told(plan, through) if shape.leads(start, name) else {}
            for end in shape.ends_without(start, name):
                branches[start].setdefault(end, Course())
        return _beside([branches[start] for start in lively], plan.at_once)

    def _shape(self, container: str, plan: Plan) -> PlanShape | None:
        known: dict[str, PlanShape | None] = self.flow.memory.setdefault("shapes of plans", {})
        if container not in known:
            known[container] = shape_of(plan, _Courses(self.flow, {}, {})._ends)
        return known[container]

    def _walked_through(self, container: str, plan: Plan, touched: Collection[str]) -> Courses:
        stepping = [name for name, step in plan.steps.items() if step.site in touched]
        self.mattering[id(plan)] = self.flow.steps_leading_to(container, stepping)
        done: dict[str, Courses] = {}
        found: Courses = {}
        if self.aside and touched:
            if plan.laps:
                done |= self._without_end(plan, stepping)
            found = self._each_aside(plan, stepping, done)
        else:
            lively = self._lively(container, plan, touched)
            shape = None if self.watched else self._shape(container, plan)
            if shape is not None and shape.order is not None:
                done = self._in_order(plan, shape.order)
            elif plan.laps:
                done |= self._without_end(plan, lively)
            branches = {start: _laps_told(plan, self._from(plan, start, done)) for start in dict.fromkeys(lively)}
            found = _beside([branches[start] for start in lively], plan.at_once)
        return found

    def _each_aside(self, plan: Plan, stepping: Sequence[str], done: dict[str, Courses]) -> Courses:
        """Courses that start with steps which only a failure leads to: in each branch, and for each item, one may."""
        branches: dict[str, Courses] = {}
        for name in stepping:
            courses_on = _laps_told(plan, self._from(plan, name, done))
            for start in self.flow.branches_of.get(plan.steps[name].site, ()):
                for end, course in courses_on.items():
                    _keep(branches.setdefault(start, {}), end, course)
        return _beside([branches[start] for start in plan.branches if start in branches], plan.at_once)

    def _of_step(self, name: str) -> Courses:
        """Courses of a container in another one: they hang on nothing but what is counted and what fails in it."""
        if self.flow.instead:  # nothing is kept then
            return self.of(name)
        known: dict[object, tuple[Courses, bool]] = self.flow.remembered("courses of steps")
        key = (name, self.aside, self.watched, self._inside(name))
        if key not in known:
            before, self.open = self.open, False
            known[key] = (self.of(name), self.open)
            self.open = before
        found, opened = known[key]
        self.open |= opened
        return found

    def _inside(self, name: str) -> frozenset[tuple[str, bool, End]]:
        """The steps in a container that are counted or fail, with their ends."""
        found: set[tuple[str, bool, End]] = set()
        pending = [name]
        while pending:
            for step in self.touched.get(pending.pop(), ()):
                if step in self.counted:
                    found.add((step, True, self.counted[step]))
                elif step in self.failing:
                    found.add((step, False, self.failing[step]))
                else:
                    pending.append(step)
        return frozenset(found)

    def _lively(self, container: str, plan: Plan, touched: Collection[str]) -> list[str]:
        """The branches in which something happens: every other one succeeds and adds nothing."""
        starts = set(self.flow.may_fail_in.get(container, ()))
        for step in touched:
            starts.update(self.flow.branches_of.get(step, ()))
        return [start for start in plan.branches if start in starts]

    def _idle(self, plan: Plan, name: str) -> Courses:
        """How a branch may end from a step on from which nothing follows that is touched."""
        known: dict[str, Courses] = self.flow.memory.setdefault(("idle courses", id(plan)), {})
        if name not in known:
            untouched = _Courses(self.flow, {}, {})
            known[name] = untouched._from(plan, name, untouched._without_end(plan, [name]) if plan.laps else {})
        return known[name]

    def _from(self, plan: Plan, start: str, done: dict[str, Courses]) -> Courses:
        """Courses from `start` to the end of its branch; a way back to a step under way ends there."""
        stack = [start]
        pending: set[str] = set()
        mattering = self.mattering.get(id(plan))
        while stack:
            name = stack[-1]
            if mattering is not None and name not in mattering and name not in done:
                done[name] = self._idle(plan, name)
            if name in done:
                stack.pop()
                continue
            step = plan.steps[name]
            own = self._ends(step)
            after = {end: onward(step, end) for end in own}
            self.open |= len(after) > 1 or any(len(targets) + ends_here > 1 for targets, ends_here in after.values())
            if name not in pending:
                pending.add(name)
                stack.extend(
                    following
                    for targets, _ in after.values()
                    for following in targets
                    if following not in done and following not in pending
                )
                continue
            stack.pop()
            done[name] = _with_rest(step, own, lambda following: done.get(following, _IDLE))
        return done[start]

    def _in_order(self, plan: Plan, order: Iterable[str]) -> dict[str, Courses]:
        """By step that matters: the courses from it on, where no way leads back."""
        mattering = self.mattering[id(plan)]
        done: dict[str, Courses] = {}

        def rest(following: str) -> Courses:
            return done[following] if following in mattering else self._idle(plan, following)

        for name in order:
            if name in mattering:
                step = plan.steps[name]
                done[name] = _with_rest(step, self._ends(step), rest)
        return done

    def _ends(self, step: StateStep) -> Courses:
        """How a step can end, with what it takes."""
        return {step.fails: Course()} if step.fails else self._own(step.site)

    def _without_end(self, plan: Plan, starts: Iterable[str]) -> dict[str, Courses]:
        """By step: courses of everything that a failure leads back to, and that nothing counts."""
        after: dict[str, tuple[str, ...]] = {}
        failing: set[tuple[str, str]] = set()
        mattering = self.mattering.get(id(plan))
        pending = [name for name in starts if mattering is None or name in mattering]
        while pending:
            name = pending.pop()
            if name in after:
                continue
            step = plan.steps[name]
            led: dict[str, None] = {}
            for end in self._ends(step):
                targets = tuple(each for each in onward(step, end)[0] if mattering is None or each in mattering)
                led |= dict.fromkeys(targets)
                failing |= {(name, target) for target in targets if end is not None}
            after[name] = tuple(led)
            pending.extend(led)
        found: dict[str, Courses] = {}
        done: dict[str, Courses] = {}
        for together in strong_components(after):  # what follows comes first
            inside = set(together)
            if any(target in inside for name in together for target in after[name] if (name, target) in failing):
                found |= dict.fromkeys(together, self._endless(plan, together, inside, {**done, **found}))
            elif found:
                for name in together:
                    done |= self._walked(plan, name, {**done, **found})
        return found

    def _walked(self, plan: Plan, name: str, done: dict[str, Courses]) -> dict[str, Courses]:
        self._from(plan, name, done)
        return done

    def _endless(
        self, plan: Plan, together: Sequence[str], inside: Container[str], done: dict[str, Courses]
    ) -> Courses:
        """Steps that lead back to one another without end, and how the course may end nevertheless."""
        picks: dict[Pick, None] = {}
        leaving: list[tuple[str | None, tuple[str, ...], bool]] = []
        for name in together:
            step = plan.steps[name]
            for end, course in self._ends(step).items():
                targets, ends_here = onward(step, end)
                picks |= dict.fromkeys(_again(plan, pick) for pick in course.picks)
                leaving.append((end, tuple(each for each in targets if each not in inside), ends_here))
        round_ = Course(sum((pick.count for pick in picks), NONE), tuple(picks))
        result: Courses = {}
        for end, targets, ends_here in leaving:
            if ends_here:
                _keep(result, end, round_)
            for following in targets:
                for last, rest in self._from_known(plan, following, done).items():
                    _keep(result, last, round_ + rest)
        return result or {FailureClass.ERROR.value: round_}  # a clock ends it then, and it fails

    def _from_known(self, plan: Plan, name: str, done: dict[str, Courses]) -> Courses:
        return done[name] if name in done else self._from(plan, name, done)

    def _own(self, name: str) -> Courses:
        site = self.flow.sites.get(name)
        if site is None or site.inside is None:
            return _IDLE
        if name in self.counted:
            return _counted_once(self.flow, name, self.counted[name])
        if name in self.failing:
            return {self.failing[name]: Course()}
        if name not in self.touched and name not in self.flow.may_fail:
            return _IDLE
        found: Courses = {}
        if name not in self.inner:
            self.inner[name] = self._of_step(name)
        for end, inner in self.inner[name].items():
            around = factor_of(self.flow, name, end)
            times = around.count
            picks = tuple(Pick(pick.step, (around, *pick.factors), times * pick.count) for pick in inner.picks)
            found[end] = Course(inner.count * times, picks) if picks else Course()
        return found


def _with_rest(step: StateStep, own: Courses, rest: Callable[[str], Courses]) -> Courses:
    """Courses that begin with a step, each of whose ends goes on with what follows it."""
    if own is _IDLE and len(step.next) == 1:
        return rest(step.next[0])
    found: Courses = {}
    for end, course in own.items():
        targets, ends_here = onward(step, end)
        if ends_here:
            _keep(found, end, course)
        for following in targets:
            for last, after in rest(following).items():
                _keep(found, last, course + after if after.picks else course)
    return found


def _counted_once(flow: Flow, name: str, signal: End) -> Courses:
    known: dict[tuple[str, End], Courses] = flow.remembered("courses of a step")
    if (name, signal) not in known:
        pick = Pick.of(name, (factor_of(flow, name, signal),))
        known[name, signal] = {signal: Course(pick.count, (pick,))}
    return known[name, signal]


def _again(plan: Plan, pick: Pick) -> Pick:
    """A step that runs without end."""
    layer = _layer(plan, pick)
    if layer is None or (pick.factors and pick.factors[0].hop is layer):
        return pick
    note = "a Catch leads back to it, and nothing counts its rounds"
    endless = Tries(None, Bound.NOTHING, note=note, backoff=None)
    return Pick.of(pick.step, (Factor(layer, endless), *pick.factors))


def _layer(plan: Plan, pick: Pick) -> Hop | None:
    return plan.laps.get(pick.factors[0].hop.target) if pick.factors else None


def _laps_told(plan: Plan, found: Courses) -> Courses:
    return {end: _laps_together(plan, course) for end, course in found.items()} if plan.laps else found


def _laps_together(plan: Plan, course: Course) -> Course:
    """What runs several times in one course, as laps of a retry that is written by hand."""
    alike: dict[tuple[str, tuple[tuple[int, Tries], ...]], list[Pick]] = {}
    for pick in course.picks:
        key = (pick.step, tuple((id(factor.hop), factor.tries) for factor in pick.factors))
        alike.setdefault(key, []).append(pick)
    return Course(course.count, tuple(_counted(plan, found) for found in alike.values()))


def _counted(plan: Plan, found: Sequence[Pick]) -> Pick:
    pick, laps = found[0], len(found)
    layer = _layer(plan, pick)
    if laps == 1 or layer is None:
        return pick
    bound = Bound.COUNT if plan.clock is None else Bound.TIME
    until = "" if plan.clock is None else f", until the machine's {in_words(plan.clock)} are over"
    tries = Tries(laps, bound, note=f"a retry written by hand, {laps:,} rounds{until}", backoff=None, limit=plan.clock)
    return Pick.of(pick.step, (Factor(layer, tries), *pick.factors))


def _beside(branches: list[Courses], at_once: int | None = None) -> Courses:
    """Branches that run beside each other: they succeed if all do, and fail if one does, the others at their worst.

    Where only some run at once, the others at their worst are no more than those: whatever else ran has succeeded.
    """
    result: Courses = {}
    if all(None in branch for branch in branches):
        result[None] = _together([branch[None] for branch in branches])
    if at_once is not None and at_once < len(branches):
        return result | _one_after_another(branches, at_once)
    worst = [max(branch.values(), key=_weight) for branch in branches]
    before = list(accumulate((course.count for course in worst), initial=NONE))
    after = list(accumulate((course.count for course in reversed(worst)), initial=NONE))[::-1]
    failed: dict[str, tuple[Count, int]] = {}
    for number, branch in enumerate(branches):
        others = before[number] + after[number + 1]
        for end, course in branch.items():
            count = course.count + others
            if end is not None and (end not in failed or count.weight > failed[end][0].weight):
                failed[end] = (count, number)
    for end, (_, number) in failed.items():
        result[end] = _together([branches[number][end], *worst[:number], *worst[number + 1 :]])
    return result


def _one_after_another(branches: list[Courses], at_once: int) -> Courses:
    """How branches fail of which only some run at once: one fails, some are under way, and the rest has succeeded."""
    worst = [max(branch.values(), key=_weight) for branch in branches]
    order = sorted(range(len(branches)), key=lambda number: _weight(worst[number]), reverse=True)
    result: Courses = {}
    for number, branch in enumerate(branches):
        others = [other for other in order if other != number]
        under_way = [worst[other] for other in others[: at_once - 1]]
        done = [branches[other][None] for other in others[at_once - 1 :] if None in branches[other]]
        for end, course in branch.items():
            if end is not None:
                _keep(result, end, _together([course, *under_way, *done]))
    return result


def _together(found: list[Course]) -> Course:
    picks = tuple(chain.from_iterable(course.picks for course in found if course.picks))
    return Course(sum((course.count for course in found), NONE), picks)


def _keep(result: Courses, end: str | None, course: Course) -> None:
    if end not in result or _weight(course) > _weight(result[end]):
        result[end] = course


def _weight(course: Course) -> tuple[bool, int, Bound, bool]:
    return course.count.weight
