"""Several reports at once: which format goes where, what is wrong usage, and what is still written when one fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from seawall.cli import main
from seawall.cli.exits import UsageError
from seawall.cli.reports import wanted

from .conftest import ERROR, WARNING

Scenario = Callable[[str], str]
Capture = pytest.CaptureFixture[str]

UNWRITABLE = "cannot write the report: is a directory"


def pairs(words: str, default: str | None = None) -> list[tuple[str, str]]:
    """What `words`, `F:name` and `O:file` in the order typed, ask for."""
    named = {"F": "--format", "O": "--output"}
    given = [(named[word[0]], word[2:]) for word in words.split()]
    return [(one.format, str(one.output or "-")) for one in wanted(given, default)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", [("text", "-")]),
        ("F:json", [("json", "-")]),
        ("O:-", [("text", "-")]),
        ("F:json O:a", [("json", "a")]),
        ("O:a F:json", [("json", "a")]),
        ("F:text O:- F:sarif O:s.sarif", [("text", "-"), ("sarif", "s.sarif")]),
        ("F:text F:sarif O:- O:s.sarif", [("text", "-"), ("sarif", "s.sarif")]),
        ("O:a F:json O:b F:sarif", [("json", "a"), ("sarif", "b")]),
        ("F:text F:sarif O:s", [("text", "-"), ("sarif", "s")]),
        ("F:sarif O:s F:text", [("sarif", "s"), ("text", "-")]),
        ("F:sarif O:s O:t.csv", [("sarif", "s"), ("csv", "t.csv")]),
        ("O:a.json O:b.SARIF O:-", [("json", "a.json"), ("sarif", "b.SARIF"), ("text", "-")]),
    ],
)
def test_each_format_goes_to_its_output(words: str, expected: list[tuple[str, str]]) -> None:
    assert pairs(words) == expected


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("a.txt", "text"), ("a.json", "json"), ("a.sarif", "sarif"), ("a.xml", "junit"), ("a.md", "markdown"),
        ("a.csv", "csv"), ("a.attempts.csv", "csv-attempts"), ("a.mmd", "mermaid"), ("a.dot", "dot"),
        ("gl.codequality.json", "gitlab"), ("a.annotations", "github"), ("a.log", "text"),
    ],
)  # fmt: skip
def test_a_suffix_says_the_format(file: str, name: str) -> None:
    assert pairs(f"O:{file}") == [(name, file)]
    assert pairs(f"O:{file} F:json") == [("json", file)]


def test_the_settings_file_decides_where_nothing_else_does() -> None:
    assert pairs("", "json") == [("json", "-")]
    assert pairs("O:a.sarif O:b.log O:-", "json") == [("sarif", "a.sarif"), ("json", "b.log"), ("json", "-")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("F:text F:json", "text and json would all go to standard output; give each --format but one an --output FILE"),
        ("F:text O:- F:json O:-", "text and json would all go to standard output"),
        ("F:text O:a F:json O:./a", "a: two reports would be written there"),
        ("F:text O:- F:json O:gone/a.json", "gone/a.json: cannot write the report: there is no directory"),
    ],
)
def test_mistakes_are_said_before_anything_is_analysed(words: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"^{said}"):
        pairs(words)


def check(*arguments: str) -> int:
    return main(["check", *arguments])


def test_text_on_the_screen_and_sarif_in_a_file(scenario: Scenario, directory: Path, capsys: Capture) -> None:
    assert check(scenario(ERROR), "--format", "text", "--output", "-", "--format", "sarif", "--output", "s.sarif") == 1
    printed = capsys.readouterr()
    assert "\nerror[unbounded-retry] " in printed.out
    assert printed.err == "seawall: 1 error; report in s.sarif\n"
    run = json.loads((directory / "s.sarif").read_text())["runs"][0]
    assert [result["ruleId"] for result in run["results"]] == ["unbounded-retry"]
    assert run["invocations"][0]["exitCode"] == 1


def test_reports_with_a_verdict_know_the_gate(scenario: Scenario, directory: Path) -> None:
    assert check(scenario(WARNING), "--output", "a.md", "--output", "a.xml") == 0
    assert (directory / "a.md").read_text().startswith("## Seawall: check passed with ")
    assert "<failure" not in (directory / "a.xml").read_text()
    assert check(scenario(WARNING), "--output", "a.md", "--output", "a.xml", "--fail-on", "warning") == 1
    assert (directory / "a.md").read_text().startswith("## Seawall: check failed: ")
    assert "<failure" in (directory / "a.xml").read_text()


def wrong(arguments: Sequence[str], capsys: Capture) -> str:
    assert check(*arguments) == 2
    return capsys.readouterr().err


def test_wrong_usage_writes_nothing(scenario: Scenario, directory: Path, capsys: Capture) -> None:
    said = wrong([scenario(ERROR), "--output", "a.json", "--output", "-", "--output", "-"], capsys)
    assert said.startswith("seawall: error: text and text would all go to standard output; ")
    assert not (directory / "a.json").exists()
    said = wrong([scenario(ERROR), "--output", "a.json", "--output", "gone/b.json"], capsys)
    assert said.startswith("seawall: error: gone/b.json: cannot write the report: there is no directory ")
    assert not (directory / "a.json").exists()


def test_one_that_cannot_be_written_keeps_no_other_from_it(
    scenario: Scenario, directory: Path, capsys: Capture
) -> None:
    for name in ("one.json", "two.csv"):
        (directory / name).mkdir()
    said = wrong([scenario(ERROR), "--output", "one.json", "--output", "two.csv", "--output", "a.md"], capsys)
    assert said.splitlines() == [
        "seawall: 1 error; report in a.md",
        f"seawall: error: one.json: {UNWRITABLE}; two.csv: {UNWRITABLE}",
    ]
    assert (directory / "a.md").read_text().startswith("## Seawall: check failed: ")
