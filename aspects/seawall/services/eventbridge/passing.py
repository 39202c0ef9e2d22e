"""What receivers find of an event that a rule or a pipe passes on: under which names, and what is written over it.

Sources (2026-11-29): https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from seawall.graph.guards import Carries, Event, FieldPath
from seawall.template import Props

from ..literals import fields
from ..pattern_language import document
from .targets import Delivery

BODY_OF_TARGET: Mapping[str, FieldPath | None] = {
    "AWS::SQS::Queue": ("body",),
    "AWS::SNS::Topic": ("body",),
    "AWS::Events::EventBus": None,
}
"""Where a rule puts the event: None where it passes on as it is."""
BODY_OF_PIPE: Mapping[str, FieldPath | None] = {
    "AWS::SQS::Queue": ("body",),
    "AWS::SNS::Topic": ("body",),
    "AWS::Events::EventBus": ("detail",),
}
"""Where a pipe puts a record."""


class Passed(TypedDict):
    """How a hop carries an event."""

    carries: Carries | None
    event: Event | None


def passed_on(section: Props, found: Delivery, places: Mapping[str, FieldPath | None]) -> Passed:
    """What is known behind a target whose input `section` sets."""
    kind = kind_of(section, found)
    if kind not in places:
        return {"carries": {}, "event": None}
    root = places[kind]
    if root is None:
        return {"carries": None, "event": None}
    if section.exists("Input"):
        constant = document(section.at("Input"))
        return {"carries": {}, "event": fields(constant.json, root, constant) if constant else None}
    if section.exists("InputPath"):
        path = section.text("InputPath").value or ""
        return {"carries": {_field(path): root} if path == "$" or path.startswith("$.") else {}, "event": None}
    if section.exists("InputTransformer") or section.exists("InputTemplate"):
        return {"carries": {}, "event": None}
    return {"carries": {(): root}, "event": None}


def kind_of(section: Props, found: Delivery) -> str:
    """The type of the resource that is delivered to; a default bus by its ARN counts as a bus."""
    resource = section.app.resource(found.target.address)
    if resource is not None:
        return resource.type
    return "AWS::Events::EventBus" if ":event-bus/" in (found.target.literal or "") else ""


def _field(path: str) -> FieldPath:
    return tuple(path.split(".")[1:])
