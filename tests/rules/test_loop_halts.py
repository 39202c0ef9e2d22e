"""How a loop is halted at once: in words, and by a command that can be pasted."""

from __future__ import annotations

from pathlib import Path

from seawall.rules import Severity

from .judging import body, found, judged, only, scenario
from .test_loop_stops import arn, bucket, finding, made, sender, worker, writer

RULE = "retry-loop"


def test_an_event_source_mapping_is_disabled_by_its_uuid() -> None:
    """The physical id of a mapping is its UUID; which stack it is in, a template does not say."""
    words, *commands = only(scenario("case-13-requeue"), RULE).stop_now.text.splitlines()
    assert words == (
        "disable the event source mapping TriggerFromQueue (case-13-requeue/Queue -> case-13-requeue/Trigger); "
        "messages wait in case-13-requeue/Queue, each until 4 days after it was sent (MessageRetentionPeriod, AWS's "
        "default): then it is deleted"
    )
    assert commands == [
        "# STACK: the name of the stack",
        "id=$(aws cloudformation describe-stack-resource --stack-name STACK \\",
        "  --logical-resource-id TriggerFromQueue --output text \\",
        "  --query StackResourceDetail.PhysicalResourceId)",
        "aws lambda update-event-source-mapping --uuid $id --no-enabled",
        "# once it is mended, to go on:",
        "aws lambda update-event-source-mapping --uuid $id --enabled",
    ]


def test_records_of_a_stream_wait_as_long_as_it_keeps_them(tmp_path: Path) -> None:
    """DynamoDB keeps a change for 24 hours."""
    stream = {"Fn::GetAtt": ["Table", "StreamArn"]}
    mapping = made("Lambda::EventSourceMapping", EventSourceArn=stream, FunctionName={"Ref": "Fn"})
    writes = sender("dynamodb:PutItem", arn("Table"), {"Ref": "Table"})
    words = finding(tmp_path, writes | {"Table": made("DynamoDB::Table"), "Map": mapping}).stop_now.do
    assert words.endswith("; records wait in app/Table, each until 1 day after it was written: then it is deleted")


def test_a_function_is_kept_from_running(tmp_path: Path) -> None:
    """Lambda tries an asynchronous event that is throttled again for 6 hours."""
    off = "aws lambda put-function-concurrency --function-name $id --reserved-concurrent-executions"
    words, *commands = finding(tmp_path, bucket() | writer()).stop_now.text.splitlines()
    assert words == (
        "set the reserved concurrency of app/Fn to 0, so that no run starts; events that come meanwhile wait for it, "
        "each for up to 6 h"
    )
    assert commands[-3] == f"{off} 0"
    assert commands[-1] == "aws lambda delete-function-concurrency --function-name $id"
    reserved = finding(tmp_path, bucket() | writer(ReservedConcurrentExecutions=7)).stop_now.commands
    assert reserved[-1] == f"{off} 7", "what was reserved is given back"


def test_a_role_alone_halts_nothing_in_production(tmp_path: Path) -> None:
    template = body("case-13-requeue")
    for name in ("Task", "Trigger"):
        template["Resources"][name]["Properties"].pop("Environment", None)
    loop = only(judged(tmp_path, template), RULE)
    assert (loop.severity, loop.stop_now.text) == (Severity.WARNING, "")
    itself = sender("lambda:InvokeFunction", arn("Fn"), arn("Fn"), RecursiveLoop="Allow")
    assert finding(tmp_path, itself).stop_now.do.startswith("set the reserved concurrency of app/Fn to 0")


def test_a_container_is_stopped_by_its_service(tmp_path: Path) -> None:
    resources = worker("sqs:*")
    subscription = {"Protocol": "sqs", "Endpoint": arn("Q")}
    resources["Topic"] = made("SNS::Topic", Subscription=[subscription])
    policies = resources["Role"]["Properties"]["Policies"]
    allowed = {"Effect": "Allow", "Action": "sns:Publish", "Resource": {"Ref": "Topic"}}
    policies.append({"PolicyName": "Publish", "PolicyDocument": {"Statement": allowed}})
    container = resources["Task"]["Properties"]["ContainerDefinitions"][0]
    container["Environment"].append({"Name": "TOPIC", "Value": {"Ref": "Topic"}})
    (loop,) = [each for each in found(judged(tmp_path, {"Resources": resources}), RULE) if each.site == "app/Topic"]
    assert loop.severity > Severity.NOTE
    assert loop.stop_now.text == "set the desired count of what runs app/Task to 0"


def test_a_machine_that_starts_itself_is_stopped_by_its_role(tmp_path: Path) -> None:
    itself = "arn:aws:states:${AWS::Region}:${AWS::AccountId}:stateMachine:again"
    parameters = {"StateMachineArn": {"Fn::Sub": itself}}
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution",
        "Parameters": parameters,
        "End": True,
    }
    definition = {"StartAt": "S", "States": {"S": start}}
    machine = made("StepFunctions::StateMachine", StateMachineName="again", Definition=definition)
    loop = finding(tmp_path, {"M": machine})
    assert loop.stop_now.do.startswith("deny the role of app/M what it calls")
