"""Buckets: what their notifications reach, and which writes of code they notify of."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import Evidence
from seawall.retries import analyse
from seawall.services.build import build

from .conftest import Raw, Wire, arn, function, hop, hops, join, queue, ref, resource, totals, whys

CREATED = "s3:ObjectCreated:*"


def native(kind: str, end: Any, event: str = CREATED, **settings: Any) -> Raw:
    entry = {"Event": event, {"Lambda": "Function"}.get(kind, kind): end, **settings}
    return resource("S3::Bucket", NotificationConfiguration={f"{kind}Configurations": [entry]})


def cdk(kind: str, end: Any, bucket: Any = None, events: tuple[str, ...] = (CREATED,), **settings: Any) -> Raw:
    name = {"LambdaFunction": "LambdaFunctionArn", "Queue": "QueueArn", "Topic": "TopicArn"}[kind]
    entry = {"Events": list(events), name: end, **settings}
    return notifications({f"{kind}Configurations": [entry]}, bucket)


def notifications(configuration: Raw, bucket: Any = None) -> Raw:
    properties = {"BucketName": bucket or ref("Bucket"), "NotificationConfiguration": configuration, "Managed": True}
    return {"Type": "Custom::S3BucketNotifications", "Properties": properties}


def keys(prefix: str, suffix: str = "", cdks: bool = False) -> Raw:
    rules = [{"Name": "prefix", "Value": prefix}, *([{"Name": "suffix", "Value": suffix}] if suffix else [])]
    return {"Filter": {"Key": {"FilterRules": rules}} if cdks else {"S3Key": {"Rules": rules}}}


ENDS = {"Fn": function(), "Queue": queue(), "Topic": resource("SNS::Topic"), "Plain": resource("S3::Bucket")}


@pytest.mark.parametrize(
    ("kind", "end", "site"),
    [("Lambda", arn("Fn"), "Fn#async"), ("Queue", arn("Queue"), "Queue"), ("Topic", ref("Topic"), "Topic")],
)
@pytest.mark.parametrize("by_cdk", [False, True])
def test_a_bucket_hands_its_events_off(wire: Wire, kind: str, end: Any, site: str, by_cdk: bool) -> None:
    own = {"Bucket": native(kind, end)}
    custom = {"Bucket": resource("S3::Bucket"), "Notify": cdk({"Lambda": "LambdaFunction"}.get(kind, kind), end)}
    wiring = wire(ENDS | (custom if by_cdk else own))
    found = hop(wiring, "Bucket", site)
    assert (found.kind, found.awaits, found.traced, found.assumption) == ("notification", False, True, "")
    assert wiring.sites["app/Bucket"].kind == "bucket"
    if kind == "Lambda":
        assert totals(hop(wiring, "Fn#async", "Fn")) == {"error": 3, "timeout": 3, "throttle": None, "fault": None}


@pytest.mark.parametrize("by_cdk", [False, True])
def test_filters_and_events_are_assumptions(wire: Wire, by_cdk: bool) -> None:
    chosen = keys("in/", ".jpg", by_cdk)
    put = "s3:ObjectCreated:Put"
    own = {"Bucket": native("Queue", arn("Queue"), put, **chosen)}
    custom = {"Bucket": resource("S3::Bucket"), "Notify": cdk("Queue", arn("Queue"), events=(put,), **chosen)}
    wiring = wire(ENDS | (custom if by_cdk else own))
    assert hop(wiring, "Bucket", "Queue").assumption == (
        f"the event is {put} and the object's key begins with in/ and the object's key ends with .jpg"
    )


def test_a_bucket_of_another_app_notifies_too(wire: Wire) -> None:
    wiring = wire(ENDS | {"Notify": cdk("Queue", arn("Queue"), bucket="uploads")})
    assert hop(wiring, "external:uploads", "Queue")
    assert wiring.sites["external:uploads"].kind == "bucket"


def test_receivers_and_buckets_that_cannot_be_resolved_are_said(wire: Wire) -> None:
    free = {"Free": {"Type": "String"}}
    wiring = wire(
        ENDS | {"Bucket": native("Queue", ref("Free")), "Notify": cdk("Queue", arn("Queue"), bucket=ref("Free"))},
        Parameters=free,
    )
    assert not hops(wiring, target="Queue")
    assert set(whys(wiring)) == {
        "Bucket.NotificationConfiguration.QueueConfigurations.0.Queue",
        "Notify.BucketName",
    }


def writer(on: Any, action: str = "s3:PutObject", **properties: Any) -> Raw:
    statement = {"Effect": "Allow", "Action": action, "Resource": on}
    policy = {"PolicyName": "P", "PolicyDocument": {"Statement": statement}}
    return {
        "Role": resource("IAM::Role", Policies=[policy]),
        "Writer": function(Role=arn("Role"), **properties),
    }


OBJECTS = join(arn("Bucket"), "/*")


@pytest.mark.parametrize("action", ["s3:PutObject", "s3:PutObject*"])
@pytest.mark.parametrize("held", [False, True])
def test_a_write_is_a_call_if_the_bucket_notifies_of_it(wire: Wire, action: str, held: bool) -> None:
    variables = {"Environment": {"Variables": {"BUCKET": ref("Bucket")}}} if held else {}
    # the CDK names the bucket beside its objects
    template = ENDS | writer([arn("Bucket"), OBJECTS], action, **variables)
    found = hop(wire(template | {"Bucket": native("Queue", arn("Queue"))}), "Writer", "Bucket")
    assert (found.kind, found.awaits, found.traced) == ("s3:PutObject", False, True)
    assert found.evidence is (Evidence.STRONG if held else Evidence.MEDIUM)
    assert not hops(wire(template | {"Bucket": resource("S3::Bucket")}), "Writer"), "nobody learns of it"


@pytest.mark.parametrize("event", ["s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"])
def test_a_write_removes_nothing(wire: Wire, event: str) -> None:
    template = ENDS | writer(OBJECTS) | {"Bucket": native("Queue", arn("Queue"), event)}
    assert not hops(wire(template), "Writer")


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:*", "s3:PutObjectTagging"])
def test_other_actions_write_no_objects(wire: Wire, action: str) -> None:
    assert not hops(wire(ENDS | writer(OBJECTS, action) | {"Bucket": native("Queue", arn("Queue"))}), "Writer")


@pytest.mark.parametrize(
    ("objects", "prefix", "suffix", "meets"),
    [
        ("/*", "in/", ".jpg", True),
        ("/in/*", "in/", ".jpg", True),
        ("/in/small/*", "in/", "", True),
        ("/*.png", "in/", ".jpg", False),
        ("/out/*", "in/", "", False),
        ("/out/*", "", ".jpg", True),
        ("/in/state.json", "in/", ".json", True),
        ("/in/state.json", "in/", ".jpg", False),
        ("/${Stage}/*", "in/", "", True),
        ("/out/${Stage}", "in/", "", False),
    ],
)
def test_a_write_that_no_filter_lets_through_is_no_call(
    wire: Wire, objects: str, prefix: str, suffix: str, meets: bool
) -> None:
    on = {"Fn::Sub": "${Bucket.Arn}" + objects}
    template = ENDS | writer(on) | {"Bucket": native("Queue", arn("Queue"), **keys(prefix, suffix))}
    wiring = wire(template, Parameters={"Stage": {"Type": "String"}})
    assert bool(hops(wiring, "Writer", "Bucket")) is meets


def test_a_statement_on_several_services_mixes_none(wire: Wire) -> None:
    mixed = writer([OBJECTS, arn("Queue")])
    mixed["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]["Action"] = [
        "s3:PutObject",
        "sqs:SendMessage",
    ]
    wiring = wire(ENDS | mixed | {"Bucket": native("Topic", ref("Topic"))})
    assert sorted((each.kind, each.target) for each in hops(wiring, "Writer")) == [
        ("s3:PutObject", "app/Bucket"),
        ("sqs:SendMessage", "app/Queue"),
    ]


EVENTS = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
NOTIFYING = resource("S3::Bucket", BucketName="uploads", NotificationConfiguration=EVENTS)


def rule(**pattern: Any) -> Raw:
    return resource("Events::Rule", EventPattern={key.replace("_", "-"): value for key, value in pattern.items()})


def of_bucket(name: Any) -> Raw:
    return {"bucket": {"name": name}}


@pytest.mark.parametrize(
    ("pattern", "assumed"),
    [
        ({"source": ["aws.s3"]}, False),
        ({"source": ["aws.s3"], "detail_type": ["Object Created"]}, False),
        ({"source": ["aws.s3"], "detail": of_bucket([ref("Bucket")])}, False),
        ({"source": ["aws.s3"], "detail": of_bucket(["uploads"])}, False),
        ({"source": [{"prefix": "aws."}], "detail": of_bucket(["other", "uploads"])}, False),
        ({"source": ["aws.s3"], "detail": of_bucket([{"prefix": "up"}])}, True),
        ({"source": ["aws.s3"], "detail": of_bucket([ref("Free")])}, True),
        ({"source": ["aws.s3"], "detail": {"object": {"key": [{"prefix": "in/"}]}}}, True),
        ({"source": ["aws.s3"], "detail_type": ["Object Deleted"]}, True),
        ({"source": ["aws.s3"], "detail_type": [{"wildcard": "Object *"}]}, True),
        ({"account": [ref("AWS::AccountId")]}, True),
    ],
)
@pytest.mark.parametrize("by_cdk", [False, True])
def test_rules_on_the_default_bus_receive_a_buckets_events(
    wire: Wire, pattern: Raw, assumed: bool, by_cdk: bool
) -> None:
    bucket = resource("S3::Bucket", BucketName="uploads") if by_cdk else NOTIFYING
    custom = {"Notify": notifications({"EventBridgeConfiguration": {}})} if by_cdk else {}
    wiring = wire({"Bucket": bucket, "Rule": rule(**pattern)} | custom, Parameters={"Free": {"Type": "String"}})
    found = hop(wiring, "Bucket", "Rule")
    assert (found.kind, found.awaits, found.traced) == ("rule-match", False, False)
    assert bool(found.assumption) is assumed


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.ec2"]},
        {"source": [{"anything-but": ["aws.s3"]}]},
        {"source": ["aws.s3"], "detail": of_bucket(["other"])},
        {"source": ["aws.s3"], "detail": of_bucket([ref("Other")])},
        {"source": ["aws.s3"], "detail_type": ["AWS API Call via CloudTrail"]},
    ],
)
def test_other_rules_do_not(wire: Wire, pattern: Raw) -> None:
    assert not hops(wire({"Bucket": NOTIFYING, "Other": resource("S3::Bucket"), "Rule": rule(**pattern)}), "Bucket")


def test_without_the_switch_no_rule_hears_of_a_bucket(wire: Wire) -> None:
    off = resource("S3::Bucket", NotificationConfiguration={"EventBridgeConfiguration": {"EventBridgeEnabled": False}})
    listening = {
        "On": rule(source=["aws.s3"]),
        "Off": resource("Events::Rule", State="DISABLED", EventPattern={"source": ["aws.s3"]}),
        "Elsewhere": resource("Events::Rule", EventBusName=ref("Bus"), EventPattern={"source": ["aws.s3"]}),
        "Bus": resource("Events::EventBus", Name="b"),
    }
    assert not hops(wire({"Bucket": off, **listening}), "Bucket")
    assert [each.target for each in hops(wire({"Bucket": NOTIFYING, **listening}), "Bucket")] == ["app/On"]


@pytest.mark.parametrize(("objects", "meets"), [("/in/*", True), ("/out/*", False)])
def test_writes_meet_the_keys_of_a_rule(wire: Wire, objects: str, meets: bool) -> None:
    keyed = rule(source=["aws.s3"], detail_type=["Object Created"], detail={"object": {"key": [{"prefix": "in/"}]}})
    template = writer(join(arn("Bucket"), objects)) | {"Bucket": NOTIFYING, "Rule": keyed}
    assert bool(hops(wire(template), "Writer", "Bucket")) is meets


def copied(to: str, **rule_: Any) -> Raw:
    entry = {"Status": "Enabled", "Destination": {"Bucket": arn(to)}, **rule_}
    return resource("S3::Bucket", ReplicationConfiguration={"Role": "arn:aws:iam::1:role/r", "Rules": [entry]})


@pytest.mark.parametrize(
    ("settings", "assumed"),
    [
        ({}, ""),
        ({"Prefix": "in/"}, "the object's key begins with in/"),
        ({"Filter": {"Prefix": "in/"}}, "the object's key begins with in/"),
        ({"Filter": {"And": {"Prefix": "in/", "TagFilters": []}}}, "the object's key begins with in/"),
    ],
)
def test_objects_are_copied_into_another_bucket(wire: Wire, settings: Raw, assumed: str) -> None:
    found = hop(wire({"Bucket": copied("Other", **settings), "Other": resource("S3::Bucket")}), "Bucket", "Other")
    assert (found.kind, found.awaits, found.assumption) == ("replication", False, assumed)


def test_what_is_switched_off_copies_nothing(wire: Wire) -> None:
    assert not hops(wire({"Bucket": copied("Other", Status="Disabled"), "Other": resource("S3::Bucket")}), "Bucket")


def test_a_copy_is_not_copied_again(wire: Wire) -> None:
    """Two buckets that are copied into each other make no loop: S3 copies what was written, not what it copied."""
    flow = build(wire({"Bucket": copied("Other"), "Other": copied("Bucket")}).app)
    assert not analyse(flow).loops


def test_an_access_point_is_its_bucket(wire: Wire) -> None:
    points = {
        "One": resource("S3::AccessPoint", Bucket=ref("Bucket")),
        "Many": resource("S3::MultiRegionAccessPoint", Regions=[{"Bucket": ref("Bucket")}]),
    }
    for name in points:
        template = writer(join(arn(name), "/object/*")) | {"Bucket": native("Queue", arn("Queue"))} | ENDS | points
        assert hops(wire(template), "Writer", "Bucket"), name


@pytest.mark.parametrize(
    ("reason", "comes_back"),
    [
        (["PutObject"], True),
        (["CopyObject", "PutObject"], True),
        (["CopyObject"], False),
        ([{"prefix": "Put"}], True),
        ([{"anything-but": ["PutObject"]}], False),
        (["DeleteObject"], False),
    ],
)
def test_a_rule_on_the_call_that_made_an_object(wire: Wire, reason: list[Any], comes_back: bool) -> None:
    """A machine puts an object into the bucket whose new objects start it."""
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
        "Parameters": {"Bucket": ref("Bucket"), "Key": "x", "Body.$": "$"},
        "End": True,
    }
    switch = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": ["pile"]}, "reason": reason}}
    resources = {
        "Bucket": resource("S3::Bucket", BucketName="pile", NotificationConfiguration=switch),
        "Machine": resource("StepFunctions::StateMachine", Definition={"StartAt": "P", "States": {"P": put}}),
        "Rule": resource("Events::Rule", EventPattern=pattern, Targets=[{"Id": "m", "Arn": ref("Machine")}]),
    }
    assert bool(analyse(build(wire(resources).app)).loops) is comes_back
