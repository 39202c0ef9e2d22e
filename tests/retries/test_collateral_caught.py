"""Healthy work that runs again around a failure that is caught: figures worked out by hand."""

from __future__ import annotations

from pathlib import Path

from seawall.graph import FailureClass

from . import wirings as w
from .test_wirings import read
from .wirings import Json


def caught(to: str) -> list[Json]:
    return [{"ErrorEquals": ["States.ALL"], "Next": to}]


def again(tmp_path: Path, site: str, **states: Json) -> dict[str, int | None]:
    """Functions that run again when one fails: a queue (5) -> a pipe that waits -> an Express machine."""
    resources = {"Q": w.queue(5), "P": w.pipe("Q", "M"), "M": w.machine(next(iter(states)), "EXPRESS", **states)}
    resources |= {name: w.function() for name in "ACSOX"}
    analysis = read(tmp_path, resources, {"Parameters": {"N": {"Type": "Number"}}})
    found = analysis.collateral(f"app/{site}", FailureClass.ERROR)
    return {each.site.removeprefix("app/"): each.runs.max for each in found if "#" not in each.site}


CHARGE = w.task("C", Next="Save")


def test_what_stands_before_a_catch_runs_again_when_what_it_leads_to_fails(tmp_path: Path) -> None:
    """Save fails and is caught, X fails: 5 receives, each with one run of C. If only Save fails, one."""
    save = w.task("S", 2, Catch=caught("Fix"))
    assert again(tmp_path, "X", Charge=CHARGE, Save=save, Fix=w.task("X")) == {"C": 5}
    assert again(tmp_path, "S", Charge=CHARGE, Save=save, Fix=w.task("X")) == {}


def test_what_a_catch_leads_to_runs_again_when_the_machine_fails_all_the_same(tmp_path: Path) -> None:
    """Save fails 3 times, X is told, then the machine fails: 5 receives, each with one run of C and of X."""
    save = w.task("S", 2, Catch=caught("Tell"))
    bad: Json = {"Type": "Fail", "Error": "E"}
    states = {"Charge": CHARGE, "Save": save, "Tell": w.task("X", Next="Bad"), "Bad": bad}
    assert again(tmp_path, "S", **states) == {"X": 5, "C": 5}


def test_branches_that_are_tried_again_before_the_catch(tmp_path: Path) -> None:
    """Both branches run 3 times in each of 5 receives; whichever of S, C, O fails first, the two others work: 15."""
    branches = [
        w.branch("First", First=w.task("C", Next="Then"), Then=w.task("S")),
        w.branch("Other", Other=w.task("O")),
    ]
    states = {"Both": w.parallel(*branches, retries=2, Catch=caught("Fix")), "Fix": w.task("X")}
    assert again(tmp_path, "X", **states) == {"C": 15, "S": 15, "O": 15}
    assert again(tmp_path, "S", **states) == {"C": 3, "O": 3}


def test_a_catch_that_sends_on_leaves_everything_at_one_run(tmp_path: Path) -> None:
    """Save fails and is parked in A's queue: nobody runs again but Save."""
    save = w.task("S", 2, Catch=caught("Park"))
    assert again(tmp_path, "S", Charge=CHARGE, Save=save, Park=w.sends("Q2")) == {}


def test_tries_that_only_the_deployment_knows_leave_the_figure_of_what_comes_after_them(tmp_path: Path) -> None:
    """Both fails in each of 5 receives, however often it is tried: its Catch leads to X once each time, then to Bad."""
    both = w.parallel(w.branch("First", First=w.task("S")), retries={"Ref": "N"}, Catch=caught("Tell"))
    ask: Json = w.choice(more="Wait", done="Bad")
    states: dict[str, Json] = {"Both": both, "Tell": w.task("X", Next="Ask"), "Ask": ask}
    states |= {"Wait": {"Type": "Wait", "Seconds": 1, "Next": "Ask"}, "Bad": {"Type": "Fail", "Error": "E"}}
    assert again(tmp_path, "S", **states) == {"X": 5}
