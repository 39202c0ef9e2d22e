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


def test_so_is_one_whose_metadata_the_cdk_left_out(project: Path, capsys: Capture) -> None:
    text = YAML.replace("Resources:\n", "Parameters:\n  BootstrapVersion: {Type: String, Default: x}\nResources:\n", 1)
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
        ('{"a": {"b": 40, "c": 1}}', TextEdit(("a", "b"), "5"), '{"a": {"b": 5, "c": 1}}'),
        ('{"a": {"b": [1], "c": 1}}', TextEdit(("a", "b"), ""), '{"a": {"c": 1}}'),
        ('{"a": {"c": 1, "b": [1]}}', TextEdit(("a", "b"), ""), '{"a": {"c": 1}}'),
        (
            "a:\n  # why\n  c: 1\n  b:\n    - x: 1\n      y: 2\nd: 3\n",
            TextEdit(("a", "b"), ""),
            "a:\n  # why\n  c: 1\nd: 3\n",
        ),
        ("a:\n  - b: 7 # no\n", TextEdit(("a", "0", "b"), "2"), "a:\n  - b: 2 # no\n"),
        ("a:\r\n  b: 7\r\n  c: 1\r\n", TextEdit(("a", "b"), "2"), "a:\r\n  b: 2\r\n  c: 1\r\n"),
        ("a:\r\n  b: 7\r\n", TextEdit(("a", "c"), "2"), "a:\r\n  b: 7\r\n  c: 2\r\n"),
        ("a:\n  b: 7 # no\n# yes\nd: 1\n", TextEdit(("a", "c"), "2"), "a:\n  b: 7 # no\n  c: 2\n# yes\nd: 1\n"),
        ("a:\n  b: 7", TextEdit(("a", "c"), "2"), "a:\n  b: 7\n  c: 2"),
        ("a:\n  c: 1\n  b: 7", TextEdit(("a", "b"), ""), "a:\n  c: 1"),
        ("a: {b: 7}\n", TextEdit(("a", "c"), "2"), 'a: {b: 7, "c": 2}\n'),
        ("a: &x {b: 7, c: 1}\n", TextEdit(("a", "b"), "2"), "a: &x {b: 2, c: 1}\n"),
        ("a: yes\n", TextEdit(("a",), "false"), "a: false\n"),
        (
            'd: !Sub |\n  {\n    "A": {"R": [1], "E": "${X}"}\n  }\ne: 1\n',
            TextEdit(("d", "A", "R"), ""),
            'd: !Sub |\n  {\n    "A": {"E": "${X}"}\n  }\ne: 1\n',
        ),
        (
            'd:\n  Fn::Sub:\n    - |\n      {"A": {"R": 1, "E": 2}}\n    - {X: 1}\n',
            TextEdit(("d", "A", "R"), "3"),
            'd:\n  Fn::Sub:\n    - |\n      {"A": {"R": 3, "E": 2}}\n    - {X: 1}\n',
        ),
    ],
)
def test_one_place_changes_and_nothing_else(text: str, edit: TextEdit, wanted: str) -> None:
    assert edited(text, edit) == wanted


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ("a: !Ref B\n", TextEdit(("a",), "5")),
        ("a: &x 5\nb: *x\n", TextEdit(("a",), "6")),
        ("a: {b: 1}\n", TextEdit(("a", "b"), "")),
        ("a:\n  Fn::If: [P, {b: 9}, {b: 8}]\n", TextEdit(("a", "b"), "5")),
        ("a: !If [P, {b: 9}, {b: 8}]\n", TextEdit(("a", "b"), "5")),
        ("a: [", TextEdit(("a",), "5")),
        ("", TextEdit(("a",), "5")),
    ],
)
def test_what_is_not_plainly_there_is_not_touched(text: str, edit: TextEdit) -> None:
    with pytest.raises(NotEditableError):
        edited(text, edit)


@pytest.mark.parametrize(
    ("text", "edit", "wanted"),
    [
        ('{\n\t"a": {"b": 40}\n}', TextEdit(("a", "b"), "5"), '{\n\t"a": {"b": 5}\n}'),
        (
            '{\n  "a": {\n    "b": 4\n  }\n}\n',
            TextEdit(("a", "c"), "5"),
            '{\n  "a": {\n    "b": 4,\n    "c": 5\n  }\n}\n',
        ),
        ('{"a": {"c": 1, "b": [1]}}', TextEdit(("a", "b"), ""), '{"a": {"c": 1}}'),
        (
            '{"d": "{\\"A\\": {\\"R\\": 1, \\"E\\": 2}}"}',
            TextEdit(("d", "A", "R"), ""),
            '{"d": "{\\"A\\": {\\"E\\": 2}}"}',
        ),
        (
            '{"d": {"Fn::Sub": "{\\"A\\": {\\"R\\": 1, \\"E\\": 2}}"}}',
            TextEdit(("d", "A", "R"), "3"),
            '{"d": {"Fn::Sub": "{\\"A\\": {\\"R\\": 3, \\"E\\": 2}}"}}',
        ),
    ],
)
def test_json_is_edited_as_json(text: str, edit: TextEdit, wanted: str) -> None:
    assert edited(text, edit, is_json=True) == wanted


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ('{"a": {"b": 1}}', TextEdit(("a", "b"), "")),
        ('{"a": {"Ref": "B"}}', TextEdit(("a",), "5")),
        ('{"a": [', TextEdit(("a",), "5")),
        ('{"d": {"Fn::Join": ["", ["{}"]]}}', TextEdit(("d", "A", "R"), "")),
        ('{"a": {"Fn::If": ["P", {"b": 9}, {"b": 8}]}}', TextEdit(("a", "b"), "5")),
    ],
)
def test_json_that_is_not_plainly_there_is_not_touched(text: str, edit: TextEdit) -> None:
    with pytest.raises(NotEditableError):
        edited(text, edit, is_json=True)


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


SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}
  Dead: {Type: AWS::SQS::Queue}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      Source: !GetAtt Orders.Arn
      Target: !Ref Machine
      TargetParameters: {StepFunctionStateMachineParameters: {InvocationType: REQUEST_RESPONSE}}
      RoleArn: !GetAtt Role.Arn
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      Role: !GetAtt Role.Arn
      DEFINITION
  Charge:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: index.handler, InlineCode: "def handler(e, c): ..."}
"""
RETRIED = """\
Definition:
        StartAt: Charge
        States:
          # the bank is slow
          Charge:
            Type: Task
            Resource: !GetAtt Charge.Arn
            Retry:   # why not
              - {ErrorEquals: [States.ALL], MaxAttempts: 3}
            End: true
"""
ASL = """\
{
  "StartAt": "Charge",
  "States": {
    "Charge": {
      "Type": "Task", "Resource": "${ChargeArn}",
      "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}],
      "End": true
    }
  }
}"""


def test_sam_is_fixed_where_its_author_wrote_it(project: Path) -> None:
    """5 receives x 4 tries = 20: the Retry goes out of the definition in the SAM file, and nothing else changes."""
    text = SAM.replace("      DEFINITION\n", f"      {RETRIED}")
    (project / "template.yaml").write_text(text)
    assert main(["fix", "template.yaml"]) == 0
    gone = "            Retry:   # why not\n              - {ErrorEquals: [States.ALL], MaxAttempts: 3}\n"
    assert (project / "template.yaml").read_text() == text.replace(gone, "")


def test_a_definition_in_a_file_of_its_own_is_fixed_there(project: Path) -> None:
    uri = "DefinitionUri: machine.asl.json\n      DefinitionSubstitutions: {ChargeArn: !GetAtt Charge.Arn}"
    text = SAM.replace("DEFINITION", uri)
    (project / "template.yaml").write_text(text)
    (project / "machine.asl.json").write_text(ASL)
    assert main(["fix", "template.yaml"]) == 0
    assert (project / "template.yaml").read_text() == text
    assert (project / "machine.asl.json").read_text() == ASL.replace(
        '"Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}],\n      ', ""
    )


def test_a_definition_alone_is_left_to_its_author(project: Path, capsys: Capture) -> None:
    """Nothing in it tells who tries again outside, so nothing is safe to take away."""
    text = ASL.replace('"MaxAttempts": 3', '"MaxAttempts": 30')
    (project / "machine.asl.json").write_text(text)
    main(["fix", "machine.asl.json"])
    assert (project / "machine.asl.json").read_text() == text
    done = capsys.readouterr()
    assert "left to you: let the retriers of machine#Charge make 3 retries in all (31 -> 4)" in done.err
    lines = ['"States": {', '  "Charge": {', '    "Retry": [', "      {", '        "MaxAttempts": 3', "      }"]
    block = [f"    {line}" for line in (*lines, "    ]", "  }", "}")]
    assert done.out.splitlines() == ["machine.asl.json:6, merge into what is there:", *block]


def test_what_wants_a_look_is_printed_as_its_author_writes_it(project: Path, capsys: Capture) -> None:
    text = YAML[: YAML.index("      RedrivePolicy")] + YAML[YAML.index("  Worker:") :]
    (project / "app.yaml").write_text(text)
    main(["fix", "app.yaml"])
    out = capsys.readouterr().out
    queue = "      Queue:\n        Properties:\n          RedrivePolicy:\n"
    dead = "            deadLetterTargetArn: !GetAtt QueueDeadLetters.Arn\n            maxReceiveCount: 5\n"
    added = "      QueueDeadLetters:\n        Type: AWS::SQS::Queue\n"
    assert f"app.yaml:7, merge into what is there:\n    Resources:\n{queue}{dead}{added}" in out


@pytest.mark.parametrize(
    ("dead", "place"),
    [
        ("{maxReceiveCount: 30, deadLetterTargetArn: !GetAtt Dead.Arn}", "in what the Fn::If of RedrivePolicy gives"),
        ('!Ref "AWS::NoValue"', "RedrivePolicy in the branch of its Fn::If without it"),
    ],
)
def test_nothing_is_put_beside_a_condition(project: Path, capsys: Capture, dead: str, place: str) -> None:
    """CloudFormation refuses an object that has another key beside `Fn::If`: it is the author's, who is told so."""
    before, _, behind = YAML.partition("      RedrivePolicy:\n")
    chosen = f"!If [Prod, {{maxReceiveCount: 40, deadLetterTargetArn: !GetAtt Dead.Arn}}, {dead}]"
    conditions = "Parameters: {Stage: {Type: String}}\nConditions: {Prod: !Equals [!Ref Stage, prod]}\n"
    text = f"{conditions}{before}      RedrivePolicy: {chosen}\n{behind[behind.index('  Worker:') :]}"
    file = project / "app.yaml"
    file.write_text(text)
    main(["fix", "app.yaml"])
    assert file.read_text() == text
    out = capsys.readouterr().out
    assert f"merge into what is there, {place}:" in out
    kept = ["- Prod", "- maxReceiveCount: 40", "deadLetterTargetArn: !GetAtt Dead.Arn"]
    added = ["- deadLetterTargetArn: !GetAtt QueueDeadLetters.Arn", "maxReceiveCount: 5"]
    if "without" in place:  # what the other side says stays
        assert "\n".join((*kept, *added)) in "\n".join(line.strip() for line in out.splitlines())


def test_a_read_only_file_stays(project: Path, capsys: Capture) -> None:
    (project / "app.yaml").write_text(YAML)
    (project / "app.yaml").chmod(0o444)
    main(["fix", "app.yaml"])
    assert (project / "app.yaml").read_text() == YAML
    assert "app.yaml is read-only" in capsys.readouterr().err


def test_a_link_stays_one_and_its_file_is_edited(project: Path) -> None:
    (project / "real.yaml").write_text(YAML)
    (project / "app.yaml").symlink_to("real.yaml")
    assert main(["fix", "app.yaml"]) == 0
    assert (project / "app.yaml").is_symlink()
    assert "maxReceiveCount: 5 " in (project / "real.yaml").read_text()


def test_a_link_out_of_the_project_is_refused(
    project: Path, tmp_path_factory: pytest.TempPathFactory, capsys: Capture
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "real.yaml"
    outside.write_text(YAML)
    (project / "app.yaml").symlink_to(outside)
    main(["fix", "app.yaml"])
    assert outside.read_text() == YAML
    assert "is outside of" in capsys.readouterr().err


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_stay(project: Path, mark: str) -> None:
    file = project / "app.yaml"
    text = mark + YAML.replace("\n", "\r\n").rstrip()
    file.write_bytes(text.encode())
    assert main(["fix", "app.yaml"]) == 0
    assert file.read_bytes().decode() == text.replace("maxReceiveCount: 40", "maxReceiveCount: 5")


def test_a_number_that_others_share_by_an_anchor_is_not_touched(project: Path, capsys: Capture) -> None:
    text = YAML.replace("maxReceiveCount: 40", "maxReceiveCount: &many 40").replace("BatchSize: 1", "BatchSize: *many")
    (project / "app.yaml").write_text(text)
    main(["fix", "app.yaml"])
    assert (project / "app.yaml").read_text() == text
    assert "the edit would change more than that" in capsys.readouterr().err


def test_nothing_is_lost_when_a_file_cannot_be_written(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "app.yaml").write_text(YAML)
    monkeypatch.setattr(Path, "replace", _full)
    assert main(["fix", "app.yaml"]) == 2
    assert (project / "app.yaml").read_text() == YAML
    assert [each.name for each in project.iterdir() if each.name != ".git"] == ["app.yaml"]


def _full(*_: object) -> Path:
    raise OSError(28, "No space left on device")


def test_only_what_is_selected(project: Path) -> None:
    (project / "app.yaml").write_text(YAML)
    main(["fix", "app.yaml", "--select", "retry-loop"])
    assert (project / "app.yaml").read_text() == YAML
