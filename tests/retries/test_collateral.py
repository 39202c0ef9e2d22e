"""What works and runs again because something else fails, counted by hand."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from seawall.graph import CLASSES, FailureClass, Flow, Hop, Place, Site, Tries
from seawall.retries import analyse
from seawall.retries.collateral import fails_as, worst_collateral
from seawall.services import build
from seawall.template import Address, load

SCENARIOS = Path(__file__).parents[1] / "scenarios"
PLACE = Place(Address("t", "R"))


def read(queue: str, worker: str, receives: int) -> Hop:
    return Hop(queue, worker, "hop", True, PLACE, tries=dict.fromkeys(CLASSES, Tries(receives)))


def sent(worker: str, queue: str) -> Hop:
    return Hop(worker, queue, "hop", False, PLACE)


def again(failing: str, *hops: Hop) -> dict[str, int]:
    """Runs of what works and runs again, queues told from workers by the first letter of their names."""
    names = dict.fromkeys(name for hop in hops for name in (hop.source, hop.target))
    sites = {name: Site(name, "site", works=name[0] == "w", one_reader=name[0] == "q") for name in names}
    found = analyse(Flow(sites, hops)).collateral(failing, FailureClass.ERROR)
    return {each.site: each.runs.value for each in found}


def chain(length: int, receives: int) -> list[Hop]:
    found = []
    for number in range(length):
        found += [read(f"q{number}", f"w{number}", receives), sent(f"w{number}", f"q{number + 1}")]
    return found[:-1]


def test_each_run_of_what_fails_may_send_so_that_all_behind_it_runs_as_often() -> None:
    """4 receives of w1: 4 messages for q2, which each come through to the end; w0 handed off, so it ran once."""
    assert again("w1", *chain(6, 4)) == {"w2": 4, "w3": 4, "w4": 4, "w5": 4}
    assert again("w5", *chain(6, 4)) == {}


def test_other_readers_of_the_queue_get_no_more_of_it_and_what_they_send_is_no_more() -> None:
    """One message, 5 receives: w0 fails in all of them and sends 5 times, or in 4 and another one works: 5 as well."""
    readers = [hop for number in range(6) for hop in (read("q", f"w{number}", 5), sent(f"w{number}", "q-last"))]
    assert again("w0", *readers, read("q-last", "w-last", 3)) == {"w-last": 5}


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("case-*.json")), ids=lambda path: path.stem)
def test_what_a_step_alone_calls_takes_with_it_what_the_step_does(path: Path) -> None:
    """Counted for the failure of the function itself, beside what is told: that of the step which waits for it."""
    analysis = analyse(build(load([path])))
    for site, failure in product((site.id for site in analysis.flow.sites.values() if site.works), CLASSES):
        assert analysis.collateral(site, failure) == worst_collateral(analysis.attempts, site, failure)


def test_only_the_step_that_waits_stands_for_a_function() -> None:
    sites = {
        "machine": Site("machine", "machine"),
        "step": Site("step", "state", inside="machine", works=True),
        "function": Site("function", "function", works=True),
        "queue": Site("queue", "queue"),
    }
    inner = Hop("machine", "step", "hop", True, PLACE)
    timeouts: dict[str, str | None] = {FailureClass.TIMEOUT: FailureClass.ERROR, FailureClass.FAULT: None}
    called = Hop("step", "function", "hop", True, PLACE, shows=timeouts)
    alone = Flow(sites, (inner, called))
    assert fails_as(alone, "function", FailureClass.ERROR) == ("step", FailureClass.ERROR)
    assert fails_as(alone, "function", FailureClass.TIMEOUT) == ("step", FailureClass.ERROR)
    assert fails_as(alone, "function", FailureClass.FAULT) == ("function", FailureClass.FAULT)  # nobody sees it
    assert fails_as(alone, "step", FailureClass.ERROR) == ("step", FailureClass.ERROR)
    for more in (sent("function", "queue"), sent("queue", "function"), sent("step", "queue")):
        flow = Flow(sites, (inner, called, more))
        assert fails_as(flow, "function", FailureClass.ERROR) == ("function", FailureClass.ERROR)
