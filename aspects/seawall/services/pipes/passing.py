"""What the target of a pipe finds of the record that the pipe read.

Source (2026-11-29): https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html
"""

from __future__ import annotations

from seawall.graph.guards import Event, FieldPath, Like, Scalar
from seawall.template import Resource

from ..eventbridge.passing import BODY_OF_PIPE, Passed, kind_of, passed_on
from ..eventbridge.targets import Delivery
from ..pattern_language import UNKNOWN
from ..wiring import Wiring

_BUS = "AWS::Events::EventBus"
_DEFAULTS = {"Source": ("source", Like(("Pipe ", ""))), "DetailType": ("detail-type", Like(("Event from ", "")))}
"""By parameter: the field, and what it says where the parameter is not set."""


def passed_to(wiring: Wiring, resource: Resource, found: Delivery) -> Passed:
    """How the hop into a target that is not awaited carries the record, and what the pipe writes."""
    props = wiring.props(resource)
    section = props.at("TargetParameters")
    if props.exists("Enrichment") or kind_of(section, found) == "":
        passed: Passed = {"carries": {}, "event": None}
    else:
        passed = passed_on(section, found, BODY_OF_PIPE)
    if kind_of(section, found) == _BUS:
        passed["event"] = _envelope(wiring, resource)
    return passed


def _envelope(wiring: Wiring, resource: Resource) -> Event:
    parameters = wiring.props(resource).at("TargetParameters", "EventBridgeEventBusParameters")
    made: dict[FieldPath, frozenset[Scalar]] = {}
    for name, (field, default) in _DEFAULTS.items():
        text = parameters.text(name)
        dynamic = text.value is not None and "$" in text.value
        known = default if not parameters.exists(name) else UNKNOWN if text.value is None or dynamic else text.value
        made[field,] = frozenset((known,))
    return made
