# ruff: noqa: E501 -- programs as text
"""Where code is looked for, and what is said where it is not there or cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.graph import Evidence
from seawall.services import Wiring, read
from seawall.template import load

from .conftest import Raw, Wire, arn, queue, ref, resource

SEND = (
    "import boto3, os\nsqs = boto3.client('sqs')\ndef handler(event, context):\n"
    "    sqs.send_message(QueueUrl=os.environ['QUEUE'], MessageBody='x')\n"
)


def sent(path: Path) -> list[tuple[str, str, int]]:
    """The hops that were read: where they go, and from which line."""
    found = read(load([path])).hops
    return [
        (one.target, Path(one.at.file).name, one.at.line)
        for one in found
        if one.evidence is Evidence.READ and one.at is not None
    ]


def test_entry_points_of_esbuild(tmp_path: Path) -> None:
    """The handler is `app.handler` of the bundle; its source is the entry point of that name."""
    (tmp_path / "src" / "orders").mkdir(parents=True)
    (tmp_path / "src" / "orders" / "app.ts").write_text(
        "import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';\nconst sqs = new SQSClient({});\n"
        "export const handler = async (e: any): Promise<void> => {\n"
        "  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE, MessageBody: 'x' }));\n};\n"
    )
    (tmp_path / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Queue: {Type: AWS::SQS::Queue}\n  Fn:\n"
        "    Type: AWS::Serverless::Function\n    Metadata:\n      BuildMethod: esbuild\n"
        "      BuildProperties: {EntryPoints: [src/orders/app.ts]}\n    Properties:\n      CodeUri: .\n"
        "      Runtime: nodejs22.x\n      Handler: app.handler\n      Environment: {Variables: {QUEUE: !Ref Queue}}\n"
    )
    assert sent(tmp_path / "template.yaml") == [("template/Queue", "app.ts", 4)]


def test_an_image_asset_of_the_cdk_is_read_by_its_command(tmp_path: Path) -> None:
    key = "0123456789abcdef" * 4
    folder = tmp_path / f"asset.{key}"
    folder.mkdir()
    (folder / "orders.py").write_text(SEND)
    (folder / "Dockerfile.orders").write_text(
        'FROM public.ecr.aws/lambda/python:3.13\nCOPY orders.py ./\nCMD ["orders.handler"]\n'
    )
    uri = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/assets:" + key}
    fn = resource(
        "Lambda::Function",
        PackageType="Image",
        Code={"ImageUri": uri},
        Environment={"Variables": {"QUEUE": ref("Queue")}},
    )
    (tmp_path / "App.template.json").write_text(json.dumps({"Resources": {"Queue": queue(), "Fn": fn}}))
    image = {"source": {"directory": folder.name, "dockerFile": "Dockerfile.orders"}, "destinations": {}}
    (tmp_path / "App.assets.json").write_text(json.dumps({"files": {}, "dockerImages": {key: image}}))
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "App.template.json"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"App": stack}}))
    assert sent(tmp_path) == [("App/Queue", "orders.py", 4)]


def many(count: int, runtime: str, **code: Any) -> dict[str, Raw]:
    """Functions behind a queue, which may send to another one."""
    allowed = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn("Out")}
    role = resource("IAM::Role", Policies=[{"PolicyName": "P", "PolicyDocument": {"Statement": allowed}}])
    made: dict[str, Raw] = {"In": queue(3), "Out": queue(), "Role": role}
    for number in range(count):
        made[f"Fn{number}"] = resource(
            "Lambda::Function",
            Runtime=runtime,
            Handler="index.handler",
            Role=arn("Role"),
            Environment={"Variables": {"OUT": ref("Out")}},
            **code,
        )
        made[f"Map{number}"] = resource(
            "Lambda::EventSourceMapping", EventSourceArn=arn("In"), FunctionName=ref(f"Fn{number}")
        )
    return made


def said(wiring: Wiring) -> list[str]:
    return [one.why for one in wiring.unknowns if one.property == "Code"]


@pytest.mark.parametrize(
    ("runtime", "code", "why"),
    [
        ("java21", {"Code": {"S3Bucket": "b", "S3Key": "k"}}, "code in java21 is not read: what app/Fn0, app/Fn1 and app/Fn2 send is inferred from their roles"),
        ("python3.13", {"Code": "src/"}, "the code of app/Fn0, app/Fn1 and app/Fn2 (python3.13) is not here: src/; what they send is inferred from their roles"),
    ],
)  # fmt: skip
def test_functions_that_cannot_be_read_make_one_gap_for_each_runtime(
    wire: Wire, runtime: str, code: dict[str, Any], why: str
) -> None:
    """Not one for each function: a template that is checked without its sources has one reason, not fifty."""
    assert said(wire(many(3, runtime, **code))) == [why]


def test_no_gap_where_nothing_is_tried_again_or_nothing_may_be_sent(wire: Wire) -> None:
    alone = many(1, "java21", Code={"S3Bucket": "b", "S3Key": "k"})
    quiet = {name: each for name, each in alone.items() if name != "Map0"}
    assert said(wire(quiet)) == []
    alone["Role"] = resource("IAM::Role", Policies=[])
    alone["Fn0"]["Properties"].pop("Environment")
    assert said(wire(alone)) == []


def test_a_library_that_is_handed_a_client_keeps_the_hops_of_its_service(wire: Wire) -> None:
    made = many(
        1,
        "python3.13",
        Code={
            "ZipFile": "import boto3\nfrom queues import Outbox\nbox = Outbox(boto3.client('sqs'))\ndef handler(event, context):\n    box.put(event)\n"
        },
    )
    wiring = wire(made)
    assert [one.target for one in wiring.hops if one.source == "app/Fn0"] == ["app/Out"]
    assert any(why.startswith("hands a client of sqs to queues.Outbox") for why in said(wiring))
    assert wiring.ruled_out == []


def test_tries_without_a_limit_are_said(wire: Wire) -> None:
    made = many(
        1,
        "python3.13",
        Code={
            "ZipFile": "import boto3, os, time\nsqs = boto3.client('sqs')\ndef handler(event, context):\n    while True:\n        try:\n            sqs.send_message(QueueUrl=os.environ['OUT'], MessageBody='x')\n            return\n        except Exception:\n            time.sleep(1)\n"
        },
    )
    [why] = said(wire(made))
    assert why.startswith("tries sqs:SendMessage again, ")
    assert why.endswith(", without a constant limit")
