"""More ways to hide the incident, each of which passed in silence once: roles, services, code that is at hand."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import seawall

from .test_hiding import (
    ADDRESS,
    API,
    ARN,
    BASE,
    BUS,
    FAILS,
    GAP,
    IOT,
    LOOP,
    ROLE,
    SEND,
    SQS_TASK,
    WARNING,
    Raw,
    alarm,
    assert_said,
    by_machine,
    container,
    grants,
    may,
    metric,
    mute,
    of,
    queue,
    rule,
    second,
    sets,
    unread,
    with_,
)
from .test_hiding import WAYS as FIRST_WAYS

Change = Callable[[Raw], None]
POLICY: Raw = {"PolicyName": "p", "PolicyDocument": {"Statement": [SEND]}}


def by_key(**more: Raw) -> Change:
    """The role allows nothing; the environment holds the key of a user."""

    def change(made: Raw) -> None:
        made["Resources"]["R"]["Properties"]["Policies"] = []
        made["Resources"] |= {
            "User": of("IAM::User", UserName="bob"),
            "K": of("IAM::AccessKey", UserName={"Ref": "User"}),
            **copy.deepcopy(more),
        }
        made["Resources"]["F"]["Properties"]["Environment"]["Variables"]["KEY"] = {"Ref": "K"}

    return change


def in_a_secret(made: Raw) -> None:
    by_key(U2=of("IAM::UserPolicy", UserName={"Ref": "User"}, **POLICY))(made)
    text = {"Fn::Sub": '{"id": "${K}", "key": "${K.SecretAccessKey}"}'}
    made["Resources"]["S"] = of("SecretsManager::Secret", SecretString=text)
    made["Resources"]["F"]["Properties"]["Environment"]["Variables"]["KEY"] = {"Ref": "S"}


def behind_many_settings(made: Raw) -> None:
    settings = "".join(f'"limit{number}": {number}, ' for number in range(60))
    with_(grants(Action="sqs:*", Resource="*"), queue({"Fn::Sub": "{" + settings + '"queue": "${Q}"}'}))(made)


def registered(**service: Any) -> dict[str, Raw]:
    made = container("sqs:SendMessage")
    made["V"] = copy.deepcopy(made["V"])
    made["V"]["Properties"] |= service
    return made


CLOUD_MAP = {
    "NS": of("ServiceDiscovery::PrivateDnsNamespace", Name="shop.local"),
    "SD": of("ServiceDiscovery::Service", Name="orders", NamespaceId={"Ref": "NS"}),
}
CONNECT = {"Enabled": True, "Namespace": "shop", "Services": [
    {"PortName": "http", "ClientAliases": [{"Port": 80, "DnsName": "orders"}]}]}  # fmt: skip
BELOW = {"Variable": "$.laps", "NumericLessThan": 5, "Next": "S"}
SENT: Raw = {"Type": "Task", "Resource": SQS_TASK, "End": True,
             "Parameters": {"QueueUrl": "${Q}", "MessageBody.$": "$"}}  # fmt: skip


def counting(start: str, **states: Raw) -> Change:
    """A machine that sends back while a count is low."""
    choice = {"Type": "Choice", "Choices": [BELOW], "Default": "E"}
    return by_machine(
        {"StartAt": start, "States": {"C": choice, "S": SENT, "E": {"Type": "Succeed"}, **states}}, Q={"Ref": "Q"}
    )


def told_of(kind: str) -> dict[str, Raw]:
    """A bucket that tells the queue of a kind of events."""
    told = {"QueueConfigurations": [{"Event": kind, "Queue": ARN}]}
    return {"O": of("S3::Bucket", NotificationConfiguration=told)}


def writes_to(on: Any, **more: Raw) -> Change:
    """The function writes somewhere in front of a bucket that tells the queue of what is created."""
    return with_(may("s3:PutObject", on, {"Ref": "P"}), **told_of("s3:ObjectCreated:*"), **more)


def changes_objects(action: str, kind: str) -> Change:
    return with_(may(action, {"Fn::Sub": "${O.Arn}/*"}, {"Ref": "O"}), **told_of(kind))


def causes(action: str, source: str, **pattern: Any) -> Change:
    """A service tells the queue of what the function may do in it."""
    return with_(may(action, "*"), L=rule({"source": [source], **pattern}, ARN))


def reads_from(holds: Any, source: Raw, **more: Raw) -> Change:
    """The environment names what a mapping reads; no permission is needed to write there."""
    mapping = of("Lambda::EventSourceMapping", FunctionName={"Ref": "F"}, StartingPosition="LATEST", **source)
    return with_(mute, queue(holds), unread, M2=mapping, **more)


KAFKA = {"KafkaBootstrapServers": ["b1.example.com:9092", "b2.example.com:9092"]}
DOCUMENTS = {"Fn::Sub": "arn:aws:rds:${AWS::Region}:${AWS::AccountId}:cluster:${DB}"}
SENDER = second(SEND, QUEUE_URL={"Ref": "Q"})
INVOKE = {"Category": "Invoke", "Owner": "AWS", "Provider": "Lambda", "Version": "1"}
PIPELINE = of("CodePipeline::Pipeline", RoleArn=ROLE, Stages=[{"Name": "b", "Actions": [
    {"Name": "i", "ActionTypeId": INVOKE, "Configuration": {"FunctionName": {"Ref": "F2"}}}]}])  # fmt: skip
OBJECT_LAMBDA = of("S3ObjectLambda::AccessPoint", ObjectLambdaConfiguration={
    "SupportingAccessPoint": "x", "TransformationConfigurations": [
        {"Actions": ["GetObject"], "ContentTransformation": {"AwsLambda": {"FunctionArn": FAILS["F"]}}}]})  # fmt: skip
NOTICE = {"OutputConfig": {"NotificationConfig": {"SuccessTopic": {"Ref": "T"}}}}
ENDPOINT = {
    "T": of("SNS::Topic"),
    "S": of("SNS::Subscription", Protocol="sqs", TopicArn={"Ref": "T"}, Endpoint=ARN),
    "E": of("SageMaker::EndpointConfig", AsyncInferenceConfig=NOTICE),
}

_PYTHON = """import boto3
import os

s3 = boto3.client("s3")
sqs = boto3.client("sqs")


def handler(event, context):
    s3.get_object(Bucket="b", Key="k")
    for record in event["Records"]:
        {}
"""
_JAVASCRIPT = """const {{S3Client, GetObjectCommand}} = require("@aws-sdk/client-s3");
const {{SQSClient, SendMessageCommand}} = require("@aws-sdk/client-sqs");
const s3 = new S3Client({{}});
const client = new SQSClient({{}});
const again = (r) => new SendMessageCommand({{QueueUrl: process.env.QUEUE_URL, MessageBody: r.body}});
exports.handler = async (event) => {{
  await s3.send(new GetObjectCommand({{Bucket: "b", Key: "k"}}));
  for (const r of event.Records) {{ {} }}
}};
"""


def runs(text: str, runtime: str) -> Change:
    code = {"Code": {"ZipFile": text}, "Runtime": runtime, "Handler": "index.handler"}
    return lambda made: made["Resources"]["F"]["Properties"].update(code)


def python(does: str, before: str = "") -> Change:
    return runs(before + _PYTHON.format(does), "python3.12")


def javascript(does: str, after: str = "") -> Change:
    return runs(_JAVASCRIPT.format(does) + after, "nodejs20.x")


URL, BODY = 'os.environ["QUEUE_URL"]', 'record["body"]'
SENDS = f"sqs.send_message(QueueUrl={URL}, MessageBody=str(self))"
CALLS_API = "requests.post(os.environ['QUEUE_URL'] + '/x', json=record, timeout=3)"
ARCHIVE = {"B": BUS, "A": of("Events::Archive", SourceArn={"Fn::GetAtt": ["B", "Arn"]}),
           "L": rule({"source": ["x"]}, ARN, EventBusName={"Ref": "B"})}  # fmt: skip


def started_by(program: str) -> Change:
    return sets("Resources", "F", "Properties", "Environment", "Variables", "AWS_LAMBDA_EXEC_WRAPPER", to=program)


WAYS: list[tuple[str, Change, tuple[str, ...]]] = [
    ("an alarm on a metric that it may write",
     with_(may("cloudwatch:PutMetricData", "*"), A=alarm(metric("Shop", "Failed"), FAILS["F"])), (GAP,)),
    ("a name of Cloud Map in front of another sender",
     with_(mute, queue("http://orders.shop.local:80/x"), **CLOUD_MAP, **registered(
         ServiceRegistries=[{"RegistryArn": {"Fn::GetAtt": ["SD", "Arn"]}}])), (GAP,)),
    ("a name of Service Connect in front of another sender",
     with_(mute, queue("http://orders:80/x"), **registered(ServiceConnectConfiguration=CONNECT)), (GAP,)),
    ("sixty settings in front of the queue's address", behind_many_settings, (WARNING,)),
    ("Fn::GetAtt beside another key",
     sets("Resources", "M", "Properties", "EventSourceArn", to={**ARN, "Note": "ours"}), (GAP,)),
    ("a managed policy on a group by its name", by_key(
        G=of("IAM::Group", GroupName="g"), A=of("IAM::UserToGroupAddition", GroupName="g", Users=["bob"]),
        P=of("IAM::ManagedPolicy", Groups=["g"], PolicyDocument=POLICY["PolicyDocument"])), LOOP),
    ("a user's key in a secret", in_a_secret, LOOP),
    ("bucket notifications that it sets", may("s3:PutBucketNotification", "*"), (GAP,)),
    ("a subscription to its log that it makes", may("logs:PutSubscriptionFilter", "*"), (GAP,)),
    ("a redrive that it sets", may("sqs:SetQueueAttributes", "*"), (GAP,)),
    ("a destination that it gives itself", may("lambda:PutFunctionEventInvokeConfig", "*"), (GAP,)),
    ("a mapping that it changes", with_(may("lambda:UpdateEventSourceMapping", "*"), unread), (GAP,)),
    ("a machine that it creates", may("states:CreateStateMachine", "*"), (GAP,)),
    ("a rule of AWS IoT that it creates", may("iot:CreateTopicRule", "*"), (GAP,)),
    ("a stack that it creates", may("cloudformation:CreateStack", "*"), (GAP,)),
    ("a pipeline that it starts", with_(may("codepipeline:StartPipelineExecution", "*"), P=PIPELINE, **SENDER), (GAP,)),
    ("an asynchronous endpoint of SageMaker", with_(may("sagemaker:InvokeEndpointAsync", "*"), **ENDPOINT), (GAP,)),
    ("an access point of S3 Object Lambda",
     with_(may("s3-object-lambda:GetObject", "*"), unread, A=OBJECT_LAMBDA), (GAP,)),
    ("a transcription that it starts", causes("transcribe:StartTranscriptionJob", "aws.transcribe"), (GAP,)),
    ("a query of Athena that it starts", causes("athena:StartQueryExecution", "aws.athena"), (GAP,)),
    ("a parameter that it writes",
     causes("ssm:PutParameter", "aws.ssm", **{"detail-type": ["Parameter Store Change"]}), (GAP,)),
    ("an image that it pushes", causes("ecr:PutImage", "aws.ecr"), (GAP,)),
    ("a task that it stops", causes("ecs:StopTask", "aws.ecs", **{"detail-type": ["ECS Task State Change"]}), (GAP,)),
    ("API calls of any name",
     causes("secretsmanager:PutSecretValue", "aws.secretsmanager",
            **{"detail-type": ["AWS API Call via CloudTrail"]}), (GAP,)),
    ("an object that it deletes", changes_objects("s3:DeleteObject", "s3:ObjectRemoved:*"), (GAP,)),
    ("an object that it tags", changes_objects("s3:PutObjectTagging", "s3:ObjectTagging:*"), (GAP,)),
    ("an object whose access it changes", changes_objects("s3:PutObjectAcl", "s3:ObjectAcl:Put"), (GAP,)),
    ("an object that it restores", changes_objects("s3:RestoreObject", "s3:ObjectRestore:*"), (GAP,)),
    ("a database whose changes it reads",
     reads_from({"Fn::GetAtt": ["DB", "Endpoint"]}, {"EventSourceArn": DOCUMENTS}, DB=of("DocDB::DBCluster")), (GAP,)),
    ("a Kafka of its own",
     reads_from("b2.example.com:9092", {"SelfManagedEventSource": {"Endpoints": KAFKA}, "Topics": ["t"]}), (GAP,)),
    ("a cluster of MSK without IAM",
     reads_from({"Ref": "K"}, {"EventSourceArn": {"Ref": "K"}, "Topics": ["t"]}, K=of("MSK::Cluster")), (GAP,)),
    ("dead letters that a role for all queues moves back",
     with_(mute, **second({"Effect": "Allow", "Action": "sqs:StartMessageMoveTask", "Resource": "*"})), (GAP,)),
    ("a bucket that is copied into another", writes_to({"Fn::Sub": "${P.Arn}/*"}, P=of(
        "S3::Bucket", ReplicationConfiguration={"Role": ROLE, "Rules": [
            {"Status": "Enabled", "Destination": {"Bucket": {"Fn::GetAtt": ["O", "Arn"]}}}]})), LOOP),
    ("an access point of a bucket",
     writes_to({"Fn::Sub": "${P.Arn}/object/*"}, P=of("S3::AccessPoint", Bucket={"Ref": "O"})), LOOP),
    ("an access point of buckets in several Regions", writes_to(
        {"Fn::Sub": "arn:aws:s3::${AWS::AccountId}:accesspoint/${P.Alias}/object/*"},
        P=of("S3::MultiRegionAccessPoint", Regions=[{"Bucket": {"Ref": "O"}}])), LOOP),
    ("a secret that it rotates", with_(
        may("secretsmanager:RotateSecret", "*"), unread, S=of("SecretsManager::Secret"), T=of(
            "SecretsManager::RotationSchedule", SecretId={"Ref": "S"}, RotationLambdaARN=FAILS["F"])), (GAP,)),
    ("a pipeline of SageMaker that reads and sends", with_(mute, unread, P=of(
        "SageMaker::Pipeline", RoleArn={"Fn::GetAtt": ["R2", "Arn"]}), R2=second(
            {**SEND, "Action": ["sqs:ReceiveMessage", "sqs:SendMessage"]})["R2"]), (GAP,)),
    ("rounds that nothing counts", counting("C"), LOOP),
    ("rounds whose count is set each time",
     counting("A", A={"Type": "Pass", "Result": {"laps": 0}, "Next": "C"}), LOOP),
    ("rounds whose count a task may change",
     counting("A", A={"Type": "Task", "Resource": "arn:aws:states:::sqs:getQueueAttributes", "Next": "C"}), (GAP,)),
    ("in code: a request over HTTP", python(f"urllib.request.urlopen({URL} + '?Action=SendMessage')",
                                            "import urllib.request\n"), LOOP),
    ("in code: a signed request", python(f"requests.post({URL}, auth=AWS4Auth('a', 'b', 'c', 'sqs'), timeout=3)",
                                         "import requests\nfrom requests_aws4auth import AWS4Auth\n"), LOOP),
    ("in code: the AWS CLI", python(f'subprocess.run(["aws", "sqs", "send-message", "--queue-url", {URL}])',
                                    "import subprocess\n"), LOOP),
    ("in code: a script", python('subprocess.run(["./again.sh", record["body"]])', "import subprocess\n"), LOOP),
    ("in code: a shell", python('os.system("aws sqs send-message --queue-url $QUEUE_URL --message-body x")'), LOOP),
    ("in code: what all methods of boto3 call",
     python(f'sqs._make_api_call("SendMessage", {{"QueueUrl": {URL}, "MessageBody": {BODY}}})'), LOOP),
    ("in code: __getattr__", python("Worker().anything(record)",
        f"class Worker:\n    def again(self, record):\n        {SENDS}\n\n"
        "    def __getattr__(self, name):\n        return self.again\n\n\n"), LOOP),
    ("in code: __del__", python("Later()", f"class Later:\n    def __del__(self):\n        {SENDS}\n\n\n"), LOOP),
    ("in code: a log handler", python('logging.error(record["body"])',
        f"import logging\n\n\nclass Again(logging.Handler):\n    def emit(self, record):\n        {SENDS}\n\n\n"
        "logging.getLogger().addHandler(Again())\n"), LOOP),
    ("in code: another json.dumps", python("json.dumps(record)",
        f"import json\n\n\ndef send(self):\n    {SENDS}\n\n\njson.dumps = send\n"), LOOP),
    ("in code: a target that it gives a rule",
     python('boto3.client("events").put_targets(Rule="r", Targets=[])'), (GAP,)),
    ("in code: AWS IoT",
     with_(python('boto3.client("iot-data").publish(topic="a/b", payload="x")'), I=IOT), (GAP,)),
    ("in code: an archive that it replays",
     with_(python('boto3.client("events").start_replay(ReplayName="r")'), **ARCHIVE), (GAP,)),
    ("in code: an API in front of the queue",
     with_(python(CALLS_API, "import requests\n"), queue(ADDRESS), A=API), (GAP,)),
    ("in code: fetch", javascript('await fetch(process.env.QUEUE_URL, {method: "POST"});'), LOOP),
    ("in code: https", javascript('require("https").request(process.env.QUEUE_URL).end(r.body);'), LOOP),
    ("in code: a host cut out of an address",
     with_(javascript('require("https").request({hostname: new URL(process.env.QUEUE_URL).hostname}).end();'),
           queue(ADDRESS), A=API), (GAP,)),
    ("in code: a child process", javascript(
        'require("child_process").execFileSync("aws", ["--queue-url", process.env.QUEUE_URL]);'), LOOP),
    ("in code: eval", javascript('await eval("client.send(again(r))");'), LOOP),
    ("in code: a function out of text", javascript('await new Function("r", "return send(r)")(r);'), LOOP),
    ("in code: a Proxy", javascript("await api.again(r);",
                                    "const api = new Proxy({}, {get: () => (r) => client.send(again(r))});"), LOOP),
    ("in code: makeRequest of the second SDK", javascript(
        'await new (require("aws-sdk").SQS)().makeRequest("sendMessage", {QueueUrl: process.env.QUEUE_URL}).promise();'
    ), LOOP),
    ("in code: a middleware of the SDK",
     javascript("", "s3.middlewareStack.add((next) => async (args) => { await client.send(again({})); });"), LOOP),
    ("in code: a tagged template",
     javascript("await send`${r}`;", "const send = (s, r) => client.send(again(r));"), LOOP),
    ("in code: a program that starts the runtime", with_(javascript("console.log(r);"), started_by("/opt/x")), LOOP),
]  # fmt: skip


@pytest.mark.parametrize(("change", "wanted"), [way[1:] for way in WAYS], ids=[name for name, _, _ in WAYS])
def test_none_passes_in_silence(change: Change, wanted: tuple[str, ...]) -> None:
    made = copy.deepcopy(BASE)
    change(made)
    assert_said(made, wanted)


def row(name: str, made: Raw) -> str:
    """What stands in the table."""
    report = seawall.check(made)
    loop = next((one for one in report.findings if one.rule == "retry-loop"), None)
    if loop is not None:
        return f"| {name} | `retry-loop` ({loop.severity.word}, {loop.confidence.value}) |"
    return f"| {name} | gap: {next(gap.why for gap in report.gaps if gap.touches)} |"


def test_the_table_in_the_docs_says_what_is_said() -> None:
    made = []
    for name, change, _ in (*FIRST_WAYS, *WAYS):
        body = copy.deepcopy(BASE)
        change(body)
        made.append(row(name, body))
    page = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text("utf-8")
    rows = page.partition("| hidden by |")[2].partition("\n\n")[0].splitlines()[2:]
    assert rows == [*made, SYNTH], "\n".join(made)


SYNTH = "| any of these, in `cdk synth` | the same; each cause of gaps is a warning, an error with `fail_on_gaps` |"
NOTHING_HIDDEN: list[tuple[str, Change]] = [
    ("a permission for all of CloudWatch",
     with_(may("cloudwatch:Put*", "*"), A=alarm(metric("AWS/Lambda", "Errors", FunctionName="x"), FAILS["F"]))),
    ("what only reads in a service", causes("transcribe:GetTranscriptionJob", "aws.transcribe")),
    ("another service", causes("transcribe:StartTranscriptionJob", "aws.athena")),
    ("an answer to a lifecycle hook", causes("autoscaling:CompleteLifecycleAction", "aws.autoscaling")),
    ("the network of a function", causes("ec2:CreateNetworkInterface", "aws.ec2")),
    ("a service that tells somebody else", with_(
        may("transcribe:StartTranscriptionJob", "*"), L=rule({"source": ["aws.transcribe"]}, {"Ref": "T"}),
        T=of("SNS::Topic"))),
    ("objects that are deleted where their making is told of",
     changes_objects("s3:DeleteObject", "s3:ObjectCreated:*")),
    ("other objects", with_(may("s3:DeleteObject", "arn:aws:s3:::other/*"), **told_of("s3:ObjectRemoved:*"))),
    ("a custom resource that empties the bucket", with_(
        may("s3:DeleteObject", "*", {"Ref": "O"}), unread, C={
            "Type": "Custom::Empty", "Properties": {"ServiceToken": FAILS["F"]}}, **told_of("s3:ObjectRemoved:*"))),
    ("the name of another server", reads_from(
        "b3.example.com:9092", {"SelfManagedEventSource": {"Endpoints": KAFKA}, "Topics": ["t"]})),
    ("rounds that are counted", counting("A", A={
        "Type": "Pass", "Parameters": {"laps.$": "States.MathAdd($.laps, 1)"}, "Next": "C"})),
    ("in code: a request to somebody else",
     with_(python("requests.get('https://example.com', timeout=3)", "import requests\n"))),
    ("in code: a program that works on files",
     python('subprocess.run(["/opt/bin/ffmpeg", "-i", "x"])', "import subprocess\n")),
    ("in code: a wrapper that only watches", with_(javascript("console.log(r);"), started_by("/opt/otel-handler"))),
    ("in code: a call that only reads", python('boto3.client("events").list_rules()')),
]  # fmt: skip


@pytest.mark.parametrize("change", [change for _, change in NOTHING_HIDDEN], ids=[name for name, _ in NOTHING_HIDDEN])
def test_what_hides_nothing_is_no_gap(change: Change) -> None:
    made = copy.deepcopy(BASE)
    change(made)
    report = seawall.check(made)
    assert not [one.rule for one in report.findings if one.rule == "retry-loop"]
    assert not [(gap.site, gap.why) for gap in report.gaps if gap.touches]
