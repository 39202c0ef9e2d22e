"""`seawall explain`: pages and the list of them."""

from __future__ import annotations

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
