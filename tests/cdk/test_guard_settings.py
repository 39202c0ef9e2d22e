"""What a guard may be told, in code or in a file, and what is wrong with what it is told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from seawall import RetryGuard
from seawall.cli import main
from seawall.rules import all_rules
from tests.cdk.apps import parts

from .conftest import MakeApp, synth


def test_the_defaults() -> None:
    guard = RetryGuard()
    assert guard.settings.max_attempts == 10
    assert guard.rule_ids == sorted(rule.id for rule in all_rules() if rule.topic in ("", "retries"))
    assert "stacked-retries" in guard.rule_ids
    assert "unmatched-acknowledgement" in guard.rule_ids


def test_arguments() -> None:
    guard = RetryGuard(3, select=["stacked-retries", "Seawall::retry-loop"], ignore=["retry-loop"])
    assert guard.settings.max_attempts == 3
    assert guard.rule_ids == ["stacked-retries"]
    assert RetryGuard(select="handoff-gap").rule_ids == ["handoff-gap"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"max_attempts": 0}, ValueError, "max_attempts must be at least 1, not 0"),
        ({"max_attempts": "10"}, TypeError, "max_attempts takes a whole number such as 10, not '10'"),
        ({"max_attempts": True}, TypeError, "max_attempts takes a whole number such as 10, not True"),
        (
            {"select": ["stacked-retry"]},
            ValueError,
            "select: unknown rule 'stacked-retry'; did you mean stacked-retries?",
        ),
        ({"ignore": [3]}, TypeError, "ignore takes ids of rules such as 'stacked-retries', not 3"),
        ({"select": ["idle-retry"], "ignore": ["idle-retry"]}, ValueError, "no rule is left to run"),
    ],
)
def test_arguments_that_make_no_sense(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        RetryGuard(**arguments)


def test_what_is_not_given_stands_in_the_file(directory: Path) -> None:
    (directory / "seawall.toml").write_text('max-attempts = 25\nignore = ["idle-retry"]\n')
    guard = RetryGuard()
    assert guard.settings.max_attempts == 25
    assert "idle-retry" not in guard.rule_ids
    assert RetryGuard(7).settings.max_attempts == 7
    assert "idle-retry" in RetryGuard(ignore=[]).rule_ids


def test_a_file_that_is_wrong_is_named_with_the_line(directory: Path) -> None:
    (directory / "seawall.toml").write_text("# ours\nmax_attempts = 25\n")
    with pytest.raises(ValueError, match=r"^the settings of Seawall cannot be read: .*seawall\.toml:2: .*max-attempts"):
        RetryGuard()


def test_settings_decide_what_is_found(make_app: MakeApp) -> None:
    for guard, rules in (
        (RetryGuard(max_attempts=20), []),
        (RetryGuard(ignore=["stacked-retries"]), []),
        (RetryGuard(max_attempts=4), ["excessive-retries", "stacked-retries"]),
        (RetryGuard(max_attempts=4, select=["excessive-retries"]), ["excessive-retries"]),
    ):
        app = make_app()
        parts.stacked(cdk.Stack(app, "A"))
        cdk.Aspects.of(app).add(guard)
        assert [rule for rule, _ in synth(app).found] == rules


def test_a_baseline_that_the_settings_name_counts(make_app: MakeApp, directory: Path) -> None:
    def judged() -> list[str]:
        app = make_app()
        parts.stacked(cdk.Stack(app, "A"))
        cdk.Aspects.of(app).add(RetryGuard(select=["stacked-retries"]))
        found = [rule for rule, _ in synth(app).found]
        template = str(Path(app.outdir) / "A.template.json")
        main(["baseline", template, "--select", "stacked-retries", "--output", "known.json"])
        return found

    assert judged() == ["stacked-retries"]
    (directory / "seawall.toml").write_text('baseline = "known.json"\n')
    assert judged() == []
    (directory / "known.json").write_text("{}")
    with pytest.raises(ValueError, match=r"cannot be read: known\.json:1: schema: is no baseline"):
        RetryGuard()
