"""Counts while they run: a table on a terminal, nothing anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from seawall.report.escape import clean

from .experiment import Experiment
from .log import Log
from .running import Progress


@contextmanager
def live(experiment: Experiment, stream: TextIO, wanted: bool) -> Iterator[Progress | None]:
    """Something to tell the progress to; None where nobody watches."""
    if not wanted:
        yield None
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
