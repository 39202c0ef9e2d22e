"""A generated app of 1,680 resources in about 3,500 constructs, wired so that the guard has work.

Fourteen stacks. In each, eight topics feed queues, which feed functions; and in two more pipelines, a queue feeds a
function that starts a state machine, which calls a function with a retry and sends what failed to a dead-letter queue.
As in an app that is looked after, each function has its log group and each dead-letter queue its alarm.
"""

from __future__ import annotations

import aws_cdk as cdk
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_lambda_event_sources as sources
import aws_cdk.aws_logs as logs
import aws_cdk.aws_sns as sns
import aws_cdk.aws_sns_subscriptions as subscriptions
import aws_cdk.aws_sqs as sqs
import aws_cdk.aws_stepfunctions as sfn
import aws_cdk.aws_stepfunctions_tasks as tasks
from constructs import Construct

STACKS, PIPELINES, MACHINES = 14, 8, 2


def build(app: cdk.App) -> None:
    """Fill `app`."""
    for number in range(STACKS):
        stack = cdk.Stack(app, f"Stack{number}")
        for each in range(PIPELINES):
            TopicPipeline(stack, f"Topic{each}")
        for each in range(MACHINES):
            MachinePipeline(stack, f"Machine{each}")


class TopicPipeline(Construct):
    """Topic -> queue -> function: 11 resources."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        queue, _ = _queue(self)
        topic = sns.Topic(self, "Topic")
        topic.add_subscription(subscriptions.SqsSubscription(queue))
        _function(self, "Worker").add_event_source(sources.SqsEventSource(queue, batch_size=1))


class MachinePipeline(Construct):
    """Queue -> function -> state machine -> function: 16 resources."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        queue, dead = _queue(self)
        worker = _function(self, "Worker")
        sns.Topic(self, "Done").grant_publish(worker)
        invoke = tasks.LambdaInvoke(self, "Invoke", lambda_function=worker, retry_on_service_exceptions=False)
        invoke.add_retry(max_attempts=2)
        body = sfn.TaskInput.from_json_path_at("$")
        failed = tasks.SqsSendMessage(self, "Failed", queue=dead, message_body=body)
        start = (
            sfn.Choice(self, "Kind")
            .when(sfn.Condition.string_equals("$.kind", "known"), invoke.add_catch(failed))
            .otherwise(failed)
        )
        machine = sfn.StateMachine(self, "Machine", definition_body=sfn.DefinitionBody.from_chainable(start))
        trigger = _function(self, "Trigger", MACHINE_ARN=machine.state_machine_arn)
        machine.grant_start_execution(trigger)
        trigger.add_event_source(sources.SqsEventSource(queue, batch_size=1))


def _queue(scope: Construct) -> tuple[sqs.Queue, sqs.Queue]:
    dead = sqs.Queue(scope, "Dead")
    dead.metric_approximate_number_of_messages_visible().create_alarm(scope, "Alarm", threshold=1, evaluation_periods=1)
    redrive = sqs.DeadLetterQueue(queue=dead, max_receive_count=5)
    return sqs.Queue(scope, "Queue", visibility_timeout=cdk.Duration.minutes(6), dead_letter_queue=redrive), dead


def _function(scope: Construct, construct_id: str, **environment: str) -> lambda_.Function:
    return lambda_.Function(
        scope,
        construct_id,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        timeout=cdk.Duration.seconds(30),
        environment=environment,
        log_group=logs.LogGroup(scope, f"{construct_id}Logs", retention=logs.RetentionDays.ONE_MONTH),
    )
