"""AWS IoT rules: what they do with the messages of devices, and what they republish to each other.

Actions hand off; a function is invoked asynchronously. How often the rules engine tries an action again is not
documented; what it cannot deliver goes to the rule's error action.

Sources: https://docs.aws.amazon.com/iot/latest/developerguide/iot-rule-actions.html,
https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html and
https://docs.aws.amazon.com/lambda/latest/dg/services-iot.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from seawall.graph.layers import fixed
from seawall.graph.model import CLASSES, Place, Site, Tries, When
from seawall.template import Props, Resource, ValueStatus

from ..conditions import under
from ..endpoints import endpoints
from ..ends import landings
from ..registry import Arrival, hops, sites
from ..wiring import Wiring

RULE = "AWS::IoT::TopicRule"
_RECEIVERS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "CloudwatchAlarm": (("AlarmName",), "cloudwatch", "alarm"),
    "CloudwatchLogs": (("LogGroupName",), "logs", "log-group"),
    "CloudwatchMetric": (("MetricNamespace",), "cloudwatch", "metric"),
    "DynamoDB": (("TableName",), "dynamodb", "table"),
    "DynamoDBv2": (("PutItem", "TableName"), "dynamodb", "table"),
    "Elasticsearch": (("Endpoint",), "es", "search-domain"),
    "Firehose": (("DeliveryStreamName",), "firehose", "delivery-stream"),
    "IotAnalytics": (("ChannelName",), "iotanalytics", "iot-analytics"),
    "IotEvents": (("InputName",), "iotevents", "iot-events"),
    "Kafka": (("DestinationArn",), "kafka", "kafka-cluster"),
    "Kinesis": (("StreamName",), "kinesis", "stream"),
    "Lambda": (("FunctionArn",), "lambda", "function"),
    "Location": (("TrackerName",), "geo", "tracker"),
    "OpenSearch": (("Endpoint",), "es", "search-domain"),
    "S3": (("BucketName",), "s3", "bucket"),
    "Sns": (("TargetArn",), "sns", "topic"),
    "Sqs": (("QueueUrl",), "sqs", "queue"),
    "StepFunctions": (("StateMachineName",), "states", "state-machine"),
    "Timestream": (("TableName",), "timestream", "time-series"),
}
"""By action: where its receiver is named, what a bare name names, and the kind of site it is."""
_FIXED = fixed("how often the rule tries an endpoint cannot be set")
_AGAIN = Tries(None, status=ValueStatus.UNKNOWN, setting="Http", note="not documented", backoff=None, layer=_FIXED)
_FROM = re.compile(r"\bFROM\s+'(?P<filter>[^']+)'", re.IGNORECASE)


@sites(RULE)
def rule(wiring: Wiring, resource: Resource) -> None:
    """A rule is a site that messages pass."""
    wiring.site(Site(resource.site_id, "iot-rule", Place(resource.address)))


@hops(RULE)
def actions(wiring: Wiring, resource: Resource) -> None:
    """A rule's actions, and the one that is told when they fail."""
    payload = wiring.props(resource).at("TopicRulePayload")
    if payload.flag("RuleDisabled").value is True:
        return
    for item in payload.items("Actions"):
        _action(wiring, resource, item.props, item.conditions, When.ALWAYS)
    _action(wiring, resource, payload.at("ErrorAction"), (), When.EXHAUSTED)


def _action(wiring: Wiring, resource: Resource, action: Props, conditions: tuple[str, ...], when: When) -> None:
    for name, (path, service, kind) in _RECEIVERS.items():
        named = action.at(name, *path)
        for site, target in landings(wiring, resource, named.property, named.value(), Arrival.ASYNC, service, kind):
            place = Place(resource.address, named.property)
            given = (*conditions, *under(resource, target))
            wiring.hop(resource.site_id, site, "iot-action", place, when=when, conditions=given)
    url = action.at("Http", "Url")
    for found in endpoints(wiring, resource, url.property, url.value(), "POST"):
        wiring.hop(
            resource.site_id,
            found.site,
            "iot-action",
            Place(resource.address, url.property),
            awaits=when is When.ALWAYS,
            when=when,
            tries=dict.fromkeys(CLASSES, _AGAIN),
            shows=dict.fromkeys(CLASSES),
            conditions=(*conditions, *under(resource, found.target)),
            event=found.event,
        )
    if action.exists("Republish"):
        _republish(wiring, resource, action.at("Republish", "Topic"), conditions, when)


def _republish(wiring: Wiring, resource: Resource, topic: Props, conditions: tuple[str, ...], when: When) -> None:
    """A message on another topic: rules on that topic receive it."""
    name = topic.text()
    if name.value is None or "${" in name.value:
        wiring.unknown(resource, topic.property, name.why or f"is chosen by each message ({name.value})")
        return
    place = Place(resource.address, topic.property)
    levels = name.value.split("/")
    heard = [each for each in wiring.app.by_type.get(RULE, ()) if _hears(wiring, each, levels)]
    ends = [each.site_id for each in heard] or [wiring.external(name.value, "iot-topic")]
    for site in ends:
        given = (*conditions, *under(resource))
        assumption = "the message matches the rule's statement" if heard else ""
        wiring.hop(resource.site_id, site, "iot-republish", place, when=when, conditions=given, assumption=assumption)


def _hears(wiring: Wiring, other: Resource, levels: list[str]) -> bool:
    """Whether the topic filter in a rule's statement lets a topic in: ``+`` is one level, ``#`` all that follow."""
    payload = wiring.props(other).at("TopicRulePayload")
    found = _FROM.search(payload.text("Sql").value or "")
    if found is None or payload.flag("RuleDisabled").value is True:
        return False
    wanted = found["filter"].split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(levels) or level not in ("+", levels[index]):
            return False
    return len(wanted) == len(levels)
