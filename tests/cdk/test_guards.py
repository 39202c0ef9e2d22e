"""`guard(app)`: one line that judges a whole app, and says what it did not understand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_sqs as sqs
from constructs import RootConstruct

import seawall
from seawall import ImageGuard, RetryGuard
from tests.cdk.apps import parts

from .conftest import MakeApp, synth


def endangered(scope: cdk.Stack) -> None:
    """A task that runs `stable` of a repository that keeps one image of any tag."""
    repository = ecr.Repository(scope, "Repository")
    repository.add_lifecycle_rule(max_image_count=1)
    task = ecs.FargateTaskDefinition(scope, "Task")
    task.add_container("Web", image=ecs.ContainerImage.from_ecr_repository(repository, "stable"))
    vpc = cdk.aws_ec2.Vpc(scope, "Vpc", max_azs=1, nat_gateways=0)
    ecs.FargateService(scope, "Service", cluster=ecs.Cluster(scope, "Cluster", vpc=vpc), task_definition=task)


def unclear(scope: cdk.Stack, name: str = "Unclear") -> None:
    """A queue whose receives the deployment decides."""
    receives = cdk.CfnParameter(scope, f"{name}Receives", type="Number")
    dead = sqs.Queue(scope, f"{name}Dead")
    policy = {"deadLetterTargetArn": dead.queue_arn, "maxReceiveCount": receives.value_as_number}
    queue = sqs.CfnQueue(scope, name, visibility_timeout=360, redrive_policy=policy)
    parts.consumer(scope, sqs.Queue.from_queue_arn(scope, f"{name}Reference", queue.attr_arn))


def gaps(outcome: Any) -> list[dict[str, Any]]:
    return [each for each in outcome.violations if each["ruleName"] == "gap"]


def test_it_judges_retries_and_images_in_one_report(make_app: MakeApp) -> None:
    app = make_app()
    stack = cdk.Stack(app, "A")
    seawall.guard(app, max_attempts=10)
    parts.stacked(stack)
    endangered(stack)
    outcome = synth(app)
    assert outcome.failed
    assert len(outcome.plugins) == 1
    rules = {rule for rule, _ in outcome.found}
    assert "stacked-retries" in rules
    assert rules & {"image-doomed", "image-endangered"}


def test_it_finds_what_the_two_aspects_find(make_app: MakeApp) -> None:
    found = []
    for line in (True, False):
        app = make_app()
        stack = cdk.Stack(app, "A")
        parts.stacked(stack)
        parts.many(cdk.Stack(app, "B"))
        endangered(stack)
        if line:
            seawall.guard(app)
        else:
            cdk.Aspects.of(app).add(RetryGuard())
            cdk.Aspects.of(app).add(ImageGuard())
        found.append(synth(app).found)
    assert found[0] == found[1]
    assert len(found[0]) >= 3


def test_it_visits_nothing(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seawall.cdk.guards.AspectGuard.visit", lambda *_: 1 / 0)
    app = make_app()
    parts.stacked(cdk.Stack(app, "A"))
    seawall.guard(app)
    assert synth(app).sites == ["A/Function"]


def test_a_limit_and_rules_are_taken(make_app: MakeApp) -> None:
    app = make_app()
    parts.stacked(cdk.Stack(app, "A"))
    seawall.guard(app, max_attempts=20)
    assert not synth(app).failed
    app = make_app()
    parts.stacked(cdk.Stack(app, "A"))
    seawall.guard(app, ignore=["stacked-retries"])
    assert "stacked-retries" not in {rule for rule, _ in synth(app).found}


@pytest.mark.parametrize("scope", ["stack", "stage"])
def test_it_reports_within_the_scope_that_it_is_given(make_app: MakeApp, scope: str) -> None:
    app = make_app()
    stage = cdk.Stage(app, "Prod")
    web = cdk.Stack(stage, "Web")
    parts.stacked(web)
    parts.stacked(cdk.Stack(app, "Other"))
    seawall.guard({"stack": web, "stage": stage}[scope])
    assert synth(app).sites == ["Prod/Web/Function"]


def test_a_stricter_guard_beside_it_adds_its_findings_and_repeats_none(make_app: MakeApp) -> None:
    app = make_app()
    parts.stacked(cdk.Stack(app, "A"))
    parts.many(cdk.Stack(app, "B"), receives=8)
    seawall.guard(app)
    cdk.Aspects.of(app.node.find_child("B")).add(RetryGuard(max_attempts=5))
    assert synth(app).sites == ["A/Function", "B/Queue"]


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (("app",), TypeError, "guard takes an app"),
        ((RootConstruct("Alone"),), TypeError, "not in an app"),
        ((None, "ten"), TypeError, "max_attempts takes a whole number"),
        ((None, 0), ValueError, "max"),
    ],
)
def test_wrong_arguments_are_told_at_once(
    make_app: MakeApp, arguments: tuple[Any, ...], error: type[Exception], says: str
) -> None:
    given: list[Any] = [make_app() if argument is None else argument for argument in arguments]
    with pytest.raises(error, match=says):
        seawall.guard(*given)


class TestGaps:
    def test_each_cause_is_one_warning(self, make_app: MakeApp) -> None:
        app = make_app()
        seawall.guard(app)
        stack = cdk.Stack(app, "A")
        unclear(stack)
        outcome = synth(app)
        assert not outcome.failed
        assert gaps(outcome)
        assert {each["severity"] for each in gaps(outcome)} == {"warning"}
        causes = [each["description"] for each in gaps(outcome)]
        assert len(set(causes)) == len(causes)
        assert all(cause.startswith("not understood, so that a figure may be too low: ") for cause in causes)
        assert "A/Unclear" in gaps(outcome)[0]["suggestedFix"]

    def test_two_guards_say_it_once(self, make_app: MakeApp) -> None:
        app = make_app()
        unclear(cdk.Stack(app, "A"))
        seawall.guard(app)
        cdk.Aspects.of(app).add(RetryGuard(max_attempts=5))
        cdk.Aspects.of(app).add(ImageGuard())
        once = [each["description"] for each in gaps(synth(app))]
        assert len(set(once)) == len(once)

    @pytest.mark.parametrize("form", ["guard", "aspect", "plugin"])
    def test_they_fail_the_synth_where_asked(self, make_app: MakeApp, form: str) -> None:
        app = make_app()
        unclear(cdk.Stack(app, "A"))
        if form == "guard":
            seawall.guard(app, fail_on_gaps=True)
        elif form == "aspect":
            cdk.Aspects.of(app).add(RetryGuard(fail_on_gaps=True))
        else:
            cdk.Validations.of(app).add_plugins(RetryGuard(fail_on_gaps=True))
        outcome = synth(app)
        assert outcome.failed
        assert {each["severity"] for each in gaps(outcome)} == {"error"}

    def test_outside_of_the_scope_they_are_not_told(self, make_app: MakeApp) -> None:
        app = make_app()
        unclear(cdk.Stack(app, "A"))
        seawall.guard(cdk.Stack(app, "B"), fail_on_gaps=True)
        assert not synth(app).failed

    def test_accepted_they_fail_nothing(self, make_app: MakeApp) -> None:
        app = make_app()
        stack = cdk.Stack(app, "A")
        unclear(stack)
        seawall.guard(app, fail_on_gaps=True)
        cdk.Validations.of(stack).acknowledge(cdk.Acknowledgment(id="Seawall::gap", reason="set to 3 everywhere"))
        outcome = synth(app)
        assert not outcome.failed, outcome.violations
        assert "unmatched-acknowledgement" not in {each["ruleName"] for each in outcome.violations}

    def test_an_app_without_any_says_nothing(self, make_app: MakeApp) -> None:
        app = make_app()
        parts.stacked(cdk.Stack(app, "A"), retries=0)
        seawall.guard(app, fail_on_gaps=True)
        outcome = synth(app)
        assert not outcome.failed
        assert not gaps(outcome)

    def test_an_image_guard_fails_on_an_image_that_it_cannot_tell_of(self, make_app: MakeApp) -> None:
        failed = []
        for asked in (False, True):
            app = make_app()
            stack = cdk.Stack(app, "A")
            theirs = ecr.Repository.from_repository_name(stack, "Theirs", "theirs")
            task = ecs.FargateTaskDefinition(stack, "Task")
            task.add_container("Web", image=ecs.ContainerImage.from_ecr_repository(theirs, "stable"))
            cdk.Aspects.of(app).add(ImageGuard(fail_on_gaps=asked))
            failed.append(synth(app).failed)
        assert failed == [False, True]


APP = """\
import aws_cdk as cdk
import seawall

app = cdk.App(outdir="cdk.out")
cdk.Stack(app, "A")
{}
"""
ASKED = """\
for attach in (
    lambda app: (seawall.guard(app), cdk.Aspects.of(app).add(seawall.ImageGuard())),
    lambda app: cdk.Validations.of(app).add_plugins(seawall.RetryGuard()),
):
    one = cdk.App()
    cdk.Stack(one, "A")
    attach(one)
    one.synth()
"""
"""Guards that were asked, of two apps."""
NOTE = "note: Seawall judged nothing: a guard was attached after the last synth, or without one"


@pytest.mark.parametrize(
    ("lines", "noted"),
    [
        ("app.synth()\nseawall.guard(app)", True),
        ("app.synth()\ncdk.Aspects.of(app).add(seawall.RetryGuard())", True),
        ("app.synth()\ncdk.Validations.of(app).add_plugins(seawall.RetryGuard())", True),
        (f"{ASKED}\nseawall.RetryGuard()\napp.synth()", False),
        ("seawall.guard(app)\nraise SystemError('of the app')", False),
    ],
)
def test_a_guard_that_nobody_asked_is_noted_at_the_end(directory: Path, lines: str, noted: bool) -> None:
    (directory / "app.py").write_text(APP.format(lines))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "app.py"],
        env=environment | {"CDK_VALIDATION": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) is ("raise" not in lines), done.stderr
    assert (NOTE in done.stderr) is noted, done.stderr
