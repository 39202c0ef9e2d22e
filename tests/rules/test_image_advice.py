"""The fix of an image in danger: what to ask first, what each rule of the new policy does, and what it keeps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from seawall.remedies.search import Remedy
from seawall.rules import Finding
from seawall.rules.fixes import Fix

from .image_policies import AGE, ARCHIVE, KEPT, PULLED, policy, rule, with_policy
from .judging import Raw, body, found, judged, only, scenario
from .test_image_dangers import finding

V42 = "7 = 1 in use + 1 to roll back to + 5 spare (hotfixes, failed deployments); v* as app/Service runs v42"


def fix(directory: Path, *selections: Raw, **given: Any) -> Fix:
    return finding(directory, *selections, **given).fix


def stated(changes: Iterable[Remedy]) -> list[tuple[str, str, str]]:
    edits = (edit for change in changes for edit in change.edits)
    return [(edit.place.address.logical_id, edit.place.property, edit.value) for edit in edits]


def any_(number: int, **how: Any) -> Raw:
    return {"tagStatus": "any", **(how or KEPT), "countNumber": number}


def tagged(number: int, *patterns: str, **how: Any) -> Raw:
    return {"tagStatus": "tagged", "tagPatternList": list(patterns), **(how or KEPT), "countNumber": number}


def test_what_decides_the_number_is_asked_before_it_with_both_answers(tmp_path: Path) -> None:
    made = fix(tmp_path, any_(5))
    assert made.first == (
        "does every build get a v* tag, or do only releases? Only releases: go on. Every build: the 7 that rule 1 "
        "below keeps are too few; say so in Images as below, and check again"
    )
    assert stated(made.correction) == [("Images", "Metadata.seawall.build_tags", '["v*"]')]
    assert not fix(tmp_path, any_(5), tag="latest").first


def test_what_is_answered_is_not_asked(tmp_path: Path) -> None:
    """As every build gets such a tag, the rule keeps what arrives in 61 days: 610 and the one in use."""
    made = fix(tmp_path, any_(5), build_tags=["v*"])
    assert not made.first
    assert (
        made.steps[0]
        .notes[0]
        .startswith("rule 1 (tags v*, keep 611) is new: 611 = 61 days x an assumed 10 pushes a day + 1 in use")
    )


def test_the_question_is_asked_of_a_number_that_stays(tmp_path: Path) -> None:
    """610 images of builds arrive in 61 days, and one is in use: 40 are too few, 611 are enough."""
    assert "the 40 that rule 1 below keeps are too few" in fix(tmp_path, any_(40)).first
    own = fix(tmp_path, tagged(100, "*"), tagged(50, "v*"))
    assert "the 50 that rule 1 below keeps are too few" in own.first
    assert stated(own.correction) == [("Images", "Metadata.seawall.build_tags", '["v*"]')]
    assert not fix(tmp_path, tagged(100, "*"), tagged(611, "v*")).first


@pytest.mark.parametrize("build_tags", [[], ["sha-*"]])
def test_a_stated_list_of_build_tags_is_the_answer(build_tags: list[str], tmp_path: Path) -> None:
    made = fix(tmp_path, any_(5), build_tags=build_tags)
    assert not made.first
    assert not made.correction
    assert made.steps[0].notes[0].startswith("rule 1 (tags v*, keep 7) is new")


def test_a_rule_that_counts_any_image_may_leave_none_of_the_others(tmp_path: Path) -> None:
    """It keeps the 5 newest of all, whatever the rule above keeps besides: so it does today."""
    replaced, _ = fix(tmp_path, any_(5)).steps
    assert replaced.do == (
        "replace the policy; then nothing in use and nothing to roll back to is deleted, as long as v42 is never "
        "pushed again (step 2)"
    )
    assert replaced.notes == (
        f"rule 1 (tags v*, keep 7) is new: {V42}",
        (
            "rule 2 (any image, keep 5) is your rule 1, unchanged. It never deletes v* images: rule 1 alone decides "
            "about them. They still count among its 5: if the 5 newest images are all v* images, it keeps no other "
            "image, as today"
        ),
    )


def test_what_it_leaves_of_the_others_at_the_least_is_a_number(tmp_path: Path) -> None:
    """A tag is on one image, so that 39 of the 40 newest are others."""
    _, rule = fix(tmp_path, any_(40), tag="latest", kind="task").steps[0].notes
    assert rule.endswith(
        "never deletes latest images: rule 1 alone decides about them. They still count among its 40: at worst it "
        "keeps 39 other images (40 - 1 kept)"
    )


def test_a_rule_for_a_family_is_not_smaller_than_the_one_that_keeps_it_now(tmp_path: Path) -> None:
    first, rule = fix(tmp_path, any_(40)).steps[0].notes
    assert first.startswith("rule 1 (tags v*, keep 40) is new: 40, as many as the policy keeps now; v* as app/Service")
    assert rule.endswith("if the 40 newest images are all v* images, it keeps no other image, as today")


def test_a_rule_by_age_leaves_what_the_rule_above_it_matches(tmp_path: Path) -> None:
    made = fix(tmp_path, any_(30, **AGE))
    assert made.steps[0].notes[1] == (
        "rule 2 (any image, 30 days after the push) is your rule 1, unchanged. It never deletes v* images: rule "
        "1 alone decides about them"
    )
    assert made.trade_off == "images kept: about 300 now (30 days x an assumed 10 pushes a day), up to 7 more then"


def test_what_else_could_take_the_image_is_a_step_of_its_own(tmp_path: Path) -> None:
    step = fix(tmp_path, any_(5)).steps[1]
    assert step.do == (
        "see to it that v42 is never pushed again (else the image in use loses its tag, and rule 2 deletes it)"
    )
    assert step.notes == (
        (
            "if your pipeline never pushes the same tag twice: say so in Images as below, in the same seawall block as "
            'build_tags if that is there: "Metadata": {"seawall": {"build_tags": ["v*"], "moving_tags": []}}'
        ),
        (
            "if it may, have ECR refuse the second push of a tag, also of one that is meant to move, such as latest, "
            'unless a filter of IMMUTABLE_WITH_EXCLUSION names it ("ImageTagMutability": "IMMUTABLE")'
        ),
    )
    assert stated(step.changes) == [("Images", "Metadata.seawall.moving_tags", "[]")]


@pytest.mark.parametrize("said", [{"moving_tags": []}, {"moving_tags": ["latest"]}])
def test_what_is_stated_needs_no_step(said: dict[str, Any], tmp_path: Path) -> None:
    made = fix(tmp_path, any_(5), **said)
    assert [step.do for step in made.steps] == [
        "replace the policy; then nothing in use and nothing to roll back to is deleted"
    ]


def test_a_longer_time_is_told_beside_the_shorter_one(tmp_path: Path) -> None:
    untagged = {"tagStatus": "untagged", **AGE, "countNumber": 1}
    made = fix(tmp_path, untagged, tag="latest")
    assert made.steps[0].notes == (
        (
            "rule 1 (untagged images): 61 days after the push, not 1 day; 61 days = 30 days x (1 "
            "deployment + 1 to roll back to) + 1 day from the push"
        ),
        (
            "most of these are kept because nothing marks which image under :latest is deployed: with a tag of its own "
            "for each deployment (v1, v2) a few would do"
        ),
    )
    assert made.trade_off == (
        "images kept: about 12 now (1 day x an assumed 10 pushes a day, and 2 in use or waiting for ECR's next run), "
        "about 610 then (61 days x an assumed 10 pushes a day); storage: under $1 a month now, about $31 then = "
        "images x 0.5 GB (assumed) x $0.10 a GB (list price)"
    )


def test_images_that_rules_count_are_added_up(tmp_path: Path) -> None:
    sum_ = "images kept: at most 5 now, at most 12 then = 7 (rule 1) + 5 (rule 2)"
    assert fix(tmp_path, any_(5)).trade_off == sum_
    assert fix(tmp_path, any_(5), pushes_per_day=3).trade_off == sum_
    assert fix(tmp_path, any_(30, **AGE), pushes_per_day=3).trade_off == (
        "images kept: about 93 now (30 days x 3 pushes a day, and 3 in use or waiting for ECR's next run), up to 7 "
        "more then"
    )
    assert fix(tmp_path, any_(30, **AGE), pushes_per_day=1).trade_off.startswith(
        "images kept: about 33 now (30 days x 1 push a day, and 3 in use or waiting for ECR's next run), "
    )


def test_where_it_keeps_what_is_kept_now_it_costs_nothing() -> None:
    made = only(scenario("image-and-list"), "image-endangered").fix
    assert made.trade_off == "none, as many images are kept as now: about 900 (90 days x an assumed 10 pushes a day)"
    assert made.steps[0].notes[0] == (
        "rule 1 (tags prod, keep 9999) and rule 2 (tags staging, keep 9999) are new: a tag is on one image at a time, "
        "so that nothing is deleted here"
    )


def test_the_rules_that_stay_are_named(tmp_path: Path) -> None:
    made = fix(tmp_path, tagged(14, "pr-*", **AGE), any_(5))
    assert [re.split("[:.] ", note)[0] for note in made.steps[0].notes] == [
        "rule 1 (tags v*, keep 7) is new",
        "rule 2 (tags pr-*, 14 days after the push) is your rule 1, unchanged",
        "rule 3 (any image, keep 5) is your rule 2, unchanged",
    ]


def test_a_question_is_answered_by_a_line_to_paste(tmp_path: Path) -> None:
    template = with_policy(body("image-exact-tag"), rule(1, **tagged(3, "sha-*", **AGE)))
    (asked,) = found(judged(tmp_path, template), "image-unknown")
    assert asked.fix.text == (
        "if images in use carry no tag beside the one they are named by, say so in Images as below; if they "
        "do, write the patterns of these tags between the brackets, such as sha-*"
    )
    assert stated(asked.changes) == [("Images", "Metadata.seawall.also_tagged", "[]")]


def test_nothing_is_promised_where_no_policy_is_proven(tmp_path: Path) -> None:
    """Fifty rules that stay leave no room for one more."""
    rules = [tagged(3, f"team{number}-*", **AGE) for number in range(49)]
    made: Finding = finding(tmp_path, *rules, any_(5))
    assert made.fix.steps[0].do.startswith("put a rule for the tags in use") or made.paste


UNTAGGED = {"tagStatus": "untagged", **AGE, "countNumber": 1}


def task(
    directory: Path, *tags: str, selection: Raw = UNTAGGED, about: str = "image-unknown", **habits: Any
) -> list[Finding]:
    """What is found where tasks that something outside the app starts run images with `tags`."""
    repository: Raw = {
        "Type": "AWS::ECR::Repository",
        "Properties": {"RepositoryName": "orders", "LifecyclePolicy": policy(rule(1, **selection))},
    }
    if habits:
        repository["Metadata"] = {"seawall": habits}
    uri = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/orders"
    tasks = {
        f"Task{number}": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {"ContainerDefinitions": [{"Name": "app", "Image": {"Fn::Sub": f"{uri}:{tag}"}}]},
        }
        for number, tag in enumerate(tags)
    }
    return found(judged(directory, {"Resources": {"Images": repository, **tasks}}), about)


def test_a_tag_that_moves_is_not_to_be_made_immutable(tmp_path: Path) -> None:
    """ECR would be told to leave out the very tag that is asked about."""
    (asked,) = task(tmp_path, "latest")
    assert asked.fix.text.startswith(
        "if no tag of an image in use is ever pushed again, say so in Images as below; if a tag moves, push each "
        "deployment under a tag of its own too"
    )
    assert "IMMUTABLE" not in asked.fix.text


def test_a_tag_that_is_stated_to_move_has_no_statement_against_it(tmp_path: Path) -> None:
    (asked,) = task(tmp_path, "latest", moving_tags=["latest"])
    assert asked.fix.text.startswith("if a tag moves, push each deployment under a tag of its own too")
    assert not asked.changes


def test_beside_tags_that_move_only_the_others_are_stated_to_stay(tmp_path: Path) -> None:
    asked = {bool("IMMUTABLE" in each.fix.text): each for each in task(tmp_path, "latest", "v42")}
    assert stated(asked[True].changes) == [("Images", "Metadata.seawall.moving_tags", '["latest"]')]
    assert "pushes the same tag twice, but for latest" in asked[True].fix.text


def test_more_tags_that_move_than_ecr_leaves_out_have_no_setting(tmp_path: Path) -> None:
    moving = ("dev", "latest", "main", "nightly", "prod", "stable")
    (asked,) = [each for each in task(tmp_path, "v42", *moving) if "v42" in each.headline]
    assert "IMMUTABLE" not in asked.fix.text
    assert asked.fix.text.endswith(
        "ECR can refuse the second push of any tag but those of 5 patterns, and of the tags in use 6 move (dev, "
        "latest, main, nightly, prod and stable)"
    )


def test_nothing_is_promised_of_a_tag_that_moves(tmp_path: Path) -> None:
    made = task(tmp_path, "v42", "v43", "latest", selection=any_(1), about="image-endangered")[0].fix
    replaced, stays, moving = made.steps
    assert replaced.do == (
        "replace the policy; then nothing in use and nothing to roll back to is deleted, except for what step 3 is "
        "about, as long as v42 and v43 are never pushed again (step 2)"
    )
    assert stays.do.startswith("see to it that v42 and v43 are never pushed again (else")
    assert (
        moving.do == "keep the image in use once latest is pushed again (else it loses its tag, and rule 3 deletes it)"
    )
    assert [note[:14] for note in moving.notes] == ["if a tag moves"]
    assert not moving.changes


def test_an_image_that_a_rule_counts_is_not_counted_beside_it(tmp_path: Path) -> None:
    """Whatever tag it has, it is among the 5 newest of any kind; under a rule of its own it is beside them."""
    made = fix(tmp_path, any_(5), tag="latest").trade_off
    assert made.startswith("images kept: at most 5 now, at most 612 then = 611 (rule 2) + 1 in use")


def test_a_rule_to_the_archive_that_stands_above_already_is_not_asked_for(tmp_path: Path) -> None:
    """Only once v42 is pushed again does the rule for any image reach it: that alone is asked."""
    archived = rule(1, action=ARCHIVE, tagStatus="any", **PULLED, countNumber=14)
    template = with_policy(body("image-keep-any"), archived)
    (window,) = found(judged(tmp_path, template), "image-window")
    assert [step.do.partition(" (")[0] for step in window.fix.steps[1:]] == ["see to it that v42 is never pushed again"]


def test_a_promise_that_ends_with_days_says_so(tmp_path: Path) -> None:
    """Builds of one image a day each: 611 of them are 61 days, after which the one that runs is gone as well."""
    builds = {"tagStatus": "tagged", "tagPatternList": ["sha-*"], **KEPT, "countNumber": 30}
    step, *_ = fix(tmp_path, builds, tag="sha-1f3e5d7").steps
    assert step.do == (
        "replace the policy; then nothing in use and nothing to roll back to is deleted, as long as a newer image is "
        "deployed within 61 days"
    )


def test_days_in_the_archive_stand_beside_the_images_that_they_keep(tmp_path: Path) -> None:
    template = with_policy(
        body("image-keep-any"),
        rule(1, action=ARCHIVE, **any_(90, **AGE)),
        rule(2, **any_(180, countType="sinceImageTransitioned", countUnit="days", storageClass="archive")),
    )
    told = only(judged(tmp_path, template), "image-doomed").fix
    assert "about 2,700 now ((90 days + 180 days in the archive) x an assumed 10 pushes a day)" in told.trade_off


def test_a_policy_of_one_side_and_of_defaults_says_so(tmp_path: Path) -> None:
    template = with_policy(body("image-keep-any"), rule(1, **any_(77)))
    held = template["Resources"]["Images"]["Properties"]["LifecyclePolicy"]
    text = held["LifecyclePolicyText"]
    held["LifecyclePolicyText"] = {"Fn::Sub": text.replace("77", "${Keep}")}
    template["Parameters"] = {"Keep": {"Type": "Number", "Default": 5}}
    told = only(judged(tmp_path, template), "image-endangered")
    assert "assumes that parameter Keep keeps its default 5" in told.assumptions
    assert "what Keep is by default stands in it as a value" in told.fix.steps[0].notes
    held["LifecyclePolicyText"] = {"Fn::If": ["Prod", text.replace("77", "100"), text.replace("77", "3")]}
    template["Conditions"] = {"Prod": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    both = found(judged(tmp_path, template), "image-endangered")
    assert [each.fix.steps[0].do.partition(";")[0] for each in both] == [
        "replace the policy for Prod",
        "replace the policy for not Prod",
    ]
