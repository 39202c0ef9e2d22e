"""The guard of images: same manners as the other, and one report where both are attached."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from seawall import ImageGuard, RetryGuard, testing
from tests.cdk.apps import parts

from .conftest import MakeApp, synth

ENDANGERED = ("image-endangered", "Review/Service")


def review(scope: Construct, tag: str = "production", keep: int = 5) -> ecr.CfnRepository:
    """A service that runs an image by a moving tag, from a repository that keeps the last few of any kind."""
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep}
    policy = {"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]}
    repository = ecr.CfnRepository(
        scope,
        "Images",
        lifecycle_policy=ecr.CfnRepository.LifecyclePolicyProperty(lifecycle_policy_text=json.dumps(policy)),
    )
    image = cdk.Fn.join("", [repository.attr_repository_uri, ":", tag])
    task = ecs.CfnTaskDefinition(
        scope,
        "Task",
        container_definitions=[ecs.CfnTaskDefinition.ContainerDefinitionProperty(name="web", image=image)],
    )
    ecs.CfnService(scope, "Service", task_definition=task.ref, desired_count=1)
    return repository


def test_a_rule_that_deletes_an_image_in_use_fails_the_synth(make_app: MakeApp) -> None:
    app = make_app()
    review(cdk.Stack(app, "Review"))
    cdk.Aspects.of(app).add(ImageGuard())
    outcome = synth(app)
    assert (outcome.failed, outcome.found) == (True, [ENDANGERED])
    (violation,) = outcome.violations
    assert (
        "rule 1 of Review/Images (any image, keep 5) deletes :production, which Review/Service runs, once 5 newer "
        "images exist: 12 to 36 hours after its push, at an assumed 10 pushes a day" in violation["description"]
    )
    assert "day 1: 5 pushes" in violation["suggestedFix"]
    assert 'lifecycle_policy_text=json.dumps({"rules": [' in violation["suggestedFix"], "as the author wrote it"


def test_the_corrected_policy_of_a_repository_is_code_of_the_cdk(make_app: MakeApp) -> None:
    app = make_app()
    stack = cdk.Stack(app, "Review")
    images = ecr.Repository(stack, "Images", lifecycle_rules=[ecr.LifecycleRule(max_image_count=5)])
    lambda_.DockerImageFunction(stack, "Work", code=lambda_.DockerImageCode.from_ecr(images, tag_or_digest="v42"))
    cdk.Aspects.of(app).add(ImageGuard())
    (violation,) = synth(app).violations
    lines = violation["suggestedFix"].splitlines()
    begin = lines.index("lifecycle_rules=[")
    code = "\n".join(lines[begin : lines.index("],", begin) + 1])
    names = {"ecr": ecr, "Duration": cdk.Duration}
    (rules,) = eval(f"dict(\n{code}\n)", names).values()
    ecr.Repository(stack, "Corrected", lifecycle_rules=rules)
    assert [rule.tag_pattern_list for rule in rules] == [["v*"], None]


def test_both_guards_make_one_report_and_each_keeps_to_its_subject(make_app: MakeApp) -> None:
    app = make_app()
    review(cdk.Stack(app, "Review"))
    parts.stacked(cdk.Stack(app, "Web"))
    cdk.Aspects.of(app).add(RetryGuard())
    cdk.Aspects.of(app).add(ImageGuard())
    outcome = synth(app)
    assert len(outcome.plugins) == 1
    assert outcome.found == [ENDANGERED, ("stacked-retries", "Web/Function")]


@pytest.mark.parametrize(("guard", "expected"), [(ImageGuard, [ENDANGERED[0]]), (RetryGuard, ["stacked-retries"])])
def test_one_guard_alone_leaves_the_other_subject_alone(
    make_app: MakeApp, guard: type[ImageGuard | RetryGuard], expected: list[str]
) -> None:
    app = make_app()
    review(cdk.Stack(app, "Review"))
    parts.stacked(cdk.Stack(app, "Web"))
    cdk.Aspects.of(app).add(guard())
    assert [rule for rule, _ in synth(app).found] == expected


def test_an_acknowledged_image_passes_and_stays_in_the_report(make_app: MakeApp) -> None:
    app = make_app()
    repository = review(cdk.Stack(app, "Review"))
    cdk.Validations.of(repository).acknowledge(
        cdk.Acknowledgment(id="Seawall::image-endangered", reason="pushed by hand only")
    )
    cdk.Aspects.of(app).add(ImageGuard())
    outcome = synth(app)
    assert (outcome.failed, outcome.violations) == (False, [])
    assert [one["reason"] for one in outcome.suppressed] == ["pushed by hand only"]


def test_a_guard_on_another_stack_says_nothing(make_app: MakeApp) -> None:
    app = make_app()
    review(cdk.Stack(app, "Review"))
    other = cdk.Stack(app, "Other")
    cdk.CfnResource(other, "Bus", type="AWS::Events::EventBus")
    cdk.Aspects.of(other).add(ImageGuard())
    assert synth(app).found == []


def test_rollbacks_are_a_threshold_of_the_guard_and_of_a_unit_test(make_app: MakeApp) -> None:
    stack = cdk.Stack(make_app(), "Review")
    review(stack)
    assert "image-endangered" in {finding.rule for finding in testing.check(stack, rollbacks=0).findings}
    assert "image-endangered" not in {each.rule for each in testing.check(stack, pushes_per_day=0.01).findings}
    with pytest.raises(ValueError, match="images_per_push must be at least 1"):
        ImageGuard(images_per_push=0)
    with pytest.raises(TypeError, match="days_between_deployments takes a whole number"):
        ImageGuard(days_between_deployments=1.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="rollbacks takes a whole number"):
        ImageGuard(rollbacks="one")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="rollbacks must be at least 0"):
        ImageGuard(rollbacks=-1)
