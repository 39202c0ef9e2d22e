"""Amazon S3: buckets, and what their notifications reach.

Notifications stand in the bucket itself or in the custom resource that the CDK makes of them; both are read.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-s3-bucket-notificationconfiguration.html
"""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph.facts import Fact
from seawall.graph.guards import Carries, Event, Guard
from seawall.graph.kinds import HopKind
from seawall.graph.model import Place, Site
from seawall.graph.patterns import EVERYTHING, All, AnyOf, Field, Formula, Text, Undecided
from seawall.template import Props, Resource, Target

from ..conditions import under
from ..eventbridge.buses import DEFAULT, rules_on
from ..eventbridge.patterns import rule_pattern
from ..eventbridge.service_events import ServiceEventMatch, Test, matching, text
from ..eventsv2.buses import sources_of
from ..registry import Arrival, hops, receiver, sites
from ..wiring import Wiring
from .keys import ANY_KEY, KeyFilter, described, key_filter, key_tests, pattern_keys, written

BUCKET = "AWS::S3::Bucket"
CDK_NOTIFICATIONS = "Custom::S3BucketNotifications"
_CREATED = "s3:ObjectCreated:"
_EVENT_TYPES = Fact(
    (
        "Object Created",
        "Object Deleted",
        "Object Restore Initiated",
        "Object Restore Completed",
        "Object Restore Expired",
        "Object Storage Class Changed",
        "Object Access Tier Changed",
        "Object ACL Updated",
        "Object Tags Added",
        "Object Tags Deleted",
    ),
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html",
    "2026-11-22",
)
"""`detail-type` of the events that a bucket sends to EventBridge."""
_EVENT_NAMES = dict(
    zip(
        _EVENT_TYPES.value,
        (
            "ObjectCreated:",
            "ObjectRemoved:",
            "ObjectRestore:Post",
            "ObjectRestore:Completed",
            "ObjectRestore:Delete",
            "LifecycleTransition",
            "IntelligentTiering",
            "ObjectAcl:Put",
            "ObjectTagging:Put",
            "ObjectTagging:Delete",
        ),
        strict=True,
    )
)
"""How notifications call the same events, or how that begins (notification-how-to-event-types, 2026-11-29)."""
_REASONS = Fact(
    (
        ("PutObject", "ObjectCreated:Put"),
        ("POST Object", "ObjectCreated:Post"),
        ("CopyObject", "ObjectCreated:Copy"),
        ("CompleteMultipartUpload", "ObjectCreated:CompleteMultipartUpload"),
        ("DeleteObject", "ObjectRemoved:"),
        ("Lifecycle Expiration", "ObjectRemoved:"),
    ),
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html",
    "2026-11-30",
)
"""`reason` of an event on the bus, and how notifications call the same, or how that begins."""
_KEY = ("detail", "object", "key")
_FROM_S3: Event = {("source",): frozenset(("aws.s3",))}
_ON_THE_BUS: Carries = {("key",): _KEY}
_RECEIVERS = (
    (("LambdaConfigurations", "LambdaFunctionConfigurations"), ("Function", "LambdaFunctionArn")),
    (("QueueConfigurations",), ("Queue", "QueueArn")),
    (("TopicConfigurations",), ("Topic", "TopicArn")),
)
"""Lists of receivers, and what names one: as CloudFormation spells it, and as the API does."""


@sites(BUCKET)
def bucket(wiring: Wiring, resource: Resource) -> None:
    """A bucket is a site that events about its objects come from."""
    wiring.site(Site(resource.site_id, "bucket", Place(resource.address)))


@receiver(BUCKET)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Objects arrive at the bucket itself."""
    return resource.site_id


@hops(BUCKET)
def own_notifications(wiring: Wiring, resource: Resource) -> None:
    """Notifications written into the bucket."""
    _notify(wiring, resource, Target(resource.address), resource.site_id)


@hops(BUCKET)
def replicated(wiring: Wiring, resource: Resource) -> None:
    """Objects that are copied into other buckets, where each is one that is created; copies are not copied again.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html, read 2026-11-30
    """
    for rule in wiring.props(resource).items("ReplicationConfiguration", "Rules"):
        if rule.props.text("Status").value == "Disabled":
            continue
        named = rule.props.at("Destination", "Bucket")
        keys = next((rule.props.text(*path).value for path in _REPLICATED if rule.props.exists(*path)), "") or ""
        for site, target in wiring.receivers(resource, named.property, named.value(), Arrival.ASYNC, "s3"):
            _created(wiring).setdefault(resource.site_id, []).append(KeyFilter(keys))
            wiring.hop(
                resource.site_id,
                site,
                "replication",
                Place(resource.address, named.property),
                conditions=under(resource, rule, target),
                assumption=f"the object's key begins with {keys}" if keys else "",
                guard=Guard(All((_event_names([f"{_CREATED}*"]), _ORIGINAL, *key_tests(KeyFilter(keys))))),
                event={_REPLICA: frozenset(("yes",)), ("eventName",): frozenset(("ObjectCreated:Put",))},
                carries={("key",): ("key",)},
            )


_REPLICA = ("replica",)
_ORIGINAL = Field(_REPLICA, (Text(("no",)),))
_REPLICATED = (("Prefix",), ("Filter", "Prefix"), ("Filter", "And", "Prefix"))
"""Where a rule says which keys it copies."""


@receiver("AWS::S3::AccessPoint")
def arrives_behind(wiring: Wiring, resource: Resource, _target: Target, arrival: Arrival) -> str | None:
    """An access point is another name of its bucket."""
    named = wiring.targets(resource, wiring.props(resource).value("Bucket"), "s3")
    return next((site for each in named if (site := wiring.arrive(each, arrival)) is not None), None)


@receiver("AWS::S3::MultiRegionAccessPoint")
def arrives_in_a_region(wiring: Wiring, resource: Resource, _target: Target, arrival: Arrival) -> str | None:
    """Of the buckets behind one in several Regions, the nearest gets an object: one of them stands for all."""
    values = (item.props.value("Bucket") for item in wiring.props(resource).items("Regions"))
    named = (each for value in values for each in wiring.targets(resource, value, "s3"))
    return next((site for each in named if (site := wiring.arrive(each, arrival)) is not None), None)


@hops(CDK_NOTIFICATIONS)
def cdk_notifications(wiring: Wiring, resource: Resource) -> None:
    """Notifications that the CDK sets on a bucket, which may be one of another app."""
    for target in wiring.targets(resource, wiring.props(resource).value("BucketName"), "s3"):
        found = wiring.app.resource(target.address)
        if found is not None and found.type == BUCKET:
            _notify(wiring, resource, target, found.site_id)
        elif found is None and target.literal and "${?}" not in target.literal:
            _notify(wiring, resource, target, wiring.external(target.literal, "bucket"))
        else:
            wiring.unknown(resource, "BucketName", target.why or "names no bucket")


def notices(wiring: Wiring, site: str, suffix: str) -> bool:
    """Whether an object that is written at ``<the bucket's ARN><suffix>`` may make the bucket notify something."""
    return suffix != "" and any(each.meets(written(suffix)) for each in _created(wiring).get(site, ()))


def notified(wiring: Wiring, site: str, keys: KeyFilter) -> None:
    """Note that something learns of objects that are created in the bucket at `site`."""
    _created(wiring).setdefault(site, []).append(keys)


def _created(wiring: Wiring) -> dict[str, list[KeyFilter]]:
    """By bucket: which created objects it notifies of."""
    return wiring.kept("created objects that are notified of", dict[str, list[KeyFilter]])


def told_otherwise(wiring: Wiring) -> dict[str, set[str]]:
    """By bucket: the kinds of events, other than that an object was created, of which something is told."""
    return wiring.kept("other events of buckets", dict[str, set[str]])


def _notify(wiring: Wiring, resource: Resource, target: Target, source: str) -> None:
    section = wiring.props(resource).at("NotificationConfiguration")
    for lists, names in _RECEIVERS:
        for entry in (item for name in lists for item in section.items(name)):
            receiving = next((entry.props.at(name) for name in names if entry.props.exists(name)), entry.props)
            keys = key_filter(entry.props)
            events = [
                each.props.text().value or "?" for name in ("Event", "Events") for each in entry.props.items(name)
            ]
            if not events or any(event == "?" or event.startswith(_CREATED) for event in events):
                _created(wiring).setdefault(source, []).append(keys)
            told_otherwise(wiring).setdefault(source, set()).update(event.removeprefix("s3:") for event in events)
            for site, end in wiring.receivers(resource, receiving.property, receiving.value(), Arrival.ASYNC):
                wiring.hop(
                    source,
                    site,
                    "notification",
                    Place(resource.address, receiving.property),
                    conditions=under(resource, target, entry, end),
                    assumption=_assumed(events, keys),
                    traced=True,
                    guard=Guard(All((_event_names(events), *key_tests(keys)))),
                    carries={},
                )
    events_on = section.at("EventBridgeConfiguration")
    if events_on.exists() and events_on.flag("EventBridgeEnabled", default=True).value is not False:
        _to_rules(wiring, resource, target, source)
        for forwarding, assumption in sources_of(wiring, resource, "aws.s3"):
            _created(wiring).setdefault(source, []).append(ANY_KEY)
            place = Place(forwarding.address, "Configuration.AwsServiceEventsConfiguration.AwsService")
            conditions = under(resource, target)
            wiring.hop(source, forwarding.site_id, "event-source", place, conditions=conditions, assumption=assumption)


def _assumed(events: list[str], keys: KeyFilter) -> str:
    about = [] if f"{_CREATED}*" in events else [f"the event is {' or '.join(events)}"]
    return " and ".join([*about, *described(keys)])


def _to_rules(wiring: Wiring, resource: Resource, bucket: Target, source: str) -> None:
    """Rules on the default bus that events of the bucket may match."""
    for rule, conditions in rules_on(wiring, resource, Target(None, literal=DEFAULT)):
        pattern = wiring.props(rule).at("EventPattern")
        names = naming(wiring, rule, bucket)
        about = {("source",): text("aws.s3"), ("detail", "bucket", "name"): names}
        created = matching(pattern, {**about, ("detail-type",): text("Object Created")})
        if created is not ServiceEventMatch.NO:
            _created(wiring).setdefault(source, []).extend(pattern_keys(pattern) or [ANY_KEY])
        kinds = (kind for kind in _EVENT_TYPES.value if matching(pattern, {**about, ("detail-type",): text(kind)}))
        names_ = [_EVENT_NAMES[kind] for kind in kinds]
        if not names_:
            continue
        told_otherwise(wiring).setdefault(source, set()).update(names_)
        wiring.hop(
            source,
            rule.site_id,
            HopKind.RULE_MATCH,
            Place(rule.address, "EventPattern"),
            conditions=tuple(dict.fromkeys((*under(resource, bucket), *conditions))),
            assumption="" if created is ServiceEventMatch.SURE else "the event matches the rule's pattern",
            guard=Guard(_of_bucket(rule_pattern(wiring, rule))),
            event=_FROM_S3,
            carries=_ON_THE_BUS,
        )


def _event_names(events: list[str]) -> Formula:
    """Kinds of events as a notification names them."""
    names = [event.removeprefix("s3:") for event in events if event != "?"]
    tests = tuple(Text((name.removesuffix("*"), "")) if name.endswith("*") else Text((name,)) for name in names)
    return Field(("eventName",), tests) if tests and len(names) == len(events) else EVERYTHING


def _of_bucket(formula: Formula) -> Formula:
    """A rule's pattern as it looks to an event of the bucket itself, under the names that notifications use."""
    if not isinstance(formula, Field):
        parts = tuple(_of_bucket(part) for part in formula.parts)
        return All(parts) if isinstance(formula, All) else AnyOf(parts)
    if formula.path == _KEY:
        return Field(("key",), formula.tests)
    if formula.path == ("detail-type",):
        kinds = [name for kind, name in _EVENT_NAMES.items() if any(test.holds(kind) for test in formula.tests)]
        return Field(("eventName",), tuple(Text((name, "")) for name in kinds))
    if formula.path == ("detail", "reason"):
        told = [name for reason, name in _REASONS.value if any(test.holds(reason) for test in formula.tests)]
        return Field(("eventName",), tuple(Text((name, "") if name.endswith(":") else (name,)) for name in told))
    if formula.path in (("source",), ("detail", "bucket", "name")):
        return EVERYTHING
    return Field(formula.path, (Undecided("what the event says is not known"),)) if formula.path else formula


def naming(wiring: Wiring, rule: Resource, bucket: Target) -> Test:
    """How an entry of the rule's pattern fits the bucket's name."""

    def test(entry: Props) -> ServiceEventMatch:
        if any(entry.mapping()):
            return ServiceEventMatch.MAYBE
        return max(_named(wiring, rule, entry, bucket), default=ServiceEventMatch.MAYBE)

    return test


def _named(wiring: Wiring, rule: Resource, entry: Props, bucket: Target) -> Iterator[ServiceEventMatch]:
    for target in wiring.targets(rule, entry.value(), "s3"):
        if bucket.address is not None and target.address is not None:
            yield ServiceEventMatch.SURE if target.address == bucket.address else ServiceEventMatch.NO
        elif bucket.address is None and target.literal == bucket.literal:
            yield ServiceEventMatch.SURE
        else:
            yield ServiceEventMatch.NO if target.literal and "${" not in target.literal else ServiceEventMatch.MAYBE
