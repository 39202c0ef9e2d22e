"""Options that several commands share, and what they take."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from math import inf
from pathlib import Path
from typing import Any


class InOrder(argparse.Action):
    """Keeps options that belong together in one list, in the order typed, each with its name."""

    def __call__(
        self, _parser: argparse.ArgumentParser, namespace: argparse.Namespace, value: Any, _option: str | None = None
    ) -> None:
        """Add one."""
        setattr(namespace, self.dest, (*getattr(namespace, self.dest), (self.option_strings[0], value)))


class Formats:
    """The names of the formats, found out only when somebody asks."""

    def __iter__(self) -> Iterator[str]:
        from seawall.report.format import all_formats

        return iter(all_formats())

    def __contains__(self, name: object) -> bool:
        """True: whatever `known_format` lets through is the name of one."""
        return True


def add_paths(command: argparse.ArgumentParser) -> None:
    """What is analysed."""
    command.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="cloud assembly directory, template file, or a folder of either; cdk.out by default",
    )


def add_skip_unreadable(command: argparse.ArgumentParser) -> None:
    """What becomes of files that cannot be read."""
    command.add_argument(
        "--skip-unreadable",
        action="store_true",
        help="exit as if files in a folder that look like templates and cannot be read were not there",
    )


def add_parameters(command: argparse.ArgumentParser) -> None:
    """What the deployment gives."""
    command.add_argument(
        "--parameter",
        action="append",
        type=pair,
        default=[],
        metavar="NAME=VALUE",
        help="value of a parameter; Stack:NAME=VALUE for one stack only; may be repeated",
    )
    command.add_argument(
        "--parameters",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="values from samconfig.toml, a parameter file or a CDK context; several files are several deployments",
    )


def pair(text: str) -> str:
    """Checks what is typed for a parameter."""
    from seawall.template import parse_pair

    try:
        parse_pair(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def add_reports(
    command: argparse.ArgumentParser, what: str, choices: Iterable[str], read: Callable[[str], str] = str
) -> None:
    """In which formats `what` is written, and where to; `read` makes the name of a format of what was typed."""
    command.add_argument(
        "--format",
        dest="reports",
        action=InOrder,
        default=(),
        type=read,
        choices=choices,
        metavar="FORMAT",
        help="%(choices)s; without it what the suffix of FILE says, else text; may be repeated",
    )
    command.add_argument(
        "--output",
        dest="reports",
        action=InOrder,
        default=(),
        metavar="FILE",
        help=f"write the {what} there, whole or not at all; - for standard output; one for each --format",
    )


def add_thresholds(command: argparse.ArgumentParser) -> None:
    """What counts as too many."""
    command.add_argument(
        "--max-attempts",
        type=at_least(1),
        metavar="N",
        help="runs of one function or state for one event above which retries are too many; 10 by default",
    )
    command.add_argument(
        "--rollbacks",
        type=at_least(0),
        metavar="N",
        help="earlier images that whatever runs an image must be able to go back to; 1 by default",
    )
    command.add_argument(
        "--pushes-per-day",
        type=above_zero,
        metavar="N",
        help="builds that a repository of images gets per day; 10 by default",
    )
    command.add_argument(
        "--days-between-deployments",
        type=at_least(1),
        metavar="N",
        help="days for which one deployment of an image stays; 30 by default",
    )
    command.add_argument(
        "--images-per-push",
        type=at_least(1),
        metavar="N",
        help="images that one push leaves: an index, its platforms, attestations; 1 by default",
    )


def add_code(command: argparse.ArgumentParser) -> None:
    """Whether functions' code is looked into."""
    command.add_argument(
        "--no-code",
        action="store_true",
        help="do not look into the functions' code; it is read as text and never run",
    )


def add_fail_on(command: argparse.ArgumentParser, what: str) -> None:
    """What fails a run."""
    command.add_argument(
        "--fail-on", type=fail_on, metavar="{error,warning,unknown,never}", help=f"{what}; warning,unknown for both"
    )


def add_rules(command: argparse.ArgumentParser) -> None:
    """Which rules run, and where else settings stand."""
    command.add_argument("--select", action="append", type=rules, metavar="RULE,...", help="run these rules only")
    command.add_argument("--ignore", action="append", type=rules, metavar="RULE,...", help="leave these rules out")
    command.add_argument("--config", type=Path, metavar="FILE", help="read settings from that file and from no other")


def add_color(command: argparse.ArgumentParser) -> None:
    """How it looks."""
    command.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="auto (the default): on a terminal, unless NO_COLOR is set",
    )


def fail_on(text: str) -> Any:
    """Reads what fails a run."""
    from seawall.rules.fail_on import FailOn

    try:
        return FailOn(text)
    except ValueError:
        choices = ", ".join(repr(each.value) for each in FailOn)
        raise argparse.ArgumentTypeError(f"invalid choice: {text!r} (choose from {choices})") from None


def at_least(least: int) -> Callable[[str], int]:
    """Reads a whole number."""

    def whole(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"takes a whole number such as 10, not {text!r}") from None
        if number < least:
            raise argparse.ArgumentTypeError(f"takes a number of at least {least}, not {text}")
        return number

    return whole


def above_zero(text: str) -> float:
    """Reads a number above 0."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"takes a number such as 0.5, not {text!r}") from None
    if not 0 < number < inf:
        raise argparse.ArgumentTypeError(f"takes a number above 0, not {text}")
    return number


def known_format(text: str) -> str:
    """Reads the name of a format of `check`."""
    from seawall.report.format import known_format as known

    try:
        return known(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def rules(text: str) -> frozenset[str]:
    """Reads names of rules."""
    from seawall.rules.choices import UnknownChoiceError, rule_named

    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError("names no rule")
    try:
        return frozenset(rule_named(name).id for name in names)
    except UnknownChoiceError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
