"""What a change adds to a machine so that the input of an execution that fails is kept: a Catch of each state whose
failure ends it, which leads to a state that sends the input to a new queue, and to one that fails then.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html (without a `ResultPath` the
error takes the place of the input), https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-stepfunctions-statemachine.html
(`DefinitionSubstitutions` fill ``${Name}`` in any form of a definition), read 2026-11-30
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from seawall.graph.layers import Put
from seawall.template import Json, Resource

from ..keeping import may_send, queue_for, role_policies
from ..wiring import Wiring
from .definition import State
from .plans import uncaught
from .reading import Machine

_MOST = 3
"""States that get a Catch of their own; where more can fail, one around them all is its author's to choose."""
_KEEPS, _FAILS = "KeepFailed", "Failed"
_TEXT = "DefinitionString"


def kept_by_catch(wiring: Wiring, resource: Resource, found: Machine) -> tuple[tuple[State, ...], tuple[Put, ...]]:
    """The states whose failure ends an execution, and what keeps its input; nothing where that takes its author."""
    states = tuple(uncaught(found, found.definition.top))
    form, raw = found.form, resource.properties.get(found.form)
    editable = form in (_TEXT, "Definition") and raw is not None
    alike = all(state.type != "Fail" and not state.jsonata for state in states)
    taken = {state.name for state in found.definition.states()} & {_KEEPS, _FAILS}
    if not 0 < len(states) <= _MOST or not editable or not alike or taken:
        return states, ()
    (queue, alarm), _ = queue_for(wiring, resource)
    queue = may_send(wiring, resource, queue, resource, "RoleArn", "what fails is not kept")
    name = queue.address.logical_id
    url, substituted = _url(form, raw, name)
    puts = [
        *(Put(resource.address, f"{form}.{state.path}.Catch", json.dumps(_catch(state))) for state in states),
        *(Put(resource.address, f"{form}.States.{step}", json.dumps(body)) for step, body in _steps(url).items()),
        *([Put(resource.address, f"DefinitionSubstitutions.{name}", json.dumps({"Ref": name}))] if substituted else []),
        queue,
        alarm,
        *role_policies(wiring, resource, queue, resource, "RoleArn"),
    ]
    return states, tuple(puts)


def _url(form: str, raw: Json, name: str) -> tuple[Json, bool]:
    """How the definition names the queue, and whether a substitution has to fill that in."""
    if form != _TEXT:
        return {"Ref": name}, False
    by_sub = isinstance(raw, dict) and "Fn::Sub" in raw
    return f"${{{name}}}", not by_sub


def _catch(state: State) -> Sequence[Json]:
    present = state.body.get("Catch")
    own = {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": _KEEPS}
    return [*(present if isinstance(present, list) else ()), own]


def _steps(url: Json) -> Mapping[str, Json]:
    sends = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": url, "MessageBody.$": "$"},
        "Next": _FAILS,
    }
    return {_KEEPS: sends, _FAILS: {"Type": "Fail"}}
