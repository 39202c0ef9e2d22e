"""A webhook receiver with one owner of the retry, and a promise about how often code runs."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import aws_cdk as cdk
import aws_cdk.aws_apigatewayv2 as apigatewayv2
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_logs as logs
import aws_cdk.aws_sns as sns
import aws_cdk.aws_sqs as sqs
import aws_cdk.aws_stepfunctions as sfn
from constructs import Construct

from seawall.cdk.flow import Flow
from seawall.settings import DEFAULT_MAX_ATTEMPTS, LEAST_RECEIVES

from . import pipeline_sketch, source_queue
from .guarded_state_machine import GuardedStateMachine
from .machine_pipe import MachinePipe
from .promise import Sketch, worst_case
from .refusing import naming, refuse
from .request_value import RequestValue
from .webhook_alarms import WebhookAlarms
from .webhook_consumers import MachineConsumer, RetryOwner, choose
from .webhook_door import WebhookDoor, kept_headers

LAST_TRIES = 5
"""How often a Standard machine tries to send a failed message to the dead-letter queue."""


class WebhookPipeline(Construct):
    """From an HTTP request, or a queue, to the work, with nothing lost and nothing run more often than promised.

    ::

        WebhookPipeline(self, "Orders", function=worker, signature_header="X-Signature")

    makes an HTTP API whose requests go straight to a queue, the queue, its dead-letter queue, the mapping that runs
    `worker`, and the alarms. A webhook that the sender got a 200 for runs `worker` five times at worst, three minutes
    apart if `worker` may take 30 seconds; then it waits in the dead-letter queue, and an alarm tells how to send it
    back.

    **Who tries again.** One layer, chosen by name:

    * ``retry_owner="queue"``: the message stays on the queue until its work is done. The consumer is a function, or an
      Express machine that a pipe waits for. Nothing behind the queue may retry.
    * ``retry_owner="machine"``: the states try as often as they say (`invoke(..., tries=4)`), and what fails after
      that is sent to the dead-letter queue by the machine. The consumer is a Standard machine, which may take long;
      or, with `machine_type`, an Express one.

    **The promise.** No function and no state runs more than `max_attempts` times for one message, whatever fails. The
    construct works that out with the engine of Seawall itself, from the settings and from the definition, and refuses
    settings that break it. `worst_case` is the figure. Outside of it are faults of a pipe itself, which AWS repeats
    until the message expires, and a message that people send back from the dead-letter queue.

    Args:
        function: The consumer, if it is a function. It is called with batches of messages, and returns which failed
            (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
        definition: The consumer, if it is a machine: its states, made for instance with `invoke`. An execution takes
            one message, and its input is a list of that one, as pipes hand it over: ``$[0].body`` is the body, as text.
        retry_owner: ``queue`` (the default) or ``machine``.
        max_attempts: The promise: runs of any function or state for one message, whatever fails. 10 by default.
        machine_type: Of the machine of `definition`. Express by default if the queue owns the retry, as it has to
            wait for the outcome; Standard if the machine does.
        machine_timeout: The longest execution. 30 seconds by default for an Express machine, 1 hour for a Standard one.
        function_timeout: Of `function`, where its construct does not tell: of an alias, a version, an import.
        queue: Use this queue, and make no API. By default a queue is made, with an API in front.
        dead_letter_queue: That of `queue`, if `queue` was imported.
        path: Of the route that takes webhooks. ``/webhooks`` by default.
        signature_header: The header with which senders sign, kept as a message attribute of the same name in lower
            case: the consumer verifies it. A request without it is not accepted.
        headers: More headers to keep in the same way. None by default; ten at most in all.
        authorizer: What lets requests in, instead of a signature or in addition. None by default.
        rate_limit: Requests per second in the long run. 100 by default; above it senders get a 429.
        burst_limit: Requests at once. 200 by default.
        tenant: Makes the queue a FIFO one: messages with the same value come one after the other, others' do not
            wait for them. By default the queue is a standard one. Each request counts as a new message, so that a
            webhook that is sent again is received again. A Standard machine is only *started* in that order.
        max_receive_count: How often a message is received at most. 5 by default, what AWS asks for at least
            (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html), or `max_attempts` if that is
            less. Of an imported `queue`: as it is set there.
        visibility_timeout: How long a message is hidden while it is worked on, and so the wait until the next try. By
            default six times what runs behind it may take, plus the batching window, as AWS asks for; no less is
            accepted.
        delivery_delay: How long a new message is hidden. Not at all by default.
        retention: How long the queue keeps a message. 4 days by default.
        dead_letter_retention: How long the dead-letter queue does, counted from when it was sent first. 14 days.
        batch_size: Messages for one run of `function`. 1 by default, so that a failure is one message's alone. With
            more, the function has to return which failed, or healthy neighbours run again.
        batching_window: How long to wait for a batch. Not at all by default; never for a FIFO queue.
        max_concurrency: Runs of `function` at once, 2 to 1,000. 10 by default. Unlike reserved concurrency it keeps
            messages from being received that cannot run, so that throttling uses up no tries.
        alarm_topic: Who is told. By default a topic is made, to which people subscribe.
        oldest_message_age: Age of a message above which there is an alarm. By default the time that all tries take.
        log_retention: Of every log group in here. One month by default.

    Raises:
        ValueError: Settings that break the promise or contradict one another. It names them, and shows the figure.

    Everything inside can be reached: `queue`, `dead_letter_queue`, `door` with its `api` and `stage`, `mapping`,
    `machine`, `pipe`, `alarms`, `alarm_topic`. What is changed there is no longer covered by the promise; the guard
    still sees it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.IFunction | None = None,
        definition: sfn.IChainable | None = None,
        retry_owner: RetryOwner = "queue",
        max_attempts: int = DEFAULT_MAX_ATTEMPTS,
        machine_type: sfn.StateMachineType | None = None,
        machine_timeout: cdk.Duration | None = None,
        function_timeout: cdk.Duration | None = None,
        queue: sqs.IQueue | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
        path: str = "/webhooks",
        signature_header: str | None = None,
        headers: Sequence[str] = (),
        authorizer: apigatewayv2.IHttpRouteAuthorizer | None = None,
        rate_limit: float = 100,
        burst_limit: int = 200,
        tenant: RequestValue | None = None,
        max_receive_count: int | None = None,
        visibility_timeout: cdk.Duration | None = None,
        delivery_delay: cdk.Duration | None = None,
        retention: cdk.Duration | None = None,
        dead_letter_retention: cdk.Duration | None = None,
        batch_size: int | None = None,
        batching_window: cdk.Duration | None = None,
        max_concurrency: int | None = None,
        alarm_topic: sns.ITopic | None = None,
        oldest_message_age: cdk.Duration | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
    ) -> None:
        super().__init__(scope, construct_id)
        with naming(self):
            if max_attempts < 1:
                raise ValueError(f"max_attempts must be at least 1, not {max_attempts}")
            kept: tuple[str, ...] = ()
            if queue is None:
                kept = kept_headers(signature_header, headers, authorizer is not None)
            consumer = choose(
                function,
                definition,
                retry_owner,
                function_timeout=function_timeout,
                batch_size=batch_size,
                batching_window=batching_window,
                max_concurrency=max_concurrency,
                machine_type=machine_type,
                machine_timeout=machine_timeout,
                attributes=kept,
                last_tries=min(LAST_TRIES, max_attempts),
                log_retention=log_retention,
            )
            if queue is None:
                refuse("the construct makes the queue", dead_letter_queue=dead_letter_queue)
                if tenant is not None and tenant.parameter and f"{{{tenant.parameter}}}" not in path:
                    raise ValueError(f"tenant: there is no {{{tenant.parameter}}} in path {path!r}")
                receives = min(LEAST_RECEIVES, max_attempts) if max_receive_count is None else max_receive_count
                source = source_queue.make(
                    self,
                    fifo=tenant is not None,
                    max_receive_count=receives,
                    visibility=source_queue.long_enough(visibility_timeout, consumer.hidden),
                    delivery_delay=delivery_delay,
                    retention=retention or cdk.Duration.days(4),
                    dead_letter_retention=dead_letter_retention or cdk.Duration.days(14),
                )
            else:
                refuse(
                    "the queue is there already, and so is what sends to it",
                    signature_header=signature_header,
                    headers=headers or None,
                    authorizer=authorizer,
                    tenant=tenant,
                    visibility_timeout=visibility_timeout,
                    delivery_delay=delivery_delay,
                    retention=retention,
                    dead_letter_retention=dead_letter_retention,
                )
                source = source_queue.take(queue, dead_letter_queue, max_receive_count, consumer.hidden)
            consumer.check(bool(source.queue.fifo))
        connected = consumer.connect(self, source)
        with naming(self):
            self.worst_case: int = worst_case(
                Sketch(cdk.Stack.of(self).node.id, {**connected.sketch, **pipeline_sketch.of_queue(source)}),
                max_attempts=max_attempts,
                queue=source.queue.node.path,
                queue_owns=retry_owner == "queue",
                changeable=consumer.changeable,
            )
            """Runs of whatever runs most often for one message, as Seawall works them out."""
        self.queue: sqs.IQueue = source.queue
        """Where messages wait."""
        self.dead_letter_queue: sqs.IQueue = source.dead_letter_queue
        """Where messages end that failed every try. Nothing reads it."""
        self.mapping: lambda_.EventSourceMapping | None = connected.mapping
        """What runs the function, if the consumer is one."""
        self.machine: GuardedStateMachine | None = connected.machine
        """The machine, if the consumer is one."""
        self.pipe: MachinePipe | None = connected.pipe
        """What runs the machine: ``.pipe`` is the `CfnPipe`, ``.role`` its role."""
        self.door: WebhookDoor | None = None
        """The way in, if the queue was made here: ``.api``, ``.stage``, ``.route``, ``.access_log``, ``.url``."""
        if queue is None:
            self.door = WebhookDoor(
                self,
                "Door",
                queue=source.queue,
                path=path,
                headers=kept,
                tenant=tenant,
                authorizer=authorizer,
                rate_limit=rate_limit,
                burst_limit=burst_limit,
                log_retention=log_retention,
            )
        delay = delivery_delay.to_seconds() if delivery_delay is not None else 0
        all_tries = source.max_receive_count * (source.visibility or consumer.hidden) + delay
        self.alarms = WebhookAlarms(
            self,
            "Alarms",
            queue=source.queue,
            dead_letter_queue=source.dead_letter_queue,
            oldest=oldest_message_age or cdk.Duration.seconds(ceil(all_tries)),
            topic=alarm_topic,
        )
        """The alarms by name (``.all``), and whom they tell (``.topic``)."""
        if function is not None:
            self.alarms.watch_function(function)
        if connected.machine is not None and isinstance(consumer, MachineConsumer):
            expected = source.max_receive_count if retry_owner == "queue" else 0
            self.alarms.watch_machine(connected.machine, expected, consumer.failing)

    def grant_dead_letter(self, function: lambda_.Function, *, variable: str = "DEAD_LETTER_QUEUE_URL") -> None:
        """Let a function of this pipeline send what can never succeed to the dead-letter queue, without further tries.

        It gets the permission and the queue's URL, and Seawall is told (`Flow.sends_to`). To send a message to a FIFO
        queue, the code gives it a group, and a deduplication id of its own.

        Args:
            function: The one that gives up on a message.
            variable: The environment variable with the queue's URL.
        """
        self.dead_letter_queue.grant_send_messages(function)
        function.add_environment(variable, self.dead_letter_queue.queue_url)
        Flow.of(function).sends_to(self.dead_letter_queue, when="failure")
