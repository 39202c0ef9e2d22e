"""What CONTRIBUTING.md gives to copy is put into a copy of the package, and works."""

from __future__ import annotations

import json
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
    """A copy of the package with the three skeletons, each where its heading says."""
    root = tmp_path_factory.mktemp("newcomer")
    shutil.copytree(ROOT / "aspects", root / "aspects", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    given = re.findall(r"to copy, `([\w/.]+)`.*?:\n\n```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(given) == 3
    for name, text in given:
        path = root / name
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text, "utf-8")
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


def test_a_new_rule_fires_and_has_a_page(library: Path) -> None:
    assert "[my-rule] one failing event at" in seawall(library, "check", "app.json", "--color", "never")
    assert "my-rule" in seawall(library, "explain", "my-rule")


def test_a_new_format_is_offered_and_renders(library: Path) -> None:
    assert "my-lines" in seawall(library, "check", "--help")
    assert seawall(library, "check", "app.json", "--format", "my-lines").count("my-rule\t") == 2
