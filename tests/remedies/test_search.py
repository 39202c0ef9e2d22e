"""Smallest sets of changes: figures worked out by hand, and every smaller set tried beside them."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from seawall.graph import CLASSES, Flow, Hop, Place, Site, Tries
from seawall.graph.feedback_arcs import acyclic, comes_back, component, fewest
from seawall.remedies.search import MOST_CHANGES, Change, Goal, Search, Trial, smallest_sets
from seawall.retries import Analysis, analyse
from seawall.template import Address

HERE = Place(Address("t", "r"))


def hop(source: str, target: str, tries: int = 1, *, awaits: bool = True) -> Hop:
    return Hop(source, target, "hop", awaits, HERE, tries=dict.fromkeys(CLASSES, Tries(tries)) if tries > 1 else {})


def flow(*hops: Hop) -> Flow:
    names = dict.fromkeys(name for each in hops for name in (each.source, each.target))
    return Flow({name: Site(name, "function", works=True) for name in names}, hops)


def drop(each: Hop, cost: int = 0) -> Change:
    return Change(f"{each.source}>{each.target}", tries={each: {}}, cost=cost)


def searched(made: Flow, site: str, limit: int, *changes: Change) -> Search:
    return smallest_sets(analyse(made), Goal((site,), limit), changes, lambda _: ())


def names(search: Search) -> list[list[str]]:
    return [[change.said for change in trial.changes] for trial in search.sets]


def test_a_single_change_that_does_is_all_it_takes() -> None:
    """5 x 4 x 3 = 60: without the 5, 12; without the 4, 15; without the 3, 20."""
    a, b, c = hop("a", "b", 5), hop("b", "c", 4), hop("c", "d", 3)
    changes = (drop(a), drop(b), drop(c))
    assert names(searched(flow(a, b, c), "d", 12, *changes)) == [["a>b"]]
    assert names(searched(flow(a, b, c), "d", 15, *changes)) == [["a>b"], ["b>c"]]
    assert names(searched(flow(a, b, c), "d", 5, *changes)) == [["a>b", "b>c"], ["a>b", "c>d"], ["b>c", "c>d"]]
    assert names(searched(flow(a, b, c), "d", 1, *changes)) == [["a>b", "b>c", "c>d"]]


def test_what_leaves_one_owner_and_gives_up_less_comes_first() -> None:
    """5 x 4 = 20, and either of the two brings it to 10 or less."""
    a, b = hop("a", "b", 5), hop("b", "c", 4)
    assert names(searched(flow(a, b), "c", 10, drop(a, cost=4), drop(b, cost=2))) == [["b>c"], ["a>b"]]
    halved = Change("a>b twice", tries={a: dict.fromkeys(CLASSES, Tries(2))}, cost=0)
    found = searched(flow(a, b), "c", 10, halved, drop(b, cost=2))
    assert names(found) == [["b>c"], ["a>b twice"]], "2 x 4 = 8 would do, but two layers would still multiply"


def test_a_sum_needs_a_change_on_each_of_its_ways() -> None:
    """4 by b and 4 by c: 8 in all; 5 without one of them, 2 without both."""
    ways = (hop("a", "b", 4), hop("a", "c", 4), hop("b", "d"), hop("c", "d"))
    changes = tuple(map(drop, ways[:2]))
    assert names(searched(flow(*ways), "d", 5, *changes)) == [["a>b"], ["a>c"]]
    assert names(searched(flow(*ways), "d", 4, *changes)) == [["a>b", "a>c"]]


def test_where_nothing_reaches_the_goal_there_is_no_set() -> None:
    a, b = hop("a", "b", 5), hop("b", "c", 4)
    assert searched(flow(a, b), "c", 4, drop(b)).sets == ()


def test_a_hop_that_is_gone_adds_nothing() -> None:
    ways = (hop("a", "b", 4), hop("a", "c", 3), hop("b", "d"), hop("c", "d"))
    parked = Change("no c>d", gone=(ways[3],), cost=3)
    (trial,) = searched(flow(*ways), "d", 4, parked).sets
    assert trial.count("d", "error").value == 4


def test_a_set_that_must_not_be_is_passed_over() -> None:
    a, b = hop("a", "b", 5), hop("b", "c", 4)
    goal = Goal(("c",), 10, keeps=lambda trial: all(change.said != "a>b" for change in trial.changes))
    assert names(smallest_sets(analyse(flow(a, b)), goal, (drop(a), drop(b)), lambda _: ())) == [["b>c"]]


def test_more_changes_than_are_combined_give_a_set_that_is_not_called_smallest() -> None:
    chain = [hop(f"s{number}", f"s{number + 1}", 2) for number in range(MOST_CHANGES + 1)]
    search = searched(flow(*chain), f"s{len(chain)}", 4, *map(drop, chain))
    (trial,) = search.sets
    assert not search.exact
    assert len(trial.changes) == len(chain) - 2, "two layers of 2 may stay"


chains = st.lists(st.integers(2, 5), min_size=1, max_size=4)


@given(st.lists(chains, min_size=1, max_size=2), st.integers(1, 40))
def test_no_smaller_set_reaches_the_goal_and_every_one_of_that_size_is_found(ways: list[list[int]], limit: int) -> None:
    """Ways of layers beside each other, from `in` to `out`: their products add up."""
    layers: list[Hop] = []
    ends: list[Hop] = []
    for number, tries in enumerate(ways):
        sites = ["in", *(f"w{number}.{step}" for step in range(len(tries)))]
        layers += [hop(sites[step], sites[step + 1], count) for step, count in enumerate(tries)]
        ends.append(hop(sites[-1], "out"))
    analysis = analyse(flow(*layers, *ends))
    changes = [drop(each) for each in layers]
    search = smallest_sets(analysis, Goal(("out",), limit), changes, lambda _: ())
    reaching = _reaching(analysis, changes, limit)
    if search.exact or not search.sets:
        assert {frozenset(trial.changes) for trial in search.sets} == reaching
    else:
        (trial,) = search.sets
        assert trial.count("out", "error").value <= limit


def _reaching(analysis: Analysis, changes: list[Change], limit: int) -> set[frozenset[Change]]:
    for size in range(1, len(changes) + 1):
        sets = {frozenset(one) for one in combinations(changes, size)}
        found = {one for one in sets if Trial(analysis, tuple(one)).count("out", "error").value <= limit}
        if found:
            return found
    return set()


def test_a_figure_of_eight_is_opened_where_both_rings_meet() -> None:
    """a -> b -> a and a -> c -> a: one hop into each ring, or nothing less than two."""
    ring = (hop("a", "b"), hop("b", "a"), hop("a", "c"), hop("c", "a"))
    made = flow(*ring)
    assert component(made, "b") == {"a", "b", "c"}
    assert not acyclic(made, "abc", ring[:1])
    assert acyclic(made, "abc", (ring[0], ring[3]))
    assert comes_back(made, "b", ring[2:])
    assert not comes_back(made, "b", ring[:1])
    found, exact = fewest(made, "abc", (ring[1], ring[3], ring[2]), lambda each: (each,))
    assert (found, exact) == ([(ring[1], ring[3]), (ring[1], ring[2])], True)


def test_what_cannot_be_opened_has_no_set() -> None:
    ring = (hop("a", "b"), hop("b", "a"), hop("a", "c"), hop("c", "a"))
    assert fewest(flow(*ring), "abc", ring[:1], lambda each: (each,)) == ([], True)


def test_many_rings_are_opened_without_a_proof() -> None:
    """A hub with five rings needs five cuts: more than are combined."""
    rings = [each for name in "bcdef" for each in (hop("a", name), hop(name, "a"))]
    (chosen,), exact = fewest(flow(*rings), "abcdef", rings, lambda each: (each,))
    assert (len(chosen), exact) == (5, False)
