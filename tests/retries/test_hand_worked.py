"""Figures worked out by hand where a small slip in the arithmetic gives another number."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from seawall.graph import CLASSES, Bound, Evidence, FailureClass, Flow, Hop, Place, Plan, Site, StateStep, Tries, When
from seawall.graph.guards import ALWAYS, Guard, Option
from seawall.retries import Analysis, Attempts, analyse
from seawall.retries.count import ONE
from seawall.retries.every_course import every_course
from seawall.retries.executions import courses
from seawall.retries.returned import sent_together
from seawall.template import Address

from . import wirings as w
from .test_wirings import read

PLACE = Place(Address("t", "R"))
ERROR = FailureClass.ERROR
DEAD = {"Fn::GetAtt": ["D", "Arn"]}


def awaited(source: str, target: str, tries: int = 1, guard: Guard = ALWAYS) -> Hop:
    return Hop(source, target, "hop", True, PLACE, tries=dict.fromkeys(CLASSES, Tries(tries)), guard=guard)


def sent(source: str, target: str) -> Hop:
    return Hop(source, target, "hop", False, PLACE)


def runs(site: str, *hops: Hop) -> int | None:
    names = dict.fromkeys(name for hop in hops for name in (hop.source, hop.target))
    flow = Flow({name: Site(name, "site", works=True) for name in names}, hops)
    return analyse(flow).attempts.of(site, ERROR).max


def test_branches_behind_a_failing_one_run_as_well() -> None:
    """Three branches beside each other: 7 tries and a catch, 1 try that fails the whole, 7 tries and a catch: 15."""
    steps = {
        "p#A": StateStep("p#A", caught={ERROR: ("p#Z",)}, escapes=frozenset()),
        "p#B": StateStep("p#B"),
        "p#C": StateStep("p#C", caught={ERROR: ("p#Z",)}, escapes=frozenset()),
        "p#Z": StateStep("p#Z"),
    }
    inner = {name: Site(name, "state", inside="p", works=True) for name in steps}
    sites = {"p": Site("p", "state-machine", plan=Plan(("p#A", "p#B", "p#C"), steps), works=True), **inner}
    tries = {"p#A": 7, "p#B": 1, "p#C": 7, "p#Z": 1}
    flow = Flow(sites, tuple(awaited("p", name, count) for name, count in tries.items()))
    counted = {"p#A": "error", "p#B": "error", "p#C": "error"}
    assert courses(flow, "p", counted)["error"].count.value == 15


def test_code_that_ends_at_the_first_failure_sends_more_where_it_does_not_wait() -> None:
    """a calls b in 3 rounds, and ends with the first that fails. b hands off to c, and waits for c besides where P
    holds: then c's failure ends the first round, 1 + 1. Where P does not hold nobody sees it: 3.
    """
    rounds = replace(awaited("a", "b"), copies=3, copies_failed={ERROR: 1})
    where = awaited("b", "c", guard=Guard(world={"P": True}))
    assert runs("c", rounds, where, sent("b", "c")) == 3
    assert runs("c", rounds, awaited("b", "c"), sent("b", "c")) == 2


def test_a_request_takes_one_route_of_an_api() -> None:
    """5 tries behind either route: 5, not 10."""
    routes = [awaited("api", name, guard=Guard(options=(Option("api", name),))) for name in "ab"]
    assert runs("x", *routes, awaited("a", "x", 5), awaited("b", "x", 5)) == 5


def test_a_sender_that_waits_for_a_site_and_hands_off_towards_it() -> None:
    """4 receives run u 4 times, as x fails it; each sends a copy that is received 4 times: 4 + 4 x 4 = 20."""
    assert runs("x", awaited("q", "u", 4), awaited("u", "x"), sent("u", "p"), awaited("p", "x", 4)) == 20


@pytest.mark.parametrize(("kind", "most"), [("EXPRESS", 20), ({"Fn::ImportValue": "kind"}, 20), ("STANDARD", 4)])
def test_a_machine_whose_type_is_not_known_may_be_express(tmp_path: Path, kind: object, most: int) -> None:
    """A pipe waits for an Express machine: 5 x 4; for a Standard one it does not: 4."""
    queue = {
        "Type": "AWS::SQS::Queue",
        "Properties": {"RedrivePolicy": {"deadLetterTargetArn": DEAD, "maxReceiveCount": 5}},
    }
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}]
    task = {"Type": "Task", "Resource": {"Fn::GetAtt": ["F", "Arn"]}, "End": True, "Retry": retry}
    machine = {"StateMachineType": kind, "Definition": {"StartAt": "T", "States": {"T": task}}}
    pipe = {
        "Source": {"Fn::GetAtt": ["Q", "Arn"]},
        "Target": {"Ref": "M"},
        "TargetParameters": {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}},
    }
    resources = {
        "Q": queue,
        "D": {"Type": "AWS::SQS::Queue"},
        "F": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "i.h", "Runtime": "python3.12", "Code": {}}},
        "M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine},
        "P": {"Type": "AWS::Pipes::Pipe", "Properties": pipe},
    }
    assert read(tmp_path, resources).attempts.of("app/F", ERROR).value == most


def machine(plan: Plan, *hops: Hop, queue: str = "") -> Flow:
    """The machine `p` with its plan, what its steps do, and what calls it; steps are called `p#...`."""
    names = dict.fromkeys(name for hop in hops for name in (hop.source, hop.target))
    sites = {
        name: Site(name, "site", inside="p" if "#" in name else None, works=name != queue, one_reader=name == queue)
        for name in names
    }
    return Flow({**sites, "p": Site("p", "state-machine", plan=plan, works=True)}, hops)


def gain(found: Analysis) -> int | None:
    (loop,) = found.loops
    return loop.gain[ERROR].max


@pytest.mark.parametrize("fails_as", [None, "error"])
def test_a_step_behind_a_catch_runs_in_each_try_of_the_parallel_that_it_makes_fail(fails_as: str | None) -> None:
    """x fails and is caught, y runs, and then the Parallel fails: it is tried 3 times, each with y: 3."""
    inside = {
        "c#x": StateStep("c#x", next=("c#e",), caught={ERROR: ("c#y",)}, escapes=frozenset()),
        "c#y": StateStep("c#y", next=("c#z",)),
        "c#z": StateStep("c#z", fails="error"),
        "c#e": StateStep("c#e"),
    }
    around = {"p#w": StateStep("p#w", next=("c",)), "c": StateStep("c")}
    sites = {
        "p": Site("p", "state-machine", plan=Plan(("p#w",), around), works=True),
        "p#w": Site("p#w", "state", inside="p", works=True),
        "c": Site("c", "parallel", inside="p", plan=Plan(("c#x",), inside, fails_as)),
        **{name: Site(name, "state", inside="c", works=True) for name in ("c#x", "c#y", "c#e")},
    }
    hops = [awaited("p", "p#w"), awaited("p", "c", 3), *(awaited("c", name) for name in ("c#x", "c#y", "c#e"))]
    flow, failing = Flow(sites, tuple(hops)), {"p#w": "error"}
    found = every_course(flow, "p", failing)
    assert found is not None
    assert {end: part.count.value for end, part in found.parts["c#y"].by_end.items()} == {"error": 3}
    assert courses(flow, "p", {"c#y": None}, failing)["error"].count.value == 3


def test_a_step_that_is_entered_twice_runs_twice_while_another_one_fails() -> None:
    """5 receives, each a run of the machine: a, a again, then w, which fails; a calls f: 5 x 2 = 10 runs of f."""
    steps = {
        "p#a": StateStep("p#a", next=("p#a, again",)),
        "p#a, again": StateStep("p#a", next=("p#w",)),
        "p#w": StateStep("p#w"),
    }
    calls = (awaited("p", "p#a"), awaited("p", "p#w"), awaited("p#a", "f"), awaited("p#w", "g"))
    found = analyse(machine(Plan(("p#a",), steps), awaited("q", "p", 5), *calls))
    assert found.attempts.of("g", ERROR).max == 5
    assert {each.site: each.runs.max for each in found.collateral("g", ERROR)}["f"] == 10


def test_of_two_at_a_time_that_fail_the_two_worst_count() -> None:
    """Tries 2, 5 and 3, two at a time, and all of them fail: 5 + 3; the third one does not begin."""
    tries = {"p#a": 2, "p#b": 5, "p#c": 3}
    plan = Plan(tuple(tries), {name: StateStep(name) for name in tries}, at_once=2)
    flow = machine(plan, *(awaited("p", name, count) for name, count in tries.items()))
    assert courses(flow, "p", dict.fromkeys(tries, "error"))["error"].count.value == 8


def test_what_fails_behind_a_shared_queue_is_no_concern_of_its_readers() -> None:
    """b ends it; a hands on to r, which c receives 4 times and sends back to q each time: 4 for one."""
    back = Hop("c", "q", "hop", False, PLACE, evidence=Evidence.READ)
    hops = (awaited("q", "a", 3), awaited("q", "b", 3), sent("a", "r"), awaited("r", "c", 4), back)
    names = dict.fromkeys(name for hop in hops for name in (hop.source, hop.target))
    sites = {name: Site(name, "site", works=name not in "qr", one_reader=name == "q") for name in names}
    assert gain(analyse(Flow(sites, hops))) == 4


def test_a_catch_that_two_steps_lead_to_sends_once_for_each_run_of_the_machine() -> None:
    """t or u fails, s sends back, and the machine fails: q delivers 3 times, so 3 come back in either case."""
    caught: dict[str, tuple[str, ...]] = {ERROR: ("p#s",)}
    steps = {
        "p#t": StateStep("p#t", next=("p#u",), caught=caught, escapes=frozenset()),
        "p#u": StateStep("p#u", caught=caught, escapes=frozenset()),
        "p#s": StateStep("p#s", next=("p#f",)),
        "p#f": StateStep("p#f", fails="error"),
    }
    inner = (awaited("p", "p#t"), awaited("p", "p#u"), on_failure("p", "p#s"))
    flow = machine(Plan(("p#t",), steps), awaited("q", "p", 3), *inner, sent("p#s", "q"), queue="q")
    assert gain(analyse(flow)) == 3


def on_failure(source: str, target: str) -> Hop:
    """A step that only a catch leads to."""
    return Hop(source, target, "hop", True, PLACE, When.FAILURE)


def test_steps_that_call_code_which_sends_instead_of_failing_exclude_the_branch_beside_them() -> None:
    """One branch: a and b call f, which sends back instead of failing, and t sends back: 3; in the other, s sends."""
    steps = {
        "p#k": StateStep("p#k", next=("p#a", "p#s"), chooses=True),
        "p#a": StateStep("p#a", next=("p#b",)),
        "p#b": StateStep("p#b", next=("p#t",)),
        "p#t": StateStep("p#t"),
        "p#s": StateStep("p#s"),
    }
    instead = Hop("f", "q", "hop", False, PLACE, When.FAILURE, evidence=Evidence.STATED, fails_after=False)
    inner = [awaited("p", name) for name in steps]
    calls = [awaited("p#a", "f"), awaited("p#b", "f"), sent("p#t", "q"), sent("p#s", "q"), instead]
    assert gain(analyse(machine(Plan(("p#k",), steps), awaited("q", "p"), *inner, *calls, queue="q"))) == 3


CROSSING = tuple(
    hop
    for scope, source, ways, target, tries in (("k", "e", "ab", "m", (2, 3)), ("l", "m", "cd", "x", (2, 5)))
    for way, count in zip(ways, tries, strict=True)
    for hop in (awaited(source, way, count, Guard(options=(Option(scope, way),))), awaited(way, target))
)
"""e goes by a (2 tries) or b (3), then by c (2) or d (5): 3 x 5 = 15 at worst."""


def crossing() -> Attempts:
    names = dict.fromkeys(name for hop in CROSSING for name in (hop.source, hop.target))
    return analyse(Flow({name: Site(name, "site", works=True) for name in names}, CROSSING)).attempts


def test_the_worst_of_four_classes_is_named() -> None:
    found = crossing()
    assert found.of("x", ERROR).max == 15
    assert found.exact("x", ERROR)
    assert [value.name for value in found.chosen("x", ERROR)] == ["b", "d"]


def test_a_search_that_ends_early_says_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for three classes: b for certain, then c and d as if both were taken: 3 x (2 + 5) = 21."""
    for module in ("seawall.graph.ways", "seawall.retries.events"):
        monkeypatch.setattr(f"{module}.MOST_CLASSES", 3)
    found = crossing()
    assert found.of("x", ERROR).max == 21
    assert not found.exact("x", ERROR)


def test_who_starts_the_most_runs_of_what_outlives_its_waiters_stands_first(tmp_path: Path) -> None:
    """F takes up to 60 s, A and B wait 5: A starts it 2 times, B 5 times."""
    resources = {
        "F": w.function(Timeout=60),
        "M": w.machine("A", A=w.task("F", 1, TimeoutSeconds=5, Next="B"), B=w.task("F", 4, TimeoutSeconds=5)),
    }
    found = read(tmp_path, resources).abandoned["app/F"]
    assert [wait.waiter for wait in found.waits] == ["app/M#B", "app/M#A"]
    assert found.starts == (0, 6, 13, 22, 35)


def test_no_more_starts_are_placed_in_time_than_can_be_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seawall.retries.abandoned.MOST_STARTS", 3)
    resources = {"F": w.function(Timeout=60), "M": w.machine("B", B=w.task("F", 4, TimeoutSeconds=5))}
    found = read(tmp_path, resources).abandoned["app/F"]
    assert (found.count.max, found.starts) == (5, (0, 6, 13))


def test_what_no_event_of_many_classes_comes_to_counts_as_if_its_guards_did_not_mind_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By way of a (2 tries) and then, of the same choice, of b (3 tries): no event does; 6 at most."""
    for module in ("seawall.graph.ways", "seawall.retries.events"):
        monkeypatch.setattr(f"{module}.MOST_CLASSES", 1)
    by = {way: Guard(options=(Option("k", way),)) for way in "ab"}
    hops = (awaited("e", "m", 2, by["a"]), awaited("m", "x", 3, by["b"]))
    found = analyse(Flow({name: Site(name, "site", works=True) for name in "emx"}, hops)).attempts
    assert found.of("x", ERROR).max == 6
    assert not found.exact("x", ERROR)


def test_a_call_that_may_not_wait_is_tried_once_where_nothing_else_is_known_of_a_failure() -> None:
    """The receiver's own tries after an error are 3, at worst; of a timeout nothing is said: 1."""
    call = Hop("u", "x", "hop", True, PLACE, unread=True, unawaited={ERROR: Tries(3)})
    found = analyse(Flow({name: Site(name, "site", works=True) for name in "ux"}, (call,))).attempts
    assert (found.of("x", ERROR).max, found.of("x", FailureClass.TIMEOUT).max) == (3, 1)


def test_steps_that_lead_back_without_a_count_end_as_what_follows_them_ends() -> None:
    """a fails, b leads back to a, or on to z, which fails the machine: no count ends a, and the machine fails."""
    steps = {
        "p#a": StateStep("p#a", caught={ERROR: ("p#b",)}, escapes=frozenset()),
        "p#b": StateStep("p#b", next=("p#a", "p#z"), chooses=True),
        "p#z": StateStep("p#z", fails="error"),
    }
    laps = {name: Hop("p", name, "lap", True, PLACE) for name in ("p#a", "p#b")}
    flow = machine(Plan(("p#a",), steps, laps=laps), awaited("p", "p#a"), awaited("p", "p#b"))
    found = courses(flow, "p", {"p#a": "error"})
    assert set(found) == {"error"}
    assert (found["error"].picks[0].count.max, found["error"].picks[0].count.bounded_by) == (None, Bound.NOTHING)


def test_code_sends_to_one_side_of_a_condition_or_to_the_other() -> None:
    """Behind a counter, or else under the condition: one message, not two; a third hop is taken in any case."""
    counted = Hop("f", "q", "hop", False, PLACE, laps=3)
    otherwise = Hop("f", "d", "hop", False, PLACE, conditional=True)
    assert sent_together([counted, otherwise], lambda _: ONE).max == 1
    assert sent_together([counted, otherwise, sent("f", "r")], lambda _: ONE).max == 2
