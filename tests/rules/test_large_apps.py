"""Where an app is too large to be counted again with every change, the fixes say so and the figures stay."""

from __future__ import annotations

import re

import pytest

from seawall.remedies import search
from seawall.remedies.advice import MOST_TOLD, NOT_COUNTED

from .judging import ALL, anew, found


@pytest.fixture
def nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_RECOUNTED", -1)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.usefixtures("nothing_again")
def test_findings_are_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = [(each.rule, each.site, each.attempts, each.message) for each in anew(name).findings]
    monkeypatch.undo()
    assert told == [(each.rule, each.site, each.attempts, each.message) for each in anew(name).findings]


@pytest.mark.usefixtures("nothing_again")
def test_a_fix_whose_effect_is_not_counted_says_so() -> None:
    fixes = [each.fix.text for name in ALL for each in found(anew(name), "unbounded-retry") if each.changes]
    assert fixes
    assert all(NOT_COUNTED in fix for fix in fixes)


@pytest.mark.usefixtures("nothing_again")
def test_changes_are_then_told_together() -> None:
    """At most one figure for all of those that are left to one owner; several changes share it."""
    for name in ALL:
        for each in found(anew(name), "stacked-retries"):
            assert len(re.findall(r"->", each.fix.text)) <= 2, each.fix.text
            assert each.fix.text.count(" and ") <= MOST_TOLD
