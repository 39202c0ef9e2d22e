"""Counts while they run: a table on a terminal, a line now and then anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from seawall.report.escape import clean

from .experiment import Experiment
from .log import Log
from .running import Progress

EVERY = 10.0
"""Seconds from one line to the next, where there is no terminal."""


@contextmanager
def live(experiment: Experiment, stream: TextIO, terminal: bool) -> Iterator[Progress]:
    """Something to tell the progress to."""
    if not terminal:
        yield lines(experiment, stream)
        return
    from rich.console import Console
    from rich.live import Live
    from rich.table import Table
    from rich.text import Text

    def drawn(log: Log, seconds: float) -> Table:
        table = Table(box=None, show_header=False, pad_edge=False)
        for site, runs in log.runs.items():
            style = "bold red" if site == experiment.site else ""
            table.add_row(Text(clean(site), style), Text(f"{runs:,} runs", justify="right"))
        table.add_row(Text(f"{seconds:.0f} s", "dim"), Text(f"{log.begun:,} runs", "dim", justify="right"))
        return table

    with Live(console=Console(file=stream), refresh_per_second=8, transient=True) as shown:
        yield lambda log, seconds: shown.update(drawn(log, seconds))


def lines(experiment: Experiment, stream: TextIO) -> Progress:
    """A line every ten seconds, for a log that somebody reads afterwards."""
    due = EVERY

    def told(log: Log, seconds: float) -> None:
        nonlocal due
        if seconds >= due:
            due = seconds + EVERY
            failing = f"{log.runs[experiment.site]:,} of {experiment.site}"
            stream.write(f"seawall: {seconds:.0f} s: {log.begun:,} runs, {clean(failing)}\n")
            stream.flush()

    return told
