"""Healthy sites that run again because another site fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import FailureClass, Flow, When, reach

from .attempts import EntryAttempts
from .count import NONE, Count
from .events import Attempts, EntryEvents
from .returned import all_but_one, queues_shared

MOST_CAUSES = 24
"""Failures that lead to a site which nothing else leads to, of which each is looked at."""
MOST_ALIKE = 20
"""Sites with the same figure that are named one by one."""


class Collateral(Struct, frozen=True):
    """A site that works, and how often it runs in all while another one fails."""

    site: str
    runs: Count
    event: EntryAttempts
    """What the event does that makes the figure."""
    at_most: bool = False
    """The figure is an upper bound."""


def fails_as(flow: Flow, site: str, failure: str) -> tuple[str, str]:
    """The site, and how it fails, that has the same collateral: the step that alone calls `site`, which sends nothing
    on. It fails as well, and nothing else depends on which of them did so first.
    """
    into = flow.into(site)
    if len(into) != 1 or flow.out_of(site) or flow.copies:
        return site, failure
    (hop,) = into
    shown = hop.shown(failure) if hop.awaits and hop.copies == 1 and hop not in flow.ways.bit else None
    called_by_a_step = flow.sites[hop.source].inside is not None and flow.sites[site].inside is None
    return (hop.source, shown) if called_by_a_step and shown and len(flow.out_of(hop.source)) == 1 else (site, failure)


def worst_collateral(attempts: Attempts, site: str, failure: str) -> tuple[Collateral, ...]:
    """The same over all entries and events: for each site that runs again the event that makes it run most often."""
    order = attempts.flow.order
    found = _worst([_of_entry(events, site, failure) for events in attempts.leading_to(site)])
    return tuple(sorted(found, key=lambda each: order[each.site]))


def named_collateral(found: Iterable[Collateral], most: int = MOST_ALIKE) -> tuple[tuple[Collateral, int], ...]:
    """For documents: of sites with the same figure the first ones, the last of which stands for so many more."""
    groups: dict[tuple[Count, bool], list[Collateral]] = {}
    for each in found:
        groups.setdefault((each.runs, each.at_most), []).append(each)
    named: list[tuple[Collateral, int]] = []
    for alike in groups.values():
        named += [(each, 0) for each in alike[: most - 1]]
        if len(alike) >= most:
            named.append((alike[most - 1], len(alike) - most))
    return tuple(named)


def _of_entry(events: EntryEvents, site: str, failure: str) -> Sequence[Collateral]:
    """Every hop taken by one event is an upper bound: where hops exclude one another, each class of events counts."""
    if _nothing_runs_again(events.all, site, failure):
        return ()
    counted, exact = events.classes_of(_concerned(events, site, failure))
    found = _worst([collateral(one, site, failure) for one in counted if site in one.inside])
    if len(counted) > 1:
        found = _worst([found, tuple(_by_two_readers(events, counted, site, failure))])
    return found if exact else tuple(replace(each, at_most=True) for each in found)


def _concerned(events: EntryEvents, site: str, failure: str) -> Iterator[str]:
    """The work that a failure may concern, itself included."""
    yield site
    yield from (name for name in events.all.case(site, failure).concerned if events.flow.sites[name].works)


def _by_two_readers(events: EntryEvents, counted: list[EntryAttempts], site: str, failure: str) -> Iterable[Collateral]:
    """At most, where a queue delivers to a reader that works after another one has failed."""
    for queue in queues_shared(events):
        failing = [one for one in counted if site in one.inside and queue in one.failing(site, failure)]
        working = [one for one in counted if one not in failing and queue in one.inside]
        receives = [events.flow.tries_for(hop, failure).total for hop in events.flow.out_of(queue) if hop.awaits]
        for one in failing if working else ():
            case = one.case(site, failure)
            names = {name for other in working for name in other.ordinary} - case.failing.keys() - {site}
            for name in sorted(name for name in names if events.flow.sites[name].works):
                after = max((other.ordinary_runs(name) for other in working), key=lambda count: count.weight)
                before = case.everywhere.get(name) or (one.ordinary_runs(name) if name in one.inside else NONE)
                runs = all_but_one(before, receives) + after
                if runs.value > max(after.value, 1):
                    yield Collateral(events.flow.plain(name), runs, one, at_most=True)


def _worst(found: Sequence[Sequence[Collateral]]) -> Sequence[Collateral]:
    """The worst of each site."""
    if len(found) == 1:
        return found[0]
    by_site: dict[str, Collateral] = {}
    for each in chain.from_iterable(found):
        known = by_site.get(each.site)
        if known is None or each.runs.weight > known.runs.weight:
            by_site[each.site] = each
    return tuple(by_site.values())


def collateral(entry: EntryAttempts, site: str, failure: str = FailureClass.ERROR) -> tuple[Collateral, ...]:
    """Sites that run more often than usual when every run of `site` fails with `failure`, in the order of events."""
    if _nothing_runs_again(entry, site, failure):
        return ()
    if site not in entry.ordinary:
        return tuple(_behind_a_catch(entry, site, failure))
    own = reach([site], entry.flow.outgoing) if entry.flow.sites[site].inside else {site}  # a state and what it calls
    found = [
        Collateral(name, runs, entry)
        for name, runs in entry.case(site, failure).healthy.items()
        if name not in own and runs.value > max(entry.ordinary_runs(name).value, 1)
    ]
    if not entry.flow.copied_from:
        return tuple(found)
    return tuple(_worst([(replace(each, site=entry.flow.plain(each.site)),) for each in found]))


def _behind_a_catch(entry: EntryAttempts, site: str, failure: str) -> Iterable[Collateral]:
    """What runs again because a site fails that only another failure leads to: more often than for that one alone."""
    flow, found = entry.flow, dict[str, Count]()
    steps = [name for name in entry.failing(site, failure) if flow.sites[name].inside and name not in entry.ordinary]
    causes = dict.fromkeys(cause for step in steps for cause in _caught_before(entry, step) if cause != site)
    for cause in islice(causes, MOST_CAUSES):
        alone, both = entry.case_of_cause(cause, failure), entry.case_beside(site, failure, {cause: failure})
        for name, runs in both.healthy.items():
            if name in steps or runs.value <= 1 or runs.weight <= found.get(name, NONE).weight:
                continue
            usual = alone.runs(name) or entry.ordinary_runs(name)
            if runs.value > usual.value:
                found[name] = runs
    for name in sorted(found, key=flow.order.__getitem__):
        yield Collateral(flow.plain(name), found[name], entry, at_most=len(causes) > MOST_CAUSES)


def _caught_before(entry: EntryAttempts, step: str) -> Iterator[str]:
    """The work whose caught failure leads to a step, or to a container around it, nearest first: not beyond what an
    event comes to although nothing fails.
    """
    flow = entry.flow
    inside = flow.sites[step].inside
    plan = flow.sites[inside].plan if inside is not None else None
    if inside is None or plan is None:
        return
    seen = {name for name, each in plan.steps.items() if each.site == step}
    pending = list(seen)
    while pending:
        target = pending.pop()
        for name in flow.steps_before[inside].get(target, ()):
            before = plan.steps[name]
            if target not in before.next:
                yield from _work_in(entry, before.site)
            if name not in seen and before.site not in entry.ordinary:
                seen.add(name)
                pending.append(name)
    if inside not in entry.ordinary:
        yield from _caught_before(entry, inside)


def _work_in(entry: EntryAttempts, step: str) -> Iterator[str]:
    """What may fail in a step: what it calls, or itself, or all of that in the steps of a container."""
    flow = entry.flow
    plan = flow.sites[step].plan
    if plan is not None:
        for name in dict.fromkeys(each.site for each in plan.steps.values() if each.site in entry.inside):
            yield from _work_in(entry, name)
        return
    called = [hop.target for hop in flow.awaiting.get(step, ()) if flow.sites[hop.target].works]
    yield from (name for name in called or [step] if name in entry.inside)


def _nothing_runs_again(entry: EntryAttempts, site: str, failure: str) -> bool:
    """Whether `site` runs once and nobody sees it fail."""
    failing = entry.failing(site, failure)
    alone = len(failing) == 1 and entry.attempts(site, failure).value <= 1 and not entry.flow.caught(failing)
    return alone and all(hop.when is When.ALWAYS for hop in entry.flow.out_of(site))
