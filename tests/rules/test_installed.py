"""Rules of other packages: the skeleton of the page works, and one that does not is named."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import seawall
from seawall.cli import main
from seawall.rules import all_rules
from seawall.rules import run as rules_run

PAGE = Path(__file__).parents[2] / "docs" / "own-rules.md"
SHARED: dict[str, Any] = {
    "Orders": {
        "Type": "AWS::SQS::Queue",
        "Properties": {"RedrivePolicy": {"maxReceiveCount": 5, "deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}},
    },
    "Dead": {"Type": "AWS::SQS::Queue"},
} | {
    f"{name}{part}": found
    for name in ("One", "Two")
    for part, found in (
        ("", {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ZipFile": "pass"}, "Timeout": 3}}),
        (
            "Reads",
            {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {"EventSourceArn": {"Fn::GetAtt": ["Orders", "Arn"]}, "FunctionName": {"Ref": name}},
            },
        ),
    )
}

Package = Callable[[dict[str, str], str], None]


def skeleton() -> tuple[dict[str, str], str]:
    """The entry points and the module of the page."""
    found = re.findall(r"^```(\w+)\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    project = next(tomllib.loads(text) for language, text in found if language == "toml")
    points: dict[str, str] = project["project"]["entry-points"]["seawall.rules"]
    return points, next(text for language, text in found if language == "python")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """Installs a package with these entry points and this module."""

    def install(points: dict[str, str], text: str) -> None:
        (tmp_path / "acme_seawall.py").write_text(text)
        info = tmp_path / "acme_seawall-1.0.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-seawall\nVersion: 1.0.0\n")
        (info / "entry_points.txt").write_text(
            "".join(["[seawall.rules]\n", *(f"{name} = {value}\n" for name, value in points.items())])
        )
        monkeypatch.syspath_prepend(tmp_path)
        forget()

    def forget() -> None:
        monkeypatch.delitem(__import__("sys").modules, "acme_seawall", raising=False)
        all_rules.cache_clear()
        rules_run._harms.cache_clear()

    yield install
    monkeypatch.undo()
    forget()


def test_the_skeleton_of_the_page_finds_what_it_is_for(package: Package) -> None:
    package(*skeleton())
    report = seawall.check({"Resources": SHARED}, select=["acme-parallel"])
    (found,) = report.findings
    assert (found.site, found.headline) == (
        "template/Orders",
        "template/Orders has 2 readers, and each gets only a part of the messages",
    )
    assert not seawall.check({"Resources": {"Orders": SHARED["Orders"]}}, select=["acme-parallel"]).findings


def test_it_is_explained_reported_and_ignored_as_every_rule(
    package: Package, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package(*skeleton())
    (tmp_path / "shared.json").write_text(json.dumps({"Resources": SHARED}))
    assert main(["explain", "acme-parallel"]) == 0
    assert "a queue that several readers share" in capsys.readouterr().out
    assert main(["check", str(tmp_path / "shared.json"), "--format", "sarif"]) == 0
    assert "acme-parallel" in capsys.readouterr().out
    assert main(["check", str(tmp_path / "shared.json"), "--ignore", "acme-parallel"]) == 0
    assert "acme-parallel" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "text", "why"),
    [
        ("acme_seawall:RULE", "raise ImportError('no database')", "it cannot be loaded: ImportError: no database"),
        ("acme_seawall:GONE", "", "it cannot be loaded: AttributeError"),
        ("acme_seawall:RULE", "RULE = 1", "it is no seawall.rules.Rule"),
        ("acme_seawall:RULE", "from seawall.rules.batch_retry import RULE", "there is a rule batch-retry already"),
    ],
)
def test_one_that_cannot_be_used_is_named_and_the_others_run(package: Package, value: str, text: str, why: str) -> None:
    package({"acme": value}, text)
    report = seawall.check({"Resources": SHARED})
    (broken,) = report.broken
    assert broken.rule == value
    assert why in broken.why
    assert len(all_rules()) > 20
    assert not report.ok
