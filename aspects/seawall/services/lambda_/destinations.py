"""Where Lambda sends the outcome of an asynchronous invocation: destinations and dead-letter queues.

What Lambda sends to an event bus is known, so only the rules that it matches receive it.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html and
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

from seawall.graph.facts import Fact
from seawall.graph.guards import Event
from seawall.graph.layers import Put
from seawall.graph.model import Place, When
from seawall.template import Resource, Target

from ..conditions import under
from ..eventbridge.buses import BUS, is_default, rules_on
from ..eventbridge.service_events import Field, ServiceEventMatch, Test, matching, text
from ..keeping import sent_by_role
from ..registry import Arrival
from ..wiring import Wiring

FOLLOWED = Fact(
    frozenset({"queue", "topic", "bucket", "asynchronous-queue"}),
    "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html",
    "2026-11-22",
)
"""Kinds of sites into which loop detection follows an event that Lambda sends there itself: the page says that a loop
through a destination or dead-letter queue is stopped as well, and that it sees SQS, SNS, S3 and Lambda only."""
_SOURCE = "lambda"
_RESULT = "Lambda Function Invocation Result - "
"""`source`, and how the `detail-type` begins, of a result on an event bus."""


def send(wiring: Wiring, owner: Resource, property_: str, site: str, when: When, called: Resource) -> bool:
    """Hops into a destination or dead-letter queue of the function `called`; False where none is set."""
    section = wiring.props(owner).at(*property_.split("."))
    if not section.exists():
        return False
    kind = "dead-letter" if property_.startswith("DeadLetter") else "destination"
    place = Place(owner.address, property_)
    instead = () if when is When.ALWAYS else sent_by_role(wiring, owner, property_, called, "Role")
    for target in wiring.targets(owner, section.value()):
        if _is_bus(wiring, owner, target):
            _to_rules(wiring, owner, target, (site, kind, place, when), instead, called)
            continue
        end = wiring.arrive(target, Arrival.ASYNC)
        if end is None:
            wiring.unknown(owner, property_, target.why or "names nothing that receives events")
        else:
            followed = wiring.sites[end].kind in FOLLOWED.value
            wiring.hop(
                site,
                end,
                kind,
                place,
                when=when,
                conditions=under(owner, target),
                traced=followed,
                carries={},
                instead=instead,
                after=called.site_id if when is When.ALWAYS else None,
                stop=f"take the on-success destination of {called.site_id} away" if not instead else "",
                stop_by=_unset(owner, property_) if not instead else (),
            )
    return True


def _unset(owner: Resource, property_: str) -> tuple[Put, ...]:
    """That nothing is sent any more."""
    return (Put(owner.address, property_.removesuffix(".Destination"), "", removes=True),)


def _is_bus(wiring: Wiring, owner: Resource, target: Target) -> bool:
    found = wiring.app.resource(target.address)
    return found.type == BUS if found is not None else is_default(wiring, owner, target)


def _to_rules(
    wiring: Wiring,
    owner: Resource,
    bus: Target,
    sent: tuple[str, str, Place, When],
    instead: tuple[Put, ...],
    called: Resource,
) -> None:
    """Rules on the bus that the result matches."""
    site, kind, place, when = sent
    outcome = "Success" if "OnSuccess" in place.property else "Failure"
    known: dict[Field, Test] = {("source",): text(_SOURCE), ("detail-type",): text(_RESULT + outcome)}
    event: Event = {("source",): frozenset((_SOURCE,)), ("detail-type",): frozenset((_RESULT + outcome,))}
    for rule, conditions in rules_on(wiring, owner, bus):
        match = matching(wiring.props(rule).at("EventPattern"), known)
        if match is not ServiceEventMatch.NO:
            wiring.hop(
                site,
                rule.site_id,
                kind,
                place,
                when=when,
                conditions=tuple(dict.fromkeys((*under(owner, bus), *conditions))),
                assumption="" if match is ServiceEventMatch.SURE else "the event matches the rule's pattern",
                event=event,
                carries={},
                instead=instead,
                after=called.site_id if when is When.ALWAYS else None,
            )
