"""The smallest sets of changes that bring a figure within a limit.

A set is a *hitting set*: every figure above the limit must be hit by enough of its changes. Two things keep the exact
search small. A changed layer can only shrink what its paths contribute, so the paths of any figure that is known to
be too high, with the changes put in, give a least figure by plain multiplication; a set that leaves it above the limit
needs no closer look. What passes is proven by counting the whole flow again, and a set that fails then adds its own
worst figure to those that rule out others, with the changes to the layers on it.

The work is bounded: up to `MOST_CHANGES` changes are combined, in sets of at most `MOST_TOGETHER`, and at most
`MOST_COUNTED` sets are counted again. Where that is not enough, a set is found by leaving out of all changes what is
not needed; it is said not to be proven smallest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from itertools import combinations
from typing import TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from seawall.graph import CLASSES, FailureClass, Flow, Hop, Place, Site, Tries, reach
from seawall.retries.analysis import Analysis
from seawall.retries.count import NONE, Count
from seawall.retries.events import EntryEvents
from seawall.retries.paths import Figure, figure
from seawall.template import Address
from seawall.words import some

JUDGED = (FailureClass.ERROR, FailureClass.TIMEOUT, FailureClass.FAULT)
"""Classes that a limit is for: a throttled run costs nothing."""
MOST_CHANGES = 12
MOST_TOGETHER = 3
MOST_COUNTED = 200
MOST_RECOUNTED = 50_000
"""Sites looked at, in all, to count an app again with changes. An app of ordinary size takes a tenth of it; where
hundreds of layers act on each other the work would grow with their number to the power of two or three."""
_FEW_SITES = 3


class Edit(Struct, frozen=True):
    """One property that a change sets."""

    place: Place
    old: str
    """What stands there; ``not set`` where nothing does."""
    new: str
    """What to put there; ``none``: take the property, or the resource, away."""
    edit: str = ""
    """The same as the author would write it: CDK code, a block of YAML."""
    value: str = ""
    """What to put there, as JSON; empty where something goes, or where it is the author's to decide."""
    removes: bool = False
    """The property, or the resource, goes."""
    adds: bool = False
    """A resource is added, under the logical id of the place."""
    beside: Address | None = None
    """Of what is added: the resource that it belongs to."""
    either: bool = False
    """Nobody knows which language the author writes: `edit` is said in each, behind a comment with its name."""
    given: bool = False
    """The rule itself wrote `edit`."""
    first: str = ""
    """What has to be so before, outside of the templates, as a sentence."""


class Safety(StrEnum):
    """Whether a change may be made unseen."""

    SAFE = "safe"
    """It lowers a number, or drops retries of which an outer layer that dead-letters takes care: nothing is lost,
    replaced, put in another order or led elsewhere."""
    REVIEW = "review"
    """It wants a look."""


class Remedy(Struct, frozen=True):
    """A change that is proposed, as data: what to do, to which properties, and what that brings."""

    do: str
    """As an imperative."""
    edits: tuple[Edit, ...] = ()
    effect: str = ""
    """What it brings, behind the changes before it: ``20 -> 5``; empty where that was not counted."""
    safety: Safety = Safety.REVIEW
    gone: tuple[tuple[str, str, str], ...] = ()
    """What code does no more once it is made, each as who sends, how and where to; empty where a template says it."""
    short: str = ""
    """What to do in a few words, where `do` is a long sentence."""


class Change(Struct, frozen=True, eq=False):
    """Something an author can do to a layer or a hop."""

    verb: str
    """What to do, as an imperative, up to its object."""
    what: tuple[str, ...] = ()
    """The objects; several changes with one verb are told as one."""
    edits: tuple[Edit, ...] = ()
    tries: Mapping[Hop, Mapping[str, Tries]] = field(default_factory=dict)
    """What the tries of some hops become."""
    gone: tuple[Hop, ...] = ()
    """Hops that no event takes any more."""
    cost: int = 0
    """How much it gives up, the least first."""
    sets: bool = False
    """It sets a number, as opposed to taking something away."""
    short: str = ""
    """What to do in a few words, where the whole is a long sentence."""

    @property
    def said(self) -> str:
        """As an imperative."""
        return f"{self.verb} {some(self.what, 3)}" if self.what else self.verb


class Trial(Struct, frozen=True, dict=True):
    """The model run again with some changes."""

    analysis: Analysis
    changes: tuple[Change, ...]
    many: bool = False
    """Figures of many sites will be asked for: they are counted together."""
    sites: Mapping[str, Site] = field(default_factory=dict)
    """Sites that are other ones then, by id."""

    @cached_property
    def flow(self) -> Flow:
        """The flow of one lap as the changes make it."""
        gone = [hop for change in self.changes for hop in change.gone]
        flow = self.analysis.attempts.flow.without(gone) if gone else self.analysis.attempts.flow
        if self.sites:
            flow = replace(flow, sites={**flow.sites, **self.sites})
        return flow.with_tries({hop: tries for change in self.changes for hop, tries in change.tries.items()})

    @cached_property
    def _entries(self) -> dict[str, list[EntryEvents]]:
        return {}

    def _reaching(self, site: str) -> list[EntryEvents]:
        """Every entry that reaches `site`, counted again."""
        if site not in self._entries:
            before = (one for one in self.analysis.attempts.entries if site in one.inside)
            within = (
                None if self.many else reach(self.flow.copies.get(site, (site,)), self.flow.incoming, forward=False)
            )
            again = [self._everything(one) if self.many else self._again(one, within) for one in before]
            self._entries[site] = [one for one in again if site in one.inside]
        return self._entries[site]

    def _again(self, before: EntryEvents, within: Collection[str] | None = None) -> EntryEvents:
        found = EntryEvents(self.flow, before.entry, within)
        self.analysis.recounted.sites += found.effort
        return found

    @cached_property
    def _whole(self) -> dict[int, EntryEvents]:
        return {}

    def _everything(self, before: EntryEvents) -> EntryEvents:
        if id(before) not in self._whole:
            self._whole[id(before)] = self._again(before)
        return self._whole[id(before)]

    def count(self, site: str, signal: str) -> Count:
        """The worst figure of a site over all entries."""
        counts = []
        for one in self._reaching(site):
            before = one.effort
            counts.append(one.attempts(site, signal))
            self.analysis.recounted.sites += one.effort - before
        return max(counts, key=lambda count: count.weight, default=NONE)

    def figure(self, site: str, signal: str) -> Figure | None:
        """The same with its derivation; None where nothing reaches the site any more."""
        entries = self._reaching(site)
        worst = max(entries, key=lambda one: one.attempts(site, signal).weight, default=None)
        return None if worst is None else figure(worst.worst(site, signal)[1], site, signal)

    def worst(self, sites: Collection[str]) -> tuple[str, FailureClass]:
        """Of some sites and the classes judged, where the figure is highest."""
        pairs = ((site, failure) for site in sites for failure in JUDGED)
        return max(pairs, key=lambda pair: self.count(*pair).weight)


class Goal(Struct, frozen=True):
    """What a set of changes is to bring about."""

    sites: tuple[str, ...]
    limit: int
    """Runs of each of the sites for one event, for every class judged."""
    counted: bool = False
    """Errors must have a count besides."""
    keeps: Callable[[Trial], bool] = lambda _trial: True
    """Whether a set is fit to be proposed, whatever it brings: it must not lose events."""

    def missed(self, trial: Trial) -> tuple[str, FailureClass] | None:
        """A site and class that is still above the limit."""
        site, failure = trial.worst(self.sites)
        if trial.count(site, failure).value > self.limit:
            return site, failure
        uncounted = (site for site in self.sites if not trial.count(site, FailureClass.ERROR).exact)
        found = next(uncounted, None) if self.counted else None
        return None if found is None else (found, FailureClass.ERROR)


OfferedChanges: TypeAlias = Callable[[Figure], Iterable[Change]]
"""The changes to the layers of a figure."""


class Search(Struct, frozen=True):
    """What came of looking for the smallest sets."""

    changes: tuple[Change, ...]
    """What was combined."""
    sets: tuple[Trial, ...]
    """Those that reach the goal, best first; empty where none does."""
    exact: bool
    """No smaller set of the changes reaches it. False: the bounds of the search were met first."""


def spent(analysis: Analysis) -> bool:
    """Whether no more is counted again: what has been found by then counts."""
    return analysis.recounted.sites > MOST_RECOUNTED


def worst_class(analysis: Analysis, site: str) -> FailureClass:
    """Of the classes judged, the one in which a site runs most often."""
    return max(JUDGED, key=lambda failure: analysis.attempts.of(site, failure).weight)


def smallest_sets(analysis: Analysis, goal: Goal, changes: Sequence[Change], offered: OfferedChanges) -> Search:
    """The smallest sets of changes that reach `goal`: those that leave one owner of the retry before others, then
    those that give up less, then those with the lower figure.

    `changes` are those to the figures of the goal as they are; `offered` gives those to any other that shows up once
    some are made, as another branch becomes the worst one.
    """
    known = [analysis.figure(site, worst_class(analysis, site)) for site in goal.sites]
    changes, many = list(changes), len(goal.sites) > _FEW_SITES
    while True:  # every change that can matter: until all of them together reach the goal, or bring nothing more
        everything = Trial(analysis, tuple(changes), many)
        missed = goal.missed(everything)
        if missed is None:
            break
        worst = everything.figure(*missed)
        new = [] if worst is None else _new(changes, offered(worst))
        if not new:
            return Search(tuple(changes), (), exact=True)
        changes += new
        if spent(analysis):
            return Search(tuple(changes), (), exact=False)
    counted, size = 0, 0
    while size < MOST_TOGETHER and size < len(changes) <= MOST_CHANGES:
        size += 1
        reached: list[Trial] = []
        before = len(changes)
        for chosen in _promising(changes, size, known, goal.limit):
            counted += 1
            trial = everything if chosen == everything.changes else Trial(analysis, chosen, many)
            missed = goal.missed(trial)
            if missed is None:
                reached += [trial] if goal.keeps(trial) else []
            elif (worst := trial.figure(*missed)) is not None:
                known.append(worst)
                changes += _new(changes, offered(worst))
            if counted == MOST_COUNTED or len(changes) > before or spent(analysis):
                break
        if len(changes) > before:
            size = 0  # with what is known now, little is counted again
        elif reached:
            exact = counted < MOST_COUNTED and not spent(analysis)
            return Search(tuple(changes), _ranked(reached, goal), exact)
        if counted >= MOST_COUNTED or spent(analysis):
            break
    trimmed = _trimmed(Trial(analysis, tuple(changes), many), goal)
    return Search(tuple(changes), () if trimmed is None else (trimmed,), exact=False)


def _new(changes: Sequence[Change], more: Iterable[Change]) -> list[Change]:
    """Those of `more` that change other hops."""
    known = {hop for change in changes for hop in (*change.tries, *change.gone)}
    return [change for change in more if not known.issuperset((*change.tries, *change.gone))]


def _promising(
    changes: Sequence[Change], size: int, known: Sequence[Figure], limit: int
) -> Iterator[tuple[Change, ...]]:
    for chosen in combinations(tuple(changes), size):
        if all(least(found, chosen) <= limit for found in known):  # `known` grows while this runs
            yield chosen


def least(found: Figure, changes: Sequence[Change]) -> int:
    """What the paths of a figure contribute at least once the changes are made."""
    gone = {hop for change in changes for hop in change.gone}
    tries = {hop: new for change in changes for hop, new in change.tries.items()}
    total = 0
    for path in found.paths:
        product = 0 if gone.intersection(path.hops) else 1
        for factor in path.factors:
            one = factor.tries.total or 1
            product *= factor.copies
            product *= min(one, _fewest(tries[factor.hop])) if factor.hop in tries else one
        total += product
    return total


def _fewest(tries: Mapping[str, Tries]) -> int:
    known = [one.total or 1 for one in tries.values()]
    return min(known) if len(known) >= len(CLASSES) else 1


def _reach(change: Change) -> int:
    """How much a change can take off: what it changes, by its largest tries."""
    tries = [one for hop in (*change.tries, *change.gone) for one in hop.tries.values()]
    return max((one.total or 1 for one in tries), default=1)


def _ranked(reached: Iterable[Trial], goal: Goal) -> tuple[Trial, ...]:
    return tuple(sorted(reached, key=lambda trial: _rank(trial, goal)))


def _rank(trial: Trial, goal: Goal) -> tuple[bool, int, int, tuple[str, ...]]:
    site, failure = trial.worst(goal.sites)
    left = trial.figure(site, failure)
    stacked = left is not None and any(len(path.layers) > 1 for path in left.paths)
    cost = sum(change.cost for change in trial.changes)
    return stacked, cost, trial.count(site, failure).value, tuple(change.said for change in trial.changes)


def _trimmed(everything: Trial, goal: Goal) -> Trial | None:
    """All changes without those that are not needed, the dearest left out first; none where that loses events."""
    chosen = sorted(everything.changes, key=lambda change: (change.cost, -_reach(change)))
    for change in chosen[::-1]:
        if spent(everything.analysis):
            break
        fewer = replace(everything, changes=tuple(one for one in chosen if one is not change))
        if goal.missed(fewer) is None and goal.keeps(fewer):
            chosen.remove(change)
    trial = replace(everything, changes=tuple(chosen))
    return trial if goal.missed(trial) is None and goal.keeps(trial) else None
