"""What can be typed. Only argparse is imported until a command runs, so that `--version` takes no time."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from seawall._version import __version__

from .exits import Exit

_EXITS = """\
exit codes:
  0  analysed, nothing at or above --fail-on
  1  findings at or above --fail-on
  2  wrong usage, or an input that cannot be read: the message names the file
     and the place in it
  3  nothing to analyse: no template found
"""

_ABOUT = """\
Says, before you deploy, how many times your AWS code runs again when something
fails: reads synthesized templates, follows events through queues, functions,
state machines and pipes, and multiplies the retries that stack up on the way.
"""

_EXAMPLES = """\
examples:
  cdk synth && seawall check          the app in cdk.out
  seawall check template.json         one template
  seawall explain stacked-retries     what a rule means, and how to fix it
"""

_CHECK = """\
Analyses synthesized templates and reports what runs again, how often and why.
"""

_CHECK_EXAMPLES = """\
examples:
  seawall check                                   the app in cdk.out
  seawall check build/cdk.out                     an assembly elsewhere
  seawall check api.json worker.json              templates, analysed together
  seawall check --fail-on warning                 be strict in CI
  seawall check --format json --output seawall.json
  seawall check --ignore idle-retry,handoff-gap

Settings may stand in seawall.toml, or in [tool.seawall] of pyproject.toml:
max-attempts, rollbacks, fail-on, format, select, ignore. The nearest file
counts, up to the root of the repository; the command line wins over it.

"""


class _Parser(argparse.ArgumentParser):
    """Errors read like every other error of this program."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **{**named, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is."""
        from .output import complain

        complain(f"error: {message}")
        complain(f"see {self.prog} --help")
        raise SystemExit(int(Exit.USAGE))


class _Formats:
    """The names of the formats, found out only when somebody asks."""

    def __iter__(self) -> Iterator[str]:
        from seawall.report.format import all_formats

        return iter(all_formats())


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = _Parser(
        prog="seawall",
        description=_ABOUT,
        epilog=f"{_EXAMPLES}\n{_EXITS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"seawall {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    _add_check(commands)
    _add_explain(commands)
    return top


def _add_check(commands: argparse._SubParsersAction[_Parser]) -> None:
    check = commands.add_parser(
        "check",
        help="analyse templates and report what runs again",
        description=_CHECK,
        epilog=_CHECK_EXAMPLES + _EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = check.add_argument
    add(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="cloud assembly directory, template file, or a folder of either; cdk.out by default",
    )
    add("--format", type=_format, choices=_Formats(), metavar="FORMAT", help="%(choices)s; text by default")
    add(
        "--output", type=Path, metavar="FILE", help="write the report there, whole or not at all; - for standard output"
    )
    add(
        "--max-attempts",
        type=_at_least(1),
        metavar="N",
        help="runs of one site for one event above which retries are too many; 10 by default",
    )
    add(
        "--rollbacks",
        type=_at_least(0),
        metavar="N",
        help="earlier images that whatever runs an image must be able to go back to; 1 by default",
    )
    add(
        "--fail-on",
        choices=("error", "warning", "never"),
        help="exit with 1 if a finding is at least that severe; error by default",
    )
    add("--select", action="append", type=_rules, metavar="RULE,...", help="run these rules only")
    add("--ignore", action="append", type=_rules, metavar="RULE,...", help="leave these rules out")
    add("--config", type=Path, metavar="FILE", help="read settings from that file and from no other")
    add(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="auto (the default): on a terminal, unless NO_COLOR is set",
    )
    add(
        "-v",
        "--verbose",
        action="store_true",
        help="list every unknown setting, every skipped file, and the figures of every site that does work",
    )


def _add_explain(commands: argparse._SubParsersAction[_Parser]) -> None:
    explain = commands.add_parser(
        "explain",
        help="show a rule's page: what, why, example, fix, sources",
        description="Shows a rule's page: what it does, why that is bad, an example, how to fix it, sources.\n"
        "Without a rule: lists all rules.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    explain.add_argument("rule", nargs="?", metavar="RULE", help="such as stacked-retries")
    explain.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="auto (the default): on a terminal, unless NO_COLOR is set",
    )


def _at_least(least: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"takes a whole number such as 10, not {text!r}") from None
        if number < least:
            raise argparse.ArgumentTypeError(f"takes a number of at least {least}, not {text}")
        return number

    return whole


def _format(text: str) -> str:
    from seawall.report.choices import UnknownChoiceError, chosen

    try:
        return chosen(text, _Formats(), "format")
    except UnknownChoiceError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _rules(text: str) -> frozenset[str]:
    from seawall.report.choices import UnknownChoiceError, rule_named

    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError("names no rule")
    try:
        return frozenset(rule_named(name).id for name in names)
    except UnknownChoiceError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
