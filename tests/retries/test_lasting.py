"""How long retries take, as sums worked out by hand."""

from __future__ import annotations

from pathlib import Path

from seawall.engine import Report
from seawall.graph import FailureClass
from seawall.retries.lasting import Lasting, as_sum, waits
from tests.rules.judging import judged, scenario


def lasts(name: str, site: str) -> str:
    report: Report = scenario(name)
    found = waits(report.analysis.figure(f"{name}/{site}", FailureClass.ERROR).main)
    assert found is not None
    return as_sum(found)


def test_receives_are_as_far_apart_as_messages_stay_hidden() -> None:
    """5 receives of 60 s; the 7 s of waits between the states' tries fit into each."""
    assert lasts("case-04-pipe-to-express", "Task") == "5 min = 5 x 60 s (VisibilityTimeout)"


def test_nested_retries_wait_in_each_of_the_outer_ones() -> None:
    """Inside 1 + 2 + 4 + 8 + 16 = 31 s, four times; around them 1 + 2 + 4 = 7 s: 131 s."""
    assert lasts("case-08-parallel-around-task", "Task") == (
        "2 min 11 s = 4 x 31 s of waits (1 + 2 + 4 + 8 + 16; IntervalSeconds, BackoffRate) + 7 s of waits (1 + 2 + 4; "
        "IntervalSeconds, BackoffRate)"
    )


def test_one_part_that_says_as_much_stands_alone() -> None:
    assert as_sum(Lasting(34.0, ("34 s of waits",))) == "34 s of waits"
    assert as_sum(Lasting(300.0, ("5 x 60 s (VisibilityTimeout)",))) == "5 min = 5 x 60 s (VisibilityTimeout)"


def test_a_thousand_seconds_have_a_comma(tmp_path: Path) -> None:
    """1 + 2 + 4 + ... + 512 s, ten waits that double: 1,023 s."""
    every = {"ErrorEquals": ["States.ALL"], "MaxAttempts": 10}
    state = {"Type": "Task", "Resource": {"Fn::GetAtt": ["Fn", "Arn"]}, "Retry": [every], "End": True}
    definition = {"StartAt": "Pay", "States": {"Pay": state}}
    template = {
        "Resources": {
            "Fn": {"Type": "AWS::Lambda::Function"},
            "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"Definition": definition}},
        }
    }
    found = waits(judged(tmp_path, template).analysis.figure("app/Fn", FailureClass.ERROR).main)
    assert found is not None
    assert as_sum(found) == "17 min 3 s = 1,023 s of waits"
