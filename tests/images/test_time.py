"""The model of time: windows in days and what follows from them, worked out by hand; and what holds of any policy."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from seawall.images import (
    Binds,
    Consumer,
    ImageSettings,
    Judgement,
    LifecyclePolicy,
    Mode,
    Mutability,
    PolicyRepair,
    Repository,
    Verdict,
    is_valid,
    judge,
    repair,
)
from seawall.images.names import fresh_tags
from seawall.images.policy import ARCHIVE, CountType, LifecycleRule, Selection, StorageClass, TagStatus
from seawall.images.world import SimulatedRepository
from tests.images.made import consumer, consumers, policies, policy, repositories, repository
from tests.whole import examples

DIGEST = "@sha256:" + "a" * 64


def verdict(lifecycle: list[str], *used: Consumer, mode: Mode = Mode.IMMUTABLE, **numbers: object) -> Judgement:
    return judge(repository(policy(*lifecycle), mode), used, ImageSettings(**numbers))[0]  # type: ignore[arg-type]


def level(found: Judgement) -> str:
    """What is said of an image: the verdict of a danger, else `window` where less is left than wanted."""
    if found.verdict in (Verdict.DOOMED, Verdict.ENDANGERED):
        return str(found.verdict)
    assert not found.internal, found.internal
    return "window" if found.short else "silent"


@pytest.mark.parametrize(
    ("lifecycle", "said", "days"),
    [
        # ten images a day: N images are N / 10 days; 30 and 365 days are no longer below the thresholds
        (["any cnt 1"], "endangered", 0.1),
        (["any cnt 100"], "endangered", 10),
        (["any cnt 299"], "endangered", 29.9),
        (["any cnt 300"], "window", 30),
        (["any cnt 1000"], "window", 100),
        (["any cnt 3649"], "window", 364.9),
        (["any cnt 3650"], "silent", 365),
        (["* cnt 100"], "endangered", 10),
        (["sha-* cnt 3"], "endangered", 0.3),
        (["sha-* cnt 3650"], "silent", 365),
        (["any age 1"], "doomed", 1),
        (["any age 364"], "doomed", 364),
        (["any age 365"], "window", 365),
        (["any age 3000"], "window", 3000),
        (["sha-* age 14", "any cnt 9999"], "doomed", 14),
    ],
)
def test_a_build_in_use(lifecycle: list[str], said: str, days: float) -> None:
    found = verdict(lifecycle, consumer(":sha-1f3e5d7"))
    assert level(found) == said
    assert found.days == pytest.approx(days)


@pytest.mark.parametrize(
    ("lifecycle", "said"),
    [
        # one runs and one is to go back to: two are wanted
        (["v* cnt 1"], "window"),
        (["v* cnt 2"], "silent"),
        (["release-* cnt 1", "v* cnt 2"], "silent"),
        (["v* age 364"], "doomed"),
        (["v* age 365"], "window"),
        # the image before it falls to another rule than the one in use
        (["v42 cnt 1", "any age 1"], "window"),
        (["v42 cnt 1", "any age 59"], "window"),
        (["v42 cnt 1", "any age 60"], "silent"),
        (["v42 cnt 1", "any cnt 100"], "window"),
        (["v42 cnt 1", "any cnt 600"], "silent"),
        (["v42 cnt 1"], "silent"),
    ],
)
def test_a_release_in_use(lifecycle: list[str], said: str) -> None:
    assert level(verdict(lifecycle, consumer(":v42"))) == said


def test_without_rollbacks_nothing_before_it_is_needed() -> None:
    assert level(verdict(["v42 cnt 1", "any age 1"], consumer(":v42"), rollbacks=0)) == "silent"
    assert level(verdict(["v42 cnt 1", "any age 1"], consumer(":v42", rollback=False))) == "silent"
    assert level(verdict(["v42 cnt 1", "any age 89"], consumer(":v42"), rollbacks=2)) == "window"
    assert level(verdict(["v42 cnt 1", "any age 90"], consumer(":v42"), rollbacks=2)) == "silent"


@pytest.mark.parametrize(
    ("lifecycle", "said"),
    [
        # 30 days in use, 30 more to go back to
        (["untagged age 1"], "endangered"),
        (["untagged age 29"], "endangered"),
        (["untagged age 30"], "window"),
        (["untagged age 59"], "window"),
        (["untagged age 60"], "silent"),
        (["untagged cnt 299"], "endangered"),
        (["untagged cnt 300"], "window"),
        (["untagged cnt 600"], "silent"),
        (["latest cnt 1", "any age 30"], "window"),
    ],
)
def test_an_image_that_lost_its_tag(lifecycle: list[str], said: str) -> None:
    assert level(verdict(lifecycle, consumer(":latest"), mode=Mode.MUTABLE)) == said
    assert level(verdict(lifecycle, consumer(":latest", Binds.TAG), mode=Mode.MUTABLE)) == "silent"


def test_the_numbers_of_the_model() -> None:
    service = consumer(":sha-1f3e5d7")
    assert verdict(["any cnt 100"], service, pushes_per_day=2.5).days == pytest.approx(40)
    assert level(verdict(["any cnt 100"], service, pushes_per_day=2.5)) == "window"
    assert verdict(["any cnt 100"], service, images_per_push=3).days == pytest.approx(100 / 30)
    assert level(verdict(["any cnt 100"], service, endangered_days=10)) == "window"
    assert level(verdict(["any cnt 100"], service, endangered_days=5, window_days=10)) == "silent"
    assert level(verdict(["any age 90"], service, days_between_deployments=1)) == "doomed"
    assert level(verdict(["v* cnt 9"], consumer(":v42"), build_tags=("v*",))) == "endangered"
    assert level(verdict(["sha-* cnt 9"], service, release_tags=("sha-*",))) == "silent"
    moving = verdict(["untagged age 1"], consumer(":v1"), mode=Mode.MUTABLE, moving_tags=("v1",))
    assert level(moving) == "endangered"
    still = verdict(["untagged age 1"], consumer(":latest"), mode=Mode.MUTABLE, moving_tags=())
    assert (level(still), still.verdict, still.unless) == ("silent", Verdict.SAFE, ())


def test_families_of_which_the_pace_is_stated() -> None:
    paces: dict[str, Any] = {"pushes_per_day": 22, "paces": (("sha-*", 20.0), ("pr-*", 2.0))}
    build, review = consumer(":sha-1f3e5d7"), consumer(":pr-7")
    assert verdict(["sha-* cnt 100"], build, **paces).days == 5
    assert verdict(["pr-* cnt 100"], review, **paces).days == 50
    assert verdict(["any cnt 110"], review, **paces).days == 5
    assert verdict(["*7 cnt 22"], build, **paces).days == pytest.approx(1.1)
    # a release of which the pace is stated is bounded by it
    assert level(verdict(["v* cnt 20"], consumer(":v42"), paces=(("v*", 1.0),), pushes_per_day=1)) == "endangered"
    assert level(verdict(["v* cnt 30"], consumer(":v42"), paces=(("v*", 1.0),), pushes_per_day=1)) == "window"


def test_parts_of_a_push_have_no_tag() -> None:
    build = consumer(":sha-1f3e5d7")
    assert verdict(["sha-* cnt 100"], build, images_per_push=3).days == 10
    assert verdict(["any cnt 300"], build, images_per_push=3).days == 10
    assert verdict(["untagged cnt 300"], consumer(":latest"), mode=Mode.MUTABLE, images_per_push=3).days == 10


def test_releases_come_with_deployments() -> None:
    found = verdict(["v* cnt 7"], consumer(":v42"))
    assert (level(found), found.days, found.assumed) == ("silent", 210, "a deployment every 30 days")
    pair = [consumer(f":v4{n}", name=f"Web{n}") for n in (1, 2)]
    found = verdict(["v* cnt 9"], *pair, days_between_deployments=7)
    assert (found.days, found.assumed) == (28, "a deployment every 7 days of each of 2")


def test_every_number_that_a_verdict_rests_on_is_named() -> None:
    pace = "assumes 10 pushes a day (if not, set pushes-per-day in seawall.toml)"
    stays = (
        "assumes a deployment every 30 days and 1 image to roll back to (if not, set days-between-deployments and "
        "rollbacks in seawall.toml)"
    )
    assert verdict(["any cnt 10"], consumer(":sha-1f3e5d7")).assumptions == (pace,)
    daily = verdict(["pr-* cnt 5"], consumer(":pr-7"), pushes_per_day=1)
    assert daily.why == "rule 1 (tags pr-*, keep 5): deleted once 5 newer images exist: 5 to 6 days at 1 push a day"
    assert verdict(["any age 10"], consumer(":sha-1f3e5d7")).assumptions == ()
    assert verdict(["untagged age 1"], consumer(":latest"), mode=Mode.MUTABLE).assumptions == (stays,)
    assert verdict(["untagged cnt 1"], consumer(":latest"), mode=Mode.MUTABLE).assumptions == (pace, stays)
    (short,) = verdict(["v42 cnt 1", "any cnt 100"], consumer(":v42")).short
    assert short.assumptions == (pace, stays)
    (short,) = verdict(["v* cnt 1"], consumer(":v42")).short
    assert short.assumptions == (stays,)


def test_with_several_in_use_the_days_count_from_when_all_are_deployed() -> None:
    many = [consumer(f":sha-{n}f3e5d7", name=f"Web{n}") for n in range(8)]
    found = verdict(["any cnt 30"], *many)
    assert level(found) == "endangered"
    assert found.days == pytest.approx(2.3)  # (30 - 8 + 1) / 10
    found = verdict(["any cnt 5"], *many)
    assert (level(found), found.why) == (
        "doomed",
        "rule 1 (any image, keep 5): keeps 5 of 8 images that are needed at once",
    )
    pair = [consumer(f":v4{n}", name=f"Web{n}") for n in (1, 2)]
    assert [each.images for each in verdict(["v* cnt 3"], *pair).bounds] == [1]
    assert [each.images for each in verdict(["v* cnt 9"], *pair).bounds] == [7]


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ((":prod", ":staging", ":latest"), "endangered"),
        ((":v42", ":sha-1f3e5d7", ":prod"), "endangered"),
        ((":1.4", ":1.4.0", ":1"), "endangered"),
        ((":v41", ":v42", ":v43"), "doomed"),
        (("@sha256:" + "a" * 64, "@sha256:" + "b" * 64, "@sha256:" + "c" * 64), "doomed"),
        (("@sha256:" + "a" * 64, ":v42", ":prod"), "endangered"),
    ],
)
def test_tags_that_may_stand_on_one_image_are_no_certain_doom(tags: tuple[str, ...], said: str) -> None:
    used = [consumer(tag, Binds.TAG, name=f"Job{n}") for n, tag in enumerate(tags)]
    assert level(verdict(["any cnt 2"], *used)) == said


@pytest.mark.parametrize(
    ("tags", "stated", "said"),
    [
        # rule 1 never acts and has both tags: if one image has them, rule 2 cannot take it
        ((":prod", ":sha-1"), True, "endangered"),
        ((":prod", ":sha-1"), False, "endangered"),
        ((":prod",), True, "doomed"),
        ((":prod", ":v1"), True, "doomed"),
        (("@sha256:" + "a" * 64, ":prod", ":s"), True, "endangered"),
        (("@sha256:" + "a" * 64, "@sha256:" + "b" * 64), True, "doomed"),
    ],
)
def test_a_rule_above_that_owns_the_tags_of_two_users_avoids_the_doom(
    tags: tuple[str, ...], stated: bool, said: str
) -> None:
    used = [consumer(tag, name=f"Web{n}") for n, tag in enumerate(tags)]
    used = [replace(each, reference=replace(each.reference, complete=stated)) for each in used]
    assert level(verdict(["prod+s^ cnt 100000", "any age 1 archive"], *used)) == said


def test_a_number_to_keep_is_doom_only_for_what_no_rule_above_owns() -> None:
    """If the image without a tag, which rule 1 owns and never takes, is the older one, rule 2 takes nothing."""
    bare, tagged = (
        consumer(f"@sha256:{letter * 64}", name=letter, tags=tags) for letter, tags in (("b", ""), ("a", "x"))
    )
    used = [replace(each, reference=replace(each.reference, complete=True)) for each in (bare, tagged)]
    found = judge(repository(policy("untagged cnt 100000", "any cnt 1")), used)
    assert [level(each) for each in found] == ["silent", "endangered"]
    assert found[1].why.endswith("keeps 1 of 2 images that are in use, unless a rule above has the oldest")
    assert level(verdict(["x cnt 100000", "any cnt 1"], *used)) == "endangered"
    assert level(verdict(["any cnt 1"], *used)) == "doomed"


def test_a_digest_that_may_have_the_tag_of_another_user_is_not_surely_untagged() -> None:
    digest = consumer(DIGEST)
    digest = replace(digest, reference=replace(digest.reference, complete=True))
    assert level(verdict(["untagged age 1"], digest)) == "doomed"
    for other in (":prod", ":?"):
        assert level(verdict(["untagged age 1"], digest, consumer(other, name="Other"))) == "endangered"


RANK = {"silent": 0, "window": 1, "endangered": 2, "doomed": 3}


def severity(place: Repository, used: list[Consumer]) -> list[int]:
    return [RANK[level(found)] for found in judge(place, used)]


@st.composite
def taking_more(draw: st.DrawFn) -> tuple[LifecyclePolicy, LifecyclePolicy]:
    """Two policies, of which the second takes all that the first takes: smaller numbers, a wider last rule, or more."""
    less = draw(policies(days=900, count=5000))
    rules = []
    for rule in less.rules:
        number = rule.selection.count_number
        least = 90 if rule.storage_class is StorageClass.ARCHIVE else 1
        smaller = draw(st.sampled_from([number, max(number // 2, least), max(number // 9, least), least]))
        rules.append(replace(rule, selection=replace(rule.selection, count_number=smaller)))
    standard = [rule for rule in rules if rule.storage_class is StorageClass.STANDARD]
    broad = any(rule.selection.tag_status is TagStatus.ANY for rule in standard)
    if not broad and draw(st.booleans()):
        kind = draw(st.sampled_from([CountType.IMAGES, CountType.PUSHED]))
        number = draw(st.sampled_from([1, 5, 100, 364, 365, 3650]))
        unit = None if kind is CountType.IMAGES else "days"
        made = LifecycleRule(60, Selection(TagStatus.ANY, kind, number, count_unit=unit))
        if draw(st.booleans()):
            made = replace(made, action=ARCHIVE)
        rules.append(made)
    elif standard and not broad and draw(st.booleans()):
        last = standard[-1]
        wide = replace(last.selection, tag_status=TagStatus.ANY, patterns=(), prefixes=())
        rules[rules.index(last)] = replace(last, selection=wide)
    return less, LifecyclePolicy(tuple(rules))


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(taking_more(), repositories(), st.lists(consumers(), min_size=1, max_size=3))
def test_a_policy_that_takes_more_is_never_judged_milder(
    pair: tuple[LifecyclePolicy, LifecyclePolicy], place: Repository, used: list[Consumer]
) -> None:
    used = [replace(each, id=f"Web {number}") for number, each in enumerate(used)]
    less, more = pair
    if not is_valid(less) or not is_valid(more):
        return
    mild, hard = (severity(replace(place, policy=each), used) for each in (less, more))
    assert all(after >= before for before, after in zip(mild, hard, strict=True)), (mild, hard)


@settings(max_examples=examples(50), deadline=None, suppress_health_check=list(HealthCheck))
@given(repositories(days=40, count=9), st.lists(consumers(), min_size=1, max_size=4), st.integers(0, 1_000_000))
def test_doom_is_never_avoided(place: Repository, used: list[Consumer], seed: int) -> None:
    """Tags put together on as few images as may be, and nothing pushed: what is doomed is lost by the last day."""
    used = [replace(each, id=f"Web {number}", retained=0) for number, each in enumerate(used)]
    # what is stated of an image's tags is stated whoever runs it
    told = {each.reference.identity: each.reference for each in used}
    used = [replace(each, reference=told[each.reference.identity]) for each in used]
    doomed = [found for found in judge(place, used) if found.verdict is Verdict.DOOMED]
    if not doomed:
        return
    random = Random(seed)
    assert place.policy is not None
    world = SimulatedRepository(place.policy, Mutability())
    images: list[set[str]] = []
    names: dict[str, int] = {}
    for each in used:
        made = set() if each.reference.complete else {f"t{len(images)}"}
        tags = set(each.reference.known_tags) or made
        unique = {tag for tag in tags if any(sign.isdigit() for sign in tag)}
        fit = [
            number
            for number, there in enumerate(images)
            if each.reference.digest is None
            and not (unique - there and any(any(sign.isdigit() for sign in tag) for tag in there))
            and random.random() < 0.9
        ]
        same = next((n for n, there in enumerate(images) if tags & there and each.reference.digest is None), None)
        if each.reference.digest is not None:
            known = names.get(each.reference.digest)
            fit = [] if known is None else [known]
        number = same if same is not None else random.choice(fit) if fit else len(images)
        if number == len(images):
            images.append(set())
        images[number] |= tags
        names[each.reference.identity or each.id] = number
    if sum(map(len, images)) > len(set[str]().union(*images)):
        return  # a tag is on one image at a time: two digests cannot both have it
    for number, tags in enumerate(images):
        world.push(f"image {number}", sorted(tags))
    for _ in range(42):
        world.end_day()
    lost = {loss.image for loss in world.losses}
    if any(found.days == 0 for found in doomed):
        assert lost
        return
    for found in doomed:
        name = f"image {names[found.consumer.reference.identity or found.consumer.id]}"
        assert name in lost, (found.why, world.losses)


def test_the_image_that_ran_before_is_demand_where_it_is_known() -> None:
    earlier = {text: consumer(text).reference for text in (":release-7", ":sha-9f3e5d7", DIGEST, ":v42")}

    def said(lifecycle: list[str], before: str) -> str:
        found = verdict(lifecycle, replace(consumer(":v42"), earlier=earlier[before]))
        assert all(f"({earlier[before].text}), which" in each.text for each in found.short)
        return level(found)

    assert said(["v* cnt 9", "release-* age 59"], ":release-7") == "window"
    assert said(["v* cnt 9", "release-* age 60"], ":release-7") == "silent"
    assert said(["v42 cnt 1", "any age 59"], ":release-7") == "window"
    assert said(["v42 cnt 1", "sha-* cnt 599"], ":sha-9f3e5d7") == "window"
    assert said(["v42 cnt 1", "sha-* cnt 600"], ":sha-9f3e5d7") == "silent"
    assert said(["v42 cnt 1", "any age 59"], DIGEST) == "window"
    assert said(["release-* age 1"], ":release-7") == "window"  # no rule takes v42, and one what it goes back to
    assert said(["v42 cnt 1", "any age 1"], ":v42") == "silent"  # nothing changed


def test_a_corrected_policy_keeps_what_ran_before() -> None:
    used = replace(consumer(":v42"), earlier=consumer(":release-7").reference)
    found = repair(repository(policy("any age 14"), Mode.IMMUTABLE), [used])
    assert isinstance(found, PolicyRepair)
    assert [rule.selection.patterns for rule in found.policy.rules] == [("release-*",), ("v*",), ()]
    assert not found.judgements[0].short


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(repositories(days=40, count=9), st.integers(1, 5), st.randoms(use_true_random=False))
def test_bounds_hold_from_when_all_in_use_are_deployed(place: Repository, number: int, random: Random) -> None:
    """K services, each with its own tag, deployed in any order; then as many younger images as a bound allows."""
    stem = random.choice(("v", "sha-", "prod-", "x"))
    used = [consumer(f":{stem}{n}", name=f"Web {n}") for n in range(1, number + 1)]
    used = [replace(each, reference=replace(each.reference, complete=True)) for each in used]
    found = [each for each in judge(place, used) if each.bounds and not each.open]
    if place.policy is None or not found:
        return
    rules = {rule.priority: rule for rule in place.policy.rules}
    bounds = {bound for each in found for bound in each.bounds if bound.images is not None}
    for bound in bounds:
        world = SimulatedRepository(place.policy, Mutability(Mode.IMMUTABLE))
        order = random.sample(used, number)
        for each in order:
            tag = each.reference.tag or ""
            world.push(tag, (tag,))
        selection = rules[bound.rule_priority].selection
        for younger in range(bound.images or 0):
            tags = fresh_tags(selection, None, 500 + younger)
            if random.random() < 0.5 and selection.tag_status is TagStatus.ANY:
                tags = ()
            world.push(f"younger {younger}", tags)
        world.end_day()
        safe = {each.consumer.reference.tag for each in found if bound in each.bounds}
        lost = {loss.image for loss in world.losses if loss.rule_priority == bound.rule_priority}
        assert not safe & lost, (bound, lost, [each.why for each in found])


@pytest.mark.parametrize(("keeps", "younger", "why"), [(100, 99, "99 newer"), (1, None, "if these have no tags")])
def test_digests_that_may_all_be_without_a_tag_count_together(keeps: int, younger: int | None, why: str) -> None:
    """Two in use: the first goes at the (N - 2 + 1)th younger one."""
    used = [consumer(DIGEST), consumer("@sha256:" + "b" * 64, name="Other")]
    found = verdict([f"untagged cnt {keeps}"], *used, mode=Mode.MUTABLE)
    assert (found.verdict, found.younger) == (Verdict.ENDANGERED, younger)
    assert why in found.why
    assert verdict([f"untagged cnt {keeps}"], used[0], mode=Mode.MUTABLE).younger == keeps


def test_a_further_tag_is_what_a_rule_for_all_tags_hangs_on() -> None:
    """`prod` moves anyway: what is left without a tag is no image of `*`, and what has another one is."""
    found = verdict(["prod cnt 1", "* age 3"], consumer(":prod"), mode=Mode.MUTABLE)
    assert [each.states and each.states.trait for each in found.open] == ["also_tagged"]
