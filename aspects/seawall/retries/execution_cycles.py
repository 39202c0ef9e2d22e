"""Ways back inside one container: a catch that leads to the step that failed.

Such a course never ends by itself while the step keeps failing. One that passes a choice may count its laps, which the
plan does not show, and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from seawall.graph import Flow, Plan


class PlanLoop(Struct, frozen=True):
    """A step whose failure leads back to it, and the steps on the way, in order."""

    container: str
    step: str
    way: tuple[str, ...]
    signals: tuple[str, ...]
    """The failures that lead this way."""


def plan_loops(flow: Flow) -> Iterator[PlanLoop]:
    """Every way back inside a container that no choice can leave."""
    for site in flow.sites.values():
        if site.plan is not None:
            for name, step in site.plan.steps.items():
                yield from _from(site.id, site.plan, name, step.caught)


def _from(container: str, plan: Plan, name: str, caught: Mapping[str, tuple[str, ...]]) -> Iterator[PlanLoop]:
    by_way: dict[tuple[str, ...], list[str]] = {}
    for signal, targets in caught.items():
        for target in targets:
            way = _straight(plan, target, name)
            if way is not None:
                by_way.setdefault(way, []).append(signal)
    for way, signals in by_way.items():
        yield PlanLoop(container, name, way, tuple(signals))


def _straight(plan: Plan, start: str, end: str) -> tuple[str, ...] | None:
    """The steps from `start` to `end` if only one course leads there; None if it ends, chooses or never comes back."""
    way: list[str] = []
    while start != end:
        step = plan.steps.get(start)
        if step is None or step.chooses or len(step.next) != 1 or start in way:
            return None
        way.append(start)
        start = step.next[0]
    return tuple(way)
