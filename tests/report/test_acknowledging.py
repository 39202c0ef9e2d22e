"""The lines that accept a finding: what they accept is gone once they stand where they say."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import seawall
from seawall.report.acknowledging import acknowledging, how_to_acknowledge
from seawall.report.format import Screen
from seawall.report.text import render
from seawall.report.written_edits import blocks_by_part
from seawall.rules import Finding
from seawall.template import Json
from tests.remedies.recipes.in_python import synthesize

SCENARIOS = Path(__file__).parents[1] / "scenarios"
APP = """\
import aws_cdk as cdk
import seawall
from aws_cdk import aws_lambda as lambda_, aws_sqs as sqs
from aws_cdk.aws_lambda_event_sources import SqsEventSource


class Shop(cdk.Stack):
    def __init__(self, scope, name):
        super().__init__(scope, name)
        dead = sqs.DeadLetterQueue(queue=sqs.Queue(self, "Dead"), max_receive_count=5)
        code = lambda_.Code.from_inline("def handler(event, context): ...")
        worker = lambda_.Function(
            self, "Worker", runtime=lambda_.Runtime.PYTHON_3_13, handler="index.handler", code=code
        )
        worker.add_event_source(SqsEventSource(sqs.Queue(self, "Many", dead_letter_queue=dead)))


app = cdk.App(outdir=OUTDIR)
seawall.record_source_lines()
Shop(app, "Shop")
app.synth()
"""
SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Dead:
    Type: AWS::SQS::Queue
  Many:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy:
        maxReceiveCount: 5
        deadLetterTargetArn: !GetAtt Dead.Arn
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: "def handler(event, context): ..."
      Events:
        Queue:
          Type: SQS
          Properties:
            Queue: !GetAtt Many.Arn
"""


def batches(report: seawall.Report) -> list[Finding]:
    return [each for each in report.findings if each.rule == "batch-retry"]


def test_the_lines_accept_it_in_a_cdk_app(tmp_path: Path) -> None:
    """At the function, around the mapping that the finding stands at."""
    before = seawall.check(synthesize(APP, tmp_path, "before"))
    (finding,) = batches(before)
    (block,) = acknowledging(before.app, finding)
    assert 'Validations.of(self.node.find_child("Worker")).acknowledge(' in block.text
    tree = ast.parse(APP)
    (stack,) = [each for each in tree.body if isinstance(each, ast.ClassDef)]
    (method,) = [each for each in stack.body if isinstance(each, ast.FunctionDef)]
    brought, *stated = ast.parse(block.text).body
    tree.body.insert(0, brought)
    method.body += stated
    source = ast.unparse(ast.fix_missing_locations(tree))
    assert not batches(seawall.check(synthesize(source, tmp_path, "after")))


def test_the_lines_accept_it_in_a_template(tmp_path: Path) -> None:
    """What SAM makes of an event has no metadata of its own: it is stated of the function."""
    file = tmp_path / "template.yaml"
    file.write_text(SAM)
    before = seawall.check(file)
    (finding,) = batches(before)
    assert how_to_acknowledge(before.app, finding).startswith('at Worker: "Metadata": ')
    (block,) = acknowledging(before.app, finding)
    first, name, *stated = block.text.splitlines()
    assert (first, name) == ("Resources:", "  Worker:")
    shown = [line.strip() for line in render(before, Screen(width=100)).splitlines()]
    assert {line.strip() for line in stated} <= set(shown), "below what proposes it"
    file.write_text(SAM.replace("  Worker:\n", "\n".join(("  Worker:", *stated, ""))))
    assert not batches(seawall.check(file))


def test_nothing_is_accepted_that_has_to_go(tmp_path: Path) -> None:
    """An acknowledgement that matches nothing is taken out."""
    (tmp_path / "template.yaml").write_text(
        SAM.replace("  Dead:\n", "  Dead:\n    Metadata: {seawall: {acknowledge: [{rule: retry-loop, reason: old}]}}\n")
    )
    report = seawall.check(tmp_path / "template.yaml")
    (finding,) = [each for each in report.findings if each.rule == "unmatched-acknowledgement"]
    assert acknowledging(report.app, finding) == ()


def test_where_nobody_knows_the_language_the_second_has_its_line_alone(tmp_path: Path) -> None:
    """The CDK made the template, and nothing says of which constructs: both look for a logical id in the same way."""
    rules: Json = {"CheckBootstrapVersion": {"Assertions": []}}
    version = {
        "BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/x/version"}
    }
    template = json.loads((SCENARIOS / "excessive-single-layer.json").read_text())
    file = tmp_path / "Shop.template.json"
    file.write_text(json.dumps({**template, "Rules": rules, "Parameters": version}))
    report = seawall.check(file)
    (finding,) = report.findings
    python, typescript = acknowledging(report.app, finding)
    assert "for each in self.node.find_all():" in python.text
    assert typescript.told == (
        "TypeScript, in such a loop:\n"
        "Validations.of(each).acknowledge({ id: 'Seawall::excessive-retries', reason: '...' });"
    )
    python, typescript = (block for part in blocks_by_part(report.app, finding) for block in part)
    assert "for each in self.node.find_all():" in python.text
    assert typescript.text == "each.addPropertyOverride('RedrivePolicy.maxReceiveCount', 5);"
