"""What one event does at worst, against an enumeration that plays every delivery and every choice."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.graph import FailureClass, Flow, Hop, Place, Site, Tries, When
from seawall.graph.guards import Guard, Option
from seawall.retries import Attempts
from seawall.retries.events import EntryEvents
from seawall.template import Address
from tests.whole import examples

PLACE = Place(Address("t", "R"))
ERROR = FailureClass.ERROR
Choice = Mapping[str, Sequence[Hop]]
"""By queue: who receives a message, receive by receive; by any other scope: the one hop taken."""


def awaited(source: str, target: str, tries: int = 1, guard: Guard | None = None) -> Hop:
    return Hop(source, target, "hop", True, PLACE, tries={ERROR: Tries(tries)}, guard=guard or Guard())


def sent(source: str, target: str, when: When = When.ALWAYS, guard: Guard | None = None) -> Hop:
    return Hop(source, target, "hop", False, PLACE, when, guard=guard or Guard())


def flow(*hops: Hop, queues: str = "") -> Flow:
    names = dict.fromkeys(name for hop in hops for name in (hop.source, hop.target))
    return Flow({name: Site(name, "site", works=True, one_reader=name in queues) for name in names}, hops)


def runs(found: Flow, site: str, entry: str = "Q") -> int | None:
    return Attempts(found, [entry]).of(site, ERROR).max


def test_two_readers_of_one_queue_share_its_receives() -> None:
    """Six receives in all, whoever receives."""
    assert runs(flow(awaited("Q", "f", 6), awaited("Q", "f", 6), queues="Q"), "f") == 6


def test_twelve_pipes_of_one_queue_multiply_once() -> None:
    """5 receives x 4 tries: every pipe runs the same machine, one of them at a time."""
    pipes = [f"p{number}" for number in range(12)]
    hops = [awaited("Q", pipe, 5) for pipe in pipes] + [awaited(pipe, "machine", 4) for pipe in pipes]
    assert runs(flow(*hops, queues="Q"), "machine") == 20


def test_the_worst_reader_gets_every_receive() -> None:
    """5 receives: of a (2 tries inside), or of b (3 tries inside)."""
    hops = (awaited("Q", "a", 5), awaited("Q", "b", 5), awaited("a", "f", 2), awaited("b", "f", 3))
    assert runs(flow(*hops, queues="Q"), "f") == 15


def test_copies_of_a_topic_still_add() -> None:
    """Both subscribers get one: 2 + 3."""
    hops = (sent("T", "a"), sent("T", "b"), awaited("a", "f", 2), awaited("b", "f", 3))
    assert runs(flow(*hops), "f", "T") == 5


def test_dead_letters_come_on_top_of_the_worst_reader() -> None:
    """5 receives by one of two readers, then 2 of the dead-letter queue."""
    hops = (awaited("Q", "f", 5), awaited("Q", "g", 5), awaited("g", "f"), sent("Q", "D", When.EXHAUSTED))
    assert runs(flow(*hops, awaited("D", "f", 2), queues="QD"), "f") == 7


def test_a_reader_that_works_may_come_after_one_that_failed() -> None:
    """4 receives fail at a; the fifth is b's, which works and sends three copies: 4 + 3, said as at most 5 + 3."""
    copies = [sent("b", f"c{number}") for number in range(3)] + [sent(f"c{number}", "f") for number in range(3)]
    found = EntryEvents(flow(awaited("Q", "a", 5), awaited("Q", "b", 5), awaited("a", "f"), *copies, queues="Q"), "Q")
    assert (found.attempts("f", ERROR).max, found.exact("f", ERROR)) == (8, False)


def test_a_request_takes_one_route() -> None:
    """5 through a, 5 through b, never both; what both routes lead to runs no more often."""
    routes = [sent("Q", name, guard=Guard(options=(Option("Q", name),))) for name in "ab"]
    assert runs(flow(*routes, awaited("a", "f", 5), awaited("b", "f", 5)), "f") == 5


def test_the_witness_leaves_out_what_its_event_cannot_take() -> None:
    routes = [awaited("Q", name, guard=Guard(options=(Option("Q", name),))) for name in "ab"]
    found = EntryEvents(flow(*routes, awaited("a", "f", 5)), "Q")
    assert found.all.inside >= {"a", "b"}
    assert found.witness("f", ERROR).inside == {"Q", "a", "f"}


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Acyclic flows with competing readers and alternative hops."""
    size = draw(st.integers(2, 7))
    names = [f"s{number}" for number in range(size)]
    kinds = {name: draw(st.sampled_from(["plain", "queue", "choice"])) for name in names}
    receives = {name: draw(st.integers(1, 3)) for name in names}
    hops: list[Hop] = []
    for target in range(1, size):
        for number in draw(st.lists(st.integers(0, target - 1), min_size=1, max_size=2)):
            source = names[number]
            guard = Guard(options=(Option(source, f"{len(hops)}"),)) if kinds[source] == "choice" else Guard()
            if kinds[source] == "queue" and draw(st.integers(0, 3)) == 0:
                hops.append(sent(source, names[target], When.EXHAUSTED))
            elif kinds[source] == "queue":
                hops.append(awaited(source, names[target], receives[source]))
            elif draw(st.booleans()):
                hops.append(awaited(source, names[target], draw(st.integers(1, 2)), guard))
            else:
                hops.append(sent(source, names[target], guard=guard))
    read = {hop.source for hop in hops if hop.awaits}
    hops = [hop for hop in hops if hop.when is When.ALWAYS or hop.source in read]
    queues = {name for name in names if kinds[name] == "queue"}
    return Flow({name: Site(name, "site", works=True, one_reader=name in queues) for name in names}, tuple(hops))


def choices(found: Flow) -> Iterator[Choice]:
    """Every split of receives over readers, and every alternative."""
    options: dict[str, list[Sequence[Hop]]] = {}
    for name, site in found.sites.items():
        readers = [hop for hop in found.out_of(name) if hop.awaits]
        if site.one_reader and readers:
            total = readers[0].tries_for(ERROR).total or 1
            options[name] = list(product(readers, repeat=total))
        elif any(hop.guard.options for hop in found.out_of(name)):
            options[name] = [(hop,) for hop in found.out_of(name)]
    for chosen in product(*options.values()):
        yield dict(zip(options, chosen, strict=True))


def play(found: Flow, entry: str, failing: str, choice: Choice) -> Counter[str]:
    """Runs of every site if `failing` fails on every run and everything else works."""
    counted: Counter[str] = Counter()
    waiting = deque([entry])

    def received(site: str) -> bool:
        return any(deliver(hop.target) for hop in choice[site])

    def deliver(site: str) -> bool:
        counted[site] += 1
        works = site != failing
        hops = found.out_of(site)
        if found.sites[site].one_reader:
            works &= site not in choice or received(site)
        else:
            for hop in choice.get(site, hops):
                if not hop.awaits:
                    waiting.append(hop.target)
                elif not any(deliver(hop.target) for _ in range(hop.tries_for(ERROR).total or 1)):
                    works = False
        if not works:
            waiting.extend(hop.target for hop in hops if hop.when is When.EXHAUSTED)
        return works

    while waiting:
        deliver(waiting.popleft())
    return counted


@settings(max_examples=examples(150), deadline=None)
@given(flows())
def test_one_event_equals_the_worst_of_all_choices(found: Flow) -> None:
    """Equal, or "at most" and never below."""
    events = EntryEvents(found, "s0")
    played = {
        site: max(play(found, "s0", site, choice)[site] for choice in choices(found)) for site in events.all.ordinary
    }
    for site, most in played.items():
        figure = events.attempts(site, ERROR).value
        only_after_failure = site not in events.worst(site, ERROR)[1].ordinary
        if events.exact(site, ERROR) and not only_after_failure:
            assert figure == most, site
        else:
            assert figure >= most, site
