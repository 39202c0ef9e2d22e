"""How often each site runs, at worst, for one event at one entry.

For a site *x* whose every run fails with one class, a sender that awaits *x* fails as well, so whatever retries the
sender runs *x* again; a sender that hands off is done, so counting starts afresh behind it:

    attempts(x, f) = sum over awaiting hops u -> x of tries(u -> x, f) * attempts(u, f')
                   + sum over hand-offs u -> x of runs(u)

where f' is what u shows when its callee fails with f, and runs(u) is how often u runs when nothing fails. Because
attempts(u, f') does not depend on which callee failed, one pass in topological order gives every site and class.

Three situations break that independence, and their sites are counted on their own, ancestors only: a sender that
both awaits the site and hands events off towards it, dead letters of an unrelated failure, and failure paths that
join ordinary ones. The tests hold both against an enumeration of every single delivery.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from math import prod
from typing import Any

from msgspec import Struct

from seawall.graph import CLASSES, Flow, Hop, When
from seawall.graph.ways import reaching

from .contributions import Contribution, contributions, runs, total
from .count import NONE, ONE, Count
from .every_course import EveryStep, StepRuns, every_course, pick_of
from .executions import Course, Courses, courses, only_course
from .parallel import worst_of_parallel
from .propagation import NOTHING_BESIDE, FailurePropagation

SitesBySignal = tuple[str, str]
_Asked = tuple[str, tuple[tuple[str, str | None], ...]]
"""A container, and the steps counted in it with the signals they show."""

MOST_KEPT = 8
"""Cases that are kept for what may ask for them again."""


class EntryAttempts:
    """Runs and attempts of everything that one event at `entry` can reach in an acyclic flow."""

    def __init__(self, flow: Flow, entry: str, off: int = 0, within: Collection[str] | None = None) -> None:
        """`off`: bits of the guarded hops that the event does not take; `within`: the only sites that matter."""
        order = flow.order
        self.flow = flow
        self.inner = flow.in_class(off)
        """The flow for what goes on inside of executions."""
        self.entry = entry
        self.off = off
        self._position = order
        behind = _reached(flow, entry, off, within)
        self.members = sorted(behind, key=order.__getitem__)
        self.inside = set(self.members)
        self._incoming: dict[str, list[Hop]] = {site: [] for site in self.members}
        for hops in behind.values():
            for hop in hops:
                self._incoming[hop.target].append(hop)
        self.memory: dict[object, Any] = {}
        """What others work out of it, and want again."""
        for site, into in self._incoming.items():
            into.sort(key=flow.number.__getitem__)
            if len(into) > 1:
                self._incoming[site] = worst_of_parallel(flow, into)
        self._spread = FailurePropagation(flow, self._incoming, order)
        self.ordinary = self._reached_without_failure()
        """Sites that the event comes to although nothing fails."""
        self._one_way = self._reached_one_way()
        self._runs: dict[str, Count] = {}
        self._attempts: dict[SitesBySignal, Count] = {}
        self._separate: dict[SitesBySignal, bool] = {}
        self._case: tuple[SitesBySignal, FailureCase] | None = None
        """The one asked for last: what asks for it often asks again."""
        self._every: tuple[object, EveryStep | None] | None = None
        self._causes: dict[SitesBySignal, FailureCase] = {}
        for site in self.members:  # senders before receivers; steps and ends no other figure rests on
            if flow.sites[site].inside is None and site in flow.outgoing:
                self.runs(site)
                for signal in CLASSES:
                    self.attempts(site, signal)

    def copies(self, site: str) -> tuple[str, ...]:
        """The copies of a site that the event comes to, itself included."""
        return tuple(each for each in self.flow.copies.get(site, (site,)) if each in self.inside)

    def figure(self, site: str, signal: str) -> Count:
        """Attempts of a site and of all its copies, which fail together: an upper bound where the failure of one makes
        another one run, as these are then multiplied.
        """
        copies = self.copies(site) if self.flow.copies else (site,)
        if len(copies) == 1:
            return self.attempts(copies[0], signal)
        spreading = [each for each in copies if len(self.failing(each, signal)) > 1]
        cases = {each: self.case(each, signal).everywhere for each in spreading}
        count = NONE
        for each in copies:
            others = [runs[each] for other, runs in cases.items() if other != each and each in runs]
            count += self._beside(each, signal, others)
        return count

    def _beside(self, copy: str, signal: str, others: list[Count]) -> Count:
        """Attempts of one copy, where each of `others` is what it runs when another copy fails: all of them do."""
        alone = self.attempts(copy, signal)
        if copy not in self.ordinary:  # only failures lead there
            return max((alone, sum(others, NONE)), key=lambda one: one.weight)
        return prod((each.per(self.runs(copy)) for each in others), start=alone)

    def mixed(self, site: str, signal: str) -> bool:
        """Whether the figure of copies is "at most": where only failures lead to some of them, not to all, or where the
        failure of one makes another one run.
        """
        if len(self.flow.copies.get(site, ())) < 2:
            return False
        copies = self.copies(site)
        alone = sum((self.attempts(each, signal) for each in copies), NONE)
        return len({each in self.ordinary for each in copies}) > 1 or alone != self.figure(site, signal)

    def runs(self, site: str) -> Count:
        """Runs when nothing fails, or, where only failures lead, when they do."""
        if site not in self._runs:
            self._runs[site] = self._counted(site, None)
        return self._runs[site]

    def attempts(self, site: str, signal: str) -> Count:
        """Runs at worst when every run of `site` fails with `signal`."""
        if (site, signal) not in self._attempts:  # of a refined signal: few, and senders show a plain one soon
            self._attempts[site, signal] = self._counted(site, signal)
        return self._attempts[site, signal]

    def _counted(self, site: str, signal: str | None) -> Count:
        """The figure itself."""
        if signal is not None and self.needs_own_count(site, signal):
            return self._own(site) + total(self.terms(site, signal))
        return self._own(site) + runs(self.flow, self._into(site), signal, _Memo(self, site, signal))

    def terms(self, site: str, signal: str | None) -> list[Contribution]:
        """The summands of a figure; the entry itself adds one more that is not among them."""
        if signal is not None and self.needs_own_count(site, signal):
            return self.case(site, signal).terms(site)
        return contributions(self.flow, self._into(site), signal, _Memo(self, site, signal))

    def case(self, site: str, signal: str) -> FailureCase:
        """The case in which every run of `site` fails with `signal` and everything else works.

        Where that leaves open whether an execution fails or succeeds, all fail or all succeed, whichever is worse.
        """
        if self._case is None or self._case[0] != (site, signal):
            self._case = ((site, signal), self._worst_case(site, signal))
        return self._case[1]

    def case_of_cause(self, site: str, signal: str) -> FailureCase:
        """The same, kept for a while: what failures lead to is asked for step by step, each time with its causes."""
        key = (site, signal)
        self._causes[key] = self._causes.pop(key) if key in self._causes else self._worst_case(site, signal)
        if len(self._causes) > MOST_KEPT:
            del self._causes[next(iter(self._causes))]
        return self._causes[key]

    def _worst_case(self, site: str, signal: str) -> FailureCase:
        return self.case_beside(site, signal, NOTHING_BESIDE)

    def case_beside(self, site: str, signal: str, beside: Mapping[str, str]) -> FailureCase:
        """The same where other sites fail as well."""
        failed = FailureCase(self, site, signal, beside=beside)
        executions = self._ended_by(failed)
        if not executions:
            return failed
        succeeded = FailureCase(self, site, signal, executions, beside)
        return max(failed, succeeded, key=lambda case: total(case.terms(site)).weight)

    def cases(self, site: str, signal: str) -> tuple[FailureCase, ...]:
        """Every case of one failure: executions fail, or those that may succeed nevertheless do."""
        failed = FailureCase(self, site, signal)
        executions = {name for name in self._ended_by(failed) if failed.may_succeed(name)}
        return (failed, FailureCase(self, site, signal, executions)) if executions else (failed,)

    def _ended_by(self, failed: FailureCase) -> set[str]:
        """The executions that fail in a case."""
        return {name for name in failed.failing if name != failed.site and self.flow.is_execution(name)}

    def every_course(self, container: str, failing: Mapping[str, str]) -> EveryStep | None:
        """What each step of a container takes part in, where all are told at once; that of the last case is kept."""
        key = (container, frozenset(failing.items()))
        if self._every is None or self._every[0] != key:
            self._every = (key, every_course(self.inner, container, failing))
        return self._every[1]

    @property
    def effort(self) -> int:
        """Sites looked at to count all this."""
        return len(self.members) + self._spread.followed

    @cached_property
    def may_fail(self) -> frozenset[str]:
        """Containers here that can fail although every step works."""
        return self.flow.may_fail & self.inside

    def before(self, site: str, failing: Iterable[str]) -> set[str]:
        """Every site on a way to `site`, which is not among them itself, that may follow one of `failing`."""
        earliest = min(self._position[name] for name in failing)
        seen, stack = {site}, [site]
        while stack:
            for hop in self._incoming[stack.pop()]:
                if hop.source not in seen and self._position[hop.source] >= earliest:
                    seen.add(hop.source)
                    stack.append(hop.source)
        return seen - {site}

    def ordinary_runs(self, site: str) -> Count:
        """Runs when nothing fails: none where only a failure leads."""
        return self.runs(site) if site in self.ordinary else NONE

    @cached_property
    def reaching(self) -> Mapping[str, int]:
        """By site: the bits of the guarded hops on ways to it."""
        return reaching(self.members, self._incoming, self.flow.ways.telling)

    def _own(self, site: str) -> Count:
        return ONE if site == self.entry else NONE

    def _into(self, site: str) -> list[Hop]:
        """Nothing where the event comes to copies of the site only."""
        return self._incoming.get(site, [])

    @cached_property
    def single(self) -> Mapping[str, str]:
        """By site that all events come to by one plain hop: its sender."""
        return {
            site: into[0].source
            for site, into in self._incoming.items()
            if len(into) == 1 and site != self.entry and self._plain(into[0])
        }

    @cached_property
    def summed(self) -> Mapping[str, SumOverSenders]:
        """By site that all events come to by several plain hops: what their senders send when nothing fails."""
        return {
            site: SumOverSenders.of([(hop.source, self.ordinary_runs(hop.source)) for hop in into])
            for site, into in self._incoming.items()
            if len(into) > 1 and site in self.ordinary and site != self.entry and all(map(self._plain, into))
        }

    def _plain(self, hop: Hop) -> bool:
        """Whether as many events come over a hop as its sender runs, whatever fails behind it."""
        sites = self.flow.sites
        into_step = sites[hop.source].inside is not None or sites[hop.target].inside == hop.source
        return self._each_run(hop) and not into_step

    @cached_property
    def entered(self) -> Mapping[str, tuple[str, Hop]]:
        """By step that nothing but its container leads to, by one hop: the outermost container, and the hop."""
        sites = self.flow.sites
        return {
            site: (self.flow.container(site), into[0])
            for site, into in self._incoming.items()
            if len(into) == 1 and sites[site].inside == into[0].source and site != self.entry
        }

    @cached_property
    def calling(self) -> Mapping[str, str]:
        """By site that one plain hop of one step alone leads to: the step, which runs as often while it works."""
        sites = self.flow.sites
        return {
            site: into[0].source
            for site, into in self._incoming.items()
            if len(into) == 1 and self._each_run(into[0]) and sites[site].inside is None
            if sites[into[0].source].inside is not None and site != self.entry
        }

    def _each_run(self, hop: Hop) -> bool:
        """Whether a run of the sender sends one event over a hop, whatever fails."""
        alone = self.flow.sites[hop.source].plan is None
        return alone and hop.when is When.ALWAYS and hop.after is None and hop.copies == 1 and not hop.skipped

    def _reached_without_failure(self) -> set[str]:
        reached = {self.entry}
        for site in self.members:
            if any(hop.when is When.ALWAYS and hop.source in reached for hop in self._into(site)):
                reached.add(site)
        return reached

    def _reached_one_way(self) -> set[str]:
        """Sites that a single chain of ordinary hops leads to: nothing can mix on it."""
        reached: set[str] = set()
        for site in self.members:
            into = self._incoming[site]
            if not into or (len(into) == 1 and into[0].when is When.ALWAYS and into[0].source in reached):
                reached.add(site)
        return reached

    def needs_own_count(self, site: str, signal: str) -> bool:
        """Whether the one-pass figure would mix cases, so that the site is counted on its own."""
        if site in self._one_way or site not in self.ordinary or site == self.entry:
            return False
        if (site, signal) not in self._separate:
            self._separate[site, signal] = self._mixes_cases(site, signal)
        return self._separate[site, signal]

    def _mixes_cases(self, site: str, signal: str) -> bool:
        failing, carried = self._spread.of(site, signal)
        failed = {*failing, *(hop.source for hop in self.flow.caught(failing) if hop.source in self.inside)}
        if any(self.needs_own_count(name, each) for name in failing if name != site for each in failing[name]):
            return True
        if self.flow.skipped(failing):
            return True
        earliest = min(self._position[name] for name in failed)
        for name in failing:
            for hop in self._into(name):
                source = hop.source
                if hop.when is When.EXHAUSTED and source in failing:
                    continue
                if hop.when is not When.ALWAYS or source not in self.ordinary:
                    return True
                if hop in carried or self._position[source] < earliest:
                    continue
                if source in failing or self._follows(source, failed, earliest):
                    return True
        return False

    def _follows(self, site: str, failed: Collection[str], earliest: int) -> bool:
        seen, stack = {site}, [site]
        while stack:
            for hop in self._into(stack.pop()):
                if hop.source in failed:
                    return True
                if hop.source not in seen and self._position[hop.source] > earliest:
                    seen.add(hop.source)
                    stack.append(hop.source)
        return False

    def failing(
        self,
        site: str,
        signal: str,
        succeeding: Collection[str] = (),
        beside: Mapping[str, str] = NOTHING_BESIDE,
    ) -> dict[str, set[str]]:
        """Sites that fail because `site` fails with `signal`, and others `beside` it, these included, with the signals
        that they show.
        """
        return self._spread.of(site, signal, succeeding, beside)[0]


class SumOverSenders(Struct, frozen=True):
    """What many senders send together, so that it is not added up anew where one of them sends something else."""

    number: Mapping[str, int]
    """By sender."""
    before: Sequence[Count]
    """By number: what those before it send."""
    behind: Sequence[Count]
    """By number: what those behind it send."""

    @classmethod
    def of(cls, sent: Sequence[tuple[str, Count]]) -> SumOverSenders:
        """The sum over some senders, each with what it sends."""
        counts = [count for _, count in sent]
        before = list(accumulate(counts, initial=NONE))
        behind = list(accumulate(reversed(counts), initial=NONE))[-2::-1]
        return cls({sender: number for number, (sender, _) in enumerate(sent)}, before, behind)

    def with_one(self, other: Mapping[str, Count]) -> Count | None:
        """The sum where `other` holds what some send instead; None where it holds several of them.

        >>> sent = SumOverSenders.of([("a", Count(2)), ("b", Count(3)), ("c", Count(4))])
        >>> sent.with_one({"b": Count(10), "x": Count(1)}).value
        16
        """
        changed = self.number.keys() & other.keys()
        if len(changed) > 1 or len(self.number) < len(self.behind):
            return None
        for sender in changed:
            number = self.number[sender]
            return self.before[number] + other[sender] + self.behind[number]
        return self.before[-1]


class _Memo(Struct, frozen=True):
    """The usual view: figures of earlier sites are known already."""

    entry: EntryAttempts
    site: str
    signal: str | None

    def base(self, source: str, shows: str | None) -> Count:
        return self.entry.runs(source) if shows is None else self.entry.attempts(source, shows)

    def quiet(self, source: str) -> Count:
        return self.entry.runs(source)

    def takes(self, hop: Hop) -> bool:
        ordinary = self.entry.ordinary
        if self.signal is None and self.site in ordinary:
            return hop.when is When.ALWAYS and hop.source in ordinary
        return True

    def courses(self, container: str, counted: Mapping[str, str | None]) -> Courses:
        return courses(self.entry.inner, container, counted)

    def runs_of(self, container: str, steps: Collection[str]) -> Mapping[str | None, Count]:
        return {end: course.count for end, course in self.courses(container, dict.fromkeys(steps)).items()}

    @property
    def nominal(self) -> bool:
        return self.signal is None


class FailureCase:
    """Exact runs of every site when all runs of `site` fail with `signal` and everything else works."""

    def __init__(
        self,
        entry: EntryAttempts,
        site: str,
        signal: str,
        succeeding: Collection[str] = (),
        beside: Mapping[str, str] = NOTHING_BESIDE,
    ) -> None:
        """`beside`: sites that fail as well, with their signals."""
        self._entry = entry
        self.site = site
        self.failing = entry.failing(site, signal, succeeding, beside)
        self._succeeding = succeeding
        self._failing_containers = {
            entry.flow.container(name) for name in self.failing if entry.flow.sites[name].inside is not None
        }
        self._counts: dict[str, Count] = {}
        self._terms: dict[str, list[Contribution]] = {}
        self._failing_steps = {
            name: max(signals)
            for name, signals in self.failing.items()
            if entry.flow.sites[name].inside is not None and entry.flow.sites[name].plan is None
        }
        self._courses: dict[_Asked, Courses] = {}
        self._every: dict[str, EveryStep | None] = {}
        self._amounts: dict[str, dict[StepRuns, Count]] = {}
        """By container and what parts its steps have: their runs."""
        self._only: dict[str, Mapping[str, Courses]] = {}
        answering = entry.flow.caught(self.failing) | entry.flow.skipped(self.failing)
        self._catching = {hop.source for hop in answering if hop.source in entry.inside}
        before = entry.before(site, (*self.failing, *self._catching, *entry.may_fail))
        self._before = sorted(before, key=entry.flow.order.__getitem__)
        for name in self._before:
            if entry.flow.sites[name].inside is None:  # no other figure rests on that of a step
                self._count(name)

    def terms(self, site: str) -> list[Contribution]:
        """The summands for `site`, whose senders must have been counted."""
        if site not in self._terms:
            self._terms[site] = self._worst_terms(site)
        return self._terms[site]

    def _worst_terms(self, site: str) -> list[Contribution]:
        signals: Sequence[str | None] = sorted(self.failing.get(site, ())) or [None]
        options = [contributions(self._entry.flow, self._entry._into(site), signal, self) for signal in signals]
        return options[0] if len(options) == 1 else max(options, key=lambda option: total(option).weight)

    def _count(self, site: str) -> Count:
        if site not in self._counts:
            self._counts[site] = self._entry._own(site) + self._arriving(site)
        return self._counts[site]

    def _arriving(self, site: str) -> Count:
        if site in self.failing:
            return total(self.terms(site))
        alone = self._entry.single.get(site)
        if alone is not None:
            return self._known(alone)
        summed = self._entry.summed.get(site)
        count = summed.with_one(self._counts) if summed is not None else None
        if count is not None:
            return count
        calling = self._entry.calling.get(site, site)
        entered = self._entry.entered.get(calling) if calling not in self.failing else None
        count = self._as_step(calling, *entered) if entered is not None else None
        if count is not None:
            return count
        return runs(self._entry.flow, self._entry._into(site), None, self)

    @property
    def flow(self) -> Flow:
        """The flow in which it fails."""
        return self._entry.flow

    def courses(self, container: str, counted: Mapping[str, str | None]) -> Courses:
        """A step and what it calls ask for the same courses."""
        key = (container, tuple(counted.items()))
        if key not in self._courses:
            found = self._known_courses(container, *next(iter(counted.items()))) if len(counted) == 1 else None
            others = {name: signal for name, signal in self._failing_steps.items() if name not in counted}
            self._courses[key] = courses(self._entry.inner, container, counted, others) if found is None else found
        return self._courses[key]

    def _known_courses(self, container: str, step: str, signal: str | None) -> Courses | None:
        """What was answered at once for every step that ends so in this case, if it was."""
        if signal not in self.failing.get(step, (None,)):
            return None
        every = self._parts(container)
        parts = every.parts.get(step) if every is not None else None
        if parts is not None and parts.own_end == signal:
            picks = {end: pick_of(self._entry.inner, container, step, part) for end, part in parts.by_end.items()}
            return {end: Course(pick.count, (pick,)) for end, pick in picks.items()}
        if every is not None or signal is not None:
            return None
        if container not in self._only:
            self._only[container] = only_course(self._entry.inner, container, self._failing_steps) or {}
        return self._only[container].get(step)

    def runs_of(self, container: str, steps: Collection[str]) -> Mapping[str | None, Count]:
        """Without walking for each of them, where all are told at once and none of them fails."""
        several = len(steps) > 1 and self._failing_steps.keys().isdisjoint(steps)
        every = self._parts(container) if several else None
        found = every.of_all(steps) if every is not None else None
        if found is not None:
            return found
        return {end: course.count for end, course in self.courses(container, dict.fromkeys(steps)).items()}

    def _parts(self, container: str) -> EveryStep | None:
        """What each step of a container takes part in, where all are told at once."""
        if container not in self._every:
            self._every[container] = self._entry.every_course(container, self._failing_steps)
        return self._every[container]

    def _as_step(self, site: str, container: str, hop: Hop) -> Count | None:
        """Runs of a step that works, where those of all are told at once."""
        every = self._parts(container)
        parts = every.parts.get(site) if every is not None else None
        if parts is None:
            return None
        amounts = self._amounts.setdefault(container, {})
        if parts not in amounts:
            each = (self.base(container, end) * part.count for end, part in parts.by_end.items())
            amounts[parts] = max(each, key=lambda count: count.weight, default=NONE)
        return amounts[parts] if self.takes(hop) else NONE

    def base(self, source: str, shows: str | None) -> Count:
        """Runs of `source` in this case; of an execution, if it ends so in this case."""
        execution = source != self.site and self._entry.flow.is_execution(source)
        otherwise = self._succeeding if shows is not None else self.failing
        return NONE if execution and source in otherwise else self._known(source)

    def quiet(self, source: str) -> Count:
        """Runs of `source` when nothing fails."""
        return self._entry.ordinary_runs(source)

    def _known(self, site: str) -> Count:
        """Runs of a site that was counted, or that the failure does not concern: those are the ordinary ones."""
        known = self._counts.get(site)
        return known if known is not None else self._entry.ordinary_runs(site)

    def takes(self, hop: Hop) -> bool:
        """Ordinary hops, and those on failure whose sender fails in this case; none that wait for what fails."""
        if (hop.after is not None and hop.after in self.failing) or self._entry.flow.skips(hop, self.failing):
            return False
        if hop.causes is not None and hop.source != self.site:
            return self._entry.flow.catches(hop, self.failing)
        if hop.when is When.ALWAYS or hop.source in self.failing:
            return True
        return self._entry.flow.container(hop.source) in self._failing_containers

    def may_succeed(self, execution: str) -> bool:
        """Whether an execution in which steps fail may end well for all that, as by a Catch."""
        flow = self._entry.inner
        steps = {name: end for name, end in self._failing_steps.items() if flow.container(name) == execution}
        return None in courses(flow, execution, {}, steps)

    @property
    def nominal(self) -> bool:
        """Something fails."""
        return False

    @cached_property
    def everywhere(self) -> Mapping[str, Count]:
        """Runs of every site that the failure may concern, those behind the failing ones included."""
        return {name: self._count(name) for name in self.concerned}

    def runs(self, site: str) -> Count | None:
        """Runs of one of them; None where the failure does not concern it."""
        return self._count(site) if self.concerns(site) else None

    def concerns(self, site: str) -> bool:
        """Whether the failure may concern a site."""
        return site in self._concerned

    @cached_property
    def healthy(self) -> Mapping[str, Count]:
        """The same of what works and does not fail itself."""
        flow = self._entry.flow
        found: dict[str, Count] = {}
        for name in self.concerned:  # senders first
            site = flow.sites[name]
            if name in self.failing:
                if site.inside is None:
                    self._count(name)
            elif site.works or name in flow.outgoing:
                count = self._count(name)
                if site.works:
                    found[name] = count
        return found

    @cached_property
    def _concerned(self) -> frozenset[str]:
        return frozenset(self.concerned)

    @cached_property
    def concerned(self) -> Sequence[str]:
        """In the order of events: what follows whatever fails, or may. Another reader of a queue gets no more of it."""
        entry, flow = self._entry, self._entry.flow
        concerned = {*self.failing, *self._catching, *entry.may_fail}
        stack = list(concerned)
        while stack:
            site = stack.pop()
            shared = site in self.failing and flow.sites[site].one_reader  # its messages come again, and are no more
            shared = shared and self._known(site) == entry.ordinary_runs(site)
            for hop in flow.out_of(site):
                if hop.target not in concerned and hop.target in entry.inside and not (shared and hop.awaits):
                    concerned.add(hop.target)
                    stack.append(hop.target)
        return (*self._before, *sorted(concerned.difference(self._before), key=flow.order.__getitem__))


def ordinary_runs(entry: EntryAttempts, hops: Sequence[Hop]) -> Count:
    """Events that come over `hops` when nothing fails."""
    return runs(entry.flow, hops, None, _Memo(entry, hops[0].target, None))


def _reached(flow: Flow, entry: str, off: int, within: Collection[str] | None) -> dict[str, list[Hop]]:
    """Every site that the event can come to, with the hops taken from there."""
    ways = flow.ways
    found: dict[str, list[Hop]] = {}
    stack = [entry]
    while stack:
        site = stack.pop()
        if site not in found:
            hops = ways.taken(site, off)
            found[site] = [hop for hop in hops if within is None or hop.target in within]
            stack.extend(hop.target for hop in found[site])
    return found
