"""Kinds of sites and hops that code above the services asks for. A service is free to name others.

Calls that code or a role makes are kinds of hops as well, as ``service:Operation``.
"""

from __future__ import annotations

from enum import StrEnum


class SiteKind(StrEnum):
    """What a site is."""

    FUNCTION = "function"
    STATE = "state"
    MACHINE = "state-machine"
    CONTAINER = "container"
    QUEUE = "queue"
    ASYNCHRONOUS_QUEUE = "asynchronous-queue"
    """Lambda's own queue in front of a function."""
    TOPIC = "topic"
    BUS = "bus"
    RULE = "rule"
    PIPE = "pipe"
    STREAM = "stream"
    TABLE = "table"
    BUCKET = "bucket"
    API = "api"
    FUNCTION_URL = "function-url"
    LOAD_BALANCER = "load-balancer"
    TARGET_GROUP = "target-group"
    USER_POOL = "user-pool"
    CLIENT = "client"
    """Others than the app, who call it or are told by it."""


class HopKind(StrEnum):
    """How an event is delivered."""

    STATE = "state"
    """A state machine, or a Parallel or Map, runs a state."""
    TASK = "task"
    EVENT_SOURCE_MAPPING = "event-source-mapping"
    PIPE_SOURCE = "pipe-source"
    QUEUE_READER = "queue-reader"
    """Code receives from a queue of its own accord."""
    ASYNCHRONOUS_INVOCATION = "asynchronous-invocation"
    DESTINATION = "destination"
    RULE_MATCH = "rule-match"
    INVOKE = "lambda:Invoke"
    """Called by code."""
    INVOKE_TASK = "lambda:invoke"
    """Called by a state."""
    START_EXECUTION_TASK = "states:startExecution"
    MOVE = "message-move"
    """From a dead-letter queue back, by `StartMessageMoveTask`."""


def service_of(kind: str) -> str:
    """The service that a call's kind names.

    >>> service_of("s3:PutObject"), service_of("subscription")
    ('s3', 'subscription')
    """
    return kind.partition(":")[0]


def operation_of(kind: str) -> str:
    """The operation that a call's kind names; empty where it is no call.

    >>> operation_of("s3:PutObject"), operation_of("subscription")
    ('PutObject', '')
    """
    return kind.partition(":")[2]
