"""Gains of loops, from their low end to their high end."""

from __future__ import annotations

from typing import Any

from seawall.graph import CLASSES, Evidence, FailureClass, Flow, Hop, Place, Site, Tries, When
from seawall.graph.guards import Guard
from seawall.retries import Loop, analyse
from seawall.template import Address, SourceLine

PLACE = Place(Address("t", "R"))
ERROR, TIMEOUT, THROTTLE, FAULT = (FailureClass(name) for name in ("error", "timeout", "throttle", "fault"))


def hop(source: str, target: str, tries: int = 0, kind: str = "hop", **settings: Any) -> Hop:
    """Awaited where `tries` are given."""
    found: dict[str, Tries] = dict.fromkeys(CLASSES, Tries(tries)) if tries else {}
    return Hop(source, target, kind, bool(tries), PLACE, tries=found, **settings)


def flow(*hops: Hop, queues: str = "") -> Flow:
    names = dict.fromkeys(name for each in hops for name in (each.source, each.target))
    return Flow({name: Site(name, "site", works=name.islower(), one_reader=name in queues) for name in names}, hops)


def loop(*hops: Hop, queues: str = "") -> Loop:
    (found,) = analyse(flow(*hops, queues=queues)).loops
    return found


def ends(found: Loop, failure: FailureClass) -> tuple[int, int]:
    return found.gain_min[failure].value, found.gain[failure].value


def test_a_handler_that_sends_back_ends_well_or_fails_besides() -> None:
    """5 receives: it sends back once and returns, or sends back on each of 5 failing runs."""
    found = loop(hop("Q", "f", 5), hop("f", "Q", evidence=Evidence.STRONG))
    assert [ends(found, each) for each in (ERROR, TIMEOUT, THROTTLE)] == [(1, 5), (0, 5), (0, 5)]


def test_code_that_was_read_sends_back_and_returns() -> None:
    """In `except`, then it returns: 1 for an error; a throttled run sends nothing."""
    back = hop("f", "Q", evidence=Evidence.READ, when=When.FAILURE, fails_after=False)
    found = loop(hop("Q", "f", 5), back)
    assert [ends(found, each) for each in (ERROR, TIMEOUT, FAULT, THROTTLE)] == [(1, 1), (0, 5), (0, 5), (0, 0)]


def test_code_that_was_read_sends_back_and_raises() -> None:
    """Each of the 5 receives sends one."""
    back = hop("f", "Q", evidence=Evidence.READ, when=When.FAILURE, fails_after=True)
    assert ends(loop(hop("Q", "f", 5), back), ERROR) == (5, 5)


def test_code_that_sends_back_under_a_condition_may_not() -> None:
    back = hop("f", "Q", evidence=Evidence.READ, conditional=True)
    assert ends(loop(hop("Q", "f", 5), back), ERROR)[0] == 0


def test_what_a_failed_state_starts_again_comes_back_for_certain() -> None:
    """A rule, or a trigger, on the failed state of a job that it starts: each failing run brings one more."""
    again = hop("job", "T", when=When.FAILURE)
    assert {ends(loop(hop("T", "job"), again), each) for each in CLASSES} == {(1, 1)}
    unless = hop("job", "T", when=When.FAILURE, conditional=True)
    assert ends(loop(hop("T", "job"), unless), ERROR) == (0, 1)


def test_functions_that_invoke_each_other() -> None:
    """One run if the caller waits, the callee's own three if it does not."""
    own = dict.fromkeys(CLASSES, Tries(3))
    calls: dict[str, Any] = {"kind": "lambda:Invoke", "evidence": Evidence.STRONG, "unread": True, "unawaited": own}
    found = loop(hop("a", "b", 1, **calls), hop("b", "a", 1, **calls))
    assert ends(found, ERROR) == (1, 3)


def test_competing_readers_do_not_add_to_a_gain() -> None:
    """Two readers share the 5 receives; either sends back once for each."""
    found = loop(
        hop("Q", "f", 5),
        hop("Q", "g", 5),
        hop("f", "B", evidence=Evidence.STRONG),
        hop("g", "B", evidence=Evidence.STRONG),
        hop("B", "Q"),
        queues="Q",
    )
    assert found.gain[ERROR].value <= 5


def test_a_way_round_through_two_worlds_is_none() -> None:
    """One half is deployed with the condition, the other without it."""
    there, away = Guard(world={"Prod": True}), Guard(world={"Prod": False})
    found = flow(hop("Q", "f", 5, guard=there), hop("f", "P"), hop("P", "g", 5, guard=away), hop("g", "Q"))
    assert analyse(found).loops == ()


def test_a_dead_letter_queue_that_nobody_reads_moves_nothing_on() -> None:
    """Each queue is the other's dead-letter queue; only one of them has a reader."""
    found = flow(hop("Q", "f", 3), hop("Q", "D", when=When.EXHAUSTED), hop("D", "Q", when=When.EXHAUSTED), queues="QD")
    analysis = analyse(found)
    assert (analysis.loops, analysis.attempts.of("f", ERROR).max) == ((), 3)


def test_dead_letter_queues_that_are_read_go_round() -> None:
    found = flow(
        hop("Q", "f", 3),
        hop("D", "g", 2),
        hop("Q", "D", when=When.EXHAUSTED),
        hop("D", "Q", when=When.EXHAUSTED),
        queues="QD",
    )
    assert len(analyse(found).loops) == 1


def test_the_low_end_of_a_figure_is_that_of_a_caller_that_does_not_heed() -> None:
    """5 receives x 1 if the caller raises; 1 if it goes on; the callee's own 3 if it is not awaited."""
    own = dict.fromkeys(CLASSES, Tries(3))
    found = analyse(flow(hop("Q", "f", 5), hop("f", "g", 1, unread=True, unawaited=own), queues="Q"))
    assert (found.least("g", ERROR).value, found.attempts.of("g", ERROR).value) == (1, 5)


def test_the_high_end_is_the_callees_own_tries_where_nothing_else_retries() -> None:
    own = dict.fromkeys(CLASSES, Tries(3))
    found = analyse(flow(hop("Q", "f", 2), hop("f", "g", 1, unread=True, unawaited=own), queues="Q"))
    assert (found.least("g", ERROR).value, found.attempts.of("g", ERROR).value) == (1, 3)
    assert found.figure("g", ERROR).count.value == 3


def test_what_one_function_sends_back_to_two_queues_multiplies_together() -> None:
    """3 receives, in each of which it may send to its queue and to the other one, which it reads as well: 2 x 3."""
    found = analyse(
        flow(
            hop("In", "Q"),
            hop("Q", "f", 3),
            hop("P", "f", 3),
            hop("f", "Q", evidence=Evidence.STRONG),
            hop("f", "P", evidence=Evidence.STRONG),
            queues="QP",
        )
    ).loops
    assert {each.start: each.gain[ERROR].value for each in found} == {"Q": 6, "P": 6}


def test_two_senders_that_one_failure_reaches_send_together() -> None:
    """B waits for c: c fails in 2 x 3 runs and b in 2, and each run may send back: 6 + 2."""
    strong: dict[str, Any] = {"evidence": Evidence.STRONG}
    found = loop(hop("Q", "b", 2), hop("b", "c", 3), hop("b", "Q", **strong), hop("c", "Q", **strong), queues="Q")
    assert found.gain[ERROR].value == 8


def test_the_two_sides_of_a_counter_do_not_add_up() -> None:
    """3 receives; while the counter allows it the function sends to its queue, and else to the other one."""
    read: dict[str, Any] = {"evidence": Evidence.READ, "when": When.FAILURE, "at": SourceLine("f.py", 1)}
    found = analyse(
        flow(
            hop("In", "Q"),
            hop("Q", "f", 3),
            hop("P", "f", 3),
            hop("f", "Q", laps=5, **read),
            hop("f", "P", conditional=True, **read),
            queues="QP",
        )
    ).loops
    assert {each.start: each.gain[ERROR].value for each in found} == {"Q": 3, "P": 3}


def test_what_the_start_copies_comes_back_twice() -> None:
    """Two subscriptions of one topic lead to functions that publish to it again: 2, and 1 + 2 where one of them fails
    in both of its receives.
    """
    strong: dict[str, Any] = {"evidence": Evidence.STRONG}
    found = loop(
        hop("In", "T"), hop("T", "P"), hop("T", "Q"), hop("P", "f", 2), hop("Q", "g", 2), hop("f", "T", **strong),
        hop("g", "T", **strong), queues="PQ",
    )  # fmt: skip
    assert found.gain[ERROR].value == 3


def fed_by_one_function(queues: int) -> dict[str, Any]:
    """Queues of 3 receives with one function, which may send to each of them."""
    names = [f"Q{number}" for number in range(queues)]
    hops = [each for name in names for each in (hop(name, "f", 3), hop("f", name, evidence=Evidence.STRONG))]
    made = flow(hop("In", "Q0"), *hops)
    return {each.start: each.gain[ERROR] for each in analyse(made).loops}


def test_nine_loops_that_feed_one_another_have_no_gain_below_the_truth() -> None:
    """3 receives, in each of which one message goes to each of 9 queues: 27 come back."""
    assert {count.value for count in fed_by_one_function(9).values()} == {27}


def test_where_loops_are_too_many_to_be_held_against_one_another_a_gain_is_a_least_one() -> None:
    assert {str(count.max) for count in fed_by_one_function(65).values()} == {"None"}


def test_dead_letters_that_a_pipe_sends_back_come_back_for_certain() -> None:
    """Q (3) -> f fails -> D -> P -> Q: whatever is dead-lettered comes back, whichever class it fails with."""
    found = loop(hop("Q", "f", 3), hop("Q", "D", when=When.EXHAUSTED), hop("D", "P", 1), hop("P", "Q"), queues="QD")
    assert [ends(found, each) for each in CLASSES] == [(1, 1)] * 4


def test_two_queues_that_are_each_others_dead_letter_queue() -> None:
    """What fails at both goes round: one message each time, however often either delivers it."""
    found = loop(
        hop("Q", "f", 3),
        hop("Q", "D", when=When.EXHAUSTED),
        hop("D", "g", 2),
        hop("D", "Q", when=When.EXHAUSTED),
        queues="QD",
    )
    assert [ends(found, each) for each in CLASSES] == [(1, 1)] * 4
    assert found.expires is None  # nothing is known of their clocks


def test_a_reader_that_only_may_send_back_does_not_do_so_for_certain() -> None:
    """Q (3) -> f; D -> g, whose code sends back under a condition: 0 to 1."""
    back = hop("g", "Q", evidence=Evidence.READ, conditional=True)
    found = loop(hop("Q", "f", 3), hop("Q", "D", when=When.EXHAUSTED), hop("D", "g", 1), back, queues="QD")
    assert ends(found, ERROR)[0] == 0


def sent_round(number: int, tries: int = 1) -> tuple[Loop, ...]:
    """As many queues with a function each, which sends back to all of them."""
    hops = [hop(f"Q{each}", f"f{each}", tries) for each in range(number)]
    hops += [
        hop(f"f{each}", f"Q{other}", evidence=Evidence.STRONG) for each in range(number) for other in range(number)
    ]
    return analyse(flow(*hops)).loops


def test_what_many_loops_send_round_together_is_at_most() -> None:
    """Up to eight starts of loops each pair is looked at; of more what comes back to all of them together."""
    few, many = sent_round(8), sent_round(10)
    assert {found.at_most for found in few} == {frozenset()}
    assert frozenset(CLASSES) in {found.at_most for found in many}
    assert all(found.gain[each].exact for found in many for each in found.at_most)


def row(tries: int, last: int) -> Loop:
    """Thirty functions in a row, each behind a queue with as many receives; all but the last send on only."""
    hops = [Hop("S", "Q0", "hop", False, PLACE)]
    for each in range(30):
        hops.append(hop(f"Q{each}", f"f{each}", last if each == 29 else tries))
        hops.append(hop(f"f{each}", f"Q{each + 1}" if each < 29 else "Q0", evidence=Evidence.STRONG))
    (found,) = analyse(flow(*hops, queues="".join(f"Q{each}" for each in range(31)))).loops
    return found


def test_more_functions_than_are_looked_at_may_fail() -> None:
    """Each brings back 3 at most if it fails, and nothing brings more: all are known, though 24 were looked at."""
    assert row(3, 3).gain[ERROR].max == 3
