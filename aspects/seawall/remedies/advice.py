"""Fixes that state their effect, computed by running the model again with the change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import LAPS, Bound, FailureClass, Flow, RetryOwner, Site, SiteKind, in_words
from seawall.retries import Analysis, Count, Factor, Figure
from seawall.retries.execution_cycles import PlanLoop, plan_loops
from seawall.retries.wording import layer_site, said
from seawall.settings import Settings

from .changes import DROPS, DROPS_OWNER, PARKS, fewer, offered_changes, together
from .safety import judged
from .search import Change, Goal, Remedy, Search, Trial, smallest_sets, spent, worst_class

MOST_TOLD = 20
"""Changes written out that only together bring something; what more there are is told as their number."""
NOT_COUNTED = "the app is too large to count what that brings"
_DROPPED = (DROPS, DROPS_OWNER)
FEW_TRIES = 4
"""Tries that are left to a state: the first and as many retries as Step Functions makes where `MaxAttempts` is not set.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html, read 2026-11-22."""


def stacked(analysis: Analysis, settings: Settings, figures: Sequence[Figure], proven: int | None = None) -> Search:
    """The smallest sets of changes that bring figures of one cause within the limit, counted again for the first
    `proven` of them, or for all.
    """
    flow = analysis.flow
    changes = together([tuple(offered_changes(flow, settings, found)) for found in figures])
    sites = tuple(found.site for found in figures[:proven])
    goal = Goal(sites, settings.max_attempts, keeps=lambda trial: keeps_events(trial, sites))
    return smallest_sets(analysis, goal, changes, lambda found: offered_changes(flow, settings, found))


def keeps_events(trial: Trial, sites: Sequence[str]) -> bool:
    """Whether a retry is left, or else a place for what fails: a single failure must not lose an event."""
    flow = trial.analysis.flow
    drops = {drop.site for drop in flow.drops}
    for site in sites:
        found = trial.figure(site, worst_class(trial.analysis, site))
        behind = [] if found is None else _behind_hand_off(found.main.factors)
        passed = {name for one in behind for name in (one.hop.source if one.hop.awaits else "", one.hop.target)}
        if drops & passed and not flow.watched & passed and all(one.tries.total == 1 for one in behind):
            return False
    return True


def _behind_hand_off(factors: Sequence[Factor]) -> Sequence[Factor]:
    """The factors from the last hop on whose sender does not wait: what is before it sees nothing fail."""
    last = max((number for number, one in enumerate(factors) if not one.hop.awaits), default=0)
    return factors[last:]


class Step(Struct, frozen=True):
    """One action of a fix."""

    do: str
    """As an imperative."""
    effect: str = ""
    """What it brings, behind the steps before it: ``20 -> 5``; empty where that was not counted."""
    notes: tuple[str, ...] = ()
    """What its numbers are made of, and what it leaves as it is, a line each."""
    changes: tuple[Remedy, ...] = ()
    """The same as changes of properties; empty where it is not done in a template."""
    paste: str = ""
    """What to put in place of what is there, word for word; empty where nothing has been proven to mend it."""

    @property
    def said(self) -> str:
        """The action with what it brings.

        >>> Step("lower maxReceiveCount of Orders to 5", "20 -> 5").said
        'lower maxReceiveCount of Orders to 5 (20 -> 5)'
        """
        return f"{self.do} ({self.effect})" if self.effect else self.do


class Advice(Struct, frozen=True):
    """What to do, step by step, each with what it brings."""

    steps: tuple[Step, ...]
    trade_off: str = ""
    """What it gives up."""
    otherwise: str = ""
    """What is left to do where no property brings about what is wanted."""


def one_owner(analysis: Analysis, settings: Settings, figures: Sequence[Figure]) -> Advice:
    """Which layer should keep the retry: the smallest set of changes first, then what is left to one owner, each with
    what it brings.
    """
    found, limit = figures[0], settings.max_attempts
    search = stacked(analysis, settings, figures, proven=1)
    best = search.sets[0].changes if search.sets else ()
    kept = _owners(found, best)
    ways = _ways_back(analysis.flow, found)
    outward, begin, led = _led_out(analysis, found, ways)
    if outward and begin.exact and begin.value <= limit:
        return Advice(outward)
    if outward and not kept:  # only a state's own Retry is left then: it stays, with fewer tries
        kept = [one for one in found.layers if not _without_count(one)][-1:]
        best = tuple(change for one in kept for change in fewer(one, min(FEW_TRIES, limit)))
    spared = {one.hop for one in kept}
    others = [
        one for one in search.changes if one not in best and one.cost in _DROPPED and not spared & one.tries.keys()
    ]
    smallest = sorted(best, key=_order)
    steps, now = _told(analysis, found, led, smallest, begin)
    extra, after = _told(analysis, found, led, [*smallest, *sorted(others, key=_order)], now, len(smallest))
    left = f"no setting that keeps a retry brings it to {limit}{_by_hand(found, kept)}" if after.value > limit else ""
    told = [*steps, *(extra if not steps else (replace(step, changes=()) for step in extra))]
    if extra and steps:
        told[len(steps) - 1] = replace(steps[-1], notes=(f"that is enough for the limit of {limit}",))
    if not told and (left or outward):
        return Advice((*outward, *((Step(left),) if left else ())))
    names = list(dict.fromkeys(_owner(analysis.flow, one) for one in kept)) or ["nowhere"]
    sentence = f"let only {names[0]} retry" if len(names) == 1 else f"let {' and '.join(names)} retry"
    if not told:
        return Advice((Step(sentence),))
    gone = any(one.cost in _DROPPED for one in (*smallest, *others))
    told[0] = replace(told[0], do=f"{sentence}: {told[0].do}")
    return Advice((*outward, *told), _later(kept[-1], names[-1]) if kept and gone else "", left)


def _owner(flow: Flow, one: Factor) -> str:
    """Who keeps the retry: of a stream that a pipe reads, the pipe; of a state, its rounds are not its Retry."""
    if _laps(one):
        return f"the loop of {one.hop.target}"
    piped = flow.sites[one.hop.target].kind == SiteKind.PIPE and one.hop.owner is RetryOwner.STREAM
    return one.hop.target if piped else layer_site(one.hop)


def _later(one: Factor, owner: str) -> str:
    """What the change gives up: a failure that would have passed in a moment waits for the owner of the retry."""
    if one.hop.owner is RetryOwner.MACHINE:
        return ""
    when = f", {in_words(one.tries.interval)} later" if one.tries.interval else ""
    return f"after a short failure {owner} runs all of it again{when}"


def _by_hand(found: Figure, kept: Sequence[Factor]) -> str:
    """What stands in the way, and what is left to do about it."""
    left = [one for one in found.layers if one not in kept]
    counted = (one for one in left if _laps(one) and not _without_count(one))
    laps = [f"let the Choice that counts the rounds of {one.hop.target} leave sooner" for one in counted]
    fixed = [one.tries.layer.no_offer for one in left if one.tries.layer is not None and one.tries.layer.no_offer]
    why = f" ({'; '.join(dict.fromkeys(fixed))})" if fixed else ""
    others = "hand the work over to a queue of its own, or make it idempotent: a second run changes nothing more"
    return f"{why}: {'; '.join(dict.fromkeys(laps)) or others}"


def _laps(one: Factor) -> bool:
    return one.hop.kind == LAPS


def _without_count(one: Factor) -> bool:
    """Whether it is a way back inside a machine whose rounds nothing counts, whatever clock ends them."""
    return _laps(one) and one.tries.bounded_by is not Bound.COUNT


def _ways_back(flow: Flow, found: Figure) -> list[PlanLoop]:
    """The ways back whose rounds nothing counts, in the machines that make a figure."""
    around = {flow.sites[one.hop.target].inside for one in found.layers if _without_count(one)}
    return [loop for loop in plan_loops(flow) if loop.container in around] if around else []


def _led_out(
    analysis: Analysis, found: Figure, ways: Sequence[PlanLoop]
) -> tuple[tuple[Step, ...], Count, Mapping[str, Site]]:
    """What to do about ways back that nothing counts, the figure without them, and the machines as they are then."""
    led: dict[str, Site] = {}
    steps: list[Step] = []
    now = found.count
    for step, loops in _by_step(ways).items():
        for loop in loops:
            site = led.get(loop.container, analysis.flow.sites[loop.container])
            led[loop.container] = replace(site, plan=loop.led_out(site.plan))
        after = Trial(analysis, (), sites=led).count(found.site, found.signal)
        brings = f"{said(now)} -> {said(after)}" if after != now else ""
        steps.append(Step(_OUTWARD.format(step), brings))
        now = after
    return tuple(steps), now, led


def _by_step(ways: Sequence[PlanLoop]) -> Mapping[str, list[PlanLoop]]:
    found: dict[str, list[PlanLoop]] = {}
    for loop in ways:
        found.setdefault(loop.step, []).append(loop)
    return found


_OUTWARD = "take the transition of {} back into its cycle away, or count the rounds and leave by a Choice"


def _told(
    analysis: Analysis,
    found: Figure,
    led: Mapping[str, Site],
    changes: Sequence[Change],
    before: Count,
    made: int = 0,
) -> tuple[list[Step], Count]:
    """`changes` behind the first that are made already, one by one with what each brings; those that bring nothing by
    themselves go with the next. `led`: machines that are other ones by then.
    """
    steps, waiting, now = list[Step](), list[Change](), before
    for position in range(made, len(changes)):
        waiting.append(changes[position])
        if spent(analysis) and position < len(changes) - 1:
            continue
        after = Trial(analysis, tuple(changes[: position + 1]), sites=led).count(found.site, found.signal)
        if after != now:  # else another way with as many runs is left
            more = f" and {len(waiting) - MOST_TOLD:,} more" if len(waiting) > MOST_TOLD else ""
            text = " and ".join(change.said for change in waiting[:MOST_TOLD])
            brings = f"{said(now)} -> {said(after)}"
            made_of = tuple(proposed(analysis, change, brings) for change in waiting)
            steps.append(Step(f"{text}{more}", brings, _lowered(waiting), made_of))
            waiting, now = [], after
    return steps, now


def _lowered(changes: Sequence[Change]) -> tuple[str, ...]:
    """What else speaks for a number of tries that is set, and how much sooner they end."""
    hops = [hop for change in changes if change.sets for hop in change.tries if hop.keeps]
    if not hops:
        return ()
    before = hops[0].tries_for(FailureClass.ERROR)
    after = next(change.tries[hops[0]] for change in changes if hops[0] in change.tries).get(FailureClass.ERROR, before)
    lasted, lasts = before.seconds(0.0), after.seconds(0.0)
    sooner = lasted and lasts is not None and lasts < lasted
    ends = f"it then gives up after {in_words(lasts or 0.0)}, not after {in_words(lasted or 0.0)}" if sooner else ""
    enough = "" if before.layer is None else before.layer.to_lower
    both = "; ".join(filter(None, (enough, ends)))
    return (both,) if both else ()


def proposed(analysis: Analysis, change: Change, effect: str) -> Remedy:
    """A change with what it brings, and whether it may be made unseen."""
    flow = analysis.unfolded
    by_code = change.gone and not any(edit.value or edit.removes for edit in change.edits)
    gone = [(flow.plain(hop.source), hop.kind, flow.plain(hop.target)) for hop in change.gone] if by_code else []
    safety = judged(analysis.flow, change)
    return Remedy(change.said, change.edits, effect, safety, tuple(dict.fromkeys(gone)), change.short)


def _order(change: Change) -> tuple[bool, int]:
    """Other layers first, the largest before; the owner's own setting last."""
    sizes: Mapping[str, int] = {one.setting: one.total or 0 for hop in change.tries for one in hop.tries.values()}
    return (change.cost not in (*_DROPPED, PARKS), -max(sizes.values(), default=0))


def _owners(found: Figure, made: Sequence[Change]) -> list[Factor]:
    """Layers where the retry stays: where events wait, else the one nearest to the work that is not dropped."""
    gone = {hop for one in made for hop in (*one.gone, *(one.tries if one.cost in _DROPPED else ()))}
    left = (one for one in found.layers if one.hop not in gone and not _without_count(one))
    layers = [one for one in left if (one.tries.total or 2) > 1]
    return [one for one in layers if one.hop.keeps] or layers[-1:]


def one_layer(analysis: Analysis, found: Figure | Factor, changes: Sequence[Change]) -> Step | None:
    """The first of the changes that each mend a layer alone, and what it brings: to the figure that was found, for the
    same event, or to the tries of the layer where another way makes the worst figure. None where there is none.
    """
    if not changes:
        return None
    if isinstance(found, Figure) and spent(analysis):
        return _one(analysis, changes[0], "", NOT_COUNTED)
    tries = {hop: new for change in changes for hop, new in change.tries.items()}
    if isinstance(found, Figure):
        before, after = found.count, analysis.what_if(found, tries).count
    else:
        signal = next(signal for signal, one in found.hop.tries.items() if one is found.tries)
        before, after = Count.of(found.tries), Count.of(tries[found.hop][signal])
    return _one(analysis, changes[0], f"{said(before)} -> {said(after)}")


def _one(analysis: Analysis, change: Change, brings: str, *notes: str) -> Step:
    return Step(change.said, brings, notes, (proposed(analysis, change, brings),))
