"""Values that depend on conditions."""

from __future__ import annotations

from seawall.template import ABSENT, Either, Known, Setting, Unknown, ValueStatus, alternatives, settled


def test_alternatives_carry_the_conditions_that_lead_to_them() -> None:
    value = Either("A", Either("B", Known(1), Known(2)), ABSENT)
    assert list(alternatives(value)) == [(Known(1), ("A", "B")), (Known(2), ("A", "not B")), (ABSENT, ("not A",))]


def test_what_both_sides_agree_on_is_settled() -> None:
    assert settled(Known(1)) == Known(1)
    assert settled(Either("A", Known(1), Either("B", Known(1), Known(1)))) == Known(1)
    assert settled(Either("A", Known(1), Either("B", Known(1), Known(2)))) == Unknown("depends on condition A, B")


def test_a_setting_is_known_unless_it_could_not_be_resolved() -> None:
    assert Setting(5, ValueStatus.KNOWN, "Timeout").known
    assert Setting(3, ValueStatus.DEFAULT, "Timeout").known
    assert not Setting[int](None, ValueStatus.UNKNOWN, "Timeout", "why").known
