"""What to do about a finding, as steps."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from seawall.remedies.search import Remedy
from seawall.rules import Fix, Step, StopNow, StopStep

RAISE = Step("let Task raise", "4 -> 0", ("4 = 3 retries + the first try",))
KEEP = Step("catch it in Machine", changes=(Remedy("catch it", effect="1 kept"),))
STATED = Remedy("state that Task sends nothing")
WHOLE = Fix((RAISE, KEEP), "does Task send?", "it comes later", "if it is meant", (STATED,))


def test_a_fix_is_told_in_the_order_in_which_it_is_followed() -> None:
    assert WHOLE.lines == (
        "first: does Task send?",
        "fix, step 1 of 2: let Task raise (4 -> 0)",
        "4 = 3 retries + the first try",
        "fix, step 2 of 2: catch it in Machine",
        "trade-off: it comes later",
        "otherwise: if it is meant",
    )
    assert WHOLE.text == (
        "first: does Task send? 1. let Task raise (4 -> 0); 4 = 3 retries + the first try; 2. catch it in Machine; "
        "trade-off: it comes later; otherwise: if it is meant"
    )
    assert [part.changes for part in WHOLE.parts] == [(STATED,), (), KEEP.changes, (), ()]


@pytest.mark.parametrize(
    ("fix", "text"),
    [
        (Fix.of("raise", effect="4 -> 0"), "raise (4 -> 0)"),
        (Fix.of("raise", otherwise="if meant"), "raise; otherwise: if meant"),
        (Fix.of("raise", first="is it read?"), "first: is it read? raise"),
        (Fix(first="is it read?"), "first: is it read?"),
        (Fix(trade_off="slow"), "trade-off: slow"),
        (Fix(), ""),
    ],
)
def test_one_step_needs_no_number_and_no_fix_no_words(fix: Fix, text: str) -> None:
    assert fix.text == text
    assert f"{fix}" == text, "as the key of the JSON report"
    assert bool(fix.lines) is bool(text)


def test_changes_and_what_to_paste_are_those_of_the_steps() -> None:
    """What its author may state in place of the fix is none of its changes."""
    pasting = Step("replace it", paste="{}")
    assert Fix((RAISE, KEEP, pasting), correction=(STATED,)).changes == KEEP.changes
    assert Fix((RAISE, KEEP, pasting)).paste == "{}"


def test_other_words_and_other_changes_reach_all_of_it() -> None:
    told = WHOLE.called(str.upper)
    labels = [part.label for part in WHOLE.parts]
    assert [(part.label, part.said) for part in told.parts] == [
        (label, part.said.upper()) for label, part in zip(labels, WHOLE.parts, strict=True)
    ]
    assert told.changes == (Remedy("CATCH IT", effect="1 KEPT"),)
    assert told.correction == (Remedy(STATED.do.upper()),)
    made = WHOLE.with_changes(lambda change: replace(change, do="other"))
    assert [change.do for change in (*made.changes, *made.correction)] == ["other", "other"]
    assert made.lines == WHOLE.lines


def test_commands_keep_their_words() -> None:
    stop = StopNow("see Map", "if it loops", (StopStep("disable Map", ("aws off Map",)), StopStep("wait")))
    told = stop.called(str.upper)
    assert [step.do for step in told.steps] == ["DISABLE MAP", "WAIT"]
    assert (told.do, [step.commands for step in told.steps]) == ("SEE MAP", [("aws off Map",), ()])
    assert stop.text == "see Map\n1. disable Map\naws off Map\n2. wait"
    assert StopNow().text == ""
