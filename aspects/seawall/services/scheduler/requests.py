"""Calls of AWS APIs that a schedule or a subscriber makes by itself: `aws-sdk:service:action` with a request.

The answer of the API decides whether a call has failed. Most APIs answer once they have taken the work, so that its
tries are delivery. A function that is invoked for an answer has run by then: what it raises, or its timeout, comes
as a successful answer; that it was throttled, and Lambda's own errors, are failed calls, which are made again.

Sources (2026-11-30): https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html,
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule.html and
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seawall.graph.guards import Event
from seawall.graph.model import FailureClass, Place, Tries
from seawall.graph.turns import ONE_COPY, Copies
from seawall.template import Absent, Known, Props, Resource, Target, Unknown, Value

from ..batch.jobs import DEFINITIONS, attempts_in, submit
from ..batches import Sent, sent_by
from ..conditions import under
from ..ends import unheard
from ..literals import sent
from ..pattern_language import document
from ..registry import Arrival
from ..sdk_calls import EACH, EITHER, IN_PARTIQL, NAMES, PARTIQL, SDK_CALLS, SdkCall
from ..sqs.moves import MOVE_CALL, move
from ..wiring import Wiring


def request_hops(
    wiring: Wiring, resource: Resource, service: str, action: str, request: Props, tries: Tries | None = None
) -> None:
    """Any action of any service, with its `request`; it is called, and nothing of its work is awaited but a function
    that is invoked for an answer. `tries`: of a call that fails.
    """
    called, kind = SDK_CALLS.get((service, action)), f"{service}:{action}"
    if (service, action) == MOVE_CALL:
        move(wiring, resource, request.property, request.value("SourceArn"), request.value("DestinationArn"))
    if (service, action) in PARTIQL:
        wiring.unknown(resource, request.property, IN_PARTIQL)
    if called is None:
        site = wiring.external(kind, "service")
        _hop(wiring, resource, site, request.property, kind, under(resource))
        return
    awaited = called.naming == "lambda" and request.text("InvocationType").value != "Event"
    arrival = Arrival.SYNC if awaited else Arrival.ASYNC
    read = document(request)
    for one in sent_by(service, action, read.json) if read else [Sent(None)]:
        event = sent(service, action, one.request, read) if read else {}
        for value in _named(request, called, one.entry):
            for end in wiring.targets(resource, value, called.naming):
                at = _job(wiring, resource, request, end) or wiring.arrive(end, arrival)
                if at is None and called.ends:
                    at = wiring.external(kind, "service")
                if at is None:
                    wiring.unknown(resource, request.property, unheard(wiring, end))
                else:
                    again = tries if awaited else None
                    _hop(wiring, resource, at, request.property, kind, under(resource, end), event, one.copies, again)


def _job(wiring: Wiring, resource: Resource, request: Props, end: Target) -> str | None:
    """The site where a job waits that a request submits; the request may say how often it is tried."""
    found = wiring.app.resource(end.address)
    if found is None or found.type not in DEFINITIONS:
        return None
    return submit(wiring, found, f"{resource.site_id} ({request.property})", attempts_in(request))


def _named(request: Props, called: SdkCall, entry: int | None) -> Iterator[Value]:
    """What a request names as its receivers; `entry`: that of one of its entries."""
    for path in called.paths:
        first, *rest = path
        if NAMES in path:
            yield from (Known(name) for name, _ in request.mapping(first))
            return
        items = request.items(first) if EACH in path else ()
        items = items if entry is None or entry >= len(items) else items[entry : entry + 1]
        entries = [_at(item.props, rest[1:]) for item in items] if EACH in path else [request.at(*path)]
        values = [each.value() for each in entries]
        given = [Known(called.absent) if isinstance(each, Absent) and called.absent else each for each in values]
        given = [each for each in given if not isinstance(each, Absent)]
        if given:
            yield from (each for index, each in enumerate(given) if each not in given[:index])
            return
    yield Unknown(f"its input names no {called.paths[0][-1]}")


def _at(section: Props, path: Sequence[str]) -> Props:
    for step in path:
        section = section.either(*step.split(EITHER))
    return section


def _hop(
    wiring: Wiring,
    resource: Resource,
    site: str,
    property_: str,
    kind: str,
    conditions: tuple[str, ...],
    event: Event | None = None,
    copies: Copies = ONE_COPY,
    tries: Tries | None = None,
) -> None:
    wiring.hop(
        resource.site_id,
        site,
        kind,
        Place(resource.address, property_),
        awaits=tries is not None,
        tries=None if tries is None else dict.fromkeys(_FAILED_CALLS, tries),
        shows=None if tries is None else dict.fromkeys(_ANSWERED),
        conditions=conditions,
        event=event,
        carries={},
        copies=copies,
    )


_FAILED_CALLS = (FailureClass.THROTTLE, FailureClass.FAULT)
_ANSWERED = (FailureClass.ERROR, FailureClass.TIMEOUT)
"""Failures of a function that its caller takes for an answer."""
