"""Ways to hide the incident: a function sends what failed back to its own queue. None passes in silence.

`docs/evidence.md` has the table: what a row of it says is what is said here.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

import seawall
from seawall.report.format import Screen, format_named

Raw = dict[str, Any]
ARN = {"Fn::GetAtt": ["Q", "Arn"]}
SEND: Raw = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": ARN}
BASE: Raw = {
    "Parameters": {"U": {"Type": "String"}},
    "Resources": {
        "Q": {"Type": "AWS::SQS::Queue", "Properties": {
            "QueueName": "work", "VisibilityTimeout": 60,
            "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["D", "Arn"]}, "maxReceiveCount": 5}}},
        "D": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1209600}},
        "R": {"Type": "AWS::IAM::Role", "Properties": {
            "RoleName": "worker", "AssumeRolePolicyDocument": {},
            "Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": [SEND]}}]}},
        "F": {"Type": "AWS::Lambda::Function", "Properties": {
            "Code": {"S3Bucket": "b", "S3Key": "k"}, "Handler": "index.handler", "Runtime": "python3.12", "Timeout": 5,
            "Role": {"Fn::GetAtt": ["R", "Arn"]}, "Environment": {"Variables": {"QUEUE_URL": {"Ref": "Q"}}}}},
        "M": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
            "EventSourceArn": ARN, "FunctionName": {"Ref": "F"}, "BatchSize": 1}},
    },
}  # fmt: skip


def grants(**statement: Any) -> Callable[[Raw], None]:
    def change(made: Raw) -> None:
        policy = made["Resources"]["R"]["Properties"]["Policies"][0]["PolicyDocument"]
        policy["Statement"] = [{"Effect": "Allow", **statement}]
        made["Conditions"] = {"C": {"Fn::Equals": [{"Ref": "U"}, "x"]}}

    return change


def sets(*steps: str | int, to: Any) -> Callable[[Raw], None]:
    def change(made: Raw) -> None:
        at: Any = made
        for step in steps[:-1]:
            at = at[step]
        at[steps[-1]] = to

    return change


def queue(to: Any) -> Callable[[Raw], None]:
    return sets("Resources", "F", "Properties", "Environment", "Variables", "QUEUE_URL", to=to)


def role(to: Any) -> Callable[[Raw], None]:
    return sets("Resources", "F", "Properties", "Role", to=to)


def managed(made: Raw) -> None:
    made["Resources"]["R"]["Properties"] |= {
        "Policies": [],
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonSQSFullAccess"],
    }


def by_queue_policy(made: Raw) -> None:
    made["Resources"]["R"]["Properties"]["Policies"] = []
    statement = {**SEND, "Principal": {"AWS": {"Fn::GetAtt": ["R", "Arn"]}}}
    made["Resources"]["P"] = {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {"Queues": [{"Ref": "Q"}], "PolicyDocument": {"Statement": [statement]}},
    }


def wide_and_empty(made: Raw) -> None:
    grants(Action="sqs:*", Resource="*")(made)
    made["Resources"]["F"]["Properties"]["Environment"] = {"Variables": {}}


def attached(made: Raw) -> None:
    made["Resources"]["R"]["Properties"]["Policies"] = []
    made["Resources"]["P"] = {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": "p", "Roles": [{"Ref": "U"}], "PolicyDocument": {"Statement": [SEND]}},
    }


def mapped(made: Raw) -> None:
    made["Mappings"] = {"Names": {"all": {"Queue": "work"}}}
    queue({"Fn::Sub": ["https://sqs.eu-west-1.amazonaws.com/111122223333/${N}",
                       {"N": {"Fn::FindInMap": ["Names", "all", "Queue"]}}]})(made)  # fmt: skip


def in_ssm(made: Raw) -> None:
    made["Parameters"]["S"] = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/shop/queue"}
    grants(Action="sqs:SendMessage", Resource="*")(made)
    queue({"Ref": "S"})(made)


def nested(made: Raw) -> None:
    """The mapping in a stack whose template lies behind a presigned address."""
    made["Resources"]["M"] = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {
            "TemplateURL": "https://b.s3.amazonaws.com/reader.json?X-Amz-Signature=0123",
            "Parameters": {"Queue": ARN, "Function": {"Ref": "F"}},
        },
    }


def looped(made: Raw) -> None:
    made["Transform"] = "AWS::LanguageExtensions"
    made["Parameters"]["Names"] = {"Type": "CommaDelimitedList"}
    made["Resources"]["Fn::ForEach::Readers"] = ["Name", {"Ref": "Names"}, {"${Name}": made["Resources"].pop("M")}]


def by_globals(made: Raw) -> None:
    """A function of SAM whose environment and source stand elsewhere than its code."""
    made["Transform"] = "AWS::Serverless-2016-10-31"
    made["Globals"] = {"Function": {"Environment": {"Variables": {"QUEUE_URL": {"Ref": "Q"}}}, "Timeout": 5}}
    del made["Resources"]["R"], made["Resources"]["M"]
    source = {"Type": "SQS", "Properties": {"Queue": ARN, "BatchSize": 1}}
    made["Resources"]["F"] = {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "CodeUri": "s3://b/k", "Handler": "index.handler", "Runtime": "python3.12",
            "Policies": [{"SQSSendMessagePolicy": {"QueueName": {"Fn::GetAtt": ["Q", "QueueName"]}}}],
            "Events": {"Work": source},
        },
    }  # fmt: skip


def denied_elsewhere(made: Raw) -> None:
    statements = made["Resources"]["R"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    statements.append({"Effect": "Deny", "Action": "sqs:*", "Resource": "*",
                       "Condition": {"Bool": {"aws:SecureTransport": "false"}}})  # fmt: skip


def by_symbol(made: Raw) -> None:
    made["Resources"]["Q"]["Properties"]["QueueName"] = {"Fn::Sub": "${U}-work"}
    queue({"Fn::Sub": "https://sqs.${AWS::Region}.amazonaws.com/${AWS::AccountId}/${U}-work"})(made)


def policies(*arns: Any) -> Callable[[Raw], None]:
    def change(made: Raw) -> None:
        made["Resources"]["R"]["Properties"] |= {"Policies": [], "ManagedPolicyArns": list(arns)}

    return change


def takes_on(role_of: Any) -> Callable[[Raw], None]:
    """The function's own role only lets it take on another one, which may send."""

    def change(made: Raw) -> None:
        grants(Action="sts:AssumeRole", Resource=role_of)(made)
        policy = {"PolicyName": "p", "PolicyDocument": {"Statement": [SEND]}}
        made["Resources"]["Sender"] = {
            "Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}, "Policies": [policy]},
        }  # fmt: skip

    return change


def open_to(principal: Any, kind: str = "QueuePolicy", **statement: Any) -> Callable[[Raw], None]:
    """Only the queue's policy lets anybody send."""

    def change(made: Raw) -> None:
        made["Resources"]["R"]["Properties"]["Policies"] = []
        document = {"Statement": [{**SEND, "Principal": principal, **statement}]}
        named = {"Queues": [{"Ref": "Q"}]} if kind == "QueuePolicy" else {"Queue": {"Ref": "Q"}}
        made["Resources"]["P"] = {"Type": f"AWS::SQS::{kind}", "Properties": {**named, "PolicyDocument": document}}

    return change


def document_unknown(made: Raw) -> None:
    made["Resources"]["R"]["Properties"]["Policies"] = []
    made["Resources"]["P"] = {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": "p", "Roles": [{"Ref": "R"}], "PolicyDocument": {"Ref": "U"}},
    }


def switched_off(made: Raw) -> None:
    made["Parameters"]["On"] = {"Type": "String", "Default": "false"}
    made["Resources"]["M"]["Properties"]["Enabled"] = {"Ref": "On"}


def condition_unknown(made: Raw) -> None:
    made["Conditions"] = {"On": {"Fn::Equals": ["{{resolve:ssm:/shop/on}}", "yes"]}}
    made["Resources"]["M"]["Condition"] = "On"


def never_transformed(made: Raw) -> None:
    by_globals(made)
    del made["Transform"]


def by_connector(made: Raw) -> None:
    made["Transform"] = "AWS::Serverless-2016-10-31"
    made["Resources"]["R"]["Properties"]["Policies"] = []
    connector = {"Properties": {"Destination": {"Id": "Q"}, "Permissions": ["Write"]}}
    made["Resources"]["F"]["Connectors"] = {"Work": connector}


def without(*steps: str) -> Callable[[Raw], None]:
    def change(made: Raw) -> None:
        at: Any = made
        for step in steps[:-1]:
            at = at[step]
        del at[steps[-1]]

    return change


def lower_case(made: Raw) -> None:
    properties = made["Resources"]["M"]["Properties"]
    properties["functionName"] = properties.pop("FunctionName")


def through_topic(made: Raw) -> None:
    """The function publishes to a topic whose subscription does not say to which topic it belongs."""
    grants(Action="sns:Publish", Resource={"Ref": "T"})(made)
    queue({"Ref": "T"})(made)
    made["Resources"]["T"] = {"Type": "AWS::SNS::Topic"}
    made["Resources"]["S"] = {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "sqs", "Endpoint": ARN}}


def in_a_product(made: Raw) -> None:
    given = [{"Key": "Queue", "Value": ARN}, {"Key": "Function", "Value": {"Ref": "F"}}]
    made["Resources"]["M"] = {
        "Type": "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
        "Properties": {"ProductName": "reader", "ProvisioningParameters": given},
    }


def nested_with_all(made: Raw) -> None:
    nested(made)
    made["Resources"]["M"]["Properties"]["Parameters"] = {"Ref": "U"}


def document(to: Any) -> Callable[[Raw], None]:
    return sets("Resources", "R", "Properties", "Policies", 0, "PolicyDocument", to=to)


def denied(under: str, **statement: Any) -> Callable[[Raw], None]:
    """A denial that a condition of the template decides on: around it, on its policy, or in it."""
    denial = {"Effect": "Deny", "Action": "sqs:*", "Resource": "*", **statement}

    def change(made: Raw) -> None:
        made["Conditions"] = {"C": {"Fn::Equals": [{"Ref": "U"}, "x"]}}
        statements = made["Resources"]["R"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        if under == "policy":
            made["Resources"]["P"] = {"Type": "AWS::IAM::Policy", "Condition": "C", "Properties": {
                "PolicyName": "d", "Roles": [{"Ref": "R"}], "PolicyDocument": {"Statement": [denial]}}}  # fmt: skip
        else:
            statements.append({"Fn::If": ["C", denial, {"Ref": "AWS::NoValue"}]} if under == "around" else denial)

    return change


def bounded(by: Any) -> Callable[[Raw], None]:
    def change(made: Raw) -> None:
        made["Conditions"] = {"C": {"Fn::Equals": [{"Ref": "U"}, "x"]}}
        statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        made["Resources"]["B"] = {
            "Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [statement]}},
        }  # fmt: skip
        made["Resources"]["R"]["Properties"]["PermissionsBoundary"] = by

    return change


def takes_on_by(**statement: Any) -> Callable[[Raw], None]:
    def change(made: Raw) -> None:
        takes_on("*")(made)
        grants(Resource={"Fn::GetAtt": ["Sender", "Arn"]}, **statement)(made)

    return change


def trusted(made: Raw) -> None:
    """Another role trusts the function's own one, which says nothing of it."""
    takes_on("*")(made)
    made["Resources"]["R"]["Properties"]["Policies"] = []
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": {"Fn::GetAtt": ["R", "Arn"]}}}
    made["Resources"]["Sender"]["Properties"]["AssumeRolePolicyDocument"] = {"Statement": [trust]}


def by_access_key(of_group: bool) -> Callable[[Raw], None]:
    """The environment holds the key of a user who may send, or whose group may."""

    def change(made: Raw) -> None:
        policies_ = [{"PolicyName": "p", "PolicyDocument": {"Statement": [SEND]}}]
        made["Resources"]["R"]["Properties"]["Policies"] = []
        made["Resources"]["G"] = {"Type": "AWS::IAM::Group", "Properties": {"Policies": policies_ if of_group else []}}
        made["Resources"]["User"] = {"Type": "AWS::IAM::User", "Properties": {
            "Groups": [{"Ref": "G"}], "Policies": [] if of_group else policies_}}  # fmt: skip
        made["Resources"]["K"] = {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": {"Ref": "User"}}}
        variables = made["Resources"]["F"]["Properties"]["Environment"]["Variables"]
        variables["AWS_ACCESS_KEY_ID"] = {"Ref": "K"}

    return change


def by_statement(**statement: Any) -> Callable[[Raw], None]:
    """Only the queue's policy lets the role send, in one of the forms that a statement may have."""

    def change(made: Raw) -> None:
        by_queue_policy(made)
        written = made["Resources"]["P"]["Properties"]["PolicyDocument"]["Statement"][0]
        for name in statement:
            del written[name.removeprefix("Not")]
        written.update(statement)

    return change


def in_lower_case(name: str, *keys: str) -> Callable[[Raw], None]:
    """A property that begins with a small letter."""

    def change(made: Raw) -> None:
        at = made["Resources"][name]["Properties"]
        for key in keys[:-1]:
            at = at[key]
        found = keys[-1]
        at[found[:1].lower() + found[1:]] = at.pop(found)

    return change


def through_bus(policy: Raw) -> Callable[[Raw], None]:
    """The function sends to a bus whose rule leads to the queue; only the bus's policy lets it."""

    def change(made: Raw) -> None:
        made["Resources"]["R"]["Properties"]["Policies"] = []
        made["Resources"]["B"] = {"Type": "AWS::Events::EventBus", "Properties": {"Name": "orders"}}
        made["Resources"]["T"] = {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventBusName": {"Ref": "B"},
                "EventPattern": {"source": ["a"]},
                "Targets": [{"Id": "q", "Arn": ARN}],
            },
        }
        named = {"EventBusName": {"Ref": "B"}, "StatementId": "s"}
        made["Resources"]["P"] = {"Type": "AWS::Events::EventBusPolicy", "Properties": {**named, **policy}}
        queue({"Ref": "B"})(made)

    return change


def by_invocation(**permission: Any) -> Callable[[Raw], None]:
    """The function invokes another one that sends; only the other one's permission lets it."""

    def change(made: Raw) -> None:
        made["Resources"]["R2"] = copy.deepcopy(made["Resources"]["R"])
        made["Resources"]["R2"]["Properties"]["RoleName"] = "second"
        made["Resources"]["F2"] = copy.deepcopy(made["Resources"]["F"])
        made["Resources"]["F2"]["Properties"]["Role"] = {"Fn::GetAtt": ["R2", "Arn"]}
        made["Resources"]["R"]["Properties"]["Policies"] = []
        made["Resources"]["P"] = {"Type": "AWS::Lambda::Permission", "Properties": {
            "FunctionName": {"Ref": "F2"}, "Action": "lambda:InvokeFunction",
            "Principal": {"Fn::GetAtt": ["R", "Arn"]}, **permission}}  # fmt: skip
        queue({"Ref": "F2"})(made)

    return change


def calls(action: str | list[str], on: Any, holds: Any, **resources: Raw) -> Callable[[Raw], None]:
    """The role allows another action, and the environment holds another thing."""

    def change(made: Raw) -> None:
        made["Resources"].update(copy.deepcopy(resources))
        grants(Action=action, Resource=on)(made)
        queue(holds)(made)

    return change


TABLE: Raw = {"Type": "AWS::DynamoDB::Table", "Properties": {"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}}
STREAM: Raw = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
    "EventSourceArn": {"Fn::GetAtt": ["T", "StreamArn"]}, "FunctionName": {"Ref": "F"},
    "StartingPosition": "LATEST"}}  # fmt: skip
URL: Raw = {"Type": "AWS::Lambda::Url", "Properties": {"AuthType": "NONE", "TargetFunctionArn": {"Ref": "F"}}}
IOT: Raw = {"Type": "AWS::IoT::TopicRule", "Properties": {"TopicRulePayload": {
    "Sql": "SELECT * FROM 'a/b'", "Actions": [{"Sqs": {"QueueUrl": {"Ref": "Q"}, "RoleArn": "arn:aws:iam::1:role/x"}}]
}}}  # fmt: skip
LOGS: Raw = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "app"}}
FILTER: Raw = {"Type": "AWS::Logs::SubscriptionFilter", "Properties": {
    "LogGroupName": {"Ref": "L"}, "FilterPattern": "", "DestinationArn": {"Fn::GetAtt": ["F", "Arn"]}}}  # fmt: skip
SESSION = "arn:aws:sts::111122223333:assumed-role/worker/own"


ROLE = "arn:aws:iam::111122223333:role/x"
API: Raw = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a", "Body": {"openapi": "3.0.1", "paths": {
    "/x": {"post": {"x-amazon-apigateway-integration": {
        "type": "aws", "httpMethod": "POST", "uri": "arn:aws:apigateway:eu-west-1:sqs:path/111122223333/work"}}}}}}
}  # fmt: skip
ADDRESS = {"Fn::Sub": "https://${A}.execute-api.${AWS::Region}.amazonaws.com/prod/x"}


def of(kind: str, **properties: Any) -> Raw:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def with_(*changes: Callable[[Raw], None], **resources: Raw) -> Callable[[Raw], None]:
    """Several changes, and resources that come on top; what a change leaves out names nothing."""

    def change(made: Raw) -> None:
        made["Resources"].update(copy.deepcopy(resources))
        for each in changes:
            each(made)

    return change


def mute(made: Raw) -> None:
    """The function's own role and environment say nothing of the queue."""
    grants(Action="xray:PutTraceSegments", Resource="*")(made)
    made["Resources"]["F"]["Properties"]["Environment"] = {"Variables": {}}


def may(action: str | list[str], on: Any, holds: Any = "nothing") -> Callable[[Raw], None]:
    return with_(grants(Action=action, Resource=on), queue(holds))


def unread(made: Raw) -> None:
    """No mapping reads the queue."""
    made["Resources"].pop("M", None)


def piped(**properties: Any) -> Callable[[Raw], None]:
    """A pipe reads the queue, not a mapping."""
    return with_(unread, PI=of("Pipes::Pipe", RoleArn=ROLE, Source=ARN, **properties))


def by_machine(definition: Any, **substitutions: Any) -> Callable[[Raw], None]:
    """A machine behind a pipe sends back, not the function."""
    text = definition if "Fn::ToJsonString" in definition else json.dumps(definition)
    machine = of("StepFunctions::StateMachine", StateMachineType="EXPRESS", RoleArn=ROLE, DefinitionString=text,
                 DefinitionSubstitutions=substitutions)  # fmt: skip
    waits = {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}}
    return with_(mute, piped(Target={"Ref": "SM"}, TargetParameters=waits), SM=machine)


def task(resource: str, **state: Any) -> Raw:
    return {"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": resource, "End": True, **state}}}


SQS_TASK = "arn:aws:states:::sqs:sendMessage"
URL_OF = "https://sqs.eu-west-1.amazonaws.com/111122223333/work"


def second(*statements: Raw, **variables: Any) -> dict[str, Raw]:
    """Another function with a role of its own."""
    made = copy.deepcopy({name: BASE["Resources"][name] for name in ("F", "R")})
    made["R"]["Properties"] |= {"RoleName": "second"}
    made["R"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"] = list(statements)
    made["F"]["Properties"] |= {"Role": {"Fn::GetAtt": ["R2", "Arn"]}, "Environment": {"Variables": variables}}
    return {"F2": made["F"], "R2": made["R"]}


def alarm(watched: Raw, *actions: Any, kind: str = "Alarm") -> Raw:
    return of(f"CloudWatch::{kind}", Threshold=0, EvaluationPeriods=1, AlarmActions=list(actions), **watched)


def metric(namespace: str, name: str, **dimensions: Any) -> Raw:
    listed = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": listed}


def foreach(made: Raw) -> None:
    made["Transform"] = "AWS::LanguageExtensions"
    made["Resources"]["Fn::ForEach::M"] = ["X", ["A", "B"], {"M${X}": made["Resources"].pop("M")}]
    variables = {"Fn::ForEach::V": ["X", ["Q"], {"URL${X}": {"Ref": {"Ref": "X"}}}]}
    made["Resources"]["F"]["Properties"]["Environment"] = {"Variables": variables}


def to_json(made: Raw) -> None:
    made["Transform"] = "AWS::LanguageExtensions"
    request = {"QueueUrl": {"Ref": "Q"}, "MessageBody.$": "$"}
    by_machine({"Fn::ToJsonString": task(SQS_TASK, Parameters=request)})(made)


FAILS = {"F": {"Fn::GetAtt": ["F", "Arn"]}}
ERRORS = metric("AWS/Lambda", "Errors", FunctionName={"Ref": "F"})
DEAD = metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName={"Fn::GetAtt": ["D", "QueueName"]})
BUCKET: Raw = of("S3::Bucket", BucketName="objects", NotificationConfiguration={
    "EventBridgeConfiguration": {"EventBridgeEnabled": True}})  # fmt: skip
MACHINE: Raw = of("StepFunctions::StateMachine", RoleArn=ROLE, DefinitionString=json.dumps(task("${F}")),
                  DefinitionSubstitutions={"F": {"Fn::GetAtt": ["F", "Arn"]}})  # fmt: skip


def rule(pattern: Raw, to: Any, **properties: Any) -> Raw:
    return of("Events::Rule", EventPattern=pattern, Targets=[{"Id": "t", "Arn": to, "RoleArn": ROLE}], **properties)


def has_failed(source: str, kind: str, detail: Raw, to: Any) -> Raw:
    return rule({"source": [source], "detail-type": [kind], "detail": detail}, to)


BUS: Raw = of("Events::EventBus", Name="b")
TO_BUS = may("events:PutEvents", {"Fn::GetAtt": ["B", "Arn"]}, {"Ref": "B"})
TO_TOPIC = may("sns:Publish", {"Ref": "T"}, {"Ref": "T"})
DOMAIN = {
    "A": API,
    "N": of("ApiGateway::DomainName", DomainName={"Fn::Sub": "api.${U}"}),
    "P": of("ApiGateway::BasePathMapping", DomainName={"Ref": "N"}, RestApiId={"Ref": "A"}),
}
AT_DOMAIN = {"Fn::Sub": "https://api.${U}/x"}


def https(endpoint: Any) -> dict[str, Raw]:
    """A topic that posts to an address."""
    return {"T": of("SNS::Topic"), "S": of("SNS::Subscription", Protocol="https", TopicArn={"Ref": "T"},
                                           Endpoint=endpoint)}  # fmt: skip


def container(*actions: str) -> dict[str, Raw]:
    """Code of a container with the function's role."""
    variables = [{"Name": "QUEUE_URL", "Value": {"Ref": "Q"}}]
    return {"C": of("ECS::TaskDefinition", TaskRoleArn={"Fn::GetAtt": ["R2", "Arn"]}, ContainerDefinitions=[
        {"Name": "c", "Image": "x", "Environment": variables}]),
        "V": of("ECS::Service", TaskDefinition={"Ref": "C"}),
        "R2": second({"Effect": "Allow", "Action": list(actions), "Resource": ARN})["R2"]}  # fmt: skip


HELD = {"Fn::Sub": '{"queue": {"url": "${Q}"}}'}
OPEN_TO_ALL = grants(Action="sqs:SendMessage", Resource="*")
FORWARD: Raw = {"Forward": {"TargetGroups": [{"TargetGroupIdentifier": {"Ref": "G"}}]}}


ERROR, WARNING, NOTE, GAP = "retry-loop error", "retry-loop warning", "retry-loop note", "gap"
LOOP = (ERROR, WARNING)
WAYS: list[tuple[str, Callable[[Raw], None], tuple[str, ...]]] = [
    ("nothing hidden", lambda _: None, LOOP),
    ("Resource: \"*\"", grants(Action="sqs:SendMessage", Resource="*"), (WARNING,)),
    ("sqs:*", grants(Action="sqs:*", Resource="*"), (WARNING,)),
    ("Action: \"*\"", grants(Action="*", Resource="*"), (WARNING,)),
    ("sqs:Send*", grants(Action="sqs:Send*", Resource="*"), (WARNING,)),
    ("NotAction", grants(NotAction="iam:*", Resource="*"), (WARNING,)),
    ("NotResource", grants(Action="sqs:SendMessage", NotResource="arn:aws:sqs:*:*:other"), (WARNING,)),
    ("wildcard ARN", grants(Action="sqs:SendMessage", Resource="arn:aws:sqs:*:*:wo*"), (WARNING,)),
    ("an ARN of a parameter", grants(Action="sqs:SendMessage", Resource={"Ref": "U"}), (WARNING, GAP)),
    ("AmazonSQSFullAccess", managed, (WARNING,)),
    ("the queue's own policy", by_queue_policy, (*LOOP, GAP)),
    ("a policy attached to an unknown role", attached, (GAP,)),
    ("a role outside, by ARN", role("arn:aws:iam::111122223333:role/other"), (WARNING, GAP)),
    ("a role of the app, by ARN", role("arn:aws:iam::111122223333:role/worker"), LOOP),
    ("a role from a parameter", role({"Ref": "U"}), (WARNING, GAP)),
    ("a role from an import", role({"Fn::ImportValue": "other-role"}), (WARNING, GAP)),
    ("wide role, empty environment", wide_and_empty, (GAP,)),
    ("queue by name", queue("work"), LOOP),
    ("queue by URL", queue("https://sqs.eu-west-1.amazonaws.com/111122223333/work"), LOOP),
    ("queue by Join", queue({"Fn::Join": ["", ["https://sqs.eu-west-1.amazonaws.com/111122223333/", "work"]]}), LOOP),
    ("queue by Split", queue({"Fn::Select": [1, {"Fn::Split": [",", "a,work"]}]}), LOOP),
    ("queue by mapping", mapped, LOOP),
    ("queue from Systems Manager", in_ssm, (GAP, WARNING)),
    ("mapping's function from a parameter",
     sets("Resources", "M", "Properties", "FunctionName", to={"Ref": "U"}), (GAP,)),
    ("mapping's queue from a parameter",
     sets("Resources", "M", "Properties", "EventSourceArn", to={"Ref": "U"}), (GAP,)),
    ("receives from a parameter",
     sets("Resources", "Q", "Properties", "RedrivePolicy", "maxReceiveCount", to={"Ref": "U"}), (*LOOP, GAP)),
    ("maxReceiveCount: 0",
     sets("Resources", "Q", "Properties", "RedrivePolicy", "maxReceiveCount", to=0), (*LOOP, GAP)),
    ("a macro around the mapping",
     sets("Resources", "M", "Properties", to={"Fn::Transform": {"Name": "Macro"}}), (GAP,)),
    ("a macro over the policies",
     sets("Resources", "R", "Properties", "Policies", to={"Fn::Transform": {"Name": "Macro"}}), (GAP,)),
    ("an include instead of the mapping",
     sets("Resources", "M", to={"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}}}),
     (GAP,)),
    ("an include without a Location",
     sets("Resources", "M", "Properties", to={"Fn::Transform": {"Name": "AWS::Include"}}), (GAP,)),
    ("a loop over a parameter", looped, (GAP,)),
    ("SAM, by Globals and Events", by_globals, LOOP),
    ("a nested stack behind a presigned address", nested, (GAP,)),
    ("type in lower case",
     sets("Resources", "M", to={"type": "AWS::Lambda::EventSourceMapping", "Properties": {
         "EventSourceArn": ARN, "FunctionName": {"Ref": "F"}}}), (GAP,)),
    ("a custom resource that makes the mapping",
     sets("Resources", "M", to={"Type": "Custom::Reader", "Properties": {
         "ServiceToken": "arn:aws:lambda:eu-west-1:111122223333:function:maker", "Queue": ARN,
         "Function": {"Ref": "F"}}}), (GAP,)),
    ("a name by a parameter without a default", by_symbol, LOOP),
    ("a denial under a condition", denied_elsewhere, LOOP),
    ("an ARN that IAM completes (arn:aws:sqs)", grants(Action="sqs:SendMessage", Resource="arn:aws:sqs"), (WARNING,)),
    ("sqs:?endMessage*", grants(Action="sqs:?endMessage*", Resource=ARN), (WARNING,)),
    ("Effect in lower case", grants(Effect="allow", Action="sqs:SendMessage", Resource=ARN), (GAP,)),
    ("Effect by a condition",
     grants(Effect={"Fn::If": ["C", "Allow", "Deny"]}, Action="sqs:SendMessage", Resource=ARN), LOOP),
    ("a statement's keys in lower case", grants(action="sqs:SendMessage", resource=ARN), (GAP,)),
    ("a managed policy of the account", policies("arn:aws:iam::111122223333:policy/sender"), (WARNING, GAP)),
    ("a managed policy that AWS made later", policies("arn:aws:iam::aws:policy/AmazonSQSOnlySend"), (WARNING, GAP)),
    ("a managed policy from an import", policies({"Fn::ImportValue": "sender"}), (GAP,)),
    ("a policy whose document is unknown", document_unknown, (GAP,)),
    ("a role that it takes on", takes_on({"Fn::GetAtt": ["Sender", "Arn"]}), LOOP),
    ("a role elsewhere that it takes on", takes_on("arn:aws:iam::999999999999:role/sender"), (WARNING, GAP)),
    ("any role that it takes on", takes_on("*"), (WARNING, GAP)),
    ("a queue open to everybody", open_to("*"), (WARNING,)),
    ("a queue open to every principal", open_to({"AWS": "*"}), (WARNING,)),
    ("an inline policy of the queue", open_to({"AWS": {"Fn::GetAtt": ["R", "Arn"]}}, "QueueInlinePolicy"), LOOP),
    ("a switch that is off by default", switched_off, LOOP),
    ("a condition on a dynamic reference", condition_unknown, LOOP),
    ("SAM without its Transform", never_transformed, (GAP,)),
    ("a connector of SAM", by_connector, LOOP),
    ("a mapping without FunctionName", without("Resources", "M", "Properties", "FunctionName"), (GAP,)),
    ("functionName in lower case", lower_case, (GAP,)),
    ("a subscription without TopicArn", through_topic, (GAP,)),
    ("a product of Service Catalog", in_a_product, (GAP,)),
    ("a nested stack whose parameters are unknown", nested_with_all, (GAP,)),
    ("a custom resource that names the queue by text",
     sets("Resources", "M", to={"Type": "Custom::Reader", "Properties": {
         "ServiceToken": "arn:aws:lambda:eu-west-1:111122223333:function:maker", "Queue": "work",
         "Function": {"Ref": "F"}}}), (GAP,)),
    ("a module",
     sets("Resources", "M", to={"Type": "Company::Queue::Reader::MODULE", "Properties": {
         "Queue": ARN, "Function": {"Ref": "F"}}}), (GAP,)),
    ("sqs:SendMessageBatch", grants(Action="sqs:SendMessageBatch", Resource=ARN), (GAP,)),
    ("an action with a space", grants(Action=" sqs:SendMessage", Resource=ARN), (GAP,)),
    ("no action at all", grants(Action=[], Resource=ARN), (GAP,)),
    ("no resource at all", grants(Action="sqs:SendMessage", Resource=[]), (GAP,)),
    ("Resource: \"**\"", grants(Action="sqs:SendMessage", Resource="**"), (GAP,)),
    ("statement in lower case", document({"statement": [SEND]}), (GAP,)),
    ("policies in lower case", in_lower_case("R", "Policies"), (GAP,)),
    ("role in lower case", in_lower_case("F", "Role"), (GAP,)),
    ("a function without a role", without("Resources", "F", "Properties", "Role"), (WARNING, GAP)),
    ("a denial within Fn::If", denied("around"), LOOP),
    ("a denial by a policy under a condition", denied("policy"), LOOP),
    ("a denial of what Fn::If says", denied("in", Action={"Fn::If": ["C", "sqs:*", "s3:*"]}), LOOP),
    ("a denial on what Fn::If says", denied("in", Resource={"Fn::If": ["C", "*", "arn:aws:sqs:*:*:o"]}), LOOP),
    ("a boundary under Fn::If", bounded({"Fn::If": ["C", {"Ref": "B"}, {"Ref": "AWS::NoValue"}]}), LOOP),
    ("sts:* on another role", takes_on_by(Action="sts:*"), LOOP),
    ("sts:Assume* on another role", takes_on_by(Action="sts:Assume*"), LOOP),
    ("Action: \"*\" on another role", takes_on_by(Action="*"), LOOP),
    ("a role that trusts the function's", trusted, LOOP),
    ("a user's key in the environment", by_access_key(False), LOOP),
    ("the key of a user in a group", by_access_key(True), LOOP),
    ("the queue's policy for a session", by_statement(Principal={"AWS": SESSION}), LOOP),
    ("NotPrincipal in the queue's policy",
     by_statement(NotPrincipal={"AWS": "arn:aws:iam::111122223333:root"}), (WARNING,)),
    ("NotAction in the queue's policy", by_statement(NotAction="sqs:DeleteQueue"), (WARNING,)),
    ("a bus's policy", through_bus({"Statement": {"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*",
                                                  "Principal": {"AWS": {"Fn::GetAtt": ["R", "Arn"]}}}}), LOOP),
    ("a bus open to everybody", through_bus({"Action": "events:PutEvents", "Principal": "*"}), (WARNING,)),
    ("a permission of the function behind", by_invocation(), LOOP),
    ("a permission for everybody", by_invocation(Principal="*"), (WARNING,)),
    ("a permission for an unknown principal", by_invocation(Principal={"Ref": "U"}), (GAP,)),
    ("a table, by PartiQL",
     calls("dynamodb:PartiQL*", {"Fn::GetAtt": ["T", "Arn"]}, {"Ref": "T"}, T=TABLE, M2=STREAM), LOOP),
    ("its own URL", calls("lambda:InvokeFunctionUrl", {"Fn::GetAtt": ["F", "Arn"]},
                          {"Fn::GetAtt": ["V", "FunctionUrl"]}, V=URL), (*LOOP, GAP)),
    ("its own URL, open to everybody",
     calls("s3:GetObject", "*", {"Fn::GetAtt": ["V", "FunctionUrl"]}, V=URL), (GAP,)),
    ("AWS IoT", calls("iot:Publish", "*", "a/b", I=IOT), (GAP,)),
    ("a log group with a subscription", calls("logs:PutLogEvents", "*", {"Ref": "L"}, L=LOGS, S=FILTER), (GAP,)),
    ("a schedule that it creates", calls("scheduler:CreateSchedule", "*", ARN), (GAP,)),
    ("a rule that it creates", calls(["events:PutRule", "events:PutTargets"], "*", ARN), (GAP,)),
    ("messages that it moves back",
     calls("sqs:StartMessageMoveTask", "*", {"Fn::GetAtt": ["D", "Arn"]}), LOOP),
    ("a pipe's enrichment", piped(Enrichment=FAILS["F"], Target={"Fn::GetAtt": ["L", "Arn"]}), LOOP),
    ("a pipe's enrichment: a machine that sends back",
     with_(by_machine(task(SQS_TASK, Parameters={"QueueUrl": URL_OF, "MessageBody.$": "$"})),
           piped(Enrichment={"Ref": "SM"}, Target=FAILS["F"])), LOOP),
    ("the queue's address in a variable of a machine",
     by_machine({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
         "A": {"Type": "Pass", "Assign": {"to": URL_OF}, "Next": "S"},
         **task(SQS_TASK, Arguments={"QueueUrl": "{% $to %}", "MessageBody": "x"})["States"]}}), (GAP,)),
    ("a request that is one expression",
     by_machine({"QueryLanguage": "JSONata", **task(SQS_TASK, Arguments="{% $states.input %}")}), (GAP,)),
    ("a definition by Fn::ToJsonString", to_json, LOOP),
    ("an HTTP task to the API in front of the queue",
     with_(by_machine(task("arn:aws:states:::http:invoke", Parameters={
         "ApiEndpoint": "https://${A}.execute-api.eu-west-1.amazonaws.com/prod/x", "Method": "POST"}), A={"Ref": "A"}),
           A=API), LOOP),
    ("a schedule that moves dead letters back",
     with_(mute, S=of("Scheduler::Schedule", ScheduleExpression="rate(1 minute)", Target={
         "Arn": "arn:aws:scheduler:::aws-sdk:sqs:startMessageMoveTask", "RoleArn": ROLE,
         "Input": {"Fn::Sub": "{\"SourceArn\": \"${D.Arn}\"}"}})), LOOP),
    ("a function's ARN in part, with an alias",
     with_(sets("Resources", "F", "Properties", "FunctionName", to="worker"),
           sets("Resources", "M", "Properties", "FunctionName", to="111122223333:function:worker:live")), LOOP),
    ("a topic of Kafka that is its own on-failure destination",
     with_(mute, unread, C=of("MSK::ServerlessCluster", ClusterName="c"), K=of(
         "Lambda::EventSourceMapping", EventSourceArn={"Ref": "C"}, FunctionName={"Ref": "F"}, Topics=["orders"],
         StartingPosition="LATEST", MaximumRetryAttempts=3, ProvisionedPollerConfig={"MinimumPollers": 1},
         DestinationConfig={"OnFailure": {"Destination": "kafka://orders"}})), LOOP),
    ("Fn::ForEach around the mapping and within the environment", foreach, LOOP),
    ("Fn::GetStackOutput",
     sets("Resources", "M", "Properties", "EventSourceArn",
          to={"Fn::GetStackOutput": {"StackName": "other", "OutputName": "QueueArn"}}), (GAP,)),
    ("a call of Custom::AWS, as text",
     with_(sets("Resources", "F", "Properties", "FunctionName", to="worker"), M={"Type": "Custom::AWS", "Properties": {
         "ServiceToken": "arn:aws:lambda:eu-west-1:111122223333:function:maker", "Create": json.dumps({
             "service": "Lambda", "action": "createEventSourceMapping", "parameters": {
                 "EventSourceArn": "arn:aws:sqs:eu-west-1:111122223333:work", "FunctionName": "worker"}})}}), (GAP,)),
    ("a dynamic reference within the mapping's ARN",
     sets("Resources", "M", "Properties", "EventSourceArn",
          to="arn:aws:sqs:eu-west-1:111122223333:{{resolve:ssm:/shop/queue}}"), (GAP,)),
    ("a parameter that the code looks up",
     with_(may(["sqs:SendMessage", "ssm:GetParameter"], "*", "/shop/queue"),
           S=of("SSM::Parameter", Type="String", Name="/shop/queue", Value={"Ref": "Q"})), (GAP,)),
    ("JSON in the environment", with_(OPEN_TO_ALL, queue(HELD)), (WARNING,)),
    ("a list in the environment",
     with_(OPEN_TO_ALL, queue({"Fn::Join": [",", [{"Ref": "D"}, {"Ref": "Q"}]]})), (WARNING,)),
    ("AWS::IAM::RolePolicy",
     with_(policies(), P=of("IAM::RolePolicy", PolicyName="p", RoleName={"Ref": "R"},
                            PolicyDocument={"Statement": [SEND]})), LOOP),
    ("a tag of the principal in an ARN",
     grants(Action="sqs:SendMessage", Resource="arn:aws:sqs:*:*:${aws:PrincipalTag/queue}"), (WARNING,)),
    ("an API in front of the queue", with_(mute, queue(ADDRESS), A=API), (GAP,)),
    ("its custom domain", with_(mute, queue(AT_DOMAIN), **DOMAIN), (GAP,)),
    ("a record in front of its domain",
     with_(mute, queue("https://www.example.com/x"), W=of("Route53::RecordSet", Name="www.example.com.", AliasTarget={
         "DNSName": {"Fn::GetAtt": ["N", "RegionalDomainName"]}}), **DOMAIN), (GAP,)),
    ("a distribution in front of it",
     with_(mute, queue({"Fn::Sub": "https://${N.DomainName}/x"}), A=API, N=of("CloudFront::Distribution",
         DistributionConfig={"Origins": [
             {"Id": "a", "DomainName": {"Fn::Sub": "${A}.execute-api.${AWS::Region}.amazonaws.com"}}]})), (GAP,)),
    ("a topic that posts to its domain", with_(TO_TOPIC, **DOMAIN, **https(AT_DOMAIN)), LOOP),
    ("an API destination to its domain",
     with_(TO_BUS, **DOMAIN, B=BUS, E=of("Events::ApiDestination", HttpMethod="POST", InvocationEndpoint=AT_DOMAIN),
           L=rule({"source": ["x"]}, {"Fn::GetAtt": ["E", "Arn"]}, EventBusName={"Ref": "B"})), LOOP),
    ("a load balancer in front of another sender",
     with_(mute, queue({"Fn::Sub": "http://${B.DNSName}/x"}), **second(SEND, QUEUE_URL={"Ref": "Q"}),
           G=of("ElasticLoadBalancingV2::TargetGroup", TargetType="lambda", Targets=[{"Id": {"Ref": "F2"}}]),
           B=of("ElasticLoadBalancingV2::LoadBalancer"), L=of(
               "ElasticLoadBalancingV2::Listener", LoadBalancerArn={"Ref": "B"},
               DefaultActions=[{"Type": "forward", "TargetGroupArn": {"Ref": "G"}}])), (GAP,)),
    ("a service of VPC Lattice in front of another sender",
     with_(mute, queue({"Fn::Sub": "https://${S.DnsEntry.DomainName}/x"}), **second(SEND, QUEUE_URL={"Ref": "Q"}),
           G=of("VpcLattice::TargetGroup", Type="LAMBDA", Targets=[{"Id": FAILS["F"] | {"Fn::GetAtt": ["F2", "Arn"]}}]),
           S=of("VpcLattice::Service", Name="s"),
           L=of("VpcLattice::Listener", ServiceIdentifier={"Ref": "S"}, DefaultAction=FORWARD)), (GAP,)),
    ("a mutation of AppSync",
     with_(may("appsync:GraphQL", {"Fn::Sub": "${G.Arn}/*"}, {"Fn::GetAtt": ["G", "GraphQLUrl"]}), B=BUS,
           G=of("AppSync::GraphQLApi", Name="g"), L=rule({"source": ["x"]}, ARN, EventBusName={"Ref": "B"}),
           D2=of("AppSync::DataSource", ApiId={"Fn::GetAtt": ["G", "ApiId"]}, Name="d", Type="AMAZON_EVENTBRIDGE",
                 EventBridgeConfig={"EventBusArn": {"Fn::GetAtt": ["B", "Arn"]}})), (GAP,)),
    ("the stream of a global table",
     calls("dynamodb:BatchWrite*", {"Fn::GetAtt": ["T", "Arn"]}, {"Ref": "T"}, M2=STREAM, T=of(
         "DynamoDB::GlobalTable", StreamSpecification={"StreamViewType": "NEW_IMAGE"})), LOOP),
    ("a job that its own trigger starts again",
     with_(mute, J=of("Glue::Job", Name="j", Command={"Name": "glueetl"}), T=of(
         "Glue::Trigger", Type="CONDITIONAL", StartOnCreation=True, Actions=[{"JobName": {"Ref": "J"}}],
         Predicate={"Conditions": [{"JobName": {"Ref": "J"}, "State": "FAILED"}]})), LOOP),
    ("an alarm on dead letters, and a function that sends them back",
     with_(mute, **second({**SEND, "Action": "sqs:StartMessageMoveTask", "Resource": {"Fn::GetAtt": ["D", "Arn"]}},
                          DEAD={"Ref": "D"}), A=alarm(DEAD, {"Fn::GetAtt": ["F2", "Arn"]})), LOOP),
    ("an alarm on its errors", with_(mute, A=alarm(ERRORS, FAILS["F"])), (GAP,)),
    ("a composite alarm on its errors",
     with_(mute, A=alarm(ERRORS | {"AlarmName": "errors"}), B=alarm(
         {"AlarmRule": "ALARM(\"errors\")"}, FAILS["F"], kind="CompositeAlarm")), (GAP,)),
    ("an alarm on lines of its log",
     with_(mute, L=of("Logs::LogGroup", LogGroupName={"Fn::Sub": "/aws/lambda/${F}"}), A=alarm(
         {"ScheduledQueryConfiguration": {"LogGroupIdentifiers": [{"Ref": "L"}]}}, FAILS["F"], kind="LogAlarm")),
     (GAP,)),
    ("records of Firehose that it transforms",
     with_(may("firehose:PutRecord", {"Fn::GetAtt": ["S", "Arn"]}, {"Ref": "S"}), unread, S=of(
         "KinesisFirehose::DeliveryStream", ExtendedS3DestinationConfiguration={"ProcessingConfiguration": {
             "Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": [
                 {"ParameterName": "LambdaArn", "ParameterValue": FAILS["F"]}]}]}})), LOOP),
    ("executions that another function redrives",
     with_(mute, unread, SM=MACHINE, **second({**SEND, "Action": "states:RedriveExecution", "Resource": "*"}),
           L=has_failed("aws.states", "Step Functions Execution Status Change",
                  {"status": ["FAILED"], "stateMachineArn": [{"Ref": "SM"}]}, {"Fn::GetAtt": ["F2", "Arn"]})), (GAP,)),
    ("an archive that it replays",
     with_(may("events:StartReplay", "*"), unread, B=BUS,
           A=of("Events::Archive", SourceArn={"Fn::GetAtt": ["B", "Arn"]}),
           L=rule({"source": ["x"]}, FAILS["F"], EventBusName={"Ref": "B"})), (GAP,)),
    ("objects, by way of EventBridge",
     with_(may("s3:PutObject", {"Fn::Sub": "${O.Arn}/*"}, {"Ref": "O"}), O=BUCKET, L=rule(
         {"source": ["aws.s3"], "detail": {"bucket": {"name": [{"Ref": "O"}]}}}, ARN)), (WARNING,)),
    ("notifications that the CDK's custom resource sets",
     with_(may("s3:PutObject", {"Fn::Sub": "${O.Arn}/*"}, {"Ref": "O"}), O=of("S3::Bucket"), N={
         "Type": "Custom::S3BucketNotifications", "Properties": {
             "BucketName": {"Ref": "O"}, "NotificationConfiguration": {"QueueConfigurations": [
                 {"Events": ["s3:ObjectCreated:*"], "QueueArn": ARN}]}}}), (WARNING,)),
    ("a container that reads the queue itself",
     with_(mute, unread, **container("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:SendMessage")), (GAP, NOTE)),
    ("a build that sends", with_(may("codebuild:StartBuild", {"Fn::GetAtt": ["P", "Arn"]}, {"Ref": "P"}), P=of(
        "CodeBuild::Project", ServiceRole={"Fn::GetAtt": ["R2", "Arn"]}, Environment={
            "EnvironmentVariables": [{"Name": "QUEUE_URL", "Value": {"Ref": "Q"}}]}), R2=second(SEND)["R2"]), LOOP),
    ("an agent that calls it",
     with_(may("bedrock:InvokeAgent", "*"), unread, A=of("Bedrock::Agent", AgentName="a", ActionGroups=[
         {"ActionGroupName": "g", "ActionGroupExecutor": {"Lambda": FAILS["F"]}}])), (GAP,)),
    ("a trigger that signs users up",
     with_(may("cognito-idp:AdminConfirmSignUp", "*"), unread, P=of("Cognito::UserPool", LambdaConfig={
         "PostConfirmation": FAILS["F"]})), (GAP,)),
    ("batch operations that it creates", with_(may("s3:CreateJob", "*"), unread), (GAP,)),
    ("an automation of Systems Manager",
     with_(may("ssm:StartAutomationExecution", "*"), unread, S=of("SSM::Document", DocumentType="Automation", Content={
         "schemaVersion": "0.3", "mainSteps": [{"name": "a", "action": "aws:invokeLambdaFunction", "maxAttempts": 5,
                                                "inputs": {"FunctionName": {"Ref": "F"}}}]})), (GAP,)),
    ("an environment of Airflow that reads and sends",
     with_(mute, unread, R2=second({**SEND, "Action": ["sqs:ReceiveMessage", "sqs:SendMessage"]})["R2"],
           E=of("MWAA::Environment", Name="e", ExecutionRoleArn={"Fn::GetAtt": ["R2", "Arn"]})), (GAP,)),
    ("a role that nothing in the templates has",
     with_(mute, unread, R2=second({**SEND, "Action": ["sqs:ReceiveMessage", "sqs:SendMessage"]})["R2"]), (GAP,)),
    ("a function named in a list", sets("Resources", "M", "Properties", "FunctionName", to=[{"Ref": "F"}]), (GAP,)),
    ("a maintenance window", with_(unread, W=of("SSM::MaintenanceWindowTask", TaskType="LAMBDA", TaskArn=FAILS["F"])),
     (GAP,)),
    ("a service of App Runner that sends",
     with_(mute, queue({"Fn::Sub": "https://${A.ServiceUrl}/x"}), R2=second(SEND)["R2"], A=of(
         "AppRunner::Service", InstanceConfiguration={"InstanceRoleArn": {"Fn::GetAtt": ["R2", "Arn"]}},
         SourceConfiguration={"ImageRepository": {"ImageIdentifier": "x", "ImageConfiguration": {
             "RuntimeEnvironmentVariables": [{"Name": "QUEUE_URL", "Value": {"Ref": "Q"}}]}}})), (GAP,)),
]  # fmt: skip


def assert_said(made: Raw, wanted: tuple[str, ...]) -> None:
    """The cycle of an app is told, or a gap that touches something."""
    report = seawall.check(made)
    said = {f"{one.rule} {one.severity.word}" for one in report.findings if one.rule == "retry-loop"}
    said |= {GAP} if any(gap.touches for gap in report.gaps) else set()
    assert said & set(wanted), (said, [(gap.site, gap.property, gap.why) for gap in report.gaps])


@pytest.mark.parametrize(("change", "wanted"), [way[1:] for way in WAYS], ids=[name for name, _, _ in WAYS])
def test_none_passes_in_silence(change: Callable[[Raw], None], wanted: tuple[str, ...]) -> None:
    made = copy.deepcopy(BASE)
    change(made)
    assert_said(made, wanted)


@pytest.mark.parametrize("face", ["text", "markdown", "html", "sarif", "json", "github"])
def test_every_face_tells_it(face: str) -> None:
    made = copy.deepcopy(BASE)
    grants(Action="sqs:*", Resource="*")(made)
    assert "retry-loop" in format_named(face).render(seawall.check(made), Screen())


def test_a_queue_open_to_services_is_not_open_to_code() -> None:
    made = copy.deepcopy(BASE)
    topic = "arn:aws:sns:eu-west-1:111122223333:news"
    open_to("*", Condition={"ArnEquals": {"aws:SourceArn": topic}})(made)
    report = seawall.check(made)
    assert not report.findings
    assert not report.gaps


NAME = {"N": {"Type": "String", "Default": "work"}, "FN": {"Type": "String", "Default": "worker"}}


@pytest.mark.parametrize(
    "change",
    [
        queue({"Fn::Sub": "https://sqs.eu-west-1.amazonaws.com/111122223333/${N}"}),
        queue({"Ref": "N"}),
        sets("Resources", "M", "Properties", "EventSourceArn",
             to={"Fn::Sub": "arn:aws:sqs:eu-west-1:111122223333:${N}"}),
        sets("Resources", "M", "Properties", "FunctionName", to={"Ref": "FN"}),
    ],
)  # fmt: skip
def test_a_default_that_decides_where_an_event_goes_is_an_assumption(change: Callable[[Raw], None]) -> None:
    made = copy.deepcopy(BASE)
    made["Parameters"] |= NAME
    made["Resources"]["F"]["Properties"]["FunctionName"] = "worker"
    change(made)
    (loop,) = (one for one in seawall.check(made).findings if one.rule == "retry-loop")
    assert [each for each in map(str, loop.assumptions) if "keeps its default" in each]
