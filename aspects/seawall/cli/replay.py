"""`seawall replay`: make one site fail on a local emulator, count, and print that beside what the model says."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from secrets import token_hex

from seawall.replay import (
    Bounds,
    Endpoint,
    Experiment,
    MiniStack,
    Replay,
    ReplayError,
    ReplayOutcome,
    plan,
    private_network,
)
from seawall.replay.fis import export
from seawall.replay.formats import FORMATS
from seawall.replay.live import live
from seawall.report.format import Screen
from seawall.retries import analyse
from seawall.services import build

from .delivering import deliver
from .exits import Exit, UsageError
from .output import complain, emit
from .preparing import app_of, given
from .process import alone
from .reports import Suffixes, wanted
from .screen import screen_of

_SUFFIXES = Suffixes({"html": ".html", "json": ".json", "text": ".txt"})


def replay(arguments: argparse.Namespace) -> Exit:
    """Run the command with parsed arguments."""
    reports = wanted(arguments.reports, None, lambda: _SUFFIXES)
    app = app_of(arguments.paths, "replay", given(arguments))
    try:
        failure, events, laps, calls = arguments.failure, arguments.events, arguments.laps, arguments.calls
        experiment = plan(app, analyse(build(app)), arguments.fail, failure, events, laps, calls)
        if arguments.export:
            emit(export(experiment))
            return Exit.CLEAN
        outcome = _played(experiment, arguments)
    except ReplayError as error:
        raise UsageError(str(error)) from None
    printed = screen_of(sys.stdout, arguments.color)
    in_file = Screen(color=arguments.color == "always", drawing=True)
    texts = [FORMATS[one.format](outcome, printed if one.output is None else in_file) for one in reports]
    told = "something was counted otherwise than predicted" if outcome.differs else "observed as predicted"
    deliver(reports, texts, told)
    return Exit.FINDINGS if outcome.differs else Exit.CLEAN


def _own(folder: Path, experiment: Experiment, speed: float) -> Endpoint:
    """An emulator that nobody else can reach: on a network of its own where there is one, behind its door anyway."""
    if alone():
        private_network.enter()
    wait = 1.0 if experiment.clocks.asynchronous else 0.05
    return MiniStack(folder, 10 * speed, temporary=True, asynchronous_wait=wait)


def _played(experiment: Experiment, arguments: argparse.Namespace) -> ReplayOutcome:
    bounds = Bounds(arguments.max_runs, arguments.max_seconds)
    with tempfile.TemporaryDirectory(prefix="seawall-replay-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        emulator = Endpoint(arguments.endpoint) if arguments.endpoint else _own(folder, experiment, arguments.speed)
        with emulator:
            run = Replay(emulator, experiment, folder, f"replay-{token_hex(4)}", arguments.speed)
            for note in run.notes:
                complain(f"note: {note}")
            try:
                with live(experiment, sys.stderr, sys.stderr.isatty()) as progress:
                    return run.outcome(bounds, progress)
            finally:
                run.close()
