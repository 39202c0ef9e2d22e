"""`synchronized-backoff`: steady retriers, and where their runs coincide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.rules import Severity

from .judging import ALL, Raw, found, judged, only, scenario
from .reading import app, arn, mapping, resource, sender

RULE = "synchronized-backoff"
STEADY: Raw = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 4, "BackoffRate": 1}


def task(retry: Raw | None = STEADY, **more: Any) -> Raw:
    retries = {"Retry": [retry]} if retry else {}
    return {"Type": "Task", "Resource": arn("Worker"), "End": True, **retries, **more}


def branch(**states: Raw) -> Raw:
    return {"StartAt": next(iter(states)), "States": states}


def machine(**states: Raw) -> Raw:
    return resource("StepFunctions::StateMachine", Definition=branch(**states))


def each(inner: Raw, **settings: Any) -> Raw:
    return {"Type": "Map", "ItemProcessor": branch(Inner=inner), "End": True, **settings}


def of(**states: Raw) -> Raw:
    return app(Worker=resource("Lambda::Function"), Machine=machine(**states))


@pytest.mark.parametrize(
    ("changes", "fires"),
    [
        ({}, True),
        ({"BackoffRate": 1.0}, True),
        ({"BackoffRate": 1.5}, False),
        ({"BackoffRate": None}, False),  # 2.0 by default
        ({"BackoffRate": 2, "MaxDelaySeconds": 5}, True),  # grows no further than it starts
        ({"BackoffRate": 2, "MaxDelaySeconds": 6}, False),
        ({"JitterStrategy": "NONE"}, True),
        ({"JitterStrategy": "FULL"}, False),
        ({"MaxAttempts": 0}, False),
        ({"MaxAttempts": None}, True),  # 3 by default
        ({"MaxAttempts": "${Retries}"}, False),
        ({"IntervalSeconds": "${Wait}"}, False),
        ({"BackoffRate": "${Rate}"}, False),
    ],
)
def test_which_retriers_are_steady(tmp_path: Path, changes: Raw, fires: bool) -> None:
    retry = {key: value for key, value in {**STEADY, **changes}.items() if value is not None}
    assert len(found(judged(tmp_path, of(Each=each(task(retry)))), RULE)) == fires


@pytest.mark.parametrize(
    ("states", "fires"),
    [
        ({"Alone": task()}, False),
        ({"Each": each(task())}, True),
        ({"Each": each(task(), MaxConcurrency=0)}, True),
        ({"Each": each(task(), MaxConcurrency=2)}, True),
        ({"Each": each(task(), MaxConcurrency=1)}, False),
        ({"Each": each(task(), MaxConcurrencyPath="$.most")}, False),
        ({"Each": each(task(None), Retry=[STEADY])}, False),  # the Map itself is retried once, not side by side
        ({"Both": {"Type": "Parallel", "Branches": [branch(A=task()), branch(B=task(None))], "End": True}}, True),
        ({"One": {"Type": "Parallel", "Branches": [branch(A=task())], "End": True}}, False),
        ({"Each": each({"Type": "Parallel", "Branches": [branch(A=task())], "End": True})}, True),
    ],
)
def test_what_runs_side_by_side(tmp_path: Path, states: dict[str, Raw], fires: bool) -> None:
    assert len(found(judged(tmp_path, of(**states)), RULE)) == fires


def test_says_how_long_how_often_and_where_it_fans_out(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, of(Each=each(task()))), RULE)
    assert finding.severity is Severity.NOTE
    assert (finding.site, finding.place.property) == (
        "app/Machine#Inner",
        "Definition.States.Each.ItemProcessor.States.Inner.Retry.0",
    )
    assert finding.message.splitlines() == [
        ("app/Machine#Inner waits 5 s before each of 4 retries on States.ALL, with neither back-off nor jitter"),
        "what fails together is tried again together: app/Machine#Each runs its items side by side",
    ]
    assert finding.fix.text.startswith("set JitterStrategy FULL on the retriers of app/Machine#Inner; ")


def test_one_finding_per_machine(tmp_path: Path) -> None:
    both = {"Type": "Parallel", "Branches": [branch(A=task()), branch(B=task())], "End": True}
    finding = only(judged(tmp_path, of(Both=both)), RULE)
    assert (finding.site, finding.also) == ("app/Machine#A", ("app/Machine#B",))


def start(name: str) -> Raw:
    parameters = {"StateMachineArn": {"Ref": name}}
    return {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "Parameters": parameters, "End": True}


def test_a_map_that_starts_the_machine_is_on_its_way(tmp_path: Path) -> None:
    template = of(Alone=task())
    template["Resources"]["Parent"] = machine(Each=each(start("Machine")))
    assert "app/Parent#Each runs its items side by side" in only(judged(tmp_path, template), RULE).message


def started_by_function(**settings: Any) -> Raw:
    resources = sender("Starter", "Machine")
    policy = resources["StarterRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]
    policy |= {"Action": "states:StartExecution", "Resource": {"Ref": "Machine"}}
    return app(
        Worker=resource("Lambda::Function"),
        Machine=machine(Alone=task()),
        Queue=resource("SQS::Queue"),
        Mapping=mapping(to="Starter", **settings),
        **resources,
    )


@pytest.mark.parametrize(("size", "fires"), [(10, True), (1, False)])
def test_a_batch_arrives_at_once(tmp_path: Path, size: int, fires: bool) -> None:
    messages = [one.message for one in found(judged(tmp_path, started_by_function(BatchSize=size)), RULE)]
    assert ["app/Starter receives up to 10 at once from app/Queue" in one for one in messages] == [True] * fires


def rule(*targets: str) -> Raw:
    ends = [{"Id": name, "Arn": {"Ref": name}, "RoleArn": "arn:aws:iam::111122223333:role/r"} for name in targets]
    return resource("Events::Rule", ScheduleExpression="rate(1 hour)", Targets=ends)


@pytest.mark.parametrize(("targets", "fires"), [(["Machine", "Parent"], True), (["Machine"], False)])
def test_an_event_that_comes_twice(tmp_path: Path, targets: list[str], fires: bool) -> None:
    template = of(Alone=task())
    template["Resources"] |= {"Parent": machine(Start=start("Machine")), "Rule": rule(*targets)}
    messages = [one.message for one in found(judged(tmp_path, template), RULE)]
    assert ["app/Rule delivers each event 2 times on this way" in one for one in messages] == [True] * fires


@pytest.mark.parametrize("name", ALL)
def test_scenarios_back_off_or_run_alone(name: str) -> None:
    assert not found(scenario(name), RULE)
