"""The reference app's templates hold the wiring on which the incident and its repair rest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from stacks.webhook_guarded import WebhookGuardedStack
from stacks.webhook_incident import WebhookIncidentStack
from stacks.webhook_routing import WEBHOOK_TYPES

ROOT = Path(__file__).parents[2]

LAMBDA_SERVICE_ERRORS = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]
HANDLERS = [f"{webhook_type.title()}Handler" for webhook_type in WEBHOOK_TYPES]


class Wiring:
    """A synthesized template, with its resources found by their construct's name."""

    def __init__(self, template: dict[str, Any]) -> None:
        self.template = template
        self.resources: dict[str, dict[str, Any]] = template["Resources"]

    def of_type(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """The properties of every resource of a type, by logical id."""
        return {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self.resources.items()
            if resource["Type"] == resource_type
        }

    def logical_id(self, name: str) -> str:
        """The logical id of the construct of this path in the stack."""
        matches = [
            logical_id
            for logical_id, resource in self.resources.items()
            if resource.get("Metadata", {}).get("aws:cdk:path", "").partition("/")[2] == f"{name}/Resource"
        ]
        assert len(matches) == 1, f"{name}: {matches}"
        return matches[0]

    def properties(self, name: str) -> dict[str, Any]:
        """The properties of that construct's resource."""
        properties: dict[str, Any] = self.resources[self.logical_id(name)]["Properties"]
        return properties

    def arn(self, name: str) -> dict[str, Any]:
        """How the template writes that resource's ARN."""
        return {"Fn::GetAtt": [self.logical_id(name), "Arn"]}

    def ref(self, name: str) -> dict[str, Any]:
        """How the template writes a reference to that resource."""
        return {"Ref": self.logical_id(name)}

    def definition(self) -> dict[str, Any]:
        """The only machine's definition, each reference in it replaced by the logical id it names."""
        (machine,) = self.of_type("AWS::StepFunctions::StateMachine").values()
        _, parts = machine["DefinitionString"]["Fn::Join"]
        definition: dict[str, Any] = json.loads("".join(map(_reference, parts)))
        return definition

    def states(self) -> dict[str, dict[str, Any]]:
        """The machine's states by name."""
        states: dict[str, dict[str, Any]] = self.definition()["States"]
        return states

    def actions_on(self, name: str, resource: dict[str, Any]) -> set[str]:
        """What a function's role may do to a resource."""
        role = self.properties(name)["Role"]["Fn::GetAtt"][0]
        return {
            action
            for policy in self.of_type("AWS::IAM::Policy").values()
            if {"Ref": role} in policy["Roles"]
            for statement in policy["PolicyDocument"]["Statement"]
            if resource in _as_list(statement["Resource"])
            for action in _as_list(statement["Action"])
        }


def _reference(part: str | dict[str, Any]) -> str:
    match part:
        case str():
            return part
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), str()]}:
            return name
        case _:
            raise AssertionError(f"unexpected in a definition: {part}")


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _synthesize(stack_type: type[cdk.Stack], outdir: Path) -> Wiring:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    # The CLI asks for construct paths in the template; in process we have to.
    context["aws:cdk:enable-path-metadata"] = True
    app = cdk.App(context=context, outdir=str(outdir))
    stack = stack_type(app, "Webhook")
    if stack_type is WebhookGuardedStack:
        # Under pytest, CDK raises from synth on any finding that nobody acknowledged.
        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks())
    return Wiring(app.synth().get_stack_by_name(stack.stack_name).template)


@pytest.fixture(scope="session")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Wiring:
    return _synthesize(WebhookIncidentStack, tmp_path_factory.mktemp("incident"))


@pytest.fixture(scope="session")
def guarded_outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guarded")


@pytest.fixture(scope="session")
def guarded(guarded_outdir: Path) -> Wiring:
    return _synthesize(WebhookGuardedStack, guarded_outdir)


class TestIncident:
    def test_the_source_queue_delays_and_redrives_after_five_receives(self, incident: Wiring) -> None:
        queue = incident.properties("SourceQueue")
        assert queue["DelaySeconds"] == 60
        assert queue["RedrivePolicy"] == {
            "deadLetterTargetArn": incident.arn("DeadLetterQueue"),
            "maxReceiveCount": 5,
        }

    def test_only_the_source_queue_redrives_and_all_are_fifo(self, incident: Wiring) -> None:
        queues = incident.of_type("AWS::SQS::Queue")
        assert len(queues) == 3
        assert all(queue["FifoQueue"] for queue in queues.values())
        assert [queue for queue in queues if "RedrivePolicy" in queues[queue]] == [incident.logical_id("SourceQueue")]

    def test_no_queue_drops_an_event_that_was_sent_before(self, incident: Wiring) -> None:
        for queue in incident.of_type("AWS::SQS::Queue").values():
            assert "ContentBasedDeduplication" not in queue

    def test_the_trigger_reads_both_queues_one_message_at_a_time(self, incident: Wiring) -> None:
        mappings = incident.of_type("AWS::Lambda::EventSourceMapping").values()
        assert [mapping["FunctionName"] for mapping in mappings] == [incident.ref("Trigger")] * 2
        assert [mapping["BatchSize"] for mapping in mappings] == [1, 1]
        sources = [mapping["EventSourceArn"] for mapping in mappings]
        assert sorted(map(str, sources)) == sorted(
            map(str, [incident.arn("SourceQueue"), incident.arn("DeadLetterQueue")])
        )

    def test_the_trigger_starts_the_machine_and_cannot_await_it(self, incident: Wiring) -> None:
        machine = incident.ref("Machine")
        trigger = incident.properties("Trigger")
        assert trigger["Environment"]["Variables"] == {"STATE_MACHINE_ARN": machine}
        assert incident.actions_on("Trigger", machine) == {"states:StartExecution"}

    def test_the_machine_is_standard(self, incident: Wiring) -> None:
        assert "StateMachineType" not in incident.properties("Machine")

    def test_every_function_task_retries_the_four_service_errors_and_nothing_else(self, incident: Wiring) -> None:
        tasks = _function_tasks(incident)
        assert len(tasks) == 1 + len(WEBHOOK_TYPES)
        for task in tasks.values():
            assert task["Retry"] == [
                {
                    "ErrorEquals": LAMBDA_SERVICE_ERRORS,
                    "IntervalSeconds": 1,
                    "MaxAttempts": 3,
                    "BackoffRate": 2,
                    "JitterStrategy": "FULL",
                }
            ]

    def test_no_state_catches(self, incident: Wiring) -> None:
        assert not [name for name, state in incident.states().items() if "Catch" in state]

    def test_each_type_goes_to_its_own_handler(self, incident: Wiring) -> None:
        _assert_routes(incident)

    def test_an_unknown_type_is_sent_to_the_dead_letter_queue(self, incident: Wiring) -> None:
        states = incident.states()
        default = states[states["WhichType"]["Default"]]
        assert default["Resource"].endswith(":states:::sqs:sendMessage")
        assert default["Parameters"]["QueueUrl"] == incident.logical_id("DeadLetterQueue")
        assert default["Parameters"]["MessageGroupId.$"] == "$.shop_id"

    @pytest.mark.parametrize("handler", HANDLERS)
    def test_a_handler_can_send_to_all_three_queues(self, incident: Wiring, handler: str) -> None:
        assert incident.properties(handler)["Environment"]["Variables"] == {
            "SOURCE_QUEUE_URL": incident.ref("SourceQueue"),
            "DEAD_LETTER_QUEUE_URL": incident.ref("DeadLetterQueue"),
            "LAST_QUEUE_URL": incident.ref("LastQueue"),
        }
        for queue in ("SourceQueue", "DeadLetterQueue", "LastQueue"):
            assert "sqs:SendMessage" in incident.actions_on(handler, incident.arn(queue))

    def test_every_handler_has_asynchronous_retries_set_to_zero(self, incident: Wiring) -> None:
        configs = incident.of_type("AWS::Lambda::EventInvokeConfig").values()
        assert sorted(config["FunctionName"]["Ref"] for config in configs) == sorted(map(incident.logical_id, HANDLERS))
        for config in configs:
            assert config["MaximumRetryAttempts"] == 0
            assert "DestinationConfig" not in config

    def test_nobody_is_told(self, incident: Wiring) -> None:
        assert not incident.of_type("AWS::CloudWatch::Alarm")


class TestGuarded:
    def test_the_queue_owns_five_tries(self, guarded: Wiring) -> None:
        assert guarded.properties("Webhooks/Queue")["RedrivePolicy"] == {
            "deadLetterTargetArn": guarded.arn("Webhooks/DeadLetterQueue"),
            "maxReceiveCount": 5,
        }

    def test_nothing_else_tries_again(self, guarded: Wiring) -> None:
        states = guarded.states()
        assert len(_function_tasks(guarded)) == 1 + len(WEBHOOK_TYPES)
        assert not [name for name, state in states.items() if "Retry" in state or "Catch" in state]
        assert not guarded.of_type("AWS::Lambda::EventSourceMapping")
        assert not guarded.of_type("AWS::Lambda::EventInvokeConfig")

    def test_the_queues_are_fifo_encrypted_and_there_are_two(self, guarded: Wiring) -> None:
        queues = guarded.of_type("AWS::SQS::Queue").values()
        assert len(queues) == 2
        for queue in queues:
            assert queue["FifoQueue"] is True
            assert queue["SqsManagedSseEnabled"] is True

    def test_dead_letters_are_kept_longer_than_the_source_keeps_messages(self, guarded: Wiring) -> None:
        kept = guarded.properties("Webhooks/DeadLetterQueue")["MessageRetentionPeriod"]
        assert kept > guarded.properties("Webhooks/Queue")["MessageRetentionPeriod"]

    def test_the_pipe_awaits_the_express_machine_one_message_at_a_time(self, guarded: Wiring) -> None:
        pipe = guarded.properties("Webhooks/Pipe")
        assert pipe["Source"] == guarded.arn("Webhooks/Queue")
        assert pipe["SourceParameters"] == {"SqsQueueParameters": {"BatchSize": 1}}
        assert pipe["Target"] == guarded.ref("Webhooks/Machine")
        assert pipe["TargetParameters"] == {
            "StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}
        }
        assert guarded.properties("Webhooks/Machine")["StateMachineType"] == "EXPRESS"

    def test_the_machine_reads_the_one_message_of_the_pipes_list(self, guarded: Wiring) -> None:
        definition = guarded.definition()
        assert definition["StartAt"] == "Decode"
        assert definition["States"]["Decode"]["Parameters"]["Payload.$"] == "$[0]"

    def test_a_request_becomes_a_message_of_its_shop_with_its_signature(self, guarded: Wiring) -> None:
        (integration,) = guarded.of_type("AWS::ApiGatewayV2::Integration").values()
        assert integration["IntegrationSubtype"] == "SQS-SendMessage"
        parameters = integration["RequestParameters"]
        assert parameters["QueueUrl"] == guarded.ref("Webhooks/Queue")
        assert parameters["MessageBody"] == "$request.body"
        assert parameters["MessageGroupId"] == "$request.path.shop"
        # A webhook that is sent again is another request, so the queue takes it.
        assert parameters["MessageDeduplicationId"] == "$context.requestId"
        assert json.loads(parameters["MessageAttributes"]) == {
            "x-webhook-signature": {"DataType": "String", "StringValue": "${request.header.x-webhook-signature}"}
        }

    def test_visibility_outlasts_the_work_and_the_pipe(self, guarded: Wiring) -> None:
        visibility = guarded.properties("Webhooks/Queue")["VisibilityTimeout"]
        machine = guarded.definition()["TimeoutSeconds"]
        decode = guarded.properties("Decoder")["Timeout"]
        handler = max(guarded.properties(handler)["Timeout"] for handler in HANDLERS)
        assert decode + handler < machine
        assert visibility == 6 * machine  # for which a pipe waits no longer
        assert 5 * visibility <= 15 * 60  # so that a shop waits a quarter of an hour at worst

    def test_each_type_goes_to_its_own_handler(self, guarded: Wiring) -> None:
        _assert_routes(guarded)

    def test_an_unknown_type_fails(self, guarded: Wiring) -> None:
        states = guarded.states()
        assert states[states["WhichType"]["Default"]]["Type"] == "Fail"

    def test_one_dead_letter_alarms_somebody(self, guarded: Wiring) -> None:
        alarm = guarded.properties("Webhooks/Alarms/DeadLetters")
        assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        assert alarm["Dimensions"] == [
            {
                "Name": "QueueName",
                "Value": {"Fn::GetAtt": [guarded.logical_id("Webhooks/DeadLetterQueue"), "QueueName"]},
            }
        ]
        assert (alarm["Threshold"], alarm["ComparisonOperator"], alarm["EvaluationPeriods"]) == (
            1,
            "GreaterThanOrEqualToThreshold",
            1,
        )
        (topic,) = guarded.of_type("AWS::SNS::Topic")
        assert alarm["AlarmActions"] == [{"Ref": topic}]

    @pytest.mark.parametrize("function", ["Decoder", *HANDLERS])
    def test_a_function_can_be_followed(self, guarded: Wiring, function: str) -> None:
        properties = guarded.properties(function)
        assert properties["TracingConfig"] == {"Mode": "Active"}
        assert properties["LoggingConfig"]["LogFormat"] == "JSON"
        assert "Environment" not in properties

    def test_logs_expire(self, guarded: Wiring) -> None:
        log_groups = guarded.of_type("AWS::Logs::LogGroup").values()
        assert len(log_groups) == 1 + len(HANDLERS) + 3  # of the functions; of the machine, the pipe and the API
        assert all(log_group["RetentionInDays"] == 30 for log_group in log_groups)

    @pytest.mark.usefixtures("guarded")
    def test_cdk_nag_finds_nothing_but_what_is_acknowledged(self, guarded_outdir: Path) -> None:
        report = json.loads((guarded_outdir / "validation-report.json").read_text())
        by_plugin = {plugin["pluginName"]: plugin for plugin in report["pluginReports"]}
        assert set(by_plugin) == {"AwsSolutions", "Serverless"}
        assert not any(plugin["violations"] for plugin in by_plugin.values())
        assert {
            acknowledged["ruleName"] for plugin in by_plugin.values() for acknowledged in plugin["suppressedViolations"]
        } == {
            "AwsSolutions-APIG4",
            "AwsSolutions-IAM5[Resource::*]",
            "Serverless-LambdaDLQ",
            "Serverless-SQSRedrivePolicy",
        }


class TestScenario:
    """Context chooses the stacks, which `tests/cdk/test_guards_synth.py` shows through the real CLI."""

    def run_app(self, context: dict[str, str], tmp_path: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "app.py"],
            cwd=ROOT,
            env={
                **os.environ,
                "CDK_CONTEXT_JSON": json.dumps(context),
                "CDK_OUTDIR": str(tmp_path / "cdk.out"),
                "CDK_VALIDATION": "false",  # CDK's own template checks: the fixtures ran them
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def test_an_unknown_scenario_is_named_beside_the_valid_ones(self, tmp_path: Path) -> None:
        run = self.run_app({"scenario": "nope"}, tmp_path)
        assert run.returncode == 1
        assert "Unknown scenario 'nope'. Valid scenarios: guarded, incident." in run.stderr
        assert "Traceback" not in run.stderr


def _function_tasks(wiring: Wiring) -> dict[str, dict[str, Any]]:
    return {
        name: state
        for name, state in wiring.states().items()
        if state.get("Resource", "").endswith(":states:::lambda:invoke")
    }


def _assert_routes(wiring: Wiring) -> None:
    states = wiring.states()
    routes = {
        choice["StringEquals"]: states[choice["Next"]]["Parameters"]["FunctionName"]
        for choice in states["WhichType"]["Choices"]
        if choice["Variable"] == "$.webhook_type"
    }
    assert routes == {
        webhook_type: wiring.logical_id(handler) for webhook_type, handler in zip(WEBHOOK_TYPES, HANDLERS, strict=True)
    }
