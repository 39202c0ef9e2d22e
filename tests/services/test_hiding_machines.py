"""Ways to hide the incident within a state machine: what it sends on comes back to its own queue."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

import seawall

from .test_hiding import ARN, BASE, GAP, LOOP, STREAM, TABLE, Raw, assert_said, grants, queue

SDK = "arn:aws:states:::aws-sdk:"
BUCKET: Raw = {"Type": "AWS::S3::Bucket", "Properties": {"NotificationConfiguration": {
    "QueueConfigurations": [{"Event": "s3:ObjectCreated:*", "Queue": ARN}]}}}  # fmt: skip
NOTHING: Raw = {"StartAt": "N", "States": {"N": {"Type": "Pass", "End": True}}}
DISTRIBUTED: Raw = {**NOTHING, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}


def task(resource: str, **parameters: Any) -> Raw:
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}


def definition(state: Raw) -> str:
    return json.dumps({"StartAt": "A", "States": {"A": state}})


SENT_TWICE = definition(task("arn:aws:states:::sqs:sendMessage", QueueUrl="${Q}"))
SENT_TWICE = SENT_TWICE[:-2] + ', "A": {"Type": "Succeed"}}}'
WAYS: list[tuple[str, str, dict[str, Raw], tuple[str, ...]]] = [
    ("a service in capitals", definition(task("arn:aws:states:::SQS:sendMessage", QueueUrl="${Q}")), {}, (GAP,)),
    ("an unfilled place", definition(task("arn:aws:states:::sqs:sendMessage", QueueUrl="${queue}")), {}, (GAP,)),
    ("a state that stands twice", SENT_TWICE, {}, (GAP,)),
    ("results of a Map", definition({"Type": "Map", "ItemProcessor": DISTRIBUTED, "End": True, "ResultWriter": {
        "Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "${B}"}}}), {"B": BUCKET}, LOOP),
    ("results of a Map, in a bucket that a run chooses",
     definition({"Type": "Map", "ItemProcessor": DISTRIBUTED, "End": True, "ResultWriter": {
         "Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket.$": "$.b"}}}), {"B": BUCKET}, (GAP,)),
    ("an upload in parts",
     definition(task(f"{SDK}s3:completeMultipartUpload", Bucket="${B}", Key="k")), {"B": BUCKET}, LOOP),
    ("several items", definition(task(f"{SDK}dynamodb:batchWriteItem", RequestItems={"${T}": []})),
     {"T": TABLE, "M2": STREAM}, LOOP),
    ("several items of what a run chooses",
     definition(task(f"{SDK}dynamodb:batchWriteItem", **{"RequestItems.$": "$.r"})),
     {"T": TABLE, "M2": STREAM}, (GAP,)),
    ("PartiQL", definition(task(f"{SDK}dynamodb:executeStatement", Statement="INSERT INTO T VALUE {}")),
     {"T": TABLE, "M2": STREAM}, (GAP,)),
    ("an execution that is taken up again",
     definition(task(f"{SDK}sfn:redriveExecution", **{"ExecutionArn.$": "$.e"})), {}, (GAP,)),
    ("an archive that it replays",
     definition(task(f"{SDK}eventbridge:startReplay", ReplayName="r", EventSourceArn="${A.Arn}")),
     {"A": {"Type": "AWS::Events::Archive", "Properties": {"SourceArn": {"Fn::GetAtt": ["B", "Arn"]}}},
      "B": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "b"}}}, (GAP,)),
    ("a stream of an answer",
     definition(task(f"{SDK}lambda:invokeWithResponseStream", FunctionName="${F}")), {}, LOOP),
]  # fmt: skip


@pytest.mark.parametrize(("text", "resources", "wanted"), [way[1:] for way in WAYS], ids=[way[0] for way in WAYS])
def test_none_passes_in_silence(text: str, resources: dict[str, Raw], wanted: tuple[str, ...]) -> None:
    made = copy.deepcopy(BASE)
    grants(Action="states:StartExecution", Resource={"Ref": "SM"})(made)
    queue({"Ref": "SM"})(made)
    machine: Raw = {"RoleArn": "arn:aws:iam::1:role/m", "DefinitionString": {"Fn::Sub": text}}
    if "${queue}" in text:
        machine = {"DefinitionString": text, "DefinitionSubstitutions": {"Queue": {"Ref": "Q"}}}
    made["Resources"] |= {"SM": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine}, **resources}
    assert_said(made, wanted)


def test_a_statement_that_only_reads_is_no_gap() -> None:
    made = copy.deepcopy(BASE)
    text = definition(task(f"{SDK}dynamodb:executeStatement", Statement="select * from T"))
    made["Resources"]["SM"] = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionString": text}}
    assert not seawall.check(made).gaps


def test_a_definition_on_its_own_has_names_where_a_template_fills_them(tmp_path: Any) -> None:
    path = tmp_path / "m.asl.json"
    path.write_text(definition(task("arn:aws:states:::sqs:sendMessage", QueueUrl="${queue}")))
    report = seawall.check(path)
    assert not report.gaps
    assert "external:${queue}" in report.analysis.flow.sites
