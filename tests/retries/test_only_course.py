"""Courses of all steps at once against the courses of each step alone."""

from __future__ import annotations

import json
import os
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.graph import Flow
from seawall.retries.every_course import _Case, every_course, pick_of
from seawall.retries.executions import Pick, _Courses, courses, only_course
from seawall.services import build
from seawall.template import load

from .test_plans_enumeration import Json, branches, template

EXAMPLES = 1_000 if os.environ.get("SEAWALL_RANDOM") else 40


def flow_of(directory: Path, definition: Json) -> tuple[Flow, str]:
    """The flow around a machine, and the machine's site."""
    file = directory / "app.json"
    file.write_text(json.dumps(template(definition, 1)), encoding="utf-8")
    flow = build(load([file]))
    return flow, next(name for name, site in flow.sites.items() if site.kind == "state-machine")


def tasks_of(flow: Flow) -> list[str]:
    return [name for name, site in flow.sites.items() if site.kind == "state" and site.plan is None]


def failing_of(tasks: list[str], data: st.DataObject, most: int) -> dict[str, str]:
    """Some of the tasks, and how they fail."""
    return dict.fromkeys(data.draw(st.lists(st.sampled_from(tasks), max_size=most)) if tasks else (), "error")


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(branches("S", 2, alone=False), st.data())
def test_each_step_is_counted_as_if_alone(tmp_path: Path, definition: Json, data: st.DataObject) -> None:
    flow, machine = flow_of(tmp_path, definition)
    tasks = tasks_of(flow)
    failing = {data.draw(st.sampled_from(tasks)): "error"} if tasks else {}
    for step, found in (only_course(flow, machine, failing) or {}).items():
        assert found == courses(flow, machine, {step: None}, failing)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(branches("S", 2, alone=False), st.data())
def test_two_passes_tell_what_each_step_alone_tells(tmp_path: Path, definition: Json, data: st.DataObject) -> None:
    flow, machine = flow_of(tmp_path, definition)
    failing = failing_of(tasks_of(flow), data, 3)
    every = every_course(flow, machine, failing)
    found = every.parts if every is not None else {}
    holding = set[str]()
    for step in failing:
        while step != machine:
            step = flow.sites[step].inside or machine
            holding.add(step)
    for step, each in found.items():
        if step in holding and each.own_end is None:
            continue  # it may fail with what fails in it
        if flow.sites[step].plan is not None and each.own_end not in courses(flow, step, {}, failing):
            continue  # it never ends so
        others = {name: signal for name, signal in failing.items() if name != step}
        alone = courses(flow, machine, {step: each.own_end}, others)
        counts = {end: course.count for end, course in alone.items() if course.picks}
        assert {end: part.count for end, part in each.by_end.items()} == counts, step
        for part in each.by_end.values():
            pick = pick_of(flow, machine, step, part)
            assert pick == Pick.of(step, pick.factors)
            assert pick.count == part.count


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(branches("S", 2, alone=False), st.data())
def test_several_steps_run_together_as_often_as_a_walk_tells(
    tmp_path: Path, definition: Json, data: st.DataObject
) -> None:
    flow, machine = flow_of(tmp_path, definition)
    tasks = tasks_of(flow)
    failing = failing_of(tasks, data, 2)
    every = every_course(flow, machine, failing)
    working = [name for name in tasks if name not in failing]
    for steps in combinations(working if every is not None else (), 2):
        found = every.of_all(steps) if every is not None else None
        if found is not None:
            walked = courses(flow, machine, dict.fromkeys(steps), failing)
            assert found == {end: course.count for end, course in walked.items() if course.picks}, steps


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(branches("S", 2, alone=False), st.data())
def test_the_shape_of_a_plan_tells_what_a_walk_through_it_finds(
    tmp_path: Path, definition: Json, data: st.DataObject
) -> None:
    flow, machine = flow_of(tmp_path, definition)
    tasks = tasks_of(flow)
    some = st.dictionaries(st.sampled_from(tasks), st.sampled_from([None, "error", "timeout"]), max_size=4)
    for counted in [*({task: end} for task in tasks for end in (None, "error")), data.draw(some) if tasks else {}]:
        for aside in (False, True):
            told = _Courses(flow, counted, {}, aside=aside).of(machine)
            assert told == _Courses(flow, counted, {}, aside=aside, watched=True).of(machine)


def test_steps_before_and_beside_a_failure_take_part(tmp_path: Path) -> None:
    def work(**more: str | bool) -> Json:
        return {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:1:function:any", **more}

    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]
    beside = [{"StartAt": name, "States": {name: work(End=True)}} for name in ("Left", "Right")]
    states = {
        "First": work(Next="Both"),
        "Both": {"Type": "Parallel", "Branches": beside, "Retry": retry, "Next": "Last"},
        "Last": work(End=True),
    }
    flow, machine = flow_of(tmp_path, {"StartAt": "First", "States": states})
    found = only_course(flow, machine, {f"{machine}#Left": "error"})
    assert found is not None
    counted = {step.partition("#")[2]: ends["error"].count.value for step, ends in found.items()}
    assert counted == {"First": 1, "Right": 3}


def test_what_only_failures_lead_to_meets_a_failure_that_only_another_leads_to(tmp_path: Path) -> None:
    def work(**more: str | list[Json]) -> Json:
        return {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:1:function:any", **more}

    def caught(target: str) -> list[Json]:
        return [{"ErrorEquals": ["CardDeclined"], "Next": target}]

    inner = {"Tried": {**work(Catch=caught("Undone")), "End": True}, "Undone": {**work(), "End": True}}
    both = {"Type": "Parallel", "Branches": [{"StartAt": "Tried", "States": inner}], "End": True}
    states = {"First": {**work(Catch=caught("Second")), "End": True}, "Second": work(Next="Both"), "Both": both}
    flow, machine = flow_of(tmp_path, {"StartAt": "First", "States": states})
    failing = {f"{machine}#Undone": "error"}
    found = every_course(flow, machine, failing)
    assert found is not None
    second = f"{machine}#Second"
    assert set(found.parts[second].by_end) == {"error"}
    alone = courses(flow, machine, {second: None}, failing)
    told = {end: (pick_of(flow, machine, second, part),) for end, part in found.parts[second].by_end.items()}
    assert told == {end: one.picks for end, one in alone.items() if one.picks}


def test_a_catch_that_leads_back_leaves_the_other_failures_alone(tmp_path: Path) -> None:
    """A, B, C in a row, the catch of C leads back to A: while B fails, C is never reached, and A has run once."""
    any_ = "arn:aws:lambda:eu-west-1:1:function:any"
    back = [{"ErrorEquals": ["States.ALL"], "Next": "A"}]
    states = {
        "A": {"Type": "Task", "Resource": any_, "Next": "B"},
        "B": {"Type": "Task", "Resource": any_, "Next": "C"},
        "C": {"Type": "Task", "Resource": any_, "Catch": back, "End": True},
    }
    flow, machine = flow_of(tmp_path, {"StartAt": "A", "States": states})
    found = every_course(flow, machine, {f"{machine}#B": "error"})
    assert found is not None
    assert {end: part.count.value for end, part in found.parts[f"{machine}#A"].by_end.items()} == {"error": 1}
    assert every_course(flow, machine, {f"{machine}#C": "error"}) is None


def test_what_never_succeeds_meets_a_failure_beside_it(tmp_path: Path) -> None:
    """Inner can only end in its Fail state. While Right fails, Both fails, and Inner has run once by then."""
    fail = {"Stop": {"Type": "Fail", "Error": "Stopped"}}
    inner = {"Inner": {"Type": "Parallel", "Branches": [{"StartAt": "Stop", "States": fail}], "End": True}}
    right = {"Right": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:1:function:any", "End": True}}
    beside = [{"StartAt": "Inner", "States": inner}, {"StartAt": "Right", "States": right}]
    states = {"Both": {"Type": "Parallel", "Branches": beside, "End": True}}
    flow, machine = flow_of(tmp_path, {"StartAt": "Both", "States": states})
    found = every_course(flow, machine, {f"{machine}#Right": "error"})
    assert found is not None
    counted = {end: part.count.value for end, part in found.parts[f"{machine}#Inner"].by_end.items()}
    assert counted == {"error": 1}


def test_a_choice_is_left_to_each_step(tmp_path: Path) -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "A"}], "Default": "B"}
    ends = {name: {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:1:function:any", "End": True} for name in "AB"}
    flow, machine = flow_of(tmp_path, {"StartAt": "Which", "States": {"Which": choice, **ends}})
    assert only_course(flow, machine, {}) is None


def test_containers_in_each_other_are_counted_once_for_each_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each twice would be a thousand times for the innermost of ten."""
    any_ = {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:1:function:any", "End": True}
    definition: Json = {"StartAt": "Inner", "States": {"Inner": any_}}
    for depth in range(10):
        around = {"Type": "Parallel", "Branches": [definition], "Retry": [{"ErrorEquals": ["States.ALL"]}], "End": True}
        definition = {"StartAt": f"P{depth}", "States": {f"P{depth}": around}}
    flow, machine = flow_of(tmp_path, definition)
    counted: list[str] = []
    count = _Case._counted

    def noted(case: _Case, container: str) -> Any:
        counted.append(container)
        return count(case, container)

    monkeypatch.setattr(_Case, "_counted", noted)
    assert every_course(flow, machine, {f"{machine}#Inner": "error"}) is not None
    assert len(counted) == 2 * len(set(counted)) == 2 * 11  # once where nothing fails, and once where Inner does
