"""The table about real templates counts what it says it counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.corpus import main
from bench.corpus_findings import section
from bench.corpus_layout import Unit, restore, units
from bench.corpus_tally import Outcome, run
from bench.corpus_wires import JOB, PERSON, SOURCE, TARGET, TASK


def _write(path: Path, body: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body if isinstance(body, str) else json.dumps(body), "utf-8")


def _resource(kind: str, **properties: Any) -> Any:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def _run(folder: Path, resources: Any, **sections: Any) -> Outcome:
    path = folder / "app.json"
    _write(path, {"Resources": resources, **sections})
    return run(Unit("app.json", path, "file"), folder)


TASKS = {
    "StartAt": "Known",
    "States": {
        "Known": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:1:function:pay", "Next": "Each"},
        "Each": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "Chosen",
                "States": {
                    "Chosen": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::sqs:sendMessage",
                        "Parameters": {"QueueUrl.$": "$.queue"},
                        "End": True,
                    }
                },
            },
            "End": True,
        },
    },
}


def test_flattened_names_become_folders_again_and_collections_one_tree(tmp_path: Path) -> None:
    corpus, tree = tmp_path / "corpus", tmp_path / "tree"
    machine = _resource("StepFunctions::StateMachine", DefinitionUri="flow/pay.asl.json")
    _write(corpus / "cfn" / "shop" / "orders__template.json", {"Resources": {"M": machine}})
    _write(corpus / "asl" / "shop" / "orders__flow__pay.asl.json", TASKS)
    _write(corpus / "made" / "a__b" / "manifest.json", {"artifacts": {}})
    _write(corpus / "made" / "a__b" / "S__1.template.json", {"Resources": {}})
    restore(corpus, tree)
    assert [(unit.name, unit.form) for unit in units(tree)] == [
        ("a__b", "assembly"),
        ("shop/orders/template.json", "file"),
        ("shop/orders/flow/pay.asl.json", "file"),
    ]
    assert (tree / "a__b" / "S__1.template.json").exists()
    assert run(Unit("t", tree / "shop/orders/template.json", "file"), tree).tally.wires == {TASK: 2}


def test_wires_are_counted_from_the_template(tmp_path: Path) -> None:
    resources = {
        "Fn": _resource("Lambda::Function"),
        "Queue": _resource("SQS::Queue"),
        "Read": _resource("Lambda::EventSourceMapping", EventSourceArn={"Fn::GetAtt": "Queue.Arn"}, FunctionName="f"),
        "Off": _resource("Lambda::EventSourceMapping", EventSourceArn="x", FunctionName="f", Enabled=False),
        "Open": _resource("Lambda::EventSourceMapping", EventSourceArn={"Ref": "Free"}, FunctionName="f"),
        "Rule": _resource(
            "Events::Rule",
            ScheduleExpression="rate(1 day)",
            Targets=[{"Id": "1", "Arn": {"Fn::GetAtt": "Fn.Arn"}}, {"Id": "2", "Arn": {"Ref": "Free"}}],
        ),
        "Topic": _resource("SNS::Topic", Subscription=[{"Protocol": "email", "Endpoint": "a@example.com"}]),
        "Machine": _resource("StepFunctions::StateMachine", DefinitionString=json.dumps(TASKS)),
        "Unread": _resource("StepFunctions::StateMachine", DefinitionString="{"),
    }
    tally = _run(tmp_path, resources, Parameters={"Free": {"Type": "String"}}).tally
    assert tally.wires == {SOURCE: 2, TARGET: 2, TASK: 3, PERSON: 1}
    assert {(kind, why.partition(":")[0]): count for (kind, _, why), count in tally.missed.items()} == {
        (SOURCE, "a parameter has no default"): 1,
        (TARGET, "a parameter has no default"): 1,
        (TASK, "is chosen when the state runs"): 1,
        (TASK, "the document is not JSON"): 1,
    }


def test_routes_of_an_api_that_share_a_hop_all_count_as_hops(tmp_path: Path) -> None:
    calls = {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": {"Fn::GetAtt": "Fn.Arn"}}}
    mock = {"x-amazon-apigateway-integration": {"type": "mock"}}
    body = {"paths": {"/a": {"get": calls, "post": calls, "options": mock, "parameters": []}}}
    resources = {"Fn": _resource("Lambda::Function"), "Api": _resource("ApiGateway::RestApi", Body=body)}
    tally = _run(tmp_path, resources).tally
    assert (tally.wires, dict(tally.missed)) == ({SOURCE: 2}, {})
    assert tally.hops["api-integration", "declared"] == 1


def test_what_cannot_be_read_has_a_reason(tmp_path: Path) -> None:
    _write(tmp_path / "note.json", {"a": 1})
    outcome = run(Unit("note.json", tmp_path / "note.json", "file"), tmp_path)
    assert (outcome.refused, outcome.crash) == ("is not a CloudFormation template: it has no Resources", "")


def test_the_page_is_the_same_each_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(tmp_path / "in" / "cfn" / "shop" / "a.json", {"Resources": {"Q": _resource("SQS::Queue")}})
    pages = []
    for _ in range(2):
        assert main([str(tmp_path / "in"), "--processes", "0"]) == 0
        pages.append(capsys.readouterr().out)
    assert pages[0] == pages[1]
    assert "1 in all: 1 analysed, 0 refused with a reason, 0 crashed." in pages[0]
    assert str(tmp_path) not in pages[0]


def test_findings_read_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "read.csv"
    assert section(path) == "None has been read yet."
    path.write_text("template,rule,site,verdict,reason\na.yaml,batch-retry,Q,true,a | b\n", "utf-8")
    text = section(path)
    assert "| `batch-retry` | 1 | 0 | 0 |" in text
    assert "| batch-retry | true | a.yaml | Q | a \\| b |" in text
    path.write_text("template,rule,site,verdict,reason\na.yaml,batch-retry,Q,maybe,why\n", "utf-8")
    with pytest.raises(ValueError, match="row 2: 'maybe'"):
        section(path)


def test_containers_and_jobs_count_once_each(tmp_path: Path) -> None:
    resources = {
        "Started": _resource("Batch::JobDefinition"),
        "Alone": _resource("ECS::TaskDefinition", ContainerDefinitions=[]),
        "Rule": _resource(
            "Events::Rule",
            ScheduleExpression="rate(1 day)",
            Targets=[{"Id": "t", "Arn": "arn:aws:batch:x", "BatchParameters": {"JobDefinition": {"Ref": "Started"}}}],
        ),
    }
    tally = _run(tmp_path, resources).tally
    assert tally.wires == {JOB: 2, TARGET: 1}
    assert [(kind, type_) for kind, type_, _ in tally.missed] == [(JOB, "AWS::ECS::TaskDefinition")]
