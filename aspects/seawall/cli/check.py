"""`seawall check`: read templates, analyse them, report, and say by the exit code what came of it."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from seawall.report import Report
from seawall.report import check as judged
from seawall.report.format import Screen, all_formats
from seawall.report.gate import FailOn
from seawall.report.settings_file import Preferences, find_preferences, read_preferences
from seawall.report.summary import Summary
from seawall.rules import all_rules
from seawall.template import App, NothingFound, load

from .exits import Exit, NothingToAnalyseError, UsageError
from .output import complain, emit, save
from .screen import screen_of

DEFAULT_PATH = Path("cdk.out")
_LOOKED_FOR = (
    "looked for a cloud assembly (a directory with a manifest.json, as `cdk synth` writes it) "
    "and for CloudFormation templates"
)


def check(arguments: argparse.Namespace) -> Exit:
    """Run the command with parsed arguments."""
    preferences = _preferences(arguments)
    output: Path | None = None if arguments.output == Path("-") else arguments.output
    if output is not None and not output.absolute().parent.is_dir():
        raise UsageError(f"{output}: cannot write the report: there is no directory {output.absolute().parent}")
    report = judged(_load(arguments.paths), preferences.settings)
    _deliver(report, preferences, output, arguments)
    return Exit.FINDINGS if preferences.fail_on.fails(report.findings) else Exit.CLEAN


def _preferences(arguments: argparse.Namespace) -> Preferences:
    """What the file says, with what the command line says in its place."""
    config: Path | None = arguments.config
    found = (read_preferences(config) if config is not None else find_preferences()) or Preferences()
    said = found.settings
    settings = replace(
        said,
        max_attempts=arguments.max_attempts or said.max_attempts,
        rollbacks=said.rollbacks if arguments.rollbacks is None else arguments.rollbacks,
        select=frozenset().union(*arguments.select) if arguments.select else said.select,
        ignore=frozenset().union(*arguments.ignore) if arguments.ignore else said.ignore,
    )
    every = {rule.id for rule in all_rules()}
    if every and not (settings.select or every) - settings.ignore:
        raise UsageError("no rule is left to run: everything that is selected is ignored, too")
    return replace(
        found,
        settings=settings,
        fail_on=FailOn(arguments.fail_on) if arguments.fail_on else found.fail_on,
        format=arguments.format or found.format,
    )


def _load(paths: list[Path]) -> App:
    if not paths and not DEFAULT_PATH.exists():
        raise NothingToAnalyseError(
            f"nothing to analyse: there is no {DEFAULT_PATH} in {Path.cwd()}; "
            "run `cdk synth` first, or name a directory or a template: seawall check PATH"
        )
    try:
        return load(paths or [DEFAULT_PATH])
    except NothingFound as error:
        raise NothingToAnalyseError(f"nothing to analyse: {error}; {_LOOKED_FOR}") from error


def _deliver(report: Report, preferences: Preferences, output: Path | None, arguments: argparse.Namespace) -> None:
    chosen = all_formats()[preferences.format or "text"]
    if output is None:
        emit(chosen.render(report, screen_of(sys.stdout, arguments.color, arguments.verbose)))
        return
    save(output, chosen.render(report, Screen(color=arguments.color == "always", verbose=arguments.verbose)))
    complain(f"{Summary.of(report).outcome}; report in {output}")
