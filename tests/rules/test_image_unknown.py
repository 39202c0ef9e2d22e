"""Questions about images: one for each answer, with the line that states it."""

from __future__ import annotations

import json
from pathlib import Path

from .image_policies import AGE, KEPT, repository, rule, with_policy
from .judging import Raw, body, found, judged


def test_what_one_answer_settles_is_asked_once(tmp_path: Path) -> None:
    """Two services, each with a tag that might be pushed again, under one rule for untagged images."""
    template = with_policy(body("image-window"), rule(1, tagStatus="untagged", **AGE, countNumber=1))
    repository(template).pop("ImageTagMutability", None)
    (finding,) = found(judged(tmp_path, template), "image-unknown")
    assert finding.headline == (
        "if v41 or v42 is pushed again, the image that app/OldService or app/Service runs "
        "(app/Images:v41 or app/Images:v42) loses its tag, and rule 1 (untagged images, 1 day after the push) "
        "deletes it"
    )
    assert finding.fix.text == (
        "if your pipeline never pushes the same tag twice, say so in Images as below; if it may, have ECR refuse the "
        "second push of a tag, also of one that is meant to move, such as latest, unless a filter of "
        'IMMUTABLE_WITH_EXCLUSION names it ("ImageTagMutability": "IMMUTABLE")'
    )
    assert [edit.place.property for change in finding.changes for edit in change.edits] == [
        "Metadata.seawall.moving_tags"
    ]
    stated = template["Resources"]["Images"] | {"Metadata": {"seawall": {"moving_tags": []}}}
    assert not found(judged(tmp_path, {"Resources": template["Resources"] | {"Images": stated}}), "image-unknown")


def _asked_of(tag: str, directory: Path, **stated: object) -> list[str]:
    template = with_policy(body("image-keep-any"), rule(1, tagStatus="untagged", **AGE, countNumber=3))
    repository(template)["ImageTagMutability"] = "IMMUTABLE" if tag.startswith("@") else "MUTABLE"
    if stated:
        template["Resources"]["Images"]["Metadata"] = {"seawall": stated}
    template["Parameters"] = {"Tag": {"Type": "String"}}
    template = json.loads(json.dumps(template).replace(":v42", tag))
    return [each.headline for each in found(judged(directory, template), "image-unknown")]


def test_of_a_tag_that_the_deployment_sets_it_is_asked_whether_it_is_pushed_again(tmp_path: Path) -> None:
    (asked,) = _asked_of(":${Tag}", tmp_path)
    assert asked.startswith("if the tag that the deployment sets is pushed again, the image that app/Service runs")
    assert not _asked_of(":${Tag}", tmp_path, moving_tags=[])


def test_of_a_digest_it_is_asked_whether_it_has_a_tag(tmp_path: Path) -> None:
    digest = "@sha256:" + "ab" * 32
    (asked,) = _asked_of(digest, tmp_path)
    assert "has no tag, rule 1 (untagged images, 3 days after the push) deletes it" in asked
    assert not _asked_of(digest, tmp_path, also_tagged=["*"])


def _of(tag: str, directory: Path, *rules: Raw, **stated: object) -> list[str]:
    template = with_policy(body("image-keep-any"), *rules)
    template["Resources"]["Images"]["Metadata"] = {"seawall": stated}
    template = json.loads(json.dumps(template).replace(":v42", tag))
    return [each.headline for each in found(judged(directory, template), "image-unknown")]


def test_a_family_is_not_asked_of_its_own_image(tmp_path: Path) -> None:
    """`prod-77` goes by the rule for `prod-*` whatever its further tags are."""
    own = rule(1, tagStatus="tagged", tagPatternList=["prod-*"], **KEPT, countNumber=1)
    assert not _of(":prod-77", tmp_path, own)


def test_tags_are_told_by_the_pattern_that_is_stated_of_them(tmp_path: Path) -> None:
    family = rule(1, tagStatus="tagged", tagPatternList=["v*"], **KEPT, countNumber=5)
    (asked,) = _of(":latest", tmp_path, family, rule(2, tagStatus="untagged", **AGE, countNumber=2), also_tagged=["v*"])
    assert asked.startswith("if latest and v* are pushed again, ")


def test_a_family_of_releases_in_use_is_one_for_whatever_else_might_carry_its_tags(tmp_path: Path) -> None:
    """Twenty releases of `web-*` are enough for an image of `api-*`, should it carry such a tag as well."""
    families = [rule(1, tagStatus="tagged", tagPatternList=["web-*"], **KEPT, countNumber=20)]
    families += [rule(2, tagStatus="tagged", tagPatternList=["api-*"], **KEPT, countNumber=20)]
    template = with_policy(body("image-keep-any"), *families)
    repository(template)["ImageTagMutability"] = "IMMUTABLE"
    (web,) = template["Resources"]["Task"]["Properties"]["ContainerDefinitions"]
    api = json.loads(json.dumps(web).replace(":v42", ":api-2.0.0")) | {"Name": "api"}
    template["Resources"]["Task"]["Properties"]["ContainerDefinitions"] = [
        json.loads(json.dumps(web).replace(":v42", ":web-1.4.2")),
        api,
    ]
    assert not found(judged(tmp_path, template), "image-unknown")


def test_one_answer_about_further_tags_settles_every_rule(tmp_path: Path) -> None:
    builds = rule(1, tagStatus="tagged", tagPatternList=["pr-*"], **AGE, countNumber=14)
    mains = rule(2, tagStatus="tagged", tagPatternList=["main-*"], **KEPT, countNumber=30)
    (asked,) = _of(":v42", tmp_path, builds, mains)
    assert "rule 1 (tags pr-*, 14 days after the push) or rule 2 (tags main-*, keep 30) matches" in asked
