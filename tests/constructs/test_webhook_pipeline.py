"""What a pipeline is made of, read from the templates."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_sns as sns
import aws_cdk.aws_sqs as sqs
import pytest

from seawall.constructs import WebhookPipeline, invoke
from tests.constructs.conftest import SHOP, Template, at, definition, function, of_type


def only(template: Template, kind: str) -> dict[str, Any]:
    (found,) = of_type(template, kind)
    return found


class TestQueue:
    def test_it_hides_messages_for_six_timeouts_and_delivers_them_five_times(
        self, templates: dict[str, Template]
    ) -> None:
        queue = at(templates["Function"], "Hooks/Queue")
        assert queue["VisibilityTimeout"] == 180  # 6 x 30 s
        assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
        assert "FifoQueue" not in queue

    def test_dead_letters_outlive_messages(self, templates: dict[str, Template]) -> None:
        queue, dead = at(templates["Function"], "Hooks/Queue"), at(templates["Function"], "Hooks/DeadLetterQueue")
        assert (queue["MessageRetentionPeriod"], dead["MessageRetentionPeriod"]) == (345_600, 1_209_600)

    def test_both_are_encrypted_and_refuse_plain_http(self, templates: dict[str, Template]) -> None:
        template = templates["Function"]
        assert all(queue["SqsManagedSseEnabled"] for queue in of_type(template, "SQS::Queue"))
        denied = [
            statement
            for policy in of_type(template, "SQS::QueuePolicy")
            for statement in policy["PolicyDocument"]["Statement"]
        ]
        assert [one["Condition"] for one in denied] == [{"Bool": {"aws:SecureTransport": "false"}}] * 2

    def test_a_tenant_makes_both_fifo_without_a_look_at_bodies(self, templates: dict[str, Template]) -> None:
        for queue in of_type(templates["Groups"], "SQS::Queue"):
            assert queue["FifoQueue"] is True
            assert "ContentBasedDeduplication" not in queue
        queue = at(templates["Groups"], "Hooks/Queue")
        assert (queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")

    def test_an_execution_that_is_only_started_hides_a_message_for_less(self, templates: dict[str, Template]) -> None:
        assert at(templates["Standard"], "Hooks/Queue")["VisibilityTimeout"] == 30  # 6 x 5 s
        assert at(templates["Awaited"], "Hooks/Queue")["VisibilityTimeout"] == 180  # 6 x 30 s


class TestDoor:
    def test_a_request_becomes_a_message_with_its_signature(self, templates: dict[str, Template]) -> None:
        parameters = only(templates["Function"], "ApiGatewayV2::Integration")["RequestParameters"]
        assert set(parameters) == {"QueueUrl", "MessageBody", "MessageAttributes"}
        assert parameters["MessageBody"] == "$request.body"
        assert json.loads(parameters["MessageAttributes"]) == {
            "x-signature": {"DataType": "String", "StringValue": "${request.header.x-signature}"}
        }

    def test_each_request_is_a_message_of_its_own_in_its_tenants_group(self, templates: dict[str, Template]) -> None:
        parameters = only(templates["Groups"], "ApiGatewayV2::Integration")["RequestParameters"]
        assert parameters["MessageGroupId"] == "$request.path.shop"
        assert parameters["MessageDeduplicationId"] == "$context.requestId"
        assert set(json.loads(parameters["MessageAttributes"])) == {"x-signature", "x-topic"}

    def test_it_is_throttled_and_logged(self, templates: dict[str, Template]) -> None:
        stage = only(templates["Function"], "ApiGatewayV2::Stage")
        assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200}
        assert json.loads(stage["AccessLogSettings"]["Format"])["requestId"] == "$context.requestId"

    def test_it_may_send_to_the_queue_and_nothing_else(self, templates: dict[str, Template]) -> None:
        resources = templates["Function"]["Resources"]
        role = only(templates["Function"], "ApiGatewayV2::Integration")["CredentialsArn"]["Fn::GetAtt"][0]
        statements = [
            statement
            for one in resources.values()
            if one["Type"] == "AWS::IAM::Policy" and one["Properties"]["Roles"] == [{"Ref": role}]
            for statement in one["Properties"]["PolicyDocument"]["Statement"]
        ]
        (statement,) = statements
        assert statement["Action"] == "sqs:SendMessage"
        assert statement["Resource"]["Fn::GetAtt"][0].startswith("HooksQueue")

    def test_there_is_none_in_front_of_a_queue_that_is_there(self, templates: dict[str, Template]) -> None:
        assert of_type(templates["Taken"], "ApiGatewayV2::Api") == []


class TestFunction:
    def test_its_concurrency_is_capped_where_messages_are_received(self, templates: dict[str, Template]) -> None:
        mapping = only(templates["Function"], "Lambda::EventSourceMapping")
        assert mapping["ScalingConfig"] == {"MaximumConcurrency": 10}
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["BatchSize"] == 1
        (worker,) = of_type(templates["Function"], "Lambda::Function")
        assert "ReservedConcurrentExecutions" not in worker

    def test_seawall_is_told_that_it_may_give_up(self, templates: dict[str, Template]) -> None:
        (worker,) = [
            one for one in templates["Function"]["Resources"].values() if one["Type"] == "AWS::Lambda::Function"
        ]
        (dead,) = [name for name in templates["Function"]["Resources"] if name.startswith("HooksDeadLetterQueue")][:1]
        assert worker["Metadata"]["seawall"] == {"sends_to": [{"to": dead, "when": "failure"}]}
        assert worker["Properties"]["Environment"]["Variables"] == {"DEAD_LETTER_QUEUE_URL": {"Ref": dead}}


class TestMachine:
    def test_an_express_machine_is_awaited_and_does_not_retry(self, templates: dict[str, Template]) -> None:
        template = templates["Awaited"]
        pipe = only(template, "Pipes::Pipe")
        assert pipe["TargetParameters"]["StepFunctionStateMachineParameters"]["InvocationType"] == "REQUEST_RESPONSE"
        assert pipe["SourceParameters"]["SqsQueueParameters"] == {"BatchSize": 1}
        assert only(template, "StepFunctions::StateMachine")["StateMachineType"] == "EXPRESS"
        read = definition(template)
        assert read["TimeoutSeconds"] == 30
        assert not any("Retry" in state or "Catch" in state for state in read["States"].values())

    def test_a_standard_machine_sends_what_fails_to_the_dead_letter_queue(self, templates: dict[str, Template]) -> None:
        template = templates["Standard"]
        pipe = only(template, "Pipes::Pipe")
        assert pipe["TargetParameters"]["StepFunctionStateMachineParameters"]["InvocationType"] == "FIRE_AND_FORGET"
        states = definition(template)["States"]
        catch = {"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "SendToDeadLetterQueue"}
        assert states["Work"]["Catch"] == [catch]
        charge = states["Work"]["Branches"][0]["States"]["Charge"]
        assert charge["Retry"] == [
            {
                "ErrorEquals": ["States.ALL"],
                "IntervalSeconds": 2,
                "MaxAttempts": 3,
                "BackoffRate": 2,
                "MaxDelaySeconds": 60,
                "JitterStrategy": "FULL",
            }
        ]
        assert states["SendToDeadLetterQueue"]["Parameters"] == {
            "QueueUrl": "ref",
            "MessageBody.$": "$[0].body",
            "MessageAttributes": {
                "x-signature": {
                    "DataType": "String",
                    "StringValue.$": "$[0].messageAttributes['x-signature'].stringValue",
                }
            },
            "MessageGroupId.$": "$[0].attributes.MessageGroupId",
            "MessageDeduplicationId.$": "$$.Execution.Name",
        }
        assert states["SendToDeadLetterQueue"]["Retry"][0]["MaxAttempts"] == 4

    def test_where_somebody_waits_a_dead_letter_is_sent_once(self, templates: dict[str, Template]) -> None:
        states = definition(templates["ExpressOwner"])["States"]
        assert "Retry" not in states["SendToDeadLetterQueue"]

    def test_it_may_call_its_functions_as_they_are_and_no_versions(self, templates: dict[str, Template]) -> None:
        allowed = [
            statement["Resource"]
            for policy in of_type(templates["Awaited"], "IAM::Policy")
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Action"] == "lambda:InvokeFunction"
        ]
        (functions,) = allowed
        assert [list(one) for one in functions] == [["Fn::GetAtt"], ["Fn::GetAtt"]]


class TestAlarms:
    @pytest.mark.parametrize(
        ("form", "names"),
        [
            ("Function", {"DeadLetters", "OldestMessage", "Recursion"}),
            ("Awaited", {"DeadLetters", "OldestMessage", "FailedExecutions"}),
        ],
    )
    def test_each_tells_the_topic(self, templates: dict[str, Template], form: str, names: set[str]) -> None:
        template = templates[form]
        (topic,) = (name for name, one in template["Resources"].items() if one["Type"] == "AWS::SNS::Topic")
        alarms = {name: at(template, f"Hooks/Alarms/{name}") for name in names}
        assert len(of_type(template, "CloudWatch::Alarm")) == len(names)
        assert all(alarm["AlarmActions"] == [{"Ref": topic}] for alarm in alarms.values())
        assert alarms["DeadLetters"]["MetricName"] == "ApproximateNumberOfMessagesVisible"
        assert alarms["OldestMessage"]["Threshold"] == 900  # 5 x 180 s

    def test_a_dead_letter_comes_with_what_to_do(self, templates: dict[str, Template]) -> None:
        alarm = at(templates["Function"], "Hooks/Alarms/DeadLetters")
        text = "".join(part if isinstance(part, str) else "?" for part in alarm["AlarmDescription"]["Fn::Join"][1])
        assert "aws sqs start-message-move-task --source-arn ? --destination-arn ? " in text
        assert len(text) < 600  # of 1,024: names and ARNs take the rest

    def test_a_stopped_loop_is_an_alarm(self, templates: dict[str, Template]) -> None:
        alarm = at(templates["Function"], "Hooks/Alarms/Recursion")
        assert (alarm["Namespace"], alarm["MetricName"], alarm["Threshold"]) == (
            "AWS/Lambda",
            "RecursiveInvocationsDropped",
            1,
        )

    def test_executions_may_fail_as_often_as_the_queue_tries(self, templates: dict[str, Template]) -> None:
        assert at(templates["Awaited"], "Hooks/Alarms/FailedExecutions")["Threshold"] == 6
        assert at(templates["Standard"], "Hooks/Alarms/FailedExecutions")["Threshold"] == 1


def test_logs_expire(templates: dict[str, Template]) -> None:
    for template in templates.values():
        assert {group["RetentionInDays"] for group in of_type(template, "Logs::LogGroup")} == {30}


def test_everything_inside_can_be_reached(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "People")
    worker = function(stack)
    hooks = WebhookPipeline(
        stack, "Hooks", function=worker, signature_header="X-S", tenant=SHOP, path="/{shop}", alarm_topic=topic
    )
    assert isinstance(hooks.queue, sqs.Queue)
    assert isinstance(hooks.dead_letter_queue, sqs.Queue)
    assert isinstance(hooks.mapping, lambda_.EventSourceMapping)
    assert hooks.door is not None
    assert hooks.door.api.api_id
    assert hooks.alarms.topic is topic
    assert (hooks.machine, hooks.pipe) == (None, None)
    machine = WebhookPipeline(stack, "Machine", definition=invoke(stack, "Charge", worker), signature_header="X-S")
    assert machine.machine is not None
    assert machine.pipe is not None
    assert machine.mapping is None


def test_an_imported_queue_is_taken_as_its_author_says(stack: cdk.Stack) -> None:
    queue = sqs.Queue.from_queue_arn(stack, "Queue", "arn:aws:sqs:eu-west-1:123456789012:hooks")
    dead = sqs.Queue.from_queue_arn(stack, "Dead", "arn:aws:sqs:eu-west-1:123456789012:dead")
    hooks = WebhookPipeline(
        stack, "Hooks", function=function(stack), queue=queue, dead_letter_queue=dead, max_receive_count=7
    )
    assert hooks.worst_case == 7
