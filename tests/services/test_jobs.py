"""Containers and jobs: their own retries, who starts them, what they read and send."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import Evidence, FailureClass, When

from .conftest import Raw, Wire, arn, everywhere, hop, hops, join, queue, ref, resource, totals, whys
from .figures import OPEN, analysed, attempts


def role(*statements: Raw, **properties: Any) -> Raw:
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}
    return resource("IAM::Role", Policies=[policy], **properties)


def allow(*actions: str, on: Any) -> Raw:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


READS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")


def worker(*statements: Raw, environment: Raw | None = None, **container: Any) -> dict[str, Raw]:
    """A Fargate service, as the CDK's QueueProcessing patterns write it."""
    variables = [{"Name": name, "Value": value} for name, value in (environment or {}).items()]
    definition = {"Name": "c", "Image": "x", "Environment": variables} | container
    return {
        "TaskRole": role(*statements),
        "Task": resource("ECS::TaskDefinition", TaskRoleArn=arn("TaskRole"), ContainerDefinitions=[definition]),
        "Service": resource("ECS::Service", TaskDefinition=ref("Task"), LaunchType="FARGATE"),
    }


def machine(state: Raw, **properties: Any) -> Raw:
    body = {"StartAt": "N", "States": {"N": {"Type": "Task", "End": True} | state}}
    return resource("StepFunctions::StateMachine", Definition=body, **properties)


def retry(attempts: int) -> list[Raw]:
    return [{"ErrorEquals": ["States.ALL"], "MaxAttempts": attempts}]


# queues that containers read


@pytest.mark.parametrize("environment", [{}, {"QUEUE_NAME": {"Fn::GetAtt": ["Queue", "QueueName"]}}])
def test_the_receives_of_a_queue_count_for_the_container_that_reads_it(wire: Wire, environment: Raw) -> None:
    template = {"Dead": queue(), "Queue": queue(5)} | worker(allow(*READS, on=arn("Queue")), environment=environment)
    found = hop(wire(template), "Queue", "Task")
    assert found.kind == "queue-reader"
    assert found.awaits
    assert totals(found) == everywhere(5)
    assert found.evidence is (Evidence.STRONG if environment else Evidence.MEDIUM)
    assert attempts(wire, template, "Task") == (5, 5, 5, 5)


def test_a_queue_without_redrive_that_a_container_reads(wire: Wire) -> None:
    template = {"Queue": queue()} | worker(allow(*READS, on=arn("Queue")), environment={"Q": ref("Queue")})
    assert hop(wire(template), "Queue", "Task").tries_for("error").total == 11_520  # kept 4 days, tried every 30 s


def test_a_container_that_reads_dead_letters(wire: Wire) -> None:
    template = {"Queue": queue(3)} | worker(allow(*READS, on=[arn("Queue"), arn("Dead")]))
    count = attempts(wire, template | {"Dead": queue(MessageRetentionPeriod=150, VisibilityTimeout=30)}, "Task")
    assert count[0] == 5  # 3 in 90 s, then the 60 s that are left of its life / 30 s


def test_a_role_that_only_sends_reads_nothing(wire: Wire) -> None:
    wiring = wire({"Queue": queue()} | worker(allow("sqs:SendMessage", on=arn("Queue"))))
    assert hop(wiring, "Task", "Queue").kind == "sqs:SendMessage"
    assert not hops(wiring, "Queue", "Task")


@pytest.mark.parametrize(("environment", "reads"), [({}, False), ({"Q": ref("Queue")}, True)])
def test_a_wildcard_counts_for_what_the_environment_holds(wire: Wire, environment: Raw, reads: bool) -> None:
    wiring = wire({"Queue": queue()} | worker(allow("sqs:*", on=arn("Queue")), environment=environment))
    assert bool(hops(wiring, "Queue", "Task")) is reads


def test_a_container_that_sends_back_loops(wire: Wire) -> None:
    statements = (allow(*READS, on=arn("Queue")), allow("sqs:SendMessage", on=arn("Queue")))
    template = {"Dead": queue(), "Queue": queue(5)} | worker(*statements, environment={"Q": ref("Queue")})
    loops = analysed(wire, template).loops
    assert [loop.stopped_by for loop in loops] == ["nothing"]


def test_lambdas_loop_detection_does_not_watch_containers(wire: Wire) -> None:
    wiring = wire({"Queue": queue()} | worker(allow("sqs:SendMessage", on=arn("Queue"))))
    assert not hop(wiring, "Task", "Queue").traced


def test_a_stream_that_a_container_reads(wire: Wire) -> None:
    template = {"Stream": resource("Kinesis::Stream", ShardCount=1)} | worker(
        allow("kinesis:GetRecords", "kinesis:GetShardIterator", on=arn("Stream"))
    )
    found = hop(wire(template), "Stream", "Task")
    assert (found.kind, totals(found)) == ("stream-reader", everywhere(1))


STREAM_OF_TABLE = {"Fn::GetAtt": ["Table", "StreamArn"]}
STREAMED = resource("DynamoDB::Table", StreamSpecification={"StreamViewType": "NEW_IMAGE"})


@pytest.mark.parametrize(
    ("on", "table", "environment", "reads"),
    [
        (STREAM_OF_TABLE, STREAMED, {}, True),
        ({"Fn::Sub": "${Table.Arn}/stream/*"}, STREAMED, {}, True),
        ({"Fn::Sub": "${Table.Arn}/*"}, STREAMED, {}, True),
        (arn("Table"), STREAMED, {}, False),  # as the CDK's grant_read_write_data does
        (arn("Table"), STREAMED, {"T": ref("Table")}, False),
        ("*", STREAMED, {"T": ref("Table")}, False),
        ("*", STREAMED, {"T": STREAM_OF_TABLE}, True),
        (STREAM_OF_TABLE, resource("DynamoDB::Table"), {}, False),
        ({"Fn::Sub": "${Table.Arn}/*"}, resource("DynamoDB::Table"), {}, False),
    ],
)
def test_the_stream_of_a_table_is_read_by_its_own_arn(
    wire: Wire, on: Any, table: Raw, environment: Raw, reads: bool
) -> None:
    statement = allow("dynamodb:GetRecords", "dynamodb:PutItem", on=on)
    wiring = wire({"Table": table} | worker(statement, environment=environment))
    assert bool(hops(wiring, "Table", "Task")) is reads


# tasks that something starts


def scheduled(**ecs: Any) -> Raw:
    target = {"Id": "t", "Arn": arn("Cluster"), "EcsParameters": {"TaskDefinitionArn": ref("Task")} | ecs}
    return resource("Events::Rule", ScheduleExpression="rate(1 hour)", Targets=[target])


def test_a_scheduled_task_starts_its_definition(wire: Wire) -> None:
    template = {"Cluster": resource("ECS::Cluster"), "Rule": scheduled()} | worker()
    assert [each.kind for each in hops(wire(template), "Rule", "Task")] == ["rule-target"]
    assert attempts(wire, template, "Task") == (1, 1, 1, 1)


def test_schedules_and_pipes_start_tasks_too(wire: Wire) -> None:
    target = {"Arn": arn("Cluster"), "RoleArn": "r", "EcsParameters": {"TaskDefinitionArn": ref("Task")}}
    pipe = resource(
        "Pipes::Pipe",
        Source=arn("Queue"),
        Target=arn("Cluster"),
        TargetParameters={"EcsTaskParameters": {"TaskDefinitionArn": ref("Task")}},
    )
    parts = {"Cluster": resource("ECS::Cluster"), "Queue": queue(), "Pipe": pipe}
    wiring = wire(parts | {"Schedule": resource("Scheduler::Schedule", Target=target)} | worker())
    assert hop(wiring, "Schedule", "Task").kind == "schedule-target"
    assert not hop(wiring, "Pipe", "Task").awaits


def test_a_task_definition_from_outside(wire: Wire) -> None:
    target = {"Id": "t", "Arn": arn("Cluster"), "EcsParameters": {"TaskDefinitionArn": "arn:aws:ecs:eu-west-1:1:x/y:1"}}
    wiring = wire(
        {
            "Cluster": resource("ECS::Cluster"),
            "Rule": resource("Events::Rule", ScheduleExpression="rate(1 hour)", Targets=[target]),
        }
    )
    assert [each.target for each in wiring.hops] == ["external:arn:aws:ecs:eu-west-1:1:x/y:1"]


@pytest.mark.parametrize(("pattern", "runs"), [(".sync", 4), ("", 1)])
def test_a_machine_that_runs_a_task(wire: Wire, pattern: str, runs: int) -> None:
    state = {
        "Resource": f"arn:aws:states:::ecs:runTask{pattern}",
        "Parameters": {"Cluster": "c", "TaskDefinition": ref("Task")},
        "Retry": retry(3),
    }
    assert attempts(wire, {"M": machine(state)} | worker(), "Task")[0] == runs


def test_a_container_that_restarts_by_itself_is_not_counted_and_that_is_said(wire: Wire) -> None:
    template = {"Cluster": resource("ECS::Cluster"), "Rule": scheduled()} | worker(RestartPolicy={"Enabled": True})
    assert attempts(wire, template, "Task")[0] == OPEN
    assert "300 s" in whys(wire(template))["Task.ContainerDefinitions.0.RestartPolicy"]


# AWS Batch


def definition(attempts: int | None = None, **properties: Any) -> Raw:
    strategy = {"RetryStrategy": {"Attempts": attempts}} if attempts is not None else {}
    return resource("Batch::JobDefinition", Type="container", **(strategy | properties))


def submits(pattern: str = ".sync", retries: int = 2, **parameters: Any) -> Raw:
    request = {"JobName": "j", "JobQueue": "q", "JobDefinition": ref("Job")} | parameters
    state = {"Resource": f"arn:aws:states:::batch:submitJob{pattern}", "Parameters": request, "Retry": retry(retries)}
    return machine(state)


@pytest.mark.parametrize(
    ("job", "machine_", "runs"),
    [
        (definition(4), submits(), 12),
        (definition(), submits(), 3),
        (definition(1), submits(), 3),
        (definition(10), submits(retries=9), 100),
        (definition(4), submits(""), 4),
        (definition(4), submits(RetryStrategy={"Attempts": 2}), 6),
        (definition(4), submits(RetryStrategy={"Attempts": 1}), 3),
        (definition(4), submits(ArrayProperties={"Size": 100}), 12),
    ],
)
def test_attempts_of_a_job_multiply_with_the_state_that_waits(wire: Wire, job: Raw, machine_: Raw, runs: int) -> None:
    assert attempts(wire, {"Job": job, "M": machine_}, "Job") == (runs, runs, runs, runs)


def test_attempts_that_are_chosen_when_the_state_runs(wire: Wire) -> None:
    wiring = wire({"Job": definition(4), "M": submits(RetryStrategy={"Attempts.$": "$.n"})})
    found = next(each for each in wiring.hops if each.target == "app/Job")
    assert found.tries_for("error").unknown


def test_a_parameter_without_a_default_is_no_count(wire: Wire) -> None:
    job = definition() | {}
    job["Properties"]["RetryStrategy"] = {"Attempts": ref("N")}
    wiring = wire({"Job": job, "M": submits()}, Parameters={"N": {"Type": "Number"}})
    assert "Job.RetryStrategy.Attempts" in whys(wiring)


@pytest.mark.parametrize(
    ("conditions", "runs"),
    [
        ([{"Action": "EXIT", "OnExitCode": "*"}], (1, 1, 1, 1)),
        ([{"Action": "RETRY", "OnStatusReason": "Host EC2*"}, {"Action": "EXIT", "OnReason": "*"}], (1, 1, 5, 1)),
        ([{"Action": "EXIT", "OnExitCode": "1"}], (5, 5, 5, 5)),
        ([{"Action": "EXIT", "OnExitCode": "1"}, {"Action": "EXIT", "OnExitCode": "*"}], (1, 1, 1, 1)),
        ([{"Action": "RETRY", "OnExitCode": "137"}, {"Action": "EXIT", "OnReason": "*"}], (5, 5, 5, 5)),
    ],
)
def test_conditions_on_the_exit(wire: Wire, conditions: list[Raw], runs: tuple[int, ...]) -> None:
    job = definition(RetryStrategy={"Attempts": 5, "EvaluateOnExit": conditions})
    assert attempts(wire, {"Job": job, "M": submits(retries=0)}, "Job") == runs


def batch_target(**parameters: Any) -> Raw:
    return {
        "Id": "t",
        "Arn": ref("Jobs"),
        "BatchParameters": {"JobDefinition": ref("Job"), "JobName": "j"} | parameters,
    }


@pytest.mark.parametrize(("override", "runs"), [({}, 3), ({"RetryStrategy": {"Attempts": 7}}, 7)])
def test_a_rules_target_may_say_how_often_a_job_is_tried(wire: Wire, override: Raw, runs: int) -> None:
    rule = resource("Events::Rule", ScheduleExpression="rate(1 day)", Targets=[batch_target(**override)])
    template = {"Jobs": resource("Batch::JobQueue"), "Job": definition(3), "Rule": rule}
    assert attempts(wire, template, "Job")[0] == runs


def test_a_pipes_target_likewise(wire: Wire) -> None:
    parameters = {"BatchJobParameters": {"JobDefinition": ref("Job"), "RetryStrategy": {"Attempts": 6}}}
    pipe = resource("Pipes::Pipe", Source=arn("Queue"), Target=ref("Jobs"), TargetParameters=parameters)
    template = {"Queue": queue(), "Jobs": resource("Batch::JobQueue"), "Job": definition(3), "Pipe": pipe}
    assert attempts(wire, template, "Job")[0] == 6


def test_a_schedule_that_calls_submit_job_itself(wire: Wire) -> None:
    request = join('{"JobName":"j","JobQueue":"q","JobDefinition":"', ref("Job"), '","RetryStrategy":{"Attempts":8}}')
    schedule = resource(
        "Scheduler::Schedule", Target={"Arn": "arn:aws:scheduler:::aws-sdk:batch:submitJob", "Input": request}
    )
    assert attempts(wire, {"Job": definition(3), "Schedule": schedule}, "Job")[0] == 8


def test_a_job_reads_the_queue_that_its_environment_names(wire: Wire) -> None:
    container = {"JobRoleArn": arn("Role"), "Environment": [{"Name": "Q", "Value": ref("Queue")}]}
    template = {
        "Dead": queue(),
        "Queue": queue(4),
        "Role": role(allow(*READS, on=arn("Queue"))),
        "Job": definition(ContainerProperties=container),
    }
    assert attempts(wire, template, "Job")[0] == 4


def test_containers_of_nodes_and_of_tasks_hold_roles_too(wire: Wire) -> None:
    tasks = {"TaskProperties": [{"TaskRoleArn": arn("Role"), "Containers": []}]}
    nodes = {"NodeRangeProperties": [{"Container": {"JobRoleArn": arn("Role")}}]}
    parts = {"Queue": queue(), "Role": role(allow("sqs:SendMessage", on=arn("Queue")))}
    for section in ({"EcsProperties": tasks}, {"NodeProperties": nodes}):
        assert hop(wire(parts | {"Job": definition(**section)}), "Job", "Queue").kind == "sqs:SendMessage"


# AWS Glue and AWS CodeBuild


def glue(retries: int | None = None, **properties: Any) -> Raw:
    limit = {"MaxRetries": retries} if retries is not None else {}
    return resource("Glue::Job", Name="etl", Command={"Name": "glueetl"}, **(limit | properties))


@pytest.mark.parametrize(("retries", "pattern", "runs"), [(None, ".sync", 3), (2, ".sync", 9), (2, "", 3), (0, "", 1)])
def test_retries_of_a_glue_job(wire: Wire, retries: int | None, pattern: str, runs: int) -> None:
    state = {
        "Resource": f"arn:aws:states:::glue:startJobRun{pattern}",
        "Parameters": {"JobName": "etl"},
        "Retry": retry(2),
    }
    assert attempts(wire, {"Job": glue(retries), "M": machine(state)}, "Job")[0] == runs


def test_triggers_start_jobs_in_turn(wire: Wire) -> None:
    first = resource("Glue::Trigger", Type="SCHEDULED", Schedule="cron(0 1 * * ? *)", Actions=[{"JobName": ref("A")}])
    then = resource(
        "Glue::Trigger",
        Type="CONDITIONAL",
        Predicate={"Conditions": [{"JobName": ref("A"), "State": "SUCCEEDED", "LogicalOperator": "EQUALS"}]},
        Actions=[{"JobName": ref("B")}],
    )
    a, b = resource("Glue::Job", Name="a", MaxRetries=2), resource("Glue::Job", Name="b", MaxRetries=1)
    template = {"A": a, "B": b, "First": first, "Then": then}
    assert hop(wire(template), "A#runs", "Then").when is When.ALWAYS
    assert (attempts(wire, template, "A")[0], attempts(wire, template, "B")[0]) == (3, 2)


@pytest.mark.parametrize(("retries", "when"), [(2, When.EXHAUSTED), (None, When.FAILURE)])
def test_a_trigger_on_failure_that_starts_the_same_job(wire: Wire, retries: int | None, when: When) -> None:
    trigger = resource(
        "Glue::Trigger",
        Type="CONDITIONAL",
        Predicate={"Conditions": [{"JobName": ref("Job"), "State": "FAILED", "LogicalOperator": "EQUALS"}]},
        Actions=[{"JobName": ref("Job")}],
    )
    template = {"Job": glue(retries), "Trigger": trigger}
    wiring = wire(template)
    assert [each.when for each in wiring.hops if each.kind == "glue-condition"] == [when]
    assert len(analysed(wire, template).loops) == 1


def test_a_workflow_starts_its_first_trigger(wire: Wire) -> None:
    trigger = resource("Glue::Trigger", Type="ON_DEMAND", WorkflowName=ref("Flow"), Actions=[{"JobName": ref("Job")}])
    template = {"Flow": resource("Glue::Workflow", Name="f"), "Trigger": trigger, "Job": glue(1)}
    wiring = wire(template)
    assert hop(wiring, "Flow", "Trigger").kind == "glue-trigger"
    assert attempts(wire, template, "Job")[0] == 2


def test_arguments_of_a_glue_job_are_its_environment(wire: Wire) -> None:
    job = glue(Role=arn("Role"), DefaultArguments={"--queue": ref("Queue")})
    wiring = wire({"Queue": queue(), "Role": role(allow("sqs:SendMessage", on=arn("Queue"))), "Job": job})
    assert hop(wiring, "Job", "Queue").evidence is Evidence.STRONG


@pytest.mark.parametrize(("limit", "pattern", "runs"), [(None, ".sync", 3), (2, ".sync", 9), (2, "", 3)])
def test_retries_of_a_build(wire: Wire, limit: int | None, pattern: str, runs: int) -> None:
    state = {
        "Resource": f"arn:aws:states:::codebuild:startBuild{pattern}",
        "Parameters": {"ProjectName": ref("Project")},
        "Retry": retry(2),
    }
    retries: Raw = {"AutoRetryLimit": limit} if limit is not None else {}
    project = resource("CodeBuild::Project", **retries)
    assert attempts(wire, {"Project": project, "M": machine(state)}, "Project")[0] == runs


def test_a_service_of_app_runner_sends(wire: Wire) -> None:
    service = resource(
        "AppRunner::Service",
        InstanceConfiguration={"InstanceRoleArn": arn("Role")},
        SourceConfiguration={
            "ImageRepository": {
                "ImageConfiguration": {"RuntimeEnvironmentVariables": [{"Name": "Q", "Value": ref("Queue")}]}
            }
        },
    )
    wiring = wire({"Queue": queue(), "Role": role(allow("sqs:SendMessage", on=arn("Queue"))), "Service": service})
    assert hop(wiring, "Service", "Queue").evidence is Evidence.STRONG


@pytest.mark.parametrize("of", ["Task", "Service"])
def test_statements_may_speak_of_containers(wire: Wire, of: str) -> None:
    parts = {"Queue": queue()} | worker()
    parts[of]["Metadata"] = {"seawall": {"idempotent": "by order id", "sends_to": [{"to": "Queue"}]}}
    wiring = wire(parts)
    assert not wiring.wrong
    assert wiring.sites["app/Task"].idempotent
    assert hop(wiring, "Task", "Queue").evidence is Evidence.STATED


@pytest.mark.parametrize(
    ("job", "machine_", "what"),
    [
        (
            definition(4),
            submits(RetryStrategy={"Attempts": 2}),
            "the retry strategy of the job definition (Attempts = 4)",
        ),
        (
            definition(4),
            submits(RetryStrategy={"Attempts": 1}),
            "the retry strategy of the job definition (Attempts = 4)",
        ),
        (definition(4), submits(), ""),
        (
            definition(RetryStrategy={"Attempts": 1, "EvaluateOnExit": [{"Action": "RETRY", "OnExitCode": "1"}]}),
            submits(),
            "EvaluateOnExit of the job definition",
        ),
    ],
)
def test_strategies_that_nothing_asks(wire: Wire, job: Raw, machine_: Raw, what: str) -> None:
    idle = wire({"Job": job, "M": machine_}).idle
    assert [each.what for each in idle if each.site == "app/Job"] == ([what] if what else [])


def test_requests_through_a_load_balancer_reach_the_containers(wire: Wire) -> None:
    parts = worker() | {
        "Balancer": resource("ElasticLoadBalancingV2::LoadBalancer"),
        "Group": resource("ElasticLoadBalancingV2::TargetGroup", TargetType="ip"),
        "Listener": resource(
            "ElasticLoadBalancingV2::Listener",
            LoadBalancerArn=ref("Balancer"),
            DefaultActions=[{"Type": "forward", "TargetGroupArn": ref("Group")}],
        ),
    }
    parts["Service"]["Properties"]["LoadBalancers"] = [{"ContainerName": "c", "TargetGroupArn": ref("Group")}]
    wiring = wire(parts)
    assert hop(wiring, "Balancer", "Group").awaits
    assert hop(wiring, "Group", "Task").awaits
    assert attempts(wire, parts, "Task") == (1, 1, 1, 1)


def test_what_a_container_sends_may_have_nothing_to_do_with_what_it_reads(wire: Wire) -> None:
    """The CDK grants a demonstration's container both on one queue: that is no loop that anybody can be sure of."""
    statements = (allow(*READS, on=arn("Queue")), allow("sqs:SendMessage", on=arn("Queue")))
    template = {"Dead": queue(), "Queue": queue(5)} | worker(*statements, environment={"URL": ref("Queue")})
    sent = hop(wire(template), "Task", "Queue")
    assert (sent.conditional, sent.evidence) == (True, Evidence.WEAK)
    (loop,) = analysed(wire, template).loops
    assert (loop.gain[FailureClass.ERROR].max, loop.gain_min[FailureClass.ERROR].max) == (5, 0)


def test_sending_elsewhere_keeps_its_evidence(wire: Wire) -> None:
    statements = (allow(*READS, on=arn("Queue")), allow("sns:Publish", on=ref("Topic")))
    topic = resource("SNS::Topic", Subscription=[{"Protocol": "sqs", "Endpoint": arn("Queue")}])
    environment = {"URL": ref("Queue"), "TOPIC": ref("Topic")}
    template = {"Dead": queue(), "Queue": queue(5), "Topic": topic} | worker(*statements, environment=environment)
    sent = hop(wire(template), "Task", "Topic")
    assert (sent.conditional, sent.evidence) == (True, Evidence.STRONG)
    (loop,) = analysed(wire, template).loops
    assert loop.gain_min[FailureClass.ERROR].max == 0


def polled(*actions: str, environment: Raw | None = None, **more: Raw) -> dict[str, Raw]:
    variables = {"Variables": environment if environment is not None else {"URL": ref("Queue")}}
    return {
        "Dead": queue(),
        "Queue": queue(5),
        "Role": role(allow(*actions, on=arn("Queue"))),
        "Fn": resource("Lambda::Function", Handler="i.h", Role=arn("Role"), Environment=variables),
        "Tick": resource("Events::Rule", ScheduleExpression="rate(1 minute)", Targets=[{"Id": "a", "Arn": arn("Fn")}]),
    } | more


def test_a_function_that_polls_a_queue_itself(wire: Wire) -> None:
    found = hop(wire(polled(*READS)), "Queue", "Fn")
    assert (found.kind, found.awaits, found.evidence) == ("queue-reader", True, Evidence.STRONG)
    assert attempts(wire, polled(*READS), "Fn")[0] == 5


@pytest.mark.parametrize(
    "template",
    [
        polled("sqs:SendMessage"),
        polled("sqs:*"),
        polled(*READS, environment={}),
    ],
)
def test_a_function_that_is_not_known_to_poll(wire: Wire, template: dict[str, Raw]) -> None:
    assert not hops(wire(template), "Queue", "Fn")


def test_a_function_that_a_mapping_hands_messages_to_does_not_poll_them(wire: Wire) -> None:
    mapping = resource("Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName=ref("Fn"))
    found = hop(wire(polled(*READS, Map=mapping)), "Queue", "Fn")
    assert found.kind == "event-source-mapping"


RECEIVER = """\
import boto3, os
sqs = boto3.client("sqs")
def h(event, context):
    for message in sqs.receive_message(QueueUrl=os.environ["URL"]).get("Messages", []):
        boto3.client("dynamodb").put_item(TableName="orders", Item=message)
"""


@pytest.mark.parametrize(
    ("code", "polls"), [(RECEIVER, True), (RECEIVER.replace("receive_message", "get_queue_attributes"), False)]
)
def test_the_code_says_whether_a_function_polls(wire: Wire, code: str, polls: bool) -> None:
    template = polled(*READS)
    template["Fn"]["Properties"] |= {"Runtime": "python3.13", "Handler": "index.h", "Code": {"ZipFile": code}}
    found = hops(wire(template), "Queue", "Fn")
    assert [(each.evidence, each.at is not None) for each in found] == ([(Evidence.READ, True)] if polls else [])


# jobs that a request describes


def described(call: str, parameters: Raw, retries: int = 2) -> dict[str, Raw]:
    state = {"Resource": f"arn:aws:states:::{call}", "Parameters": parameters, "Retry": retry(retries)}
    return {"M": machine(state, RoleArn="arn:aws:iam::1:role/m")}


@pytest.mark.parametrize(
    ("call", "parameters", "kind", "runs"),
    [
        ("sagemaker:createTrainingJob.sync", {}, "sagemaker-job", (3, 3, 3, 3)),
        (
            "sagemaker:createTrainingJob.sync",
            {"RetryStrategy": {"MaximumRetryAttempts": 3}},
            "sagemaker-job",
            (3, 3, 12, 3),
        ),
        ("sagemaker:createProcessingJob", {}, "sagemaker-job", (1, 1, 1, 1)),
        ("sagemaker:createTransformJob.sync", {}, "sagemaker-job", (3, 3, 3, 3)),
        ("elasticmapreduce:addStep.sync", {"ClusterId": "j-1"}, "emr-step", (3, 3, 3, 3)),
        ("emr-serverless:startJobRun.sync", {"RetryPolicy": {"MaxAttempts": 4}}, "emr-job", (12, 12, 12, 12)),
        ("emr-containers:startJobRun", {"RetryPolicyConfiguration": {"MaxAttempts": 4}}, "emr-job", (5, 5, 5, 5)),
        ("emr-serverless:startJobRun", {"RetryPolicy": {"MaxAttempts.$": "$.n"}}, "emr-job", (OPEN,) * 4),
        ("eks:runJob.sync", {"Job": {"spec": {"backoffLimit": 4}}}, "kubernetes-job", (15, 15, 15, 15)),
        ("eks:runJob.sync", {"Job": {"spec": {}}}, "kubernetes-job", (21, 21, 21, 21)),
        ("eks:runJob", {"Job": {"spec": {"backoffLimit": 0}}}, "kubernetes-job", (1, 1, 1, 1)),
    ],
)
def test_a_job_that_a_state_describes_is_a_site(
    wire: Wire, call: str, parameters: Raw, kind: str, runs: tuple[int | str, ...]
) -> None:
    template = described(call, parameters)
    assert wire(template).sites["app/M#N.job"].kind == kind
    assert attempts(wire, template, "M#N.job") == runs


def test_a_described_job_sends_what_its_role_allows(wire: Wire) -> None:
    parameters = {"RoleArn": "${role}", "Environment": {"QUEUE": "${queue}"}}
    template = described("sagemaker:createTrainingJob.sync", parameters)
    template["M"]["Properties"]["DefinitionSubstitutions"] = {"role": arn("Role"), "queue": ref("Queue")}
    wiring = wire(template | {"Queue": queue(), "Role": role(allow("sqs:SendMessage", on=arn("Queue")))})
    assert hop(wiring, "M#N.job", "Queue").evidence is Evidence.STRONG


@pytest.mark.parametrize(
    ("call", "job", "parameters"),
    [
        ("glue:startJobRun", glue(2), {"JobName": "etl"}),
        ("codebuild:startBuild", resource("CodeBuild::Project", Name="etl", AutoRetryLimit=2), {"ProjectName": "etl"}),
    ],
)
def test_whether_a_state_sees_a_run_fail_that_its_service_tries_again_is_not_settled(
    wire: Wire, call: str, job: Raw, parameters: Raw
) -> None:
    state = {"Resource": f"arn:aws:states:::{call}.sync", "Parameters": parameters, "Retry": retry(3)}
    found = analysed(wire, {"Job": job, "M": machine(state)})
    figures = (found.attempts.of("app/Job", "error").max, found.least("app/Job", "error").max)
    assert figures == (12, 3)
    alone = {"Resource": f"arn:aws:states:::{call}", "Parameters": parameters, "Retry": retry(3)}
    found = analysed(wire, {"Job": job, "M": machine(alone)})
    figures = (found.attempts.of("app/Job", "error").max, found.least("app/Job", "error").max)
    assert figures == (3, 3)


def test_an_express_service_reads_and_sends(wire: Wire) -> None:
    service = resource(
        "ECS::ExpressGatewayService",
        TaskRoleArn=arn("Role"),
        PrimaryContainer={"Image": "x", "Environment": [{"Name": "Q", "Value": ref("Queue")}]},
    )
    template = {"Dead": queue(), "Queue": queue(5), "Role": role(allow(*READS, on=arn("Queue"))), "Service": service}
    assert hop(wire(template), "Queue", "Service").evidence is Evidence.STRONG
    assert attempts(wire, template, "Service") == (5, 5, 5, 5)


def test_the_second_type_of_a_batch_job_definition_is_read_alike(wire: Wire) -> None:
    job = resource("GammaDilithium::JobDefinition", RetryStrategy={"Attempts": 4})
    state = {
        "Resource": "arn:aws:states:::batch:submitJob.sync",
        "Parameters": {"JobDefinition": "${j}", "JobQueue": "q", "JobName": "n"},
        "Retry": retry(2),
    }
    template = {"Job": job, "M": machine(state, DefinitionSubstitutions={"j": ref("Job")})}
    assert attempts(wire, template, "Job")[0] == 12


@pytest.mark.parametrize(
    ("policy", "reads"),
    [
        (allow("sqs:*", on="*"), True),
        (allow("*", on="*"), True),
        (allow("sqs:Receive*", on="arn:aws:sqs:*:*:*"), True),
        (allow("sqs:Send*", on="*"), False),
    ],
)
def test_a_wide_role_lets_a_container_read_what_its_environment_holds(wire: Wire, policy: Raw, reads: bool) -> None:
    found = hops(wire(wide(role(policy))), "Queue", "Task")
    assert [each.evidence for each in found] == ([Evidence.MEDIUM] if reads else [])


def wide(one: Raw, *, held: bool = True) -> dict[str, Raw]:
    environment = [{"Name": "QUEUE", "Value": ref("Queue")}] if held else []
    container = {"Name": "a", "Image": "x", "Environment": environment}
    task = resource("ECS::TaskDefinition", TaskRoleArn=arn("Role"), ContainerDefinitions=[container])
    service = resource("ECS::Service", TaskDefinition=ref("Task"))
    return {"Queue": queue(), "Role": one, "Task": task, "Service": service}


def test_a_managed_policy_does_too_and_an_environment_that_holds_nothing_does_not(wire: Wire) -> None:
    managed = resource("IAM::Role", ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonSQSFullAccess"])
    assert [each.evidence for each in hops(wire(wide(managed)), "Queue", "Task")] == [Evidence.MEDIUM]
    assert not hops(wire(wide(managed, held=False)), "Queue", "Task")
    denied = role(allow("sqs:*", on="*"))
    statements = denied["Properties"]["Policies"][0]["PolicyDocument"]
    statements["Statement"] = [*statements["Statement"], {"Effect": "Deny", "Action": "sqs:Receive*", "Resource": "*"}]
    assert not hops(wire(wide(denied)), "Queue", "Task")
