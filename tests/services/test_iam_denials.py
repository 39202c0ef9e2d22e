"""What roles surely may not do: a function that sends to its own queue, with a denial or a boundary beside the grant.

Worked out by hand from IAM's evaluation logic: an explicit denial wins, a boundary allows nothing by itself, and
whatever is not certain (a condition, NotResource, an unknown policy) leaves the call as it is.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

import seawall
from seawall.engine import Report

from .test_hiding import ARN, BASE, SEND

POLICY: Any = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": []}}}


def report(*statements: Any, boundary: Any = None, allowed: Any = None, **resources: Any) -> Report:
    made = copy.deepcopy(BASE)
    role = made["Resources"]["R"]["Properties"]
    role["Policies"][0]["PolicyDocument"]["Statement"] = [allowed or SEND, *statements]
    if boundary is not None:
        role["PermissionsBoundary"] = boundary
    made["Resources"] |= resources
    return seawall.check(made)


def loops(made: Report) -> int:
    return len(made.analysis.loops)


def deny(**statement: Any) -> Any:
    return {"Effect": "Deny", **statement}


REFUSED = [
    deny(Action="sqs:SendMessage", Resource=ARN),
    deny(Action=["sns:*", "SQS:Send*"], Resource="*"),
    deny(Action="sqs:*", Resource="arn:aws:sqs:*:*:wo*"),
    deny(Action="*", Resource="arn:aws:sqs:*:*:*"),
    deny(Action="sqs:SendMessage", Resource="arn:aws:sqs:eu-west-1:111122223333:work"),
    deny(NotAction=["sqs:ReceiveMessage", "sqs:DeleteMessage"], Resource="*"),
]
OPEN = [
    deny(Action="sqs:DeleteMessage", Resource="*"),
    deny(Action="sqs:SendMessage", Resource="arn:aws:sqs:*:*:other"),
    deny(Action="sqs:SendMessage", Resource={"Ref": "U"}),
    deny(Action={"Ref": "U"}, Resource="*"),
    deny(Action="sqs:SendMessage", NotResource="arn:aws:sqs:*:*:other"),
    deny(NotAction=["sqs:SendMessage"], Resource="*"),
    deny(NotAction=["sqs:Receive*", {"Ref": "U"}], Resource="*"),
    deny(Action="sqs:SendMessage", Resource="*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
    {"Effect": {"Ref": "U"}, "Action": "sqs:SendMessage", "Resource": "*"},
]


@pytest.mark.parametrize("statement", REFUSED, ids=str)
@pytest.mark.parametrize(
    "allowed", [SEND, {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}], ids=["exact", "wide"]
)
def test_what_is_denied_for_certain_is_no_hop_and_is_listed_as_ruled_out(statement: Any, allowed: Any) -> None:
    made = report(statement, allowed=allowed)
    assert loops(made) == 0
    (out,) = made.analysis.flow.ruled_out
    assert (out.source, out.target, out.kind) == ("template/F", "template/Q", "sqs:SendMessage")
    assert out.why == "template/R denies it"
    other_queue = allowed is not SEND and statement["Resource"] not in ("*", "arn:aws:sqs:*:*:*")
    assert bool([gap for gap in made.gaps if gap.what == "role"]) is other_queue


@pytest.mark.parametrize("statement", OPEN, ids=str)
def test_what_is_not_certain_leaves_the_call(statement: Any) -> None:
    assert loops(report(statement)) == 1


def test_a_denial_in_a_policy_attached_elsewhere_counts() -> None:
    policy = {"PolicyName": "p", "Roles": [{"Ref": "R"}], "PolicyDocument": {"Statement": [REFUSED[0]]}}
    made = report(P={"Type": "AWS::IAM::Policy", "Properties": policy})
    assert loops(made) == 0
    assert made.analysis.flow.ruled_out[0].why == "template/P denies it"


def bounded(*statements: Any) -> Any:
    made = copy.deepcopy(POLICY)
    made["Properties"]["PolicyDocument"]["Statement"] = list(statements)
    return made


def test_what_a_boundary_does_not_allow_is_ruled_out() -> None:
    storage = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    made = report(boundary={"Ref": "B"}, B=bounded(storage))
    assert loops(made) == 0
    assert made.analysis.flow.ruled_out[0].why == "the permission boundary of template/R does not allow it"
    assert loops(report(boundary={"Ref": "B"}, B=bounded(storage, SEND))) == 1
    assert loops(report(boundary={"Ref": "B"}, B=bounded(storage, {"Effect": {"Ref": "U"}}))) == 1
    assert loops(report(boundary={"Ref": "B"}, B=bounded({**storage, "Action": {"Ref": "U"}}))) == 1


@pytest.mark.parametrize(
    ("boundary", "loop"),
    [
        ("arn:aws:iam::aws:policy/AmazonS3FullAccess", 0),
        ("arn:aws:iam::aws:policy/AmazonSQSFullAccess", 1),
        ("arn:aws:iam::aws:policy/PowerUserAccess", 1),
        ("arn:aws:iam::aws:policy/OneThatNobodyKnows", 1),
        ("arn:aws:iam::111122223333:policy/boundary", 1),
        ({"Ref": "U"}, 1),
    ],
)
def test_boundaries_of_aws_are_known_and_others_leave_the_call(boundary: Any, loop: int) -> None:
    assert loops(report(boundary=boundary)) == loop
