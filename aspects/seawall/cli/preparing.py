"""What every analysing command does first: settings from file and command line, and the templates."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from seawall.config import Preferences, find_preferences, read_preferences
from seawall.paths import below
from seawall.rules import all_rules
from seawall.settings import StatedSettings
from seawall.template import App, Given, NothingFound, load, parse_pair, read_parameters

from .exits import NothingToAnalyseError, UsageError

if TYPE_CHECKING:
    from seawall.rules.fail_on import FailOn

DEFAULT_PATH = Path("cdk.out")
THRESHOLDS = ("max_attempts", "rollbacks", "pushes_per_day", "days_between_deployments", "images_per_push")
"""Settings that are typed as numbers."""
_LOOKED_FOR = (
    "looked for a cloud assembly (a directory with a manifest.json, as `cdk synth` writes it) "
    "and for CloudFormation templates"
)


_ELSEWHERE = (
    ".amplify/artifacts/cdk.out",
    ".aws-sam/build/template.yaml",
    "template.yaml",
    "template.yml",
    ".serverless/cloudformation-template-update-stack.json",
)
"""Where other tools leave what is deployed."""


def _instead(command: str) -> str:
    """What to do where the default place is empty."""
    found = next((place for place in _ELSEWHERE if Path(place).exists()), None)
    if found is not None:
        return f"there is {found}: seawall {command} {found}"
    return f"run `cdk synth` first, or name a directory or a template: seawall {command} PATH"


def preferences(arguments: argparse.Namespace) -> Preferences:
    """What the file says, with what the command line says in its place."""
    config: Path | None = arguments.config
    read = find_preferences(known_format=_format) if config is None else read_preferences(config, _format)
    found = read or Preferences()
    said = found.settings
    numbers = {name: getattr(arguments, name) for name in THRESHOLDS}
    typed: dict[str, Any] = {name: number for name, number in numbers.items() if number is not None}
    select = frozenset[str]().union(*arguments.select) if arguments.select else said.select
    ignore = frozenset[str]().union(*arguments.ignore) if arguments.ignore else said.ignore
    reads_code = said.reads_code and not getattr(arguments, "no_code", False)
    try:
        settings = replace(said, **typed, select=select, ignore=ignore, reads_code=reads_code)
    except ValueError as wrong:
        raise UsageError(str(wrong)) from None
    every = {rule.id for rule in all_rules()}
    if every and not (settings.select or every) - settings.ignore:
        raise UsageError("no rule is left to run: everything that is selected is ignored, too")
    fail_on: FailOn | None = getattr(arguments, "fail_on", None)
    sources = {**found.sources, **{key: flag for key, flag in _FLAGS.items() if _typed(arguments, flag)}}
    return replace(found, settings=settings, fail_on=fail_on or found.fail_on, sources=sources)


def _format(name: str) -> str:
    """Checks what a settings file asks for; loaded only then."""
    from seawall.report.format import known_format

    return known_format(name)


_FLAGS = {
    "max-attempts": "--max-attempts",
    "rollbacks": "--rollbacks",
    "select": "--select",
    "ignore": "--ignore",
    "code": "--no-code",
    "fail-on": "--fail-on",
}
"""By key of the settings file: the flag that wins over it."""


def _typed(arguments: argparse.Namespace, flag: str) -> bool:
    value = getattr(arguments, flag.strip("-").replace("-", "_"), None)
    return value is not None and value is not False and value != []


def stated(chosen: Preferences, arguments: argparse.Namespace) -> StatedSettings:
    """What a run of `check` goes by besides its `Settings`, and where all of it comes from."""
    sources = dict(chosen.sources)
    values: dict[str, Any] = {"fail-on": chosen.fail_on.value, "baseline": None}
    baseline = arguments.baseline or (None if arguments.no_baseline else chosen.baseline)
    values["baseline"] = None if baseline is None else below(str(baseline))
    if arguments.baseline or arguments.no_baseline:
        sources["baseline"] = "--baseline" if arguments.baseline else "--no-baseline"
    values["parameters"] = list(arguments.parameter)
    values["parameter-files"] = [below(str(each)) for each in arguments.parameters]
    sources |= {"parameters": "--parameter"} if arguments.parameter else {}
    sources |= {"parameter-files": "--parameters"} if arguments.parameters else {}
    sources.pop("format", None)  # of how it is shown, not of what was found
    return StatedSettings(values, sources)


def given(arguments: argparse.Namespace) -> tuple[Given, ...]:
    """The values of parameters that are typed, and those in the files named."""
    read = [each for path in arguments.parameters for each in read_parameters(path)]
    return (*map(parse_pair, arguments.parameter), *read)


def app_of(paths: Sequence[Path], command: str, given: Sequence[Given] = ()) -> App:
    """The templates in `paths`, or those in the default place."""
    if not paths and not DEFAULT_PATH.exists():
        raise NothingToAnalyseError(
            f"nothing to analyse: there is no {DEFAULT_PATH} in {Path.cwd()}; {_instead(command)}"
        )
    try:
        return load(list(paths) or [DEFAULT_PATH], given)
    except NothingFound as error:
        raise NothingToAnalyseError(f"nothing to analyse: {error}; {_LOOKED_FOR}") from error
