"""Machines and their tasks by themselves."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import aws_cdk.aws_sqs as sqs
import aws_cdk.aws_stepfunctions as sfn
import pytest

from seawall.constructs import DeadLetters, GuardedStateMachine, invoke
from tests.constructs.conftest import EXPRESS, function


def rendered(machine: sfn.StateMachine) -> dict[str, Any]:
    made = machine.node.default_child
    assert isinstance(made, sfn.CfnStateMachine)
    text = cdk.Stack.of(machine).resolve(made.definition_string)
    parts = text["Fn::Join"][1] if isinstance(text, dict) else [text]
    read: dict[str, Any] = json.loads("".join(part if isinstance(part, str) else "ref" for part in parts))
    return read


def test_a_task_does_not_retry_unless_it_says_so(stack: cdk.Stack) -> None:
    machine = GuardedStateMachine(stack, "Machine", definition=invoke(stack, "Charge", function(stack)))
    assert "Retry" not in rendered(machine)["States"]["Charge"]


def test_tries_count_all_runs(stack: cdk.Stack) -> None:
    task = invoke(stack, "Charge", function(stack), tries=2, interval=cdk.Duration.seconds(5))
    (retrier,) = rendered(GuardedStateMachine(stack, "Machine", definition=task))["States"]["Charge"]["Retry"]
    assert (retrier["MaxAttempts"], retrier["IntervalSeconds"], retrier["JitterStrategy"]) == (1, 5, "FULL")
    with pytest.raises(ValueError, match="Never: tries counts all runs, so it is at least 1, not 0"):
        invoke(stack, "Never", function(stack, "Other"), tries=0)


def test_without_dead_letters_a_failure_leaves_the_machine(stack: cdk.Stack) -> None:
    machine = GuardedStateMachine(stack, "Machine", definition=sfn.Pass(stack, "Pass"))
    assert list(rendered(machine)["States"]) == ["Pass"]
    assert rendered(machine)["TimeoutSeconds"] == 3600


def test_with_dead_letters_its_input_goes_there(stack: cdk.Stack) -> None:
    letters = DeadLetters(sqs.Queue(stack, "Dead"))
    machine = GuardedStateMachine(stack, "Machine", definition=sfn.Pass(stack, "Pass"), dead_letters=letters)
    states = rendered(machine)["States"]
    assert states["Work"]["Catch"][0]["ErrorEquals"] == ["States.ALL"]
    send = states["SendToDeadLetterQueue"]
    assert send["Resource"].endswith(":states:::sqs:sendMessage")
    assert send["Parameters"] == {"QueueUrl": "ref", "MessageBody.$": "$"}
    assert send["End"] is True


def test_two_machines_stand_side_by_side(stack: cdk.Stack) -> None:
    letters = DeadLetters(sqs.Queue(stack, "Dead"))
    for name in ("One", "Two"):
        GuardedStateMachine(stack, name, definition=sfn.Pass(stack, f"{name}Pass"), dead_letters=letters)


def test_what_aws_would_refuse(stack: cdk.Stack) -> None:
    fifo = sqs.Queue(stack, "Fifo", fifo=True)
    with pytest.raises(ValueError, match="Shop/A: dead_letters: a FIFO queue needs the JSONPath of a message group"):
        GuardedStateMachine(stack, "A", definition=sfn.Pass(stack, "P"), dead_letters=DeadLetters(fifo))
    with pytest.raises(ValueError, match="Shop/B: timeout: an Express machine runs for 300 s at most, not 301 s"):
        GuardedStateMachine(
            stack,
            "B",
            definition=sfn.Pass(stack, "Q"),
            machine_type=EXPRESS,
            timeout=cdk.Duration.seconds(301),
        )
