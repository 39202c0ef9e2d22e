"""Formats are found by themselves, and each can render every report."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from seawall.engine import Report, report_of
from seawall.report.acknowledging import acknowledging
from seawall.report.entries import entries
from seawall.report.format import Screen, all_formats, format_named
from seawall.rules import Severity
from seawall.rules.fail_on import FailOn
from seawall.template import load

from .building import finding, one_piece

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.json"))


def test_the_formats_of_the_contract_are_there() -> None:
    assert {"json", "text", "sarif", "junit", "github", "gitlab", "csv", "markdown", "mermaid", "dot"} <= set(
        all_formats()
    )
    assert list(all_formats()) == sorted(all_formats())
    for name, found in all_formats().items():
        assert found.name == name
        assert found.suffix.startswith(".")
        assert found.summary


def test_a_format_is_found_by_its_name_alone() -> None:
    for name, found in all_formats().items():
        assert format_named(name) is found
    for name in ("model", "csv_", "os", "../json", ""):
        with pytest.raises(KeyError):
            format_named(name)


def test_a_run_loads_no_more_formats_than_it_writes() -> None:
    program = "import sys; from seawall.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    template = str(next(path for path in SCENARIOS if path.stem == "case-01-queue-function"))
    command = [sys.executable, "-c", program, "check", template, "--format", "json"]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stderr.split()
    assert "seawall.report.json_" in loaded
    assert not {
        "seawall.report.sarif",
        "seawall.report.markdown",
        "seawall.report.csv_",
        "seawall.report.tables",
        "xml.etree.ElementTree",
    } & set(loaded)


@cache
def report_on(template: Path) -> Report:
    return report_of(load([template]))


@pytest.mark.parametrize("name", list(all_formats()))
@pytest.mark.parametrize("screen", [Screen(), Screen(20, True, True, True, True)], ids=["pipe", "small terminal"])
def test_every_format_renders_every_scenario(name: str, screen: Screen) -> None:
    for template in SCENARIOS:
        made = report_on(template)
        text = all_formats()[name].render(made, screen)
        assert text.endswith("\n")
        if screen == Screen():
            assert all_formats()[name].render(made, screen) == text


@pytest.mark.parametrize("template", SCENARIOS, ids=lambda path: path.stem)
@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_of_text_is_wider_than_the_screen(template: Path, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(template.parent)
    made = report_on(Path(template.name))
    text = all_formats()["text"].render(made, Screen(width, True, drawing=True, verbose=True))
    verbatim = {line for finding in made.findings for line in finding.paste.splitlines()}
    steps = [step for finding in made.findings for step in finding.stop_now.steps]
    verbatim |= {f"          {line}" for step in steps for line in step.commands}
    images = [block for entry in entries(made) if entry.finding.paste for block in entry.blocks]
    verbatim |= {f"       :{block.at.rpartition(':')[2]}  {block.text}" for block in images}  # a policy is one string
    for entry in entries(made):  # whole lines to paste are broken nowhere: a definition may be one string
        pasted = (*entry.blocks, *acknowledging(made.app, entry.finding))
        verbatim |= {f"         {line}" for block in pasted for line in block.text.splitlines()}
        verbatim |= {f"       :{block.at.rpartition(':')[2]}  {block.text}" for block in entry.blocks}
    wide = [line for line in text.splitlines() if len(line) > width and line not in verbatim]
    assert [line for line in wide if not one_piece(line)] == []


@pytest.mark.parametrize(
    ("fail_on", "severities", "fails"),
    [
        (FailOn.ERROR, [], False),
        (FailOn.ERROR, [Severity.WARNING, Severity.NOTE], False),
        (FailOn.ERROR, [Severity.NOTE, Severity.ERROR], True),
        (FailOn.WARNING, [Severity.NOTE], False),
        (FailOn.WARNING, [Severity.WARNING], True),
        (FailOn.WARNING, [Severity.ERROR], True),
        (FailOn.NEVER, [Severity.ERROR], False),
    ],
)
def test_the_gate_compares_severities(fail_on: FailOn, severities: list[Severity], fails: bool) -> None:
    assert fail_on.fails(finding(severity=severity) for severity in severities) is fails
