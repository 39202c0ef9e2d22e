"""Sentences about an outcome that several formats share."""

from __future__ import annotations

from seawall.graph import Bound

from .counts import Row
from .running import ReplayOutcome


def headline(outcome: ReplayOutcome) -> str:
    """What was tried."""
    experiment = outcome.experiment
    events = "1 event" if experiment.events == 1 else f"{experiment.events} events"
    laps = ""
    if experiment.returns:
        ways = ", then ".join(experiment.returns)
        laps = f"; sent back at most {experiment.most_laps} times (to {ways})"
    return f"{experiment.site} fails with {experiment.failure.value}; {events} at {experiment.entry}{laps}"


def predicted(row: Row) -> str:
    """The model's answer in a cell."""
    given = row.predicted
    if given.count is None:
        if given.lap is not None:
            return f"{given.lap:,} a round, no end"
        return "by time" if given.bounded_by is Bound.TIME else "without end"
    number = f"{given.count:,}" if given.least is None else f"{given.least:,} to {given.count:,}"
    return number if given.bounded_by is Bound.COUNT else f"{number} ({given.bounded_by.word})"


def observed(row: Row) -> str:
    """What was counted, in a cell."""
    if row.observed is None:
        return "-"
    laps = f" in {row.laps:,} laps" if row.endless and row.laps else ""
    return f"{row.observed:,}{laps}"


def by_lap(outcome: ReplayOutcome) -> list[str]:
    """Runs of each function lap by lap, beside what is predicted: one line for each."""
    lines = []
    for site in dict.fromkeys(lap.site for lap in outcome.laps):
        laps = [lap for lap in outcome.laps if lap.site == site]
        told = ", ".join(
            f"{lap.observed:,}" if not lap.differs else f"{lap.observed:,} (predicted {lap.predicted:,})"
            for lap in laps
        )
        lines.append(f"{site}, {len(laps)} laps: {told}")
    return lines


def result(outcome: ReplayOutcome) -> str:
    """What came of it."""
    if outcome.ended:
        return "Everything came to rest, though the event should never leave the cycle: please report it."
    if outcome.stopped_by:
        more = sum(row.exceeded for row in outcome.rows)
        rest = f" {more} went beyond what is predicted all the same: please report it." if more else ""
        if outcome.endless and not more:
            rest = " As predicted, the event never leaves the cycle."
            told = next((row for row in outcome.rows if row.verdict == "equal" and row.endless and row.laps), None)
            if told is not None:
                rest = f" As predicted, the event never leaves the cycle: {told.laps:,} rounds were played, each alike."
        return f"Stopped at {outcome.stopped_by}, so these are least numbers: not everything had come to rest.{rest}"
    verdicts = [row.verdict for row in outcome.rows]
    words = ("equal", "differs", "explained", "within")
    equal, differs, explained, within = (verdicts.count(word) for word in words)
    parts = [f"{equal + within} of {equal + differs + explained + within} counts are as predicted"]
    if within:
        parts[0] += f", {within} of them between two ends"
    if explained:
        parts.append(f"{explained} {'differs' if explained == 1 else 'differ'} by a known limit of the emulator")
    if differs:
        parts.append(f"{differs} {'differs' if differs == 1 else 'differ'}, and nothing explains it: please report it")
    return f"{'; '.join(parts)} ({outcome.seconds:.1f} s)."
