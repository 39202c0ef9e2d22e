"""Code that takes another branch in each run, against an enumeration of every sequence of branches.

A queue delivers to F up to some times; F takes one of two or three branches in each of its runs, and each branch waits
for some sites or sends to them. Where the event decides, every run takes the same one.
"""

from __future__ import annotations

from collections import Counter, deque
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from seawall.graph import CLASSES, FailureClass, Flow, Hop, Place, Site, Tries
from seawall.graph.guards import Guard, Option
from seawall.retries.events import EntryEvents
from seawall.template import Address
from tests.whole import examples

PLACE = Place(Address("t", "R"))
ERROR = FailureClass.ERROR
WORKING = ("G", "H")


def hop(source: str, target: str, *, awaits: bool, tries: int = 1) -> Hop:
    return Hop(source, target, "hop", awaits, PLACE, tries=dict.fromkeys(CLASSES, Tries(tries)) if awaits else {})


@st.composite
def branching(draw: st.DrawFn) -> Flow:
    """Q -> F -> branches to G, H and the queue B, which leads to G; G may send to B or H."""
    fixed = draw(st.booleans())
    hops = [hop("Q", "F", awaits=True, tries=draw(st.integers(1, 3))), hop("B", "G", awaits=True, tries=2)]
    if draw(st.booleans()):
        hops.append(hop("G", "H", awaits=draw(st.booleans())))
    for branch in range(draw(st.integers(2, 3))):
        for target in draw(st.sets(st.sampled_from(["G", "H", "B"]), max_size=2)):
            awaits = target != "B" and draw(st.booleans())
            own = hop("F", target, awaits=awaits, tries=draw(st.integers(1, 2)))
            option = Option("F (branch 1)", str(branch), "F", fixed)
            hops.append(replace(own, guard=Guard(options=(option,)), copies=draw(st.integers(1, 2))))
    names = ("Q", "F", "B", "G", "H")
    return Flow(
        {name: Site(name, "site", works=name not in "QB", one_reader=name in "QB") for name in names}, tuple(hops)
    )


def chosen(one: Hop) -> str | None:
    return next((option.choice for option in one.guard.options), None)


def play(flow: Flow, failing: str, branches: tuple[str, ...]) -> Counter[str]:
    runs: Counter[str] = Counter()
    waiting = deque(["Q"])

    def deliver(site: str) -> bool:
        branch = branches[runs[site] % len(branches)] if site == "F" else None
        runs[site] += 1
        works = site != failing
        for one in flow.out_of(site):
            if chosen(one) not in (None, branch):
                continue
            if not one.awaits:
                waiting.extend([one.target] * one.copies)
                continue
            for _ in range(one.copies):
                works &= any(deliver(one.target) for _ in range(one.tries_for(ERROR).total or 1))
        return works

    while waiting:
        deliver(waiting.popleft())
    return runs


@settings(max_examples=examples(150), deadline=None)
@given(branching())
def test_a_branch_in_each_run_equals_enumeration(flow: Flow) -> None:
    """Equal, or "at most" and never below."""
    events = EntryEvents(flow, "Q")
    options = [option for one in flow.hops for option in one.guard.options]
    choices = sorted({option.choice for option in options})
    anew = any(not option.fixed for option in options)
    sequences = list(product(choices, repeat=3 if anew else 1)) or [("",)]
    for site in WORKING:
        most = max(play(flow, site, branches)[site] for branches in sequences)
        figure, exact = events.attempts(site, ERROR).value, events.exact(site, ERROR)
        assert figure == most if exact and most else figure >= most, (site, figure, most)
