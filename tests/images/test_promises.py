"""What is promised of corrected policies and of bounds, for every policy of the grid and every way to name an image."""

from __future__ import annotations

import pytest

from seawall.images import Consumer, LifecyclePolicy, Mode, PolicyRepair, judge, repair
from seawall.images.families import is_build_tag
from seawall.images.inventory import ImageStatus
from seawall.images.ledger import ImageLedger
from seawall.images.names import fresh_tags, looks_unique, next_tag
from seawall.images.repositories import Mutability
from tests.images.grid import POLICIES, STYLES, place, said
from tests.images.made import one_in, words

MOVING = Mutability(Mode.MUTABLE)
UNIQUE = [style for style, (_, used) in STYLES.items() if all(looks_unique(each.reference.tag or "") for each in used)]
MOST = 1500
DAYS = 150


def tags_of(used: tuple[Consumer, ...]) -> list[str]:
    return [each.reference.tag for each in used if each.reference.tag is not None]


@pytest.mark.parametrize(("rules", "style"), one_in(11, POLICIES, list(STYLES)), ids=words)
def test_it_cleans_up(rules: tuple[str, ...], style: str) -> None:
    """Over 800 days of three pushes a day of the tag in use, or of the tags that follow it, a bounded number stays."""
    mode, used = STYLES[style]
    present = place(rules, mode)
    found = repair(present, used)
    if not isinstance(found, PolicyRepair) or found.after.grows or found.after.archived:
        return
    (tag, *_) = tags_of(used) or ["build-1"]
    ledger = ImageLedger(found.policy, MOVING)
    counts = []
    for day in range(800):
        for number in range(3):
            fresh = next_tag(tag, 3 * day + number)
            ledger.push(f"{day}-{number}", (fresh if looks_unique(tag) else tag,))
        ledger.end_day()
        counts.append(len(ledger.images))
    assert max(counts) <= found.after.images, (max(counts), found.after.images)
    assert max(counts[600:]) <= max(counts[:600]) or max(counts) == 3 * 800  # or none had to go yet


def lives(policy: LifecyclePolicy, old: str, live: str, most: int) -> int:
    """How many days an image survives that was deployed after another one: of a family of builds with ten a day, of
    releases with one every 30 days and ten builds of others a day.
    """
    ledger = ImageLedger(policy, MOVING)
    ledger.push("old", (old,))
    ledger.push("live", (live,))
    builds = is_build_tag(live)
    for day in range(most):
        for number in range(10 * day, 10 * day + 10):
            ledger.push(f"b{number}", (next_tag(live, number + 1) if builds else f"pr-{number}",))
        if not builds and day % 30 == 29:
            ledger.push(f"release {day}", (next_tag(live, day),))
        ledger.end_day()
        if "live" not in ledger.images or ledger.images["live"].status is ImageStatus.ARCHIVED:
            return day
    return most


@pytest.mark.parametrize(("rules", "style"), one_in(5, POLICIES, UNIQUE), ids=words)
def test_the_next_deployment_lasts_as_long_as_before(rules: tuple[str, ...], style: str) -> None:
    mode, used = STYLES[style]
    present = place(rules, mode)
    found = repair(present, used)
    if not isinstance(found, PolicyRepair) or present.policy is None or said(rules, style) not in ("error", "warning"):
        return
    for tag in tags_of(used):
        before = lives(present.policy, tag, next_tag(tag, 1), DAYS)
        assert lives(found.policy, tag, next_tag(tag, 1), before) >= before, tag


@pytest.mark.parametrize(("rules", "style"), one_in(5, POLICIES, list(STYLES)), ids=words)
def test_a_bound_holds_from_when_all_are_deployed(rules: tuple[str, ...], style: str) -> None:
    """With everything in use there, oldest or youngest, as many further images as are printed take none of it."""
    mode, used = STYLES[style]
    present = place(rules, mode)
    assert present.policy is not None
    by_priority = {rule.priority: rule for rule in present.policy.rules}
    for found in judge(present, used):
        for bound in found.bounds:
            if bound.images is None or bound.images > MOST:
                continue
            rule = by_priority[bound.rule_priority]
            ledger = ImageLedger(present.policy, MOVING)
            for each in (found.consumer, *(other for other in used if other is not found.consumer)):
                ledger.push(each.id, each.reference.known_tags or ("some",))
            for number in range(200, 200 + bound.images):
                ledger.push(f"next {number}", fresh_tags(rule.selection, None, number))
            ledger.end_day()
            assert found.consumer.id in ledger.images, bound.text
