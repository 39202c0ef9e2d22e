"""What a policy comes to keep, and what simulated deployments lose, worked out by hand.

Ten builds a day, a deployment every 30 days, one to roll back to, unless a case says otherwise; two years are 730 days.
"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from seawall.images import Consumer, ImageSettings, Mode
from seawall.images.simulation import kept, simulate, streams
from tests.images.made import consumer, policy, repository

RELEASE, BUILD, MOVING = consumer(":v42"), consumer(":sha-1f3e5d7"), consumer(":latest")
PARTS = ImageSettings(images_per_push=3)
FAMILIES = ImageSettings(pushes_per_day=22, paces=(("sha-*", 20), ("pr-*", 2)))


@pytest.mark.parametrize(
    ("rules", "used", "numbers", "images", "grows", "archived"),
    [
        (["v* cnt 7"], RELEASE, ImageSettings(), 7, 0, 0),
        (["v* cnt 100"], RELEASE, ImageSettings(), 25, 0, 0),  # 730 / 30 + 1 releases are all that come
        # of releases whose pace is stated, that pace: 730 x 0.1 + 1
        (["v* cnt 100"], RELEASE, ImageSettings(pushes_per_day=20.1, paces=(("sha-*", 20), ("v*", 0.1))), 74, 0, 0),
        (["v* cnt 7"], BUILD, ImageSettings(), 7300, 300, 0),  # nothing takes builds
        (["sha-* cnt 7"], BUILD, ImageSettings(), 7, 0, 0),
        (["sha-* age 14"], BUILD, ImageSettings(), 141, 0, 0),
        (["any cnt 7"], BUILD, ImageSettings(), 7, 0, 0),
        (["sha-* cnt 7", "any age 3"], BUILD, ImageSettings(), 38, 0, 0),  # 7, one other, and 30 within 3 days
        (["latest cnt 1"], MOVING, ImageSettings(), 7301, 300, 0),  # what lost the tag stays for good
        (["untagged age 5"], MOVING, ImageSettings(), 52, 0, 0),  # 50, the one that is 5 days old, and the tagged one
        (["sha-* age 14 archive"], BUILD, ImageSettings(), 141, 0, 300),
        (["sha-* age 14 archive", "any archived 90"], BUILD, ImageSettings(), 141 + 901, 0, 0),
        (["v* age 14"], RELEASE, ImageSettings(), 1, 0, 0),  # 14 days of one release in 30, and the one in use
        (["v* age 14 archive", "any archived 90"], RELEASE, ImageSettings(), 5, 0, 0),  # and four in the archive
        # what is stated of a family
        (["sha-* age 14"], BUILD, FAMILIES, 309, 0, 0),
        (["pr-* age 14"], consumer(":pr-7"), FAMILIES, 309, 0, 0),  # never fewer than may be there
        (["v* cnt 7"], BUILD, FAMILIES, 14600, 600, 0),
        # three images a push: two besides the tagged one
        (["any cnt 90"], BUILD, PARTS, 92, 0, 0),  # the parts of the last index
        (["sha-* cnt 10"], BUILD, PARTS, 10 + 20 + 14600, 600, 0),
        (["sha-* cnt 10", "untagged age 1"], BUILD, PARTS, 10 + 20 + 20, 0, 0),
        (["sha-* cnt 10", "untagged cnt 50"], BUILD, PARTS, 10 + 20 + 50, 0, 0),
    ],
)
def test_how_many_images_come_to_stay(
    rules: list[str], used: Consumer, numbers: ImageSettings, images: int, grows: int, archived: int
) -> None:
    found = kept(policy(*rules), [used], numbers)
    assert (found.images, found.grows, found.archived) == (images, grows, archived)


def test_one_family_is_archived_and_another_is_not() -> None:
    rules = policy("v* cnt 9", "sha-* age 14 archive")
    found = kept(rules, [RELEASE, BUILD], ImageSettings())
    assert (found.images, found.grows, found.archived) == (150, 0, 300)


@pytest.mark.parametrize(
    ("rules", "used", "mode", "numbers", "lost"),
    [
        (["v* cnt 2"], RELEASE, Mode.IMMUTABLE, ImageSettings(), ()),
        (["v* cnt 1"], RELEASE, Mode.IMMUTABLE, ImageSettings(), ("Web: v42 #0", "Web: v42 #1")),
        (["v* cnt 1"], RELEASE, Mode.IMMUTABLE, ImageSettings(rollbacks=0), ()),
        (["v* cnt 2"], RELEASE, Mode.IMMUTABLE, ImageSettings(rollbacks=2), ("Web: v42 #0",)),
        (["untagged age 61"], MOVING, Mode.MUTABLE, ImageSettings(), ()),
        (["untagged age 1"], consumer(":latest", rollback=False), Mode.MUTABLE, ImageSettings(), ("Web: latest #0",)),
        (["sha-* cnt 601"], BUILD, Mode.IMMUTABLE, ImageSettings(), ()),
        (["sha-* cnt 601"], BUILD, Mode.IMMUTABLE, PARTS, ()),  # parts have no tag
        (["sha-* cnt 601"], BUILD, Mode.IMMUTABLE, FAMILIES, ("Web: sha-1f3e5d7 #0", "Web: sha-1f3e5d7 #600")),
        (["any cnt 601"], BUILD, Mode.IMMUTABLE, PARTS, ("Web: sha-1f3e5d7 #0", "Web: sha-1f3e5d7 #300")),
    ],
)
def test_what_the_next_deployments_lose(
    rules: list[str], used: Consumer, mode: Mode, numbers: ImageSettings, lost: tuple[str, ...]
) -> None:
    outcome = simulate(repository(policy(*rules), mode), [used], numbers, deployments=2, daily=True)
    assert outcome.lost[: len(lost) or None] == lost


def test_the_streams_of_images() -> None:
    used = [RELEASE, consumer(":v41"), BUILD, MOVING, consumer(":?")]
    found = {stream.tag: (stream.moving, stream.release) for stream in streams(used, ImageSettings(), other=True)}
    assert found == {
        "v42": (False, True),
        "sha-1f3e5d7": (False, False),
        "latest": (True, False),
        "build-1": (False, False),
        "pr-101": (False, False),
    }


def test_a_tag_that_cannot_move_stays_where_it_is() -> None:
    """A digest that is stated to carry `prod`, and a service on `prod`, where no tag moves: one image has it."""
    used = [consumer(":prod"), consumer("@sha256:" + "a" * 64, name="Pinned", tags="prod")]
    outcome = simulate(
        repository(policy("prod cnt 1", "any cnt 900"), Mode.IMMUTABLE), used, ImageSettings(), daily=True
    )
    assert not outcome.lost


def test_a_day_of_stated_families() -> None:
    """20 builds of one family and 2 of another, whichever order they come in; what has no pace gets the sum."""
    outcome = simulate(repository(None), [BUILD, consumer(":pr-7", name="Review")], FAMILIES, deployments=0, daily=True)
    assert outcome.counts[0] == 24  # the two in use, and 22 on the first day


def test_what_is_archived_can_be_pulled_no_more() -> None:
    """One image in use and 10 a day for 30 days: those of more than 14 days lie in the archive, none is deleted."""
    place = repository(policy("sha-* age 14 archive"), Mode.IMMUTABLE)
    outcome = simulate(place, [BUILD], ImageSettings(), deployments=0, daily=True)
    assert [here + away for here, away in zip(outcome.counts, outcome.archived, strict=True)] == [
        1 + 10 * day for day in range(1, 31)
    ]
    assert (outcome.archived[13], outcome.archived[14], outcome.archived[-1]) == (0, 11, 161)
    assert outcome.most == 141


def test_what_ran_before_is_needed_until_the_next_deployment() -> None:
    used = replace(RELEASE, earlier=consumer(":release-7").reference)
    for days, lost in ((30, ()), (29, (":release-7 before",))):
        place = repository(policy("v* cnt 9", f"release-* age {days}"), Mode.IMMUTABLE)
        outcome = simulate(place, [used], ImageSettings(), deployments=1, daily=True)
        assert outcome.lost == tuple(f"Web: {name}" for name in lost)
