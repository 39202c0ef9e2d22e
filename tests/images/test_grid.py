"""Policies as they are written, times the ways in which images are named: what is said, and what is handed out for it.

`SEAWALL_DAYS=800` (`make images`) carries the corrected policies out on each of that many days.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
from msgspec.structs import replace

from seawall.images import ImageSettings, LifecycleRule, PolicyRepair, TagStatus, Verdict, is_valid, judge, repair
from seawall.images.families import is_broad
from seawall.images.simulation import kept, simulate
from tests.images.grid import CELLS, PAGE, POLICIES, STYLES, page, place, said
from tests.images.made import one_in, words

DAYS = int(os.environ.get("SEAWALL_DAYS", "0"))
NUMBERS = ImageSettings()


def broad(rule: LifecycleRule) -> bool:
    """Whether a rule takes images of every family."""
    return rule.selection.tag_status is not TagStatus.UNTAGGED and is_broad(rule.selection)


def test_the_shares() -> None:
    """Before the model of time, 326 of these were errors, 168 silent, 35 of them unknown and said nowhere."""
    counts = Counter(said(rules, style) for rules, style in CELLS)
    assert (len(POLICIES), len(STYLES), len(CELLS)) == (38, 13, 494)
    assert counts == {"error": 286, "warning": 51, "note": 60, "silent": 97}


def test_the_page_says_what_is_said() -> None:
    """Written by `python -m tests.images.grid`; a group of errors that nobody has judged by hand is a KeyError."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize(("rules", "style"), one_in(5, POLICIES, list(STYLES)), ids=words)
def test_what_is_handed_out_loses_nothing_and_bounds_what_it_keeps(rules: tuple[str, ...], style: str) -> None:
    mode, used = STYLES[style]
    if said(rules, style) not in ("error", "warning"):
        return
    present = place(rules, mode)
    found = repair(present, used)
    if said(rules, style) == "warning" and not isinstance(found, PolicyRepair):
        return  # what is there holds over the next deployments
    assert isinstance(found, PolicyRepair), style
    assert is_valid(found.policy)
    assert not found.after.grows or found.before.grows, style
    # the family in use at most as many as before or as are needed, and the rest as many as before
    assert found.after.images <= 2 * found.before.images + 1300, style
    after = judge(replace(present, policy=found.policy), used)
    assert {each.verdict for each in after} <= {Verdict.SAFE, Verdict.BOUNDED}, style
    if DAYS:
        deployments = DAYS // NUMBERS.days_between_deployments
        # builds of other kinds are there where a rule of the author's own cleans them up
        other = any(map(broad, found.policy.rules))
        outcome = simulate(
            replace(present, policy=found.policy), used, NUMBERS, deployments=deployments, daily=True, other=other
        )
        assert not outcome.lost, (style, outcome.lost)
        half = outcome.counts[len(outcome.counts) // 2 :]
        bound = kept(found.policy, used, NUMBERS, days=len(outcome.counts))
        assert bound.grows or max(half) <= bound.images, (style, max(half), bound.images)
        assert found.after.archived or not max(outcome.archived), style
