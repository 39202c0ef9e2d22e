"""Amazon SES: rules for mail that arrives, and what is told about mail that is sent.

Sources: https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-ses-receiptrule-action.html and
https://docs.aws.amazon.com/ses/latest/dg/monitor-using-event-publishing.html
"""

from __future__ import annotations

from seawall.graph.layers import fixed
from seawall.graph.model import CLASSES, Place, Site, Tries
from seawall.template import Item, Props, Resource, ValueStatus

from ..conditions import under
from ..ends import landings
from ..registry import Arrival, hops, sites
from ..wiring import Wiring

RECEIPT_RULE = "AWS::SES::ReceiptRule"
EVENTS = "AWS::SES::ConfigurationSetEventDestination"
_ACTIONS = ("BounceAction", "LambdaAction", "S3Action", "SNSAction", "StopAction", "WorkmailAction", "AddHeaderAction")
_RECEIVERS = (
    ("SnsDestination", "TopicARN", "sns"),
    ("KinesisFirehoseDestination", "DeliveryStreamARN", "firehose"),
    ("EventBridgeDestination", "EventBusArn", "events:event-bus"),
)
_FIXED = fixed("SES's own tries cannot be set")
_AGAIN = Tries(
    None, status=ValueStatus.UNKNOWN, setting="InvocationType", note="not documented", backoff=None, layer=_FIXED
)


@sites(RECEIPT_RULE)
def rule(wiring: Wiring, resource: Resource) -> None:
    """A rule on incoming mail is an entry."""
    wiring.site(Site(resource.site_id, "mail-rule", Place(resource.address)))


@hops(RECEIPT_RULE)
def actions(wiring: Wiring, resource: Resource) -> None:
    """What a rule calls, writes to and notifies; a rule that is not switched on does nothing."""
    section = wiring.props(resource).at("Rule")
    if section.flag("Enabled").value is False:
        return
    for item in section.items("Actions"):
        for name in _ACTIONS:
            action = item.props.at(name)
            _send(wiring, resource, item, action.at("TopicArn"), "sns", "topic")
            _send(wiring, resource, item, action.at("BucketName"), "s3", "bucket")
        _function(wiring, resource, item)


def _function(wiring: Wiring, resource: Resource, item: Item) -> None:
    action = item.props.at("LambdaAction")
    named = action.at("FunctionArn")
    awaits = action.text("InvocationType", default="Event").value == "RequestResponse"
    arrival = Arrival.SYNC if awaits else Arrival.ASYNC
    for site, target in wiring.receivers(resource, named.property, named.value(), arrival, "lambda"):
        wiring.hop(
            resource.site_id,
            site,
            "mail-action",
            Place(resource.address, named.property),
            awaits=awaits,
            tries=dict.fromkeys(CLASSES, _AGAIN) if awaits else None,
            conditions=under(resource, item, target),
        )


def _send(wiring: Wiring, resource: Resource, item: Item, named: Props, service: str, kind: str) -> None:
    for site, target in landings(wiring, resource, named.property, named.value(), Arrival.ASYNC, service, kind):
        place = Place(resource.address, named.property)
        wiring.hop(resource.site_id, site, "mail-action", place, conditions=under(resource, item, target))


@sites(EVENTS)
def mail_events(wiring: Wiring, resource: Resource) -> None:
    """Bounces, complaints and the like, of mail that is sent, are an entry."""
    wiring.site(Site(resource.site_id, "mail-events", Place(resource.address)))


@hops(EVENTS)
def told(wiring: Wiring, resource: Resource) -> None:
    """Where these events are sent."""
    section = wiring.props(resource).at("EventDestination")
    if section.flag("Enabled").value is False:
        return
    for name, key, service in _RECEIVERS:
        named = section.at(name, key)
        for site, target in wiring.receivers(resource, named.property, named.value(), Arrival.ASYNC, service):
            place = Place(resource.address, named.property)
            wiring.hop(resource.site_id, site, "mail-event", place, conditions=under(resource, target))
