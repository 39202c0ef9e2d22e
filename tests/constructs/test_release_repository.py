"""What a `ReleaseRepository` is made for stays in it, and settings that would break that are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from seawall import testing
from seawall.constructs import ReleaseRepository
from seawall.images import Verdict
from tests.constructs.conftest import linted

Make = Callable[..., ReleaseRepository]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    stack = cdk.Stack(cdk.App(outdir=str(tmp_path), builtin_cloud_formation_validation=False), "S")

    def made(**settings: Any) -> ReleaseRepository:
        return ReleaseRepository(stack, "Images", **settings)

    return made


def resource(repository: ReleaseRepository) -> dict[str, Any]:
    app = repository.node.root
    assert isinstance(app, cdk.App)
    resources = app.synth().get_stack_by_name("S").template["Resources"]
    (found,) = (one for one in resources.values() if one["Type"] == "AWS::ECR::Repository")
    return dict(found)


def rules(repository: ReleaseRepository) -> list[tuple[Any, ...]]:
    """Of each rule what it selects, what it counts and how many."""
    text = resource(repository)["Properties"]["LifecyclePolicy"]["LifecyclePolicyText"]
    found = []
    for number, rule in enumerate(json.loads(text)["rules"], 1):
        chosen = rule["selection"]
        assert (rule["rulePriority"], rule["action"]) == (number, {"type": "expire"})
        what = chosen.get("tagPatternList", chosen["tagStatus"])
        found.append((what, chosen["countType"], chosen["countNumber"]))
    return found


COUNT, AGE = "imageCountMoreThan", "sinceImagePushed"


def test_nothing_set_is_sane(make: Make) -> None:
    repository = make()
    found = resource(repository)
    assert rules(repository) == [
        (["prod"], COUNT, 1),
        (["staging"], COUNT, 1),
        (["v*"], COUNT, 20),
        ("untagged", AGE, 731),
    ]
    assert (found["DeletionPolicy"], found["UpdateReplacePolicy"]) == ("Retain", "Retain")
    properties = found["Properties"]
    assert properties["ImageScanningConfiguration"] == {"ScanOnPush": True}
    assert properties["ImageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    filters = properties["ImageTagMutabilityExclusionFilters"]
    assert [one["ImageTagMutabilityExclusionFilterValue"] for one in filters] == ["prod", "staging"]
    assert {one.verdict for one in repository.judgements} == {Verdict.BOUNDED}


def test_protection_comes_first_and_reviews_age(make: Make) -> None:
    repository = make(
        keep_releases=9,
        release_tags=["v*", "hotfix-*"],
        protect=["prod"],
        review_tags=["pr-*"],
        expire_reviews_after=cdk.Duration.days(14),
        expire_untagged_after=cdk.Duration.days(800),
    )
    assert rules(repository) == [
        (["prod"], COUNT, 1),
        (["v*"], COUNT, 9),
        (["hotfix-*"], COUNT, 9),
        (["pr-*"], AGE, 14),
        ("untagged", AGE, 800),
    ]


def test_no_tag_moves_where_none_has_to(make: Make) -> None:
    found = resource(make(protect=["v42"], expire_untagged_after=cdk.Duration.days(1)))["Properties"]
    assert found["ImageTagMutability"] == "IMMUTABLE"
    assert "ImageTagMutabilityExclusionFilters" not in found


def test_which_tags_move_can_be_said(make: Make) -> None:
    found = resource(make(protect=["prod"], moving_tags=["latest"]))["Properties"]
    filters = found["ImageTagMutabilityExclusionFilters"]
    assert [one["ImageTagMutabilityExclusionFilterValue"] for one in filters] == ["latest"]


def test_a_key_of_ones_own(make: Make) -> None:
    stack = cdk.Stack(cdk.App(), "Keys")
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:111122223333:key/k")
    assert resource(make(encryption_key=key))["Properties"]["EncryptionConfiguration"] == {
        "EncryptionType": "KMS",
        "KmsKey": "arn:aws:kms:eu-west-1:111122223333:key/k",
    }


def test_promoted_releases_need_no_long_window(make: Make) -> None:
    """`prod` moves on from an image that is still tagged as a release."""
    repository = make(promoted=True, expire_untagged_after=cdk.Duration.days(7))
    assert rules(repository)[-1] == ("untagged", AGE, 7)


@pytest.mark.parametrize(
    ("settings", "days"),
    [
        ({}, 731),
        ({"rollbacks": 0}, 366),
        ({"rollbacks": 2}, 1096),
        ({"deployed_within": cdk.Duration.days(30)}, 61),
        ({"deployed_within": cdk.Duration.days(7), "rollbacks": 3}, 29),
    ],
)
def test_what_lost_its_tag_stays_for_the_deployment_and_its_rollbacks(
    make: Make, settings: dict[str, Any], days: int
) -> None:
    """Once `deployed_within`, again for each rollback, and a day, as an image is pushed before it is deployed."""
    assert rules(make(**settings))[-1] == ("untagged", AGE, days)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"expire_untagged_after": cdk.Duration.days(30)}, "once prod is pushed again.*deleted from day 30"),
        # deployed for a year, and for another one what a rollback goes back to
        ({"expire_untagged_after": cdk.Duration.days(400)}, "may lose what it rolls back to"),
        ({"expire_untagged_after": cdk.Duration.days(730)}, "is gone that is needed .* 731 days keeps it"),
        # Two run, and each has to find the one before.
        ({"keep_releases": 3}, "keep_releases is 3, and 4 images are needed at once"),
        ({"keep_releases": 5, "rollbacks": 2}, "keep_releases is 5, and 6 images are needed at once"),
        ({"keep_releases": 1}, "keeps 1 of 2 images"),
        ({"keep_releases": 0}, "keep_releases must be at least 1"),
        ({"rollbacks": -1}, "rollbacks must be at least 0"),
        ({"release_tags": []}, "release_tags needs a pattern"),
        ({"release_tags": ["*"]}, "once 17 newer images exist"),
        ({"release_tags": ["v*", "v1*"]}, "would never act"),
        ({"release_tags": ["*a*b*c*d*"]}, "at most 4"),
        ({"review_tags": ["v*-rc"]}, "would never act"),
        ({"review_tags": ["*"]}, "releases such as v101 must not"),
        ({"protect": ["prod-*"]}, "protect takes tags such as 'prod', not 'prod-\\*'"),
        ({"protect": ["a", "b", "c", "d", "e", "f"]}, "6 tags may move, and ECR takes 5"),
        ({"protect": ["v1"], "moving_tags": ["a b"]}, "'a b' is no pattern"),
    ],
)
def test_what_would_lose_an_image_is_refused(make: Make, settings: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=f"(?s)^S/Images: .*({why})"):
        make(**settings)


def test_a_text_is_no_list_of_tags(make: Make) -> None:
    with pytest.raises(TypeError, match=r"protect takes a list such as \['prod'\]"):
        make(protect="prod")


@pytest.mark.parametrize("tag", ["prod", "v42", "v1.2.3"])
def test_a_tag_that_is_kept_can_be_run(make: Make, tag: str) -> None:
    assert make().kept(tag) == tag


@pytest.mark.parametrize("tag", ["latest", "pr-1", "v*", "", "production"])
def test_any_other_tag_cannot(make: Make, tag: str) -> None:
    with pytest.raises(ValueError, match=r"is not kept in S/Images: it is neither protected \(prod, staging\)"):
        make().kept(tag)


def test_the_guard_agrees(make: Make) -> None:
    repository = make(review_tags=["pr-*"])
    app, stack = repository.node.root, cdk.Stack.of(repository)
    assert isinstance(app, cdk.App)
    for tag in ("prod", "v42"):
        task = ecs.FargateTaskDefinition(stack, f"Task-{tag}")
        task.add_container("Web", image=ecs.ContainerImage.from_ecr_repository(repository, repository.kept(tag)))
        ecs.CfnService(stack, f"Service-{tag}", task_definition=task.task_definition_arn)
    report = testing.check(app)
    topics = {"image-doomed", "image-endangered", "image-window", "lifecycle-invalid", "lifecycle-dead-rule"}
    assert not topics.union({"repository-wiped"}) & {found.rule for found in report.findings}


def test_nag_and_cfn_lint_find_nothing(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    ReleaseRepository(cdk.Stack(app, "S"), "Images", review_tags=["pr-*"])
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks())
    app.synth()  # raises on any finding that nobody acknowledged
    assert linted(tmp_path / "S.template.json") == []
