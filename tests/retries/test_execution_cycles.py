"""Ways back inside one container that nothing counts."""

from __future__ import annotations

from seawall.graph import FailureClass, Flow, Plan, Site, StateStep
from seawall.retries.execution_cycles import PlanLoop, plan_loops

ERROR = FailureClass.ERROR


def test_a_catch_that_leads_back_says_the_way_its_clock_and_its_laps() -> None:
    """a -> w -> a: 5 + 7 entries a lap, so 100 entries hold 8 laps; w chooses, and may leave for e."""
    steps = {
        "a": StateStep("a", next=("e",), caught={ERROR: ("w",)}, escapes=frozenset(), events=5),
        "w": StateStep("w", next=("a", "e"), chooses=True, events=7),
        "e": StateStep("e"),
    }
    plan = Plan(("a",), steps, clock=60.0, history=100)
    sites = {"p": Site("p", "state-machine", plan=plan), **{name: Site(name, "state", inside="p") for name in steps}}
    found = list(plan_loops(Flow(sites, ())))
    assert found == [PlanLoop("p", "a", ("w",), (ERROR,), chooses=True, clock=60.0, laps=8)]
