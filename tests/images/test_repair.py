"""A repaired policy is valid, and every consumer is as well off under it as was asked."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from seawall.images import (
    Binds,
    Consumer,
    ImageSettings,
    LifecyclePolicy,
    Mode,
    PolicyRepair,
    Repository,
    Unrepairable,
    Verdict,
    is_valid,
    judge,
    parse,
    repair,
)
from seawall.images.repositories import Mutability
from seawall.images.simulation import simulate, streams
from seawall.images.world import SimulatedRepository
from seawall.template import AuthorLanguage
from tests.images.made import consumer, consumers, policy, repositories, repository
from tests.whole import examples

CAREFUL = ImageSettings(pushes_per_day=2, days_between_deployments=5, endangered_days=5, window_days=5)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(place=repositories(), used=st.lists(consumers(), min_size=1, max_size=3))
def test_a_corrected_policy_takes_nothing_in_use(place: Repository, used: list[Consumer]) -> None:
    used = [replace(each, id=f"Web {number}") for number, each in enumerate(used)]
    found = repair(place, used, CAREFUL)
    if isinstance(found, Unrepairable):
        return
    read = parse(found.json)
    assert read == found.policy
    assert isinstance(read, LifecyclePolicy)
    assert is_valid(read)
    after = replace(place, policy=read)
    assert {each.verdict for each in judge(after, used, CAREFUL)} <= {Verdict.SAFE, Verdict.BOUNDED, Verdict.UNKNOWN}
    assert not simulate(after, used, CAREFUL, deployments=3, daily=True, other=True).lost
    for text in (False, True):
        compile(f"f(\n{found.cdk(text=text)}\n)", "cdk", "eval")
        assert "None" not in found.cdk(AuthorLanguage.TYPESCRIPT, text=text)
    assert found.cdk(AuthorLanguage.OTHER) == found.json


def summaries(found: PolicyRepair | Unrepairable) -> list[str]:
    assert isinstance(found, PolicyRepair)
    return [each.summary.partition(" (")[2][:-1] for each in found.policy.rules]


DIGEST = "@sha256:" + "a" * 64
ASSETS = [consumer(f":{n:064x}", name=f"L{n}") for n in range(8)]


@pytest.mark.parametrize(
    ("present", "mode", "used", "rules", "before", "after"),
    [
        # a tag that moves: 61 days of superseded images at 10 pushes a day, and the one that has the tag
        (["any cnt 10"], Mode.MUTABLE, [consumer(":latest")], ["tags latest, keep 1", "any image, keep 611"], 10, 612),
        (["untagged age 1"], Mode.MUTABLE, [consumer(":latest")], ["untagged images, 61 days after the push"], 12, 612),
        # releases: as many as before, or one running, one to go back to and a margin of five
        (["any cnt 10"], Mode.IMMUTABLE, [consumer(":v42")], ["tags v*, keep 10", "any image, keep 10"], 10, 20),
        # as many as the rule by age has left of them, one for each deployment: 31 days / 30 = 2, less than is needed
        (["any age 30"], Mode.IMMUTABLE, [consumer(":v42")], ["tags v*, keep 7", "any image, 30 days after the push"],
         303, 308),
        # 366 days / 30 = 12.2
        (["any age 365"], Mode.IMMUTABLE, [consumer(":v42"), consumer(":v43", name="Other")],
         ["tags v*, keep 25", "any image, 365 days after the push"], 3664, 3676),
        # builds: 31 days x 10, fewer than the 61 x 10 + 1 that are needed
        (["any age 30"], Mode.IMMUTABLE, [consumer(":sha-1f3e5d7")],
         ["tags sha-*, keep 611", "any image, 30 days after the push"], 302, 912),
        (["v42 cnt 1", "any age 1"], Mode.IMMUTABLE, [consumer(":v42")],
         ["tags v*, keep 7", "any image, 1 day after the push"], 12, 18),
        # builds: what arrives in 61 days, one in use
        (["any cnt 100"], Mode.IMMUTABLE, [consumer(":sha-1f3e5d7")],
         ["tags sha-*, keep 611", "any image, keep 100"], 100, 711),
        (["any cnt 5"], Mode.IMMUTABLE, ASSETS, ["tags *, keep 618", "any image, keep 5"], 5, 618),
        # a digest of which no tag is known: no rule by age, and the youngest of everything stay
        (["any age 14"], Mode.MUTABLE, [consumer(DIGEST)], ["any image, keep 611"], 142, 611),
    ],
)  # fmt: skip
def test_the_corrected_policy_and_what_it_keeps(
    present: list[str], mode: Mode, used: list[Consumer], rules: list[str], before: int, after: int
) -> None:
    found = repair(repository(policy(*present), mode), used)
    assert summaries(found) == rules
    assert isinstance(found, PolicyRepair)
    assert (found.before.images, found.after.images) == (before, after)
    assert not found.after.grows


def test_what_a_number_is_made_of() -> None:
    """Of a family in which only the image before stands: none in use. Of one with a build a day: 61 x 1 + 1."""
    before = replace(consumer(":v42"), earlier=consumer(":release-7").reference)
    found = repair(repository(policy("any cnt 1"), Mode.IMMUTABLE), [before])
    assert isinstance(found, PolicyRepair)
    assert [(each.rule.what, each.before, each.why, each.family) for each in found.rules[:2]] == [
        ("tags release-*, keep 5", None, "5 = 5 spare (hotfixes, failed deployments)", "release-*"),
        ("tags v*, keep 7", None, "7 = 1 in use + 1 to roll back to + 5 spare (hotfixes, failed deployments)", "v*"),
    ]
    place, daily = repository(policy("any cnt 5"), Mode.IMMUTABLE), ImageSettings(pushes_per_day=1)
    found = repair(place, [consumer(":pr-7")], daily)
    assert isinstance(found, PolicyRepair)
    first, last = found.rules
    assert (first.rule.what, first.family) == ("tags pr-*, keep 62", "")
    assert first.why == (
        "62 = 61 days x 1 push a day + 1 in use; 61 days = 30 days x (1 deployment + 1 to roll back to) + 1 day from "
        "the push"
    )
    assert (last.rule.priority, last.before, last.why) == (2, policy("any cnt 5").rules[0], "")


@pytest.mark.parametrize("other", [0, 10])
def test_builds_of_a_stated_family_in_use_come_as_often_as_stated(other: int) -> None:
    """One a day: in 60 days 60 younger ones, so that 62 keep the image of the deployment before the last."""
    paces = (("pr-*", 1), *([("sha-*", other)] if other else []))
    stated = ImageSettings(pushes_per_day=1 + other, paces=paces)
    used = [consumer(":pr-7")]
    assert sum(line.pace(stated) for line in streams(used, stated, other=True)) == 1 + other
    found = repair(repository(policy("any cnt 5"), Mode.IMMUTABLE), used, stated)
    assert summaries(found) == ["tags pr-*, keep 62", "any image, keep 5"]


def test_the_corrected_policy_as_cdk_code() -> None:
    found = repair(repository(policy("any cnt 10")), [consumer(":v42")])
    assert isinstance(found, PolicyRepair)
    assert found.cdk().splitlines()[:8] == [
        "lifecycle_rules=[",
        "    ecr.LifecycleRule(",
        "        rule_priority=1,",
        '        description="releases",',
        "        tag_status=ecr.TagStatus.TAGGED,",
        '        tag_pattern_list=["v*"],',
        "        max_image_count=10,",
        "    ),",
    ]


def test_the_corrected_policy_as_typescript() -> None:
    found = repair(repository(policy("any age 14")), [consumer(":v42")])
    assert isinstance(found, PolicyRepair)
    assert found.cdk(AuthorLanguage.TYPESCRIPT).splitlines() == [
        "lifecycleRules: [",
        "    {",
        "        rulePriority: 1,",
        '        description: "releases",',
        "        tagStatus: ecr.TagStatus.TAGGED,",
        '        tagPatternList: ["v*"],',
        "        maxImageCount: 7,",
        "    },",
        "    {",
        "        rulePriority: 2,",
        "        tagStatus: ecr.TagStatus.ANY,",
        "        maxImageAge: Duration.days(14),",
        "    },",
        "],",
    ]


def test_what_cdk_rules_cannot_say_is_written_as_text() -> None:
    found = repair(repository(policy("any age 14 archive")), [consumer(":v42")])
    assert isinstance(found, PolicyRepair)
    python, script = found.cdk(), found.cdk(AuthorLanguage.TYPESCRIPT)
    assert python.startswith(
        "lifecycle_policy=ecr.CfnRepository.LifecyclePolicyProperty(\n    lifecycle_policy_text=json"
    )
    assert script.startswith("lifecyclePolicy: {\n    lifecyclePolicyText: JSON.stringify({")
    for code, (before, after) in ((python, ("json.dumps(", "),\n)")), (script, ("JSON.stringify(", "),\n}"))):
        written = code.partition(before)[2].rpartition(after)[0]
        assert parse(eval(written)) == found.policy


def test_a_list_that_was_meant_as_or_becomes_one_rule_for_each_entry() -> None:
    found = repair(
        repository(policy("prod+staging cnt 9999", "pr-* age 3", "any age 90"), Mode.IMMUTABLE),
        [consumer(":prod", Binds.TAG)],
        families=("dev-*",),
    )
    assert isinstance(found, PolicyRepair)
    lists = [rule.selection.patterns for rule in found.policy.rules]
    assert lists == [("prod",), ("staging",), ("pr-*",), ("dev-*",), ()]


def test_more_tags_than_rules_need_only_their_family() -> None:
    many = [consumer(f":v{n}", name=f"Web{n}") for n in range(60)]
    found = repair(repository(policy("any cnt 10"), Mode.IMMUTABLE), many)
    assert summaries(found) == ["tags v*, keep 125", "any image, keep 10"]


def test_no_literal_stands_for_a_tag_that_changes() -> None:
    for tag in ("v42", "1.4.0", "sha-1f3e5d7", "1f3e5d7", "20261101", "build-417", "release-2026-11-20", "v1.2.3-rc1"):
        found = repair(repository(policy("any cnt 3"), Mode.IMMUTABLE), [consumer(f":{tag}")])
        assert isinstance(found, PolicyRepair)
        assert tag not in found.json, tag


def test_the_next_deployment_lives_at_least_as_long_as_before() -> None:
    before = policy("any cnt 100")
    found = repair(repository(before, Mode.IMMUTABLE), [consumer(":sha-1f3e5d7")])
    assert isinstance(found, PolicyRepair)

    def pushes(lifecycle: LifecyclePolicy) -> int:
        world = SimulatedRepository(lifecycle, Mutability(Mode.IMMUTABLE))
        for tag in ("sha-1f3e5d7", "sha-2a3b4c5"):
            world.push(tag, (tag,))
        for number in range(3000):
            world.push(f"sha-{number:07x}a", (f"sha-{number:07x}a",))
            if number % 10 == 9:
                world.end_day()
                if "sha-2a3b4c5" not in world.images:
                    return number
        return 3000

    assert pushes(found.policy) >= pushes(before)


def test_a_correction_takes_no_images_that_no_rule_takes_now() -> None:
    """Releases that stay for good under a rule for untagged images stay for good."""
    used = [consumer(":latest"), consumer(":v3", name="Other")]
    place = repository(policy("untagged age 2"), Mode.MUTABLE)
    place = replace(place, mutability=Mutability(Mode.IMMUTABLE_WITH_EXCLUSION, ("latest*",)))
    found = repair(place, used)
    assert summaries(found) == ["untagged images, 61 days after the push"]
    assert isinstance(found, PolicyRepair)
    # 2 days x 10 pushes, the image that has the tag and one that waits; one release in 30 days, which none takes
    assert found.before.held == (
        "about 22, plus about 1 each month without a bound, "
        "(2 days x an assumed 10 pushes a day, and 2 in use or waiting for ECR's next run)"
    )
    assert found.after.number == "about 610, plus about 1 each month without a bound,"


def test_a_digest_is_held_by_a_rule_for_untagged_images_that_takes_no_others() -> None:
    found = repair(repository(policy("untagged age 1"), Mode.MUTABLE), [consumer(DIGEST)])
    assert summaries(found) == ["untagged images, keep 611"]


def test_a_rule_that_is_split_off_a_list_says_so() -> None:
    found = repair(repository(policy("prod+v* cnt 10", "any age 30"), Mode.MUTABLE), [consumer(":prod")])
    assert isinstance(found, PolicyRepair)
    whys = {each.rule.selection.patterns: each.why for each in found.rules}
    assert whys[("v*",)] == "your rule 1 asks for all of its tags on one image"


def test_a_tag_that_moves_gets_its_exact_rule_where_a_prefix_catches_others() -> None:
    found = repair(repository(policy("latest^ cnt 1", "any age 400"), Mode.MUTABLE), [consumer(":latest")])
    assert summaries(found) == ["tags latest, keep 1", "tags latest*, keep 1", "any image, 400 days after the push"]


def test_the_tags_of_versions_ask_for_no_further_tags() -> None:
    """Once 1.4.0 is pushed again, its image may carry another version: these are releases, and seven are kept."""
    found = repair(repository(policy("any cnt 5"), Mode.MUTABLE), [consumer(":1.4.0")])
    assert summaries(found) == ["tags *.*.*, keep 7", "any image, keep 5"]
    assert isinstance(found, PolicyRepair)
    assert [question.states and question.states.trait for each in found.judgements for question in each.open] == [
        "moving_tags"
    ]


def test_what_was_archived_by_age_is_archived_by_number() -> None:
    found = repair(repository(policy("v* pulled 60 archive", "v* archived 90"), Mode.IMMUTABLE), [consumer(":v5")])
    assert isinstance(found, PolicyRepair)
    assert [(each.summary, each.action.type.value) for each in found.policy.rules] == [
        ("rule 1 (tags v*, keep 7, to the archive)", "transition"),
        ("rule 2 (tags v*, 90 days in the archive)", "expire"),
    ]
    # 60 days at one in 30: two besides the one in use; in the archive 90 / 30 + 1
    assert found.before.held == "at most 7 = 3 in use or too young to go + 4 in the archive"
    assert found.after.held == "at most 11 = 7 (rule 1) + 4 in the archive"


def test_no_tag_that_changes_with_each_deployment_stands_in_a_corrected_policy() -> None:
    """`b7` is one build's own, and where tags are immutable so is `prod2`."""
    for tag, rules in (("b7", ["tags b*, keep 150"]), ("prod2", ["tags prod*, keep 150"])):
        found = repair(repository(policy("any cnt 150"), Mode.IMMUTABLE), [consumer(f":{tag}")])
        assert summaries(found) == [*rules, "any image, keep 150"]
    moving = repair(repository(policy("any age 15"), Mode.MUTABLE), [consumer(":prod2")])
    assert summaries(moving)[0] == "tags prod2, keep 1"
