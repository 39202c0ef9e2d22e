"""The webhook pipeline as it should be: one owner of the retry, and it is the queue.

The incident's pipeline retried in the queue, in the machine and in the handlers, and its hand-off
hid every failure from the queue. Here each step waits for the next one:

    API -> queue -> pipe -> Express machine -> handler

A handler that fails fails its execution, that fails the pipe's delivery, and the message stays on
the queue. Nothing else tries again, so however its handler fails, a webhook is handled five times
at worst, three minutes apart. Then it moves to a dead-letter queue that no function reads, and an
alarm tells people how to send it back after a repair.
(Outside the count are faults of the pipe itself: AWS repeats those until the message expires.)

Order has a price: while one webhook uses up its tries, the same shop's later ones wait, a quarter
of an hour at worst. Other shops' do not.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import aws_cdk.aws_stepfunctions as sfn
from constructs import Construct

from seawall.constructs import GuardedFunction, RequestValue, WebhookPipeline, invoke
from stacks.webhook_routing import WEBHOOK_TYPES, function_code, route_by_type

DECODE_TIMEOUT = cdk.Duration.seconds(5)
HANDLER_TIMEOUT = cdk.Duration.seconds(20)
# Longer than both functions together, so that it is their timeouts that are seen.
MACHINE_TIMEOUT = cdk.Duration.seconds(30)


class WebhookGuardedStack(cdk.Stack):
    """API -> queue -> pipe -> Express machine -> handlers, awaited all the way."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        WebhookPipeline(
            self,
            "Webhooks",
            definition=self._definition(),
            machine_timeout=MACHINE_TIMEOUT,
            max_attempts=5,
            path="/webhooks/{shop}",
            tenant=RequestValue.path("shop"),  # keeps a shop's webhooks in order
            signature_header="X-Webhook-Signature",
            delivery_delay=cdk.Duration.seconds(60),
        )

    def _definition(self) -> sfn.IChainable:
        decoder = self._function("Decoder", "decode.index.handler", DECODE_TIMEOUT)
        # A pipe hands over a list, here of one message.
        decode = invoke(self, "Decode", decoder, payload=sfn.TaskInput.from_json_path_at("$[0]"))
        # Failing leaves the message on the queue, which takes it to the dead-letter queue.
        unknown_type = sfn.Fail(
            self, "UnknownType", error="UnknownWebhookType", cause="No handler for this webhook_type."
        )
        handle = {
            name: invoke(
                self,
                f"Handle{name.title()}",
                self._function(f"{name.title()}Handler", "handle.raising.handler", HANDLER_TIMEOUT),
            )
            for name in WEBHOOK_TYPES
        }
        return decode.next(route_by_type(self, handle, otherwise=unknown_type))

    def _function(self, construct_id: str, handler: str, timeout: cdk.Duration) -> GuardedFunction:
        return GuardedFunction(self, construct_id, code=function_code(), handler=handler, timeout=timeout)
