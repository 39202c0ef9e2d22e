"""What one event does at worst, against an enumeration of kinds of events, worlds, choices, readers and deliveries.

Sites either pass events on or work and send a new one of any kind. Hops ask for a kind, exist in one world, exclude
each other, are awaited or not, or lead on when everything else is spent. Nothing of the engine is used to play them.
`make oracle` plays 10,000 of them.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import CLASSES, Evidence, FailureClass, Flow, Hop, Place, Site, Tries, When, reach
from seawall.graph.guards import Guard, Option
from seawall.graph.patterns import Field, Text
from seawall.graph.unfolding import unfolded
from seawall.retries import analyse
from seawall.retries.collateral import worst_collateral
from seawall.retries.events import Attempts, EntryEvents
from seawall.retries.loops import find_loops
from seawall.template import Address

EXAMPLES = int(os.environ.get("ORACLE_EXAMPLES", "40"))
ORACLE = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
PLACE = Place(Address("t", "R"))
ERROR = FailureClass.ERROR
KINDS = ("a", "b", "c", "other")
MOST_PLAYS = 3_000


class Played(Struct, frozen=True):
    """One way for all to be: by origin the kind of its event, the world, by site the hops that are chosen of it."""

    kinds: Mapping[str, str]
    world: Mapping[str, bool]
    chosen: Mapping[str, Sequence[Hop]]


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    size = draw(st.integers(3, 7))
    names = [f"s{number}" for number in range(size)]
    does = {name: draw(st.sampled_from(["pass", "pass", "work", "queue", "choice"])) for name in names}
    receives = {name: draw(st.integers(1, 3)) for name in names}
    hops: list[Hop] = []
    for target in range(1, size):
        for number in draw(st.lists(st.integers(0, target - 1), min_size=1, max_size=3)):
            source = names[number]
            if does[source] == "queue":
                dead = draw(st.integers(0, 3)) == 0
                hop = Hop(source, names[target], "hop", not dead, PLACE, When.EXHAUSTED if dead else When.ALWAYS)
                hops.append(replace(hop, tries={} if dead else dict.fromkeys(CLASSES, Tries(receives[source]))))
                continue
            awaits = does[source] == "work" and draw(st.booleans())
            hop = Hop(source, names[target], "hop", awaits, PLACE)
            if awaits:
                hop = replace(hop, tries=dict.fromkeys(CLASSES, Tries(draw(st.integers(1, 2)))))
            if does[source] in ("work", "choice"):
                number = draw(st.sampled_from([1, 1, 1, 2, 3]))
                fewer = {ERROR: draw(st.integers(1, number))} if draw(st.booleans()) else {}
                hop = replace(hop, copies=number, copies_failed=fewer)
            hops.append(replace(hop, guard=draw(guards(source, len(hops), choice=does[source] == "choice"))))
    read = {hop.source for hop in hops if hop.awaits}
    hops = [hop for hop in hops if hop.when is When.ALWAYS or hop.source in read]
    sites = {
        name: Site(name, "site", works=does[name] in ("work", "choice"), one_reader=does[name] == "queue")
        for name in names
    }
    return Flow(sites, tuple(hops))


@st.composite
def guards(draw: st.DrawFn, source: str, number: int, *, choice: bool) -> Guard:
    """A choice excludes its branches; others may ask for kinds and exist in one world."""
    if choice:
        return Guard(options=(Option(source, f"{number}"),))
    asked = draw(st.sampled_from([(), (), ("a",), ("b",), ("c",), ("a", "b"), ("b", "c")]))
    side = draw(st.sampled_from([{}, {}, {}, {"P": True}, {"P": False}, {"R": True}]))
    return Guard(asks(*asked) if asked else None, world=side)


def asks(*kinds: str) -> Field:
    return Field(("kind",), tuple(Text((kind,)) for kind in kinds))


def asked_of(hop: Hop) -> Sequence[str]:
    pattern = hop.guard.pattern
    if not isinstance(pattern, Field):
        return KINDS
    return [test.parts[0] for test in pattern.tests if isinstance(test, Text)]


def origins(found: Flow) -> list[str]:
    """What makes an event whose kind matters: the entry, and every hop on which work sends a new one."""
    names = [] if found.sites["s0"].works else ["s0"]
    return names + [
        name for hop in found.hops if (name := made_on(found, hop)) is not None and _asks(found, hop, set())
    ]


def made_on(found: Flow, hop: Hop) -> str | None:
    return f"{hop.source}>{found.hops.index(hop)}" if found.sites[hop.source].works else None


def _asks(found: Flow, hop: Hop, seen: set[str]) -> bool:
    if hop.guard.pattern is not None:
        return True
    if found.sites[hop.target].works or hop.target in seen:
        return False
    seen.add(hop.target)
    return any(_asks(found, each, seen) for each in found.out_of(hop.target))


def plays(found: Flow) -> Iterator[Played]:
    names = origins(found)
    keys = sorted({key for hop in found.hops for key in hop.guard.world})
    options: dict[str, list[Sequence[Hop]]] = {}
    for name, site in found.sites.items():
        readers = [hop for hop in found.out_of(name) if hop.awaits]
        if site.one_reader and readers:
            options[name] = list(product(readers, repeat=readers[0].tries_for(ERROR).total or 1))
        elif any(hop.guard.options for hop in found.out_of(name)):
            options[name] = [(hop,) for hop in found.out_of(name)]
    for kinds in product(KINDS, repeat=len(names)):
        for sides in product((True, False), repeat=len(keys)):
            for chosen in product(*options.values()):
                yield Played(
                    dict(zip(names, kinds, strict=True)),
                    dict(zip(keys, sides, strict=True)),
                    dict(zip(options, chosen, strict=True)),
                )


def size(found: Flow) -> int:
    most: int = len(KINDS) ** len(origins(found))
    for name, site in found.sites.items():
        readers = [hop for hop in found.out_of(name) if hop.awaits]
        if site.one_reader and readers:
            most *= len(readers) ** (readers[0].tries_for(ERROR).total or 1)
        elif any(hop.guard.options for hop in found.out_of(name)):
            most *= len(found.out_of(name))
    return most * len({key for hop in found.hops for key in hop.guard.world} | {""}) ** 2


def play(found: Flow, failing: str, how: Played, failed: set[str] | None = None) -> Counter[str]:
    """Runs of every site if `failing` fails on every run and everything else works; `failed` learns what fails."""
    counted: Counter[str] = Counter()
    waiting = deque([("s0", "s0")])

    def taken(hop: Hop, origin: str) -> bool:
        world = all(how.world[key] is side for key, side in hop.guard.world.items())
        return world and (hop.guard.pattern is None or how.kinds[origin] in asked_of(hop))

    def deliver(site: str, origin: str) -> bool:
        counted[site] += 1
        works = site != failing
        hops = found.out_of(site)
        if found.sites[site].one_reader:
            works &= site not in how.chosen or any(deliver(hop.target, origin) for hop in how.chosen[site])
        else:
            for hop in how.chosen.get(site, hops):
                event = made_on(found, hop) or origin
                if not taken(hop, event):
                    continue
                if not hop.awaits:
                    waiting.extend([(hop.target, event)] * hop.copies)
                    continue
                failures = 0
                for _ in range(hop.copies):
                    if not any(deliver(hop.target, event) for _ in range(hop.tries_for(ERROR).total or 1)):
                        works = False
                        failures += 1
                        if failures >= hop.copies_failed.get(ERROR, hop.copies):
                            break  # the code ends there, or has no further lap
        if not works:
            waiting.extend((hop.target, origin) for hop in hops if hop.when is When.EXHAUSTED)
            if failed is not None:
                failed.add(site)
        return works

    while waiting:
        deliver(*waiting.popleft())
    return counted


def most(found: Flow, site: str) -> int:
    return max(play(found, site, how)[site] for how in plays(found))


@ORACLE
@given(flows())
def test_no_event_runs_a_site_more_often_than_said(found: Flow) -> None:
    """Equal, or "at most" and never below."""
    assume(size(found) <= MOST_PLAYS)
    events = EntryEvents(unfolded(found)[0], "s0")
    for site in found.sites:
        played = most(found, site)
        if site not in events.inside:
            assert played == 0, site
            continue
        figure = events.attempts(site, ERROR).value
        assert figure >= played, site
        if events.exact(site, ERROR) and ordinary(events, site):
            assert figure == played, site


def ordinary(events: EntryEvents, site: str) -> bool:
    """Whether the worst event comes to a site although nothing else fails."""
    counted = events.worst(site, ERROR)[1]
    return any(copy in counted.ordinary for copy in counted.copies(site))


@ORACLE
@given(flows())
def test_no_healthy_site_runs_again_more_often_than_said(found: Flow) -> None:
    """Of the sites that the failure makes fail in no case, in the event and world that are worst for each."""
    assume(size(found) <= MOST_PLAYS)
    attempts = Attempts(unfolded(found)[0], ["s0"])
    for failing, site in found.sites.items():
        if not site.works or failing not in attempts.entries[0].inside:
            continue
        said = {each.site: each for each in worst_collateral(attempts, failing, ERROR)}
        for name, runs in again(found, failing).items():
            assert name in said, (failing, name)
            assert said[name].runs.value >= runs, (failing, name)
            played = [play(found, failing, how) for how in plays(found)]
            most_of_all = max(each[name] for each in played)
            exact = not said[name].at_most and all(each[queue] <= 1 for each in played for queue in shared(found))
            assert not exact or said[name].runs.value <= most_of_all, (failing, name)


def shared(found: Flow) -> list[str]:
    """Queues with several readers. Of two messages each has its own, which the plays do not tell apart; it matters only
    where somebody waits for a queue, as nobody does on AWS.
    """
    return [name for name, site in found.sites.items() if site.one_reader and len(readers(found, name)) > 1]


def readers(found: Flow, queue: str) -> list[Hop]:
    return [hop for hop in found.out_of(queue) if hop.awaits]


def again(found: Flow, failing: str) -> Counter[str]:
    """Most runs of sites that an event comes to in any case, where these are more than when nothing fails, whoever
    reads.
    """
    usual: dict[str, Counter[str]] = {}
    for how in plays(found):
        usual[_event(found, how)] = usual.get(_event(found, how), Counter()) | play(found, "nobody", how)
    most: Counter[str] = Counter()
    failed: set[str] = set()
    for how in plays(found):
        most_before, before = usual[_event(found, how)], play(found, "nobody", how)
        for name, number in play(found, failing, how, failed).items():
            again = number > max(most_before[name], 1) and found.sites[name].works
            if again and before[name] and before[failing]:
                most[name] = max(most[name], number)
    return Counter({name: number for name, number in most.items() if name not in failed})


def _event(found: Flow, how: Played) -> str:
    chosen = {site: hops for site, hops in how.chosen.items() if not found.sites[site].one_reader}
    return repr(
        (how.kinds, how.world, {site: [found.hops.index(hop) for hop in hops] for site, hops in chosen.items()})
    )


@ORACLE
@given(flows(), st.data())
def test_no_more_events_come_back_than_said(found: Flow, data: st.DataObject) -> None:
    """One event at the start makes no more of them return than the gain says, whichever sender fails or what it waits
    for: behind a hand-off counting starts again, so that nothing else multiplies what comes back.
    """
    hops = tuple(replace(hop, guard=replace(hop.guard, pattern=None)) for hop in found.hops)
    found = replace(found, hops=hops)
    there = EntryEvents(found, "s0").inside
    senders = [name for name, site in found.sites.items() if name in there - {"s0"} and not site.one_reader]
    senders = [name for name in senders if not any(hop.guard.options for hop in found.out_of(name))]
    assume(senders and size(found) <= MOST_PLAYS)
    chosen = data.draw(st.lists(st.sampled_from(senders), min_size=1, max_size=3, unique=True))
    copies = st.sampled_from([1, 1, 2, 3])
    back = [Hop(name, "s0", "hop", False, PLACE, evidence=Evidence.STRONG, copies=data.draw(copies)) for name in chosen]
    loops = find_loops(replace(found, hops=(*hops, *back)), back, Attempts(found, ["s0"]))
    ends = tuple(replace(hop, target="back") for hop in back)
    once = replace(found, sites={**found.sites, "back": Site("back", "site")}, hops=(*hops, *ends))
    among = reach(chosen, once.awaiting)
    working = [name for name in there if name in among and found.sites[name].works]
    played = [play(once, failing, how)["back"] for how in plays(once) for failing in [*working, "nobody"]]
    assert sum(loop.gain[ERROR].value for loop in loops) >= max(played)


@ORACLE
@given(flows(), st.data())
def test_a_stricter_pattern_never_raises_a_figure(found: Flow, data: st.DataObject) -> None:
    """Nor does a lower count, or a hop that exists in one world only. (The figure of a site that only a failure leads
    to counts that failure as well: another question than before. And code that ends its rounds at the first failure
    that it waits for sends more where it waits for less.)
    """
    before = EntryEvents(unfolded(found)[0], "s0")
    assume(found.hops)
    hop = data.draw(st.sampled_from(found.hops))
    assume(not (hop.awaits and found.ways.ends_early))
    how = data.draw(st.sampled_from(["pattern", "count", "world"]))
    if how == "pattern":
        values = tuple(value for value in asked_of(hop) if value != "b") or ("nothing",)
        changed = replace(hop, guard=replace(hop.guard, pattern=asks(*values)))
    elif how == "count":
        changed = replace(hop, tries={each: Tries(1) for each in hop.tries})
    else:
        changed = replace(hop, guard=replace(hop.guard, world={**hop.guard.world, "S": True}))
    once = {each: Tries(1) for each in hop.tries}
    alike = hop.source if how == "count" and found.sites[hop.source].one_reader else ""
    hops = [replace(each, tries=once) if each.awaits and each.source == alike else each for each in found.hops]
    hops[found.hops.index(hop)] = changed
    after = EntryEvents(unfolded(replace(found, hops=tuple(hops)))[0], "s0")
    for site in found.sites:
        if site in after.inside and before.exact(site, ERROR) and after.exact(site, ERROR) and ordinary(after, site):
            assert site in before.inside
            assert after.attempts(site, ERROR).value <= before.attempts(site, ERROR).value, site


@ORACLE
@given(flows(), st.data())
def test_a_world_more_never_lowers_a_figure(found: Flow, data: st.DataObject) -> None:
    """A hop of the second world beside what is there: whoever deploys the first one still has what was there."""
    plain = [each for each in found.hops if not each.guard.options]
    assume(plain)
    before = EntryEvents(unfolded(found)[0], "s0")
    hop = data.draw(st.sampled_from(plain))
    more = replace(hop, guard=replace(hop.guard, world={**hop.guard.world, "S": False}))
    after = EntryEvents(unfolded(replace(found, hops=(*found.hops, more)))[0], "s0")
    for site in found.sites:
        if site in before.inside and before.exact(site, ERROR) and after.exact(site, ERROR):
            assert after.attempts(site, ERROR).value >= before.attempts(site, ERROR).value, site


def test_copies_of_a_site_fail_together() -> None:
    """2 receives: a hands off to c and waits for c, which fails it: 2 x (1 + 1), not 2 + 1."""
    found = ending_early()
    events = EntryEvents(unfolded(found)[0], "s0")
    assert most(found, "c") == 9
    assert events.attempts("c", ERROR).value == 3 * (3 + 2)
    assert not events.exact("c", ERROR)
    assert events.witness("c", ERROR).figure("c", ERROR).value == 3 * (3 + 2)


def test_a_what_if_reaches_rounds_that_are_all_counted() -> None:
    """The same with 2 calls in each round: 3 x 2 x (3 + 2). With one it is the figure from before, and the ways that
    make it are those of the flow.
    """
    found = ending_early(calls=2)
    analysis = analyse(found)
    figure = analysis.figure("c", ERROR)
    assert figure.count.value == 3 * 2 * (3 + 2)
    assert {hop for path in figure.paths for hop in path.hops} == {*found.hops}
    once: dict[str, Tries] = dict.fromkeys(CLASSES, Tries(1))
    assert analysis.what_if(figure, {found.hops[1]: once}).count.value == 3 * (3 + 2)


def ending_early(calls: int = 1) -> Flow:
    """a calls b in 3 rounds, each up to `calls` times, ending with the first failure; b sends to c, which fails."""
    tries: list[dict[str, Tries]] = [dict.fromkeys(CLASSES, Tries(count)) for count in (calls, 2)]
    hops = (
        Hop("s0", "a", "hop", False, PLACE),
        Hop("a", "b", "hop", True, PLACE, tries=tries[0], copies=3, copies_failed={ERROR: 1}),
        Hop("b", "c", "hop", False, PLACE, copies=3),
        Hop("b", "c", "hop", True, PLACE, tries=tries[1], guard=Guard(asks("c"))),
    )
    return Flow({name: Site(name, "site", works=name in "ab") for name in ("s0", "a", "b", "c")}, hops)


def test_a_reader_works_after_another_one_has_failed_in_the_same_kind_of_event() -> None:
    """2 receives: c fails once, then a sends two events to b, each of which makes two of c: 1 + 2 x 2. The other branch
    of b, by which c is reached only if d fails, is another event.
    """
    once: dict[str, Tries] = dict.fromkeys(CLASSES, Tries(1))
    twice: dict[str, Tries] = dict.fromkeys(CLASSES, Tries(2))

    def branch(target: str, copies: int = 1) -> Hop:
        return Hop("b", target, "hop", False, PLACE, guard=Guard(options=(Option("b", target),)), copies=copies)

    hops = (
        Hop("s0", "queue", "hop", False, PLACE),
        *(Hop("queue", name, "hop", True, PLACE, tries=twice) for name in ("a", "b", "c")),
        *(Hop("a", "b", "hop", False, PLACE) for _ in range(2)),
        *(Hop("s0", "other", "hop", False, PLACE) for _ in range(2)),
        branch("other"),
        branch("c", 2),
        Hop("other", "d", "hop", True, PLACE, tries=once),
        Hop("other", "c", "hop", False, PLACE, When.EXHAUSTED),
    )
    names = ("s0", "queue", "a", "b", "c", "other", "d")
    sites = {name: Site(name, "site", works=name == "b", one_reader=name in ("queue", "other")) for name in names}
    found = Flow(sites, hops)
    events = EntryEvents(unfolded(found)[0], "s0")
    assert most(found, "c") == 5
    assert events.attempts("c", ERROR).value >= 5
    assert not events.exact("c", ERROR)


def test_hops_that_one_event_takes_together_all_count_behind_code_that_ends_its_rounds() -> None:
    """Two rules ask for b, one before them for a: an event with b comes twice. Kinds are not told apart there."""
    once: dict[str, Tries] = dict.fromkeys(CLASSES, Tries(1))
    hops = (
        Hop("s0", "called", "hop", True, PLACE, tries=once, copies=2, copies_failed={ERROR: 1}),
        Hop("s0", "bus", "hop", False, PLACE),
        *(Hop("bus", "end", "hop", False, PLACE, guard=Guard(asks(kind))) for kind in ("a", "b", "b")),
    )
    found = Flow({name: Site(name, "site", works=name == "s0") for name in ("s0", "called", "bus", "end")}, hops)
    assert most(found, "end") == 2
    assert EntryEvents(unfolded(found)[0], "s0").attempts("end", ERROR).value >= 2


def test_readers_of_copies_of_a_queue_work_one_after_another_each() -> None:
    """Three messages, of several kinds: of each c fails once, then a makes two of it, 3 x 3."""
    twice: dict[str, Tries] = dict.fromkeys(CLASSES, Tries(2))
    hops = (
        *(Hop("s0", "queue", "hop", False, PLACE) for _ in range(2)),
        Hop("s0", "queue", "hop", False, PLACE, guard=Guard(asks("a"))),
        *(Hop("queue", name, "hop", True, PLACE, tries=twice) for name in ("a", "c")),
        *(Hop("a", "c", "hop", False, PLACE) for _ in range(2)),
        Hop("a", "end", "hop", False, PLACE, guard=Guard(asks("a"))),
    )
    sites = {name: Site(name, "site", one_reader=name == "queue") for name in ("s0", "queue", "a", "c", "end")}
    found = Flow(sites, hops)
    assert most(found, "c") == 9
    assert EntryEvents(unfolded(found)[0], "s0").attempts("c", ERROR).value >= 9


def test_code_goes_on_where_another_reader_works_after_the_failing_one() -> None:
    """One event handed to the queue, and up to three that are waited for, one after the other, each received 3 times: b
    fails twice, then the other reader works, so that the next one is sent. 4 x 2 come back where each is received so,
    3 + 3 x 2 at most.
    """
    once, thrice = (dict.fromkeys(map(str, CLASSES), Tries(count)) for count in (1, 3))
    hops = (
        Hop("s0", "queue", "hop", False, PLACE),
        Hop("s0", "queue", "hop", True, PLACE, tries=once, copies=3, copies_failed={ERROR: 1}),
        *(Hop("queue", name, "hop", True, PLACE, tries=thrice) for name in ("b", "other")),
    )
    sites = {
        name: Site(name, "site", works=name in ("s0", "b"), one_reader=name == "queue")
        for name in ("s0", "queue", "b", "other")
    }
    back = Hop("b", "s0", "hop", False, PLACE, evidence=Evidence.STRONG)
    found = Flow(sites, hops)
    (loop,) = find_loops(replace(found, hops=(*hops, back)), [back], Attempts(found, ["s0"]))
    assert loop.gain[ERROR].value >= 9
