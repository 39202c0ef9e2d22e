"""What users do first, with Seawall as they have it."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from .conftest import WHOLE
from .installed import ROOT, Environment

SCENARIOS = ROOT / "tests" / "scenarios"
SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      InlineCode: "def handler(event, context): ..."
      Events:
        Orders:
          Type: SQS
          Properties:
            Queue: !GetAtt Orders.Arn
            BatchSize: 1
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 30}
  Dead:
    Type: AWS::SQS::Queue
"""
GUARDED = """\
import aws_cdk as cdk
import seawall
from aws_cdk import aws_lambda as lambda_, aws_lambda_event_sources as sources, aws_sqs as sqs

app = cdk.App(outdir="cdk.out")
seawall.record_source_lines()
seawall.guard(app, max_attempts=10)
stack = cdk.Stack(app, "Shop")
dead = sqs.DeadLetterQueue(queue=sqs.Queue(stack, "Dead"), max_receive_count=RECEIVES)
queue = sqs.Queue(stack, "Orders", dead_letter_queue=dead, visibility_timeout=cdk.Duration.minutes(6))
code = lambda_.Code.from_inline("def handler(event, context): ...")
worker = lambda_.Function(stack, "Worker", runtime=lambda_.Runtime.PYTHON_3_13, handler="index.handler", code=code)
worker.add_event_source(sources.SqsEventSource(queue, batch_size=1))
EXTRA
app.synth()
"""
REPAIR = "cdk.Aspects.of(app).add(seawall.FitVisibility(), priority=cdk.AspectPriority.MUTATING)"
PIPELINE = """\
import aws_cdk as cdk
import seawall
from aws_cdk import aws_lambda as lambda_
from seawall.constructs import WebhookPipeline

app = cdk.App(outdir="cdk.out")
seawall.guard(app, max_attempts=5, fail_on_gaps=True)
stack = cdk.Stack(app, "Shop")
code = lambda_.Code.from_inline("def handler(event, context): ...")
worker = lambda_.Function(stack, "Worker", runtime=lambda_.Runtime.PYTHON_3_13, handler="index.handler", code=code)
WebhookPipeline(stack, "Orders", function=worker, signature_header="X-Signature")
app.synth()
"""


def test_a_template(bare: Environment, tmp_path: Path) -> None:
    done = bare.run(["seawall", "check", SCENARIOS / "case-04-pipe-to-express.json"], tmp_path, code=1)
    assert "error[stacked-retries]" in done.stdout
    assert " 20 times" in done.stdout
    assert bare.run(["seawall", "--version"], tmp_path).stdout.startswith("seawall ")
    assert "stacked-retries" in bare.run(["seawall", "explain"], tmp_path).stdout


def test_sam(bare: Environment, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(SAM)
    done = bare.run(["seawall", "check", "template.yaml", "--format", "json", "--fail-on", "warning"], tmp_path, code=1)
    found = json.loads(done.stdout)["findings"]
    assert [one["attempts"] for one in found if one["rule"] == "excessive-retries"] == [30]


def test_every_format_is_there_without_an_extra(bare: Environment, tmp_path: Path) -> None:
    names = ("r.sarif", "r.md", "r.json", "r.html", "r.xml", "r.csv", "r.mmd", "r.dot", "r.codequality.json")
    outputs = [word for name in names for word in ("--output", name)]
    bare.run(["seawall", "check", SCENARIOS / "case-04-pipe-to-express.json", *outputs], tmp_path, code=1)
    assert all((tmp_path / name).stat().st_size for name in names)


def test_the_code_of_the_gate_is_bundled_from_the_wheel(bare: Environment, tmp_path: Path) -> None:
    bare.run(["python", "-m", "seawall.hook.bundling", "gate.zip", "--offline"], tmp_path)
    names = zipfile.ZipFile(tmp_path / "gate.zip").namelist()
    assert {"seawall/hook/handling.py", "msgspec/__init__.py", "yaml/__init__.py"} <= set(names)
    assert not [name for name in names if name.endswith(".pyc") or name.startswith(("rich/", "boto3/"))]


@pytest.mark.skipif(not WHOLE, reason="downloads the CDK and a compiler for TypeScript")
def test_an_app_in_typescript(bare: Environment, tmp_path: Path) -> None:
    app = shutil.copytree(ROOT / "tests" / "journeys" / "typescript", tmp_path / "app")
    bare.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], app)
    bare.run(["node_modules/.bin/tsc"], app)
    bare.run(["node", "--enable-source-maps", "app.js"], app)
    done = bare.run(["seawall", "check", "--format", "concise", "--fail-on", "warning"], app, code=1)
    line = next(
        number for number, text in enumerate((app / "app.ts").read_text().splitlines(), 1) if "orders =" in text
    )
    assert done.stdout.startswith(f"app.ts:{line}: warning[excessive-retries] 30 runs, Shop/Orders")


@pytest.mark.skipif(not WHOLE, reason="the environment of the short form has every extra")
def test_what_an_extra_is_for_names_the_extra(bare: Environment, tmp_path: Path) -> None:
    done = bare.run(["python", "-c", "import seawall; seawall.guard"], tmp_path, code=1)
    assert "pip install 'seawall[cdk]'" in done.stderr
    # The translator of SAM brings boto3 today: hidden, as it may not tomorrow.
    hidden = "import sys; sys.modules['boto3'] = None; from seawall.cli import main; sys.exit(main(sys.argv[1:]))"
    done = bare.run(["python", "-c", hidden, "audit", "-o", "snapshot"], tmp_path, code=2)
    assert "pip install 'seawall[audit]'" in done.stderr
    done = bare.run(
        ["seawall", "replay", SCENARIOS / "case-01-queue-function.json", "--fail", "Worker"], tmp_path, code=2
    )
    assert "pip install 'seawall[replay]'" in done.stderr


def test_the_adoption_snippet(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for receives, code in ((30, 0), (3, 0)):
        (tmp_path / "app.py").write_text(GUARDED.replace("RECEIVES", str(receives)).replace("EXTRA", ""))
        environment.run(["python", "app.py"], tmp_path, code=code, CDK_VALIDATION="false")
        report = tmp_path / "cdk.out" / "validation-report.json"
        said = report.read_text() if report.exists() else ""
        assert ("excessive-retries" in said) is (receives == 30)
        shutil.rmtree(tmp_path / "cdk.out")


def test_a_repair(environment: Environment, tmp_path: Path) -> None:
    app = GUARDED.replace("RECEIVES", "5").replace("EXTRA", REPAIR).replace("minutes(6)", "seconds(3)")
    app = app.replace("handler=", "timeout=cdk.Duration.seconds(2), handler=")
    (tmp_path / "app.py").write_text(app)
    environment.run(["python", "app.py"], tmp_path, CDK_VALIDATION="false")
    resources = json.loads((tmp_path / "cdk.out" / "Shop.template.json").read_text())["Resources"].values()
    timeouts = [
        one.get("Properties", {}).get("VisibilityTimeout") for one in resources if one["Type"] == "AWS::SQS::Queue"
    ]
    assert 12 in timeouts  # six times the function's two seconds


def test_a_construct_keeps_its_promise(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(PIPELINE)
    environment.run(["python", "app.py"], tmp_path, CDK_VALIDATION="false")
    environment.run(["seawall", "check"], tmp_path)


def test_a_replay(replaying: Environment, tmp_path: Path) -> None:
    template = str(SCENARIOS / "case-06-cdk-lambda-invoke.json")
    done = replaying.run(["seawall", "replay", template, "--fail", "Task", "--with", "fault"], tmp_path)
    assert "3 of 3 counts are as predicted" in done.stdout
