"""Pieces of apps in which retries stack up, or are lost, as the tests need it."""

from __future__ import annotations

import aws_cdk as cdk
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_lambda_event_sources as sources
import aws_cdk.aws_pipes as pipes
import aws_cdk.aws_sqs as sqs
import aws_cdk.aws_stepfunctions as sfn
import aws_cdk.aws_stepfunctions_tasks as tasks
from constructs import Construct


def function(scope: Construct, construct_id: str) -> lambda_.Function:
    """A function that does nothing."""
    return lambda_.Function(
        scope,
        construct_id,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )


def queue(scope: Construct, construct_id: str = "Queue", receives: int = 5) -> sqs.Queue:
    """A queue with a dead-letter queue."""
    dead = sqs.Queue(scope, f"{construct_id}Dead")
    redrive = sqs.DeadLetterQueue(queue=dead, max_receive_count=receives)
    return sqs.Queue(scope, construct_id, visibility_timeout=cdk.Duration.minutes(6), dead_letter_queue=redrive)


def consumer(scope: Construct, source: sqs.IQueue) -> lambda_.Function:
    """A function that a queue feeds: as many runs as the queue has receives."""
    worker = function(scope, "Worker")
    worker.add_event_source(sources.SqsEventSource(source, batch_size=1))
    return worker


def machine(scope: Construct, retries: int = 3) -> sfn.StateMachine:
    """An Express machine whose one task is retried: 1 + `retries` runs of its function."""
    charge = tasks.LambdaInvoke(
        scope, "Charge", lambda_function=function(scope, "Function"), retry_on_service_exceptions=False
    )
    if retries:
        charge.add_retry(max_attempts=retries)
    return sfn.StateMachine(
        scope,
        "Machine",
        state_machine_type=sfn.StateMachineType.EXPRESS,
        definition_body=sfn.DefinitionBody.from_chainable(charge),
    )


def pipe(scope: Construct, source: sqs.Queue, target: sfn.StateMachine) -> pipes.CfnPipe:
    """A pipe that awaits the machine for each message."""
    parameters = pipes.CfnPipe.PipeTargetStateMachineParametersProperty(invocation_type="REQUEST_RESPONSE")
    return pipes.CfnPipe(
        scope,
        "Pipe",
        role_arn="arn:aws:iam::111122223333:role/pipe",
        source=source.queue_arn,
        source_parameters=pipes.CfnPipe.PipeSourceParametersProperty(
            sqs_queue_parameters=pipes.CfnPipe.PipeSourceSqsQueueParametersProperty(batch_size=1)
        ),
        target=target.state_machine_arn,
        target_parameters=pipes.CfnPipe.PipeTargetParametersProperty(step_function_state_machine_parameters=parameters),
    )


def stacked(scope: Construct, receives: int = 5, retries: int = 3) -> sqs.Queue:
    """Queue -> pipe -> machine -> function: `receives` x (1 + `retries`) runs, 20 unless told, an error above 10."""
    source = queue(scope, receives=receives)
    pipe(scope, source, machine(scope, retries))
    return source


def many(scope: Construct, receives: int = 30) -> sqs.Queue:
    """Queue -> function with too many receives: a warning."""
    source = queue(scope, receives=receives)
    consumer(scope, source)
    return source
