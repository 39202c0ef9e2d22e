"""The tutorial's app is an app: short, and without a finding."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"


def app() -> str:
    found = re.search(r"^`app.py`.*?```python\n(.*?)```", TUTORIAL.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def run(code: str, directory: Path) -> subprocess.CompletedProcess[str]:
    (directory / "app.py").write_text(code)
    environment = os.environ | {"CDK_OUTDIR": str(directory / "cdk.out"), "CDK_VALIDATION": "false"}
    return subprocess.run(
        [sys.executable, "app.py"], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )


def test_it_takes_less_than_40_lines_and_the_guard_has_nothing_to_say(tmp_path: Path) -> None:
    code = app()
    assert len(code.splitlines()) < 40
    ran = run(code, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "cdk.out" / "Receiver.template.json").is_file()
    report = json.loads((tmp_path / "cdk.out" / "validation-report.json").read_text())
    assert report["pluginReports"] == []


def test_the_guard_would_have_spoken(tmp_path: Path) -> None:
    assert run(app().replace("RetryGuard(max_attempts=5)", "RetryGuard(max_attempts=4)"), tmp_path).returncode == 0
    report = json.loads((tmp_path / "cdk.out" / "validation-report.json").read_text())
    assert [one["ruleName"] for one in report["pluginReports"][0]["violations"]] == ["excessive-retries"]


def test_breaking_the_promise_says_what_the_tutorial_says(tmp_path: Path) -> None:
    ran = run(app().replace("max_attempts=5, signature", "max_attempts=5, max_receive_count=20, signature"), tmp_path)
    (said,) = re.findall(r"```\n(ValueError: .*?)```", TUTORIAL.read_text(), re.DOTALL)
    assert said in ran.stderr
