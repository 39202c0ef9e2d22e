"""Events that services send about their own runs, and what starts again because of them."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import When

from .conftest import Raw, Wire, arn, function, hops, machine, ref, resource
from .figures import analysed, attempts

STATES = {"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"]}


def rule(pattern: Raw, *targets: Any, **properties: Any) -> Raw:
    listed = [{"Id": f"t{number}", "Arn": target} for number, target in enumerate(targets)]
    return resource("Events::Rule", EventPattern=pattern, Targets=listed, **properties)


def occasions(wire: Wire, template: dict[str, Raw], target: str = "Rule") -> list[tuple[str, When]]:
    found = [hop for hop in hops(wire(template), target=target) if hop.kind == "state-change"]
    return [(hop.source.removeprefix("app/"), hop.when) for hop in found]


@pytest.mark.parametrize(
    ("detail", "when"),
    [
        ({"status": ["FAILED"]}, [When.FAILURE]),
        ({"status": ["TIMED_OUT", "ABORTED"]}, [When.FAILURE]),
        ({"status": [{"anything-but": ["RUNNING", "SUCCEEDED"]}]}, [When.FAILURE]),
        ({"status": ["SUCCEEDED"]}, [When.ALWAYS]),
        ({"status": ["RUNNING"]}, [When.ALWAYS]),
        ({"status": ["FAILED", "SUCCEEDED"]}, [When.FAILURE, When.ALWAYS]),
        ({"status": ["FAILED"], "stateMachineArn": [ref("M")]}, [When.FAILURE]),
        ({"status": ["FAILED"], "stateMachineArn": [ref("Other")]}, []),
        ({"status": ["FAILED"], "stateMachineArn": [{"prefix": "arn:aws:states"}]}, [When.FAILURE]),
    ],
)
def test_which_ends_of_an_execution_a_rule_is_told(wire: Wire, detail: Raw, when: list[When]) -> None:
    template = {"M": machine(), "Other": machine("EXPRESS"), "Rule": rule({**STATES, "detail": detail})}
    assert occasions(wire, template) == [("M", each) for each in when]


def test_a_rule_without_a_status_is_told_of_every_end(wire: Wire) -> None:
    template = {"M": machine(), "Rule": rule(STATES)}
    assert occasions(wire, template) == [("M", When.FAILURE), ("M", When.ALWAYS)]


@pytest.mark.parametrize(
    "made",
    [
        rule({"source": ["shop"]}),
        rule({"detail": {"status": ["FAILED"]}}),
        rule(STATES, State="DISABLED"),
        rule(STATES, EventBusName="orders"),
        rule({**STATES, "source": ["aws.batch"]}),
    ],
)
def test_rules_that_are_not_told(wire: Wire, made: Raw) -> None:
    assert not occasions(wire, {"M": machine(), "Rule": made})


def test_express_executions_send_no_events(wire: Wire) -> None:
    assert not occasions(wire, {"M": machine("EXPRESS"), "Rule": rule(STATES)})


def failed(*targets: Any, **detail: Any) -> Raw:
    return rule({**STATES, "detail": {"status": ["FAILED"]} | detail}, *targets)


def test_a_failed_execution_that_is_started_again_loops(wire: Wire) -> None:
    loops = analysed(wire, {"M": machine(), "Rule": failed(ref("M"), stateMachineArn=[ref("M")])}).loops
    assert [(loop.stopped_by, loop.needs_failure) for loop in loops] == [("nothing", True)]
    assert {str(failure): count.max for failure, count in loops[0].gain.items()} == dict.fromkeys(
        ("error", "timeout", "throttle", "fault"), 1
    )


@pytest.mark.parametrize(
    ("but", "loops"),
    [
        ([ref("M")], False),
        ([ref("N")], True),
        ([{"Fn::If": ["P", ref("M"), ref("N")]}], True),
        ({"Fn::If": ["P", [ref("M")], [ref("N")]]}, True),
        ([{"Fn::If": ["P", ref("M"), ref("AWS::NoValue")]}, ref("N")], True),
        ([{"Fn::If": ["P", ref("N"), ref("AWS::NoValue")]}, ref("M")], False),
    ],
)
def test_one_that_is_left_out_on_one_side_of_a_condition_may_be_told_on_the_other(
    wire: Wire, but: Any, loops: bool
) -> None:
    template = {
        "M": machine(),
        "N": machine(),
        "Rule": failed(ref("M"), stateMachineArn=[{"anything-but": but}]),
    }
    conditions = {"P": {"Fn::Equals": [ref("AWS::Region"), "x"]}}
    assert bool(analysed(wire, template, Conditions=conditions).loops) is loops


def test_a_machine_for_failures_that_listens_to_its_own_loops_too(wire: Wire) -> None:
    everyones = {"M": machine(), "Handler": machine(), "Rule": failed(ref("Handler"))}
    assert len(analysed(wire, everyones).loops) == 1
    others = {"M": machine(), "Handler": machine(), "Rule": failed(ref("Handler"), stateMachineArn=[ref("M")])}
    assert not analysed(wire, others).loops


def test_a_function_that_is_told_is_no_loop(wire: Wire) -> None:
    assert not analysed(wire, {"M": machine(), "Fn": function(), "Rule": failed(arn("Fn"))}).loops


JOB = resource("Batch::JobDefinition", RetryStrategy={"Attempts": 3})
QUEUE = {"Jobs": resource("Batch::JobQueue")}
START = {"Id": "j", "Arn": ref("Jobs"), "BatchParameters": {"JobDefinition": ref("Job"), "JobName": "j"}}
BATCH = {"source": ["aws.batch"], "detail-type": ["Batch Job State Change"], "detail": {"status": ["FAILED"]}}


def test_a_job_is_told_of_once_its_attempts_are_spent(wire: Wire) -> None:
    starter = resource("Events::Rule", ScheduleExpression="rate(1 day)", Targets=[START])
    template = {**QUEUE, "Job": JOB, "Starter": starter, "Rule": rule(BATCH)}
    assert occasions(wire, template) == [("Job#jobs", When.EXHAUSTED)]


def test_a_failed_job_that_is_submitted_again_loops(wire: Wire) -> None:
    again = resource("Events::Rule", EventPattern=BATCH, Targets=[START])
    assert [loop.stopped_by for loop in analysed(wire, {**QUEUE, "Job": JOB, "Rule": again}).loops] == ["nothing"]


def test_a_rule_on_another_job_definition(wire: Wire) -> None:
    pattern = {**BATCH, "detail": {"status": ["FAILED"], "jobDefinition": [ref("Other")]}}
    template = {"Job": JOB, "Other": resource("Batch::JobDefinition"), "Rule": rule(pattern)}
    assert occasions(wire, template) == [("Other", When.FAILURE)]


TASK = resource("ECS::TaskDefinition", Family="worker", ContainerDefinitions=[{"Name": "c", "Image": "x"}])


@pytest.mark.parametrize(
    ("detail", "when"),
    [
        ({"lastStatus": ["STOPPED"]}, [When.ALWAYS]),
        ({"lastStatus": ["STOPPED"], "containers": {"exitCode": [{"anything-but": 0}]}}, [When.FAILURE]),
        ({"lastStatus": ["STOPPED"], "stopCode": ["EssentialContainerExited"]}, [When.FAILURE]),
    ],
)
def test_tasks_that_stopped(wire: Wire, detail: Raw, when: list[When]) -> None:
    pattern = {"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"], "detail": detail}
    assert occasions(wire, {"Task": TASK, "Rule": rule(pattern)}) == [("Task", each) for each in when]


@pytest.mark.parametrize(
    ("one", "pattern"),
    [
        (
            resource("CodeBuild::Project", Name="p"),
            {
                "source": ["aws.codebuild"],
                "detail-type": ["CodeBuild Build State Change"],
                "detail": {"build-status": ["FAILED"], "project-name": [ref("One")]},
            },
        ),
        (
            resource("Glue::Job", Name="p"),
            {"source": ["aws.glue"], "detail-type": ["Glue Job State Change"], "detail": {"state": ["FAILED"]}},
        ),
        (
            resource("CodePipeline::Pipeline", Name="p"),
            {
                "source": ["aws.codepipeline"],
                "detail-type": ["CodePipeline Pipeline Execution State Change"],
                "detail": {"state": ["FAILED"], "pipeline": [ref("One")]},
            },
        ),
        *(
            (
                resource("CodePipeline::Pipeline", Name="p"),
                {
                    "source": ["aws.codepipeline"],
                    "detail-type": [f"CodePipeline {part} Execution State Change"],
                    "detail": {"state": ["FAILED"], "pipeline": [ref("One")]},
                },
            )
            for part in ("Stage", "Action")
        ),
        (
            resource("CodeBuild::Project", Name="p"),
            {
                "source": ["aws.codebuild"],
                "detail-type": ["CodeBuild Build Phase Change"],
                "detail": {"completed-phase-status": ["CLIENT_ERROR", "TIMED_OUT"], "project-name": [ref("One")]},
            },
        ),
    ],
)
def test_builds_jobs_and_pipelines(wire: Wire, one: Raw, pattern: Raw) -> None:
    assert occasions(wire, {"One": one, "Rule": rule(pattern)}) == [("One", When.FAILURE)]
    again = {"One": one, "Rule": rule(pattern, ref("One"))}
    assert len(analysed(wire, again).loops) == 1


def test_what_ends_it_is_said(wire: Wire) -> None:
    wiring = wire({"M": machine(), "Rule": failed(ref("M"))})
    assert [each.stop for each in wiring.hops if each.kind == "state-change"] == [
        "narrow the pattern of app/Rule so that it leaves app/M out, or let it start nothing that fails in the same way"
    ]


def on(*statuses: str) -> Raw:
    return rule({**STATES, "detail": {"status": list(statuses), "stateMachineArn": [ref("M")]}}, arn("Fn"))


@pytest.mark.parametrize(
    ("rules", "runs"),
    [
        ((on("FAILED"),), 3),
        ((on("FAILED"), on("TIMED_OUT")), 3),  # one end each
        ((on("FAILED"), on("FAILED")), 6),
        ((on("FAILED", "ABORTED"), on("ABORTED", "TIMED_OUT")), 6),  # an aborted one is told to both
        ((on("FAILED", "TIMED_OUT"), on("ABORTED")), 3),
        ((on("FAILED"), on("TIMED_OUT"), on("ABORTED")), 3),
    ],
)
def test_a_run_ends_once(wire: Wire, rules: tuple[Raw, ...], runs: int) -> None:
    named = {f"Rule{number}": each for number, each in enumerate(rules)}
    assert attempts(wire, {"M": machine(), "Fn": function(), **named}, "Fn")[0] == runs


def test_states_on_the_way_are_all_told(wire: Wire) -> None:
    template = {"M": machine(), "Fn": function(), "A": on("RUNNING"), "B": on("SUCCEEDED")}
    assert attempts(wire, template, "Fn")[0] == 6
