"""Work that reports back to a state: activities that workers poll, and task tokens that come back.

A worker that fails reports it with `SendTaskFailure`, which is the failure of the state that waits. A state that waits
for a token without a time limit sees a failure only in that way; code that crashes or is throttled cannot report it.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html,
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html and
https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html, read 2026-11-29
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from seawall.graph.model import CLASSES, FailureClass, Hop, Site
from seawall.graph.reach import by_source, reach

from ..grants import allows, granted
from ..holders import Holder, holders
from ..registry import finisher
from ..wiring import Wiring
from . import failures
from .definition import State
from .integrations import Integration
from .machine import MACHINE
from .reading import nested, read

ACTIVITY = "AWS::StepFunctions::Activity"
_REPORTS = "states:sendtaskfailure"
_CALL = "states:SendTaskFailure"
_FAILS = "the worker reports its failure with SendTaskFailure"
_TOKEN = "the code that gets the task token reports its failure with SendTaskFailure"


@finisher(order=13)
def workers(wiring: Wiring) -> None:
    """Hops from activities to the code that polls them: the state waits for what it reports."""
    joined: set[tuple[str, str]] = set()
    for holder in holders(wiring):
        for target, evidence in granted(wiring, holder, "states:getactivitytask"):
            found = wiring.app.resource(target.address)
            site = wiring.sites.get(found.site_id) if found is not None and found.type == ACTIVITY else None
            if site is not None and (site.id, holder.site) not in joined:
                joined.add((site.id, holder.site))
                wiring.hop(
                    site.id,
                    holder.site,
                    "activity",
                    holder.role,
                    awaits=True,
                    evidence=evidence,
                    shows=dict.fromkeys(CLASSES, FailureClass.ERROR),
                    assumption=_FAILS,
                )


@finisher(order=18)
def tokens(wiring: Wiring) -> None:
    """A state without a time limit waits for the failure that the code behind it reports."""
    reporting = {holder.site for holder in holders(wiring) if _reports(wiring, holder)}
    if not reporting:
        return
    outgoing = by_source(wiring.hops)
    waiting = frozenset(_waiting(wiring))
    onward = {source: tuple(_on(wiring, hops)) for source, hops in outgoing.items()} if waiting else {}
    for index, hop in enumerate(wiring.hops):
        if hop.source in waiting and not hop.awaits and not reporting.isdisjoint(reach([hop.target], onward)):
            shows: Mapping[str, str | None] = {**dict.fromkeys(CLASSES), FailureClass.ERROR: FailureClass.ERROR}
            wiring.hops[index] = replace(hop, awaits=True, shows=shows, assumption=_TOKEN)


def _reports(wiring: Wiring, holder: Holder) -> bool:
    """Whether code reports failures: as it was read, or as its role allows."""
    if _CALL in wiring.calls.get(holder.site, ()):
        return True
    return holder.site not in wiring.followed and allows(wiring, holder, _REPORTS)


def _waiting(wiring: Wiring) -> Iterator[str]:
    """States that wait for a token, and for nothing else."""
    for resource in wiring.app.by_type.get(MACHINE, ()):
        found = read(wiring, resource)
        for state, _ in nested(found) if found is not None else ():
            if state.type == "Task" and found is not None and _by_token(found.call(state), state):
                yield found.id(state)


def _by_token(called: object, state: State) -> bool:
    tokened = isinstance(called, Integration) and called.pattern == "waitForTaskToken"
    return tokened and not failures.times_out(state)


def _on(wiring: Wiring, hops: list[Hop]) -> Iterator[Hop]:
    """Hops that pass the token on; what is behind another execution has tokens of its own."""
    for hop in hops:
        source: Site = wiring.sites[hop.source]
        if source.plan is None and source.inside is None:
            yield hop
