"""`make incident`: the incident stack on a local emulator, two webhooks, and our counts beside the engineer's.

Known are the settings of the stack and three totals. Not known are the payloads, which failure it was, and when the
counting stopped. So each of the failures that the stack leaves open is played, and what has to be assumed is said.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from seawall.graph import FailureClass, Tries
from seawall.replay import Bounds, Experiment, MiniStack, Replay, ReplayError, ReplayOutcome, What, plan
from seawall.replay.live import live
from seawall.replay.page import curve
from seawall.replay.sparkline import counts, sparkline
from seawall.retries import Analysis, Attempts, analyse
from seawall.services import build
from seawall.template import load

HANDLER = "OrderHandler"
WEBHOOKS = 2
ENGINEER = ("129", "900+", "1,000+")
"""Runs of the trigger function, executions, messages: the totals that the engineer counted."""
QUIET = "WebhookIncident/LastQueue"
"""Where the handler sends a webhook only after its last lap: it sends to one queue at a time."""
BATCH = 10
"""Most messages that a mapping hands over from a FIFO queue at once."""
ONCE = ("Lambda.ServiceException", "")
"""The first run of an execution fails with a fault, the second succeeds; both have sent the webhook back."""
LAPS = 10
"""Times that the handler sends one webhook back before it gives up."""


class Assumption(Struct, frozen=True):
    """What one play takes for granted."""

    title: str
    gain: int
    """Messages that one becomes per lap."""
    failure: str
    laps: tuple[int, ...]
    """Over the source queue, and over the dead-letter queue."""
    errors: tuple[str, ...] = ()
    tries: int | None = None
    """Runs of the handler in one execution, where that is not what the model says at worst."""
    batch: int = 1
    seconds: float = 18.0
    """Stops what should not take as long."""


ASSUMPTIONS = (
    Assumption("the handler's own failure", 1, "error", (5, 5)),
    Assumption("a service fault on every run", 4, "fault", (3, 0), seconds=24.0),
    Assumption("one service fault per execution", 2, "fault", (5, 0), ONCE, 2, seconds=20.0),
    Assumption("the same, 10 messages per run", 2, "fault", (5, 3), ONCE, 2, BATCH, 48.0),
)


def main(arguments: Sequence[str]) -> int:
    """Play every assumption and print the table; the curve goes to the file named second."""
    assembly = Path(arguments[0])
    console = Console(soft_wrap=True)
    console.width = max(console.width, 100)
    analysis = analyse(build(load([assembly])))
    try:
        outcomes = _play(assembly, analysis)
    except ReplayError as error:
        console.print(f"incident: {error}", markup=False, highlight=False)
        return 2
    except KeyboardInterrupt:
        console.print("incident: interrupted; the emulator is gone")
        return 130
    console.print(_table(outcomes))
    console.print(_by_lap())
    for assumption, outcome in zip(ASSUMPTIONS, outcomes, strict=True):
        moments = [at for at, _ in outcome.moments]
        line = sparkline(counts(moments, max(moments, default=0.0), 60))
        console.print(f"{assumption.title:32} {line}", markup=False, highlight=False)
    console.print(_TOLD, markup=False, highlight=False)
    if len(arguments) > 1:
        Path(arguments[1]).write_text(_drawing(outcomes[-1]), encoding="utf-8")
    return 1 if any(outcome.differs for outcome in outcomes) else 0


def _play(assembly: Path, analysis: Analysis) -> list[ReplayOutcome]:
    found: list[ReplayOutcome] = []
    with (
        tempfile.TemporaryDirectory(prefix="seawall-incident-", ignore_cleanup_errors=True) as name,
        MiniStack(Path(name), temporary=True) as emulator,
    ):
        for number, assumption in enumerate(ASSUMPTIONS):
            experiment = _experiment(assembly, analysis, assumption)
            print(f"{assumption.title} ...", file=sys.stderr, flush=True)  # noqa: T201
            run = Replay(emulator, experiment, Path(name), f"incident-{number}")
            run.start()
            with live(experiment, sys.stderr, sys.stderr.isatty()) as progress:
                found.append(run.outcome(Bounds(seconds=assumption.seconds, settle=1.5), progress))
    return found


def _experiment(assembly: Path, analysis: Analysis, assumption: Assumption) -> Experiment:
    made = plan(load([assembly]), analysis, HANDLER, assumption.failure, WEBHOOKS)
    if assumption.tries is not None:
        into = next(hop.source for hop in analysis.flow.into(made.site))
        hop = next(hop for hop in analysis.attempts.flow.into(into))
        tries: dict[str, Tries] = {FailureClass(assumption.failure): Tries(assumption.tries)}
        entries = [entry.entry for entry in analysis.attempts.entries]
        analysis = replace(analysis, attempts=Attempts(analysis.attempts.flow.with_tries({hop: tries}), entries))
    return replace(
        made,
        analysis=analysis,
        laps=assumption.laps,
        errors=assumption.errors,
        batch=assumption.batch,
        unsent=frozenset({QUIET}),
    )


def _table(outcomes: Sequence[ReplayOutcome]) -> Table:
    table = Table(
        title="Two webhooks: counted on the emulator (predicted, where that is another number)", title_justify="left"
    )
    for title in ("assumed", "laps", "trigger runs", "executions", "messages", "handler runs"):
        table.add_column(title, justify="left" if title == "assumed" else "right")
    for assumption, outcome in zip(ASSUMPTIONS, outcomes, strict=True):
        table.add_row(
            assumption.title + (f" (stopped at {outcome.stopped_by})" if outcome.stopped_by else ""),
            str(sum(assumption.laps)),
            _cell(outcome, "Trigger", What.RUNS),
            _cell(outcome, "Machine", What.EXECUTIONS),
            _cell(outcome, "Queue", What.MESSAGES),
            _cell(outcome, HANDLER, What.RUNS),
        )
    table.add_row("the engineer", "?", *ENGINEER, "?", style="bold")
    return table


def _by_lap() -> Table:
    """What the model says of further laps: 2 x (1 + g + ... + g^L)."""
    table = Table(title="The model: executions in all, when counting stops after a lap", title_justify="left")
    table.add_column("returning for one")
    for lap in range(LAPS + 1):
        table.add_column(str(lap), justify="right")
    for gain in sorted({assumption.gain for assumption in ASSUMPTIONS}):
        totals = (WEBHOOKS * sum(gain**each for each in range(lap + 1)) for lap in range(LAPS + 1))
        table.add_row(str(gain), *(f"{total:,}" for total in totals))
    return table


def _cell(outcome: ReplayOutcome, ending: str, what: What) -> str:
    rows = [row for row in outcome.rows if row.key.what is what and row.key.site.endswith(ending)]
    observed = sum(row.observed or 0 for row in rows)
    predicted = sum(row.predicted.count or 0 for row in rows)
    return f"{observed:,}" if observed == predicted else f"{observed:,} ({predicted:,})"


def _drawing(outcome: ReplayOutcome) -> str:
    svg = curve(outcome.moments).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    style = "<style>text{fill:#59636e;font:12px sans-serif}</style>"
    return svg.replace(">", f">{style}", 1)


_TOLD = """
What brings them together: a failing handler sends its webhook back, and about once per execution a service fault
makes the machine run it again, so that two go out for one that came in. After 8 of its 10 laps that is 1,022
messages and executions: 900+ and 1,000+. With up to 10 messages in a run, fewer trigger runs start them.
What does not: the handler's own failure alone stays at 22, as one comes back for one; a fault on every run jumps
from 682 to 2,730 in its fifth lap; and with one message per run, as in the template, 129 runs cannot start 900
executions. Known are the settings and three totals, not the payloads: docs/incident.md.
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
