"""A repaired policy is valid, and every consumer is as well off under it as was asked."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from seawall.images import (
    Binds,
    Consumer,
    LifecyclePolicy,
    Mode,
    Repair,
    Repository,
    Settings,
    Unrepairable,
    Verdict,
    is_valid,
    judge,
    parse,
    repair,
)
from tests.images.made import consumer, consumers, policy, repositories, repository

CAREFUL = Settings(pushes_per_day=2, quiet_days=5)


@pytest.mark.parametrize("asked", [Verdict.BOUNDED, Verdict.SAFE])
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=repositories(), used=st.lists(consumers(), min_size=1, max_size=3))
def test_repair_is_always_as_safe_as_asked(place: Repository, used: list[Consumer], asked: Verdict) -> None:
    used = [replace(each, id=f"Web {number}") for number, each in enumerate(used)]
    found = repair(place, used, CAREFUL, asked=asked)
    if isinstance(found, Unrepairable):
        assert asked is Verdict.SAFE
        return
    read = parse(found.json)
    assert read == found.policy
    assert isinstance(read, LifecyclePolicy)
    assert is_valid(read)
    after = replace(place, policy=read, mutability=found.mutability or place.mutability)
    good = {Verdict.SAFE} if asked is Verdict.SAFE else {Verdict.SAFE, Verdict.BOUNDED}
    assert {each.verdict for each in judge(after, used, CAREFUL)} <= good
    compile(f"f(\n{found.cdk}\n)", "cdk", "eval")


def test_the_repair_of_the_incident() -> None:
    found = repair(repository(policy("any cnt 10")), [consumer(":v42")])
    assert isinstance(found, Repair)
    assert found.mutability is None
    assert found.cdk == (
        "lifecycle_rules=[\n"
        "    ecr.LifecycleRule(\n"
        "        rule_priority=1,\n"
        '        description="in use: v42",\n'
        "        tag_status=ecr.TagStatus.TAGGED,\n"
        '        tag_pattern_list=["v42"],\n'
        "        max_image_count=1,\n"
        "    ),\n"
        "    ecr.LifecycleRule(\n"
        "        rule_priority=2,\n"
        '        description="releases",\n'
        "        tag_status=ecr.TagStatus.TAGGED,\n"
        '        tag_pattern_list=["v*"],\n'
        "        max_image_count=7,\n"
        "    ),\n"
        "    ecr.LifecycleRule(\n"
        "        rule_priority=3,\n"
        '        description="leftovers",\n'
        "        tag_status=ecr.TagStatus.UNTAGGED,\n"
        "        max_image_age=Duration.days(365),\n"
        "    ),\n"
        "],"
    )


def test_other_families_are_kept_below_the_tags_in_use() -> None:
    found = repair(
        repository(policy("prod+staging cnt 9999", "pr-* age 3", "any age 90"), Mode.IMMUTABLE),
        [consumer(":prod", Binds.TAG)],
        families=("dev-*",),
    )
    assert isinstance(found, Repair)
    lists = [rule.selection.patterns for rule in found.policy.rules]
    assert lists == [("prod",), ("staging",), ("pr-*",), ("dev-*",), ()]


def test_safe_and_nothing_less_asks_for_immutable_tags() -> None:
    found = repair(repository(policy("untagged age 1")), [consumer(":v42")], asked=Verdict.SAFE)
    assert isinstance(found, Repair)
    assert found.judgements[0].verdict is Verdict.SAFE


def test_more_tags_than_rules_leave_only_their_family() -> None:
    many = [consumer(f":web-{n}", name=f"Web{n}") for n in range(60)]
    found = repair(repository(policy("any cnt 10"), Mode.IMMUTABLE), many)
    assert isinstance(found, Repair)
    assert [rule.selection.patterns for rule in found.policy.rules] == [("web-*",), ()]
    found = repair(repository(policy("any cnt 10"), Mode.IMMUTABLE), many, asked=Verdict.SAFE)
    assert isinstance(found, Repair)
    assert found.policy.rules[0].selection.tag_status == "untagged"
    assert found.cdk.startswith("lifecycle_rules=[")
