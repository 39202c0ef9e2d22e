"""AWS Lambda event source mappings: the functions that read queues, streams, topics and brokers.

Parallel batches of a shard, tumbling windows and pollers change how fast a mapping reads, not how often it tries.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html,
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html and
https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
"""

from __future__ import annotations

from seawall.graph.guards import Guard, Option
from seawall.graph.model import Drop, Place, When
from seawall.template import Props, Resource

from ..conditions import under
from ..kafka.clusters import TOPIC_PREFIX, topic
from ..keeping import WATCHED
from ..pattern_language import filters
from ..registry import Arrival, hops
from ..streams.streams import METADATA, gives_up
from ..wiring import Wiring
from .mapping_sources import MappingSource, destination, sources

MAPPING = "AWS::Lambda::EventSourceMapping"


@hops(MAPPING)
def mapping(wiring: Wiring, resource: Resource) -> None:
    """Lambda reads the source and calls the function synchronously; what fails is read again."""
    props = wiring.props(resource)
    if props.flag("Enabled", default=True).value is False:
        return
    functions = list(wiring.receivers(resource, "FunctionName", props.value("FunctionName"), Arrival.SYNC, "lambda"))
    filtered = "the record matches the mapping's filter" if props.exists("FilterCriteria", "Filters") else ""
    for source in sources(wiring, resource):
        if source.discards and functions:
            _on_failure(wiring, resource, props, source)
        for site, target in functions:
            wiring.hop(
                source.site,
                site,
                "event-source-mapping",
                source.place,
                awaits=True,
                tries=source.tries,
                conditions=_both(under(resource, target), source),
                assumption=filtered,
                traced=source.traced,
                guard=_guard(resource, props, source),
            )


def _guard(resource: Resource, props: Props, source: MappingSource) -> Guard:
    """The mapping's filter; of a queue, that this reader receives the message."""
    criteria = props.at("FilterCriteria")
    pattern = filters(criteria) if criteria.exists("Filters") else None
    return Guard(pattern, (Option(source.site, resource.site_id),) if source.competes else ())


def _on_failure(wiring: Wiring, resource: Resource, props: Props, source: MappingSource) -> None:
    discarded = props.at("DestinationConfig", "OnFailure", "Destination")
    place = Place(resource.address, discarded.property)
    if not discarded.exists():
        if gives_up(props):
            what = "Lambda discards the batch after its last try and reads on"
            fix = f"set an on-failure destination on the mapping, a new queue {WATCHED}"
            wiring.drops.append(Drop(source.site, place, what, fix, destination(wiring, resource), METADATA))
        return
    name = discarded.text().value or ""
    if name.startswith(TOPIC_PREFIX):
        holder = source.site.partition("#")[0]
        end = topic(wiring, holder, name.removeprefix(TOPIC_PREFIX))
        given, instead = source.conditions, destination(wiring, resource)
        wiring.hop(source.site, end, "destination", place, when=When.EXHAUSTED, conditions=given, instead=instead)
        return
    for site, target in wiring.receivers(resource, discarded.property, discarded.value(), Arrival.ASYNC):
        conditions = _both(under(resource, target), source)
        instead = destination(wiring, resource)
        wiring.hop(source.site, site, "destination", place, when=When.EXHAUSTED, conditions=conditions, instead=instead)


def _both(conditions: tuple[str, ...], source: MappingSource) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*source.conditions, *conditions)))
