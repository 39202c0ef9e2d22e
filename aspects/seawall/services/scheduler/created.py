"""Schedules that code creates: what they call when their time comes stands in the role that code passes on.

Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html (the execution role, and `iam:PassRole`),
read 2026-11-29
"""

from __future__ import annotations

from seawall.graph.model import Evidence
from seawall.template import Resource

from ..grants import allows, granted
from ..holders import Holder, holders
from ..iam.statements import actions_of
from ..lambda_.code_calls import ACTIONS, environment_of, named_resources, statements_by_role
from ..registry import Arrival, finisher
from ..wiring import Wiring

_CREATES, _PASSES = "scheduler:createschedule", "iam:passrole"
_ONCE = "the code creates a schedule that calls what the role it passes on may call"


@finisher(order=11)
def created(wiring: Wiring) -> None:
    """Hops from code that creates schedules to what their role may call."""
    for holder in holders(wiring):
        if allows(wiring, holder, _CREATES):
            for target, _ in granted(wiring, holder, _PASSES):
                role = wiring.app.resource(target.address)
                if role is not None and role.type == "AWS::IAM::Role":
                    _calls(wiring, holder, role)


def _calls(wiring: Wiring, holder: Holder, role: Resource) -> None:
    held, made = environment_of(wiring, holder), set[str]()
    for statement in statements_by_role(wiring).get(role.site_id, ()):
        names = (name.removesuffix("*") for _, name in actions_of(wiring, statement))
        for target in named_resources(wiring, statement) if any(name in ACTIONS for name in names) else ():
            called = wiring.app.resource(target.address)
            site = wiring.arrive(target, Arrival.ASYNC) if called is not None else None
            if called is not None and site is not None and site not in made:
                made.add(site)
                wiring.hop(
                    holder.sender or holder.site,
                    site,
                    "scheduler:CreateSchedule",
                    holder.role,
                    evidence=Evidence.STRONG if called.site_id in held else Evidence.MEDIUM,
                    assumption=_ONCE,
                )
