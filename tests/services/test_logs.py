"""Log groups, subscriptions, and functions that read their own logs."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Raw, Wire, arn, function, hop, hops, join, ref, resource
from .figures import analysed

LOGS_OF_FN = join("/aws/lambda/", ref("Fn"))


def subscription(group: Any, to: Any, pattern: str = "") -> Raw:
    return resource("Logs::SubscriptionFilter", LogGroupName=group, DestinationArn=to, FilterPattern=pattern)


def group(name: Any = None) -> Raw:
    return resource("Logs::LogGroup", **({"LogGroupName": name} if name else {}))


@pytest.mark.parametrize(
    ("kind", "receiver"),
    [
        (function(), "To#async"),
        (resource("Kinesis::Stream"), "To"),
        (resource("KinesisFirehose::DeliveryStream"), "To"),
        (resource("OpenSearchService::Domain"), "To"),
    ],
)
def test_a_subscription_hands_off(wire: Wire, kind: Raw, receiver: str) -> None:
    wiring = wire({"To": kind, "Group": group(), "Filter": subscription(ref("Group"), arn("To"))})
    found = hop(wiring, "Group", receiver)
    assert (found.kind, found.awaits, found.traced) == ("log-subscription", False, False)
    assert wiring.sites["app/Group"].kind == "log-group"
    assert not wiring.unknowns


def test_log_groups_that_nobody_reads_are_no_sites(wire: Wire) -> None:
    wiring = wire({"Fn": function(), "Group": group(LOGS_OF_FN)})
    assert set(wiring.sites) == {"app/Fn"}


def test_a_pattern_is_assumed_to_match(wire: Wire) -> None:
    wiring = wire({"Fn": function(), "Filter": subscription("app", arn("Fn"), "ERROR")})
    assert hop(wiring, "external:app", "Fn#async").assumption


def test_a_destination_stands_for_its_stream(wire: Wire) -> None:
    destination = resource("Logs::Destination", DestinationName="d", TargetArn=arn("Stream"))
    stream = resource("Kinesis::Stream")
    wiring = wire({"Stream": stream, "To": destination, "Filter": subscription("app", arn("To"))})
    assert hop(wiring, "external:app", "Stream").kind == "log-subscription"


OWN_LOGS: dict[str, dict[str, Raw]] = {
    "group after the function": {"Fn": function(), "Group": group(LOGS_OF_FN)},
    "group after the function's name": {"Fn": function(FunctionName="fn"), "Group": group("/aws/lambda/fn")},
    "group that the function chooses": {"Fn": function(LoggingConfig={"LogGroup": ref("Group")}), "Group": group()},
    "retention of CDK": {
        "Fn": function(),
        "Group": {"Type": "Custom::LogRetention", "Properties": {"LogGroupName": LOGS_OF_FN}},
    },
}


@pytest.mark.parametrize("case", OWN_LOGS)
def test_a_function_that_reads_its_own_logs_is_a_loop(wire: Wire, case: str) -> None:
    found = analysed(wire, OWN_LOGS[case] | {"Filter": subscription(ref("Group"), arn("Fn"))})
    (loop,) = found.loops
    assert set(loop.sites) == {"app/Fn", "app/Group", "app/Fn#async"}
    assert not loop.needs_failure, "every run writes logs"
    assert loop.stopped_by == "nothing", "loop detection sees SQS, SNS, S3 and Lambda only"
    assert {each.max for each in loop.gain.values()} == {1}, "a run writes one event of logs, though all is well"


@pytest.mark.parametrize(
    ("case", "refused"), [("group after the function", True), ("group that the function chooses", False)]
)
def test_what_the_service_refuses_is_an_assumption(wire: Wire, case: str, refused: bool) -> None:
    wiring = wire(OWN_LOGS[case] | {"Filter": subscription(ref("Group"), arn("Fn"))})
    assert ("refuses" in hop(wiring, "Group", "Fn#async").assumption) is refused


def test_two_functions_that_read_each_others_logs(wire: Wire) -> None:
    template = {"One": function(), "Two": function()}
    template["A"] = subscription(join("/aws/lambda/", ref("One")), arn("Two"))
    template["B"] = subscription(join("/aws/lambda/", ref("Two")), arn("One"))
    (loop,) = analysed(wire, template).loops
    assert {"app/One", "app/Two"} < set(loop.sites)
    assert not [each for each in wire(template).hops if each.assumption]


def test_named_in_the_subscription_alone(wire: Wire) -> None:
    wiring = wire({"Fn": function(), "Filter": subscription(LOGS_OF_FN, arn("Fn"))})
    assert hop(wiring, "Fn", "external:/aws/lambda/${Fn}").kind == "log"


def test_the_logs_of_another_function_are_none_of_this_one(wire: Wire) -> None:
    elsewhere = function(LoggingConfig={"LogGroup": "shared"})
    found = analysed(
        wire,
        {
            "Fn": function(),
            "Reader": function(),
            "Other": elsewhere,
            "A": subscription(LOGS_OF_FN, arn("Reader")),
            "B": subscription(join("/aws/lambda/", ref("Other")), arn("Other")),
        },
    )
    assert not found.loops


def test_one_hop_however_many_subscriptions(wire: Wire) -> None:
    template = {"Fn": function(), "One": function(), "Two": function(), "Group": group(LOGS_OF_FN)}
    for name in ("One", "Two"):
        template[f"To{name}"] = subscription(ref("Group"), arn(name))
    assert len(hops(wire(template), "Fn", "Group")) == 1


def policy(document: Any, **settings: Any) -> Raw:
    kind = "SUBSCRIPTION_FILTER_POLICY"
    return resource("Logs::AccountPolicy", PolicyType=kind, PolicyDocument=document, **settings)


def test_an_account_policy_leaves_the_logs_of_its_function_out(wire: Wire) -> None:
    document = {"Fn::Sub": '{"DestinationArn": "${Fn.Arn}", "FilterPattern": "", "Distribution": "Random"}'}
    template = {"Fn": function(), "Policy": policy(document)}
    assert hop(wire(template), "Policy", "Fn#async").kind == "log-subscription"
    assert not analysed(wire, template).loops


@pytest.mark.parametrize("document", ["x", "[]", {"Ref": "Nothing"}, None, 5])
def test_a_policy_that_cannot_be_read(wire: Wire, document: Any) -> None:
    wiring = wire({"Fn": function(), "Policy": policy(document)})
    assert not wiring.hops
    assert [each.property for each in wiring.unknowns] == ["PolicyDocument"]


TO_STREAM = {"Fn::Sub": '{"DestinationArn": "${Stream.Arn}", "RoleArn": "r", "FilterPattern": ""}'}


def behind_a_stream(criteria: Any = None, **properties: Any) -> dict[str, Raw]:
    """An account policy to a stream that a function reads."""
    selected = {} if criteria is None else {"SelectionCriteria": criteria}
    return {
        "Stream": resource("Kinesis::Stream"),
        "Fn": function(**properties),
        "Map": resource("Lambda::EventSourceMapping", EventSourceArn=arn("Stream"), FunctionName=ref("Fn")),
        "Policy": policy(TO_STREAM, **selected),
    }


@pytest.mark.parametrize(
    ("criteria", "properties", "loops"),
    [
        (None, {}, 1),
        ('LogGroupName NOT IN ["/aws/lambda/other"]', {}, 1),
        ({"Fn::Sub": 'LogGroupName NOT IN ["/aws/lambda/${Fn}"]'}, {}, 0),
        ('LogGroupName NOT IN ["/aws/lambda/fn"]', {"FunctionName": "fn"}, 0),
        ('LogGroupName NOT IN ["/aws/lambda/fn-2"]', {"FunctionName": "fn"}, 1),
        ('LogGroupName NOT IN ["own"]', {"LoggingConfig": {"LogGroup": "own"}}, 0),
        ('LogGroupName NOT IN ["/aws/lambda/fn"]', {"FunctionName": "fn", "LoggingConfig": {"LogGroup": "own"}}, 1),
    ],
)
def test_the_logs_of_what_reads_behind_a_stream_are_covered(
    wire: Wire, criteria: Any, properties: Raw, loops: int
) -> None:
    assert len(analysed(wire, behind_a_stream(criteria, **properties)).loops) == loops


def test_a_selection_that_only_the_deployment_knows(wire: Wire) -> None:
    wiring = wire(behind_a_stream(ref("Free")), Parameters={"Free": {"Type": "String"}})
    assert not [each for each in wiring.hops if each.kind == "log"]
    assert "Policy.SelectionCriteria" in {f"{each.site[4:]}.{each.property}" for each in wiring.unknowns}
