"""What mappings and pipes are set to: known, a default, or unknown."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import Polling
from seawall.template import Setting, ValueStatus

from .conftest import Raw, Wire, arn, function, machine, queue, ref, resource

TABLE = resource("DynamoDB::Table", StreamSpecification={"StreamViewType": "NEW_IMAGE"})


def mapping(source: Any = None, **properties: Any) -> Raw:
    settings: Raw = {"EventSourceArn": source or arn("Queue"), "FunctionName": ref("Fn"), **properties}
    return resource("Lambda::EventSourceMapping", **settings)


def polled(wire: Wire, reader: Raw, **resources: Raw) -> Polling:
    base = {"Dead": queue(), "Queue": queue(), "Fn": function(), "Table": TABLE}
    (polling,) = wire({**base, **resources, "Reader": reader}, Parameters={"N": {"Type": "Number"}}).pollings
    return polling


def read(setting: Setting[Any] | None) -> tuple[Any, str] | None:
    return None if setting is None else (setting.value, setting.status.value)


def test_a_mapping_with_nothing_set(wire: Wire) -> None:
    polling = polled(wire, mapping())
    assert (polling.source, polling.reader, polling.pipe) == ("app/Queue", "app/Fn", False)
    assert polling.place.address.logical_id == "Reader"
    assert read(polling.batch) == (10, "default")
    assert read(polling.window) == (0, "default")
    assert read(polling.partial) == (False, "default")
    assert read(polling.at_once) == (1_250, "default")
    (called,) = polling.called
    assert (read(called.timeout), read(called.reserved)) == ((3, "default"), (None, "default"))
    assert polling.queue is not None
    assert read(polling.queue.visibility) == (30, "default")
    assert polling.queue.receives is None
    assert (read(polling.queue.fifo), read(polling.queue.by_content)) == ((False, "default"), (False, "default"))
    assert (read(polling.queue.delay), read(polling.queue.scope)) == ((0, "default"), ("queue", "default"))


def test_a_mapping_with_everything_set(wire: Wire) -> None:
    polling = polled(
        wire,
        mapping(
            BatchSize=5,
            MaximumBatchingWindowInSeconds=7,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            ScalingConfig={"MaximumConcurrency": 4},
        ),
        Fn=function(Timeout=60, ReservedConcurrentExecutions=8),
        Queue=queue(
            3, VisibilityTimeout=90, FifoQueue=True, ContentBasedDeduplication=True, DeduplicationScope="messageGroup"
        ),
    )
    assert [one.value for one in (polling.batch, polling.window, polling.at_once)] == [5, 7, 4]
    assert read(polling.partial) == (True, "known")
    assert [(one.timeout.value, one.reserved.value) for one in polling.called] == [(60, 8)]
    assert polling.queue is not None
    assert read(polling.queue.receives) == (3, "known")
    assert [one.value for one in (polling.queue.visibility, polling.queue.fifo, polling.queue.by_content)] == [
        90,
        True,
        True,
    ]
    assert read(polling.queue.scope) == ("messageGroup", "known")


def test_what_only_the_deployment_knows(wire: Wire) -> None:
    reader = mapping(BatchSize=ref("N"), ScalingConfig={"MaximumConcurrency": ref("N")}, FunctionResponseTypes=ref("N"))
    polling = polled(wire, reader, Fn=function(Timeout=ref("N")), Queue=queue(VisibilityTimeout=ref("N")))
    assert polling.queue is not None
    settings: list[Setting[Any]] = [polling.batch, polling.at_once, polling.partial]
    settings += [polling.called[0].timeout, polling.queue.visibility]
    assert [read(one) for one in settings] == [(None, "unknown")] * 5


def test_a_redrive_policy_whose_count_is_unknown_is_not_none(wire: Wire) -> None:
    policy = {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": ref("N")}
    polling = polled(wire, mapping(), Queue=resource("SQS::Queue", RedrivePolicy=policy))
    assert polling.queue is not None
    assert read(polling.queue.receives) == (None, "unknown")


@pytest.mark.parametrize(("pollers", "runs"), [({"MaximumPollers": 3}, 30), ({"MinimumPollers": 5}, 2_000)])
def test_a_provisioned_poller_runs_ten_at_once(wire: Wire, pollers: Raw, runs: int) -> None:
    assert polled(wire, mapping(ProvisionedPollerConfig=pollers)).at_once.value == runs


def test_streams_come_in_hundreds(wire: Wire) -> None:
    polling = polled(wire, mapping({"Fn::GetAtt": ["Table", "StreamArn"]}, BisectBatchOnFunctionError=True))
    assert (polling.queue, read(polling.batch), read(polling.bisects)) == (None, (100, "default"), (True, "known"))


@pytest.mark.parametrize(
    "reader",
    [
        mapping(Enabled=False),
        mapping("arn:aws:sqs:eu-west-1:111122223333:elsewhere"),
        mapping(FunctionName="arn:aws:lambda:eu-west-1:111122223333:function:elsewhere"),
        resource("Pipes::Pipe", Source=arn("Queue"), Target=arn("Fn"), DesiredState="STOPPED"),
        resource("Lambda::EventSourceMapping", BatchSize=3),
    ],
)
def test_what_does_not_read_or_cannot_be_told_is_left_out(wire: Wire, reader: Raw) -> None:
    assert not wire({"Queue": queue(), "Fn": function(), "Reader": reader}).pollings


def pipe(target: Raw, **properties: Any) -> Raw:
    return resource("Pipes::Pipe", Source=arn("Queue"), Target=target, **properties)


STARTED = {"TargetParameters": {"LambdaFunctionParameters": {"InvocationType": "FIRE_AND_FORGET"}}}


@pytest.mark.parametrize(
    ("reader", "timeouts"),
    [
        (pipe(arn("Fn")), [20]),
        (pipe(arn("Fn"), Enrichment=arn("Helper")), [10, 20]),
        (pipe(arn("Fn"), Enrichment=arn("Helper"), **STARTED), [10]),
        (pipe(arn("Fn"), **STARTED), []),
        (pipe(ref("Machine"), Enrichment=arn("Helper")), []),
        (pipe(arn("Gone")), []),
    ],
)
def test_functions_that_a_pipe_waits_for(wire: Wire, reader: Raw, timeouts: list[int]) -> None:
    polling = polled(wire, reader, Fn=function(Timeout=20), Helper=function(Timeout=10), Machine=machine("EXPRESS"))
    assert (polling.reader, polling.pipe) == ("app/Reader", True)
    assert [one.timeout.value for one in polling.called] == timeouts


def test_a_pipe_says_nothing_of_its_runs_at_once(wire: Wire) -> None:
    window = {"SqsQueueParameters": {"MaximumBatchingWindowInSeconds": 9, "BatchSize": 4}}
    polling = polled(wire, pipe(arn("Fn"), SourceParameters=window))
    assert (polling.batch.value, polling.window.value) == (4, 9)
    assert polling.at_once.status is ValueStatus.UNKNOWN
