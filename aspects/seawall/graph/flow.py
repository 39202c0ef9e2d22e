"""The flow of events: sites, the hops between them, and questions about both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from seawall.template import Worlds

from .guards import Option
from .images import ImageUse, RepositoryFound
from .model import (
    DeadLetterClock,
    Drop,
    FailureClass,
    Gap,
    Handling,
    Hop,
    IdleSetting,
    Plan,
    RefusedDeadLetters,
    RuledOut,
    SharedRole,
    Site,
    Tries,
    Watch,
    When,
    WrongStatement,
    class_of,
)
from .polling import Polling, SteadyRetrier
from .reach import reach
from .usage import Usage
from .waiting import ShortWait
from .ways import Asked, Ways


class Flow(Struct, frozen=True, dict=True):
    """Sites and hops of everything analysed together. Immutable; queries are cached."""

    sites: Mapping[str, Site]
    hops: tuple[Hop, ...]
    watches: tuple[Watch, ...] = ()
    unknown: tuple[Gap, ...] = ()
    idle: tuple[IdleSetting, ...] = ()
    drops: tuple[Drop, ...] = ()
    wrong: tuple[WrongStatement, ...] = ()
    pollings: tuple[Polling, ...] = ()
    steady: tuple[SteadyRetrier, ...] = ()
    side_by_side: Mapping[str, str] = field(default_factory=dict)
    """Containers that run several things at once, with how many, in words."""
    deduplicated: frozenset[str] = frozenset()
    """Sites that send each message under an id of their own."""
    dead_letters: tuple[DeadLetterClock, ...] = ()
    waits: tuple[ShortWait, ...] = ()
    """Senders that give up before the work that they wait for may end."""
    refused: tuple[RefusedDeadLetters, ...] = ()
    repositories: tuple[RepositoryFound, ...] = ()
    images: tuple[ImageUse, ...] = ()
    ruled_out: tuple[RuledOut, ...] = ()
    """Hops that were suggested and cannot be taken, and why."""
    usages: tuple[Usage, ...] = ()
    """What each run of a site uses, of those of which it is known."""
    handlings: tuple[Handling, ...] = ()
    """What functions do with their failures, of those whose code was read."""

    worlds: Worlds | None = None
    """What the templates leave open together, for the conditions in guards; None: nothing."""
    shared_roles: tuple[SharedRole, ...] = ()
    """Roles that let several call something, of which no call was followed for that alone."""

    instead: Mapping[Hop, Mapping[str, Tries]] = field(default_factory=dict)
    """In a what-if: tries that take the place of the hops' own."""

    copied_from: Mapping[str, str] = field(default_factory=dict)
    """Copies of a site, one for each kind of event that passes it, with the site that they are copies of."""
    originals: Mapping[Hop, Hop] = field(default_factory=dict)
    """Copies of a hop, with the hop that they are copies of."""
    asks: Mapping[Hop, Asked] = field(default_factory=dict)
    """What the pattern of a hop asks of the event, in the words of where the event came from."""

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Hop, ...]]:
        """Hops by sender."""
        return _by((hop.source, hop) for hop in self.hops)

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Hop, ...]]:
        """Hops by receiver."""
        return _by((hop.target, hop) for hop in self.hops)

    @cached_property
    def number(self) -> Mapping[Hop, int]:
        """Positions of the hops, in the order they were read."""
        return {hop: number for number, hop in enumerate(self.hops)}

    @cached_property
    def ways(self) -> Ways:
        """Which of its hops exclude one another."""
        return Ways(self)

    @cached_property
    def awaiting(self) -> Mapping[str, tuple[Hop, ...]]:
        """Hops whose sender waits for the outcome, by sender."""
        return _by((hop.source, hop) for hop in self.hops if hop.awaits)

    @cached_property
    def watched(self) -> frozenset[str]:
        """Sites whose failures an alarm or a rule sees."""
        return frozenset(watch.site for watch in self.watches)

    @cached_property
    def may_fail(self) -> frozenset[str]:
        """Containers that can fail although every step works, because one inside says so, at whatever depth."""
        found: set[str] = set()
        for site in self.sites.values():
            if site.plan is not None and any(step.fails for step in site.plan.steps.values()):
                name: str | None = site.id
                while name is not None and name not in found:
                    found.add(name)
                    name = self.sites[name].inside
        return frozenset(found)

    @cached_property
    def branches_of(self) -> Mapping[str, tuple[str, ...]]:
        """By step: the branches of its plan, named by their first steps, that can come to it."""
        found: dict[str, list[str]] = {}
        for plan in filter(None, (site.plan for site in self.sites.values())):
            for start in dict.fromkeys(plan.branches):
                for site in dict.fromkeys(plan.steps[step].site for step in _course(plan, start)):
                    found.setdefault(site, []).append(start)
        return {step: tuple(starts) for step, starts in found.items()}

    @cached_property
    def steps_before(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """By container and step of its plan: the steps after which it may come."""
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for container, site in self.sites.items():
            before: dict[str, list[str]] = {}
            for name, step in site.plan.steps.items() if site.plan is not None else ():
                for target in dict.fromkeys((*step.next, *chain.from_iterable(step.caught.values()))):
                    before.setdefault(target, []).append(name)
            if site.plan is not None:
                found[container] = {name: tuple(names) for name, names in before.items()}
        return found

    def steps_leading_to(self, container: str, steps: Iterable[str]) -> Collection[str]:
        """Steps of its plan that one of some may follow, themselves first."""
        before = self.steps_before[container]
        found = dict.fromkeys(steps)
        pending = list(found)
        while pending:
            for name in before.get(pending.pop(), ()):
                if name not in found:
                    found[name] = None
                    pending.append(name)
        return found

    def failing_before(self, step: str) -> tuple[str, ...]:
        """The steps by whose failure alone a course comes to one; itself where that is not so."""
        inside = self.sites[step].inside
        plan = self.sites[inside].plan if inside is not None else None
        if inside is None or plan is None or any(hop.when is not When.FAILURE for hop in self.into(step)):
            return (step,)
        found: dict[str, None] = {}
        seen = [name for name, each in plan.steps.items() if each.site == step]
        for name in seen:
            for before in self.steps_before[inside].get(name, ()):
                each = plan.steps[before]
                if any(name in targets for targets in each.caught.values()):
                    found[each.site] = None
                if name in each.next and before not in seen:
                    seen.append(before)
        return tuple(found) or (step,)

    @cached_property
    def memory(self) -> dict[object, Any]:
        """What others found out about its shape, by keys of their own."""
        return {}

    def remembered(self, what: str) -> dict[Any, Any]:
        """What others found out with its tries, to add to. Nothing is kept in a what-if, which has other tries."""
        return {} if self.instead else self.memory.setdefault(what, {})

    @cached_property
    def branches_chosen(self) -> Mapping[str, tuple[Option, ...]]:
        """By step: the choices that lead to it, where each leads there by one of its branches only."""
        plans = [site.plan for site in self.sites.values() if site.plan is not None]
        found = dict(chain.from_iterable(map(chosen, plans)))
        steps = (step for step, site in self.sites.items() if site.inside is not None)
        with_around = ((step, (*found.get(step, ()), *self._around(step, found))) for step in steps)
        return {step: options for step, options in with_around if options}

    def _around(self, step: str, found: Mapping[str, tuple[Option, ...]]) -> tuple[Option, ...]:
        """The choices that lead to the containers around a step."""
        options: tuple[Option, ...] = ()
        inside = self.sites[step].inside
        while inside is not None:
            options += found.get(inside, ())
            inside = self.sites[inside].inside
        return options

    @cached_property
    def may_fail_in(self) -> Mapping[str, frozenset[str]]:
        """By container: the branches in which a step can fail by itself."""
        found: dict[str, set[str]] = {}
        for name in self.may_fail:
            plan = self.sites[name].plan
            for step in plan.steps.values() if plan is not None else ():
                if step.fails or step.site in self.may_fail:
                    found.setdefault(name, set()).update(self.branches_of.get(step.site, ()))
        return {name: frozenset(starts) for name, starts in found.items()}

    @cached_property
    def caught_at(self) -> Mapping[str, tuple[Hop, ...]]:
        """By site: the hops that a sender takes, as its code says, where it waits for the site and that fails."""
        return _by((site, hop) for hop in self.hops for site in hop.causes or ())

    def caught(self, failing: Mapping[str, Iterable[str]]) -> set[Hop]:
        """The hops that code takes because one of some sites fails with a signal, whether its run fails or not."""
        return {hop for hop in self._told_at(self.caught_at, failing) if self.catches(hop, failing)}

    def skips(self, hop: Hop, failing: Mapping[str, Iterable[str]]) -> bool:
        """Whether code does not come to a hop because one of some sites fails with a signal."""
        return bool(hop.skipped) and self._among(hop.skipped, failing)

    @cached_property
    def skipped_at(self) -> Mapping[str, tuple[Hop, ...]]:
        """By site: the hops that code does not come to where it waits for the site and that fails."""
        return _by((site, hop) for hop in self.hops for site in hop.skipped)

    def skipped(self, failing: Mapping[str, Iterable[str]]) -> set[Hop]:
        """The hops that code does not come to because one of some sites fails with a signal."""
        return {hop for hop in self._told_at(self.skipped_at, failing) if self.skips(hop, failing)}

    def _told_at(self, hops: Mapping[str, tuple[Hop, ...]], failing: Iterable[str]) -> Iterator[Hop]:
        return (hop for site in failing for hop in hops.get(self.plain(site), ())) if hops else iter(())

    def catches(self, hop: Hop, failing: Mapping[str, Iterable[str]]) -> bool:
        """Whether code takes a hop because one of some sites fails with a signal, and it comes to wait for that."""
        if not hop.causes or not self._among(hop.causes, failing):
            return False
        if not self.skipped_at:
            return True
        asked = {site: each for site, each in hop.causes.items() if self._waits_for(hop.source, site, failing)}
        return self._among(asked, failing)

    def _waits_for(self, sender: str, site: str, failing: Mapping[str, Iterable[str]]) -> bool:
        """Whether code comes to wait for a site, though others fail."""
        waits = [hop for hop in self.out_of(sender) if hop.awaits and self.plain(hop.target) == site]
        return not waits or any(not self.skips(hop, failing) for hop in waits)

    def _among(self, sites: Mapping[str, Collection[FailureClass]], failing: Mapping[str, Iterable[str]]) -> bool:
        for site, classes in sites.items():
            for each in self.copies.get(site, (site,)) if self.copies else (site,):
                if any(class_of(signal) in classes for signal in failing.get(each, ())):
                    return True
        return False

    @cached_property
    def order(self) -> Mapping[str, int]:
        """Positions of the sites of an acyclic flow, senders before receivers."""
        return {site: number for number, site in enumerate(topological(self))}

    def tries_for(self, hop: Hop, signal: str) -> Tries:
        """Tries of a hop when the receiver fails with `signal`, or those that take their place in a what-if."""
        if self.instead and (original := self.originals.get(hop, hop)) in self.instead:
            return replace(hop, tries=self.instead[original]).tries_for(signal)
        return hop.tries_for(signal)

    def with_tries(self, changes: Mapping[Hop, Mapping[str, Tries]]) -> Flow:
        """The same flow where some hops have other tries; what was found out about its shape is shared."""
        changed = replace(self, instead=changes)
        vars(changed).update(vars(self))
        return changed

    def into(self, site: str) -> tuple[Hop, ...]:
        """Hops that end at `site`."""
        return self.incoming.get(site, ())

    def out_of(self, site: str) -> tuple[Hop, ...]:
        """Hops that start at `site`."""
        return self.outgoing.get(site, ())

    def ends_of(self, site: str) -> list[str]:
        """Where an event goes when its tries at `site` are spent."""
        return [hop.target for hop in self.out_of(site) if hop.when is When.EXHAUSTED]

    def container(self, site: str) -> str:
        """The outermost container of a step; any other site is its own."""
        while (inside := self.sites[site].inside) is not None:
            site = inside
        return site

    def is_execution(self, site: str) -> bool:
        """Whether a plan is run here that is no part of another."""
        return self.sites[site].plan is not None and self.sites[site].inside is None

    def without(self, hops: Iterable[Hop]) -> Flow:
        """The same flow lacking `hops`."""
        gone = set(hops)
        left = (hop for hop in self.hops if hop not in gone and self.originals.get(hop) not in gone)
        return replace(self, hops=tuple(left))

    def in_class(self, off: int) -> Flow:
        """The flow for what goes on inside of executions in one class of events: of several hops into one step, as one
        for each world, it lacks those whose bits are in `off`, unless they are all there are.
        """
        gone = frozenset(self.ways.hops(off & self._told_apart)) if off else frozenset[Hop]()
        gone = frozenset(hop for hop in gone if not gone.issuperset(self._entering(hop)))
        if not gone:
            return self
        known: dict[frozenset[Hop], Flow] = self.memory.setdefault("in classes of events", {})
        if gone not in known:
            left = tuple(hop for hop in self.hops if hop not in gone)
            known[gone] = replace(self, hops=left, instead={})
        return self._with_own_tries(known[gone])

    @property
    def to_the_end(self) -> Flow:
        """The flow in which code that sends in rounds sends in all of them, although it waits for one that fails."""
        if "to the end" not in self.memory:
            made = {hop: replace(hop, copies_failed={}) for hop in self.hops if hop.ends_run}
            self.memory["to the end"] = replace(
                self,
                hops=tuple(made.get(hop, hop) for hop in self.hops),
                originals={**self.originals, **{other: self.originals.get(hop, hop) for hop, other in made.items()}},
                asks={**self.asks, **{other: self.asks[hop] for hop, other in made.items() if hop in self.asks}},
                instead={},
            )
        return self._with_own_tries(self.memory["to the end"])

    def _with_own_tries(self, other: Flow) -> Flow:
        """Another flow of its hops, in the same what-if."""
        return other.with_tries(self.instead) if self.instead else other

    @cached_property
    def _told_apart(self) -> int:
        """Bits of the guarded hops into steps that their container leads to by several."""
        bits = 0
        for hop, bit in self.ways.bit.items():
            if self.sites[hop.target].inside == hop.source and len(self._entering(hop)) > 1:
                bits |= bit
        return bits

    def _entering(self, hop: Hop) -> list[Hop]:
        """The hops by which the sender of one leads to its receiver."""
        return [each for each in self.into(hop.target) if each.source == hop.source]

    @cached_property
    def behind_mixed(self) -> Collection[str]:
        """Sites that a plan leads to which holds the courses of several worlds."""
        mixed = [site.id for site in self.sites.values() if site.plan is not None and site.plan.mixed]
        return reach(mixed, self.outgoing) if mixed else ()

    def plain(self, site: str) -> str:
        """The site that `site` is a copy of, or itself."""
        return self.copied_from.get(site, site)

    @cached_property
    def copies(self) -> Mapping[str, tuple[str, ...]]:
        """By site: itself and its copies, where there are any."""
        found: dict[str, tuple[str, ...]] = {}
        for copy, site in self.copied_from.items():
            found[site] = (*found.get(site, (site,)), copy)
        return found

    def entries(self) -> tuple[str, ...]:
        """Sites that no hop leads to: where events come in from outside."""
        return tuple(site for site in self.sites if site not in self.incoming)


def chosen(plan: Plan) -> Iterator[tuple[str, tuple[Option, ...]]]:
    """Steps with the choices that lead to them by one branch only, in a plan that never comes back to the choice.

    Of several items, each chooses for itself, so that one event may take both ways.
    """
    if plan.items != 1:
        return
    found: dict[str, list[Option]] = {}
    for name, step in plan.steps.items():
        if not step.chooses or len(step.next) < 2:
            continue
        behind = {branch: _course(plan, branch) for branch in dict.fromkeys(step.next)}
        if any(name in steps for steps in behind.values()):
            continue
        sites = {branch: {plan.steps[each].site for each in steps} for branch, steps in behind.items()}
        ways = Counter(each for steps in sites.values() for each in steps)
        otherwise = {plan.steps[each].site for each in _course(plan, *plan.branches, without=name)}
        for branch, reached in sites.items():
            for each in sorted(reached):
                if ways[each] == 1 and each not in otherwise:
                    found.setdefault(each, []).append(Option(f"{name} (choice)", branch))
    yield from ((step, tuple(options)) for step, options in found.items())


def _course(plan: Plan, *starts: str, without: str = "") -> set[str]:
    """Every step that can come after one of `starts`, themselves included, but not by way of `without`."""
    seen, stack = {*starts} - {without}, [start for start in starts if start != without]
    while stack:
        step = plan.steps[stack.pop()]
        for after in chain(step.next, *step.caught.values()):
            if after not in seen and after != without:
                seen.add(after)
                stack.append(after)
    return seen


def _by(pairs: Iterable[tuple[str, Hop]]) -> Mapping[str, tuple[Hop, ...]]:
    found: dict[str, list[Hop]] = {}
    for key, hop in pairs:
        found.setdefault(key, []).append(hop)
    return {key: tuple(hops) for key, hops in found.items()}


def failing_with(flow: Flow, failing: Iterable[str]) -> list[str]:
    """Sites that wait for some, and so see them fail: themselves first; behind a hand-off nobody does."""
    found = dict.fromkeys(failing)
    waiting = list(found)
    while waiting:
        for hop in flow.into(waiting.pop()):
            if hop.awaits and hop.source not in found:
                found[hop.source] = None
                waiting.append(hop.source)
    return list(found)


def components(sites: Iterable[str], outgoing: Mapping[str, Sequence[Hop]]) -> Iterator[tuple[str, ...]]:
    """Strongly connected components, receivers before senders (Tarjan 1972, without recursion).

    A component of one site is a loop only if a hop leads from it to itself.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    for root in sites:
        if root in index:
            continue
        work: list[tuple[str, Iterator[Hop]]] = []
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        work.append((root, iter(outgoing.get(root, ()))))
        while work:
            site, hops = work[-1]
            for hop in hops:
                if hop.target not in index:
                    index[hop.target] = low[hop.target] = len(index)
                    stack.append(hop.target)
                    on_stack.add(hop.target)
                    work.append((hop.target, iter(outgoing.get(hop.target, ()))))
                    break
                if hop.target in on_stack:
                    low[site] = min(low[site], index[hop.target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[site])
                if low[site] == index[site]:
                    members: list[str] = []
                    while not members or members[-1] != site:
                        members.append(stack.pop())
                        on_stack.discard(members[-1])
                    yield tuple(reversed(members))


def topological(flow: Flow) -> tuple[str, ...]:
    """Sites of an acyclic flow, senders before receivers."""
    return tuple(site for part in components(flow.sites, flow.outgoing) for site in part)[::-1]
