"""A state machine that is logged and traced, may do what its tasks need, and loses nothing that fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aws_cdk as cdk
import aws_cdk.aws_logs as logs
import aws_cdk.aws_sqs as sqs
import aws_cdk.aws_stepfunctions as sfn
from constructs import Construct

from .accepting import NO_RESOURCE_TO_NAME, accept
from .invoking import retry_with_jitter

LONGEST_EXPRESS_SECONDS = 300
"""An Express execution, and a pipe that waits for one, takes five minutes at most.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html, read 2026-11-22."""
EXPRESS_SECONDS = 30
"""The longest execution of an Express machine that is given no timeout."""


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Where a machine sends what failed for the last time, and what it sends."""

    queue: sqs.IQueue
    body: str = "$"
    """JSONPath of the message's body in the machine's input. All of the input by default."""
    group: str | None = None
    """JSONPath of the message group. Needed where `queue` is FIFO, and only there."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Message attributes: JSONPaths of texts in the machine's input, by name. Each must be there."""
    tries: int = 1
    """How often the machine tries to send, in all. 1 leaves it to who started the machine."""


class GuardedStateMachine(sfn.StateMachine):
    """A state machine as a reviewer wants it, with an end for what fails.

    Logs (without the data, which is the customers'), tracing, a role with what the tasks need. Given `dead_letters`,
    whatever fails in it goes there, after the tries of its tasks: the definition becomes the only branch of a Parallel
    state, `Work`, that catches every error and sends the machine's input to the queue. An execution that has done so
    succeeds: its message is safe, and the dead-letter queue raises the alarm. What no catch sees still fails the
    execution: `States.Runtime` and `States.DataLimitExceeded`
    (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html), the machine's own timeout, and
    a queue that cannot be reached.

    Without `dead_letters` a failure leaves the machine: right where something waits for it and tries again.

    Args:
        definition: The states, as for `sfn.StateMachine`. Tasks made with `invoke` say how often they try.
        machine_type: STANDARD by default.
        timeout: The longest that an execution may take. By default 30 seconds for an Express machine (5 minutes are
            the most), and 1 hour for a Standard one.
        dead_letters: Where to send what fails. Nowhere by default.
        log_retention: How long logs are kept. One month by default.

    Raises:
        ValueError: An Express machine is given more than 5 minutes, or a FIFO queue no message group.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definition: sfn.IChainable,
        machine_type: sfn.StateMachineType = sfn.StateMachineType.STANDARD,
        timeout: cdk.Duration | None = None,
        dead_letters: DeadLetters | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
    ) -> None:
        path = f"{scope.node.path}/{construct_id}"
        express = machine_type == sfn.StateMachineType.EXPRESS
        longest = timeout or (cdk.Duration.seconds(EXPRESS_SECONDS) if express else cdk.Duration.hours(1))
        if express and longest.to_seconds() > LONGEST_EXPRESS_SECONDS:
            raise ValueError(
                f"{path}: timeout: an Express machine runs for {LONGEST_EXPRESS_SECONDS} s at most, "
                f"not {longest.to_seconds():g} s"
            )
        if dead_letters is not None:
            if bool(dead_letters.queue.fifo) is not bool(dead_letters.group):
                raise ValueError(
                    f"{path}: dead_letters: a FIFO queue needs the JSONPath of a message group, any other none"
                )
            # Beside the machine, as its own scope does not exist before it does.
            states = Construct(scope, f"{construct_id}States")
            work = sfn.Parallel(states, "Work", output_path="$[0]").branch(definition)
            definition = work.add_catch(
                _send(states, dead_letters), errors=[sfn.Errors.ALL], result_path=sfn.JsonPath.DISCARD
            )
        log_group = logs.LogGroup(
            scope, f"{construct_id}Logs", retention=log_retention, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        super().__init__(
            scope,
            construct_id,
            state_machine_type=machine_type,
            definition_body=sfn.DefinitionBody.from_chainable(definition),
            timeout=longest,
            tracing_enabled=True,
            logs=sfn.LogOptions(destination=log_group, level=sfn.LogLevel.ALL, include_execution_data=False),
        )
        if dead_letters is not None:
            dead_letters.queue.grant_send_messages(self)
        accept(
            self.role,
            NO_RESOURCE_TO_NAME,
            "Step Functions needs these log delivery and X-Ray permissions to log and to trace, and neither service "
            "offers a resource to name.",
        )


def _send(scope: Construct, dead_letters: DeadLetters) -> sfn.CustomState:
    # Written by hand, as CDK's task for SQS knows no message attributes.
    parameters: dict[str, Any] = {"QueueUrl": dead_letters.queue.queue_url, "MessageBody.$": dead_letters.body}
    if dead_letters.attributes:
        parameters["MessageAttributes"] = {
            name: {"DataType": "String", "StringValue.$": path} for name, path in dead_letters.attributes.items()
        }
    if dead_letters.group:
        parameters["MessageGroupId.$"] = dead_letters.group
        # One message per execution, however often it is sent; and never taken for another execution's.
        parameters["MessageDeduplicationId.$"] = "$$.Execution.Name"
    resource = f"arn:{cdk.Aws.PARTITION}:states:::sqs:sendMessage"
    state = {"Type": "Task", "Resource": resource, "Parameters": parameters}
    send = sfn.CustomState(scope, "SendToDeadLetterQueue", state_json=state)
    retry_with_jitter(send, dead_letters.tries)
    return send
