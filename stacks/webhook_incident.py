"""The webhook pipeline as it was on the day of the incident. Do not deploy it.

Two webhooks came in. They became 129 runs of the trigger function, more than 900 executions and
more than 1,000 messages. Nothing here is exotic: three ordinary settings were stacked.

1. The source queue delivers a message up to five times, and its dead-letter queue is consumed too:
   by the same trigger function, which starts the same machine again.
2. Every function task of the machine carries the customary `Retry` on Lambda's service errors: four
   runs for one event.
3. The handlers catch their own failures and send the webhook back to the source queue.

So a failing webhook returns to where it came from (2 and 3: a loop, and after a service fault one
message can come back as four). None of it is visible to the queue, because the trigger starts the
execution and returns: the message is deleted whatever happens next. An unknown `webhook_type` goes
round through the dead-letter queue for ever, with no failure at all.

The web server that fills the source queue is not part of this app.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_lambda_event_sources as event_sources
import aws_cdk.aws_sqs as sqs
import aws_cdk.aws_stepfunctions as sfn
import aws_cdk.aws_stepfunctions_tasks as tasks
from constructs import Construct

from stacks.webhook_routing import (
    ARCHITECTURE,
    RUNTIME,
    WEBHOOK_TYPES,
    function_code,
    invoke,
    route_by_type,
)

LAMBDA_SERVICE_ERRORS = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]


class WebhookIncidentStack(cdk.Stack):
    """Source queue -> trigger function -> Standard machine -> handlers -> back to the queues."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)

        # One message group per shop keeps a shop's webhooks in order, so every queue is FIFO.
        self.last_queue = sqs.Queue(self, "LastQueue", fifo=True)
        self.dead_letter_queue = sqs.Queue(self, "DeadLetterQueue", fifo=True)
        self.source_queue = sqs.Queue(
            self,
            "SourceQueue",
            fifo=True,
            delivery_delay=cdk.Duration.seconds(60),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letter_queue, max_receive_count=5),
        )

        machine = sfn.StateMachine(
            self, "Machine", definition_body=sfn.DefinitionBody.from_chainable(self._definition())
        )

        trigger = self._function("Trigger", "trigger.index.handler")
        trigger.add_environment("STATE_MACHINE_ARN", machine.state_machine_arn)
        machine.grant_start_execution(trigger)
        for queue in (self.source_queue, self.dead_letter_queue):
            trigger.add_event_source(event_sources.SqsEventSource(queue, batch_size=1))

    def _definition(self) -> sfn.IChainable:
        decode = self._task("Decode", self._function("Decoder", "decode.index.handler"))
        handlers = {
            webhook_type: self._task(f"Handle{webhook_type.title()}", self._handler(f"{webhook_type.title()}Handler"))
            for webhook_type in WEBHOOK_TYPES
        }
        send_to_dead_letters = tasks.SqsSendMessage(
            self,
            "SendToDeadLetterQueue",
            queue=self.dead_letter_queue,
            message_body=sfn.TaskInput.from_json_path_at("$"),
            message_group_id=sfn.JsonPath.string_at("$.shop_id"),
            message_deduplication_id=sfn.JsonPath.uuid(),
        )
        return decode.next(route_by_type(self, handlers, otherwise=send_to_dead_letters))

    def _task(self, state_name: str, function: lambda_.IFunction) -> tasks.LambdaInvoke:
        task = invoke(self, state_name, function)
        task.add_retry(
            errors=LAMBDA_SERVICE_ERRORS,
            interval=cdk.Duration.seconds(1),
            max_attempts=3,
            backoff_rate=2,
            jitter_strategy=sfn.JitterType.FULL,
        )
        return task

    def _handler(self, construct_id: str) -> lambda_.Function:
        function = self._function(
            construct_id,
            "handle.requeueing.handler",
            # Was 2, set to 0 to stop the retries. It never acted: the machine calls synchronously.
            retry_attempts=0,
        )
        for name, queue in (
            ("SOURCE_QUEUE_URL", self.source_queue),
            ("DEAD_LETTER_QUEUE_URL", self.dead_letter_queue),
            ("LAST_QUEUE_URL", self.last_queue),
        ):
            function.add_environment(name, queue.queue_url)
            queue.grant_send_messages(function)
        return function

    def _function(self, construct_id: str, handler: str, *, retry_attempts: int | None = None) -> lambda_.Function:
        return lambda_.Function(
            self,
            construct_id,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            code=function_code(),
            handler=handler,
            retry_attempts=retry_attempts,
        )
