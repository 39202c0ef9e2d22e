"""`seawall audit` from the command line: what it says, and how it ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import seawall.cli.audit as command
from seawall.audit.errors import AuditError
from seawall.audit.model import LiveResource, Snapshot
from seawall.cli import main

HOST = "111111111111.dkr.ecr.eu-west-1.amazonaws.com"
KEEP_ONE = (
    '{"rules": [{"rulePriority": 1, "action": {"type": "expire"}, "selection": '
    '{"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1}}]}'
)


class Nothing:
    """A journal that keeps nothing."""

    def done(self) -> None:
        """Do nothing."""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    """What an audit finds, without AWS."""
    found = Snapshot("1" * 12, "eu-west-1")
    monkeypatch.setattr(command, "connected", lambda profile, region: (object(), region or "eu-west-1"))
    monkeypatch.setattr(command, "whoami", lambda account: ("1" * 12, "aws"))
    monkeypatch.setattr(command, "take", lambda *_, **__: (found, Nothing()))
    return found


def test_it_writes_and_says_what(account: Snapshot, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    account.found.append(LiveResource("AWS::SQS::Queue", "orders", {"QueueName": "orders"}))
    account.unread.append("role web: not allowed (iam:ListRolePolicies)")
    assert main(["audit", "-o", str(tmp_path / "shot")]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "0 stacks; 1 resource that no stack holds; 0 that differ from their template",
        "could not read role web: not allowed (iam:ListRolePolicies)",
        f"Read it with: seawall check {tmp_path / 'shot'}",
    ]
    assert told.err.startswith("seawall: audit: account 111111111111, eu-west-1, into ")
    assert main(["check", str(tmp_path / "shot")]) == 0


def image(digest: str, day: int, *tags: str) -> dict[str, Any]:
    return {"digest": f"sha256:{digest}", "tags": list(tags), "imagePushedAt": f"2026-11-{day:02}T00:00:00+00:00"}


def test_an_image_that_runs_and_would_be_deleted_today_fails_it(
    account: Snapshot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = [image("a", 1, "v1"), image("b", 2, "v2")]
    account.repositories.append({"name": "web", "account": "1" * 12, "policy": KEEP_ONE, "images": images})
    account.running.append({"consumer": "service web", "image": f"{HOST}/web:v1", "digest": "sha256:a"})
    account.running.append({"consumer": "service new", "image": f"{HOST}/web:v2", "digest": "sha256:b"})
    assert main(["audit", "-o", str(tmp_path / "shot")]) == 1
    assert capsys.readouterr().out.splitlines()[1:4] == [
        "web: rule 1 would take 1 image today (expired)",
        "web: service web runs sha256:a: deleted today: expired by rule 1 (any image, keep 1)",
        "web: 1 running image stays",
    ]


@pytest.mark.parametrize("arguments", [["audit"], ["audit", "-o"]])
def test_a_directory_is_needed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "-o/--output" in capsys.readouterr().err


def test_what_keeps_it_from_going_on_is_a_sentence(
    account: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del account

    def broken(*_: Any, **__: Any) -> Any:
        raise AuditError("sqs list_queues: throttled; what was read is kept, run it again")

    monkeypatch.setattr(command, "take", broken)
    assert main(["audit", "-o", str(tmp_path / "shot")]) == 2
    assert "what was read is kept, run it again" in capsys.readouterr().err


def test_a_full_directory_is_left_alone(account: Snapshot, tmp_path: Path) -> None:
    del account
    (tmp_path / "thesis.txt").write_text("x")
    assert main(["audit", "-o", str(tmp_path)]) == 2
    assert not list(tmp_path.glob("*.json*"))
