"""Values of parameters out of what a change set says. Worked out by hand from the documentation's example."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seawall.hook.resolved import told


def template(kind: str = "Number", **more: Any) -> dict[str, Any]:
    queue = {
        "Type": "AWS::SQS::Queue",
        "Properties": {"VisibilityTimeout": {"Ref": "P"}, "Tags": [{"Value": {"Ref": "P"}}]},
    }
    return {"Parameters": {"P": {"Type": kind, **more}}, "Resources": {"Q": queue}}


def change(**properties: Any) -> dict[str, Any]:
    """As the page has it: numbers and flags are texts."""
    return {"logicalResourceId": "Q", "afterContext": json.dumps({"Properties": properties})}


@pytest.mark.parametrize(
    ("body", "changes", "values"),
    [
        (template(), [change(VisibilityTimeout="30")], {"P": "30"}),
        (template(), [change(Tags=[{"Value": "30"}])], {"P": "30"}),
        (template(), [change(VisibilityTimeout="30", Tags=[{"Value": "60"}])], {}),
        (template(), [change(VisibilityTimeout="{{changeSet:KNOWN_AFTER_APPLY}}")], {}),
        (template(AllowedValues=[30, 60]), [change(VisibilityTimeout="60")], {"P": "60"}),
        (template(AllowedValues=[30, 60]), [change(VisibilityTimeout="90")], {}),
        (template("AWS::SSM::Parameter::Value<String>"), [change(VisibilityTimeout="30")], {}),
        (template(), [{"logicalResourceId": "Q", "afterContext": None}], {}),
        (template(), [{"logicalResourceId": "Q", "afterContext": "{"}], {}),
        (template(), [{"logicalResourceId": "Gone", "afterContext": "{}"}], {}),
        (template(), [{"afterContext": 5}], {}),
        (template(), [], {}),
        ({"Resources": []}, [change(VisibilityTimeout="30")], {}),
    ],
    ids=str,
)
def test_what_is_told(body: Any, changes: Any, values: dict[str, str]) -> None:
    assert told(body, changes) == values
