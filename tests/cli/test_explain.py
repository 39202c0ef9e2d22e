"""`seawall explain`: pages and the list of them."""

from __future__ import annotations

import json
import sys

import pytest

from seawall.cli import main
from seawall.report.pages import page
from seawall.rules import Rule, all_rules

from .test_output import Stream

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_a_pipe_gets_the_page_as_it_is(rule: Rule, capsys: Capture) -> None:
    assert main(["explain", rule.id]) == 0
    assert capsys.readouterr().out == page(rule)


def test_the_name_that_cdk_shows_works_too(capsys: Capture) -> None:
    assert main(["explain", "Seawall::idle-retry"]) == 0
    assert capsys.readouterr().out.startswith("# idle-retry\n")


def test_without_a_rule_every_rule_has_a_line(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [[rule.id, rule.severity.word] for rule in all_rules()]


@pytest.mark.parametrize("columns", [40, 120])
def test_a_terminal_gets_it_typeset(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Stream(True)
    monkeypatch.setattr("sys.stdout", stream)
    assert main(["explain", "retry-loop"]) == 0
    written = stream.written()
    assert "\x1b[" in written
    assert "\x1b[4" not in written.replace("\x1b[4;", "").replace("\x1b[4m", "")  # no backgrounds
    assert "## " not in written


def test_a_terminal_without_colours_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Stream(True)
    monkeypatch.setattr("sys.stdout", stream)
    assert main(["explain", "retry-loop"]) == 0
    assert "\x1b[3" not in stream.written()
    assert "retry-loop" in stream.written()


def test_a_mistyped_rule_gets_a_suggestion(capsys: Capture) -> None:
    assert main(["explain", "retry-lop"]) == 2
    assert capsys.readouterr().err == "seawall: error: unknown rule 'retry-lop'; did you mean retry-loop?\n"


def test_json_holds_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "seawall.rules/1"
    assert [one["id"] for one in found["rules"]] == [rule.id for rule in all_rules()]
    assert main(["explain", "retry-loop", "--format", "json"]) == 0
    (rule,) = json.loads(capsys.readouterr().out)["rules"]
    assert (rule["id"], rule["severity"], rule["topic"]) == ("retry-loop", "error", "retries")
    assert rule["sources"]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completions_know_the_commands(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completions", shell]) == 0
    said = capsys.readouterr().out
    assert all(command in said for command in ("check", "baseline", "diff", "replay", "explain"))
    assert "--max-attempts" in said


def test_without_shtab_completions_say_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completions", "bash"]) == 2
    assert "pip install shtab" in capsys.readouterr().err
