"""What the pages tell people to type runs as it stands there, and prints what they show."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seawall.cli import main

from .runner import ROOT
from .test_gate import APP

DOCS = ROOT / "docs"
STACKED = ROOT / "tests" / "scenarios" / "case-04-pipe-to-express.json"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    return [block for found, block in _BLOCK.findall((DOCS / page).read_text()) if found == language]


COMMANDS = [
    command
    for page in ("index.md", "finding.md", "report.md", "command-line.md", "ci.md", "baseline.md")
    for block in [*blocks(page, "sh"), *blocks(page, "")]
    for command in block.splitlines()
    if re.match(r"seawall (check|baseline|diff|explain) (?!.*  )(?!.*\[)", f"{command} ")
]


@pytest.mark.parametrize("command", dict.fromkeys(COMMANDS))
def test_commands_run(command: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    for folder in (project / "cdk.out", tmp_path / "base" / "cdk.out"):
        folder.mkdir(parents=True)
        shutil.copy(STACKED, folder / "Shop.template.json")
    (project / ".serverless").mkdir()
    shutil.copy(STACKED, project / ".serverless" / "cloudformation-template-update-stack.json")
    shutil.copy(STACKED, project / "template.yaml")
    shutil.copy(STACKED, project / "template.json")
    (project / "seawall-baseline.json").write_text('{"schema": "seawall.baseline/1", "findings": []}\n')
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["sh", "-c", command], cwd=project, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )
    assert ran.returncode in (0, 1), ran.stderr
    for file in re.findall(r"--output (\w\S*)", command):
        assert (project / file).stat().st_size > 0


def test_there_are_commands_on_the_pages() -> None:
    assert len(COMMANDS) >= 10


def test_the_finding_on_the_page_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(STACKED, tmp_path / "Shop.json")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["check", "Shop.json", "--color", "never"]) == 1
    assert blocks("finding.md", "")[0] == capsys.readouterr().out


def test_the_settings_on_the_page_are_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (settings,) = blocks("command-line.md", "toml")
    (tmp_path / "seawall.toml").write_text(settings)
    (tmp_path / "seawall-baseline.json").write_text('{"schema": "seawall.baseline/1", "findings": []}\n')
    shutil.copy(STACKED, tmp_path / "Shop.json")
    monkeypatch.chdir(tmp_path)
    assert main(["check", "Shop.json"]) == 1
    (tmp_path / "seawall.toml").write_text(settings.replace("rollbacks", "rollback"))
    assert main(["check", "Shop.json"]) == 2


def test_the_quick_start_is_what_the_gate_runs() -> None:
    (snippet, *_) = blocks("index.md", "python")
    lines = [line for line in snippet.splitlines() if line and not line.startswith(("#", "MyStack("))]
    assert len(lines) == 6
    assert [line for line in lines if line not in APP.splitlines()] == []
