"""AWS CloudTrail trails that record what happens to objects: a trail that records the bucket it delivers to writes a
record for each of its own deliveries.

Sources, read 2026-11-29: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
and https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudtrail-trail.html
"""

from __future__ import annotations

from seawall.graph.model import Place, Site
from seawall.template import Item, Props, Resource, Target, render

from ..conditions import under
from ..eventbridge.buses import DEFAULT, rules_on
from ..eventbridge.service_events import ServiceEventMatch, matching, text
from ..registry import Arrival, hops, sites
from ..s3.buckets import BUCKET, naming, notified
from ..s3.keys import ANY_KEY
from ..wiring import Wiring

TRAIL = "AWS::CloudTrail::Trail"
API_CALL = "AWS API Call via CloudTrail"
_OBJECTS = "AWS::S3::Object"
_DELIVERED = "AWSLogs/"
"""How the keys begin that a trail writes, behind its own prefix."""
_WRITES = ("PutObject", "CopyObject", "CompleteMultipartUpload")


@sites(TRAIL)
def trail(wiring: Wiring, resource: Resource) -> None:
    """A trail is a site that records pass."""
    wiring.site(Site(resource.site_id, "trail", Place(resource.address)))


@hops(TRAIL)
def records(wiring: Wiring, resource: Resource) -> None:
    """From buckets whose objects a trail records into the trail, and from the trail into its bucket."""
    props = wiring.props(resource)
    if props.flag("IsLogging", default=True).value is False:
        return
    delivered = list(wiring.receivers(resource, "S3BucketName", props.value("S3BucketName"), Arrival.ASYNC, "s3"))
    own = {target.address for _, target in delivered}
    for bucket in wiring.app.by_type.get(BUCKET, ()):
        place = _recorded(wiring, resource, bucket, own=bucket.address in own)
        if place is not None:
            stop = f"leave {bucket.site_id} out of the data events that {resource.site_id} records"
            wiring.hop(bucket.site_id, resource.site_id, "data-event", place, conditions=under(resource), stop=stop)
            _to_rules(wiring, bucket)
    for site, target in delivered:
        place = Place(resource.address, "S3BucketName")
        stop = f"leave {site} out of the data events that {resource.site_id} records"
        wiring.hop(resource.site_id, site, "log-delivery", place, conditions=under(resource, target), stop=stop)


def _recorded(wiring: Wiring, trail: Resource, bucket: Resource, *, own: bool) -> Place | None:
    """Where the trail says that it records objects written into `bucket`; None if it does not."""
    props = wiring.props(trail)
    prefix = props.text("S3KeyPrefix", default="").value
    key = None if not own or prefix is None else f"{prefix}/{_DELIVERED}".lstrip("/")
    for selector in props.items("EventSelectors"):
        if selector.props.text("ReadWriteType", default="All").value == "ReadOnly":
            continue
        for data in selector.props.items("DataResources"):
            if data.props.text("Type").value == _OBJECTS:
                for value in data.props.items("Values"):
                    if _covers(wiring, trail, value.props, bucket, key):
                        return Place(trail.address, data.props.property)
    for selector in props.items("AdvancedEventSelectors"):
        if _advanced(wiring, trail, selector, bucket, key):
            return Place(trail.address, selector.props.property)
    return None


def _covers(wiring: Wiring, trail: Resource, value: Props, bucket: Resource, key: str | None) -> bool:
    """Whether a value, an ARN prefix, covers the bucket's objects, or those that the trail itself writes."""
    shown = render(value.value()).replace("AWS::Partition", "aws").replace("${aws}", "aws")
    if shown.rstrip("/") in ("arn:aws:s3", "arn:aws:s3:::"):
        return True
    for target in wiring.targets(trail, value.value(), "s3"):
        if target.address == bucket.address:
            prefix = target.suffix.lstrip("/")
            return not prefix or key is None or key.startswith(prefix) or prefix.startswith(key)
    return False


def _advanced(wiring: Wiring, trail: Resource, selector: Item, bucket: Resource, key: str | None) -> bool:
    objects = False
    for field in selector.props.items("FieldSelectors"):
        name = field.props.text("Field").value
        equals = [item.props.text().value for item in field.props.items("Equals")]
        if name == "eventCategory" and "Data" not in equals:
            return False
        if name == "readOnly" and equals == ["true"]:
            return False
        if name == "resources.type":
            objects = _OBJECTS in equals
        if name == "eventName" and equals and not set(equals) & set(_WRITES):
            return False
        if name == "resources.ARN" and not _named(wiring, trail, field.props, bucket, key):
            return False
    return objects


def _named(wiring: Wiring, trail: Resource, field: Props, bucket: Resource, key: str | None) -> bool:
    for sign in ("StartsWith", "Equals"):
        given = field.items(sign)
        if given and not any(_covers(wiring, trail, item.props, bucket, key) for item in given):
            return False
    for sign in ("NotStartsWith", "NotEquals"):
        if any(_covers(wiring, trail, item.props, bucket, key) for item in field.items(sign)):
            return False
    return True


def _to_rules(wiring: Wiring, bucket: Resource) -> None:
    """Rules on the calls that write objects: the trail's records reach them by the default bus."""
    for rule, conditions in rules_on(wiring, bucket, Target(None, literal=DEFAULT)):
        pattern = wiring.props(rule).at("EventPattern")
        if not pattern.exists("detail", "eventName"):
            continue
        about = {
            ("source",): text("aws.s3"),
            ("detail-type",): text(API_CALL),
            ("detail", "eventSource"): text("s3.amazonaws.com"),
            ("detail", "eventName"): text(*_WRITES),
            ("detail", "requestParameters", "bucketName"): naming(wiring, rule, Target(bucket.address)),
        }
        if matching(pattern, about) is not ServiceEventMatch.NO:
            notified(wiring, bucket.site_id, ANY_KEY)
            place = Place(rule.address, "EventPattern")
            key = ("api calls on", bucket.address, rule.address)
            wiring.once(
                key,
                lambda place=place, rule=rule, conditions=conditions: wiring.hop(  # type: ignore[misc]
                    bucket.site_id,
                    rule.site_id,
                    "api-call",
                    place,
                    conditions=conditions,
                    assumption="the call is one that the rule's pattern names",
                ),
            )
