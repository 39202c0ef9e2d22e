"""`seawall.check`: every kind of source, what is wrong with one, and rules that break."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import seawall
from seawall.cli.main import main
from seawall.rules import Context, Finding, all_rules
from seawall.rules import run as rules_run

SCENARIOS = Path(__file__).parent / "scenarios"
CASE = SCENARIOS / "case-04-pipe-to-express.json"


def body() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CASE.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(
    "source", [CASE, str(CASE), [CASE], (str(CASE),), body()], ids=["path", "text", "list", "tuple", "dict"]
)
def test_takes_a_path_several_or_a_mapping(source: Any) -> None:
    """5 receives x 4 tries of the state = 20."""
    report = seawall.check(source)
    assert [(one.rule, one.severity.word, one.attempts) for one in report.findings if one.attempts == 20] == [
        ("stacked-retries", "error", 20)
    ]
    assert not report.ok


def test_the_limit_and_the_choice_of_rules_count() -> None:
    assert seawall.check(CASE, max_attempts=20).ok
    assert seawall.check(CASE, ignore="stacked-retries").ok
    assert not seawall.check(CASE, select=["Seawall::stacked-retries"]).ok


def test_a_mapping_is_left_as_it_was() -> None:
    given = body()
    seawall.check(given)
    assert given == body()


def test_nothing_is_printed_and_nothing_exits(capsys: pytest.CaptureFixture[str]) -> None:
    seawall.check(CASE)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("source", ["gone.json", {"Parameters": {}}, []])
def test_what_cannot_be_read_is_an_input_error(source: Any) -> None:
    with pytest.raises(seawall.InputError):
        seawall.check(source)


def test_an_unknown_rule_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="did you mean stacked-retries"):
        seawall.check(CASE, select=["stacked-retry"])


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(_: Context) -> Iterator[Finding]:
        raise KeyError("Queue")
        yield

    changed = tuple(replace(rule, check=check) if rule.id == "batch-retry" else rule for rule in all_rules())
    monkeypatch.setattr(rules_run, "all_rules", lambda: changed)


@pytest.mark.usefixtures("breaking")
def test_a_rule_that_breaks_is_named_and_the_others_run() -> None:
    report = seawall.check(CASE)
    assert [(one.rule, one.why) for one in report.broken] == [("batch-retry", "KeyError: 'Queue'")]
    assert "stacked-retries" in {one.rule for one in report.findings}
    assert not seawall.check(CASE, max_attempts=20).ok


@pytest.mark.usefixtures("breaking")
def test_a_broken_rule_ends_the_command_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(CASE), "--fail-on", "never"]) == 2
    shown = capsys.readouterr()
    assert "broken: 1 rule could not run" in shown.out
    assert "stacked-retries" in shown.out
    assert "error: the rule batch-retry broke: KeyError: 'Queue'" in shown.err
