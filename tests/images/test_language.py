"""Reading, checking, writing and evaluating policies."""

from __future__ import annotations

import json
from datetime import timedelta
from fnmatch import fnmatchcase

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from seawall.images import (
    EcrImage,
    Elsewhere,
    Image,
    LifecyclePolicy,
    Malformed,
    Reason,
    StorageClass,
    evaluate,
    is_valid,
    parse,
    parse_uri,
    reference,
    to_json,
    validate,
)
from seawall.images.matching import covers, identifies, matches_pattern
from seawall.images.policy import CountType, LifecycleRule, Selection, TagStatus
from tests.images.made import NOW, TAGS, image, policies, policy, rule, rules


@given(policies())
def test_what_is_written_is_read_and_valid(lifecycle: LifecyclePolicy) -> None:
    read = parse(to_json(lifecycle))
    assert read == lifecycle
    assert isinstance(read, LifecyclePolicy)
    assert not [problem for problem in validate(lifecycle) if problem.certain] or not lifecycle.rules
    assert parse(json.loads(to_json(lifecycle))) == lifecycle


@given(st.text(alphabet="ab-", max_size=6), st.text(alphabet="ab-*", max_size=6))
def test_matching_is_that_of_a_shell_with_nothing_but_a_star(tag: str, pattern: str) -> None:
    assert matches_pattern(pattern, tag) is fnmatchcase(tag, pattern)


@given(rules(), rules(), st.frozensets(st.sampled_from(TAGS)))
def test_what_is_covered_is_matched(wide: Selection, narrow: Selection, tags: frozenset[str]) -> None:
    if covers(wide, narrow) and identifies(narrow, tags):
        assert identifies(wide, tags)


def plain(lifecycle: LifecyclePolicy, images: list[Image]) -> set[str]:
    """The documented algorithm once more, written down as it is told, for images of the standard class."""
    acted: set[str] = set()
    claimed: set[str] = set()
    for each in sorted(lifecycle.rules, key=lambda rule: rule.priority):
        if each.storage_class is StorageClass.ARCHIVE:
            continue
        chosen = each.selection
        pull = chosen.count_type is CountType.PULLED
        clock = {one.name: (one.pulled or one.pushed) if pull else one.pushed for one in images}
        pool = sorted((one for one in images if identifies(chosen, one.tags)), key=lambda one: clock[one.name])
        if chosen.count_type is CountType.IMAGES:
            marked = pool[: max(len(pool) - chosen.count_number, 0)]
        else:
            marked = [one for one in pool if NOW - clock[one.name] > timedelta(days=chosen.count_number)]
        acted |= {one.name for one in marked} - claimed
        claimed |= {one.name for one in pool}
    while spared := {child for one in images if one.name not in acted for child in one.children if child in acted}:
        acted -= spared
    return acted


@st.composite
def inventories(draw: st.DrawFn) -> list[Image]:
    ages = draw(st.lists(st.integers(1, 400), max_size=10, unique=True))
    found = []
    for number, age in enumerate(ages):
        tags = draw(st.frozensets(st.sampled_from(TAGS), max_size=2))
        others = [f"image {other}" for other in range(len(ages)) if other != number]
        children = draw(st.lists(st.sampled_from(others or [""]), max_size=2 if others else 0))
        pushed = NOW - timedelta(hours=age)
        pulled = pushed + timedelta(hours=draw(st.integers(0, age))) if draw(st.integers(0, 1)) else None
        found.append(Image(f"image {number}", tags, pushed, pulled, children=tuple(children)))
    return found


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(policies(), inventories())
def test_evaluation_is_the_documented_algorithm(lifecycle: LifecyclePolicy, images: list[Image]) -> None:
    found = evaluate(lifecycle, images, NOW)
    pulls = [each for each in images if each.pulled is not None]
    if len({each.pull_clock for each in images}) == len(images) or not pulls:
        assert {fate.image.name for fate in found.acted} == plain(lifecycle, images)
    for fate in found.fates:
        assert (fate.rule is None) is (fate.reason in (Reason.UNMATCHED, Reason.ARCHIVED))
        assert (fate.by is not None) is (fate.reason is Reason.REFERENCED)


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(policies(), inventories(), st.data())
def test_keeping_more_or_waiting_less_never_costs_an_image(
    lifecycle: LifecyclePolicy, images: list[Image], data: st.DataObject
) -> None:
    if not lifecycle.rules:
        return
    position = data.draw(st.integers(0, len(lifecycle.rules) - 1))
    changed = list(lifecycle.rules)
    chosen = changed[position]
    more = replace(chosen.selection, count_number=chosen.selection.count_number + data.draw(st.integers(1, 3)))
    changed[position] = replace(chosen, selection=more)
    images = [replace(each, children=()) for each in images]
    before = {fate.image.name for fate in evaluate(lifecycle, images, NOW).acted}
    assert {fate.image.name for fate in evaluate(LifecyclePolicy(tuple(changed)), images, NOW).acted} <= before
    assert {fate.image.name for fate in evaluate(lifecycle, images, NOW - timedelta(hours=9)).acted} <= before


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(policies(), inventories())
def test_the_order_in_which_images_are_given_does_not_matter(lifecycle: LifecyclePolicy, images: list[Image]) -> None:
    found = {fate.image.name: fate.text for fate in evaluate(lifecycle, images, NOW).fates}
    assert {fate.image.name: fate.text for fate in evaluate(lifecycle, images[::-1], NOW).fates} == found


def test_a_shield_does_not_carry_over_into_the_archive() -> None:
    lifecycle = policy("prod* cnt 100000", "any archived 90")
    found = evaluate(lifecycle, [image("A", "prod-1", 200, archived=91), image("B", "prod-2", 200)], NOW)
    assert [fate.reason for fate in found.fates] == [Reason.ACTED, Reason.KEPT]


def test_ties_are_ordered_by_name_and_named() -> None:
    found = evaluate(policy("any cnt 1"), [image("B", "", 1), image("A", "", 1)], NOW)
    assert [fate.image.name for fate in found.acted] == ["B"]
    assert set(found.tied) == {"A", "B"}


def test_an_artifact_goes_with_its_subject() -> None:
    signature = replace(image("S", "keep", 1), subject="A")
    found = evaluate(policy("keep cnt 1", "any age 5"), [image("A", "v1", 6), signature], NOW)
    assert found.of("S").text == "expired by rule 2 (any image, 5 days after the push) with its subject A"


@pytest.mark.parametrize(
    ("text", "constraint"),
    [
        ("[]", "grammar"),
        ("{", "grammar"),
        ('{"rules": 1}', "grammar"),
        ('{"rules": [{"rulePriority": true, "selection": {}, "action": {}}]}', "grammar"),
        (to_json(policy("any cnt 1")).replace('"expire"', '"archive"'), "grammar"),
        (to_json(policy("any cnt 1")).replace('"expire"', '"expire","targetStorageClass":null'), "null"),
        (to_json(policy("any age 1")).replace('"days"', '"hours"'), "grammar"),
    ],
)
def test_what_is_no_policy(text: str, constraint: str) -> None:
    found = parse(text)
    assert isinstance(found, Malformed)
    assert constraint in {problem.constraint.id for problem in found.problems}


@pytest.mark.parametrize(
    ("rules", "constraint", "certain"),
    [
        ((rule(0, "any cnt 1"),), "priority", True),
        ((rule(1, "prod* cnt 1"), rule(2, "prod* age 1")), "same-list", True),
        ((rule(1, "a cnt 1"), rule(2, "a+b cnt 1")), "overlap", False),
        ((rule(1, "any cnt 1"), rule(2, "any age 1")), "one-any", True),
        ((rule(1, "any archived 30"),), "archive-stay", True),
        ((rule(1, "any pulled 30"),), "pulled-archives", True),
        (tuple(rule(n, f"a{n} cnt 1") for n in range(1, 52)), "rules", True),
        ((), "length", True),
        ((LifecycleRule(1, Selection(TagStatus.ANY, CountType.IMAGES, 1, ("a",))),), "no-list", True),
        ((LifecycleRule(1, Selection(TagStatus.TAGGED, CountType.IMAGES, 1, ("a",), ("b",))),), "one-list", True),
        ((LifecycleRule(1, Selection(TagStatus.TAGGED, CountType.IMAGES, 1, (), ("",))),), "empty-entry", False),
        ((LifecycleRule(1, Selection(TagStatus.ANY, CountType.PUSHED, 1)),), "needs-unit", True),
        ((LifecycleRule(1, Selection(TagStatus.ANY, CountType.IMAGES, 1, count_unit="days")),), "no-unit", True),
        (
            (LifecycleRule(1, Selection(TagStatus.ANY, CountType.IMAGES, 1, storage_class=StorageClass.ARCHIVE)),),
            "standard-only",
            True,
        ),
        (
            (LifecycleRule(1, Selection(TagStatus.ANY, CountType.IMAGES, 1, storage_class=StorageClass.STANDARD)),),
            "explicit-standard",
            False,
        ),
    ],
)
def test_constraints(rules: tuple[LifecycleRule, ...], constraint: str, certain: bool) -> None:
    lifecycle = LifecyclePolicy(rules)
    found = [problem for problem in validate(lifecycle) if problem.constraint.id == constraint]
    assert found
    assert all(problem.certain is certain for problem in found)
    assert is_valid(lifecycle) is not certain


def test_the_text_as_written_is_what_counts() -> None:
    padded = parse('{"rules": []}' + " " * 100)
    assert isinstance(padded, LifecyclePolicy)
    assert is_valid(padded)


def test_unknown_keys_are_told_but_no_hard_error() -> None:
    odd = parse(to_json(policy("any cnt 1")).replace('"rules"', '"Version":1,"rules"'))
    assert isinstance(odd, LifecyclePolicy)
    assert [problem.constraint.id for problem in validate(odd)] == ["unknown-key"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("111122223333.dkr.ecr.us-east-1.amazonaws.com/foo/bar:1", ("foo/bar", "1", None)),
        ("111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/foo", ("foo", "latest", None)),
        ("111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/foo:a", ("foo", "a", None)),
        ("111122223333.dkr-ecr.eu-west-1.on.aws/foo:a", ("foo", "a", None)),
        ("111122223333.dkr.ecr.us-east-1.amazonaws.com/foo@sha256:ab", ("foo", None, "sha256:ab")),
        ("111122223333.dkr.ecr.us-east-1.amazonaws.com/foo:v1@sha256:ab", ("foo", "v1", "sha256:ab")),
        ("111122223333.dkr.ecr.us-east-1.amazonaws.com/foo:${Tag}", ("foo", None, None)),
        (
            "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/cdk-x-container-assets-${AWS::AccountId}-${AWS::Region}:ab",
            ("cdk-x-container-assets-${AWS::AccountId}-${AWS::Region}", "ab", None),
        ),
    ],
)
def test_uris(text: str, expected: tuple[str, str | None, str | None]) -> None:
    found = parse_uri(text)
    assert isinstance(found, EcrImage)
    assert (found.repository, found.tag, found.digest) == expected
    assert reference(found, "key").identity == (found.digest or found.tag)


@pytest.mark.parametrize(
    ("text", "registry"),
    [
        ("public.ecr.aws/docker/library/redis:7", "public"),
        ("nginx", "other"),
        ("ghcr.io/team/tool:1", "other"),
        ("${Image}", "unreadable"),
        ("${Registry}/web:1", "unreadable"),
        ("", "unreadable"),
    ],
)
def test_images_elsewhere(text: str, registry: str) -> None:
    found = parse_uri(text)
    assert isinstance(found, Elsewhere)
    assert found.registry == registry


def test_a_fate_names_the_rule_that_shields_and_the_first_that_would_have_acted() -> None:
    lifecycle = policy("prod* cnt 9", "v* cnt 1", "any cnt 1")
    old, new = image("old", "prod-1 v1", 9), image("new", "v2", 1)
    fate = evaluate(lifecycle, [old, new], NOW).of("old")
    assert (fate.reason, fate.rule, fate.other) == (Reason.SHIELDED, lifecycle.rules[0], lifecycle.rules[1])
    assert fate.text == "shielded by rule 1 (tags prod*, keep 9) from rule 2 (tags v*, keep 1)"
    assert not fate.acted


def test_what_no_rule_matches_says_in_which_class_it_lies() -> None:
    images = [image("a", "x", 9), image("b", "x", 9, archived=3)]
    fates = evaluate(policy("v* cnt 1"), images, NOW).fates
    assert [(fate.reason, fate.text) for fate in fates] == [
        (Reason.UNMATCHED, "matched by no rule"),
        (Reason.ARCHIVED, "in the archive, matched by no rule for it"),
    ]


def test_a_rule_for_any_image_covers_every_other() -> None:
    anything, bare, tagged = (rule(1, text).selection for text in ("any cnt 1", "untagged cnt 1", "prod* cnt 1"))
    assert all(covers(anything, each) for each in (anything, bare, tagged))
    assert not any(covers(each, anything) for each in (bare, tagged))
    assert (covers(bare, bare), covers(bare, tagged), covers(tagged, bare)) == (True, False, False)
