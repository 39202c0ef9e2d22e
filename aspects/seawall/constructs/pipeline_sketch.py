"""A pipeline's resources as a small template, as far as they decide how often something runs."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import aws_cdk.aws_stepfunctions as sfn
from constructs import IConstruct

from .definition_targets import functions_and_queues
from .source_queue import SourceQueue

Json = Any
QUEUE, DEAD_LETTER_QUEUE, FUNCTION, MACHINE = "Queue", "DeadLetterQueue", "Function", "Machine"
"""Names of what has no logical id, because it was imported or needs none here."""


def resource(kind: str, construct: IConstruct, **properties: Json) -> Json:
    """One resource under its construct's path."""
    metadata = {"aws:cdk:path": f"{construct.node.path}/Resource"}
    return {"Type": f"AWS::{kind}", "Properties": properties, "Metadata": metadata}


def name_of(construct: IConstruct, otherwise: str) -> str:
    """The logical id of a construct's resource."""
    child = construct.node.default_child
    return str(cdk.Stack.of(child).resolve(child.logical_id)) if isinstance(child, cdk.CfnElement) else otherwise


def of_queue(source: SourceQueue) -> dict[str, Json]:
    """The queue and its dead-letter queue."""
    letters = name_of(source.dead_letter_queue, DEAD_LETTER_QUEUE)
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": [letters, "Arn"]}, "maxReceiveCount": source.max_receive_count}
    hidden = {} if source.visibility is None else {"VisibilityTimeout": int(source.visibility)}
    fifo = {"FifoQueue": True} if source.queue.fifo else {}
    name = name_of(source.queue, QUEUE)
    return {
        name: resource("SQS::Queue", source.queue, RedrivePolicy=redrive, **hidden, **fifo),
        letters: resource("SQS::Queue", source.dead_letter_queue, **fifo),
    }


def of_function(source: SourceQueue, function: IConstruct, seconds: float, batch_size: int) -> dict[str, Json]:
    """A function and the mapping that runs it."""
    return {
        FUNCTION: resource("Lambda::Function", function, Timeout=int(seconds)),
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": [name_of(source.queue, QUEUE), "Arn"]},
                "FunctionName": {"Ref": FUNCTION},
                "BatchSize": batch_size,
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
            },
        },
    }


def of_machine(source: SourceQueue, machine: sfn.StateMachine, express: bool) -> dict[str, Json]:
    """A machine, what its tasks call, and the pipe that runs it."""
    made = machine.node.default_child
    rendered = cdk.Stack.of(machine).resolve(made.definition_string) if isinstance(made, sfn.CfnStateMachine) else ""
    called = {name: {"Type": kind, "Properties": {}} for name, kind in functions_and_queues(rendered).items()}
    kind = "EXPRESS" if express else "STANDARD"
    invocation = "REQUEST_RESPONSE" if express else "FIRE_AND_FORGET"
    return called | {
        MACHINE: resource("StepFunctions::StateMachine", machine, StateMachineType=kind, DefinitionString=rendered),
        "Pipe": {
            "Type": "AWS::Pipes::Pipe",
            "Properties": {
                "Source": {"Fn::GetAtt": [name_of(source.queue, QUEUE), "Arn"]},
                "SourceParameters": {"SqsQueueParameters": {"BatchSize": 1}},
                "Target": {"Ref": MACHINE},
                "TargetParameters": {"StepFunctionStateMachineParameters": {"InvocationType": invocation}},
            },
        },
    }
