"""Courses of all steps at once against the courses of each step alone."""

from __future__ import annotations

import json
import os
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.graph import Flow
from seawall.retries.every_course import every_course
from seawall.retries.executions import courses, only_course
from seawall.services import build
from seawall.template import load

from .test_plans_enumeration import Json, branches, template

EXAMPLES = 1_000 if os.environ.get("SEAWALL_RANDOM") else 60


def flow_of(directory: Path, definition: Json) -> tuple[Flow, str]:
    """The flow around a machine, and the machine's site."""
    file = directory / "app.json"
    file.write_text(json.dumps(template(definition, 1)), encoding="utf-8")
    flow = build(load([file]))
    return flow, next(name for name, site in flow.sites.items() if site.kind == "state-machine")


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(branches("S", 2, alone=False), st.data())
def test_each_step_is_counted_as_if_alone(tmp_path: Path, definition: Json, data: st.DataObject) -> None:
    flow, machine = flow_of(tmp_path, definition)
    tasks = [name for name, site in flow.sites.items() if site.kind == "state" and site.plan is None]
    failing = {data.draw(st.sampled_from(tasks)): "error"} if tasks else {}
    for step, found in (only_course(flow, machine, failing) or {}).items():
        assert found == courses(flow, machine, {step: None}, failing)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(branches("S", 2, alone=False), st.data())
def test_two_passes_tell_what_each_step_alone_tells(tmp_path: Path, definition: Json, data: st.DataObject) -> None:
    flow, machine = flow_of(tmp_path, definition)
    tasks = [name for name, site in flow.sites.items() if site.kind == "state" and site.plan is None]
    failing = {data.draw(st.sampled_from(tasks)): "error"} if tasks else {}
    found = every_course(flow, machine, failing)
    holding = {site.inside for name in failing for site in [flow.sites[name]]} - {machine}
    for step, each in (found or {}).items():
        if step in holding:
            continue  # it fails with what fails in it
        alone = courses(flow, machine, {step: None}, failing)
        counts = {end: course.count for end, course in alone.items() if course.picks}
        assert {end: pick.count for end, pick in each.items()} == counts, step


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
    assert set(found[second]) == {"error"}
    alone = courses(flow, machine, {second: None}, failing)
    assert {end: (pick,) for end, pick in found[second].items()} == {
        end: one.picks for end, one in alone.items() if one.picks
    }


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
    counted = {end: pick.count.value for end, pick in found[f"{machine}#Inner"].items()}
    assert counted == {"error": 1}


def test_a_choice_is_left_to_each_step(tmp_path: Path) -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "A"}], "Default": "B"}
    ends = {name: {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:1:function:any", "End": True} for name in "AB"}
    flow, machine = flow_of(tmp_path, {"StartAt": "Which", "States": {"Which": choice, **ends}})
    assert only_course(flow, machine, {}) is None
