"""What does the work behind a queue: a function, or a machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import aws_cdk as cdk
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_logs as logs
import aws_cdk.aws_stepfunctions as sfn
from constructs import Construct

from seawall.services.lambda_.functions import FUNCTION_TIMEOUT
from seawall.settings import DEFAULT_VISIBILITY_FACTOR

from . import pipeline_sketch
from .accepting import accept
from .guarded_state_machine import EXPRESS_SECONDS, DeadLetters, GuardedStateMachine
from .machine_pipe import MachinePipe
from .refusing import refuse
from .source_queue import SourceQueue

RetryOwner: TypeAlias = Literal["queue", "machine"]
CONCURRENCY = range(2, 1001)
"""Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html, read 2026-11-22."""
MAX_CONCURRENCY = 10
"""Runs at once where nothing is set."""
LARGEST_BATCH = 10_000
LARGEST_BATCH_AT_ONCE = 10
"""Of a FIFO queue, and of any queue without a batching window.
Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html, read 2026-11-22."""
START_SECONDS = 5.0
"""Longer than a pipe takes to start an execution that it does not wait for."""
RECORD = "$[0]"
"""The one message that a pipe hands over, in a list."""


@dataclass(frozen=True, slots=True)
class Connected:
    """What was made to run a consumer, and a sketch of what decides how often it runs."""

    sketch: Mapping[str, Any]
    mapping: lambda_.EventSourceMapping | None = None
    machine: GuardedStateMachine | None = None
    pipe: MachinePipe | None = None


@dataclass(frozen=True, slots=True)
class FunctionConsumer:
    """A function that a mapping calls with batches of messages, and that returns which failed."""

    function: lambda_.IFunction
    timeout: cdk.Duration | None = None
    batch_size: int = 1
    window: cdk.Duration | None = None
    max_concurrency: int = MAX_CONCURRENCY

    changeable = "max_receive_count or max_attempts"
    """The settings that decide how often it runs."""

    @property
    def seconds(self) -> float:
        """The longest that one run may take."""
        if self.timeout is not None:
            return self.timeout.to_seconds()
        if not isinstance(self.function, lambda_.Function):
            raise ValueError(
                f"the timeout of {self.function.node.path} cannot be read from its construct: give function_timeout"
            )
        told = self.function.timeout
        return float(FUNCTION_TIMEOUT.value) if told is None else told.to_seconds()

    @property
    def hidden(self) -> float:
        """Seconds for which a message has to be hidden."""
        return DEFAULT_VISIBILITY_FACTOR * self.seconds + (self.window.to_seconds() if self.window else 0)

    def check(self, fifo: bool) -> None:
        """`ValueError` for settings that AWS would refuse when they are deployed."""
        if fifo and self.window:
            raise ValueError("batching_window: there is none for a FIFO queue")
        most = LARGEST_BATCH if self.window else LARGEST_BATCH_AT_ONCE
        if not 1 <= self.batch_size <= most:
            raise ValueError(f"batch_size must be 1 to {most:,} here, not {self.batch_size:,}")
        if self.max_concurrency not in CONCURRENCY:
            raise ValueError(f"max_concurrency must be 2 to 1,000, not {self.max_concurrency:,}")
        resource = self.function.node.default_child
        reserved = resource.reserved_concurrent_executions if isinstance(resource, lambda_.CfnFunction) else None
        if reserved is not None and reserved < self.max_concurrency:
            raise ValueError(
                f"max_concurrency ({self.max_concurrency:,}) is above what {self.function.node.path} may run at once "
                f"(reserved_concurrent_executions = {reserved:g}): messages would be received that cannot run"
            )

    def connect(self, scope: Construct, source: SourceQueue) -> Connected:
        """Have the queue run the function."""
        source.queue.grant_consume_messages(self.function)
        mapping = lambda_.EventSourceMapping(
            scope,
            "Mapping",
            target=self.function,
            event_source_arn=source.queue.queue_arn,
            batch_size=self.batch_size,
            max_batching_window=self.window,
            max_concurrency=self.max_concurrency,
            report_batch_item_failures=True,
        )
        accept(
            mapping,
            "Serverless::Serverless-LambdaEventSourceMappingDestination",
            "A mapping's destination acts on streams only. This one reads a queue, whose redrive policy does the work.",
        )
        sketch = pipeline_sketch.of_function(source, self.function, self.seconds, self.batch_size)
        return Connected(sketch, mapping=mapping)


@dataclass(frozen=True, slots=True)
class MachineConsumer:
    """A machine that a pipe runs once for each message."""

    definition: sfn.IChainable
    express: bool
    owns_retry: bool
    timeout: cdk.Duration | None
    attributes: tuple[str, ...]
    """Message attributes that every message has."""
    last_tries: int
    """How often a Standard machine tries to send to the dead-letter queue what failed."""
    log_retention: logs.RetentionDays

    @property
    def failing(self) -> str:
        """What it means that executions fail, and what to do."""
        if not self.owns_retry:
            return "Executions fail, and their messages come back to the queue. Look at the first failed execution."
        if self.express:
            return "An execution failed before its message was safe, so the message comes back to the queue."
        return (
            "An execution failed before its message was on the dead-letter queue. The execution keeps it as its input: "
            "repair what failed, then start the machine with it again."
        )

    @property
    def changeable(self) -> str:
        """The settings that decide how often its states run."""
        return f"{'the tries of the states' if self.owns_retry else 'max_receive_count'} or max_attempts"

    @property
    def hidden(self) -> float:
        """Seconds for which a message has to be hidden."""
        longest = self.timeout.to_seconds() if self.timeout is not None else EXPRESS_SECONDS
        return DEFAULT_VISIBILITY_FACTOR * (longest if self.express else START_SECONDS)

    def check(self, fifo: bool) -> None:
        """Nothing about it depends on the queue."""

    def connect(self, scope: Construct, source: SourceQueue) -> Connected:
        """Have the queue run the machine. If it owns the retry, what fails goes to the dead-letter queue as it came."""
        letters = DeadLetters(
            source.dead_letter_queue,
            body=f"{RECORD}.body",
            group=f"{RECORD}.attributes.MessageGroupId" if source.queue.fifo else None,
            attributes={name: f"{RECORD}.messageAttributes['{name}'].stringValue" for name in self.attributes},
            # Where a pipe waits, the queue sees that the message was not sent, and brings it back.
            tries=1 if self.express else self.last_tries,
        )
        machine = GuardedStateMachine(
            scope,
            "Machine",
            definition=self.definition,
            machine_type=sfn.StateMachineType.EXPRESS if self.express else sfn.StateMachineType.STANDARD,
            timeout=self.timeout,
            dead_letters=letters if self.owns_retry else None,
            log_retention=self.log_retention,
        )
        pipe = MachinePipe(
            scope,
            "Pipe",
            queue=source.queue,
            machine=machine,
            awaited=self.express,
            log_retention=self.log_retention,
        )
        sketch = pipeline_sketch.of_machine(source, machine, self.express)
        return Connected(sketch, machine=machine, pipe=pipe)


def choose(
    function: lambda_.IFunction | None,
    definition: sfn.IChainable | None,
    owner: RetryOwner,
    *,
    function_timeout: cdk.Duration | None,
    batch_size: int | None,
    batching_window: cdk.Duration | None,
    max_concurrency: int | None,
    machine_type: sfn.StateMachineType | None,
    machine_timeout: cdk.Duration | None,
    attributes: tuple[str, ...],
    last_tries: int,
    log_retention: logs.RetentionDays,
) -> FunctionConsumer | MachineConsumer:
    """The one consumer that is given; None is what was not set.

    Raises:
        ValueError: There is none or there are two, a setting is for the other kind, or the owner cannot own the retry.
    """
    if function is not None and definition is None:
        refuse("the consumer is a function", machine_type=machine_type, machine_timeout=machine_timeout)
        if owner != "queue":
            raise ValueError("retry_owner: in front of a function it is 'queue'; a machine has a definition")
        size = 1 if batch_size is None else batch_size
        most = MAX_CONCURRENCY if max_concurrency is None else max_concurrency
        return FunctionConsumer(function, function_timeout, size, batching_window, most)
    if definition is not None and function is None:
        refuse(
            "the consumer is a machine, which a pipe runs for one message at a time",
            function_timeout=function_timeout,
            batch_size=batch_size,
            batching_window=batching_window,
            max_concurrency=max_concurrency,
        )
        express = _express(machine_type, owner)
        owns = owner == "machine"
        return MachineConsumer(definition, express, owns, machine_timeout, attributes, last_tries, log_retention)
    raise ValueError("give one consumer: function or definition")


def _express(wanted: sfn.StateMachineType | None, owner: str) -> bool:
    """Whether the machine is to be an Express one."""
    if owner not in ("queue", "machine"):
        raise ValueError(f"retry_owner takes 'queue' or 'machine', not {owner!r}")
    express = owner == "queue" if wanted is None else wanted == sfn.StateMachineType.EXPRESS
    if owner == "queue" and not express:
        raise ValueError(
            "retry_owner='queue': nothing waits for a Standard machine, so the queue never sees it fail: take an "
            "Express one, or give retry_owner='machine'"
        )
    return express
