"""State machine definitions as they are deployed: what stays, and what is cleared out of the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from seawall.replay.courses import plain
from seawall.replay.definitions import ReplayedDefinition
from seawall.retries import analyse
from seawall.services import build
from seawall.template import load

WORKER = "arn:aws:lambda:us-east-1:000000000000:function:worker"
OTHER = "arn:aws:lambda:us-east-1:000000000000:function:other"
RETRY = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 3, "BackoffRate": 2}]


def made(states: dict[str, Any], start: str, speed: float = 1) -> ReplayedDefinition:
    document = {"StartAt": start, "States": states}
    return ReplayedDefinition(document, lambda text: text, "worker", {"worker", "other", "jobs"}, speed)


def task(resource: str = WORKER, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, "End": True} | more


def test_retry_and_catch_stay_and_data_goes() -> None:
    caught = [{"ErrorEquals": ["Declined"], "Next": "Sorry", "ResultPath": "$.error"}]
    state = task(Retry=RETRY, Catch=caught, InputPath="$.a", ResultSelector={"b.$": "$.c"}, TimeoutSeconds=3)
    found = made({"Charge": state, "Sorry": {"Type": "Pass", "Result": 1, "End": True}}, "Charge").document
    assert found["States"] == {
        "Charge": {
            "Type": "Task",
            "Resource": WORKER,
            "ResultPath": None,
            "End": True,
            "Retry": RETRY,
            "Catch": [{"ErrorEquals": ["Declined"], "Next": "Sorry", "ResultPath": None}],
        },
        "Sorry": {"Type": "Pass", "End": True},
    }


def test_a_choice_is_the_way_to_the_site_that_fails() -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": True, "Next": "Healthy"}], "Default": "Wait"}
    states = {
        "Which": choice,
        "Healthy": task(OTHER),
        "Wait": {"Type": "Wait", "Seconds": 9, "Next": "Failing"},
        "Failing": task(),
    }
    found = made(states, "Which")
    assert found.document["States"]["Which"] == {"Type": "Pass", "Next": "Wait"}
    assert found.left == {"Healthy"}


def test_a_choice_that_no_failure_lies_behind_goes_to_the_end_and_not_round() -> None:
    choice = {"Type": "Choice", "Choices": [{"Next": "Poll"}, {"Next": "Broken"}], "Default": "Done"}
    states = {
        "Poll": task(OTHER, Next="Which") | {"End": False},
        "Which": choice,
        "Broken": {"Type": "Fail"},
        "Done": {"Type": "Succeed"},
    }
    assert made(states, "Poll").document["States"]["Which"] == {"Type": "Pass", "Next": "Done"}


def test_a_map_runs_for_one_item_and_keeps_its_retry() -> None:
    inner = {"StartAt": "One", "States": {"One": task()}}
    states = {"Each": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": inner, "Retry": RETRY, "End": True}}
    found = made(states, "Each").document["States"]["Each"]
    assert (found["Type"], len(found["Branches"]), found["Retry"]) == ("Parallel", 1, RETRY)


def test_a_task_that_calls_what_is_not_deployed_passes_and_is_told() -> None:
    found = made({"Train": task("arn:aws:states:::sagemaker:createTrainingJob.sync")}, "Train")
    assert found.document["States"]["Train"] == {"Type": "Pass", "End": True}
    assert found.notes == ["state Train calls arn:aws:states:::sagemaker:createTrainingJob.sync: it passes"]


def test_jsonata_becomes_jsonpath() -> None:
    arguments = {"FunctionName": f"{WORKER}:live", "Payload": "{% $states.input %}"}
    state = task("arn:aws:states:::lambda:invoke", QueryLanguage="JSONata", Arguments=arguments, Output="{% 1 %}")
    assert made({"Charge": state}, "Charge").document["States"]["Charge"]["Parameters"] == {
        "FunctionName": "worker",
        "Payload.$": "$",
    }


def test_where_the_emulator_keeps_no_time_waits_are_short_and_counts_stay() -> None:
    found = made({"Charge": task(Retry=RETRY)}, "Charge", speed=100).document["States"]["Charge"]
    assert found["Retry"] == [
        {"ErrorEquals": ["States.ALL"], "MaxAttempts": 3, "IntervalSeconds": 1, "BackoffRate": 1.0}
    ]


def test_a_choice_takes_the_branch_that_the_counter_says(tmp_path: Path) -> None:
    """Three laps by a counter: the task stands there three times, and then the machine fails."""
    states = {
        "Init": {"Type": "Pass", "Result": {"n": 0}, "ResultPath": "$.c", "Next": "Try"},
        "Try": task(Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Count"}], ResultPath=None),
        "Count": {
            "Type": "Pass",
            "Parameters": {"n.$": "States.MathAdd($.c.n, 1)"},
            "ResultPath": "$.c",
            "Next": "More",
        },
        "More": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.c.n", "NumericLessThan": 3, "Next": "Try"}],
            "Default": "No",
        },
        "No": {"Type": "Fail", "Error": "GaveUp"},
    }
    document = {"StartAt": "Init", "States": states}
    path = tmp_path / "m.asl.json"
    path.write_text(json.dumps(document))
    sites = analyse(build(load([path]))).flow.sites
    (machine,) = (site for site in sites.values() if site.kind == "state-machine")
    found = ReplayedDefinition(
        document, lambda text: text, "worker", {"worker"}, 1, plans=lambda _: machine.plan, signals=["error"]
    ).document["States"]
    way, name = [], "Init"
    while name != "No":
        way.append(plain(name))
        name = found[name]["Catch"][0]["Next"] if "Catch" in found[name] else found[name]["Next"]
    assert way == ["Init", *["Try", "Count", "More"] * 3]
    assert found["No"] == {"Type": "Fail", "Error": "GaveUp", "Cause": "as the definition says"}
