"""What code calls, as roles and environments tell."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import Evidence

from .conftest import Raw, Wire, arn, function, hop, hops, machine, queue, ref, resource, shown, whys


def role(actions: Any, on: Any, effect: str = "Allow") -> Raw:
    statement = {"Effect": effect, "Action": actions, "Resource": on}
    return resource("IAM::Role", Policies=[{"PolicyName": "P", "PolicyDocument": {"Statement": statement}}])


def caller(**properties: Any) -> Raw:
    return function(Role=arn("Role"), **properties)


def environment(**variables: Any) -> Raw:
    return {"Environment": {"Variables": variables}}


@pytest.mark.parametrize("variable", [ref("Queue"), arn("Queue"), {"Fn::GetAtt": ["Queue", "QueueName"]}, None])
def test_role_and_environment_are_strong_evidence_role_alone_medium(wire: Wire, variable: Any) -> None:
    held = environment(QUEUE=variable) if variable else {}
    wiring = wire({"Fn": caller(**held), "Queue": queue(), "Role": role("sqs:SendMessage", arn("Queue"))})
    found = hop(wiring, "Fn", "Queue")
    assert found.evidence is (Evidence.STRONG if variable else Evidence.MEDIUM)
    assert (found.kind, found.awaits, found.traced) == ("sqs:SendMessage", False, True)


@pytest.mark.parametrize(
    ("action", "target", "kind", "awaits", "traced"),
    [
        ("sns:Publish", resource("SNS::Topic"), "sns:Publish", False, True),
        ("states:StartExecution", machine(), "states:StartExecution", False, False),
        ("states:StartSyncExecution", machine("EXPRESS"), "states:StartSyncExecution", True, False),
        ("lambda:InvokeFunction", function(), "lambda:Invoke", True, True),
        ("kinesis:PutRecords", resource("Kinesis::Stream"), "kinesis:PutRecords", False, False),
        ("events:PutEvents", resource("Events::EventBus", Name="b"), "events:PutEvents", False, False),
    ],
)
def test_calls(wire: Wire, action: str, target: Raw, kind: str, awaits: bool, traced: bool) -> None:
    reference = ref("Target") if action[:3] in ("sns", "sta") else arn("Target")
    wiring = wire({"Fn": caller(), "Target": target, "Role": role([action], [reference])})
    found = hop(wiring, "Fn", "Target")
    assert (found.kind, found.awaits, found.traced) == (kind, awaits, traced)
    assert bool(found.assumption) is awaits, "whether the handler raises stands in no template"
    if awaits:
        assert shown(found) == dict.fromkeys(shown(found), "error")


def test_sam_lets_a_function_send_with_a_star_behind_the_action(wire: Wire) -> None:
    """The policy template SQSSendMessagePolicy grants `sqs:SendMessage*`."""
    wiring = wire({"Fn": caller(), "Queue": queue(), "Role": role(["sqs:SendMessage*"], arn("Queue"))})
    assert hop(wiring, "Fn", "Queue").kind == "sqs:SendMessage"


@pytest.mark.parametrize(
    ("actions", "on"),
    [
        (["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueUrl"], arn("Queue")),
        ("sqs:*", arn("Queue")),
        ("sqs:Send*", arn("Queue")),
        ("*", "*"),
        ("sqs:SendMessage", "*"),
    ],
)
def test_no_call(wire: Wire, actions: Any, on: Any) -> None:
    assert not wire({"Fn": caller(), "Queue": queue(), "Role": role(actions, on)}).hops


def test_a_denied_action_is_no_call(wire: Wire) -> None:
    assert not wire({"Fn": caller(), "Queue": queue(), "Role": role("sqs:SendMessage", arn("Queue"), "Deny")}).hops


@pytest.mark.parametrize("form", ["IAM::Policy", "IAM::ManagedPolicy", "IAM::RolePolicy", "attached"])
def test_policies_of_every_form(wire: Wire, form: str) -> None:
    document = {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": [arn("Queue")]}]}
    holder = {"RoleName": ref("Role")} if form == "IAM::RolePolicy" else {"Roles": [ref("Role")]}
    plain = resource("IAM::Role")
    if form == "attached":
        form, holder, plain = "IAM::ManagedPolicy", {}, resource("IAM::Role", ManagedPolicyArns=[ref("Policy")])
    policy = resource(form, PolicyDocument=document, **holder)
    assert hop(wire({"Fn": caller(), "Queue": queue(), "Role": plain, "Policy": policy}), "Fn", "Queue")


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("plumbing", ["dead-letter", "destination", "mapping", "other function"])
def test_failure_plumbing_is_no_call_unless_the_environment_holds_it(wire: Wire, plumbing: str, held: bool) -> None:
    variables = environment(END=ref("End")) if held else {}
    dead = {"DeadLetterConfig": {"TargetArn": arn("End")}}
    ends = {"OnFailure": {"Destination": arn("End")}}
    template = {
        "Fn": caller(**variables, **(dead if plumbing == "dead-letter" else {})),
        "End": queue(),
        "Role": role("sqs:SendMessage", arn("End")),
        "Table": resource("DynamoDB::Table"),
    }
    named: Raw = {"FunctionName": ref("Fn"), "DestinationConfig": ends}
    if plumbing == "destination":
        template["Config"] = resource("Lambda::EventInvokeConfig", Qualifier="$LATEST", **named)
    if plumbing == "mapping":
        source = {"Fn::GetAtt": ["Table", "StreamArn"]}
        template["Map"] = resource("Lambda::EventSourceMapping", EventSourceArn=source, **named)
    if plumbing == "other function":
        template["Sharing"] = caller(**dead)
    assert len(hops(wire(template), "Fn", "End")) == int(held)


def test_a_table_is_a_call_only_if_its_stream_is_read(wire: Wire) -> None:
    template = {
        "Fn": caller(),
        "Reader": function(),
        "Table": resource("DynamoDB::Table"),
        "Role": role(["dynamodb:PutItem", "dynamodb:UpdateItem"], arn("Table")),
    }
    assert not wire(template).hops
    source = {"Fn::GetAtt": ["Table", "StreamArn"]}
    mapping = resource("Lambda::EventSourceMapping", EventSourceArn=source, FunctionName=ref("Reader"))
    assert len(hops(wire(template | {"Map": mapping}), "Fn", "Table")) == 1


def shared(functions: int, queues: int, **properties: Any) -> dict[str, Raw]:
    """Functions that share one role, which lets them send to every queue."""
    made = {f"Q{number}": queue() for number in range(queues)}
    called = role("sqs:SendMessage", [arn(name) for name in made])
    return {**made, "Role": called, **{f"F{number}": caller(**properties) for number in range(functions)}}


def test_a_shared_role_does_not_tell_whose_call_it_is(wire: Wire) -> None:
    """Two functions and three queues could make six calls: one environment holds one queue, so one call is followed."""
    wiring = wire({**shared(1, 3), "F1": caller(**environment(QUEUE=ref("Q2")))})
    sent = [(each.source, each.target, each.evidence) for each in wiring.hops if each.kind == "sqs:SendMessage"]
    assert sent == [("app/F1", "app/Q2", Evidence.STRONG)]
    assert whys(wiring) == {
        "Role.Policies": "2 functions share it, and it lets them call app/Q0 and 2 more: a call is followed only "
        "where the function's environment holds what is called"
    }
    (found,) = wiring.shared_roles
    assert (found.users, found.called) == (("app/F0", "app/F1"), ("app/Q0", "app/Q1", "app/Q2"))


def test_a_role_of_one_is_believed_beside_a_shared_one(wire: Wire) -> None:
    own = {**caller(), "Properties": {"Handler": "a.b", "Role": arn("Own")}}
    wiring = wire({**shared(2, 3), "Fn": own, "Own": role("sqs:SendMessage", arn("Q0"))})
    assert [each.source for each in wiring.hops if each.kind == "sqs:SendMessage"] == ["app/Fn"]
