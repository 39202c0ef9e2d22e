"""What roles allow that do not name it: by wildcard, managed policy or resource policy, or from outside the app."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph.model import Evidence
from seawall.services.iam.managed_policies import managed_policies

from .conftest import Raw, Wire, arn, function, hops, join, queue, ref, resource, whys

NAMED_QUEUE = queue(QueueName="orders")
MAPPING = resource("Lambda::EventSourceMapping", EventSourceArn=arn("Q"), FunctionName=ref("F"))


def role(*statements: Raw, **properties: Any) -> Raw:
    policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}] if statements else []
    return resource("IAM::Role", Policies=policies, **properties)


def allow(action: Any, target: Any = "*", key: str = "Action") -> Raw:
    return {"Effect": "Allow", key: action, "Resource": target}


def worker(held: Any = None, given: Any = None) -> Raw:
    environment = {"Environment": {"Variables": {"TO": held}}} if held is not None else {}
    return function(Role=arn("R") if given is None else given, **environment)


def app(role_of: Raw | None, worker_of: Raw, **more: Raw) -> dict[str, Raw]:
    roles = {"R": role_of} if role_of is not None else {}
    return {"F": worker_of, "Q": NAMED_QUEUE, "E": MAPPING, **roles, **more}


WIDE = [
    role(allow("sqs:SendMessage")),
    role(allow("sqs:*")),
    role(allow("*")),
    role(allow("sqs:Send*")),
    role(allow("sqs:*", arn("Q"))),
    role(allow("s3:*", "*", "NotAction")),
    role(allow("sqs:SendMessage", "arn:aws:sqs:*:*:ord*")),
    role(allow("sqs:SendMessage", join("arn:", ref("AWS::Partition"), ":sqs:", ref("AWS::Region"), ":*:*"))),
    role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonSQSFullAccess"]),
    role(ManagedPolicyArns=[join("arn:", ref("AWS::Partition"), ":iam::aws:policy/AdministratorAccess")]),
]


@pytest.mark.parametrize("wide", WIDE)
def test_what_a_wide_role_covers_and_the_environment_holds_is_called(wire: Wire, wide: Raw) -> None:
    wiring = wire(app(wide, worker(ref("Q"))))
    (hop,) = hops(wiring, "F", "Q")
    assert hop.evidence is Evidence.MEDIUM
    assert "environment holds" in hop.assumption
    assert not [why for name, why in whys(wiring).items() if name.startswith("F.")]


@pytest.mark.parametrize("wide", [each for index, each in enumerate(WIDE) if index != 4])
def test_without_an_environment_it_is_a_gap_and_no_hop_to_everything(wire: Wire, wide: Raw) -> None:
    wiring = wire(app(wide, worker()))
    assert not hops(wiring, "F", "Q")
    (why,) = [why for name, why in whys(wiring).items() if name == "F.Role"]
    assert "sqs:SendMessage" in why
    assert why.startswith("what its code sends, and ")
    assert "was not checked: its role allows" in why


@pytest.mark.parametrize(
    "narrow",
    [
        role(),
        role(allow("sqs:ReceiveMessage")),
        role(allow("sqs:Receive*")),
        role(allow("sqs:SendMessage", "arn:aws:sqs:*:*:other*")),
        role(allow("sqs:*", "*", "NotAction")),
        role(allow("xray:*")),
        role(ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"]),
        role(ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]),
        role({"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}),
    ],
)
def test_what_a_role_does_not_allow_is_not_called(wire: Wire, narrow: Raw) -> None:
    wiring = wire(app(narrow, worker(ref("Q"))))
    assert not hops(wiring, "F", "Q")
    assert "sqs:SendMessage" not in whys(wiring).get("F.Role", "")


def test_a_wide_role_is_no_gap_where_nothing_could_receive(wire: Wire) -> None:
    wiring = wire({"F": worker(), "R": role(allow("sns:*"), allow("dynamodb:*")), "Q": NAMED_QUEUE, "E": MAPPING})
    assert "F.Role" not in whys(wiring)


def test_a_role_outside_of_the_app(wire: Wire) -> None:
    given = "arn:aws:iam::111122223333:role/worker"
    wiring = wire(app(None, worker(ref("Q"), given)))
    (hop,) = hops(wiring, "F", "Q")
    assert hop.evidence is Evidence.WEAK
    why = whys(wiring)["F.Role"]
    assert "role/worker" in why
    assert "names app/Q" in why
    bare = wire(app(None, worker(None, given)))
    assert not hops(bare, "F", "Q")
    assert "none of the templates" in whys(bare)["F.Role"]


def test_a_role_given_at_deployment(wire: Wire) -> None:
    wiring = wire(app(None, worker(None, ref("RoleArn"))), Parameters={"RoleArn": {"Type": "String"}})
    assert "what the code sends is not known" in whys(wiring)["F.Role"]


def test_a_role_of_the_app_by_its_name(wire: Wire) -> None:
    named = role(allow("sqs:SendMessage", arn("Q")), RoleName="worker")
    wiring = wire(app(named, worker(ref("Q"), "arn:aws:iam::111122223333:role/service/worker")))
    (hop,) = hops(wiring, "F", "Q")
    assert hop.evidence is Evidence.STRONG


def test_a_policy_attached_by_the_name_of_the_role(wire: Wire) -> None:
    document = {"Statement": [allow("sqs:SendMessage", arn("Q"))]}
    attached = resource("IAM::Policy", PolicyName="p", PolicyDocument=document, Roles=["worker"])
    wiring = wire(app(role(RoleName="worker"), worker(ref("Q")), P=attached))
    (hop,) = hops(wiring, "F", "Q")
    assert hop.evidence is Evidence.STRONG


def test_a_policy_of_the_queue_that_names_the_role(wire: Wire) -> None:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Principal": {"AWS": arn("R")}}
    policy = resource("SQS::QueuePolicy", Queues=[ref("Q")], PolicyDocument={"Statement": statement})
    wiring = wire(app(role(), worker(ref("Q")), P=policy))
    (hop,) = hops(wiring, "F", "Q")
    assert hop.evidence is Evidence.MEDIUM
    service = {**statement, "Principal": {"Service": "sns.amazonaws.com"}}
    other = resource("SQS::QueuePolicy", Queues=[ref("Q")], PolicyDocument={"Statement": service})
    assert not hops(wire(app(role(), worker(ref("Q")), P=other)), "F", "Q")


def test_the_list_of_managed_policies() -> None:
    listed = managed_policies()
    assert listed["AmazonSQSFullAccess"][0].actions == ("sqs:receivemessage", "sqs:sendmessage")
    assert listed["AmazonSQSFullAccess"][0].resources == ("*",)
    assert "sns:publish" in listed["AdministratorAccess"][0].actions
    assert listed["AWSLambdaSQSQueueExecutionRole"][0].actions == ("sqs:receivemessage",)
    assert not listed["AmazonSQSReadOnlyAccess"], "known, and lets nothing be sent or received"


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("cognito-idp:*", "cognito-idp:AdminConfirmSignUp and 5 more, on which app/P may act"),
        ("cognito-idp:AdminCreateUser", "cognito-idp:AdminCreateUser, on which app/P may act"),
        ("cognito-idp:AdminGetUser", ""),
        ("*", ""),
    ],
)
def test_actions_on_which_one_thing_acts_are_one_gap(wire: Wire, action: str, said: str) -> None:
    pool = resource("Cognito::UserPool", LambdaConfig={"PostConfirmation": arn("F")})
    found = whys(wire(app(role(allow(action)), worker(), P=pool)))
    acting = [why for why in found.values() if "may act" in why]
    assert acting == ([f"the role allows {said}: whether the code does it is not known"] if said else [])


def test_a_pool_without_triggers_acts_on_nothing(wire: Wire) -> None:
    pool = resource("Cognito::UserPool", UserPoolName="people")
    found = whys(wire(app(role(allow("cognito-idp:AdminCreateUser")), worker(), P=pool)))
    assert not [why for why in found.values() if "may act" in why]


def test_a_right_is_named_as_iam_names_it(wire: Wire) -> None:
    """The call is Invoke, the action that allows it lambda:InvokeFunction."""
    wiring = wire({"F": worker(), "G": function(), "R": role(allow("lambda:InvokeFunction"))})
    told = [why for why in whys(wiring).values() if "its role allows" in why]
    assert all("its role allows lambda:InvokeFunction on" in why for why in told)
    assert told
