"""`seawall diff`: compare two apps, and say by the exit code whether the change makes it worse."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from msgspec.structs import replace

from seawall.diff.compare import compare
from seawall.diff.images_before import images_before
from seawall.diff.limits import Limits, objections
from seawall.engine import report_of
from seawall.report.diff.format import DiffFormat, diff_format_named, diff_formats
from seawall.report.diff.sentences import verdict
from seawall.report.format import BrokenFormatError, Screen

from .check import against_baseline
from .delivering import deliver
from .exits import Exit, UsageError
from .preparing import app_of, given, preferences
from .reports import Suffixes, wanted
from .screen import screen_of


def diff(arguments: argparse.Namespace) -> Exit:
    """Run the command with parsed arguments."""
    chosen = preferences(arguments)
    reports = wanted(arguments.reports, _default(chosen.format), lambda: Suffixes.of(diff_formats()))
    formats = [_loaded(one.format) for one in reports]
    parameters = tuple(replace(each, source="the command line") for each in given(arguments))  # one side may lack one
    old, new = (app_of(paths, "diff", parameters) for paths in _sides(arguments))
    before = report_of(old, chosen.settings)
    now = report_of(new, chosen.settings, earlier=images_before(before, new))
    before, now = (against_baseline(each, chosen, arguments) for each in (before, now))
    comparison = compare(before, now)
    limits = Limits(chosen.settings.max_attempts, arguments.max_increase, chosen.fail_on)
    in_file, printed = Screen(color=arguments.color == "always"), screen_of(sys.stdout, arguments.color)
    texts = [
        each.render(comparison, limits, printed if one.output is None else in_file)
        for each, one in zip(formats, reports, strict=True)
    ]
    deliver(reports, texts, verdict(comparison, limits), "comparison")
    return Exit.FINDINGS if objections(comparison, limits) else Exit.CLEAN


def _default(said: str | None) -> str | None:
    """The format that the settings name, where there is such a one for comparisons."""
    if said is None:
        return None
    every = diff_formats()
    return said if said in (*every.formats, *every.broken) else None


def _loaded(name: str) -> DiffFormat:
    try:
        return diff_format_named(name)
    except BrokenFormatError as error:
        raise UsageError(str(error)) from None


def _sides(arguments: argparse.Namespace) -> tuple[list[Path], list[Path]]:
    """What was before, and what is now."""
    if arguments.base:
        return arguments.base, arguments.paths
    if len(arguments.paths) != 2:
        raise UsageError(
            "diff takes BASE and HEAD; where either is more than one path: --base BASE --base BASE HEAD HEAD"
        )
    return arguments.paths[:1], arguments.paths[1:]
