"""A finding that rests on an inference says how to correct it, and the statement does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.engine import Report, report_of
from seawall.report.correcting import how_to_correct
from seawall.report.format import Screen
from seawall.report.text import render
from seawall.rules import Finding
from seawall.template import AuthorLanguage, load
from seawall.template.language import written_in


def calls_itself(cdk: bool, metadata: Any = None) -> dict[str, Any]:
    """A function whose role lets it invoke itself, and whose code is not there."""
    allowed = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": {"Fn::GetAtt": ["Worker", "Arn"]}}
    policy = {"PolicyDocument": {"Version": "2012-10-17", "Statement": [allowed]}, "Roles": [{"Ref": "Role"}]}
    worker: dict[str, Any] = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "java21",
            "Handler": "shop.Worker",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": {"S3Bucket": "code", "S3Key": "worker.jar"},
        },
        "Metadata": ({"aws:cdk:path": "Shop/Worker/Resource"} if cdk else {}) | (metadata or {}),
    }
    trusted = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}
    return {
        "Worker": worker,
        "Role": {"Type": "AWS::IAM::Role", "Properties": trusted},
        "Policy": {"Type": "AWS::IAM::Policy", "Properties": policy | {"PolicyName": "call"}},
    }


def judged(directory: Path, resources: dict[str, Any], language: AuthorLanguage | None = None) -> Report:
    path = directory / "Shop.template.json"
    path.write_text(json.dumps({"Resources": resources}))
    app = load([path])
    if language is not None:
        written_in(app, language)
    return report_of(app)


def looped(report: Report) -> list[Finding]:
    return [each for each in report.findings if each.rule == "retry-loop"]


@pytest.mark.parametrize(
    ("cdk", "language", "statement"),
    [
        (False, None, 'state it: at Worker: "Metadata": {"seawall": {"never_sends_to": [{"to": "Worker"}]}}'),
        (True, AuthorLanguage.PYTHON, "state it: Flow.of(<Shop/Worker>).never_sends_to(<Shop/Worker>)"),
        (
            True,
            AuthorLanguage.TYPESCRIPT,
            (
                "state it: (<Shop/Worker>.node.defaultChild as CfnResource).addMetadata('seawall', "
                "{ never_sends_to: [{ to: 'Shop/Worker' }] })"
            ),
        ),
    ],
    ids=["template", "Python", "TypeScript"],
)
def test_in_the_language_of_the_app(tmp_path: Path, cdk: bool, language: AuthorLanguage | None, statement: str) -> None:
    report = judged(tmp_path, calls_itself(cdk), language)
    (finding,) = looped(report)
    assert how_to_correct(report, finding).endswith(statement)
    assert "  correct: if " in render(report, Screen(width=500, verbose=True))
    assert "  correct: " not in render(report, Screen(width=500))


@pytest.mark.parametrize("to", ["Worker", "Shop/Worker"])
def test_what_is_stated_so_ends_the_finding(tmp_path: Path, to: str) -> None:
    stated = {"seawall": {"never_sends_to": [{"to": to}]}}
    assert looped(judged(tmp_path, calls_itself(cdk=True, metadata=stated))) == []


def test_what_is_declared_needs_no_correction(tmp_path: Path) -> None:
    queue = {"Type": "AWS::SQS::Queue"}
    read = {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": {"Ref": "Worker"}, "BatchSize": 1}
    mapping = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": read}
    report = judged(tmp_path, calls_itself(cdk=False) | {"Queue": queue, "Read": mapping})
    (finding,) = [each for each in report.findings if each.rule == "unbounded-retry"]
    assert how_to_correct(report, finding) == ""


def test_what_stands_in_another_template_is_named_so_that_the_statement_finds_it(tmp_path: Path) -> None:
    """Two functions that may call each other, each in a template of its own without the CDK."""

    def written(stated: Any = None) -> Report:
        for own, other in (("Shop", "Mail"), ("Mail", "Shop")):
            resources = calls_itself(cdk=False, metadata=stated if own == "Mail" else None)
            allowed = resources["Policy"]["Properties"]["PolicyDocument"]["Statement"][0]
            allowed["Resource"] = {"Fn::ImportValue": other}
            arn = {"Value": {"Fn::GetAtt": ["Worker", "Arn"]}, "Export": {"Name": own}}
            (tmp_path / f"{own}.json").write_text(json.dumps({"Resources": resources, "Outputs": {"Arn": arn}}))
        return report_of(load([tmp_path]))

    report = written()
    (finding,) = looped(report)
    line = '"Metadata": {"seawall": {"never_sends_to": [{"to": "Shop/Worker"}]}}'
    assert how_to_correct(report, finding) == (
        f"if Mail/Worker does not send to Shop/Worker, state it: at Worker: {line}"
    )
    assert not looped(written(json.loads(f"{{{line}}}")["Metadata"]))
