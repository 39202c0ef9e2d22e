"""What findings about retries and loops come to if their fix is made: the model, run again with each change.

For a path it ranks the smallest sets of changes that bring every figure within the limit, for a loop the smallest cuts
that leave no way back; each change names the property, what stands there and what to put there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import CLASSES, Bound, FailureClass
from seawall.retries import Analysis, Count, Figure, Loop
from seawall.retries.count import NONE
from seawall.retries.events import EntryEvents
from seawall.settings import Settings
from seawall.words import plural, some

from .advice import stacked
from .open_loops import LoopOpenings, loop_openings, opened
from .search import JUDGED, Change, Edit, Trial, worst_class

MOST_LISTED = 3
"""Sets listed for a finding."""


class FigureChange(Struct, frozen=True):
    """A figure before and after, by failure class."""

    of: str
    """`runs` of a site for one event, the `gain` of a loop per lap, or the `events` that one becomes in all laps."""
    site: str
    before: Mapping[FailureClass, Count]
    after: Mapping[FailureClass, Count]
    entry: str = ""
    """The site at which the event comes in that the figures are of; empty: the one that is worst."""


class WhatIfOutcome(Struct, frozen=True):
    """A set of changes and what it brings."""

    changes: tuple[Change, ...]
    effects: tuple[FigureChange, ...]


class Proposal(Struct, frozen=True):
    """What can be done about something that was found, best first."""

    goal: str
    """What each of the sets brings about, as a clause."""
    outcomes: tuple[WhatIfOutcome, ...]
    """Empty: no set of changes that is safe to propose reaches the goal."""
    exact: bool
    """No smaller set reaches it."""
    alternative: WhatIfOutcome | None = None
    """What limits the matter where it is meant to be so."""


def within(analysis: Analysis, settings: Settings, sites: Sequence[str]) -> Proposal:
    """The smallest sets of changes that bring every figure of some sites within the limit."""
    figures = [_worst(analysis, site) for site in sites]
    limit = min(found.allowed(settings.max_attempts) for found in figures)
    search = stacked(analysis, replace(settings, max_attempts=limit), figures)
    outcomes = tuple(outcome(analysis, trial, *sites) for trial in search.sets[:MOST_LISTED])
    return Proposal(f"no more than {limit} runs", outcomes, search.exact)


def _worst(analysis: Analysis, site: str) -> Figure:
    return analysis.figure(site, worst_class(analysis, site))


def each_alone(analysis: Analysis, changes: Sequence[Change], goal: str, site: str) -> Proposal:
    """Changes of which each reaches the goal alone, with what it brings at a site."""
    found = tuple(outcome(analysis, Trial(analysis, (change,)), site) for change in changes)
    return Proposal(goal, found, exact=True)


def outcome(analysis: Analysis, trial: Trial, *sites: str) -> WhatIfOutcome:
    """What a trial brings at some sites."""
    now, effects = analysis.attempts, list[FigureChange]()
    for site in sites:
        before = {failure: now.of(site, failure) for failure in CLASSES}
        after = {failure: trial.count(site, failure) for failure in CLASSES}
        effects.append(FigureChange("runs", site, before, after))
        if before == after and len(sites) == 1:  # another event makes the worst figure: those of the change follow
            effects += _where_changed(analysis, trial, site)
    return WhatIfOutcome(trial.changes, tuple(effects))


def _where_changed(analysis: Analysis, trial: Trial, site: str) -> Iterator[FigureChange]:
    """The figures of events that come in where something is changed, if they become others."""
    changed = (hop.source for change in trial.changes for hop in (*change.tries, *change.gone))
    for entry in dict.fromkeys(changed):
        before, after = EntryEvents(analysis.attempts.flow, entry), EntryEvents(trial.flow, entry)
        if site in before.inside and site in after.inside:
            was, now = ({failure: each.attempts(site, failure) for failure in CLASSES} for each in (before, after))
            if was != now:
                yield FigureChange("runs", site, was, now, analysis.flow.plain(entry))


def without_loop(analysis: Analysis, settings: Settings, loop: Loop) -> Proposal:
    """The smallest cuts that leave no way back among the sites of a loop."""
    found = loop_openings(analysis, loop)
    outcomes = tuple(_opened(analysis, found, changes) for changes in found.sets[:MOST_LISTED])
    alternative = _limited(settings, loop) if len(found.loops) == 1 else None
    starts = some([each.start for each in found.loops], 3)
    return Proposal(f"no cycle through {starts}", outcomes, found.exact, alternative)


def _opened(analysis: Analysis, found: LoopOpenings, changes: tuple[Change, ...]) -> WhatIfOutcome:
    effects = [FigureChange("gain", loop.start, loop.gain, dict.fromkeys(CLASSES, NONE)) for loop in found.loops]
    again = opened(analysis, found, changes)
    for site in dict.fromkeys(hop.source for loop in found.loops for hop in loop.returns):
        before = {failure: _laps(analysis, found, site, failure) for failure in CLASSES}
        effects.append(FigureChange("runs", site, before, {failure: again.of(site, failure) for failure in CLASSES}))
    return WhatIfOutcome(changes, tuple(effects))


def _laps(analysis: Analysis, found: LoopOpenings, site: str, failure: FailureClass) -> Count:
    """Runs within a lap, and no end to the laps unless something stops them all."""
    once = analysis.attempts.of(site, failure)
    ends = all(loop.stopped_by != "nothing" for loop in found.loops)
    return replace(once, exact=False, bounded_by=Bound.COUNT if ends else Bound.NOTHING)


def _limited(settings: Settings, loop: Loop) -> WhatIfOutcome | None:
    """The most laps that keep all events within the limit, where there are any."""
    limit, laps = settings.max_attempts, 0
    while laps < limit and all(_total(loop, laps + 1, failure).value <= limit for failure in JUDGED):
        laps += 1
    if not laps or not all(loop.gain[failure].exact for failure in JUDGED):
        return None
    many = plural(laps, "round")
    change = Change(
        f"limit the cycle through {loop.start} to {many} in the code, and state it (`laps: {laps}`)",
        edits=tuple(
            Edit(hop.place, "no limit" if hop.laps is None else plural(hop.laps, "round"), many) for hop in loop.returns
        ),
    )
    endless = {failure: replace(loop.gain[failure], exact=False, bounded_by=Bound.NOTHING) for failure in CLASSES}
    before = {failure: loop.total(failure) or endless[failure] for failure in CLASSES}
    after = {failure: _total(loop, laps, failure) for failure in CLASSES}
    return WhatIfOutcome((change,), (FigureChange("events", loop.start, before, after),))


def _total(loop: Loop, laps: int, failure: FailureClass) -> Count:
    return replace(loop, laps=laps).total(failure) or NONE
