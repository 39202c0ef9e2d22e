"""One account of an emulator, from end to end: stacks, what differs from them, and what stands in none."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seawall.audit.errors import AuditError
from seawall.audit.journal import NAME
from seawall.audit.reading import AwsAccount
from seawall.audit.taking import take, whoami
from seawall.audit.writing import prepared, write
from seawall.engine import check
from seawall.graph import FailureClass
from seawall.replay import MiniStack

REGION = "us-east-1"
SECRET = "Zq9-hunter2-Zq9"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def fn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


TEMPLATE = {
    "Parameters": {"Word": {"Type": "String", "NoEcho": True}, "Receives": {"Type": "Number", "Default": 2}},
    "Resources": {
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1209600}},
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Metadata": {"aws:cdk:path": "Orders/Queue/Resource"},
            "Properties": {
                "VisibilityTimeout": 180,
                "RedrivePolicy": {"deadLetterTargetArn": fn("Dead"), "maxReceiveCount": {"Ref": "Receives"}},
            },
        },
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
                "Policies": [
                    {
                        "PolicyName": "own",
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [{"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": fn("Queue")}],
                        },
                    }
                ],
            },
        },
        "Fn": {
            "Type": "AWS::Lambda::Function",
            "Metadata": {"aws:cdk:path": "Orders/Fn/Resource"},
            "Properties": {
                "Handler": "index.handler",
                "Runtime": "python3.13",
                "Timeout": 30,
                "Role": fn("Role"),
                "Code": {"ZipFile": f"PASSWORD = '{SECRET}'"},
                "Environment": {"Variables": {"QUEUE": {"Ref": "Queue"}, "WORD": {"Ref": "Word"}, "KEY": SECRET}},
            },
        },
        "Map": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"BatchSize": 1, "EventSourceArn": fn("Queue"), "FunctionName": {"Ref": "Fn"}},
        },
    },
}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsAccount]:
    """A stack, drift in it, and things that somebody made by hand."""
    with MiniStack(tmp_path_factory.mktemp("emulator")) as running:
        _deploy(running.client)
        yield AwsAccount(running.client)


def _deploy(client: Callable[[str], Any]) -> None:
    parameters = [{"ParameterKey": "Word", "ParameterValue": SECRET}]
    client("cloudformation").create_stack(StackName="Orders", TemplateBody=json.dumps(TEMPLATE), Parameters=parameters)
    sqs, functions, iam = client("sqs"), client("lambda"), client("iam")
    urls = sqs.list_queues()["QueueUrls"]
    queue = next(url for url in urls if "Queue" in url.rpartition("/")[2])
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    redrive = {**json.loads(attributes["RedrivePolicy"]), "maxReceiveCount": 40}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": json.dumps(redrive)})
    sqs.create_queue(QueueName="by-hand")
    role = iam.create_role(RoleName="by-hand", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    own = iam.create_policy(PolicyName="ours", PolicyDocument=_allows("states:StartExecution"))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="by-hand", PolicyArn=own)
    iam.put_role_policy(RoleName="by-hand", PolicyName="inline", PolicyDocument=_allows("sqs:SendMessage"))
    url = sqs.get_queue_url(QueueName="by-hand")["QueueUrl"]
    on_aws = f"https://sqs.{REGION}.amazonaws.com/000000000000/by-hand"
    environment = {"Variables": {"NEXT": on_aws, "API_KEY": SECRET, "LEVEL": "debug"}}
    code = {"ZipFile": _zipped()}
    functions.create_function(
        FunctionName="by-hand", Role=role, Runtime="python3.13", Handler="a.b", Code=code, Environment=environment
    )
    functions.put_function_event_invoke_config(FunctionName="by-hand", MaximumRetryAttempts=1)
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.create_event_source_mapping(FunctionName="by-hand", EventSourceArn=arn)
    topic = client("sns").create_topic(Name="news")["TopicArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="https", Endpoint=f"https://user:{SECRET}@example.com/{SECRET}")
    function = functions.get_function(FunctionName="by-hand")["Configuration"]["FunctionArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    events = client("events")
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
    policy = {"MaximumRetryAttempts": 7, "MaximumEventAgeInSeconds": 600}
    events.put_targets(Rule="nightly", Targets=[{"Id": "1", "Arn": function, "RetryPolicy": policy}])
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    client("stepfunctions").create_state_machine(name="core", roleArn=role, definition=definition)
    images = client("ecr")
    images.create_repository(repositoryName="web")
    keep = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1}
    text = {"rules": [{"rulePriority": 1, "action": {"type": "expire"}, "selection": keep}]}
    images.put_lifecycle_policy(repositoryName="web", lifecyclePolicyText=json.dumps(text))
    for tag in ("v1", "v2"):
        manifest = json.dumps({"schemaVersion": 2, "config": {"digest": f"sha256:{tag * 32}"}, "layers": []})
        images.put_image(repositoryName="web", imageManifest=manifest, imageTag=tag)


def _zipped() -> bytes:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("a.py", "def b(event, context): pass")
    return package.getvalue()


def _allows(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def snapshot(account: AwsAccount, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audit") / "snapshot"
    number, partition = whoami(account)
    prepared(folder)
    read, journal = take(account, number, REGION, folder)
    write(read, folder, partition)
    journal.done()
    assert read.unread == []
    return folder


def written(folder: Path, file: str) -> Any:
    return json.loads((folder / file).read_text("utf-8"))


def test_it_is_an_assembly_that_says_what_it_is(snapshot: Path) -> None:
    manifest = written(snapshot, "manifest.json")
    about = manifest["artifacts"].pop("Snapshot")
    assert (about["type"], about["properties"]["region"], about["properties"]["unread"]) == (
        "seawall:snapshot",
        REGION,
        [],
    )
    assert sorted(manifest["artifacts"]) == ["Orders", "not-in-a-stack"]
    assert not (snapshot / NAME).exists()


def test_nothing_secret_is_written(snapshot: Path) -> None:
    for path in snapshot.rglob("*"):
        if path.is_file():
            assert SECRET not in path.read_text("utf-8"), path


def test_what_differs_is_as_it_is_and_said(snapshot: Path) -> None:
    """Somebody raised maxReceiveCount to 40 by hand; the template says 2."""
    queue = written(snapshot, "Orders.template.json")["Resources"]["Queue"]
    assert queue["Properties"]["RedrivePolicy"]["maxReceiveCount"] == 40
    assert queue["Metadata"]["seawall:differs"] == {
        "RedrivePolicy": {"deadLetterTargetArn": fn("Dead"), "maxReceiveCount": {"Ref": "Receives"}}
    }


def test_what_does_not_differ_stays_as_it_is_written(snapshot: Path) -> None:
    resources = written(snapshot, "Orders.template.json")["Resources"]
    assert resources["Queue"]["Properties"]["VisibilityTimeout"] == 180
    assert resources["Map"]["Properties"]["EventSourceArn"] == fn("Queue")
    assert "seawall:differs" not in resources["Fn"]["Metadata"]
    assert list(resources["Fn"]["Properties"]["Environment"]["Variables"]) == ["QUEUE"]
    assert resources["Fn"]["Properties"]["FunctionName"]
    assert [one["PolicyName"] for one in resources["Role"]["Properties"]["Policies"]] == ["own"]


def test_what_no_stack_holds_has_a_template_of_its_own(snapshot: Path) -> None:
    resources = written(snapshot, "not-in-a-stack.template.json")["Resources"].values()
    kinds = sorted(one["Type"].removeprefix("AWS::") for one in resources)
    assert kinds == [
        "ECR::Repository", "Events::Rule", "IAM::Role", "Lambda::EventInvokeConfig", "Lambda::EventSourceMapping",
        "Lambda::Function", "SNS::Subscription", "SNS::Subscription", "SNS::Topic", "SQS::Queue",
        "StepFunctions::StateMachine",
    ]  # fmt: skip
    by_kind = {one["Type"]: one["Properties"] for one in resources}
    variables = by_kind["AWS::Lambda::Function"]["Environment"]["Variables"]
    assert list(variables) == ["NEXT"]
    assert by_kind["AWS::Events::Rule"]["Targets"][0]["RetryPolicy"]["MaximumRetryAttempts"] == 7
    actions = [one["PolicyDocument"]["Statement"][0]["Action"] for one in by_kind["AWS::IAM::Role"]["Policies"]]
    assert sorted(actions) == ["sqs:SendMessage", "states:StartExecution"]
    addresses = sorted(one["Properties"]["Endpoint"] for one in resources if one["Type"] == "AWS::SNS::Subscription")
    assert addresses[1] == "https://example.com/"


def test_check_reads_it(snapshot: Path) -> None:
    """40 receives of the queue that somebody changed; and what was made by hand loops with itself."""
    report = check(snapshot)
    assert report.analysis.attempts.of("Orders/Fn", FailureClass.ERROR).value == 40
    excessive = [one for one in report.findings if one.rule == "excessive-retries"]
    assert [(one.site, one.attempts) for one in excessive] == [("Orders/Queue", 40)]
    assert any(one.rule == "retry-loop" for one in report.findings)
    assert all(not one.unreadable for one in report.app.skipped)


def test_images_are_told_by_rule(snapshot: Path) -> None:
    (found,) = written(snapshot, "images.json")["repositories"]
    assert (found["repository"], found["images"], found["policy"]) == ("web", 2, "as written")
    assert [(one["rule"], len(one["images"])) for one in found["deletes"]] == [(1, 1)]


def test_one_stack_only(account: AwsAccount, tmp_path: Path) -> None:
    read, journal = take(account, whoami(account)[0], REGION, tmp_path, only=["Orders"])
    journal.done()
    kinds = sorted(one.type for one in read.found)
    assert kinds == [
        "AWS::IAM::Role", "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Function",
        "AWS::SQS::Queue", "AWS::SQS::Queue",
    ]  # fmt: skip
    write(read, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Orders.template.json", "manifest.json"]


def test_a_stack_that_is_not_there_is_said(account: AwsAccount, tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="no stack Nothing in this account and Region"):
        take(account, whoami(account)[0], REGION, tmp_path, only=["Nothing"])


def test_it_goes_on_where_it_stopped(account: AwsAccount, tmp_path: Path) -> None:
    """The second run asks for nothing that the first has read, and writes the same."""

    class Broken(AwsAccount):
        def call(self, service: str, operation: str, **arguments: Any) -> Any:
            if operation == "get_role_policy":
                raise AuditError("gone")
            return super().call(service, operation, **arguments)

    number = whoami(account)[0]
    with pytest.raises(AuditError):
        take(Broken(account.connect), number, REGION, tmp_path)
    assert (tmp_path / NAME).is_file()
    assert SECRET not in (tmp_path / NAME).read_text("utf-8")
    prepared(tmp_path)
    before = account.calls
    read, journal = take(account, number, REGION, tmp_path)
    resumed = account.calls - before
    journal.done()
    before = account.calls
    take(account, number, REGION, tmp_path)[1].done()
    assert resumed < (account.calls - before) * 0.7
    write(read, tmp_path)
    assert check(tmp_path).analysis.attempts.of("Orders/Fn", FailureClass.ERROR).value == 40


def test_what_is_not_allowed_is_said_and_the_rest_is_read(account: AwsAccount, tmp_path: Path) -> None:
    from botocore.exceptions import ClientError

    def refusing(service: str) -> Any:
        client = account.connect(service)
        if service == "iam":

            def refuse(**_: Any) -> Any:
                raise ClientError({"Error": {"Code": "AccessDenied"}}, "ListRolePolicies")

            client.list_role_policies = refuse
        return client

    read, journal = take(AwsAccount(refusing), whoami(account)[0], REGION, tmp_path)
    journal.done()
    assert {why.partition(": ")[2] for why in read.unread} == {"not allowed (iam:ListRolePolicies)"}
    write(read, tmp_path)
    reasons = [one.why for one in check(tmp_path).app.skipped]
    assert "the audit could not read role by-hand: not allowed (iam:ListRolePolicies)" in reasons


def test_a_directory_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(AuditError, match="is not empty, and not a snapshot"):
        prepared(tmp_path)
