"""Documents that are put together as text."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.template import Concat, Known, Props, Reference, Unknown, ValueStatus

from .conftest import Make, props, resource, template

TEXT = '{"deadLetterTargetArn": "${Dead.Arn}", "maxReceiveCount": 4}'
WITH_VARIABLES = ['{"deadLetterTargetArn": "${It}", "maxReceiveCount": 4}', {"It": {"Fn::GetAtt": "Dead.Arn"}}]
JOINED = ["", ['{"deadLetterTargetArn": "', {"Fn::GetAtt": ["Dead", "Arn"]}, '", "maxReceiveCount": 4}']]


def policy(make: Make, raw: Any) -> Props:
    queue = resource("AWS::SQS::Queue", RedrivePolicy=raw)
    parameters = {"Tries": {"Type": "Number", "Default": 4}, "Free": {"Type": "String"}}
    body = template({"Q": queue, "Dead": resource("AWS::SQS::Queue")}, Parameters=parameters)
    return props(make(t=body), "Q").at("RedrivePolicy")


@pytest.mark.parametrize(
    "raw",
    [
        {"Fn::Sub": TEXT},
        {"Fn::Sub": WITH_VARIABLES},
        {"Fn::Join": JOINED},
        {"Fn::Sub": TEXT.replace("4}", "${Tries}}")},
        {"Fn::ToJsonString": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 4}},
        {"Fn::If": ["C", {"Fn::Sub": TEXT}, {"Fn::Join": JOINED}]},
    ],
    ids=["sub", "sub with variables", "join", "number put in", "to JSON", "condition"],
)
def test_what_the_text_holds_is_read(make: Make, raw: Any) -> None:
    read = policy(make, raw)
    dead = read.value("deadLetterTargetArn")
    assert isinstance(dead, Reference)
    assert (dead.address.logical_id, dead.attribute) == ("Dead", "Arn")
    assert (read.integer("maxReceiveCount").value, read.integer("maxReceiveCount").status) == (4, ValueStatus.KNOWN)
    assert not read.exists("other")


def test_literal_dollars_stay_what_they_are(make: Make) -> None:
    joined = {"Fn::Join": ["", ['[{"a": "${stage}/', {"Ref": "Dead"}, '"}]']]}
    (item,) = policy(make, joined).items()
    value = item.props.value("a")
    assert isinstance(value, Concat)
    assert value.parts[0] == Known("${stage}/")


def test_a_part_that_is_unknown_keeps_no_other_from_being_read(make: Make) -> None:
    read = policy(make, {"Fn::Sub": '{"deadLetterTargetArn": "${Free}", "maxReceiveCount": 4}'})
    assert read.value("deadLetterTargetArn") == Unknown("parameter Free has no default", "Free")
    assert read.integer("maxReceiveCount").value == 4


@pytest.mark.parametrize("text", ["${Dead}", "{${Dead}", '{"a": "${Dead}"', "[" * 100_000 + "${Dead}", "{ ${Dead} }"])
def test_text_that_is_no_document_stays_unknown(make: Make, text: str) -> None:
    assert isinstance(policy(make, {"Fn::Sub": text}).value("maxReceiveCount"), Unknown)
