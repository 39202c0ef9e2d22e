"""Queues that the AWS Solutions Constructs make: the argument of the construct that the author wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import seawall
from seawall.report.written_edits import blocks

PATTERN = "Shop/Orders"


def node(fqn: str, **children: Any) -> dict[str, Any]:
    return {"constructInfo": {"fqn": fqn, "version": "2.275.0"}, "children": children}


def assembly(folder: Path, kind: str) -> Path:
    """A stack with one pattern in it, which makes a queue, its dead-letter queue, a function and a mapping."""
    queue = node("aws-cdk-lib.aws_sqs.Queue", Resource=node("aws-cdk-lib.aws_sqs.CfnQueue"))
    function = node("aws-cdk-lib.aws_lambda.Function", Resource=node("aws-cdk-lib.aws_lambda.CfnFunction"))
    orders = node(kind, queue=queue, deadLetterQueue=queue, LambdaFunction=function)
    tree = {"version": "tree-0.1", "tree": {"children": {"Shop": node("aws-cdk-lib.Stack", Orders=orders)}}}
    policy = {"maxReceiveCount": 15, "deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}
    mapping = {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": {"Ref": "Fn"}, "BatchSize": 1}
    resources = {
        "Queue": made("SQS::Queue", "queue/Resource", RedrivePolicy=policy, VisibilityTimeout=30),
        "Dead": made("SQS::Queue", "deadLetterQueue/Resource"),
        "Fn": made("Lambda::Function", "LambdaFunction/Resource"),
        "Mapping": made("Lambda::EventSourceMapping", "LambdaFunction/Mapping/Resource", **mapping),
    }
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region",
        "properties": {"templateFile": "Shop.template.json"},
        "displayName": "Shop",
    }
    (folder / "manifest.json").write_text(json.dumps({"version": "39.0.0", "artifacts": {"Shop": artifact}}))
    (folder / "tree.json").write_text(json.dumps(tree))
    (folder / "Shop.template.json").write_text(json.dumps({"Resources": resources}))
    return folder


def made(kind: str, path: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties, "Metadata": {"aws:cdk:path": f"{PATTERN}/{path}"}}


@pytest.mark.parametrize("kind", ["aws-sqs-lambda.SqsToLambda", "aws-lambda-sqs-lambda.LambdaToSqsToLambda"])
def test_the_receives_are_an_argument_of_the_pattern(tmp_path: Path, kind: str) -> None:
    report = seawall.check(assembly(tmp_path, f"@aws-solutions-constructs/{kind}"))
    (finding,) = [each for each in report.findings if each.rule == "excessive-retries"]
    python, typescript = blocks(report.app, finding)
    name = kind.partition(".")[2]
    assert python.text == f'{name}(self, "Orders", ..., max_receive_count=5)'
    assert typescript.text == "maxReceiveCount: 5"


def test_what_another_library_made_is_set_from_its_stack(tmp_path: Path) -> None:
    report = seawall.check(assembly(tmp_path, "@shop/patterns.OrdersToSqs"))
    (finding,) = [each for each in report.findings if each.rule == "excessive-retries"]
    assert all("RedrivePolicy.maxReceiveCount" in block.text for block in blocks(report.app, finding))
