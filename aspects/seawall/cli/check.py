"""`seawall check`: read templates, analyse them, report, and say by the exit code what came of it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from msgspec.structs import replace

from seawall.config import Preferences
from seawall.engine import Report, against, report_of, with_what_if
from seawall.report.format import Screen, format_named
from seawall.report.summary import Summary
from seawall.template.assembly import MANIFEST

from .delivering import deliver
from .exits import Exit
from .output import complain
from .preparing import app_of, given, preferences, stated
from .reports import wanted
from .screen import screen_of


def check(arguments: argparse.Namespace) -> Exit:
    """Run the command with parsed arguments."""
    chosen = preferences(arguments)
    reports = wanted(arguments.reports, chosen.format)
    app = app_of(arguments.paths, "check", given(arguments))
    report = against_baseline(report_of(app, chosen.settings), chosen, arguments)
    report = replace(report, stated=stated(chosen, arguments))
    report = with_what_if(report) if arguments.what_if else report
    how = {"quiet": arguments.quiet, "statistics": arguments.statistics, "fail_on": chosen.fail_on}
    in_file = replace(Screen(color=arguments.color == "always", verbose=arguments.verbose), **how)
    printed = replace(screen_of(sys.stdout, arguments.color, arguments.verbose), **how)
    texts = [format_named(one.format).render(report, printed if one.output is None else in_file) for one in reports]
    deliver(reports, texts, "" if arguments.quiet else Summary.of(report).outcome)
    for one in report.broken:
        complain(f"error: the rule {one.rule} broke: {one.why}; all other rules ran; please report it")
    unread = () if arguments.skip_unreadable else tuple(each for each in report.app.skipped if each.unreadable)
    for each in unread:
        is_file = Path(each.path).name != MANIFEST and not Path(each.path).is_dir()
        what = "looks like a template" if is_file else "is part of a cloud assembly"
        complain(f"error: {each.path} {what} and cannot be read: {each.why}")
    if report.broken or unread:
        return Exit.USAGE
    return Exit.FINDINGS if chosen.fail_on.fails(report.findings, report.gaps) else Exit.CLEAN


def against_baseline(report: Report, chosen: Preferences, arguments: argparse.Namespace) -> Report:
    """The report as the baseline leaves it, where there is one."""
    path = arguments.baseline or (None if arguments.no_baseline else chosen.baseline)
    if path is None:
        return report
    from seawall.baseline.file import read

    return against(report, read(path))
