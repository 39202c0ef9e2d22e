"""Events in the form that AWS's documentation gives them, and payloads for them.

Source: https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/lambda-hooks-create-lambda-function.html,
read 2026-11-30
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]
ADDRESS = "https://s3.us-west-2.amazonaws.com/hooks/payload?X-Amz-Signature=abc"
TOKEN = "f8da6d11-b23f-48f4-814c-0fb6a667f50e"


def of_stack(action: str = "UPDATE", payload: str = ADDRESS, name: str = "MyStack") -> Json:
    """The page's example of a change of a stack."""
    return {
        "clientRequestToken": TOKEN,
        "awsAccountId": "123456789012",
        "stackId": f"arn:aws:cloudformation:us-west-2:123456789012:stack/{name}/1a2345b6-0000-00a0-a123-00abc0abc000",
        "changeSetId": None,
        "hookTypeName": "my::lambda::stackhook",
        "hookTypeVersion": "00000008",
        "hookModel": {"LambdaFunction": "arn:aws:lambda:us-west-2:123456789012:function:MyFunction"},
        "actionInvocationPoint": f"{action}_PRE_PROVISION",
        "requestData": {"targetName": "STACK", "targetType": "STACK", "targetLogicalId": name, "payload": payload},
        "requestContext": {"invocation": 1, "callbackContext": None},
    }


def of_change_set(payload: str = ADDRESS) -> Json:
    """The page's example of a change set."""
    arn = "arn:aws:cloudformation:us-west-2:123456789012:changeSet/SampleChangeSet/1a2345b6-0000-00a0-a123-00abc0abc000"
    data = {"targetName": "CHANGE_SET", "targetType": "CHANGE_SET", "targetLogicalId": arn, "payload": payload}
    return {**of_stack("CREATE"), "changeSetId": arn, "requestData": data}


def of_resource() -> Json:
    """The page's example of a resource, which this gate does not judge."""
    model = {"resourceProperties": {"QueueName": "a"}, "previousResourceProperties": {}}
    data = {
        "targetName": "AWS::SQS::Queue",
        "targetType": "AWS::SQS::Queue",
        "targetLogicalId": "Q",
        "targetModel": model,
    }
    return {**of_stack(), "requestData": data}


def payload(template: Any, **more: Any) -> Callable[[str, float], bytes]:
    """A payload that holds a template, as text; `fetch` in its place."""
    text = template if isinstance(template, str) else json.dumps(template)
    return lambda address, seconds: json.dumps({"template": text, "previousTemplate": "", **more}).encode()


def taken() -> int:
    """Megabytes of address space of the tests' own process, which is forked for each answer; a function's is small."""
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") // 1024**2 if pages.exists() else 0


class LambdaContext:
    """What Lambda tells a function about its run."""

    def __init__(self, seconds: float = 300, megabytes: int = 1024) -> None:
        self.seconds = seconds
        self.memory_limit_in_mb = megabytes + taken()

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda's."""
        return int(self.seconds * 1000)


def queue(receives: Any, **properties: Any) -> Json:
    """A queue in front of a function: `receives` runs for one event that fails."""
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": receives}
    return {
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1209600}},
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"VisibilityTimeout": 180, "RedrivePolicy": redrive, **properties},
        },
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}},
        "Fn": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "i.h",
                "Timeout": 30,
                "Code": {"S3Bucket": "b", "S3Key": "k"},
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            },
        },
        "Map": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "BatchSize": 1,
                "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                "FunctionName": {"Ref": "Fn"},
            },
        },
    }
