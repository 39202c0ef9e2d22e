"""Which images are pulled on a schedule of the same app, and whose pulls ECR does not record.

A rule or a schedule that starts a task, a job, a build or a state machine makes it pull its image that often. Pulls by
a role that is excluded from updates of the pull time count for nothing.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html,
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html and
https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-time-update-exclusions.html, read 2026-11-29
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from seawall.graph.images import Binding, ImageUse
from seawall.template import Address, Known, Props, Resource

from ..ecr.kinds import EXCLUSION
from ..registry import finisher
from ..walking import spots
from ..wiring import Wiring
from .ecs_tasks import TASK_DEFINITION

_RATE = re.compile(r"rate\((?P<number>[0-9]+) (?P<unit>minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((?P<fields>[^)]+)\)")
_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1.0}
_STARTED = (
    "Arn",
    "EcsParameters.TaskDefinitionArn",
    "BatchParameters.JobDefinition",
)
_TARGETS = {"AWS::Events::Rule": "Targets[].", "AWS::Scheduler::Schedule": "Target."}


def period(expression: str) -> float | None:
    """The longest time in days between two runs of a schedule; None where it does not come again for sure.

    >>> [period(f"cron(0 3 {rest} *)") for rest in ("* * ?", "? * MON", "1 * ?")], period("rate(12 hours)")
    ([1.0, 7.0, 31.0], 0.5)
    >>> period("at(2026-11-29T10:00:00)"), period("cron(0 3 1 1 ? 2027)")
    (None, None)
    """
    rate = _RATE.fullmatch(expression.strip())
    if rate is not None:
        return int(rate["number"]) * _DAYS[rate["unit"]]
    cron = _CRON.fullmatch(expression.strip())
    fields = cron["fields"].split() if cron is not None else []
    if len(fields) != 6 or fields[5] != "*":
        return None
    _, _, day, month, weekday, _ = fields
    if month != "*":
        return 366.0
    if day in ("*", "?") and weekday in ("*", "?"):
        return 1.0
    return 7.0 if day in ("*", "?") else 31.0


@finisher(order=93)
def pulled(wiring: Wiring) -> None:
    """Notes how often images are pulled for sure, and whose pulls do not count."""
    every = dict(_shortest(wiring))
    silent = _unrecorded(wiring)
    if every or silent:
        wiring.images[:] = [_noted(use, every, silent) for use in wiring.images]


def _noted(use: ImageUse, every: dict[Address, float], silent: set[Address]) -> ImageUse:
    if use.place.address in silent:
        return replace(use, unrecorded=True)
    found = [every[each.address] for each in (use.runs_at, use.place) if each.address in every]
    runs = use.binds in (Binding.RUN, Binding.START)
    return replace(use, pulled_every=min(found)) if found and runs else use


def _shortest(wiring: Wiring) -> Iterator[tuple[Address, float]]:
    """What is started on a schedule, with its longest time between two runs; the shortest of several last."""
    found: list[tuple[float, Address]] = []
    for kind, path in _TARGETS.items():
        for resource in wiring.app.by_type.get(kind, ()):
            props = wiring.props(resource)
            days = period(props.text("ScheduleExpression").value or "")
            if days is None or props.text("State", default="ENABLED").value != "ENABLED" or resource.condition:
                continue
            found.append((days, resource.address))
            found += [(days, address) for address in _started(wiring, resource, props, path)]
    for days, address in sorted(found, key=lambda pair: -pair[0]):
        yield address, days


def _started(wiring: Wiring, resource: Resource, props: Props, path: str) -> Iterator[Address]:
    for name in _STARTED:
        for spot in spots(props, path + name):
            if not spot.conditions:
                for target in wiring.targets(resource, spot.value):
                    if target.address is not None and not target.conditions:
                        yield target.address


def _unrecorded(wiring: Wiring) -> set[Address]:
    """Task definitions whose execution role is excluded from updates of the pull time."""
    excluded: set[str] = set()
    for resource in wiring.app.by_type.get(EXCLUSION, ()):
        excluded |= _roles(wiring, resource, "PrincipalArn")
    if not excluded:
        return set()
    tasks = wiring.app.by_type.get(TASK_DEFINITION, ())
    return {task.address for task in tasks if _roles(wiring, task, "ExecutionRoleArn") & excluded}


def _roles(wiring: Wiring, resource: Resource, name: str) -> set[str]:
    value = wiring.props(resource).value(name)
    found = {str(target.address) for target in wiring.targets(resource, value) if target.address is not None}
    return found | ({str(value.value)} if isinstance(value, Known) else set())
