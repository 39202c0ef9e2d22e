"""What a Task state's `Resource` calls, and what the task sees of its failure.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html and
https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from seawall.template import Embedded, Json, Known, Unknown, Value

from ..registry import Arrival
from .definition import State

_INTEGRATION = re.compile(
    r":states:[^:]*:[^:]*:(?P<sdk>aws-sdk:)?(?P<service>[^:.]+):(?P<action>[^.]+?)(?P<pattern>\..+)?$"
)


@dataclass(frozen=True, slots=True)
class Integration:
    """The service call that a Task makes."""

    service: str
    """As Step Functions writes it: ``lambda``, ``states``, ``sqs``, ...; ``activity`` for an activity."""
    action: str
    pattern: str = ""
    """Empty (request response), ``sync``, ``sync:2`` or ``waitForTaskToken``."""
    sdk: bool = False

    @property
    def error_prefix(self) -> str:
        """What the names of its errors start with, such as ``DynamoDB``."""
        return _ERROR_PREFIXES.get(self.service, self.service[:1].upper() + self.service[1:])


@dataclass(frozen=True, slots=True)
class Call:
    """Where a task sends its event."""

    parameter: str
    target: Value
    arrival: Arrival
    fails_with_callee: bool
    """Whether the task fails when the callee does."""
    naming: str
    """What a bare name in the parameter names."""
    kind: str


NOT_GIVEN = "{} is not given"
_ERROR_PREFIXES = {
    "sqs": "SQS",
    "sns": "SNS",
    "dynamodb": "DynamoDB",
    "states": "StepFunctions",
    "events": "EventBridge",
}

_TARGETS: Mapping[tuple[str, str], tuple[tuple[str, ...], str]] = {
    ("lambda", "invoke"): (("FunctionName",), "lambda"),
    ("lambda", "invokeAsync"): (("FunctionName",), "lambda"),
    ("states", "startExecution"): (("StateMachineArn",), "states"),
    ("sfn", "startExecution"): (("StateMachineArn",), "states"),
    ("sfn", "startSyncExecution"): (("StateMachineArn",), "states"),
    ("sqs", "sendMessage"): (("QueueUrl",), "sqs"),
    ("sqs", "sendMessageBatch"): (("QueueUrl",), "sqs"),
    ("sns", "publish"): (("TopicArn",), "sns"),
    ("sns", "publishBatch"): (("TopicArn",), "sns"),
    ("events", "putEvents"): (("Entries", "0", "EventBusName"), "events:event-bus"),
    ("eventbridge", "putEvents"): (("Entries", "0", "EventBusName"), "events:event-bus"),
    ("kinesis", "putRecord"): (("StreamName",), "kinesis"),
    ("kinesis", "putRecords"): (("StreamName",), "kinesis"),
    ("dynamodb", "putItem"): (("TableName",), "dynamodb"),
    ("dynamodb", "updateItem"): (("TableName",), "dynamodb"),
    ("dynamodb", "deleteItem"): (("TableName",), "dynamodb"),
}
"""By service and action: where the target's name stands, and what kind of name it is."""


def integration(state: State, embedded: Embedded) -> Integration | Value:
    """The service call of a Task, or the function ARN that stands in its place."""
    value = embedded.value(state.body.get("Resource"))
    text = embedded.text(state.body.get("Resource")) if isinstance(state.body.get("Resource"), str) else ""
    found = _INTEGRATION.search(text)
    if found:
        return Integration(found["service"], found["action"], (found["pattern"] or "").lstrip("."), bool(found["sdk"]))
    if ":activity:" in text:
        return Integration("activity", "")
    if not text:
        return Unknown("the task has no Resource")
    return value


def call(found: Integration, state: State, embedded: Embedded) -> Call | None:
    """Where the task sends its event, or None where it calls nothing that is followed."""
    known = _TARGETS.get((found.service, found.action))
    if known is None:
        return None
    path, naming = known
    arguments = state.body.get("Arguments" if state.jsonata else "Parameters")
    target = _at(arguments, path, embedded)
    if found.action == "putEvents" and isinstance(target, Unknown) and target.why == NOT_GIVEN.format(path[-1]):
        target = Known("default")
    parameter = f"{state.path}.{'Arguments' if state.jsonata else 'Parameters'}.{'.'.join(path)}"
    arrival, fails = _mode(found, arguments)
    return Call(parameter, target, arrival, fails, naming, f"{found.service}:{found.action}")


def _mode(found: Integration, arguments: Json) -> tuple[Arrival, bool]:
    """Whether the task waits for its callee, and whether it fails when the callee fails."""
    if found.service == "lambda":
        event = isinstance(arguments, dict) and arguments.get("InvocationType") == "Event"
        if event or found.action == "invokeAsync":
            return Arrival.ASYNC, False
        return Arrival.SYNC, not found.sdk
    if found.service == "states" and found.pattern.startswith("sync"):
        return Arrival.SYNC, True
    if found.action == "startSyncExecution":
        return Arrival.SYNC, False  # a failed execution is a successful answer that says FAILED
    return Arrival.ASYNC, False


def _at(arguments: Json, path: tuple[str, ...], embedded: Embedded) -> Value:
    for step in path:
        if isinstance(arguments, list) and step.isdecimal():
            arguments = arguments[int(step)] if int(step) < len(arguments) else None
        elif isinstance(arguments, dict):
            if f"{step}.$" in arguments:
                return Unknown(f"{step} is chosen when the state runs ({arguments[f'{step}.$']})")
            arguments = arguments.get(step)
        else:
            arguments = None
    if arguments is None:
        return Unknown(NOT_GIVEN.format(path[-1]))
    if isinstance(arguments, str) and arguments.startswith("{%"):
        return Unknown(f"{path[-1]} is chosen when the state runs ({arguments})")
    return embedded.value(arguments) if isinstance(arguments, str) else Known(arguments)
