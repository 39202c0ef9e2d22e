"""Loops through a machine that chooses what runs: an event that comes back took its branch, and takes it each round."""

from __future__ import annotations

from pathlib import Path

from seawall.graph import FailureClass
from seawall.retries import Loop

from . import wirings as w
from .test_wirings import read
from .wirings import Json


def machine_behind_queue(**states: Json) -> Json:
    """Q -> P -> M, whose first state chooses by kind; F may send to Q."""
    return {
        "Q": w.queue(1),
        "P": w.pipe("Q", "M"),
        "M": w.machine("Pick", "EXPRESS", **states),
        "Role": w.role(("sqs:SendMessage", w.arn("Q"))),
        "F": w.sender("Role", QUEUE_URL={"Ref": "Q"}),
        "G": w.function(),
    }


def found(tmp_path: Path, **states: Json) -> Loop:
    (loop,) = read(tmp_path, machine_behind_queue(**states)).loops
    return loop


def ends(loop: Loop, failure: FailureClass) -> tuple[int | None, int | None]:
    return loop.gain_min[failure].max, loop.gain[failure].max


def test_what_fails_in_a_chosen_branch_comes_back_for_certain(tmp_path: Path) -> None:
    """An order is handled by F, whose message comes back when it fails; G handles the rest. One for one: 1 to 1."""
    pick = w.choice(order="Order", other="Other")
    loop = found(tmp_path, Pick=pick, Order=w.task("F"), Other=w.task("G"))
    assert ends(loop, FailureClass.ERROR) == (1, 1)


def test_a_choice_of_what_is_sent_back_may_send_nothing(tmp_path: Path) -> None:
    """The branch sends to Q itself, and another ends: nothing tells how often the first is taken: 0 to 1."""
    pick = w.choice(again="Again", done="Done")
    states = {"Pick": pick, "Again": w.sends("Q"), "Done": w.task("G")}
    resources = {**machine_behind_queue(**states), "F": w.function()}
    (loop,) = read(tmp_path, resources).loops
    assert ends(loop, FailureClass.ERROR) == (0, 1)


def test_what_a_catch_sends_back_by_choice_counts_though_the_machine_may_fail_instead(tmp_path: Path) -> None:
    """F fails, and a flag in its event decides: sent back, so that the machine ends well, or failed: 0 to 1."""
    flagged = {"Variable": "$.again", "BooleanEquals": True, "Next": "Again"}
    states = {
        "Pick": w.task("F", 2, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "May"}]),
        "May": {"Type": "Choice", "Choices": [flagged], "Default": "Failed"},
        "Again": w.sends("Q"),
        "Failed": {"Type": "Fail"},
    }
    resources = {**machine_behind_queue(**states), "F": w.function()}
    (loop,) = read(tmp_path, resources).loops
    assert {ends(loop, failure) for failure in FailureClass if failure is not FailureClass.ABANDONED} == {(0, 1)}


def test_what_fails_is_the_state_whose_catch_leads_to_what_sends_back(tmp_path: Path) -> None:
    flow = read(
        tmp_path,
        machine_behind_queue(
            Pick=w.task("F", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Wait"}], Next="Save"),
            Save=w.task("G", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Again"}]),
            Wait={"Type": "Wait", "Seconds": 1, "Next": "Again"},
            Again=w.sends("Q"),
        ),
    ).flow
    assert flow.failing_before("app/M#Again") == ("app/M#Save", "app/M#Pick")
    assert flow.failing_before("app/M#Save") == ("app/M#Save",)
