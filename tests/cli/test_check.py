"""`seawall check`: exit codes, what is printed where, and who wins over whom."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from seawall.cli import main
from seawall.report.diff.format import diff_formats
from seawall.report.format import loaded_formats

from .conftest import CLEAN, ERROR, WARNING

Scenario = Callable[[str], str]
Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        (CLEAN, [], 0),
        (CLEAN, ["--fail-on", "warning"], 0),
        (WARNING, [], 0),
        (WARNING, ["--fail-on", "warning"], 1),
        (WARNING, ["--fail-on", "never"], 0),
        (ERROR, [], 1),
        (ERROR, ["--fail-on", "warning"], 1),
        (ERROR, ["--fail-on", "never"], 0),
        (ERROR, ["--ignore", "unbounded-retry"], 0),
        (ERROR, ["--select", "stacked-retries"], 0),
        (ERROR, ["--select", "stacked-retries,Seawall::unbounded-retry"], 1),
        (ERROR, ["--select", "stacked-retries", "--select", "unbounded-retry"], 1),
    ],
)
def test_the_exit_code_says_what_came_of_it(scenario: Scenario, name: str, options: list[str], code: int) -> None:
    assert main(["check", scenario(name), *options]) == code


def test_text_goes_to_standard_output_and_nothing_else(scenario: Scenario, capsys: Capture) -> None:
    main(["check", scenario(ERROR)])
    printed = capsys.readouterr()
    assert "\nerror[unbounded-retry] " in printed.out
    assert "11,520" in printed.out.splitlines()[2]
    assert "Check failed: 1 error." in printed.out
    assert "Looked at 1 template, 4 resources, nothing unknown" in printed.out
    assert printed.err == ""


def test_json_is_the_whole_document(scenario: Scenario, capsys: Capture) -> None:
    assert main(["check", scenario(ERROR), "--format", "json"]) == 1
    assert [found["rule"] for found in json.loads(capsys.readouterr().out)["findings"]] == ["unbounded-retry"]


def test_the_threshold_can_be_set(scenario: Scenario, capsys: Capture) -> None:
    template = scenario(CLEAN)  # three receives
    assert main(["check", template, "--max-attempts", "2", "--fail-on", "warning"]) == 1
    assert "excessive-retries" in capsys.readouterr().out


def test_an_assembly_in_cdk_out_is_the_default(scenario: Scenario, directory: Path) -> None:
    (directory / "cdk.out").mkdir()
    (directory / scenario(ERROR)).rename(directory / "cdk.out" / "App.template.json")
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "App.template.json"}}
    (directory / "cdk.out" / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": {"App": stack}}))
    assert main(["check"]) == 1


def test_several_inputs_are_one_app(scenario: Scenario, capsys: Capture) -> None:
    assert main(["check", scenario(CLEAN), scenario(WARNING)]) == 0
    assert "Looked at 2 templates, " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "there is no cdk.out in {directory}; run `cdk synth` first, or name a directory or a template"),
        (["empty"], "no CloudFormation template in empty; looked for a cloud assembly"),
    ],
)
def test_nothing_to_analyse_is_3_and_says_what_was_looked_for(
    directory: Path, capsys: Capture, arguments: list[str], said: str
) -> None:
    (directory / "empty").mkdir()
    assert main(["check", *arguments]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("seawall: error: nothing to analyse: ")
    assert said.format(directory=directory) in printed.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"Resources": {\n  "Queue": {,}\n}}', "broken.json:2:13: is not JSON"),
        ('{"Resources": []}', "broken.json: "),
        ("{}", "broken.json: is not a CloudFormation template"),
    ],
)
def test_an_unreadable_input_is_2_and_named_with_its_line(
    directory: Path, capsys: Capture, text: str, said: str
) -> None:
    (directory / "broken.json").write_text(text)
    assert main(["check", "broken.json"]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(f"seawall: error: {said}")
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1


def test_a_missing_input_is_wrong_usage(capsys: Capture) -> None:
    assert main(["check", "gone/"]) == 2
    assert capsys.readouterr().err == "seawall: error: gone: no such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["chek"], "invalid choice: 'chek'"),
        (["check", "--selct", "x"], "unrecognized arguments: --selct"),
        (["check", "--max", "3"], "unrecognized arguments: --max"),
        (["check", "--select", "stack-retries"], "unknown rule 'stack-retries'; did you mean stacked-retries?"),
        (["check", "--ignore", "idle-retry,gap"], "unknown rule 'gap'; choose from: "),
        (["check", "--ignore", " , "], "--ignore: names no rule"),
        (["check", "--format", "jsno"], "unknown format 'jsno'; did you mean json?"),
        (["check", "--fail-on", "note"], "--fail-on: invalid choice: 'note'"),
        (["check", "--max-attempts", "0"], "--max-attempts: takes a number of at least 1, not 0"),
        (["check", "--rollbacks", "-1"], "--rollbacks: takes a number of at least 0, not -1"),
        (["check", "--pushes-per-day", "0"], "--pushes-per-day: takes a number above 0, not 0"),
        (["check", "--pushes-per-day", "many"], "--pushes-per-day: takes a number such as 0.5, not 'many'"),
        (["check", "--images-per-push", "0"], "--images-per-push: takes a number of at least 1, not 0"),
        (["check", "--days-between-deployments", "0"], "--days-between-deployments: takes a number of at least 1"),
        (["check", "--max-attempts", "ten"], "--max-attempts: takes a whole number such as 10, not 'ten'"),
        (["check", "--select", "idle-retry", "--ignore", "idle-retry"], "no rule is left to run"),
        (["check", "--config", "gone.toml"], "gone.toml: no such file or directory"),
        (["explain", "x\x1b[31m"], r"unknown rule 'x\x1b[31m'; choose from"),
    ],
)
def test_wrong_usage_is_2_and_says_what_is_wrong(capsys: Capture, arguments: list[str], said: str) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("seawall: error: ")
    assert said in printed.err
    assert "\x1b" not in printed.err


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """SARIF, and the text of a comparison, cannot be imported; the reason that is told."""

    def without(name: str) -> ModuleType:
        if name in ("seawall.report.sarif", "seawall.report.diff.markdown"):
            raise ModuleNotFoundError("No module named 'zlib'")
        return import_module(name)

    monkeypatch.setattr("seawall.report.format.import_module", without)
    for cached in (loaded_formats, diff_formats):
        cached.cache_clear()
    yield "(ModuleNotFoundError: No module named 'zlib')"
    for cached in (loaded_formats, diff_formats):
        cached.cache_clear()


def test_a_format_that_cannot_be_imported_is_named_and_breaks_no_other(
    scenario: Scenario, capsys: Capture, broken: str
) -> None:
    assert main(["check", scenario(CLEAN), "--format", "sarif"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"the format sarif cannot be loaded here {broken}; install seawall again" in printed.err
    assert "mistake in seawall" not in printed.err
    assert main(["check", scenario(CLEAN), "--format", "json"]) == 0
    assert main(["check", "--help"]) == 0
    assert "sarif," not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["x.sarif", "app.v2.sarif", "x.concise.sarif"])
def test_a_file_whose_suffix_may_be_that_of_a_broken_format_is_not_written_as_text(
    scenario: Scenario, directory: Path, capsys: Capture, broken: str, name: str
) -> None:
    assert main(["check", scenario(CLEAN), "--output", name]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"seawall: error: {name}: which format its name asks for cannot be told")
    assert f"this cannot be loaded here: sarif {broken}; say --format, or install seawall again" in said
    assert list(directory.glob("*.sarif")) == []
    assert main(["check", scenario(CLEAN), "--format", "text", "--output", name]) == 0


def test_a_file_whose_name_says_a_format_that_loads_is_written(
    scenario: Scenario, directory: Path, capsys: Capture, broken: str
) -> None:
    for name, start in (("x.json", "{"), ("x.concise.txt", "nothing found"), ("x", "Check passed")):
        assert main(["check", scenario(CLEAN), "--output", name]) == 0
        assert (directory / name).read_text().lstrip().startswith(start), name


def test_a_settings_file_that_asks_for_a_broken_format_is_told_so(
    scenario: Scenario, directory: Path, capsys: Capture, broken: str
) -> None:
    (directory / "seawall.toml").write_text('max-attempts = 3\nformat = "sarif"\n')
    assert main(["check", scenario(CLEAN)]) == 2
    said = capsys.readouterr().err
    assert f":2: format: the format sarif cannot be loaded here {broken}" in said
    assert "unknown format" not in said


def test_a_broken_format_of_a_comparison_is_named_and_breaks_no_other(
    scenario: Scenario, directory: Path, capsys: Capture, broken: str
) -> None:
    sides = ["diff", scenario(CLEAN), scenario(CLEAN)]
    assert main([*sides, "--format", "json"]) == 0
    capsys.readouterr()
    assert main([*sides, "--format", "markdown"]) == 2
    assert f"the format markdown cannot be loaded here {broken}" in capsys.readouterr().err
    assert main([*sides, "--output", "x.md"]) == 2
    assert f"cannot be told, because this cannot be loaded here: markdown {broken}" in capsys.readouterr().err
    (directory / "seawall.toml").write_text('format = "markdown"\n')
    assert main(sides) == 2
    assert f"the format markdown cannot be loaded here {broken}" in capsys.readouterr().err


def test_the_model_of_time_around_images_is_typed(scenario: Scenario, capsys: Capture) -> None:
    path = scenario("image-keep-any")
    numbers = ["--pushes-per-day", "0.5", "--images-per-push", "2", "--days-between-deployments", "7"]
    for typed, days in (([], 0.5), (numbers, 5.0), (["--pushes-per-day", "0.125"], 40.0)):
        main(["check", path, "--format", "json", *typed])
        (image,) = json.loads(capsys.readouterr().out)["images"]
        assert image["days"] == days


def test_settings_in_a_file_hold(scenario: Scenario, directory: Path, capsys: Capture) -> None:
    (directory / "seawall.toml").write_text('fail-on = "warning"\nformat = "json"\nignore = ["unbounded-retry"]\n')
    assert main(["check", scenario(WARNING)]) == 1
    json.loads(capsys.readouterr().out)
    assert main(["check", scenario(ERROR)]) == 0


def test_the_command_line_wins_over_the_file(scenario: Scenario, directory: Path, capsys: Capture) -> None:
    (directory / "pyproject.toml").write_text(
        '[tool.seawall]\nfail-on = "never"\nformat = "json"\nmax-attempts = 2\nignore = ["unbounded-retry"]\n'
    )
    options = ["--fail-on", "error", "--format", "text", "--ignore", "idle-retry"]
    assert main(["check", scenario(ERROR), *options]) == 1
    assert "\nerror[unbounded-retry]" in capsys.readouterr().out
    assert main(["check", scenario(CLEAN), "--max-attempts", "10", "--format", "text"]) == 0
    assert "Check passed: nothing found" in capsys.readouterr().out


def test_a_named_file_is_the_only_one_read(scenario: Scenario, directory: Path) -> None:
    (directory / "seawall.toml").write_text("nonsense\n")
    (directory / "ci.toml").write_text('fail-on = "never"\n')
    assert main(["check", scenario(ERROR), "--config", "ci.toml"]) == 0
    assert main(["check", scenario(ERROR)]) == 2


def test_a_mistake_in_the_file_is_named_with_its_line(scenario: Scenario, directory: Path, capsys: Capture) -> None:
    (directory / "seawall.toml").write_text("# ours\nmax-atempts = 3\n")
    assert main(["check", scenario(CLEAN)]) == 2
    said = "seawall.toml:2: unknown key 'max-atempts'; did you mean max-attempts?\n"
    assert capsys.readouterr().err == f"seawall: error: {directory}/{said}"


def test_an_acknowledged_finding_does_not_fail_the_run(scenario: Scenario, directory: Path, capsys: Capture) -> None:
    path = directory / scenario(ERROR)
    body: Any = json.loads(path.read_text())
    accepted = {"acknowledge": [{"rule": "unbounded-retry", "reason": "drained by hand"}]}
    body["Resources"]["Queue"]["Metadata"] = {"seawall": accepted}
    path.write_text(json.dumps(body))
    assert main(["check", path.name]) == 0
    printed = capsys.readouterr().out
    assert "unbounded-retry at Queue: drained by hand (metadata)" in printed
    assert "Check passed: nothing found" in printed
    assert "1 acknowledged." in printed


def test_what_if_is_told_when_asked_for(scenario: Scenario, capsys: Capture) -> None:
    name = scenario(ERROR)
    assert main(["check", name]) == main(["check", name, "--what-if"]) == 1
    assert capsys.readouterr().out.count("what if: ") == 1
    main(["check", name, "--what-if", "--format", "json"])
    (proposal,) = json.loads(capsys.readouterr().out)["what_if"]
    (figure,) = proposal["sets"][0]["figures"]
    assert (figure["before"]["error"]["max"], figure["after"]["error"]["max"]) == (11_520, 5)


def test_quiet_says_open_findings_and_nothing_else(scenario: Scenario, directory: Path, capsys: Capture) -> None:
    assert main(["check", scenario(CLEAN), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert main(["check", scenario(ERROR), "-q", "--output", "-", "--output", "found.json"]) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("error[unbounded-retry]")
    assert "Check failed" not in shown.out
    assert shown.err == ""
    assert (directory / "found.json").is_file()


def test_statistics_count_the_findings_of_each_rule(scenario: Scenario, capsys: Capture) -> None:
    assert main(["check", scenario(ERROR), "--statistics", "--quiet"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split()[:3] == ["1", "error", "unbounded-retry"]
    assert main(["check", scenario(ERROR), "--statistics"]) == 1
    assert "Check failed: 1 error." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("*.json", 0),
        (f"{ERROR}.json", 0),
        (f"{ERROR}/Queue", 0),
        (ERROR, 0),
        ("Queue", 1),
        (ERROR[:-1], 1),
        ("other/", 1),
    ],
)
def test_rules_are_left_out_in_part_of_the_app(
    scenario: Scenario, directory: Path, capsys: Capture, pattern: str, left: int
) -> None:
    (directory / "seawall.toml").write_text(f'[per-path-ignores]\n"{pattern}" = ["unbounded-retry"]\n')
    assert main(["check", scenario(ERROR), "--quiet"]) == left
    assert ("unbounded-retry" in capsys.readouterr().out) == bool(left)
