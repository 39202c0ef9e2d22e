"""Ways to hide the incident: a function sends what failed back to its own queue. None passes in silence.

`docs/evidence.md` has the table: what a row of it says is what is said here.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
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


ERROR, WARNING, GAP = "retry-loop error", "retry-loop warning", "gap"
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
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "wanted"), WAYS, ids=[name for name, _, _ in WAYS])
def test_none_passes_in_silence(name: str, change: Callable[[Raw], None], wanted: tuple[str, ...]) -> None:
    made = copy.deepcopy(BASE)
    change(made)
    report = seawall.check(made)
    said = {f"{one.rule} {one.severity.word}" for one in report.findings if one.rule == "retry-loop"}
    said |= {GAP} if any(gap.touches for gap in report.gaps) else set()
    assert said & set(wanted), (name, said, [(gap.site, gap.property, gap.why) for gap in report.gaps])


def row(name: str, made: Raw) -> str:
    """What stands in the table."""
    report = seawall.check(made)
    loop = next((one for one in report.findings if one.rule == "retry-loop"), None)
    if loop is not None:
        return f"| {name} | `retry-loop` ({loop.severity.word}, {loop.confidence.value}) |"
    return f"| {name} | gap: {next(gap.why for gap in report.gaps if gap.touches)} |"


def test_the_table_in_the_docs_says_what_is_said() -> None:
    made = []
    for name, change, _ in WAYS:
        body = copy.deepcopy(BASE)
        change(body)
        made.append(row(name, body))
    page = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text("utf-8")
    rows = page.partition("| hidden by |")[2].partition("\n\n")[0].splitlines()[2:]
    assert rows == [*made, SYNTH], "\n".join(made)


SYNTH = "| any of these, in `cdk synth` | the same; each cause of gaps is a warning, an error with `fail_on_gaps` |"


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
