"""What a rule leaves an image that is in no danger yet: in the words of a danger, with the same spans."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.rules import Finding

from .image_policies import AGE, ARCHIVE, KEPT, PULLED, rules, with_policy
from .judging import Raw, body, found, judged, only


def window(directory: Path, *selections: Raw, tag: str = "v42", action: Raw | None = None, **stated: Any) -> Finding:
    template = with_policy(body("image-keep-any"), *rules(*selections, action=action))
    template["Resources"]["Images"] |= {"Metadata": {"seawall": stated}} if stated else {}
    return only(judged(directory, json.loads(json.dumps(template).replace(":v42", f":{tag}"))), "image-window")


@pytest.mark.parametrize(
    ("selections", "tag", "which", "says"),
    [
        (
            [{"tagStatus": "any", **KEPT, "countNumber": 1000}],
            "v42",
            "rule 1 of app/Images (any image, keep 1000) deletes :v42, which app/Service runs, ",
            "after 1,000 more pushes: 100 to 101 days at an assumed 10 a day",
        ),
        (
            [{"tagStatus": "any", **AGE, "countNumber": 365}],
            "v42",
            "rule 1 of app/Images (any image) deletes :v42, which app/Service runs, ",
            "365 to 366 days after its push, unless a newer image is deployed by then",
        ),
        (
            [
                {"tagStatus": "tagged", "tagPatternList": ["v42"], **KEPT, "countNumber": 1},
                {"tagStatus": "any", **AGE, "countNumber": 1},
            ],
            "v42",
            "rule 2 of app/Images (any image) deletes the image before :v42, which app/Service may go back to ",
            "for 60 days, 1 to 2 days after its push",
        ),
        (
            [{"tagStatus": "untagged", **AGE, "countNumber": 40}],
            "latest",
            "rule 1 of app/Images (untagged images) deletes the image that app/Service runs once another push ",
            "has taken its tag latest, 40 to 41 days after its push",
        ),
    ],
    ids=["pushes", "age", "before", "moved"],
)
def test_what_the_rule_leaves(selections: list[Raw], tag: str, which: str, says: str, tmp_path: Path) -> None:
    assert window(tmp_path, *selections, tag=tag, moving_tags=["latest"]).headline == which + says


def test_pulls_of_which_nothing_is_known_may_keep_it(tmp_path: Path) -> None:
    found = window(tmp_path, {"tagStatus": "any", **PULLED, "countNumber": 90}, action=ARCHIVE)
    assert found.headline == (
        "rule 1 of app/Images (any image) archives :v42, which app/Service runs, 90 to 91 days after its last pull, "
        "unless it is pulled in between"
    )


def test_a_prefix_that_catches_a_moving_tag_takes_it_for_another_tag_only(tmp_path: Path) -> None:
    """`latest` itself goes with the next push, so that no deployment uses up what the rule keeps."""
    prefix = {"tagStatus": "tagged", "tagPrefixList": ["latest"], **KEPT, "countNumber": 1}
    told = window(tmp_path, prefix, {"tagStatus": "any", **AGE, "countNumber": 400}, tag="latest")
    assert told.headline == (
        "rule 1 of app/Images (tags latest*, keep 1) deletes :latest, which app/Service runs, once a newer image has "
        "another tag of these (its own moves along)"
    )
    assert '"tagPatternList":["latest"]' in str(told.changes)


def test_the_number_that_is_enough_is_told(tmp_path: Path) -> None:
    builds = {"tagStatus": "tagged", "tagPatternList": ["sha-*"], **KEPT, "countNumber": 400}
    told = window(tmp_path, builds, tag="sha-1f3e5d7")
    assert told.fix.text == (
        "keep 3,650 or more in rule 1 (365 days x an assumed 10 a day), or put a rule for the tag of what runs above it"
    )
    enough = {**builds, "countNumber": 3650}
    template = with_policy(body("image-keep-any"), *rules(enough))
    assert not found(judged(tmp_path, json.loads(json.dumps(template).replace(":v42", ":sha-1f3e5d7"))), "image-window")


def test_what_a_window_says_of_a_tag_that_moves_is_not_asked_as_well(tmp_path: Path) -> None:
    shield = {"tagStatus": "tagged", "tagPrefixList": ["prod"], **KEPT, "countNumber": 9999}
    template = with_policy(body("image-keep-any"), *rules(shield, {"tagStatus": "any", **AGE, "countNumber": 30}))
    report = judged(tmp_path, json.loads(json.dumps(template).replace(":v42", ":production")))
    assert [each.rule for each in report.findings] == ["image-window"]


def test_a_job_goes_back_to_nothing_but_the_next_deployment_brings_an_image(tmp_path: Path) -> None:
    """A batch job follows its tag: nothing is kept for a rollback, and the next release is pushed before it runs it."""
    template = with_policy(
        body("image-keep-any"), *rules({"tagStatus": "tagged", "tagPatternList": ["job-v*"], **KEPT, "countNumber": 1})
    )
    images = template["Resources"]["Images"]
    images["Properties"]["ImageTagMutability"] = "IMMUTABLE"
    uri = {"Fn::Join": ["", [{"Fn::GetAtt": ["Images", "RepositoryUri"]}, ":job-v3"]]}
    job = {
        "Type": "AWS::Batch::JobDefinition",
        "Properties": {"Type": "container", "ContainerProperties": {"Image": uri}},
    }
    told = only(judged(tmp_path, {"Resources": {"Images": images, "Job": job}}), "image-window")
    assert told.headline == (
        "rule 1 of app/Images (tags job-v*, keep 1) keeps too few: 2 are needed = 1 in use + the one that the next "
        "deployment brings"
    )
