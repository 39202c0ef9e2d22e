"""What-if: the sets that are listed bring what they say, and no smaller set does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.engine import Report, with_what_if
from seawall.graph import CLASSES, FailureClass
from seawall.remedies.advice import stacked
from seawall.remedies.open_loops import loop_openings
from seawall.remedies.search import JUDGED, Change, worst_class
from seawall.remedies.what_if import Proposal
from seawall.report.what_if import figures, imperative, ranked, reached
from seawall.retries import Figure
from seawall.rules import Finding
from tests.rules.judging import ALL, Raw, body, found, judged, only, scenario
from tests.rules.reading import TABLE, app, arn, mapped, mapping, redrive, resource
from tests.whole import examples

from .applying import apply


def proposal(report: Report, rule: str) -> Proposal:
    (one,) = (proposal for finding, proposal in proposed(report) if finding.rule == rule)
    return one


def proposed(report: Report) -> tuple[tuple[Finding, Proposal], ...]:
    return with_what_if(report).what_if or ()


def listed(report: Report, rule: str) -> list[tuple[str, str]]:
    """Each set in words, with the first of its figures."""
    return [(imperative(one), figures(one)[0]) for one in proposal(report, rule).outcomes]


def test_case_4_drops_the_retry_and_keeps_the_queue() -> None:
    """5 x 4 = 20; 5 receives are the least that AWS asks for, so the Retry goes."""
    name = "case-04-pipe-to-express"
    report = scenario(name)
    assert listed(report, "stacked-retries") == [
        (f"remove the Retry of {name}/Machine#Charge", f"runs of {name}/Task: 20 -> 5")
    ]
    one = proposal(report, "stacked-retries")
    assert reached(one) == "no more than 10 runs, by 1 change"
    (edit,) = one.outcomes[0].changes[0].edits
    assert (edit.place.address.logical_id, edit.new) == ("Machine", "none")
    assert edit.old == "Retry on any error: 3 retries + the first try = 4"
    assert edit.place.property == "DefinitionString.States.Charge.Retry"


def test_case_8_keeps_the_retry_nearest_to_the_work() -> None:
    """4 x 6 = 24: either layer alone is within 10."""
    name = "case-08-parallel-around-task"
    assert listed(scenario(name), "stacked-retries") == [
        (f"remove the Retry of {name}/Machine#Order", f"runs of {name}/Task: 24 -> 6"),
        (f"remove the Retry of {name}/Machine#Charge", f"runs of {name}/Task: 24 -> 4"),
    ]


def test_case_8_where_no_retry_would_be_left_an_execution_that_fails_would_be_lost() -> None:
    """Below 4 only both would do, and nothing sees a failed execution of that machine."""
    report = scenario("case-08-parallel-around-task", max_attempts=3)
    one = proposal(report, "stacked-retries")
    assert one.outcomes == ()
    assert "nothing that is safe to change gives no more than 3 runs" in reached(one)


def test_case_12_lets_the_dead_letters_wait() -> None:
    """3 + 2 = 5: neither queue may be received less than it is, so nobody reads the dead letters by himself."""
    name = "case-12-dead-letter-consumer"
    (outcome,) = proposal(scenario(name, max_attempts=4), "stacked-retries").outcomes
    assert figures(outcome) == [f"runs of {name}/Worker: 5 -> 3"]
    (change,) = outcome.changes
    assert (
        change.said == f"stop {name}/Worker from reading the dead-letter queue {name}/DeadLetters, and redrive by hand"
    )
    assert [edit.new for edit in change.edits] == ["none"]


def test_case_13_is_opened_where_failing_work_is_sent_back() -> None:
    """Gain 1, and 4 for faults; with at most 10 events in all, one lap of 4 is fine: 1 + 4 = 5, or 1 + 1 = 2."""
    name = "case-13-requeue"
    one = proposal(scenario(name), "retry-loop")
    assert (one.exact, reached(one)) == (
        True,
        f"no cycle through {name}/Queue, by 1 change",
    )
    (cut,) = one.outcomes
    assert imperative(cut) == f"send nothing back to {name}/Queue from {name}/Task: fail there"
    assert figures(cut) == [
        f"events that come back to {name}/Queue: error, timeout 1 -> 0; throttle still 0; service error (5xx) 4 -> 0",
        f"runs of {name}/Task: error, timeout without end -> 1; throttle, service error (5xx) without end -> 4",
    ]
    assert [rank for rank, _ in ranked(one)] == ["1.", "or"]
    assert one.alternative is not None
    limited = f"limit the cycle through {name}/Queue to 1 round in the code, and state it (`laps: 1`)"
    assert imperative(one.alternative) == limited
    (laps,) = one.alternative.effects
    assert [laps.after[failure].max for failure in CLASSES] == [2, 2, 1, 5]


def two_loops() -> Raw:
    """Queue and its dead-letter queue feed the same function, which may send to both."""
    template = app(
        Queue=resource("SQS::Queue", **redrive(5)),
        First=mapping("Queue"),
        Second=mapping("Dead"),
        Worker=resource(
            "Lambda::Function",
            Role=arn("Role"),
            Environment={"Variables": {"A": {"Ref": "Queue"}, "B": {"Ref": "Dead"}}},
        ),
    )
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": [arn("Queue"), arn("Dead")]}
    template["Resources"]["Role"] = resource("IAM::Role", Policies=[{"PolicyDocument": {"Statement": [statement]}}])
    return template


def test_loops_through_a_dead_letter_queue_need_a_cut_each_and_no_letter_is_lost(tmp_path: Path) -> None:
    """Worker -> Queue -> Worker, and Worker -> Dead -> Worker: the way into the dead-letter queue stays."""
    report = judged(tmp_path, two_loops())
    for finding, one in proposed(report):
        if finding.rule == "retry-loop":
            (best, *_) = one.outcomes
            assert sorted(change.said for change in best.changes) == [
                "send nothing back to app/Queue from app/Worker: fail there",
                "stop app/Worker from reading the dead-letter queue app/Dead, and redrive by hand",
            ]
    assert len(found(report, "retry-loop")) == 2
    for finding in found(report, "retry-loop"):
        assert any("the fewest changes that end both cycles through these: " in line for line in finding.details)


def test_a_stream_gets_a_count_and_a_place_for_what_it_gives_up_on(tmp_path: Path) -> None:
    template = app(Table=TABLE, Worker=resource("Lambda::Function"), Mapping=mapping("Table"))
    (outcome,) = proposal(judged(tmp_path, template), "unbounded-retry").outcomes
    assert imperative(outcome) == "set MaximumRetryAttempts 4 and an on-failure destination where app/Table is read"
    assert figures(outcome)[0] == (
        "runs of app/Worker: error, timeout until expiry -> 5; throttle, service error (5xx) still until expiry"
    )


def test_a_queue_gets_a_redrive_policy(tmp_path: Path) -> None:
    """kept 4 days, tried every 30 s = 11,520."""
    template = mapped()
    report = judged(tmp_path, template)
    assert listed(report, "unbounded-retry") == [
        ("add a dead-letter queue with maxReceiveCount 5 to app/Queue", "runs of app/Worker: 11,520 -> 5")
    ]
    apply(template, proposal(report, "unbounded-retry").outcomes[0].changes)
    assert judged(tmp_path, template).analysis.attempts.of("app/Worker", FailureClass.ERROR).max == 5


def test_receives_are_lowered_to_what_the_author_holds_for_the_least(tmp_path: Path) -> None:
    report = judged(tmp_path, mapped(redrive(100)), least_receives=8)
    assert listed(report, "excessive-retries") == [
        ("set maxReceiveCount 8 on app/Queue", "runs of app/Worker: 100 -> 8")
    ]


def test_a_state_keeps_three_retries() -> None:
    """2 + 5 retries and the first try are 8; 3 retries make 4."""
    name = "case-07-two-retriers"
    assert listed(scenario(name, max_attempts=5), "excessive-retries") == [
        (f"let the retriers of {name}/Machine#Charge make 3 retries in all",
         f"runs of {name}/Task: error 8 -> 4; timeout, throttle, service error (5xx) 6 -> 4")
    ]  # fmt: skip


def test_states_that_share_a_cause_are_changed_together(tmp_path: Path) -> None:
    """Two tasks behind the same queue, each with a Retry of its own: 5 x 4 each."""
    template = body("case-04-pipe-to-express")
    resources = template["Resources"]
    resources["Other"] = deepcopy(resources["Task"])
    machine = resources["Machine"]["Properties"]
    definition = json.loads(machine["DefinitionString"]["Fn::Sub"])
    states = definition["States"]
    second = json.loads(json.dumps(states["Charge"]).replace("${Task", "${Other"))
    states["Refund"] = second
    choices = [{"Variable": "$.kind", "StringEquals": "refund", "Next": "Refund"}]
    states["Which?"] = {"Type": "Choice", "Choices": choices, "Default": "Charge"}
    definition["StartAt"] = "Which?"
    machine["DefinitionString"]["Fn::Sub"] = json.dumps(definition)
    report = judged(tmp_path, template)
    finding = only(report, "stacked-retries")
    assert (finding.site, finding.also) == ("app/Other", ("app/Task",))
    (outcome,) = proposal(report, "stacked-retries").outcomes
    assert imperative(outcome) in (
        "remove the Retry of app/Machine#Refund and app/Machine#Charge",
        "remove the Retry of app/Machine#Charge and app/Machine#Refund",
    )
    assert [(each.site, each.after[FailureClass.ERROR].max) for each in outcome.effects] == [
        ("app/Other", 5),
        ("app/Task", 5),
    ]
    apply(template, outcome.changes)
    assert not found(judged(tmp_path, template), "stacked-retries")


def test_an_asynchronous_invocation_retries_no_more(tmp_path: Path) -> None:
    """A rule's function is invoked 3 times, and waits for an execution whose task is tried 4 times: 12."""
    template = body("case-04-pipe-to-express")
    resources = template["Resources"]
    del resources["Pipe"]
    resources["Caller"] = resource("Lambda::Function")
    resources["Caller"]["Metadata"] = {"seawall": {"calls": [{"to": "Machine"}]}}
    target = {"Id": "T", "Arn": arn("Caller")}
    resources["Rule"] = resource("Events::Rule", EventPattern={"source": ["app"]}, Targets=[target])
    report = judged(tmp_path, template)
    assert listed(report, "stacked-retries") == [
        ("set MaximumRetryAttempts 0 on the asynchronous invocations of app/Caller", "runs of app/Task: 12 -> 4"),
        ("remove the Retry of app/Machine#Charge", "runs of app/Task: 12 -> 3"),
    ]
    for outcome in proposal(report, "stacked-retries").outcomes:
        changed = deepcopy(template)
        apply(changed, outcome.changes)
        after = judged(tmp_path, changed).analysis.attempts.of("app/Task", FailureClass.ERROR)
        assert after == outcome.effects[0].after[FailureClass.ERROR]


@pytest.mark.parametrize("limit", [2, 4, 10])
@pytest.mark.parametrize("name", ALL)
def test_no_proposal_receives_less_than_five_times_or_makes_a_figure_worse(name: str, limit: int) -> None:
    for _, one in proposed(scenario(name, max_attempts=limit)):
        for _, outcome in ranked(one):
            for edit in (edit for change in outcome.changes for edit in change.edits):
                if edit.place.property.endswith("maxReceiveCount"):
                    assert int(edit.new) >= 5
            for effect in outcome.effects:
                for failure in CLASSES:
                    before, after = effect.before[failure], effect.after[failure]
                    assert after.bounded_by <= before.bounded_by
                    assert after.value <= before.value or not before.exact


def layered(receives: int | None, around: int, tasks: list[int], dead: int | None) -> Raw:
    """Queue -> pipe -> Express machine: a Parallel around one of several tasks that call one function; maybe another
    queue takes what the first gives up on, and runs the function again.
    """

    def retried(state: Raw, retries: int) -> Raw:
        return {**state, "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": retries}]} if retries else state

    task = {"Type": "Task", "Resource": "${Worker.Arn}", "End": True}
    inner: Raw = {f"T{number}": retried(task, retries) for number, retries in enumerate(tasks)}
    rules = [
        {"Variable": "$.kind", "StringEquals": f"{number}", "Next": f"T{number}"} for number in range(1, len(tasks))
    ]
    start = "T0"
    if rules:
        start, inner["Which"] = "Which", {"Type": "Choice", "Choices": rules, "Default": "T0"}
    outer = retried({"Type": "Parallel", "Branches": [{"StartAt": start, "States": inner}], "End": True}, around)
    definition = {"StartAt": "All", "States": {"All": outer}}
    wait = {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}}
    template = app(
        Queue=resource("SQS::Queue", **(redrive(receives) if receives else {})),
        Worker=resource("Lambda::Function"),
        Machine=resource(
            "StepFunctions::StateMachine",
            StateMachineType="EXPRESS",
            DefinitionString={"Fn::Sub": json.dumps(definition)},
        ),
        Pipe=resource("Pipes::Pipe", Source=arn("Queue"), Target={"Ref": "Machine"}, TargetParameters=wait),
    )
    if dead and receives:
        template["Resources"]["Dead"] = resource(
            "SQS::Queue", RedrivePolicy={"deadLetterTargetArn": arn("Deader"), "maxReceiveCount": dead}
        )
        template["Resources"] |= {"Deader": resource("SQS::Queue"), "Again": mapping("Dead")}
    return template


templates = st.builds(
    layered,
    st.sampled_from([None, 2, 5, 8, 15]),
    st.integers(0, 3),
    st.lists(st.integers(0, 4), min_size=1, max_size=3),
    st.sampled_from([None, 2, 7]),
)


def runs(report: Report) -> list[int]:
    return [report.analysis.attempts.of("app/Worker", failure).value for failure in JUDGED]


def smaller(report: Report, size: int) -> Iterator[tuple[Change, ...]]:
    """Every set of fewer changes than `size`, of all that can be changed."""
    worst: Figure = report.analysis.figure("app/Worker", worst_class(report.analysis, "app/Worker"))
    changes = stacked(report.analysis, report.settings, [worst]).changes
    for fewer in range(size):
        yield from combinations(changes, fewer)


@settings(max_examples=examples(8), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(templates, st.integers(1, 14))
def test_every_set_brings_what_it_says_once_it_is_made_in_the_template_and_no_smaller_one_does(
    template: Raw, limit: int
) -> None:
    with TemporaryDirectory() as folder:
        directory = Path(folder)

        def again(changes: tuple[Change, ...]) -> list[int]:
            changed: Any = deepcopy(template)
            apply(changed, changes)
            return runs(judged(directory, changed, max_attempts=limit))

        report = judged(directory, template, max_attempts=limit)
        for one in (each for finding, each in proposed(report) if finding.rule == "stacked-retries"):
            for outcome in one.outcomes:
                (effect,) = outcome.effects
                after = again(outcome.changes)
                assert after == [effect.after[failure].value for failure in JUDGED]
                assert max(after) <= limit
            if one.outcomes and one.exact:
                for changes in smaller(report, len(one.outcomes[0].changes)):
                    assert max(again(changes)) > limit


def test_cuts_of_one_loop_are_of_it_alone(tmp_path: Path) -> None:
    report = judged(tmp_path, two_loops())
    for loop in report.analysis.loops:
        one = loop_openings(report.analysis, loop)
        assert {each.start for each in one.loops} == {"app/Queue", "app/Dead"}
        assert one.exact
