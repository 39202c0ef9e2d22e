"""What the model says an experiment will count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from functools import cached_property

from msgspec import Struct

from seawall.graph import Bound, Flow, Hop, HopKind, SiteKind, When, reach
from seawall.retries import Count, EntryEvents
from seawall.retries.attempts import EntryAttempts, FailureCase

from .counts import Key, Predicted, What
from .experiment import Experiment, by_code

_WORKING: Mapping[str, What] = {
    SiteKind.FUNCTION: What.RUNS,
    SiteKind.MACHINE: What.EXECUTIONS,
    SiteKind.STATE: What.STATE_RUNS,
}


class Prediction(Struct, frozen=True):
    """The answers, known before the run."""

    counts: Mapping[Key, Predicted]
    by_lap: Mapping[tuple[str, int], int | None]
    """Runs by function and lap, of events that code sends back; empty where some go round without end."""
    steady: bool = True
    """Each lap without end brings as much as the one before it, so that laps can be counted."""


def predict(experiment: Experiment, left: Collection[str] = ()) -> Prediction:
    """The answers for every site that the events can reach; `left` are states on ways that no event takes."""
    analysis = experiment.analysis
    rounds = _Rounds(experiment, left, analysis.attempts.flow)
    low = None if analysis.low is None else _Rounds(experiment, left, analysis.low.flow).totals
    counts: dict[Key, Predicted] = {}
    for key, count in rounds.totals.items():
        least = count if low is None else low.get(key, Count(0))
        if key.site in rounds.endless and count.max != 0:
            counts[key] = Predicted(None, Bound.NOTHING, count.max)
        else:
            differs = least.exact and least.value < count.value
            counts[key] = Predicted(count.max, count.bounded_by, least=least.value if differs else None)
    by_lap = {} if rounds.endless else {key: count.max for key, count in rounds.by_lap.items()}
    return Prediction(counts, by_lap, rounds.steady)


class _Rounds:
    """Lap by lap: what happens on one, and what starts the next."""

    def __init__(
        self, experiment: Experiment, left: Collection[str], flow: Flow, off: Collection[Hop] | None = None
    ) -> None:
        """`off`: guarded hops that the event does not take, where not those of the worst one."""
        self._experiment = experiment
        gone = self._gone = frozenset(left)
        aside = [
            hop
            for hop in flow.hops
            if hop.source in gone or _on_success(experiment, hop) or (by_code(hop) and hop.target in experiment.unsent)
        ]
        self._flow: Flow = flow.without(aside) if aside else flow
        self._off = None if off is None else sum(self._flow.ways.bit.get(hop, 0) for hop in off)
        loops = experiment.analysis.loops
        self._returns = [hop for loop in loops for hop in loop.returns if hop.source not in gone and by_code(hop)]
        self._declared = [hop for loop in loops for hop in loop.returns if self._goes_round(hop)]
        self.steady = all(
            loop.gain[experiment.failure].max == 1 for loop in loops if any(map(self._goes_round, loop.returns))
        )
        self.endless: set[str] = set()
        """Sites that events come to again and again, for as long as anybody watches: what the template itself sends
        back is sent on every lap, and no stub can leave it out.
        """
        self.totals: dict[Key, Count] = {}
        self.by_lap: dict[tuple[str, int], Count] = {}
        starts = Counter({experiment.entry: experiment.events})
        for lap in range(experiment.most_laps + 1):
            following: Counter[str] = Counter()
            for start, events in starts.items():
                self._lap(start, events, lap, following)
            starts = following

    def _lap(self, start: str, events: int, lap: int, following: Counter[str]) -> None:
        experiment = self._experiment
        found = EntryEvents(self._flow, start)
        failed = experiment.site in found.inside
        entry = found.witness(experiment.site, experiment.failure) if failed else found.all
        if self._off is not None and failed:
            entry = EntryAttempts(self._flow, start, self._off)
        case = _Whole.of(entry, experiment) if failed else None

        def runs(site: str) -> Count:
            if site not in entry.inside:
                return Count(0)
            return case.everywhere[site] if case else entry.ordinary_runs(site)

        for site in entry.members:
            if site in self._gone:
                continue
            kind = self._flow.sites[site].kind
            if kind in _WORKING:
                self._add(site, _WORKING[kind], runs(site), events)
                if kind == SiteKind.FUNCTION:
                    mine = (self._flow.plain(site), lap)
                    self.by_lap[mine] = self.by_lap.get(mine, Count(0)) + runs(site) * Count(events)
            elif kind == SiteKind.QUEUE:
                self._add(site, What.MESSAGES, runs(site), events)
                over = [hop for hop in self._flow.out_of(site) if hop.awaits]
                self._add(site, What.RECEIVES, self._over(entry, case, over), events)
                dead = [hop for hop in self._flow.out_of(site) if hop.when is When.EXHAUSTED]
                if dead:
                    self._add(site, What.DEAD_LETTERS, self._over(entry, case, dead), events)
        for hop in self._declared:
            if hop.source in entry.inside and runs(hop.source).max != 0:
                self.endless |= {self._flow.plain(site) for site in reach([hop.target], self._flow.outgoing)}
        for hop in self._returns:
            laps = experiment.laps_over(hop)
            count = runs(hop.source)
            due = laps is not None and lap in laps and (experiment.sends(hop) or hop.source == experiment.site)
            if due and hop.source in entry.inside and count.max is not None:
                following[hop.target] += events * count.max * hop.copies

    def _goes_round(self, hop: Hop) -> bool:
        """Whether a way back is taken by the template's own doing, in an experiment that fails."""
        return not by_code(hop) and hop.source not in self._gone and hop.when in (When.ALWAYS, When.EXHAUSTED)

    def _over(self, entry: EntryAttempts, case: FailureCase | None, hops: list[Hop]) -> Count:
        """Events that come over some hops of one site."""
        total = Count(0)
        if case is not None:
            _ = case.everywhere  # senders first
        for hop in hops:
            if case is None:
                total += entry.ordinary_runs(hop.target) if hop.when is When.ALWAYS else Count(0)
                continue
            same = [each for each in self._flow.into(hop.target) if each.source == hop.source]
            share = [term for term in case.terms(hop.target) if term.source == hop.source]
            for term in share if same[0] is hop else ():
                total += term.amount
        return total

    def _add(self, site: str, what: What, count: Count, events: int) -> None:
        key = Key(self._flow.plain(site), what)
        self.totals[key] = self.totals.get(key, Count(0)) + count * Count(events)


def idle_readers(experiment: Experiment) -> frozenset[str]:
    """Readers of queues that compete with the one which makes the figure, and without which it shows.

    A message goes to any of them. Where it makes no difference to any count which one that is, none is idle.
    """
    flow = experiment.analysis.attempts.flow
    found = EntryEvents(flow, experiment.entry)
    if experiment.site not in found.inside:
        return frozenset()
    off = list(flow.ways.hops(found.witness(experiment.site, experiment.failure).off))
    idle: set[str] = set()
    for queue in dict.fromkeys(hop.source for hop in off if flow.sites[hop.source].one_reader):
        readers = {hop: _reader(flow, hop) for hop in flow.out_of(queue) if hop.awaits}
        others = dict.fromkeys(readers[hop] for hop in off if hop in readers)
        worst = _Rounds(experiment, (), flow).totals
        for other in filter(None, others):
            swapped = [hop for hop in off if readers.get(hop) != other]
            swapped += [hop for hop, name in readers.items() if name != other and hop not in swapped]
            if _Rounds(experiment, (), flow, swapped).totals != worst:
                idle.add(other)
    return frozenset(idle)


def _reader(flow: Flow, hop: Hop) -> str:
    """The mapping or pipe that a hop stands for."""
    guard = flow.ways.guards.get(hop)
    return next((option.choice for option in guard.options if option.scope == hop.source), "") if guard else ""


def _on_success(experiment: Experiment, hop: Hop) -> bool:
    """Whether only a run of the failing function that succeeds sends it: there is none."""
    flow = experiment.analysis.flow
    asynchronous = flow.sites[hop.source].kind == SiteKind.ASYNCHRONOUS_QUEUE
    mine = asynchronous and any(each.target == experiment.site for each in flow.out_of(hop.source) if each.awaits)
    return mine and hop.kind == HopKind.DESTINATION and hop.when is When.ALWAYS


class _Whole(FailureCase):
    """A case that counts every site, those behind a failure that is caught included."""

    @classmethod
    def of(cls, entry: EntryAttempts, experiment: Experiment) -> _Whole:
        """The same case as the model's."""
        chosen = entry.case(experiment.site, experiment.failure)
        return cls(entry, experiment.site, experiment.failure, chosen._succeeding)

    @cached_property
    def everywhere(self) -> Mapping[str, Count]:
        """Runs of every site, senders before receivers."""
        return {name: self._count(name) for name in self._entry.members}
