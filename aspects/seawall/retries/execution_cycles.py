"""Ways back inside one container: a catch that leads to the step that failed, a retry written by hand.

One that the plan counts laps of ends by itself. Any other goes round as long as the step keeps failing, whatever clock
ends it; where a step on the way chooses on data that is not known, that may end it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import Flow, Plan, StateStep, class_of, told_by_answer

from .components import strong_components


class PlanLoop(Struct, frozen=True):
    """A step whose failure leads back to it, and the steps on the way, in order."""

    container: str
    step: str
    way: tuple[str, ...]
    signals: tuple[str, ...]
    """The failures that lead this way."""
    chooses: bool = False
    """Something on the way chooses on data that is not known, and may leave."""
    clock: float | None = None
    """Seconds after which the container is ended, where that is known to cut the laps short."""
    laps: int | None = None
    """Laps that fit into the history of a run at most; None where no history ends it."""

    @property
    def answered(self) -> bool:
        """Whether the step's call has succeeded, with an answer that tells of the failure."""
        refined = [signal for signal in self.signals if signal != class_of(signal)]
        return bool(refined) and all(map(told_by_answer, refined))

    def led_out(self, plan: Plan | None) -> Plan | None:
        """A plan in which the failure leads out of the container instead of back."""
        if plan is None:
            return None
        steps = {
            name: self._out(step) if step.site == self.step else step
            for name, step in (plan.timeless or plan).steps.items()
        }
        return replace(plan.timeless or plan, steps=steps)

    def _out(self, step: StateStep) -> StateStep:
        gone = {*self.signals, *map(class_of, self.signals)}
        caught = {signal: targets for signal, targets in step.caught.items() if signal not in gone}
        escapes = None if step.escapes is None or not caught else step.escapes | gone
        return replace(step, caught=caught, escapes=escapes)


def plan_loops(flow: Flow) -> Iterator[PlanLoop]:
    """Every way back inside a container whose laps nothing counts."""
    for site in flow.sites.values():
        if site.plan is not None:
            plan = site.plan.timeless or site.plan
            circling = _circling(plan, _reached(plan))
            for name in dict.fromkeys(plan.steps[key].site for key in circling if plan.steps[key].caught):
                yield from _from(site.id, plan, name, site.plan.clock)


def _from(container: str, plan: Plan, site: str, clock: float | None) -> Iterator[PlanLoop]:
    by_way: dict[tuple[tuple[str, ...], bool, int | None], list[str]] = {}
    signals = dict.fromkeys(
        signal for step in plan.steps.values() if step.site == site for signal in step.caught if step.caught[signal]
    )
    for signal in signals:
        found = _round(plan, site, signal)
        if found is not None:
            by_way.setdefault(found, []).append(signal)
    for (way, chooses, laps), led in by_way.items():
        yield PlanLoop(container, site, way, tuple(led), chooses, clock, laps)


def _round(plan: Plan, site: str, signal: str) -> tuple[tuple[str, ...], bool, int | None] | None:
    """The shortest way back to a step of `site` that keeps failing with `signal`, whether a choice may leave it, and
    how often it fits into a history.
    """
    after = _after(plan, site, signal)
    for together in strong_components(after):
        inside = set(together)
        for name in together:
            if plan.steps[name].site == site and inside.intersection(after[name]):
                leaves = any(following not in inside for each in together for following in after[each])
                ends = any(not after[each] for each in together)
                way = _shortest(after, [each for each in after[name] if each in inside], name)
                events = sum(plan.steps[each].events for each in (name, *way))
                laps = plan.history // events if plan.history is not None and events else None
                return tuple(plan.steps[each].site for each in way), leaves or ends, laps
    return None


def _after(plan: Plan, site: str, signal: str) -> Mapping[str, tuple[str, ...]]:
    """What follows each step while those of `site` fail with `signal` and all others succeed."""
    found: dict[str, tuple[str, ...]] = {}
    pending = list(plan.branches)
    while pending:
        name = pending.pop()
        if name not in found:
            found[name] = _next(plan.steps[name], site, signal)
            pending.extend(found[name])
    return found


def _next(step: StateStep, site: str, signal: str) -> tuple[str, ...]:
    if step.fails:
        return ()
    return step.caught.get(signal, step.caught.get(class_of(signal), ())) if step.site == site else step.next


def _circling(plan: Plan, reached: set[str]) -> list[str]:
    """Steps, in order, to which some way leads back, whatever fails on it."""
    after = {
        name: tuple(dict.fromkeys((*step.next, *chain.from_iterable(step.caught.values()))))
        for name, step in plan.steps.items()
        if name in reached
    }
    found = {
        name
        for together in strong_components(after)
        if len(together) > 1 or together[0] in after[together[0]]
        for name in together
    }
    return [name for name in plan.steps if name in found]


def _reached(plan: Plan) -> set[str]:
    """Steps that some course comes to."""
    seen: set[str] = set()
    pending = list(plan.branches)
    while pending:
        name = pending.pop()
        if name not in seen:
            seen.add(name)
            step = plan.steps[name]
            pending.extend(step.next)
            for targets in step.caught.values():
                pending.extend(targets)
    return seen


def _shortest(after: Mapping[str, tuple[str, ...]], starts: Iterable[str], end: str) -> tuple[str, ...]:
    """The steps between, in order; none where it leads straight back."""
    came: dict[str, str | None] = dict.fromkeys(starts)
    if end in came:
        return ()
    queue = deque(came)
    while queue:
        name = queue.popleft()
        for following in after[name]:
            if following == end:
                way: list[str] = [name]
                while (before := came[way[-1]]) is not None:
                    way.append(before)
                return tuple(reversed(way))
            if following not in came:
                came[following] = name
                queue.append(following)
    return ()
