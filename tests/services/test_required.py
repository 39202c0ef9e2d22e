"""Functions with other keys beside them, which CloudFormation refuses."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Raw, Wire, arn, function, ref, resource

GET = {"Fn::GetAtt": ["Q", "Arn"]}


def noted(wire: Wire, **mapping: Any) -> list[str]:
    """The places of such objects in a mapping of a queue to a function."""
    source: Raw = {"EventSourceArn": arn("Q"), "FunctionName": ref("F"), **mapping}
    wiring = wire({"Q": resource("SQS::Queue"), "F": function(), "M": resource("Lambda::EventSourceMapping", **source)})
    return [gap.property for gap in wiring.unknowns if "stands beside other keys" in gap.why]


@pytest.mark.parametrize(
    ("mapping", "places"),
    [
        ({}, []),
        ({"EventSourceArn": {**GET, "Note": "ours"}}, ["EventSourceArn"]),
        ({"FunctionName": {"Ref": "F", "Qualifier": "live"}}, ["FunctionName"]),
        ({"Fn::If": ["C", {"BatchSize": 1}, {"BatchSize": 2}]}, [""]),
        ({"FilterCriteria": {"Filters": [{"Fn::If": ["C", 1, 2], "Pattern": "{}"}]}}, ["FilterCriteria.Filters.0"]),
        ({"DestinationConfig": {"Fn::Transform": {"Name": "AWS::Include"}, "OnFailure": {}}}, []),
        ({"Tags": {"Ref": "ours", "Team": "a"}}, []),
    ],
)
def test_a_function_beside_other_keys_is_a_gap(wire: Wire, mapping: Raw, places: list[str]) -> None:
    assert noted(wire, **mapping) == places
