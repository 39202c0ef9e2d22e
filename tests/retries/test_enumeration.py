"""The arithmetic against an enumeration that plays every single delivery."""

from __future__ import annotations

from collections import Counter, deque

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from seawall.graph import FailureClass, Flow, Hop, Place, Site, Tries, When, topological
from seawall.retries import Attempts, EntryAttempts, collateral
from seawall.template import Address
from tests.whole import examples

PLACE = Place(Address("t", "R"))
ERROR = FailureClass.ERROR


def play(flow: Flow, entry: str, failing: str) -> Counter[str]:
    """Runs of every site for one event, if `failing` fails on every run and everything else works."""
    runs: Counter[str] = Counter()
    waiting = deque([entry])

    def deliver(site: str) -> bool:
        runs[site] += 1
        works = site != failing
        failed: set[str] = set()
        for hop in flow.out_of(site):
            if not failed.isdisjoint(hop.skipped):
                continue
            if hop.when is When.ALWAYS and hop.awaits:
                works = wait_for(hop, failed) and works
            elif hop.when is When.ALWAYS:
                waiting.extend([hop.target] * hop.copies)
        for hop in flow.out_of(site):
            caught = site == failing or not failed.isdisjoint(hop.causes or ())  # what fails there is caught as well
            if hop.when is When.FAILURE and caught:
                waiting.extend([hop.target] * hop.copies)
        if not works:
            waiting.extend(hop.target for hop in flow.out_of(site) if hop.when is When.EXHAUSTED)
        return works

    def wait_for(hop: Hop, failed: set[str]) -> bool:
        """Send one after the other, fewer where they fail: until the first failure, or as many as there are laps."""
        tries, well, sent = hop.tries_for(ERROR).total or 1, True, 0
        for _ in range(hop.copies):
            if not any(deliver(hop.target) for _ in range(tries)):
                failed.add(hop.target)
                well &= hop.shown(ERROR) is None
                sent += 1
                if sent >= hop.copies_failed.get(ERROR, hop.copies):
                    break
        return well

    while waiting:
        deliver(waiting.popleft())
    return runs


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Acyclic flows of plain sites: what is awaited, handed off, caught, dead-lettered."""
    size = draw(st.integers(2, 7))
    names = [f"s{number}" for number in range(size)]
    hops: list[Hop] = []
    for target in range(1, size):
        for source in draw(st.sets(st.integers(0, target - 1), min_size=1, max_size=2)):
            awaits = draw(st.booleans())
            dead_letter = not awaits and draw(st.integers(0, 3)) == 0
            copies = 1 if dead_letter else draw(st.sampled_from([1, 1, 2, 3]))
            before = [] if dead_letter else [hop for hop in hops if hop.source == names[source] and hop.awaits]
            needed = draw(st.sampled_from(before)) if before and draw(st.integers(0, 2)) == 0 else None
            skipped = {} if needed is None else {needed.target: frozenset({ERROR}), **needed.skipped}
            hops.append(
                Hop(
                    names[source],
                    names[target],
                    "hop",
                    awaits,
                    PLACE,
                    When.EXHAUSTED if dead_letter else When.ALWAYS,
                    tries={ERROR: Tries(draw(st.integers(1, 3)))} if awaits else {},
                    shows={ERROR: None} if awaits and draw(st.integers(0, 4)) == 0 else {},
                    copies=copies,
                    copies_failed={ERROR: draw(st.integers(1, copies))} if draw(st.booleans()) else {},
                    skipped=skipped,
                )
            )
            later = range(target + 1, size) if awaits and draw(st.integers(0, 2)) == 0 else ()
            if later:
                causes = {names[target]: frozenset({ERROR})}
                caught = names[draw(st.sampled_from(later))]
                when = When.FAILURE
                hops.append(Hop(names[source], caught, "hop", False, PLACE, when, copies=copies, causes=causes))
    return Flow({name: Site(name, "site", works=True) for name in names}, tuple(hops))


def ordinary(flow: Flow, entry: str) -> set[str]:
    reached = {entry}
    for site in topological(flow):
        if any(hop.source in reached and hop.when is When.ALWAYS for hop in flow.into(site)):
            reached.add(site)
    return reached


def one_entry(flow: Flow, entry: str) -> EntryAttempts:
    return Attempts(flow, [entry]).entries[0].all


@settings(max_examples=examples(150), deadline=None)
@given(flows())
def test_one_pass_equals_enumeration(flow: Flow) -> None:
    found = one_entry(flow, "s0")
    for site in ordinary(flow, "s0"):
        assert found.attempts(site, ERROR).max == play(flow, "s0", site)[site], site


@settings(max_examples=examples(150), deadline=None)
@given(flows())
def test_collateral_equals_enumeration(flow: Flow) -> None:
    found = one_entry(flow, "s0")
    healthy = play(flow, "s0", "nobody")
    for site in ordinary(flow, "s0"):
        played = play(flow, "s0", site)
        failing = found.failing(site, ERROR)
        expected = {
            name: played[name]
            for name in flow.sites
            if name not in failing and played[name] > max(1, healthy[name]) and name in ordinary(flow, "s0")
        }
        again = {each.site: each.runs.max for each in collateral(found, site)}
        assert {name: runs for name, runs in again.items() if name in ordinary(flow, "s0")} == expected


@settings(max_examples=examples(150), deadline=None)
@given(flows(), st.data())
def test_a_layer_never_lowers_a_figure(flow: Flow, data: st.DataObject) -> None:
    awaited = [hop for hop in flow.hops if hop.awaits]
    if not awaited:
        return
    chosen = data.draw(st.sampled_from(awaited))
    total = chosen.tries_for(ERROR).total
    assert total is not None
    more = replace(chosen, tries={ERROR: Tries(total + 1)})
    changed = replace(flow, hops=tuple(more if hop is chosen else hop for hop in flow.hops))
    before, after = one_entry(flow, "s0"), one_entry(changed, "s0")
    for site in before.members:
        assert after.attempts(site, ERROR).value >= before.attempts(site, ERROR).value


@settings(max_examples=examples(150), deadline=None)
@given(flows(), st.integers(2, 9))
def test_a_handoff_never_multiplies(flow: Flow, tries: int) -> None:
    """Whatever a hand-off's sender retries to deliver, the receiver counts afresh."""
    eager = tuple(hop if hop.awaits else replace(hop, tries={ERROR: Tries(tries)}) for hop in flow.hops)
    before, after = one_entry(flow, "s0"), one_entry(replace(flow, hops=eager), "s0")
    for site in before.members:
        assert after.attempts(site, ERROR) == before.attempts(site, ERROR)
