"""What to do about a finding, as steps."""

from __future__ import annotations

from msgspec.structs import replace

from seawall.remedies.search import Remedy
from seawall.rules import Fix, Step

RAISE = Step("let Task raise", "4 -> 0", ("4 = 3 retries + the first try",))
KEEP = Step("catch it in Machine", changes=(Remedy("catch it", effect="1 kept"),))
WHOLE = Fix((RAISE, KEEP), "does Task send?", "it comes later", "if it is meant")


def test_a_fix_is_told_in_the_order_in_which_it_is_followed() -> None:
    assert WHOLE.lines == (
        ("first", "does Task send?"),
        ("fix, step 1 of 2", "let Task raise (4 -> 0)"),
        ("", "4 = 3 retries + the first try"),
        ("fix, step 2 of 2", "catch it in Machine"),
        ("trade-off", "it comes later"),
        ("otherwise", "if it is meant"),
    )
    assert WHOLE.text == (
        "first: does Task send? 1. let Task raise (4 -> 0); 4 = 3 retries + the first try; 2. catch it in Machine; "
        "trade-off: it comes later; otherwise: if it is meant"
    )


def test_one_step_needs_no_number_and_no_fix_no_words() -> None:
    assert Fix.of("raise", effect="4 -> 0").lines == (("fix", "raise (4 -> 0)"),)
    assert (Fix().text, Fix().lines, Fix().changes, Fix().paste) == ("", (), (), "")
    assert Fix(first="is it read?").text == "first: is it read?"


def test_changes_and_what_to_paste_are_those_of_the_steps() -> None:
    pasting = Step("replace it", paste="{}")
    assert Fix((RAISE, KEEP, pasting)).changes == KEEP.changes
    assert Fix((RAISE, KEEP, pasting)).paste == "{}"


def test_other_words_and_other_changes_reach_all_of_it() -> None:
    told = WHOLE.called(str.upper)
    assert told.lines == tuple((label, line.upper()) for label, line in WHOLE.lines)
    assert told.changes == (Remedy("CATCH IT", effect="1 KEPT"),)
    made = WHOLE.with_changes(lambda change: replace(change, do="other"))
    assert [change.do for change in made.changes] == ["other"]
    assert made.lines == WHOLE.lines
