"""What findings about retries and loops come to if their fix is made: the model, run again with each change.

For a path it ranks the smallest sets of changes that bring every figure within the limit, for a loop the smallest cuts
that leave no way back; each change names the property, what stands there and what to put there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import CLASSES, Bound, FailureClass, When
from seawall.remedies.search import JUDGED, Change, Edit, Trial, worst_class
from seawall.retries import Count, Figure, Loop
from seawall.retries.count import NONE

from . import excessive_retries, retry_loop, stacked_retries, unbounded_retry
from .context import Context
from .fixes import stacked
from .levers import parked
from .loop_cuts import Cuts, cuts, opened
from .model import Finding
from .wording import some
from .working import work_behind

MOST_LISTED = 3
"""Sets listed for a finding."""


class Effect(Struct, frozen=True):
    """A figure before and after, by failure class."""

    of: str
    """`runs` of a site for one event, the `gain` of a loop per lap, or the `events` that one becomes in all laps."""
    site: str
    before: Mapping[FailureClass, Count]
    after: Mapping[FailureClass, Count]


class Outcome(Struct, frozen=True):
    """A set of changes and what it brings."""

    changes: tuple[Change, ...]
    effects: tuple[Effect, ...]


class Proposal(Struct, frozen=True):
    """What can be done about a finding, best first."""

    finding: Finding
    goal: str
    """What each of the sets brings about, as a clause."""
    outcomes: tuple[Outcome, ...]
    """Empty: no set of changes that is safe to propose reaches the goal."""
    exact: bool
    """No smaller set reaches it."""
    alternative: Outcome | None = None
    """What limits the matter where it is meant to be so."""


def proposals(context: Context, findings: Sequence[Finding]) -> Iterator[Proposal]:
    """One for each finding that a change of settings or hops mends, in the order of the findings."""
    loops: dict[str, Proposal] = {}
    for finding in findings:
        known = loops.get(finding.site) if finding.rule == retry_loop.RULE.id else None
        make = _BY_RULE.get(finding.rule)
        made = replace(known, finding=finding) if known is not None else make(context, finding) if make else None
        if made is not None:
            yield made
            others = (effect.site for outcome in made.outcomes for effect in outcome.effects if effect.of == "gain")
            loops |= dict.fromkeys(others, made)  # loops that share their sites are opened together


def _path(context: Context, finding: Finding) -> Proposal:
    figures = [_worst(context, site) for site in (finding.site, *finding.also)]
    search = stacked(context, figures)
    outcomes = tuple(_outcome(context, trial, finding.site, *finding.also) for trial in search.sets[:MOST_LISTED])
    return Proposal(finding, f"no more than {context.settings.max_attempts} runs", outcomes, search.exact)


def _worst(context: Context, site: str) -> Figure:
    return context.analysis.figure(site, worst_class(context.analysis, site))


def _outcome(context: Context, trial: Trial, *sites: str) -> Outcome:
    now = context.analysis.attempts
    effects = (
        Effect(
            "runs",
            site,
            {failure: now.of(site, failure) for failure in CLASSES},
            {failure: trial.count(site, failure) for failure in CLASSES},
        )
        for site in sites
    )
    return Outcome(trial.changes, tuple(effects))


def _layer(context: Context, finding: Finding) -> Proposal | None:
    """Of one layer alone: the change to its setting."""
    flow, last = context.analysis.flow, finding.trace[-1]
    signal = finding.failure or FailureClass.ERROR
    hop = next((hop for hop in flow.into(last.site) if hop.place == last.place and hop.kind == last.hop), None)
    if hop is None:
        return None
    if finding.rule == unbounded_retry.RULE.id:
        changes, goal = unbounded_retry.changes_to(context, hop), "a count that ends the tries"
        if any(before.when is When.EXHAUSTED for before in flow.into(hop.source)):
            changes += [change for change in parked(flow, hop.source) if hop in change.gone]
    else:
        changes, goal = excessive_retries.changes_to(context, hop, hop.tries_for(signal)), "tries that AWS asks for"
    work = work_behind(context, hop) or hop.target
    outcomes = tuple(_outcome(context, Trial(context.analysis, (change,)), work) for change in changes)
    return Proposal(finding, goal, outcomes, exact=True)


def _loop(context: Context, finding: Finding) -> Proposal | None:
    loop = next((loop for loop in context.analysis.loops if loop.start == finding.site), None)
    if loop is None:
        return None
    found = cuts(context, loop)
    outcomes = tuple(_opened(context, found, changes) for changes in found.sets[:MOST_LISTED])
    alternative = _limited(context, loop) if len(found.loops) == 1 else None
    starts = some([each.start for each in found.loops], 3)
    return Proposal(finding, f"no way back to {starts}", outcomes, found.exact, alternative)


def _opened(context: Context, found: Cuts, changes: tuple[Change, ...]) -> Outcome:
    effects = [Effect("gain", loop.start, loop.gain, dict.fromkeys(CLASSES, NONE)) for loop in found.loops]
    again = opened(context, found, changes)
    for site in dict.fromkeys(hop.source for loop in found.loops for hop in loop.returns):
        before = {failure: _laps(context, found, site, failure) for failure in CLASSES}
        effects.append(Effect("runs", site, before, {failure: again.of(site, failure) for failure in CLASSES}))
    return Outcome(changes, tuple(effects))


def _laps(context: Context, found: Cuts, site: str, failure: FailureClass) -> Count:
    """Runs within a lap, and no end to the laps unless something stops them all."""
    once = context.analysis.attempts.of(site, failure)
    ends = all(loop.stopped_by != "nothing" for loop in found.loops)
    return replace(once, exact=False, bounded_by=Bound.COUNT if ends else Bound.NOTHING)


def _limited(context: Context, loop: Loop) -> Outcome | None:
    """The most laps that keep all events within the limit, where there are any."""
    limit, laps = context.settings.max_attempts, 0
    while laps < limit and all(_total(loop, laps + 1, failure).weight[0] <= limit for failure in JUDGED):
        laps += 1
    if not laps or not all(loop.gain[failure].exact for failure in JUDGED):
        return None
    many = "1 lap" if laps == 1 else f"{laps} laps"
    change = Change(
        f"limit the way back to {loop.start} to {many} in the code, and state it",
        tuple(Edit(hop.place, "no limit" if hop.laps is None else f"{hop.laps} laps", many) for hop in loop.returns),
    )
    endless = {failure: replace(loop.gain[failure], exact=False, bounded_by=Bound.NOTHING) for failure in CLASSES}
    before = {failure: loop.total(failure) or endless[failure] for failure in CLASSES}
    after = {failure: _total(loop, laps, failure) for failure in CLASSES}
    return Outcome((change,), (Effect("events", loop.start, before, after),))


def _total(loop: Loop, laps: int, failure: FailureClass) -> Count:
    return replace(loop, laps=laps).total(failure) or NONE


_BY_RULE = {
    stacked_retries.RULE.id: _path,
    excessive_retries.RULE.id: _layer,
    unbounded_retry.RULE.id: _layer,
    retry_loop.RULE.id: _loop,
}
