"""The ledger, day by day, against the evaluation of the whole inventory."""

from __future__ import annotations

from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.images.ledger import ImageLedger, LedgerLine
from seawall.images.policy import LifecyclePolicy, StorageClass
from seawall.images.repositories import Mode, Mutability
from seawall.images.world import ImpossibleStepError, SimulatedRepository
from tests.images.made import NOW, TAGS, image, policies, policy, rule
from tests.whole import examples


@settings(deadline=None, max_examples=examples(40))
@given(policies(days=6), st.sampled_from(list(Mode)), st.randoms(use_true_random=False))
def test_what_it_takes_is_what_the_evaluation_takes(lifecycle: LifecyclePolicy, mode: Mode, random: Random) -> None:
    mutability = Mutability(mode, ("latest", "v*"))
    pair = slow, quick = SimulatedRepository(lifecycle, mutability), ImageLedger(lifecycle, mutability)
    for day in range(25):
        for number in range(random.randint(0, 4)):
            name, tags = f"{day}-{number}", random.sample(TAGS, random.choice((0, 1, 1, 2)))
            act = random.choice(("push", "push", "push", "retag", "pull"))
            chosen = random.choice(sorted(pair[0].images) or [""])
            for world in pair:
                with suppress(ImpossibleStepError):
                    if act == "push":
                        world.push(name, tags)
                    elif act == "pull":
                        world.pull(chosen)
                    elif tags:
                        world.retag(chosen, tags[0])
        acts = random.random() < 0.8
        for world in pair:
            world.end_day(acts=acts)
        assert sorted(slow.losses, key=str) == sorted(quick.losses, key=str)
        assert slow.images == quick.images
        assert quick.archived == sum(each.storage_class is StorageClass.ARCHIVE for each in slow.images.values())


def test_it_takes_no_index() -> None:
    with pytest.raises(ImpossibleStepError, match="index"):
        ImageLedger(policy("any cnt 1"), Mutability(Mode.MUTABLE)).push("list", ("v1",), ("child",))


def test_years_take_no_time() -> None:
    """Eleven years of ten builds a day under one rule: of 40,000 images three stay."""
    ledger = ImageLedger(policy("any cnt 3"), Mutability(Mode.IMMUTABLE))
    for day in range(4_000):
        for number in range(10):
            ledger.push(f"{day}-{number}", (f"b{day}-{number}",))
        ledger.end_day()
    assert (len(ledger.images), len(ledger.losses)) == (3, 39_997)


def test_what_leaves_the_archive_is_counted_no_more() -> None:
    lifecycle = policy("any age 1 archive", "any archived 90")
    ledger = ImageLedger(lifecycle, Mutability(Mode.IMMUTABLE))
    assert ledger.policy is lifecycle
    ledger.push("v1", ("v1",))
    seen = []
    for _ in range(95):
        ledger.end_day()
        seen.append((ledger.archived, len(ledger.images)))
    assert (seen[0], seen[1], seen[91], seen[-1]) == ((0, 1), (1, 1), (1, 1), (0, 0))


def test_an_image_of_exactly_so_many_days_is_not_older() -> None:
    line = LedgerLine(rule(1, "any age 5"))
    line.enter(image("A", "", 5))
    line.enter(image("Z", "", 5.01))
    assert line.marked(NOW) == ["Z"]
