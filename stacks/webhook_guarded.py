"""The webhook pipeline as it should be: one owner of the retry, and it is the queue.

The incident's pipeline retried in the queue, in the machine and in the handlers, and its hand-off
hid every failure from the queue. Here each step waits for the next one:

    queue -> pipe -> Express machine -> handler

A handler that fails fails its execution, that fails the pipe's delivery, and the message stays on
the queue. Nothing else tries again, so however its handler fails, a webhook is handled five times
at worst, one visibility timeout apart. Then it moves to a dead-letter queue that no function reads,
and an alarm tells people. To try again after a repair, start a redrive from the dead-letter queue.
(Outside the count are faults of the pipe itself: AWS repeats those until the message expires.)

Order has a price: while one webhook uses up its tries, the same shop's later ones wait, half an
hour at worst. Other shops' do not.

The web server that fills the queue is not part of this app.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
import aws_cdk.aws_iam as iam
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_logs as logs
import aws_cdk.aws_sqs as sqs
import aws_cdk.aws_stepfunctions as sfn
from constructs import Construct

from stacks.acknowledge import acknowledge
from stacks.awaited_pipe import AwaitedPipe
from stacks.dead_letter_alarm import DeadLetterAlarm
from stacks.guarded_function import GuardedFunction
from stacks.webhook_routing import WEBHOOK_TYPES, invoke, route_by_type

# AWS advises five receives or more for a queue that feeds functions: throttles use them up too.
MAX_RECEIVE_COUNT = 5

DECODE_TIMEOUT = cdk.Duration.seconds(10)
HANDLER_TIMEOUT = cdk.Duration.seconds(30)
# Longer than both functions together, so that it is their timeouts that are seen.
MACHINE_TIMEOUT = cdk.Duration.seconds(60)
# Six times the machine's, and longer than the five minutes for which a pipe may hold a message.
VISIBILITY_TIMEOUT = cdk.Duration.minutes(6)


class WebhookGuardedStack(cdk.Stack):
    """Queue -> pipe -> Express machine -> handlers, awaited all the way."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        AwaitedPipe(self, "Pipe", queue=self._queue(), machine=self._machine())
        acknowledge(
            self,
            "Serverless::Serverless-LambdaDLQ",
            "The machine calls every function synchronously; a function's own dead-letter queue "
            "acts on asynchronous calls only. The source queue's redrive policy does this work.",
        )

    def _queue(self) -> sqs.Queue:
        # One message group per shop keeps a shop's webhooks in order: FIFO, and so is its
        # dead-letter queue.
        dead_letters = sqs.Queue(
            self,
            "DeadLetterQueue",
            fifo=True,
            retention_period=cdk.Duration.days(14),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
        )
        DeadLetterAlarm(self, "DeadLetterAlarm", queue=dead_letters)
        acknowledge(
            dead_letters,
            "Serverless::Serverless-SQSRedrivePolicy",
            "This is the dead-letter queue: nothing reads it but people, so nothing redrives it.",
        )
        return sqs.Queue(
            self,
            "SourceQueue",
            fifo=True,
            delivery_delay=cdk.Duration.seconds(60),
            visibility_timeout=VISIBILITY_TIMEOUT,
            retention_period=cdk.Duration.days(4),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=MAX_RECEIVE_COUNT),
        )

    def _machine(self) -> sfn.StateMachine:
        decoder = GuardedFunction(
            self,
            "Decoder",
            handler="decode.index.handler",
            timeout=DECODE_TIMEOUT,
        )
        handlers = {
            webhook_type: GuardedFunction(
                self,
                f"{webhook_type.title()}Handler",
                handler="handle.raising.handler",
                timeout=HANDLER_TIMEOUT,
            )
            for webhook_type in WEBHOOK_TYPES
        }
        # A pipe hands over a list, here of one message.
        decode = invoke(self, "Decode", decoder, payload=sfn.TaskInput.from_json_path_at("$[0]"))
        # Failing leaves the message on the queue, which takes it to the dead-letter queue.
        unknown_type = sfn.Fail(
            self,
            "UnknownType",
            error="UnknownWebhookType",
            cause="No handler for this webhook_type.",
        )
        handle = {
            webhook_type: invoke(self, f"Handle{webhook_type.title()}", function)
            for webhook_type, function in handlers.items()
        }
        return sfn.StateMachine(
            self,
            "Machine",
            state_machine_type=sfn.StateMachineType.EXPRESS,
            definition_body=sfn.DefinitionBody.from_chainable(
                decode.next(route_by_type(self, handle, otherwise=unknown_type))
            ),
            timeout=MACHINE_TIMEOUT,
            role=self._machine_role([decoder, *handlers.values()]),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=logs.LogGroup(
                    self,
                    "MachineLogs",
                    retention=logs.RetentionDays.ONE_MONTH,
                    removal_policy=cdk.RemovalPolicy.DESTROY,
                ),
                level=sfn.LogLevel.ALL,
                # Webhooks carry the shops' customers: log what happened, not to whom.
                include_execution_data=False,
            ),
        )

    def _machine_role(self, functions: Sequence[lambda_.IFunction]) -> iam.IRole:
        # Written by hand because CDK's grant includes every version of each function.
        role = iam.Role(self, "MachineRole", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"],
                resources=[function.function_arn for function in functions],
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "logs:CreateLogDelivery",
                    "logs:DeleteLogDelivery",
                    "logs:DescribeLogGroups",
                    "logs:DescribeResourcePolicies",
                    "logs:GetLogDelivery",
                    "logs:ListLogDeliveries",
                    "logs:PutResourcePolicy",
                    "logs:UpdateLogDelivery",
                    "xray:GetSamplingRules",
                    "xray:GetSamplingTargets",
                    "xray:PutTelemetryRecords",
                    "xray:PutTraceSegments",
                ],
                resources=["*"],
            )
        )
        acknowledge(
            role,
            "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
            "Step Functions needs these log delivery and X-Ray permissions to log and to trace, "
            "and neither service offers a resource to name.",
        )
        return role.without_policy_updates()
