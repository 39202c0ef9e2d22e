"""Lines of the app, as noted while it is built and as read from its assembly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from seawall.graph import Place
from seawall.report.places import locate
from seawall.template import Address, App, load

APP = """\
import aws_cdk as cdk
from aws_cdk import aws_lambda, aws_lambda_event_sources as sources, aws_sqs, aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from seawall import record_source_lines


class Orders(cdk.Stack):
    def __init__(self, scope, name):
        super().__init__(scope, name)
        queue = aws_sqs.Queue(self, "Queue")
        code = aws_lambda.Code.from_inline("def handler(event, context): ...")
        runtime = aws_lambda.Runtime.PYTHON_3_12
        worker = aws_lambda.Function(self, "Worker", runtime=runtime, handler="index.handler", code=code)
        worker.add_event_source(sources.SqsEventSource(queue))
        charge = tasks.LambdaInvoke(self, "Charge", lambda_function=worker)
        charge.add_retry(max_attempts=2)
        save = tasks.LambdaInvoke.jsonata(self, "Save", lambda_function=worker)
        sfn.StateMachine(self, "Machine", definition_body=sfn.DefinitionBody.from_chainable(charge.next(save)))


app = cdk.App(outdir="cdk.out")
record_source_lines()
record_source_lines()
Orders(app, "Orders")
app.synth()
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("lines")
    (found / "app.py").write_text(APP)
    subprocess.run([sys.executable, "app.py"], cwd=found, env={**os.environ, "CDK_VALIDATION": "false"}, check=True)
    return found


@pytest.fixture(scope="module")
def app(directory: Path) -> App:
    return load([directory / "cdk.out"])


def line(app: App, directory: Path, path: str, setting: str = "") -> int | None:
    """The line at which a finding stands, of the only file there is."""
    (resource,) = (one for one in app.resources() if one.construct_path == path)
    at = locate(app, Place(resource.address, setting))
    assert at.file == str(directory / "app.py")
    return at.file_line


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Orders/Queue/Resource", 'aws_sqs.Queue(self, "Queue")'),
        ("Orders/Worker/ServiceRole/Resource", 'aws_lambda.Function(self, "Worker"'),
        ("Orders/Machine/Resource", 'sfn.StateMachine(self, "Machine"'),
    ],
)
def test_a_construct_stands_where_it_was_made(app: App, directory: Path, path: str, text: str) -> None:
    assert text in APP.splitlines()[(line(app, directory, path) or 0) - 1]


def test_what_a_method_made_stands_at_its_call(app: App, directory: Path) -> None:
    (mapping,) = (one for one in app.resources() if one.type == "AWS::Lambda::EventSourceMapping")
    at = locate(app, Place(mapping.address, "BatchSize"))
    assert "worker.add_event_source" in APP.splitlines()[(at.file_line or 0) - 1]


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("DefinitionString.States.Charge", 'tasks.LambdaInvoke(self, "Charge"'),
        ("States.Charge.Retry", "charge.add_retry"),
        ("States.Save.Retry", "tasks.LambdaInvoke.jsonata"),  # has no retrier of the author's
        ("States.Gone.Retry", "sfn.StateMachine"),
    ],
)
def test_a_state_stands_where_it_was_made(app: App, directory: Path, setting: str, text: str) -> None:
    assert text in APP.splitlines()[(line(app, directory, "Orders/Machine/Resource", setting) or 0) - 1]


def test_a_resource_of_a_template_stands_in_the_template(tmp_path: Path) -> None:
    file = tmp_path / "orders.json"
    file.write_text(json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}, indent=1))
    at = locate(load([file]), Place(Address("orders.json", "Queue")))
    assert (at.file, at.file_line, at.source) == (str(file), 3, None)
