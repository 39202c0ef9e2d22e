"""A project outside this repository adopts the gate, stacks a retry in a change, and is stopped at the line of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .conftest import Action, git
from .runner import Run
from .snippets import configured

APP = """\
import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_, aws_pipes as pipes, aws_iam as iam, aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn, aws_stepfunctions_tasks as tasks

import seawall


class Shop(cdk.Stack):
    def __init__(self, scope, name):
        super().__init__(scope, name)
        dead = sqs.DeadLetterQueue(queue=sqs.Queue(self, "Dead"), max_receive_count=5)
        orders = sqs.Queue(self, "Orders", dead_letter_queue=dead, visibility_timeout=cdk.Duration.minutes(6))
        code = lambda_.Code.from_inline("def handler(event, context): ...")
        runtime = lambda_.Runtime.PYTHON_3_13
        charger = lambda_.Function(self, "Charger", runtime=runtime, handler="index.handler", code=code)
        charge = tasks.LambdaInvoke(self, "Charge", lambda_function=charger, retry_on_service_exceptions=False)
        body = sfn.DefinitionBody.from_chainable(charge)
        machine = sfn.StateMachine(
            self, "Machine", definition_body=body, state_machine_type=sfn.StateMachineType.EXPRESS
        )
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("pipes.amazonaws.com"))
        orders.grant_consume_messages(role)
        machine.grant_start_sync_execution(role)
        waits = {"stepFunctionStateMachineParameters": {"invocationType": "REQUEST_RESPONSE"}}
        pipes.CfnPipe(
            self,
            "Pipe",
            role_arn=role.role_arn,
            source=orders.queue_arn,
            source_parameters={"sqsQueueParameters": {"batchSize": 1}},
            target=machine.state_machine_arn,
            target_parameters=waits,
        )


app = cdk.App()
seawall.record_source_lines()
seawall.guard(app, max_attempts=10)
Shop(app, "Shop")
app.synth()
"""
BEFORE = "        body = sfn.DefinitionBody"
STACKED = '        charge.add_retry(errors=["States.ALL"], max_attempts=3)\n'


RUNS = """\
import contextlib, runpy, sys
for _ in sys.stdin:
    with contextlib.suppress(RuntimeError):  # that the validation failed: the report says it
        runpy.run_path("app.py", run_name="__main__")
    print("done", flush=True)
"""
"""Runs the app for each line that it reads: one process, as the CDK takes more than a second to start."""


class Synthesizer:
    """What `cdk synth` does, less the command line: the CDK fails the app, after it has written the templates."""

    def __init__(self, project: Path) -> None:
        self._out = project / "cdk.out"
        outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        self._process = subprocess.Popen(
            [sys.executable, "-c", RUNS],
            cwd=project,
            env=outside | {"CDK_OUTDIR": str(self._out), "CDK_VALIDATION": "false"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def passes(self) -> bool:
        """Whether the guards let the app pass as it is now."""
        assert self._process.stdin
        assert self._process.stdout
        report = self._out / "validation-report.json"
        report.unlink(missing_ok=True)
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"
        assert (self._out / "Shop.template.json").is_file()
        return not any(one["conclusion"] == "failure" for one in json.loads(report.read_text())["pluginReports"])

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def gate(action: Action, project: Path) -> Run:
    """The step that the page tells people to add, in the form in which it stands there."""
    job = configured("GitHub Actions")["jobs"]["report"]
    step = job["steps"][-1]
    assert step["uses"].startswith("OWNER/seawall@")
    assert job["if"] == "${{ !cancelled() }}"  # also after a synth that a guard failed
    return action(project, **step["with"])


def seawall(project: Path, *arguments: str) -> str:
    """What our command prints in the project."""
    return subprocess.run(
        [sys.executable, "-m", "seawall", *arguments], cwd=project, capture_output=True, text=True, check=False
    ).stdout


@dataclass(frozen=True)
class Chapter:
    """How the project fared at one point of its history."""

    synthesized: bool
    """Whether the guards in the app let `cdk synth` pass."""
    run: Run
    """What the action did in CI."""
    text: str
    """What `seawall check` prints."""

    @property
    def passed(self) -> bool:
        assert self.synthesized is not self.run.failed, "the guards and the gate agree"
        return self.synthesized


def chapter(action: Action, project: Path, synthesizer: Synthesizer) -> Chapter:
    return Chapter(synthesizer.passes(), gate(action, project), seawall(project, "check"))


@dataclass(frozen=True)
class Story:
    """All of it, as a synth takes more than a second."""

    adopted: Chapter
    stacked: Chapter
    known: Chapter
    grown: Chapter
    line: int
    """Which line of the app the change added."""


@pytest.fixture(scope="module")
def story(action: Action, tmp_path_factory: pytest.TempPathFactory) -> Story:
    project = tmp_path_factory.mktemp("shop")
    app = project / "app.py"
    app.write_text(APP)
    (project / ".gitignore").write_text("cdk.out/\n")
    git(project, "init", "--quiet")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "The shop")
    synthesizer = Synthesizer(project)
    adopted = chapter(action, project, synthesizer)

    # 5 receives, and now each with 4 tries of the state.
    app.write_text(APP.replace(BEFORE, STACKED + BEFORE))
    (added,) = re.findall(r"^@@ -\d+,0 \+(\d+) @@", git(project, "diff", "--unified=0"), re.MULTILINE)
    stacked = chapter(action, project, synthesizer)

    # The team cannot mend it this week.
    seawall(project, "baseline", "--reason", "until the queue owns the retry")
    (project / "seawall.toml").write_text('baseline = "seawall-baseline.json"\n')
    known = chapter(action, project, synthesizer)

    # Nobody lowers the bar: one more try for each receive.
    app.write_text(APP.replace(BEFORE, STACKED.replace("=3", "=4") + BEFORE))
    grown = chapter(action, project, synthesizer)
    synthesizer.close()
    return Story(adopted, stacked, known, grown, int(added))


def places(run: Run) -> list[tuple[str, int]]:
    """The path of the only result in code scanning, as it can be stepped through in the pull request."""
    sarif: dict[str, Any] = json.loads(Path(run.uploaded["sarif_file"]).read_text())
    (result,) = (one for one in sarif["runs"][0]["results"] if not one.get("suppressions"))
    (flow,) = result["codeFlows"][0]["threadFlows"]
    found = [step["location"]["physicalLocation"] for step in flow["locations"]]
    return [(one["artifactLocation"]["uri"], one["region"]["startLine"]) for one in found]


def test_it_passes_where_there_is_nothing_to_find(story: Story) -> None:
    assert story.adopted.passed


def test_the_change_fails_it(story: Story) -> None:
    assert not story.stacked.passed
    assert "::error file=app.py,line=" in story.stacked.run.log
    for said in (story.stacked.text, story.stacked.run.log, story.stacked.run.summary):
        found = r"one failing event at (Shop/)?Orders can run (Shop/)?Charger 20 times"
        assert re.search(found, " ".join(said.split()))


def test_code_scanning_leads_to_the_line_of_the_change(story: Story) -> None:
    assert ("app.py", story.line) in places(story.stacked.run)


def test_text_and_annotations_name_the_line_of_the_change(story: Story) -> None:
    for said in (story.stacked.text, story.stacked.run.log, story.stacked.run.summary):
        assert re.search(rf"(app\.py|\s):{story.line}\b", said)  # of the file that is named above, the line only


def test_what_is_in_the_baseline_passes(story: Story) -> None:
    assert story.known.passed
    assert "until the queue owns the retry" in story.known.run.summary


def test_the_number_must_not_grow(story: Story) -> None:
    assert not story.grown.passed
    assert "20 -> 25" in story.grown.run.log
    assert ("app.py", story.line) in places(story.grown.run)
