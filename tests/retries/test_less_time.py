"""Less time never makes more runs, and the low end of a figure is never above its high end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.graph import CLASSES, FailureClass
from seawall.retries import Analysis, analyse
from seawall.services import build
from seawall.template import load
from tests.whole import examples

Raw = dict[str, Any]
MANY = settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def resource(kind: str, **properties: Any) -> Raw:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def arn(name: str) -> Raw:
    return {"Fn::GetAtt": [name, "Arn"]}


def analysed(directory: Path, resources: Raw) -> Analysis:
    path = directory / "app.json"
    path.write_text(json.dumps({"Resources": resources}))
    return analyse(build(load([path])))


def weights(found: Analysis, site: str) -> dict[FailureClass, tuple[bool, int]]:
    """Figures in an order: none that can be given is more than every number."""
    counts = {each: found.attempts.of(site, each) for each in CLASSES}
    for failure, count in counts.items():
        least = found.least(site, failure)
        assert least.value <= count.value
        assert count.exact or not least.exact or least.value <= count.value
    return {each: (not count.exact, count.value) for each, count in counts.items()}


def queue(retention: int, visibility: int, receives: int | None) -> Raw:
    redrive = (
        {} if receives is None else {"RedrivePolicy": {"deadLetterTargetArn": arn("D"), "maxReceiveCount": receives}}
    )
    return {
        "Q": resource(
            "SQS::Queue",
            MessageRetentionPeriod=retention,
            VisibilityTimeout=visibility,
            **redrive,
        ),
        "D": resource("SQS::Queue", MessageRetentionPeriod=1_209_600),
        "M": resource("Lambda::EventSourceMapping", EventSourceArn=arn("Q"), FunctionName={"Ref": "F"}, BatchSize=1),
        "F": resource("Lambda::Function", Timeout=1),
    }


@pytest.mark.parametrize(
    ("retention", "visibility", "receives", "runs"),
    [
        (3600, 1800, 10, 2),  # at 0 and 1800 s; at 3600 s it is gone
        (3601, 1800, 10, 3),
        (3599, 1800, 10, 2),
        (3600, 1800, 2, 2),
        (3600, 1800, 1, 1),
        (60, 60, 10, 1),
        (61, 60, 10, 2),
        (60, 43_200, 10, 1),
        (345_600, 30, None, 11_520),
        (345_600, 30, 3, 3),
        (1_209_600, 43_200, None, 28),
    ],
)
def test_receives_within_the_retention(
    tmp_path: Path, retention: int, visibility: int, receives: int | None, runs: int
) -> None:
    found = analysed(tmp_path, queue(retention, visibility, receives))
    assert found.attempts.of("app/F", FailureClass.ERROR).max == runs


@pytest.mark.parametrize(
    ("fifo", "delay", "runs"),
    [
        (True, 0, 4),  # at 0, 15, 30 and 45 min of 60
        (True, 900, 3),  # at 15, 30 and 45 min
        (True, 899, 4),
        (True, 3_600, 1),  # never received, in truth: at most once
        (False, 900, 4),  # a message may set a delay of its own, 0 say
    ],
)
def test_receives_after_a_delay(tmp_path: Path, fifo: bool, delay: int, runs: int) -> None:
    resources = queue(3_600, 900, 10)
    resources["Q"]["Properties"] |= {"DelaySeconds": delay} | ({"FifoQueue": True} if fifo else {})
    assert analysed(tmp_path, resources).attempts.of("app/F", FailureClass.ERROR).max == runs


@pytest.mark.parametrize(
    ("age", "retries", "runs"),
    [
        (21_600, 2, 3),
        (21_600, 1, 2),
        (21_600, 0, 1),
        (180, 2, 3),  # at 0, 60 and 180 s
        (179, 2, 2),
        (120, 2, 2),
        (60, 2, 2),
        (60, 0, 1),
        (180, 1, 2),
    ],
)
def test_asynchronous_tries_within_the_age(tmp_path: Path, age: int, retries: int, runs: int) -> None:
    found = analysed(tmp_path, asynchronous(age, retries))
    assert found.attempts.of("app/F", FailureClass.ERROR).max == runs


def asynchronous(age: int, retries: int) -> Raw:
    return {
        "Rule": resource("Events::Rule", EventPattern={"source": ["a"]}, Targets=[{"Id": "1", "Arn": arn("F")}]),
        "F": resource("Lambda::Function"),
        "Config": resource(
            "Lambda::EventInvokeConfig",
            FunctionName={"Ref": "F"},
            Qualifier="$LATEST",
            MaximumEventAgeInSeconds=age,
            MaximumRetryAttempts=retries,
        ),
    }


@MANY
@given(
    st.integers(60, 20_000),
    st.integers(60, 20_000),
    st.integers(1, 10_000),
    st.one_of(st.none(), st.integers(1, 20)),
)
def test_a_shorter_retention(tmp_path: Path, one: int, other: int, visibility: int, receives: int | None) -> None:
    short, long = sorted((one, other))
    less = weights(analysed(tmp_path, queue(short, visibility, receives)), "app/F")
    more = weights(analysed(tmp_path, queue(long, visibility, receives)), "app/F")
    assert all(less[each] <= more[each] for each in CLASSES)


def chain(retentions: list[int], visibility: list[int], receives: list[int], fifo: bool) -> Raw:
    """Queues, each the dead-letter queue of the one before it, all read by one function."""
    kind = {"FifoQueue": True} if fifo else {}
    resources: Raw = {"F": resource("Lambda::Function", Timeout=1), "D": resource("SQS::Queue", **kind)}
    for number, retention in enumerate(retentions):
        after = f"Q{number + 1}" if number + 1 < len(retentions) else "D"
        policy = {"deadLetterTargetArn": arn(after), "maxReceiveCount": receives[number]}
        resources[f"Q{number}"] = resource(
            "SQS::Queue",
            MessageRetentionPeriod=retention,
            VisibilityTimeout=visibility[number],
            RedrivePolicy=policy,
            **kind,
        )
        reader = {"EventSourceArn": arn(f"Q{number}"), "FunctionName": {"Ref": "F"}, "BatchSize": 1}
        resources[f"M{number}"] = resource("Lambda::EventSourceMapping", **reader)
    return resources


@pytest.mark.parametrize(
    ("fifo", "runs"),
    [
        (False, 3),  # at 0 and 20 min; moved at 40 min, received then; at 60 min it is gone
        (True, 6),  # each move starts the clock again
    ],
)
def test_dead_letters_of_dead_letters(tmp_path: Path, fifo: bool, runs: int) -> None:
    found = analysed(tmp_path, chain([3_600] * 3, [1_200] * 3, [2] * 3, fifo))
    assert found.attempts.of("app/F", FailureClass.ERROR).max == runs


@MANY
@given(
    st.lists(st.integers(60, 10_000), min_size=3, max_size=3),
    st.lists(st.integers(1, 3_000), min_size=3, max_size=3),
    st.lists(st.integers(1, 5), min_size=3, max_size=3),
    st.integers(0, 2),
    st.integers(60, 10_000),
    st.booleans(),
)
def test_a_shorter_retention_of_one_in_a_chain(
    tmp_path: Path,
    retentions: list[int],
    visibility: list[int],
    receives: list[int],
    which: int,
    other: int,
    fifo: bool,
) -> None:
    changed = list(retentions)
    changed[which] = min(other, retentions[which])
    less = weights(analysed(tmp_path, chain(changed, visibility, receives, fifo)), "app/F")
    more = weights(analysed(tmp_path, chain(retentions, visibility, receives, fifo)), "app/F")
    assert all(less[each] <= more[each] for each in CLASSES)


@MANY
@given(st.integers(60, 21_600), st.integers(60, 21_600), st.integers(0, 2))
def test_a_shorter_age(tmp_path: Path, one: int, other: int, retries: int) -> None:
    short, long = sorted((one, other))
    less = weights(analysed(tmp_path, asynchronous(short, retries)), "app/F")
    more = weights(analysed(tmp_path, asynchronous(long, retries)), "app/F")
    assert all(less[each] <= more[each] for each in CLASSES)


def machine(limit: int, wait: int, retries: int, interval: int, laps: int) -> Raw:
    """A task with a retrier, sent round by a counter with a wait between."""
    retrier = {"ErrorEquals": ["States.ALL"], "MaxAttempts": retries, "IntervalSeconds": interval, "BackoffRate": 1}
    task = {
        "Type": "Task",
        "Resource": "${F.Arn}",
        "End": True,
        "ResultPath": None,
        "Retry": [retrier],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Count"}],
    }
    count = {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.c.n, 1)"}, "ResultPath": "$.c", "Next": "More"}
    more = {"Variable": "$.c.n", "NumericLessThan": laps, "Next": "Wait"}
    states = {
        "Init": {"Type": "Pass", "Result": {"n": 0}, "ResultPath": "$.c", "Next": "Try"},
        "Try": task,
        "Count": count,
        "More": {"Type": "Choice", "Choices": [more], "Default": "No"},
        "Wait": {"Type": "Wait", "Seconds": wait, "Next": "Try"},
        "No": {"Type": "Fail"},
    }
    document = json.dumps({"StartAt": "Init", "States": states, "TimeoutSeconds": limit})
    return {
        "F": resource("Lambda::Function"),
        "Machine": resource("StepFunctions::StateMachine", DefinitionString={"Fn::Sub": document}),
    }


@MANY
@given(
    st.integers(1, 500),
    st.integers(1, 500),
    st.integers(1, 100),
    st.integers(0, 4),
    st.integers(1, 60),
    st.integers(1, 8),
)
def test_a_machine_that_is_ended_sooner(
    tmp_path: Path, one: int, other: int, wait: int, retries: int, interval: int, laps: int
) -> None:
    short, long = sorted((one, other))
    less = weights(analysed(tmp_path, machine(short, wait, retries, interval, laps)), "app/F")
    more = weights(analysed(tmp_path, machine(long, wait, retries, interval, laps)), "app/F")
    assert all(less[each] <= more[each] for each in CLASSES)
    assert more[FailureClass.ERROR][1] <= laps * (1 + retries)


@MANY
@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 300), st.integers(1, 5), st.integers(1, 400))
def test_work_that_ends_sooner_is_abandoned_no_more_often(
    tmp_path: Path, one: int, other: int, waits: int, receives: int, visibility: int
) -> None:
    """A queue's function waits for another one, and gives up where that takes longer."""

    def abandoned(seconds: int) -> tuple[int, int]:
        statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn("Slow")}
        resources = queue(1_209_600, visibility, receives)
        variables = {"Variables": {"SLOW": {"Ref": "Slow"}}}
        resources["F"] = resource("Lambda::Function", Timeout=waits, Role=arn("R"), Environment=variables)
        resources["R"] = resource("IAM::Role", Policies=[{"PolicyDocument": {"Statement": [statement]}}])
        resources["Slow"] = resource("Lambda::Function", Timeout=seconds)
        found = analysed(tmp_path, resources).abandoned.get("app/Slow")
        return (0, 0) if found is None else (found.count.value, found.at_once)

    (short, short_at_once), (long, long_at_once) = abandoned(min(one, other)), abandoned(max(one, other))
    assert short <= long
    assert short_at_once <= long_at_once
    assert long in (0, receives)
