"""Findings of an app with a package of its own stand on the author's lines, with Seawall from a wheel.

The CDK drops the first frame of each stack trace that it is given. From a checkout that was a frame of Seawall's;
from a wheel it was the author's, and every finding stood on the line that called the right one.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .installed import Environment

APP = """\
import aws_cdk as cdk
import seawall

from shop.orders import Orders

app = cdk.App(outdir="cdk.out")
seawall.record_source_lines()
Orders(app, "Orders")
app.synth()
"""
STACK = """\
import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn

from .parts import charger, waiting


class Orders(cdk.Stack):
    def __init__(self, scope, name):
        super().__init__(scope, name)
        queue = waiting(self)
        body = sfn.DefinitionBody.from_chainable(charger(self))
        sfn.StateMachine(self, "Machine", definition_body=body)
        queue.node.default_child.visibility_timeout = 60
"""
PARTS = """\
from aws_cdk import aws_lambda, aws_lambda_event_sources as sources, aws_sqs
from aws_cdk import aws_stepfunctions_tasks as tasks


def waiting(scope):
    queue = aws_sqs.Queue(scope, "Queue")
    code = aws_lambda.Code.from_inline("def handler(event, context): ...")
    runtime = aws_lambda.Runtime.PYTHON_3_13
    worker = aws_lambda.Function(scope, "Worker", runtime=runtime, handler="index.handler", code=code)
    worker.add_event_source(sources.SqsEventSource(queue))
    return queue


def charger(scope):
    worker = scope.node.find_child("Worker")
    charge = tasks.LambdaInvoke(scope, "Charge", lambda_function=worker)
    charge.add_retry(max_attempts=2)
    return charge
"""


@pytest.fixture(scope="module")
def project(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("lines")
    (found / "shop").mkdir()
    (found / "app.py").write_text(APP)
    (found / "shop" / "__init__.py").touch()
    (found / "shop" / "orders.py").write_text(STACK)
    (found / "shop" / "parts.py").write_text(PARTS)
    (found / ".git").mkdir()
    environment.run(["python", "app.py"], found, CDK_VALIDATION="false")
    return found


def test_the_tests_run_what_is_installed(environment: Environment, tmp_path: Path) -> None:
    done = environment.run(["python", "-c", "import seawall; print(seawall.__file__)"], tmp_path)
    assert Path(done.stdout.strip()).is_relative_to(environment.folder)


def line(place: str) -> str:
    """The line of the file that a frame of the CDK's names."""
    path, _, number = place.partition("(")[2].rstrip(")").rpartition(":")
    return Path(path).read_text().splitlines()[int(number) - 1].strip()


@pytest.mark.parametrize(
    ("construct", "text"),
    [
        ("Queue/", 'queue = aws_sqs.Queue(scope, "Queue")'),
        ("Worker/Resource", "worker = aws_lambda.Function("),
        ("Worker/ServiceRole/Resource", "worker = aws_lambda.Function("),
        ("Worker/SqsEventSource:", "worker.add_event_source("),
        ("Machine/Resource", 'sfn.StateMachine(self, "Machine"'),
    ],
)
def test_the_first_frame_in_the_assembly_is_the_line_that_made_it(project: Path, construct: str, text: str) -> None:
    stack = json.loads((project / "cdk.out" / "manifest.json").read_text())["artifacts"]["Orders"]
    file = stack.get("additionalMetadataFile")
    metadata = json.loads((project / "cdk.out" / file).read_text()) if file else stack["metadata"]
    (entries,) = (found for path, found in metadata.items() if path.startswith(f"/Orders/{construct}"))
    (frames,) = (one["data"] for one in entries if one["type"] == "aws:cdk:creationStack")
    assert line(next(frame for frame in frames if ".py:" in frame)).startswith(text)


def test_findings_stand_on_the_lines_of_the_package(environment: Environment, project: Path) -> None:
    done = environment.run(["seawall", "check", "--format", "github"], project, code=1)
    places = re.findall(r"^::\w+ file=([^,]+),line=(\d+).*title=([\w-]+)", done.stdout, re.MULTILINE)
    lines = {rule: line(f"({project / file}:{number})") for file, number, rule in places}
    assert lines["unbounded-retry"] == 'queue = aws_sqs.Queue(scope, "Queue")'
    assert lines["batch-retry"] == "worker.add_event_source(sources.SqsEventSource(queue))"
