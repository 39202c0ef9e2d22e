"""`seawall fix`: safe changes only, everything else in the file as it was, and the promised figure comes out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import seawall
from seawall.cli.file_edits import NotEditableError, TextEdit, edited
from seawall.cli.main import main

Capture = pytest.CaptureFixture[str]

YAML = """\
# The orders queue.
Resources:
  Dead:
    Type: AWS::SQS::Queue
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 180   # six times the timeout
      RedrivePolicy:
        maxReceiveCount: 40  # who knows
        deadLetterTargetArn: !GetAtt Dead.Arn
  Worker:
    Type: AWS::Lambda::Function
    Properties: {Timeout: 30, Runtime: python3.13, Handler: index.handler, Role: "arn:aws:iam::1:role/x"}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Queue.Arn
      FunctionName: !Ref Worker
      BatchSize: 1
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_lowers_a_number_and_leaves_all_else(project: Path) -> None:
    """40 receives -> 5, which is what AWS asks for; they end in a dead-letter queue, so nothing is lost."""
    file = project / "app.yaml"
    file.write_text(YAML)
    assert main(["fix", "app.yaml"]) == 0
    assert file.read_text() == YAML.replace("maxReceiveCount: 40", "maxReceiveCount: 5")
    assert not [one for one in seawall.check(file).findings if one.rule == "excessive-retries"]


def test_a_diff_writes_nothing(project: Path, capsys: Capture) -> None:
    file = project / "app.yaml"
    file.write_text(YAML)
    main(["fix", "app.yaml", "--diff"])
    assert file.read_text() == YAML
    shown = capsys.readouterr().out
    assert "-        maxReceiveCount: 40  # who knows\n+        maxReceiveCount: 5  # who knows\n" in shown


def test_without_a_dead_letter_queue_it_is_left_to_the_author(project: Path, capsys: Capture) -> None:
    """Adding a redrive policy rewires: it wants a look."""
    text = YAML[: YAML.index("      RedrivePolicy")] + YAML[YAML.index("  Worker:") :]
    (project / "app.yaml").write_text(text)
    assert main(["fix", "app.yaml"]) == 1
    assert (project / "app.yaml").read_text() == text
    assert "left to you: add a dead-letter queue with maxReceiveCount 5 to app/Queue" in capsys.readouterr().err


def test_a_cdk_template_is_left_to_the_author(project: Path, capsys: Capture) -> None:
    text = YAML.replace(
        "  Queue:\n    Type: AWS::SQS::Queue\n",
        '  Queue:\n    Type: AWS::SQS::Queue\n    Metadata: {"aws:cdk:path": "Shop/Queue/Resource"}\n',
    )
    (project / "app.yaml").write_text(text)
    main(["fix", "app.yaml"])
    assert (project / "app.yaml").read_text() == text
    assert "the CDK writes that template: change the code" in capsys.readouterr().err


def test_a_file_outside_of_the_project_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (project / "app.yaml").write_text(YAML)
    inner = project / "inner"
    (inner / ".git").mkdir(parents=True)
    monkeypatch.chdir(inner)
    main(["fix", "../app.yaml"])
    assert (project / "app.yaml").read_text() == YAML
    assert "is outside of" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "edit", "wanted"),
    [
        ('{"a": {"b": 40, "c": 1}}', TextEdit(("a", "b"), 5), '{"a": {"b": 5, "c": 1}}'),
        ('{"a": {"b": [1], "c": 1}}', TextEdit(("a", "b"), None), '{"a": {"c": 1}}'),
        ('{"a": {"c": 1, "b": [1]}}', TextEdit(("a", "b"), None), '{"a": {"c": 1}}'),
        (
            "a:\n  # why\n  c: 1\n  b:\n    - x: 1\n      y: 2\nd: 3\n",
            TextEdit(("a", "b"), None),
            "a:\n  # why\n  c: 1\nd: 3\n",
        ),
        ("a:\n  - b: 7 # no\n", TextEdit(("a", "0", "b"), 2), "a:\n  - b: 2 # no\n"),
        ("a:\r\n  b: 7\r\n  c: 1\r\n", TextEdit(("a", "b"), 2), "a:\r\n  b: 2\r\n  c: 1\r\n"),
    ],
)
def test_one_place_changes_and_nothing_else(text: str, edit: TextEdit, wanted: str) -> None:
    assert edited(text, edit) == wanted


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ("a: !Ref B\n", TextEdit(("a",), 5)),
        ("a: &x 5\nb: *x\n", TextEdit(("a",), 6)),
        ("a: {b: 1}\n", TextEdit(("a", "b"), None)),
        ("a: 1\n", TextEdit(("b",), 5)),
        ("a: [", TextEdit(("a",), 5)),
        ("", TextEdit(("a",), 5)),
    ],
)
def test_what_is_not_plainly_there_is_not_touched(text: str, edit: TextEdit) -> None:
    with pytest.raises(NotEditableError):
        edited(text, edit)


def test_a_retry_behind_a_dead_lettering_queue_goes_from_a_definition(project: Path) -> None:
    """5 receives x 4 tries = 20; without the Retry 5, and what fails ends in the dead-letter queue."""
    scenario = Path(__file__).parents[1] / "scenarios" / "case-04-pipe-to-express.json"
    body = json.loads(scenario.read_text())
    body["Resources"]["Dead"] = {"Type": "AWS::SQS::Queue"}
    body["Resources"]["Queue"]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"] = {"Fn::GetAtt": ["Dead", "Arn"]}
    machine = body["Resources"]["Machine"]["Properties"]
    machine.pop("DefinitionString", None)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": {"Fn::GetAtt": ["Task", "Arn"]}},
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}],
        "End": True,
    }
    machine["Definition"] = {"StartAt": "Charge", "States": {"Charge": task}}
    file = project / "app.json"
    file.write_text(json.dumps(body, indent=2))
    before = seawall.check(file)
    remedies = [change for one in before.findings if one.rule == "stacked-retries" for change in one.changes]
    main(["fix", "app.json"])
    after = seawall.check(file)
    assert [change.safety for change in remedies] == ["safe"]
    assert "Retry" not in file.read_text()
    assert not [one for one in after.findings if one.rule == "stacked-retries"]
    known = {(one.rule, one.site) for one in before.findings}
    assert {(one.rule, one.site) for one in after.findings} <= known
