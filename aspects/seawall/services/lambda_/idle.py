"""Settings around a function that cannot act where they stand.

Sources, read on 29 November 2026: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html (the
parameters of a mapping on a queue; retries, record age, bisection and a destination are for streams),
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html (a function's dead-letter queue is
for asynchronous invocations) and https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html (a
rule's retries are for the delivery)
"""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph.model import FailureClass, Hop, IdleSetting, Place
from seawall.template import Resource

from ..eventbridge.buses import RULE
from ..registry import finisher, hops
from ..scheduler.schedules import SCHEDULE
from ..sqs.queues import QUEUE
from ..wiring import Wiring
from .asynchronous import asynchronous_from_outside, listed
from .functions import FUNCTION, durable
from .mappings import MAPPING

_OF_STREAMS = (
    ("MaximumRetryAttempts", -1),
    ("MaximumRecordAgeInSeconds", -1),
    ("BisectBatchOnFunctionError", False),
    ("DestinationConfig.OnFailure.Destination", None),
)
"""Settings of a mapping that act on streams only, with what they are where nothing is asked for."""
_ON_QUEUES = "a queue counts receives itself, by maxReceiveCount of its RedrivePolicy: a mapping on it ignores this"


@hops(MAPPING)
def of_mappings(wiring: Wiring, resource: Resource) -> None:
    """Settings for streams on a mapping that reads a queue."""
    props = wiring.props(resource)
    sources = wiring.targets(resource, props.value("EventSourceArn"))
    read = [wiring.app.resource(target.address) for target in sources]
    if not read or not all(each is not None and each.type == QUEUE for each in read):
        return
    for name, nothing in _OF_STREAMS:
        path = name.split(".")
        if not props.exists(*path) or (nothing is not None and _is(wiring, resource, name, nothing)):
            continue
        number = props.integer(*path).value if nothing == -1 else None
        what = name if number is None else f"{name} = {number}"
        for source in filter(None, read):
            wiring.idle.append(IdleSetting(source.site_id, Place(resource.address, name), what, _ON_QUEUES))


def _is(wiring: Wiring, resource: Resource, name: str, value: object) -> bool:
    props = wiring.props(resource)
    return (props.flag(name) if value is False else props.integer(name)).value == value


@finisher(order=21)
def of_functions(wiring: Wiring) -> None:
    """Dead-letter queues of functions that are called, but never asynchronously."""
    into: dict[str, list[Hop]] = {}
    for hop in wiring.hops:
        into.setdefault(hop.target, []).append(hop)
    asynchronous = {hop.target for found in into.values() for hop in found if hop.source.endswith("#async")}
    for called in wiring.app.by_type.get(FUNCTION, ()):
        name = called.site_id
        target = wiring.props(called).at("DeadLetterConfig", "TargetArn")
        if not target.exists() or name not in into or name in asynchronous or durable(wiring, called):
            continue
        if asynchronous_from_outside(wiring, called):
            continue
        callers = sorted({wiring.sites[hop.source].kind for hop in into[name]})
        why = f"it takes asynchronous events that failed, and all calls are synchronous (by {listed(callers)})"
        place = Place(called.address, target.property)
        wiring.idle.append(IdleSetting(name, place, "the function's own dead-letter queue", why))


@finisher(order=21)
def of_deliveries(wiring: Wiring) -> None:
    """No retries where a rule or schedule delivers, in front of a function that tries again by itself."""
    delivered = {hop.source: hop for hop in wiring.hops if hop.source.endswith("#async") and hop.awaits}
    for hop in list(wiring.hops):
        behind = delivered.get(hop.target)
        declaring = wiring.app.resource(hop.place.address)
        if behind is None or declaring is None or declaring.type not in (RULE, SCHEDULE):
            continue
        tries = behind.tries_for(FailureClass.ERROR)
        for property_ in _none_set(wiring, declaring, hop):
            if tries.total is not None and tries.total > 1:
                runs = f"{behind.target} runs {tries.total} times all the same ({tries.note})"
                why = f"it counts deliveries to the function's asynchronous queue, and behind that {runs}"
                place = Place(declaring.address, property_)
                wiring.idle.append(IdleSetting(hop.source, place, "RetryPolicy.MaximumRetryAttempts = 0", why))


def _none_set(wiring: Wiring, declaring: Resource, hop: Hop) -> Iterator[str]:
    """The retries of the delivery that `hop` is, where none are asked for."""
    base = hop.place.property.rpartition(".")[0].split(".")
    retries = wiring.props(declaring).at(*base, "RetryPolicy", "MaximumRetryAttempts")
    if retries.exists() and retries.integer().value == 0:
        yield retries.property
