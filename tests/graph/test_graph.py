"""The graph and its questions, on graphs small enough to draw."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from seawall.graph import (
    Evidence,
    Flow,
    Hop,
    Place,
    Plan,
    Site,
    StateStep,
    When,
    components,
    on_way,
    reach,
    return_hops,
    topological,
)
from seawall.template import Address

PLACE = Place(Address("t", "R"))


def hop(ends: str, when: When = When.ALWAYS, *, awaits: bool = False, evidence: Evidence = Evidence.DECLARED) -> Hop:
    """``"ab"`` leads from a to b."""
    return Hop(ends[0], ends[1], "hop", awaits, PLACE, when, evidence)


def flow(*hops: Hop | str, waiting: str = "") -> Flow:
    """Sites are letters; those in `waiting` do no work."""
    made = tuple(hop(each) if isinstance(each, str) else each for each in hops)
    names = sorted({end for each in made for end in (each.source, each.target)})
    return Flow({name: Site(name, "site", works=name not in waiting) for name in names}, made)


def ends(hops: tuple[Hop, ...]) -> list[str]:
    return [each.source + each.target for each in hops]


EDGES = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")).map("".join), min_size=1, max_size=12)


def test_entries_are_what_no_hop_leads_to() -> None:
    assert flow("ab", "cb", "bd").entries() == ("a", "c")


def test_reach_both_ways() -> None:
    graph = flow("ab", "bc", "dc")
    assert reach(["a"], graph.outgoing) == {"a", "b", "c"}
    assert reach(["c"], graph.incoming, forward=False) == {"a", "b", "c", "d"}
    assert on_way(flow("ab", "bc", "ad", "db"), "a", "b") == {"a", "b", "d"}
    assert on_way(flow("ab", "bc", "ad", "de", "ef"), "a", "c", "d") == {"a", "b", "c", "d"}


@given(EDGES)
def test_components_are_sites_that_reach_each_other(edges: list[str]) -> None:
    graph = flow(*edges)
    for part in components(graph.sites, graph.outgoing):
        for site in graph.sites:
            mutual = site in reach([part[0]], graph.outgoing) and part[0] in reach([site], graph.outgoing)
            assert mutual is (site in part)


@given(EDGES)
def test_without_the_hops_that_lead_back_there_is_an_order(edges: list[str]) -> None:
    graph = flow(*edges)
    returns = return_hops(graph)
    order = {site: number for number, site in enumerate(topological(graph.without(returns)))}
    for each in graph.without(returns).hops:
        assert order[each.source] < order[each.target]
    for each in returns:
        assert each.source in reach([each.target], graph.outgoing), "only hops of a cycle are taken out"


def test_the_way_back_is_the_one_taken_on_failure() -> None:
    assert ends(return_hops(flow("ab", hop("bc", When.FAILURE), "ca"))) == ["bc"]


def test_among_equals_the_way_back_leads_to_where_events_wait() -> None:
    assert ends(return_hops(flow(hop("qf", awaits=True), "fq", waiting="q"))) == ["fq"]


def test_a_hand_off_reads_as_the_way_back_rather_than_a_call() -> None:
    assert ends(return_hops(flow(hop("ab", awaits=True), hop("bc", awaits=True), "ca"))) == ["ca"]


def test_a_hop_to_itself_is_a_way_back() -> None:
    assert ends(return_hops(flow("ab", "bb"))) == ["bb"]


def nested() -> Flow:
    """Machine m runs step p, a Parallel, whose branch has step t and a step that fails, f."""
    inner = Plan(("t",), {"t": StateStep("t", ("f",)), "f": StateStep("f", fails="error")})
    sites = {
        "m": Site("m", "machine", plan=Plan(("p",), {"p": StateStep("p")}), works=True),
        "p": Site("p", "state", inside="m", plan=inner, works=True),
        "t": Site("t", "state", inside="p", works=True),
        "x": Site("x", "function", works=True),
    }
    return Flow(sites, tuple(hop(f"{a}{b}", awaits=True) for a, b in pairwise("mptx")))


def test_containers() -> None:
    graph = nested()
    assert [graph.container(site) for site in "mptx"] == ["m", "m", "m", "x"]
    assert [site for site in graph.sites if graph.is_execution(site)] == ["m"]


def test_containers_that_fail_although_every_step_works() -> None:
    assert nested().may_fail == {"m", "p"}


def test_every_way_back_to_a_hub_is_taken() -> None:
    """`h` waits, and each of three sites it leads to leads back; a fourth comes back by way of the first."""
    graph = flow("ha", "ah", "hb", "bh", "hc", "ch", "da", "cd", waiting="h")
    assert sorted(ends(return_hops(graph))) == ["ah", "bh", "ch"]


def test_a_way_back_that_does_not_end_at_the_start_of_the_search() -> None:
    """From `e` in: `a`, then `b` and `c` around it; what leads back on failure goes, wherever the search began."""
    graph = flow("ea", "ab", hop("bc", When.FAILURE), "ca", "cb")
    assert ends(return_hops(graph)) == ["bc"]
