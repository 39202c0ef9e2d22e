"""Where the report goes: files that are written whole, readers that leave, screens of every kind."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.cli import main
from seawall.cli.screen import screen_of

from .conftest import CLEAN, ERROR

Scenario = Callable[[str], str]
Capture = pytest.CaptureFixture[str]


def test_a_report_in_a_file_leaves_a_word_on_standard_error(
    scenario: Scenario, directory: Path, capsys: Capture
) -> None:
    assert main(["check", scenario(ERROR), "--format", "json", "--output", "report.json"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "seawall: 1 error; report in report.json\n"
    assert json.loads((directory / "report.json").read_text())["schema"] == "seawall.report/1"
    assert sorted(path.name for path in directory.iterdir()) == [".git", f"{ERROR}.json", "report.json"]


def test_a_file_that_is_there_is_replaced_and_keeps_its_mode(scenario: Scenario, directory: Path) -> None:
    target = directory / "report.txt"
    target.write_text("old " * 100_000)
    target.chmod(0o640)
    link = directory / "link.txt"
    link.symlink_to(target)
    assert main(["check", scenario(CLEAN), "--output", "link.txt"]) == 0
    assert link.is_symlink()
    assert target.read_text().startswith("Check passed: ")
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_dash_is_standard_output(scenario: Scenario, directory: Path, capsys: Capture) -> None:
    assert main(["check", scenario(CLEAN), "--output", "-"]) == 0
    assert "Check passed: " in capsys.readouterr().out
    assert not (directory / "-").exists()


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("gone/report.json", "gone/report.json: cannot write the report: there is no directory "),
        ("folder", "folder: cannot write the report: is a directory"),
        ("a" * 300, ": cannot write the report: file name too long"),
        ("nul\0", ": cannot write the report: "),
    ],
)
def test_a_file_that_cannot_be_written_is_named(
    scenario: Scenario, directory: Path, capsys: Capture, target: str, said: str
) -> None:
    (directory / "folder").mkdir()
    assert main(["check", scenario(CLEAN), "--output", target]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_named_and_leaves_nothing_behind(scenario: Scenario, directory: Path, capsys: Capture) -> None:
    assert main(["check", scenario(CLEAN), "--output", "/dev/full"]) == 2
    assert "/dev/full: cannot write the report: no space left on device" in capsys.readouterr().err


class Stream(io.TextIOWrapper):
    """A stand-in for standard output."""

    def __init__(self, terminal: bool, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def written(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(self.encoding)


@pytest.mark.parametrize(
    ("terminal", "color", "environment", "painted"),
    [
        (True, "auto", {}, True),
        (True, "auto", {"NO_COLOR": "1"}, False),
        (True, "auto", {"NO_COLOR": ""}, True),
        (True, "auto", {"TERM": "dumb"}, False),
        (True, "never", {}, False),
        (True, "always", {"NO_COLOR": "1"}, True),
        (False, "auto", {}, False),
        (False, "auto", {"FORCE_COLOR": "1"}, True),
        (False, "auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (False, "always", {}, True),
    ],
)
def test_colours_are_for_terminals_and_for_those_who_ask(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, color: str, environment: dict[str, str], painted: bool
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert screen_of(Stream(terminal), color).color is painted


@pytest.mark.parametrize(
    ("terminal", "encoding", "drawn"), [(True, "utf-8", True), (True, "latin-1", False), (False, "utf-8", False)]
)
def test_lines_are_drawn_on_terminals_that_know_them(terminal: bool, encoding: str, drawn: bool) -> None:
    assert screen_of(Stream(terminal, encoding), "auto").drawing is drawn


def test_a_pipe_is_as_wide_as_somebody_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert screen_of(Stream(False), "auto").width == 100
    monkeypatch.setenv("COLUMNS", "60")
    assert screen_of(Stream(False), "auto").width == 60
    monkeypatch.setenv("COLUMNS", "3")
    assert screen_of(Stream(True), "auto").width == 20


def test_a_stream_that_knows_few_characters_gets_them_written_out(
    scenario: Scenario, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = directory / scenario(ERROR)
    template.write_text(template.read_text().replace('"Queue"', '"Schlange→"'))
    stream = Stream(True, "latin-1")
    monkeypatch.setattr("sys.stdout", stream)
    main(["check", template.name])
    assert r"Schlange\u2192" in stream.written()
    assert "+- " in stream.written()


def test_a_terminal_gets_colours_and_lines(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    stream = Stream(True)
    monkeypatch.setattr("sys.stdout", stream)
    main(["check", scenario(ERROR)])
    assert "\x1b[1;31merror[unbounded-retry]\x1b[0m" in stream.written()
    assert "└─ " in stream.written()


def test_with_nobody_to_complain_to_a_run_ends_as_it_should(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Standard output and standard error are closed: the exit code is all that is left to say it."""
    template = tmp_path / "app.json"
    template.write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}')
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)
    assert main(["check", str(template)]) == 2
