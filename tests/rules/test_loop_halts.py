"""How a loop is halted at once: in words, and by a command that can be pasted."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from seawall.engine import report_of
from seawall.rules import Severity
from seawall.template import load

from .judging import Raw, body, found, judged, only, scenario
from .test_loop_filters import ring, told_by_rule
from .test_loop_stops import arn, bucket, finding, made, sender, worker, writer

RULE = "retry-loop"


def test_an_event_source_mapping_is_disabled_by_its_uuid() -> None:
    """The physical id of a mapping is its UUID; which stack it is in, a template does not say."""
    stop = only(scenario("case-13-requeue"), RULE).stop_now
    queue = "case-13-requeue/Queue"
    assert stop.do == f"you see it where NumberOfMessagesSent of {queue} is above zero although nothing new comes in"
    assert [step.do for step in stop.steps] == [
        (
            f"disable the event source mapping from {queue} to case-13-requeue/Trigger: messages then wait in {queue}, "
            "and are deleted 4 days after they were sent (MessageRetentionPeriod, AWS's default). Runs under way "
            "go on, and may still send"
        ),
        (f"once it is fixed, before you go on: all copies that wait in {queue} would run then. See how many there are"),
        (
            f"if they are not to run: delete all messages of {queue}, good ones too (or move them to another queue by "
            "hand)"
        ),
        "once it is fixed: switch it on again",
    ]
    assert [step.commands for step in stop.steps] == [
        (
            "stack=YOUR_STACK_NAME",
            "id=$(aws cloudformation describe-stack-resource --stack-name $stack \\",
            "  --logical-resource-id TriggerFromQueue --output text \\",
            "  --query StackResourceDetail.PhysicalResourceId)",
            "aws lambda update-event-source-mapping --uuid $id --no-enabled",
        ),
        (
            "queue=$(aws cloudformation describe-stack-resource --stack-name $stack \\",
            "  --logical-resource-id Queue --output text \\",
            "  --query StackResourceDetail.PhysicalResourceId)",
            "aws sqs get-queue-attributes --queue-url $queue --attribute-names ApproximateNumberOfMessages",
        ),
        ("aws sqs purge-queue --queue-url $queue",),
        ("aws lambda update-event-source-mapping --uuid $id --enabled",),
    ]


def test_records_of_a_stream_wait_as_long_as_it_keeps_them(tmp_path: Path) -> None:
    """DynamoDB keeps a change for 24 hours."""
    stream = {"Fn::GetAtt": ["Table", "StreamArn"]}
    mapping = made("Lambda::EventSourceMapping", EventSourceArn=stream, FunctionName={"Ref": "Fn"})
    writes = sender("dynamodb:PutItem", arn("Table"), {"Ref": "Table"})
    words = finding(tmp_path, writes | {"Table": made("DynamoDB::Table"), "Map": mapping}).stop_now.steps[0].do
    waits = "records then wait in app/Table, and are deleted 1 day after they were written (AWS's fixed limit)"
    assert f": {waits}. " in words


def test_a_function_is_kept_from_running(tmp_path: Path) -> None:
    """With a reserved concurrency of 0, Lambda keeps no asynchronous event: nothing receives what it gives up on."""
    off = "aws lambda put-function-concurrency --function-name $id --reserved-concurrent-executions"
    first, last = finding(tmp_path, bucket() | writer()).stop_now.steps
    assert first.do == (
        "set the reserved concurrency of app/Fn to 0: no run starts then, and events that come in meanwhile are lost"
    )
    assert last.do == "once it is fixed: take the limit away again"
    assert first.commands[-1] == f"{off} 0"
    assert last.commands == ("aws lambda delete-function-concurrency --function-name $id",)
    reserved = finding(tmp_path, bucket() | writer(ReservedConcurrentExecutions=7)).stop_now.steps
    assert reserved[-1].commands == (f"{off} 7",), "what was reserved is given back"


def destinations(name: str, **ends: Raw) -> Raw:
    config = {each: {"Destination": end} for each, end in ends.items()}
    return made("Lambda::EventInvokeConfig", FunctionName={"Ref": name}, Qualifier="$LATEST", DestinationConfig=config)


def test_events_of_a_halted_function_go_straight_to_where_its_failures_go(tmp_path: Path) -> None:
    resources = bucket() | writer() | {"Dead": made("SQS::Queue"), "Ends": destinations("Fn", OnFailure=arn("Dead"))}
    assert finding(tmp_path, resources).stop_now.steps[0].do == (
        "set the reserved concurrency of app/Fn to 0: no run starts then, and new events go straight to app/Dead, "
        "without retries"
    )


def test_a_name_with_braces_is_said_as_it_is(tmp_path: Path) -> None:
    """A queue of another app has the name that the template gives, in which nothing is known of the Region."""
    dead = "arn:aws:sqs:${AWS::Region}:123456789012:dead"
    resources = bucket() | writer() | {"Ends": destinations("Fn", OnFailure={"Fn::Sub": dead})}
    assert finding(tmp_path, resources).stop_now.steps[0].do == (
        "set the reserved concurrency of app/Fn to 0: no run starts then, and new events go straight to "
        f"external:{dead}, without retries"
    )


def test_a_function_whose_failures_go_round_is_not_halted_by_its_concurrency(tmp_path: Path) -> None:
    """Topic -> Fn -> on-failure destination -> Topic: without a run, Lambda sends each event there at once."""
    topic = made("SNS::Topic", Subscription=[{"Protocol": "lambda", "Endpoint": arn("Fn")}])
    resources = sender("sns:Publish", {"Ref": "Topic"}, {"Ref": "Topic"}) | {"Topic": topic}
    resources["Ends"] = destinations("Fn", OnFailure={"Ref": "Topic"})
    look, off, on = finding(tmp_path, resources).stop_now.steps
    assert look.do == "look for the SubscriptionArn of app/Fn to app/Topic"
    assert look.commands[-1] == "aws sns list-subscriptions-by-topic --topic-arn $id"
    assert off.do == (
        "take the subscription of app/Fn to app/Topic away, and keep what this prints: what it would pass on meanwhile "
        "is lost"
    )
    assert (off.commands[0], off.commands[-1]) == (
        "subscription=THE_SUBSCRIPTION_ARN",
        "aws sns unsubscribe --subscription-arn $subscription",
    )
    assert on.do == "once it is fixed: subscribe it again, with what else the first command of the step before printed"


def test_a_destination_is_taken_away_and_given_back(tmp_path: Path) -> None:
    """A configuration is replaced by one without it, of which all else stays: what is left out of a put is removed."""
    failing = ring() | {name: destinations(name[:3], OnFailure=arn(to)) for name, to in _RING}
    for each in ("OneConfig", "TwoConfig"):
        failing[each]["Properties"] |= {"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 600}
    off, on = finding(tmp_path, failing).stop_now.steps
    assert off.commands[-3:] == (
        "ends=$(aws lambda get-function-event-invoke-config --function-name $id \\",
        "  --query DestinationConfig --output json) && echo $ends",
        (
            "aws lambda put-function-event-invoke-config --function-name $id --maximum-retry-attempts 1 "
            "--maximum-event-age-in-seconds 600"
        ),
    )
    assert on.commands == (
        'aws lambda update-function-event-invoke-config --function-name $id --destination-config "$ends"',
    )


def test_a_bucket_whose_reader_fails_into_it_notifies_nobody(tmp_path: Path) -> None:
    """Lambda writes what failed into the bucket, without a run too. What was set is kept, once."""
    resources = bucket() | writer() | {"Ends": destinations("Fn", OnFailure=arn("Bucket"))}
    off, on = finding(tmp_path, resources).stop_now.steps
    assert off.do == "turn all notifications of app/Bucket off: what they would pass on meanwhile is lost"
    assert off.commands[-2:] == (
        "[ -e $id.json ] || aws s3api get-bucket-notification-configuration --bucket $id > $id.json",
        "aws s3api put-bucket-notification-configuration --bucket $id --notification-configuration '{}'",
    )
    assert on.do == "once it is fixed: turn them on again, as the first step has kept them in a file"


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_commands_can_be_pasted(tmp_path: Path, shell: str) -> None:
    """Into zsh as well, which takes no comments where one types."""
    from seawall.rules import loop_commands

    switches = [each for each in vars(loop_commands).values() if isinstance(each, loop_commands.LoopStop)]
    assert len(switches) == 10
    for switch in switches:
        lines = (*switch.looks, *switch.off, *switch.on)
        assert not [line for line in lines if line.startswith("#") or " #" in line]
        told = subprocess.run([shell, "-n"], input="\n".join(lines), capture_output=True, text=True, timeout=10)
        assert (told.returncode, told.stderr) == (0, "")


def test_functions_in_a_ring_of_destinations_are_behind_its_queues(tmp_path: Path) -> None:
    """A function that does not run ends nothing well, so that its on-success destination gets nothing."""
    (first, _) = finding(tmp_path, ring()).stop_now.steps
    assert first.do == (
        "set the reserved concurrency of app/One to 0: no run starts then, and events that come in meanwhile are lost"
    )
    failing = ring() | {name: destinations(name[:3], OnFailure=arn(to)) for name, to in _RING}
    off, on = finding(tmp_path, failing).stop_now.steps
    assert off.do == "take app/Two away as the place for what fails in app/One: that is lost meanwhile"
    assert on.do == "once it is fixed: set it again"
    for each in ("One", "Two"):  # an id of the CDK may have braces
        failing[each]["Metadata"] = {"aws:cdk:path": f"app/{each}-{{stage}}/Resource"}
    off, _ = finding(tmp_path, failing).stop_now.steps
    assert off.do == "take app/Two-{stage} away as the place for what fails in app/One-{stage}: that is lost meanwhile"


def test_where_ways_round_part_each_of_their_functions_is_halted(tmp_path: Path) -> None:
    """A topic starts two functions that both publish to it: without one of them the other goes on."""
    resources = sender("sns:Publish", {"Ref": "Topic"}, {"Ref": "Topic"})
    resources["Gn"] = resources["Fn"]
    called = [{"Protocol": "lambda", "Endpoint": arn(each)} for each in ("Fn", "Gn")]
    resources["Topic"] = made("SNS::Topic", Subscription=called)
    steps = finding(tmp_path, resources).stop_now.steps
    words = (
        "set the reserved concurrency of app/{} to 0: no run starts then, and events that come in meanwhile are lost"
    )
    assert [step.do for step in steps] == [
        words.format("Fn"),
        words.format("Gn"),
        "once it is fixed, app/Fn: take the limit away again",
        "once it is fixed, app/Gn: take the limit away again",
    ]
    for step, name in zip(steps, ("Fn", "Gn", "Fn", "Gn"), strict=True):
        assert f"--logical-resource-id {name} " in "".join(step.commands), "each looks its own name up"


_RING = (("OneConfig", "Two"), ("TwoConfig", "One"))


def test_a_role_alone_halts_nothing_in_production(tmp_path: Path) -> None:
    template = body("case-13-requeue")
    for name in ("Task", "Trigger"):
        template["Resources"][name]["Properties"].pop("Environment", None)
    loop = only(judged(tmp_path, template), RULE)
    assert (loop.severity, loop.stop_now.text) == (Severity.WARNING, "")
    itself = sender("lambda:InvokeFunction", arn("Fn"), arn("Fn"), RecursiveLoop="Allow")
    assert finding(tmp_path, itself).stop_now.steps[0].do.startswith("set the reserved concurrency of app/Fn to 0")


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
    assert [step.do for step in loop.stop_now.steps] == [
        "set the desired count of the service that runs app/Task to 0",
        "once it is fixed: set the count back",
    ]


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
    assert loop.stop_now.steps[0].do.startswith("deny the role of app/M all that it calls")


def test_a_delay_takes_nothing_from_the_time_that_messages_are_kept(tmp_path: Path) -> None:
    """4 days from the send, whatever the queue hides a message for at first."""
    template = body("case-13-requeue")
    queue = template["Resources"]["Queue"]["Properties"]
    queue |= {"FifoQueue": True, "DelaySeconds": 900}
    template["Resources"]["DeadLetters"]["Properties"]["FifoQueue"] = True
    words = only(judged(tmp_path, template), RULE).stop_now.steps[0].do
    assert "and are deleted 4 days after they were sent (MessageRetentionPeriod, AWS's default)" in words


_NAMED_BUS = "--name $rule --event-bus-name $bus"


@pytest.mark.parametrize(
    ("bus", "which"), [({}, "--name $id"), ({"EventBusName": "default"}, _NAMED_BUS)], ids=["no bus", "named"]
)
def test_a_rule_is_disabled_by_its_name_and_bus(tmp_path: Path, bus: Raw, which: str) -> None:
    """Where it names its bus, its physical id is `bus|rule`."""
    resources = told_by_rule() | writer()
    resources["Rule"]["Properties"] |= bus
    off, on = finding(tmp_path, resources).stop_now.steps
    assert off.do == "disable the rule app/Rule: what it would pass on meanwhile is lost"
    assert off.commands[-1] == f"aws events disable-rule {which}"
    assert any(line.startswith("bus=${id%") for line in off.commands) == bool(bus)
    assert (on.do, on.commands) == ("once it is fixed: switch it on again", (f"aws events enable-rule {which}",))


def test_dead_letters_are_kept_from_their_first_send_on_as_long_as_their_queue_says() -> None:
    """Not only for what the first queue leaves of that time."""
    report = report_of(load([Path(__file__).parents[1] / "remedies" / "apps" / "dead-letters-sent-back.yaml"]))
    (stop,) = [each.stop_now for each in report.findings if each.rule == RULE and each.stop_now.steps]
    assert "and are deleted 4 days after they were sent (MessageRetentionPeriod, AWS's default)" in stop.steps[0].do
