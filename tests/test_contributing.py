"""What CONTRIBUTING.md gives to copy is put into a copy of the package, and works."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
APP = {
    "Resources": {
        "First": {"Type": "AWS::My::Sender", "Properties": {"TargetArn": {"Fn::GetAtt": ["Sender", "Arn"]}}},
        "Sender": {"Type": "AWS::My::Sender", "Properties": {"TargetArn": {"Fn::GetAtt": ["Worker", "Arn"]}}},
        "Worker": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Code": {"ZipFile": "def handler(e, c): 1/0"},
            },
        },
    }
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with the four skeletons, each where its heading says."""
    root = tmp_path_factory.mktemp("newcomer")
    shutil.copytree(ROOT / "aspects", root / "aspects", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    given = re.findall(r"to copy, `([\w/.]+)`.*?:\n\n```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(given) == 4
    for name, text in given:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text, "utf-8")
    for name in ("__init__.py", "conftest.py"):
        shutil.copy(ROOT / "tests" / "services" / name, root / "tests" / "services")
    (root / "app.json").write_text(json.dumps(APP), "utf-8")
    return root


def seawall(library: Path, *arguments: str) -> str:
    there = str(library / "aspects")
    program = f"import sys; sys.path.insert(0, {there!r}); from seawall.cli.main import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=library, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def test_the_layer_of_a_new_service_is_counted_and_its_advice_given(library: Path) -> None:
    said = seawall(library, "check", "app.json", "--max-attempts", "5", "--color", "never")
    assert re.search(r"can run \S*Worker 16\s+times", said), said
    assert re.search(r"set MaxRetries 0 on \S*First \(16 -> 4\)", said), said


def test_what_if_sets_the_number_that_is_asked_for(library: Path) -> None:
    said = seawall(library, "check", "app.json", "--what-if", "--max-attempts", "5", "--color", "never")
    assert re.search(r"set MaxRetries 0 on \S*First", said), said


def test_the_test_of_a_new_service_passes(library: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "tests"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment["PYTHONPATH"] = os.pathsep.join((str(library / "aspects"), str(library)))
    done = subprocess.run(command, cwd=library, env=environment, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_a_new_rule_spells_no_kind() -> None:
    assert re.findall(r'\.(?:kind|setting) (?:[!=]=|in) \W?"', PAGE) == []


def test_a_new_rule_fires_and_has_a_page(library: Path) -> None:
    assert "[my-rule] one failing event at" in seawall(library, "check", "app.json", "--color", "never")
    assert "my-rule" in seawall(library, "explain", "my-rule")


def test_a_new_format_is_offered_and_renders(library: Path) -> None:
    assert "my-lines" in seawall(library, "check", "--help")
    assert seawall(library, "check", "app.json", "--format", "my-lines").count("my-rule\t") == 2
    (library / "nothing.json").write_text(json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}), "utf-8")
    assert seawall(library, "check", "nothing.json", "--format", "my-lines") == "nothing found\n"
