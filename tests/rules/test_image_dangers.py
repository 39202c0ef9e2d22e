"""What is said of an image in danger: when it goes, as far as that is known, and what has to happen before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.rules import Finding

from .image_policies import AGE, ARCHIVE, KEPT, PULLED, rule, rules, with_policy
from .judging import Raw, body, judged, only, scenario


def finding(directory: Path, *selections: Raw, tag: str = "v42", kind: str = "", **stated: Any) -> Finding:
    template = with_policy(body("image-keep-any"), *rules(*selections))
    template["Resources"]["Images"] |= {"Metadata": {"seawall": stated}} if stated else {}
    if kind == "task":
        del template["Resources"]["Service"]
        target = {"Arn": "arn:aws:ecs:eu-west-1:1:cluster/c", "Id": "t", "RoleArn": "arn:aws:iam::1:role/r"}
        schedule: Raw = {"ScheduleExpression": "rate(1 day)", "Targets": [target]}
        schedule["Targets"][0] |= {"EcsParameters": {"TaskDefinitionArn": {"Ref": "Task"}}}
        template["Resources"]["Nightly"] = {"Type": "AWS::Events::Rule", "Properties": schedule}
    report = judged(directory, json.loads(json.dumps(template).replace(":v42", f":{tag}")))
    return next(each for each in report.findings if each.rule in ("image-doomed", "image-endangered"))


@pytest.mark.parametrize(
    ("number", "stated", "says"),
    [
        (5, {}, "once 5 newer images exist: 12 to 36 hours after its push, at an assumed 10 pushes a day"),
        (1, {}, "once 1 newer image exists: 2 to 27 hours after its push, at an assumed 10 pushes a day"),  # 2.4 hours
        (23, {}, "once 23 newer images exist: 2 to 4 days after its push, at an assumed 10 pushes a day"),  # 2.3 days
        (60, {}, "once 60 newer images exist: 6 to 7 days after its push, at an assumed 10 pushes a day"),
        (5, {"pushes_per_day": 0.5}, "once 5 newer images exist: 10 to 11 days after its push, at 0.5 pushes a day"),
        (5, {"pushes_per_day": 1}, "once 5 newer images exist: 5 to 6 days after its push, at 1 push a day"),
        (
            2,
            {"pushes_per_day": 100},
            "once 2 newer images exist: up to 25 hours after its push, at 100 pushes a day",
        ),  # half an hour
        (
            30,
            {"images_per_push": 3},
            "once 30 newer images exist: 24 to 48 hours after its push, at an assumed 10 pushes a day of 3 images each",
        ),
    ],
)
def test_pushes_come_first_and_the_time_holds_the_day_that_ecr_takes(
    number: int, stated: dict[str, Any], says: str, tmp_path: Path
) -> None:
    found = finding(tmp_path, {"tagStatus": "any", **KEPT, "countNumber": number}, **stated)
    which = f"rule 1 of app/Images (any image, keep {number}) deletes :v42, which app/Service runs, "
    assert (found.rule, found.headline) == ("image-endangered", which + says)


@pytest.mark.parametrize(
    ("number", "stated", "says"),
    [
        (5, {}, "5 / 10 a day = 12 hours"),
        (7, {}, "7 / 10 a day = 16.8 hours"),
        (23, {}, "23 / 10 a day = 2.3 days"),
        (30, {"images_per_push": 3}, "30 / (10 x 3) = 24 hours"),
    ],
)
def test_the_time_is_worked_out_beside_it(number: int, stated: dict[str, Any], says: str, tmp_path: Path) -> None:
    found = finding(tmp_path, {"tagStatus": "any", **KEPT, "countNumber": number}, **stated)
    assert found.facts[1] == (
        f"every push counts, whatever its tag: {says}, and ECR acts within 24 hours (AWS documentation); another pace: "
        "pushes-per-day in seawall.toml"
    )


def test_of_a_family_only_its_own_images_count(tmp_path: Path) -> None:
    found = finding(tmp_path, {"tagStatus": "tagged", "tagPatternList": ["pr-*"], **KEPT, "countNumber": 9}, tag="pr-7")
    assert found.headline.endswith(
        " once 9 newer images with tags pr-* exist: 21 to 46 hours after its push, at an assumed 10 pushes a day"
    )
    assert found.facts[1].startswith("only tags pr-* count: 9 / 10 a day = 21.6 hours, and ")


def test_what_is_certain_needs_no_push(tmp_path: Path) -> None:
    found = finding(tmp_path, {"tagStatus": "any", **AGE, "countNumber": 14})
    assert found.rule == "image-doomed"
    assert found.headline == (
        "rule 1 of app/Images (any image) deletes :v42, which app/Service runs, 14 to 15 days after its push, without "
        "any push or deployment (harmless only if a newer image is deployed by then)"
    )
    assert found.facts[1:] == ("14 days as the rule says, and ECR acts within 24 hours (AWS documentation)",)
    assert not found.events


def test_what_another_push_hands_over_is_not_certain(tmp_path: Path) -> None:
    found = finding(tmp_path, {"tagStatus": "any", **AGE, "countNumber": 14}, tag="latest", kind="task")
    assert found.rule == "image-endangered"
    assert found.headline.endswith(" 14 to 15 days after its push (unless its tag is pushed again by then)")


def test_what_a_further_tag_would_keep_is_not_certain() -> None:
    (found,) = (each for each in scenario("image-and-list").findings if each.rule == "image-endangered")
    assert found.headline.endswith(
        " 90 to 91 days after its push (unless a newer image is deployed by then or a further tag on it meets rule 1 "
        "(tags prod and staging))"
    )


def test_of_several_in_use_the_pushes_after_all_of_them_count(tmp_path: Path) -> None:
    """One of the three newer images that the older one can bear is in use, so that two more pushes take it."""
    template = with_policy(body("image-window"), rule(1, tagStatus="any", **KEPT, countNumber=3))
    (found, *_) = (each for each in judged(tmp_path, template).findings if each.rule == "image-endangered")
    assert found.headline.endswith(" runs, after 2 more pushes: 4 to 29 hours at an assumed 10 a day")


def test_more_in_use_than_it_keeps_needs_no_push(tmp_path: Path) -> None:
    template = with_policy(body("image-window"), rule(1, tagStatus="any", **KEPT, countNumber=1))
    (found,) = (each for each in judged(tmp_path, template).findings if each.rule == "image-doomed")
    assert found.headline.endswith(
        ", which app/OldService runs, within 24 hours, without any further push: it keeps 1 of 2 images that are "
        "needed at once"
    )


@pytest.mark.parametrize(
    ("selection", "which", "says"),
    [
        (
            {"tagStatus": "untagged", **AGE, "countNumber": 3},
            "(untagged images)",
            "latest: within 24 hours, or when it is 3 to 4 days old if that is later",
        ),
        (
            {"tagStatus": "untagged", **KEPT, "countNumber": 4},
            "(untagged images, keep 4)",
            "latest, after 4 more pushes: 9 to 34 hours at an assumed 10 a day",
        ),
    ],
)
def test_a_tag_that_moves_on_leaves_the_image_to_the_rule(
    selection: Raw, which: str, says: str, tmp_path: Path
) -> None:
    told = f"rule 1 of app/Images {which} deletes the image that app/Service runs once another push has taken its tag "
    assert finding(tmp_path, selection, tag="latest").headline == told + says


def test_what_older_versions_have_bound_goes_first(tmp_path: Path) -> None:
    """A function on v9, and an alias on two older versions: three images, of which two stay."""
    template = with_policy(
        body("image-keep-any"), rule(1, tagStatus="tagged", tagPatternList=["v*"], **KEPT, countNumber=2)
    )
    images = template["Resources"]["Images"]
    uri: Raw = {"Fn::Join": ["", [{"Fn::GetAtt": ["Images", "RepositoryUri"]}, ":v9"]]}
    function = {"PackageType": "Image", "Code": {"ImageUri": uri}, "Role": "arn:aws:iam::111122223333:role/r"}
    weights = [{"FunctionVersion": "4", "FunctionWeight": 0.1}]
    alias = {"FunctionName": {"Ref": "Fn"}, "FunctionVersion": "3", "Name": "live"}
    alias |= {"RoutingConfig": {"AdditionalVersionWeights": weights}}
    resources: Raw = {"Images": images, "Fn": {"Type": "AWS::Lambda::Function", "Properties": function}}
    resources["Live"] = {"Type": "AWS::Lambda::Alias", "Properties": alias}
    told = only(judged(tmp_path, {"Resources": resources}), "image-doomed")
    assert told.headline == (
        "rule 1 of app/Images (tags v*, keep 2) deletes the image of an older version of app/Fn, which an alias names, "
        "within 24 hours, without any further push: it keeps 2 of 3 images that are needed at once"
    )
    assert told.events[-1] == "day 0: rule 1 deletes v7, and app/Fn needs it"
    assert "--qualifier" in " ".join(step.do for step in told.stop_now.steps)


def test_a_tag_that_moved_and_a_last_pull_are_told_by_their_own_clock(tmp_path: Path) -> None:
    template = with_policy(
        body("image-keep-any"), rule(1, action=ARCHIVE, tagStatus="untagged", **PULLED, countNumber=20)
    )
    uri: Raw = {"Fn::Join": ["", [{"Fn::GetAtt": ["Images", "RepositoryUri"]}, ":latest"]]}
    function = {"PackageType": "Image", "Code": {"ImageUri": uri}, "Role": "arn:aws:iam::111122223333:role/r"}
    resources = {
        "Images": template["Resources"]["Images"],
        "Fn": {"Type": "AWS::Lambda::Function", "Properties": function},
    }
    told = only(judged(tmp_path, {"Resources": resources}), "image-endangered")
    assert told.headline.endswith(
        "within 24 hours, or 20 to 21 days after its last pull if that is later: an archived image cannot be pulled"
    )


def test_the_push_that_takes_the_tag_is_one_of_the_newer_ones(tmp_path: Path) -> None:
    exact = {"tagStatus": "tagged", "tagPatternList": ["latest"], **KEPT, "countNumber": 1}
    told = finding(tmp_path, exact, {"tagStatus": "any", **KEPT, "countNumber": 25}, tag="latest")
    assert told.headline == (
        "rule 2 of app/Images (any image, keep 25) deletes the image that app/Service runs once another push has taken "
        "its tag latest and 25 newer images exist: 2 to 4 days after its push, at an assumed 10 pushes a day"
    )


def test_the_push_that_takes_the_tag_is_among_the_further_ones(tmp_path: Path) -> None:
    """Two tags that move are in use: the rule for any image sees both, and keeps 90: 90 - 2 + 1."""
    exact = [{"tagStatus": "tagged", "tagPatternList": [tag], **KEPT, "countNumber": 1} for tag in ("latest", "other")]
    told = finding(
        tmp_path, *exact, {"tagStatus": "any", **KEPT, "countNumber": 90}, tag="latest", used_elsewhere=["other"]
    )
    assert "once another push has taken its tag latest, after 89 more pushes (that one among them): " in told.headline
