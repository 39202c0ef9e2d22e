"""Fixes: their effect is what the changed template shows, and they contradict no advice of AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rules.judging import ALL, Raw, body, function, judged, only, scenario

EFFECT = re.compile(r"\(([\d,]+) -> ([\d,]+)\)")


def without_retry(state: str) -> Callable[[Raw], None]:
    def change(template: Raw) -> None:
        for resource in template["Resources"].values():
            properties = resource.get("Properties", {})
            if "DefinitionString" in properties:
                definition = json.loads(properties["DefinitionString"]["Fn::Sub"])
                _drop(definition, state)
                properties["DefinitionString"] = {"Fn::Sub": json.dumps(definition)}
            if "Definition" in properties:
                _drop(properties["Definition"], state)

    return change


def _drop(branch: Raw, state: str) -> None:
    for name, each in branch["States"].items():
        if name == state:
            each.pop("Retry", None)
        for inner in [*each.get("Branches", []), *([each["ItemProcessor"]] if "ItemProcessor" in each else [])]:
            _drop(inner, state)


@pytest.mark.parametrize("name", ["case-04-pipe-to-express", "case-08-parallel-around-task", "case-14-nested-sync"])
def test_what_a_fix_promises_is_what_it_brings(tmp_path: Path, name: str) -> None:
    finding = only(scenario(name), "stacked-retries")
    dropped = re.findall(r"remove the Retry of \S+#(\w+) \(([\d,]+) -> ([\d,]+)\)", finding.fix.text)
    assert dropped
    template = body(name)
    site = "app/" + finding.site.partition("/")[2]
    figure = function(site)
    for state, before, after in dropped:
        assert figure(judged(tmp_path, template)) == int(before)
        without_retry(state)(template)
        assert figure(judged(tmp_path, template)) == int(after)


def test_receives_that_alone_break_the_limit_are_bounded_at_five(tmp_path: Path) -> None:
    template = body("case-04-pipe-to-express")
    policy = template["Resources"]["Queue"]["Properties"]["RedrivePolicy"]
    policy["maxReceiveCount"] = 15
    finding = only(judged(tmp_path, template), "stacked-retries")
    assert finding.fix.text.endswith(
        "(60 -> 15); 2. set maxReceiveCount 5 on app/Queue (15 -> 5); more tries outlast a longer outage of what "
        "the work calls; it then gives up after 5 min, not after 15 min; trade-off: after a short failure "
        "app/Queue runs all of it again, 1 min later"
    )
    policy["maxReceiveCount"] = 5
    without_retry("Charge")(template)
    assert function("app/Task")(judged(tmp_path, template)) == 5


def test_a_stream_is_told_of_its_own_setting(tmp_path: Path) -> None:
    template = body("case-04-pipe-to-express")
    resources = template["Resources"]
    resources["Table"] = {"Type": "AWS::DynamoDB::Table", "Properties": {}}
    pipe = resources["Pipe"]["Properties"]
    pipe["Source"] = {"Fn::GetAtt": ["Table", "StreamArn"]}
    settings = {"StartingPosition": "LATEST", "MaximumRetryAttempts": 14}
    pipe["SourceParameters"] = {"DynamoDBStreamParameters": settings}
    finding = only(judged(tmp_path, template), "stacked-retries")
    assert finding.fix.text.startswith("1. let only app/Pipe retry: ")
    assert "set MaximumRetryAttempts 4 where app/Table is read (15 -> 5)" in finding.fix.text
    settings["MaximumRetryAttempts"] = 4
    without_retry("Charge")(template)
    assert function("app/Task")(judged(tmp_path, template)) == 5


def test_ways_beside_each_other_are_mended_together(tmp_path: Path) -> None:
    """Two states, one of which runs, retry the same function: dropping the one Retry alone brings nothing."""
    template = body("case-04-pipe-to-express")
    machine = template["Resources"]["Machine"]["Properties"]
    definition = json.loads(machine["DefinitionString"]["Fn::Sub"])
    states = definition["States"]
    states["Refund"] = dict(states["Charge"])
    choices = [{"Variable": "$.kind", "StringEquals": "refund", "Next": "Refund"}]
    states["Which?"] = {"Type": "Choice", "Choices": choices, "Default": "Charge"}
    definition["StartAt"] = "Which?"
    machine["DefinitionString"]["Fn::Sub"] = json.dumps(definition)
    finding = only(judged(tmp_path, template), "stacked-retries")
    assert (
        "remove the Retry of app/Machine#Charge and remove the Retry of app/Machine#Refund (20 -> 5)"
        in finding.fix.text
    )


def _coming_back(wait: int | None) -> Raw:
    """Case 4, whose state is caught and comes again, 20 -> 5 where it does not."""
    template = body("case-04-pipe-to-express")
    machine = template["Resources"]["Machine"]["Properties"]
    definition = json.loads(machine["DefinitionString"]["Fn::Sub"])
    to = "Charge" if wait is None else "W"
    definition["States"]["Charge"]["Catch"] = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": to}]
    if wait is not None:
        definition["States"]["W"] = {"Type": "Wait", "Seconds": wait, "Next": "Charge"}
    machine["DefinitionString"]["Fn::Sub"] = json.dumps(definition)
    return template


@pytest.mark.parametrize(("wait", "before"), [(None, "at least 40"), (10, "600")])
def test_a_way_back_without_end_is_led_out_first(tmp_path: Path, wait: int | None, before: str) -> None:
    """The Retry alone would leave it without end: 5 receives, each with as many rounds as fit into five minutes."""
    template = _coming_back(wait)
    finding = only(judged(tmp_path, template), "stacked-retries")
    first, second = finding.fix.steps
    assert first.do == (
        "take the transition of app/Machine#Charge back into its cycle away, or count the rounds and leave by a Choice"
    )
    assert (first.effect, second.effect) == (f"{before} -> 20", "20 -> 5")
    assert second.do == "let only app/Queue retry: remove the Retry of app/Machine#Charge"
    machine = template["Resources"]["Machine"]["Properties"]["DefinitionString"]
    definition = json.loads(machine["Fn::Sub"])
    del definition["States"]["Charge"]["Catch"]
    machine["Fn::Sub"] = json.dumps(definition)
    figure = function(finding.site)
    assert figure(judged(tmp_path, template)) == 20
    without_retry("Charge")(template)
    assert figure(judged(tmp_path, template)) == 5


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
@pytest.mark.parametrize("name", ALL)
def test_no_advice_to_receive_less_than_five_times(name: str, limit: int) -> None:
    for finding in scenario(name, max_attempts=limit).findings:
        for number in re.findall(r"maxReceiveCount (\d+)", finding.fix.text):
            assert int(number) >= 5, finding.fix.text
        for before, after in EFFECT.findall(finding.fix.text):
            assert int(after.replace(",", "")) <= int(before.replace(",", "")), finding.fix.text
