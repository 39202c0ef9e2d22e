"""The steps of `action.yml`, run as GitHub's runner would run them; only GitHub itself is played."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Action
from .runner import ROOT, Run

SCENARIOS = ROOT / "tests" / "scenarios"
STACKED, CLEAN = SCENARIOS / "case-04-pipe-to-express.json", SCENARIOS / "case-01-queue-function.json"
MARK = "<!-- seawall: seawall -->\n"

GH = f"""\
#!{sys.executable}
import json, os, subprocess, sys
folder, arguments = os.environ["GH_FOLDER"], sys.argv[1:]
assert arguments.pop(0) == "api" and os.environ["GH_TOKEN"] == "secret"
if "--paginate" in arguments:
    comments = open(folder + "/comments.json").read()
    sys.exit(subprocess.run(["jq", "-r", arguments[-1]], input=comments, text=True).returncode)
if os.path.exists(folder + "/forked"):
    sys.exit("HTTP 403: Resource not accessible by integration")
field = arguments[arguments.index("--field") + 1]
name, file = field.split("=@")
json.dump({{"method": arguments[1], "path": arguments[2], name: open(file).read()}}, open(folder + "/said.json", "w"))
"""
"""Stands in for GitHub's command line, with real jq, the language of its filters."""


@pytest.fixture
def github(tmp_path: Path) -> dict[str, str]:
    """An environment in which `gh` is ours: it reads `comments.json` and writes `said.json`."""
    program = tmp_path / "bin" / "gh"
    program.parent.mkdir()
    program.write_text(GH)
    program.chmod(0o755)
    (tmp_path / "comments.json").write_text("[]")
    return {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}", "GH_FOLDER": str(tmp_path)}


needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="jq plays the filters of gh")


def said(github: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = json.loads((Path(github["GH_FOLDER"]) / "said.json").read_text())
    return found


def reports(run: Run) -> set[str]:
    return {file.name for file in Path(run.outputs["directory"]).iterdir()}


def test_it_is_what_the_published_schema_asks_for() -> None:
    subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions", ROOT / "action.yml"],
        check=True,
    )


def test_findings_fail_it_after_every_report_is_out(action: Action, project: Path) -> None:
    shutil.copy(STACKED, project / "template.json")
    run = action(project, path="template.json")
    assert run.failed
    assert run.steps == ["Check", "Upload to code scanning", "Verdict"]
    assert "::error file=template.json,line=" in run.log
    assert run.summary.startswith("## Seawall: check failed: 1 error")
    assert run.outputs["exit-code"] == "1"
    assert reports(run) == {"seawall.sarif", "seawall.md", "seawall.json", "seawall.html"}
    assert run.uploaded == {"sarif_file": run.outputs["directory"] + "/seawall.sarif", "category": "seawall"}
    assert json.loads(Path(run.uploaded["sarif_file"]).read_text())["version"] == "2.1.0"


def test_nothing_found_passes(action: Action, project: Path) -> None:
    shutil.copy(CLEAN, project / "template.json")
    run = action(project, path="template.json", sarif="false")
    assert not run.failed
    assert run.steps == ["Check", "Verdict"]
    assert run.summary.startswith("## Seawall: check passed")


def test_arguments_reach_the_check(action: Action, project: Path) -> None:
    shutil.copy(STACKED, project / "template.json")
    run = action(project, path="template.json", arguments="--max-attempts 20 --ignore handoff-gap")
    assert (run.failed, run.outputs["exit-code"]) == (False, "0")


def test_what_cannot_be_read_fails_and_reports_nothing(action: Action, project: Path) -> None:
    (project / "template.json").write_text("{")
    run = action(project, path="template.json", event="pull_request")
    assert run.failed
    assert run.steps == ["Check", "Verdict"]
    assert run.outputs["exit-code"] == "2"
    assert "template.json" in run.log


@needs_jq
def test_a_pull_request_gets_one_comment_that_is_kept_up_to_date(
    action: Action, project: Path, github: dict[str, str]
) -> None:
    shutil.copy(STACKED, project / "template.json")
    run = action(project, path="template.json", event="pull_request", environment=github)
    assert run.steps == ["Check", "Comment", "Upload to code scanning", "Verdict"]
    first = said(github)
    assert (first["method"], first["path"]) == ("POST", "repos/shop/infra/issues/7/comments")
    assert first["body"].startswith(MARK + "## Seawall: check failed: 1 error")

    bot, person = {"login": "github-actions[bot]", "type": "Bot"}, {"login": "mallory", "type": "User"}
    others = [{"id": 1, "body": "Nice.", "user": bot}, {"id": 2, "body": f"> {first['body']}", "user": bot}]
    # What bears our mark and is not ours stays as it is: somebody else's text, or another bot's.
    others += [{"id": 8, "body": first["body"], "user": person}]
    others += [{"id": 9, "body": first["body"], "user": {"login": "other[bot]", "type": "Bot"}}]
    ours = [{"id": number, "body": first["body"], "user": bot} for number in (3, 4)]
    (Path(github["GH_FOLDER"]) / "comments.json").write_text(json.dumps([*others, *ours]))
    shutil.copy(CLEAN, project / "template.json")
    run = action(project, path="template.json", event="pull_request", environment=github)
    assert not run.failed
    second = said(github)
    assert (second["method"], second["path"]) == ("PATCH", "repos/shop/infra/issues/comments/3")
    assert second["body"].startswith(MARK + "## Seawall: check passed")


@needs_jq
def test_the_comment_says_what_the_change_did(action: Action, project: Path, github: dict[str, str]) -> None:
    text = STACKED.read_text()
    (project / "base.json").write_text(text)
    assert '"maxReceiveCount": 5' in text
    (project / "template.json").write_text(text.replace('"maxReceiveCount": 5', '"maxReceiveCount": 10'))
    run = action(project, path="template.json", base="base.json", event="pull_request", environment=github)
    assert run.steps == ["Check", "Compare", "Comment", "Upload to code scanning", "Verdict"]
    for text in (said(github)["body"], run.summary):
        assert "## Seawall: check failed: 1 error" in text
        assert "maxReceiveCount 5 -> 10, so 20 -> 40" in text


@needs_jq
def test_several_paths_and_arguments_count_in_the_comparison_too(
    action: Action, project: Path, github: dict[str, str]
) -> None:
    text = STACKED.read_text()
    for side in ("base", "now"):
        (project / side).mkdir()
        shutil.copy(CLEAN, project / side / "clean.json")
    (project / "base" / "stacked.json").write_text(text)
    (project / "now" / "stacked.json").write_text(text.replace('"maxReceiveCount": 5', '"maxReceiveCount": 10'))
    run = action(
        project,
        path="now/stacked.json now/clean.json",
        base="base/stacked.json base/clean.json",
        arguments="--max-attempts 100 --no-baseline",
        event="pull_request",
        environment=github,
    )
    assert (run.failed, "nothing to compare" in run.log) == (False, False)
    assert "maxReceiveCount 5 -> 10, so 20 -> 40" in said(github)["body"]


@needs_jq
def test_a_comparison_that_does_not_fit_is_left_to_the_summary(
    action: Action, project: Path, github: dict[str, str]
) -> None:
    text = STACKED.read_text()
    for number in range(60):
        (project / f"{number}.json").write_text(text)
    run = action(project, path=".", base=str(CLEAN), event="pull_request", environment=github)
    body = said(github)["body"]
    assert 58_000 < len(body) < 65_536
    assert body.endswith("What the change did does not fit in here: see the summary of the run.\n")
    assert len(run.summary) > len(body)


@needs_jq
def test_nothing_to_compare_with_is_said_and_fails_nothing(
    action: Action, project: Path, github: dict[str, str]
) -> None:
    shutil.copy(CLEAN, project / "template.json")
    run = action(project, path="template.json", base="gone.json", event="pull_request", environment=github)
    assert not run.failed
    assert "::warning title=Seawall::nothing to compare with at gone.json" in run.log
    assert said(github)["body"].startswith(MARK)


@needs_jq
def test_the_verdict_of_a_fork_is_that_of_the_check(action: Action, project: Path, github: dict[str, str]) -> None:
    (Path(github["GH_FOLDER"]) / "forked").touch()
    for template, fails in ((CLEAN, False), (STACKED, True)):
        shutil.copy(template, project / "template.json")
        run = action(project, path="template.json", event="pull_request", environment=github)
        assert run.failed is fails
        assert "::warning title=Seawall::no comment" in run.log
        assert run.steps[-1] == "Verdict"
