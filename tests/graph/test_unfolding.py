"""Which hops no event can take, and the events that meet at one site told apart."""

from __future__ import annotations

from seawall.graph import CLASSES, FailureClass, Flow, Hop, Place, Plan, Site, StateStep, Tries, When
from seawall.graph.event_kinds import kinds_of
from seawall.graph.guards import Carries, Event, Guard
from seawall.graph.patterns import All, AnyOf, Field, Text
from seawall.graph.unfolding import unfolded
from seawall.retries import Analysis, analyse
from seawall.template import Address

PLACE = Place(Address("t", "R"))
ERROR = FailureClass.ERROR


def asks(value: str, path: str = "source") -> Field:
    return Field((path,), (Text((value,)),))


def writes(value: str, path: str = "source") -> Event:
    return {(path,): frozenset((value,))}


def hop(
    source: str,
    target: str,
    pattern: Field | All | AnyOf | None = None,
    event: Event | None = None,
    carries: Carries | None = None,
    *,
    tries: int = 0,
    when: When = When.ALWAYS,
) -> Hop:
    """Awaited where `tries` are given."""
    return Hop(
        source,
        target,
        "hop",
        bool(tries),
        PLACE,
        when,
        tries=dict.fromkeys(CLASSES, Tries(tries)) if tries else {},
        guard=Guard(pattern),
        event=event or {},
        carries=carries,
    )


def flow(*hops: Hop) -> Flow:
    """Names in upper case pass events on, those in lower case work."""
    names = dict.fromkeys(name for each in hops for name in (each.source, each.target))
    return Flow({name: Site(name, "site", works=name.islower()) for name in names}, hops)


def gone(found: Flow) -> list[tuple[str, str]]:
    return [(each.source, each.target) for each in unfolded(found)[1]]


def runs(analysis: Analysis, site: str) -> int | None:
    return analysis.attempts.of(site, ERROR).max


def test_a_literal_that_no_rule_wants_closes_no_loop() -> None:
    """The machine that a rule on `shop` starts puts events of `billing`: the rule never sees them."""
    found = flow(hop("BUS", "RULE", asks("shop")), hop("RULE", "f"), hop("f", "BUS", event=writes("billing")))
    assert gone(found) == [("BUS", "RULE")]
    assert analyse(found).loops == ()


def test_what_comes_from_outside_still_takes_the_rule() -> None:
    """An API puts what it gets, unread: the rule is taken by that, not by the machine's own event."""
    found = flow(
        hop("API", "BUS"), hop("BUS", "RULE", asks("shop")), hop("RULE", "f"), hop("f", "BUS", event=writes("billing"))
    )
    analysis = analyse(found)
    assert (gone(found), analysis.loops, runs(analysis, "f")) == ([], (), 1)


def test_what_the_app_never_sends_is_there_for_others_with_all_its_tries() -> None:
    """A mapping of a table's stream asks for orders; all that the app itself writes are audits. 4 tries, then 2 more at
    where dead letters go.
    """
    found = flow(
        hop("API", "m"), hop("m", "TABLE", event=writes("audit")), hop("TABLE", "f", asks("order"), tries=4),
        hop("TABLE", "DEAD", when=When.EXHAUSTED), hop("DEAD", "g", tries=2),
    )  # fmt: skip
    analysis = analyse(found)
    assert gone(found) == [("TABLE", "f")]
    assert (runs(analysis, "f"), runs(analysis, "g"), runs(analysis, "m")) == (4, 2, 1)
    assert found.hops[2] in analysis.flow.hops


def test_what_others_send_closes_no_loop() -> None:
    """The function writes audits into the table of which it gets the orders."""
    found = flow(hop("TABLE", "f", asks("order"), tries=4), hop("f", "TABLE", event=writes("audit")))
    analysis = analyse(found)
    assert (gone(found), analysis.loops, runs(analysis, "f")) == ([("TABLE", "f")], (), 4)
    assert len(analysis.open_flow.order) == 2


def test_the_same_literal_closes_the_loop() -> None:
    found = flow(
        hop("API", "BUS"), hop("BUS", "RULE", asks("shop")), hop("RULE", "f"), hop("f", "BUS", event=writes("shop"))
    )
    (loop,) = analyse(found).loops
    assert "BUS" in loop.sites


def test_a_literal_that_is_not_known_closes_the_loop() -> None:
    found = flow(hop("BUS", "RULE", asks("shop")), hop("RULE", "f"), hop("f", "BUS"))
    assert len(analyse(found).loops) == 1


def test_both_literals_are_told() -> None:
    found = flow(hop("BUS", "RULE", asks("shop")), hop("RULE", "f"), hop("f", "BUS", event=writes("billing")))
    (told,) = analyse(found).flow.ruled_out
    assert told.why == "it asks for source shop, but f writes source billing"


def test_a_way_whose_patterns_contradict_each_other_does_not_exist() -> None:
    found = flow(
        hop("IN", "A", asks("shop")), hop("A", "BUS"), hop("BUS", "B", asks("bank")), hop("B", "f"), hop("BUS", "g")
    )
    assert gone(found) == [("BUS", "B")]


def test_rules_that_exclude_each_other_do_not_add() -> None:
    """5 for the one detail-type, 5 for the other; one event has one of them."""
    found = flow(
        hop("BUS", "A", asks("placed")),
        hop("BUS", "B", asks("cancelled")),
        hop("A", "f", tries=5),
        hop("B", "f", tries=5),
    )
    assert runs(analyse(found), "f") == 5


def test_rules_that_one_event_matches_add() -> None:
    """Source and detail-type may both hold: 5 + 5."""
    kind = Field(("detail-type",), (Text(("placed",)),))
    found = flow(hop("BUS", "A", asks("shop")), hop("BUS", "B", kind), hop("A", "f", tries=5), hop("B", "f", tries=5))
    assert runs(analyse(found), "f") == 10


def test_of_three_rules_the_worst_two_that_go_together() -> None:
    """A and B exclude each other, C goes with either: 4 + 3, not 4 + 2 + 3."""
    found = flow(
        hop("BUS", "A", asks("shop")),
        hop("BUS", "B", asks("bank")),
        hop("BUS", "C", asks("placed", "detail-type")),
        hop("A", "f", tries=4),
        hop("B", "f", tries=2),
        hop("C", "f", tries=3),
    )
    assert runs(analyse(found), "f") == 7


def test_hops_are_those_of_the_template_where_one_is_ruled_out_and_others_are_told_apart() -> None:
    """A and B are taken, each by the event of one sender; nobody sends what C asks for."""
    senders = [hop(*ends, event=writes(source)) for ends, source in ((("a", "BUS"), "shop"), (("b", "BUS"), "bank"))]
    rules = [hop("BUS", name, asks(source)) for name, source in (("A", "shop"), ("B", "bank"))]
    nobody = hop("BUS", "C", asks("tax"))
    ends = [hop("A", "f", tries=2), hop("B", "f", tries=3), hop("C", "g")]
    found = flow(hop("IN", "a"), hop("IN", "b"), *senders, *rules, nobody, *ends)
    analysis = analyse(found)
    assert runs(analysis, "f") == 5
    assert [(each.source, each.target) for each in found.hops if each not in analysis.flow.hops] == [("BUS", "C")]


def test_two_senders_meet_at_a_bus_each_with_its_own_event() -> None:
    """a's event takes A, b's takes B: both happen for one event at the entry, 2 + 3."""
    found = flow(
        hop("IN", "a"),
        hop("IN", "b"),
        hop("a", "BUS", event=writes("shop")),
        hop("b", "BUS", event=writes("bank")),
        hop("BUS", "A", asks("shop")),
        hop("BUS", "B", asks("bank")),
        hop("A", "f", tries=2),
        hop("B", "f", tries=3),
    )
    assert runs(analyse(found), "f") == 5
    layers = [factor for path in analyse(found).figure("f", ERROR).paths for factor in path.layers]
    assert {(each.hop.source, each.tries.total) for each in layers} == {("A", 2), ("B", 3)}
    assert all(each.hop in found.hops for each in layers)  # told of what stands in the template, not of a copy


def test_a_field_keeps_its_value_under_another_name() -> None:
    """The rule lets `shop` through; behind the queue the whole event stands in the body."""
    body: Carries = {(): ("body",)}
    found = flow(
        hop("BUS", "QUEUE", asks("shop"), carries=body),
        hop("QUEUE", "PIPE", Field(("body", "source"), (Text(("bank",)),))),
        hop("PIPE", "f"),
        hop("QUEUE", "g"),
    )
    assert gone(found) == [("QUEUE", "PIPE")]


def test_what_is_written_over_on_the_way_is_what_counts() -> None:
    found = flow(
        hop("IN", "PIPE", asks("shop")),
        hop("PIPE", "BUS", event=writes("bank"), carries={}),
        hop("BUS", "A", asks("shop")),
        hop("BUS", "B", asks("bank")),
        hop("A", "f"),
        hop("B", "f"),
    )
    assert gone(found) == [("BUS", "A")]


def test_a_round_that_wraps_its_event_ends_the_unfolding() -> None:
    """Each lap puts the event into `detail` of the next: endless names, few that any pattern asks for."""
    nested: Carries = {(): ("detail",)}
    found = flow(
        hop("BUS", "RULE", asks("x")),
        hop("RULE", "QUEUE"),
        hop("QUEUE", "BUS", event=writes("x"), carries=nested, when=When.EXHAUSTED),
    )
    assert len(unfolded(found)[0].hops) < 20


def test_one_of_several_patterns_is_kept_apart() -> None:
    """`$or` over two fields: (shop or placed), and bank: only with placed."""
    either = AnyOf((asks("shop"), asks("placed", "detail-type")))
    kinds, undecided = kinds_of([(1, either), (2, asks("bank")), (4, asks("cancelled", "detail-type"))], {})
    assert {bits for bits, _ in kinds} == {3, 5, 6}
    assert not undecided


def test_a_choice_sends_to_one_of_two_queues() -> None:
    """5 receives of either queue, never of both."""
    plan = Plan(
        ("m#C",),
        {"m#C": StateStep("m#C", ("m#A", "m#B"), chooses=True), "m#A": StateStep("m#A"), "m#B": StateStep("m#B")},
    )
    sites = {
        "m": Site("m", "state-machine", plan=plan, works=True),
        **{name: Site(name, "state", inside="m", works=True) for name in ("m#C", "m#A", "m#B")},
        **{name: Site(name, "queue", works=name.islower()) for name in ("Q", "R", "f")},
    }
    hops = [Hop("m", name, "state", True, PLACE) for name in ("m#C", "m#A", "m#B")]
    hops += [hop("m#A", "Q"), hop("m#B", "R"), hop("Q", "f", tries=5), hop("R", "f", tries=5)]
    assert runs(analyse(Flow(sites, tuple(hops))), "f") == 5


def test_a_hundred_exclusive_rules_stay_cheap() -> None:
    hops = [hop("BUS", f"R{number}", asks(f"kind {number}")) for number in range(100)]
    hops += [hop(f"R{number}", "f", tries=number % 7 + 1) for number in range(100)]
    assert runs(analyse(flow(*hops)), "f") == 7
