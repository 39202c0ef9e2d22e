"""Makes the changes that a proposal names in the template itself."""

from __future__ import annotations

import json
from typing import Any

from seawall.remedies.search import Change, Edit
from tests.rules.judging import Raw


def apply(template: Raw, changes: tuple[Change, ...]) -> None:
    """Set every property that `changes` name."""
    for edit in (edit for change in changes for edit in change.edits):
        _set(template["Resources"], edit)


def _set(resources: Raw, edit: Edit) -> None:
    name, property_ = edit.place.address.logical_id, edit.place.property
    if edit.new == "none" and not property_:
        del resources[name]
        return
    properties = resources[name]["Properties"]
    head, _, rest = property_.partition(".")
    if head == "DefinitionString":
        definition = json.loads(properties[head]["Fn::Sub"])
        _put(definition, rest.split("."), edit.new)
        properties[head] = {"Fn::Sub": json.dumps(definition)}
    elif head == "EventInvokeConfig":
        config = {"FunctionName": {"Ref": name}, "Qualifier": "$LATEST", rest: int(edit.new)}
        resources[f"{name}Config"] = {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": config}
    elif property_ == "RedrivePolicy":
        dead = {"Fn::GetAtt": ["Dead", "Arn"]}
        properties[head] = {"deadLetterTargetArn": dead, "maxReceiveCount": int(edit.new.split()[1])}
    else:
        _put(properties, property_.split("."), edit.new)


def _put(node: Any, path: list[str], new: str) -> None:
    for step in path[:-1]:
        node = node[int(step)] if isinstance(node, list) else node[step]
    if new == "none":
        del node[path[-1]]
    else:
        node[path[-1]] = int(new.split()[0])
