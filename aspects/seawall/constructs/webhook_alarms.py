"""Alarms that somebody hears, each with what to do."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
import aws_cdk.aws_cloudwatch as cloudwatch
import aws_cdk.aws_cloudwatch_actions as actions
import aws_cdk.aws_iam as iam
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_sns as sns
import aws_cdk.aws_sqs as sqs
import aws_cdk.aws_stepfunctions as sfn
from constructs import Construct

_EACH_MINUTE = cdk.Duration.minutes(1)


class WebhookAlarms(Construct):
    """What went wrong behind a queue, told to a topic. Made by `WebhookPipeline`."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        queue: sqs.IQueue,
        dead_letter_queue: sqs.IQueue,
        oldest: cdk.Duration,
        topic: sns.ITopic | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = topic or operators(self)
        self._all: dict[str, cloudwatch.Alarm] = {}
        self._alarm(
            "DeadLetters",
            dead_letter_queue.metric_approximate_number_of_messages_visible(
                period=_EACH_MINUTE, statistic=cloudwatch.Stats.MAXIMUM
            ),
            1,
            _redrive(queue, dead_letter_queue),
        )
        self._alarm(
            "OldestMessage",
            queue.metric_approximate_age_of_oldest_message(period=_EACH_MINUTE, statistic=cloudwatch.Stats.MAXIMUM),
            oldest.to_seconds(),
            f"A message of {queue.queue_name} waits for longer than all of its tries take: its consumer is down, "
            "throttled or too slow. Look at the consumer's errors and throttles before raising its concurrency.",
        )

    @property
    def all(self) -> Mapping[str, cloudwatch.Alarm]:
        """By name: ``DeadLetters``, ``OldestMessage``; ``Recursion`` or ``FailedExecutions``."""
        return self._all

    def watch_function(self, function: lambda_.IFunction) -> None:
        """Tell when Lambda stopped a loop through a function."""
        metric = function.metric("RecursiveInvocationsDropped", period=_EACH_MINUTE, statistic=cloudwatch.Stats.SUM)
        what = (
            f"Lambda stopped a loop: {function.function_name} is called again and again by what it sends itself. Take "
            "out what sends its events back to where they came from; do not set RecursiveLoop to Allow."
        )
        self._alarm("Recursion", metric, 1, what)

    def watch_machine(self, machine: sfn.StateMachine, expected: int, what: str) -> None:
        """Tell when more than `expected` executions fail within five minutes; `what` says what that means."""
        five_minutes = cdk.Duration.minutes(5)
        failed = cloudwatch.MathExpression(
            expression="failed + late",
            label="Executions that failed or took too long",
            period=five_minutes,
            using_metrics={
                "failed": machine.metric_failed(period=five_minutes),
                "late": machine.metric_timed_out(period=five_minutes),
            },
        )
        self._alarm("FailedExecutions", failed, expected + 1, f"{machine.state_machine_name}: {what}")

    def _alarm(self, name: str, metric: cloudwatch.IMetric, threshold: float, description: str) -> None:
        self._all[name] = heard(self, name, metric, threshold, description, self.topic)


def _redrive(queue: sqs.IQueue, dead_letter_queue: sqs.IQueue) -> str:
    """The runbook. Alarms hold 1,024 characters.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    return (
        f"A message failed every try and waits in {dead_letter_queue.queue_name}. Nothing runs it again by itself. "
        "1. Look at one message and at the consumer's logs. 2. Repair the cause and deploy. 3. Send all back, slowly: "
        f"aws sqs start-message-move-task --source-arn {dead_letter_queue.queue_arn} "
        f"--destination-arn {queue.queue_arn} --max-number-of-messages-per-second 5. "
        "Each then has all its tries anew, so do not do it before the repair. 4. Watch this alarm return to OK."
    )


def heard(
    scope: Construct, name: str, metric: cloudwatch.IMetric, threshold: float, description: str, topic: sns.ITopic
) -> cloudwatch.Alarm:
    """An alarm that goes off once `metric` reaches `threshold` in a period, and tells `topic`; no data is no alarm."""
    alarm = cloudwatch.Alarm(
        scope,
        name,
        alarm_description=description,
        metric=metric,
        threshold=threshold,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
    return alarm


def operators(scope: Construct) -> sns.Topic:
    """A topic that takes alarms, and nothing else, over TLS."""
    topic = sns.Topic(scope, "Operators", enforce_ssl=True)
    # A topic with a policy of its own (enforce_ssl writes one) no longer admits alarms.
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
        )
    )
    return topic
