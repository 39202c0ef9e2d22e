"""A snapshot in S3 as what is around the template: flows into stacks that were deployed before."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from seawall.hook import deployed, handling
from seawall.hook.deployed import SnapshotError, snapshot_at
from seawall.hook.handling import answer
from seawall.template.assembly import SNAPSHOT

from . import events
from .events import LambdaContext

HERE = "aws://123456789012/us-west-2"


def snapshot(folder: Path, **stacks: Any) -> Path:
    """As `seawall audit` writes it."""
    artifacts: dict[str, Any] = {"Snapshot": {"type": SNAPSHOT, "properties": {"unread": []}}}
    folder.mkdir(parents=True)
    for name, resources in stacks.items():
        (folder / f"{name}.template.json").write_text(json.dumps({"Resources": resources}))
        properties = {"templateFile": f"{name}.template.json", "stackName": name}
        artifacts[name] = {"type": "aws:cloudformation:stack", "environment": HERE, "properties": properties}
    (folder / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": artifacts}))
    return folder


class Bucket:
    """S3 as far as it is asked: one object, the archive of a folder."""

    def __init__(self, folder: Path, **more: bytes) -> None:
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            for path in sorted(folder.iterdir()):
                archive.write(path, f"snapshot/{path.name}")
            for name, data in more.items():
                archive.writestr(name.replace("__", "/").replace("UP", ".."), data)
        self.data = package.getvalue()
        self.reads = 0

    def head_object(self, Bucket: str, Key: str) -> Any:  # noqa: N803
        assert (Bucket, Key) == ("bucket", "prod/shot.zip")
        return {"ETag": str(hash(self.data))}

    def get_object(self, Bucket: str, Key: str) -> Any:  # noqa: N803
        assert (Bucket, Key) == ("bucket", "prod/shot.zip")
        self.reads += 1
        return {"Body": io.BytesIO(self.data)}


ADDRESS = "s3://bucket/prod/shot.zip"


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "tmp"))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_it_is_fetched_once_and_again_when_it_changes(tmp_path: Path) -> None:
    bucket = Bucket(snapshot(tmp_path / "a", One=events.queue(3)))
    first = snapshot_at(ADDRESS, bucket)
    assert files(first) == ["One.template.json", "manifest.json"]
    assert snapshot_at(ADDRESS, bucket) == first
    assert bucket.reads == 1
    second = snapshot_at(ADDRESS, Bucket(snapshot(tmp_path / "b", Two=events.queue(3))))
    assert files(second) == ["Two.template.json", "manifest.json"]
    assert not first.exists()


def test_it_stays_in_its_folder_and_holds_templates_only(tmp_path: Path) -> None:
    bucket = Bucket(
        snapshot(tmp_path / "a"), **{"UP__UP__evil.json": b"{}", "code__big.zip": b"x", "__etc.json": b"{}"}
    )
    assert files(snapshot_at(ADDRESS, bucket)) == ["manifest.json"]
    assert not list(tmp_path.glob("evil.json"))


def test_it_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket(snapshot(tmp_path / "a", One=events.queue(3)))
    monkeypatch.setattr(deployed, "MOST_FILES", 1)
    with pytest.raises(SnapshotError, match="more than 1 files"):
        snapshot_at(ADDRESS, bucket)
    monkeypatch.setattr(deployed, "MOST_BYTES", 10)
    with pytest.raises(SnapshotError, match="larger than"):
        snapshot_at(ADDRESS, bucket)


@pytest.mark.parametrize("address", ["https://bucket/key", "s3://bucket", "s3://bucket/", "s3:///key", "bucket/key"])
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(SnapshotError, match="not of the form"):
        snapshot_at(address, object())


def test_what_is_no_archive_is_said(tmp_path: Path) -> None:
    bucket = Bucket(snapshot(tmp_path / "a"))
    bucket.data = b"no zip"
    with pytest.raises(SnapshotError, match="no zip file"):
        snapshot_at(ADDRESS, bucket)


def machine(name: str) -> Any:
    """An Express machine whose task is tried four times, in a stack that was deployed before."""
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}]
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True, "Retry": retry}
    task["Parameters"] = {"FunctionName": "core-fn", "Payload.$": "$"}
    definition = json.dumps({"StartAt": "A", "States": {"A": task}})
    function = {**events.queue(1)["Fn"]}
    function["Properties"] = {**function["Properties"], "FunctionName": "core-fn"}
    return {
        "Role": events.queue(1)["Role"],
        "Fn": function,
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": name,
                "StateMachineType": "EXPRESS",
                "DefinitionString": definition,
                "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            },
        },
    }


def pipe() -> Any:
    """A queue whose pipe awaits a machine that another stack has: five receives."""
    found = {key: value for key, value in events.queue(5).items() if key not in ("Fn", "Map")}
    found["Pipe"] = {
        "Type": "AWS::Pipes::Pipe",
        "Properties": {
            "Source": {"Fn::GetAtt": ["Queue", "Arn"]},
            "SourceParameters": {"SqsQueueParameters": {"BatchSize": 1}},
            "Target": "arn:aws:states:us-west-2:123456789012:stateMachine:core",
            "TargetParameters": {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}},
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        },
    }
    return found


@pytest.fixture
def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is deployed: the machine, and something else that is bad by itself."""
    folder = snapshot(tmp_path / "shot", Core=machine("core"), Bad=events.queue(100))
    monkeypatch.setenv("SEAWALL_SNAPSHOT", "s3://bucket/shot.zip")
    monkeypatch.setattr(handling, "snapshot_at", lambda address: folder)


def test_a_path_into_a_stack_that_was_deployed_before_counts(around: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """5 receives here x 4 tries there; alone the machine is outside."""
    event = events.of_stack("CREATE")
    found = answer(event, LambdaContext(), events.payload({"Resources": pipe()}))
    assert (found["hookStatus"], found["errorCode"]) == ("FAILED", "NonCompliant")
    assert "20 times" in found["message"]
    assert [one["annotationName"] for one in found["annotations"]] == ["stacked-retries"]
    monkeypatch.delenv("SEAWALL_SNAPSHOT")
    assert answer(event, LambdaContext(), events.payload({"Resources": pipe()}))["hookStatus"] == "SUCCESS"


def test_what_is_wrong_elsewhere_is_not_this_stacks(around: None) -> None:
    found = answer(events.of_stack(), LambdaContext(), events.payload({"Resources": events.queue(3)}))
    assert (found["hookStatus"], "annotations" in found) == ("SUCCESS", False)
    assert found["message"].startswith("Seawall: nothing found")


def test_a_snapshot_that_cannot_be_had_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(address: str) -> Path:
        raise SnapshotError("no such bucket")

    monkeypatch.setenv("SEAWALL_SNAPSHOT", "s3://bucket/shot.zip")
    monkeypatch.setattr(handling, "snapshot_at", gone)
    found = answer(events.of_stack(), LambdaContext(), events.payload({"Resources": events.queue(30)}))
    assert found["message"].startswith(
        "Note: the snapshot s3://bucket/shot.zip cannot be used: no such bucket.\nSeawall: "
    )
    found = answer(events.of_stack(), LambdaContext(), events.payload({"Resources": events.queue(3)}))
    assert found["hookStatus"] == "SUCCESS"


def test_a_snapshot_that_takes_too_long_leaves_the_answer_on_the_template(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("SEAWALL_SNAPSHOT", "s3://bucket/shot.zip")
    monkeypatch.setattr(handling, "snapshot_at", lambda address: time.sleep(60))
    started = time.monotonic()
    scenario = Path(__file__).parents[1] / "scenarios" / "case-04-pipe-to-express.json"
    found = answer(events.of_stack(), LambdaContext(5), events.payload(scenario.read_text("utf-8")))
    assert time.monotonic() - started < 5
    assert found["hookStatus"] == "FAILED"
    assert found["message"].startswith(
        "Note: what is deployed already was not looked at.\nSeawall: error[stacked-retries]"
    )
