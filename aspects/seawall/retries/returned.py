"""How many events come back to the start of a loop when a sender or what it waits for fails, all senders together.

A site that fails is run again, and so is whoever waits for it. Each of these runs may send events on, or back: what
returns is the sum over everything that sends in this one case, and the worst case counts. Behind a hand-off counting
starts again (rule 1 of the model), in a loop as elsewhere: a site that fails after it has handed its event on, and
that no sender waits for, is a case of its own and does not multiply what comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from math import ceil

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import Evidence, FailureClass, Flow, Hop, When, reach

from .attempts import EntryAttempts, FailureCase, ordinary_runs
from .contributions import total_over
from .count import NONE, ONE, Count, of_copies
from .events import EntryEvents

MOST_CASES = 24
"""Sites whose failure is looked at, those that run most often first. Where another one could bring more back, the gain
is a least one.
"""

MOST_SENT = 12
"""Hops of one sender up to which its branches are told apart; beyond it all of them count."""


class _Returned(Struct, frozen=True):
    """What returns of one event while one site fails."""

    site: str
    count: Count
    failing: frozenset[str]


def worst_gain(one_lap: EntryEvents, hops: Sequence[Hop], failure: FailureClass) -> tuple[Count, int]:
    """Events that return over `hops` at most, for the worst event, over the sites that may fail; and more than what
    returns when one fails that was not looked at.
    """
    among = reach((hop.source for hop in hops), one_lap.flow.awaiting)
    working = (site for site in one_lap.all.members if site in among and one_lap.flow.sites[site].works)
    events, _ = one_lap.classes_of({*working, *(hop.source for hop in hops)})
    likeliest = {one: _likeliest(one, failure, among) for one in events}
    sites = dict.fromkeys(site for names in likeliest.values() for site in names[:MOST_CASES])
    found = [each for one in events for each in _of_event(one, hops, failure, sites)]
    queues = queues_shared(one_lap) if len(events) > 1 else ()
    ends_early = bool(queues) and one_lap.flow.ways.ends_early
    mixing = _to_the_end(one_lap, hops, failure, sites) if ends_early else found
    mixed = (_by_two_readers(mixing, one_lap.flow, queue, failure, ends_early) for queue in queues)
    worst = _worst([*(each.count for each in found), *mixed, NONE])
    left = (_bound(one, hops, failure, names[MOST_CASES:]) for one, names in likeliest.items())
    return worst, max(left, default=0)


def _bound(one: EntryAttempts, hops: Sequence[Hop], failure: FailureClass, sites: Sequence[str]) -> int:
    """More than what returns when any of some sites fails: all that may be sent, once for each run of the site."""
    if not sites:
        return 0
    sent = sum(one.runs(hop.source).value * hop.copies for hop in hops if hop.source in one.inside)
    return one.attempts(sites[0], failure).value * sent


def queues_shared(one_lap: EntryEvents) -> Iterable[str]:
    """Queues with several readers."""
    sites = one_lap.flow.sites
    names = (attribute.name for attribute in one_lap.flow.ways.attributes)
    return [name for name in names if name in one_lap.inside and name in sites and sites[name].one_reader]


def _to_the_end(
    one_lap: EntryEvents, hops: Sequence[Hop], failure: FailureClass, sites: Iterable[str]
) -> list[_Returned]:
    """The same where code sends in all of its rounds: the other reader works, so that no failure ends them."""
    events = one_lap.to_the_end
    of_flow = {original: hop for hop, original in events.flow.originals.items()}
    sent = [of_flow.get(one_lap.flow.originals.get(hop, hop), hop) for hop in hops]
    working = {each for each in sites if one_lap.flow.sites[each].works}
    counted, _ = events.classes_of({*working, *(hop.source for hop in sent)})
    return [each for one in counted for each in _of_event(one, sent, failure, sites)]


def _by_two_readers(
    found: Iterable[_Returned], flow: Flow, queue: str, failure: FailureClass, ends_early: bool = False
) -> Count:
    """At most, where one reader fails and another one works, to which the queue delivers at its last receive;
    `ends_early`: or all of whose receives fail, of one event beside another one.
    """
    most: dict[str, dict[bool, Count]] = {}
    for each in found:
        by_fate = most.setdefault(each.site, {})
        fails = queue in each.failing
        by_fate[fails] = _worst([by_fate.get(fails, NONE), each.count])
    receives = [flow.tries_for(hop, failure).total for hop in flow.out_of(queue) if hop.awaits]
    both = [by_fate for site, by_fate in most.items() if site and (len(by_fate) > 1 or ends_early)]
    if ends_early:
        return _worst([NONE, *(sum(by_fate.values(), NONE) for by_fate in both)])
    return _worst([NONE, *(all_but_one(by_fate[True], receives) + by_fate[False] for by_fate in both)])


def all_but_one(count: Count, receives: Iterable[int | None]) -> Count:
    """The share of all receives but one."""
    counted = [number for number in receives if number is not None]
    if not count.exact or not counted:
        return count
    return replace(count, value=ceil(count.value * (max(counted) - 1) / max(counted)))


def _of_event(
    one: EntryAttempts, hops: Sequence[Hop], failure: FailureClass, sites: Iterable[str]
) -> Iterator[_Returned]:
    bit = one.flow.ways.bit
    taken = [hop for hop in hops if hop.source in one.inside and not bit.get(hop, 0) & one.off]
    if not taken:
        return
    usual = _in_any_case(one, taken)
    yield _Returned("", usual, frozenset())
    for site in sites:
        failing = one.failing(site, failure) if site in one.inside else {}
        once = len(failing) == 1 and one.attempts(site, failure) == ONE
        once = once and not any(one.flow.catches(hop, failing) for hop in taken)
        if site not in one.inside or (once and not any(hop.source == site for hop in taken)):
            yield _Returned(site, usual, frozenset())
            continue
        ending = [hop for hop in taken if hop.source == site and _ends_well(hop, failure)]
        instead = _instead(one, site, ending, taken)
        for case in one.cases(site, failure):
            found = _in_case(case, [hop for hop in taken if hop not in ending], failure)
            yield _Returned(site, _worst([usual, found, instead]), frozenset(case.failing))


def _instead(one: EntryAttempts, site: str, ending: Sequence[Hop], hops: Sequence[Hop]) -> Count:
    """What returns where code sends instead of failing: its messages beside those that come in any case, but for the
    steps of a machine that exclude the one which calls it.
    """
    if not ending:
        return NONE
    runs = one.ordinary_runs(site)
    sent = sent_together(ending, lambda _: runs)
    calls = [hop for hop in one.flow.into(site) if one.flow.sites[hop.source].inside is not None]
    if sent == runs and calls and len(calls) == len(one.flow.into(site)):
        return _in_any_case(one, [*hops, *(hop for hop in calls if hop.source in one.inside)])
    return sent + _in_any_case(one, hops)


def _ends_well(hop: Hop, failure: FailureClass) -> bool:
    """Whether code sends instead of failing, as read or stated, so that nobody runs it again."""
    return hop.fails_after is False and failure is FailureClass.ERROR


def _likeliest(one: EntryAttempts, failure: FailureClass, among: Collection[str]) -> list[str]:
    """Sites of `among` at which work may fail, those that run most often then first."""
    sites = one.flow.sites
    working = [name for name in one.members if name in among and sites[name].works and sites[name].plan is None]
    return sorted(working, key=lambda name: one.attempts(name, failure).weight, reverse=True)


def _in_any_case(one: EntryAttempts, hops: Sequence[Hop]) -> Count:
    """What returns although nothing fails."""
    always = [hop for hop in hops if hop.when is When.ALWAYS]
    guessed = {(hop.source, hop.target): hop for hop in always if hop.evidence < Evidence.READ}
    taken = [hop for hop in always if hop.evidence >= Evidence.READ or guessed[hop.source, hop.target] is hop]
    return _worst(ordinary_runs(one, way) if way else NONE for way in _ways(taken))


def _in_case(case: FailureCase, hops: Sequence[Hop], failure: FailureClass) -> Count:
    declared = [hop for hop in hops if hop.when is When.ALWAYS and hop.evidence is Evidence.DECLARED]
    by_code = [hop for hop in hops if hop not in declared]
    senders = dict.fromkeys(hop.source for hop in by_code)
    found = (
        sent_together([hop for hop in by_code if hop.source == sender], lambda hop: _sent(case, hop, failure))
        for sender in senders
    )
    return sum(found, total_over(case, declared))


def sent_together(hops: Iterable[Hop], runs: Callable[[Hop], Count]) -> Count:
    """What one sender sends, where it sends over each hop in so many runs: to those behind a counter in its code, or
    else to those that the code sends to under a condition, which is the other side of it. Hops that are only inferred
    may be one and the same: they count once for each place. Of branches that exclude each other the worst counts.
    """
    return _worst(_sent_in_one_way(taken, runs) for taken in _ways(list(hops)))


def _sent_in_one_way(hops: Iterable[Hop], runs: Callable[[Hop], Count]) -> Count:
    by_side: dict[str, dict[tuple[str, Hop | None], Count]] = {}
    for hop in hops:
        side = "counted" if hop.laps is not None and hop.stated is None else "else" if hop.conditional else "always"
        by_target = by_side.setdefault(side, {})
        key = (hop.target, hop if hop.evidence is Evidence.READ else None)
        by_target[key] = _worst([by_target.get(key, NONE), runs(hop) * of_copies(hop.copies)])
    sums = {side: sum(by_target.values(), NONE) for side, by_target in by_side.items()}
    return sums.get("always", NONE) + _worst([sums.get("counted", NONE), sums.get("else", NONE)])


def _ways(hops: list[Hop]) -> Iterator[list[Hop]]:
    """The hops that can be taken together, of code whose branches exclude each other: for each way through them."""
    choices: dict[str, set[str]] = {}
    for option in (option for hop in hops for option in hop.guard.options):
        choices.setdefault(option.scope, set()).add(option.choice)
    scope = next((scope for scope, several in choices.items() if len(several) > 1), None)
    if scope is None or len(hops) > MOST_SENT:
        yield hops
        return
    for choice in sorted(choices[scope]):
        taken = (all(each.scope != scope or each.choice == choice for each in hop.guard.options) for hop in hops)
        yield from _ways([hop for hop, on in zip(hops, taken, strict=True) if on])


def _sent(case: FailureCase, hop: Hop, failure: FailureClass) -> Count:
    """Runs in which code sends: each of them, or only those that fail."""
    fails = hop.source in case.failing or case.flow.catches(hop, case.failing)
    if (hop.when is not When.ALWAYS or hop.skipped) and not case.takes(hop):
        return NONE
    if fails and _ends_well(hop, failure):
        return case.quiet(hop.source)
    if hop.evidence is Evidence.READ and failure is FailureClass.THROTTLE and hop.source == case.site:
        return NONE  # the code that sends did not run
    runs = case.everywhere.get(hop.source)
    return case.quiet(hop.source) if runs is None else runs


def _worst(counts: Iterable[Count]) -> Count:
    return max(counts, key=lambda count: count.weight)
