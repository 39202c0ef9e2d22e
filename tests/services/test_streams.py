"""How long streams keep their records."""

from __future__ import annotations

import pytest

from .conftest import Raw, Wire, arn, function, hop, ref, resource


@pytest.mark.parametrize(
    ("stream", "attribute", "hours"),
    [
        (resource("Kinesis::Stream"), "Arn", 24),
        (resource("Kinesis::Stream", RetentionPeriodHours=168), "Arn", 168),
        (resource("DynamoDB::Table"), "StreamArn", 24),
        (resource("DynamoDB::GlobalTable"), "StreamArn", 24),
    ],
)
def test_retention(wire: Wire, stream: Raw, attribute: str, hours: int) -> None:
    source = {"Fn::GetAtt": ["Source", attribute]}
    mapping = resource("Lambda::EventSourceMapping", EventSourceArn=source, FunctionName=ref("Fn"))
    found = hop(wire({"Source": stream, "Fn": function(), "Map": mapping}), "Source", "Fn")
    assert found.tries_for("error").limit == hours * 3_600


def test_retention_that_only_the_deployment_knows(wire: Wire) -> None:
    stream = resource("Kinesis::Stream", RetentionPeriodHours=ref("Hours"))
    mapping = resource("Lambda::EventSourceMapping", EventSourceArn=arn("Source"), FunctionName=ref("Fn"))
    wiring = wire({"Source": stream, "Fn": function(), "Map": mapping}, Parameters={"Hours": {"Type": "Number"}})
    tries = hop(wiring, "Source", "Fn").tries_for("error")
    assert (tries.limit, tries.note) == (None, "until the record expires")
