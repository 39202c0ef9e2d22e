"""Apps synthesized in this process, and what the CDK's report then says. The real CLI is in `test_guards_synth.py`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

MakeApp = Callable[..., cdk.App]


@dataclass(frozen=True)
class Outcome:
    """What became of a synth."""

    failed: bool
    plugins: list[dict[str, Any]]
    """Our entries in the CDK's report; there is none where nothing was found."""

    @property
    def violations(self) -> list[dict[str, Any]]:
        return [violation for plugin in self.plugins for violation in plugin["violations"]]

    @property
    def suppressed(self) -> list[dict[str, Any]]:
        return [violation for plugin in self.plugins for violation in plugin.get("suppressedViolations", [])]

    @property
    def found(self) -> list[tuple[str, str]]:
        """Rule and site of each violation."""
        return sorted((one["ruleName"], one["ruleMetadata"]["site"]) for one in self.violations)

    @property
    def sites(self) -> list[str]:
        return sorted(one["ruleMetadata"]["site"] for one in self.violations)


def read_report(directory: Path, failed: bool) -> Outcome:
    """What the CDK's report in `directory` says of us."""
    file = directory / "validation-report.json"
    body = json.loads(file.read_text()) if file.is_file() else {"pluginReports": []}
    return Outcome(failed, [plugin for plugin in body["pluginReports"] if plugin["pluginName"] == "Seawall"])


def synth(app: cdk.App, run: Callable[[], object] | None = None, **options: Any) -> Outcome:
    """Synthesize, or `run` what does; under pytest, the CDK raises where the command line would exit 1."""
    try:
        if run is None:
            app.synth(**options)
        else:
            run()
    except RuntimeError as error:
        if not str(error).startswith("ValidationFailed:"):
            raise
        return read_report(Path(app.outdir), failed=True)
    return read_report(Path(app.outdir), failed=False)


def where(violation: dict[str, Any]) -> tuple[str, str]:
    """The construct path that the CDK knows, and what it shows as the logical id."""
    (construct,) = violation["violatingConstructs"]
    return construct["constructPath"], construct.get("cloudFormationResource", {}).get("logicalId", "")


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory: the root of a repository without settings."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEAWALL_DEBUG", raising=False)
    return tmp_path


@pytest.fixture
def make_app(tmp_path: Path) -> MakeApp:
    """An app that is written to a directory of its own, without the CDK's own template checks, which take seconds."""
    number = iter(range(100))

    def make(**options: Any) -> cdk.App:
        options = {"builtin_cloud_formation_validation": False, **options}
        return cdk.App(outdir=str(tmp_path / f"cdk{next(number)}.out"), **options)

    return make
