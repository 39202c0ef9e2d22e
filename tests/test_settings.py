"""The settings are part of the report: what held, where it was said, and what it leaves out, in every face."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import seawall
from seawall.cli.main import main
from seawall.report.format import Screen, format_named

SCENARIO = Path(__file__).parents[0] / "scenarios" / "case-13-requeue.json"
SAID = "left out by settings"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seawall.toml").write_text(
        'max-attempts = 12\nignore = ["retry-loop"]\nformat = "json"\n'
        '[per-path-ignores]\n"case-13-requeue" = ["handoff-gap"]\n'
    )
    return tmp_path


def settings(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    main(["check", str(SCENARIO), "--format", "json", *arguments])
    return json.loads(capsys.readouterr().out)["settings"]


def test_file_and_flags_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    found = settings(capsys, "--max-attempts", "3", "--fail-on", "never", "--no-code")
    assert found["sources"] == {
        "max-attempts": "--max-attempts", "ignore": "seawall.toml", "per-path-ignores": "seawall.toml",
        "fail-on": "--fail-on", "code": "--no-code",
    }  # fmt: skip
    values = found["values"]
    assert (values["max-attempts"], values["fail-on"], values["code"], values["rollbacks"]) == (3, "never", False, 1)
    assert values["per-path-ignores"] == {"case-13-requeue": ["handoff-gap"]}
    assert found["rules_off"] == ["retry-loop"]


def test_what_settings_leave_out_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert settings(capsys)["left_out"] == {"handoff-gap": 1, "retry-loop": 1}
    assert settings(capsys, "--ignore", "batch-retry")["left_out"] == {"handoff-gap": 1}  # the flag wins over the file
    chosen = settings(capsys, "--select", "unbounded-retry")
    assert chosen["left_out"]["retry-loop"] == 1
    assert "unbounded-retry" not in chosen["rules_off"]


def test_without_settings_nothing_is_left_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "seawall.toml").unlink()
    found = settings(capsys)
    assert (found["sources"], found["rules_off"], found["left_out"]) == ({}, [], {})


STACKED = SCENARIO.with_name("case-04-pipe-to-express.json")


@pytest.mark.parametrize(
    ("limits", "left_out"),
    [
        ({"max_attempts": 25}, {"stacked-retries": 1}),
        ({"max_attempts": 25, "ignore": ["stacked-retries"]}, {"stacked-retries": 1}),
        ({"max_attempts": 19}, {}),
        ({"max_attempts": 3}, {}),
    ],
)
def test_a_finding_that_a_relaxed_limit_silences_is_counted(limits: Any, left_out: dict[str, int]) -> None:
    assert dict(seawall.check(STACKED, **limits).left_out) == left_out


def test_values_of_parameters_are_among_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    template = folder / "app.json"
    template.write_text(json.dumps({"Parameters": {"N": {"Type": "String"}}, "Resources": {}}))
    main(["check", str(template), "--parameter", "N=5", "--no-baseline"])
    found = json.loads(capsys.readouterr().out)["settings"]
    assert found["values"]["parameters"] == ["N=5"]
    assert (found["sources"]["parameters"], found["sources"]["baseline"]) == ("--parameter", "--no-baseline")


@pytest.mark.parametrize("face", ["text", "concise", "markdown", "html", "github", "sarif", "junit"])
def test_every_face_with_a_summary_says_so(face: str) -> None:
    report = seawall.check(SCENARIO, ignore=["retry-loop"])
    assert SAID in format_named(face).render(report, Screen())
    assert SAID not in format_named(face).render(seawall.check(SCENARIO), Screen())


def test_arguments_of_a_call_are_named_as_such() -> None:
    stated = seawall.check(SCENARIO, max_attempts=4, ignore=["retry-loop"]).stated
    assert stated.sources == {"max-attempts": "argument", "ignore": "argument"}
