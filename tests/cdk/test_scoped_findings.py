"""A guard reports what stands within the scopes it was attached to, each finding once, and sees the whole app."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import jsii
import pytest
from constructs import IConstruct

from seawall import RetryGuard, guard
from seawall.cdk import AspectGuard
from seawall.engine import report_of
from seawall.template import load
from stacks.review_incident import ReviewServerIncidentStack
from stacks.webhook_incident import WebhookIncidentStack
from tests.cdk.apps import parts

from .conftest import MakeApp, synth


class Everywhere:
    """An app with retries stacked up in two stacks, a nested stack, a Stage, and a Stage within a stack."""

    def __init__(self, make_app: MakeApp) -> None:
        self.app = make_app()
        self.a = cdk.Stack(self.app, "A")
        self.queue = parts.stacked(self.a)
        self.nested = cdk.NestedStack(self.a, "Nested")
        parts.stacked(self.nested)
        self.b = cdk.Stack(self.app, "B")
        parts.stacked(self.b)
        self.inner = cdk.Stage(self.b, "Inner")
        parts.stacked(cdk.Stack(self.inner, "Stack"))
        self.prod = cdk.Stage(self.app, "Prod")
        self.web = cdk.Stack(self.prod, "Web")
        parts.stacked(self.web)


SITES = ["A/Function", "A/Nested/Function", "B/Function", "B/Inner/Stack/Function", "Prod/Web/Function"]


@pytest.fixture
def everywhere(make_app: MakeApp) -> Everywhere:
    return Everywhere(make_app)


@pytest.mark.parametrize(
    ("scope", "sites"),
    [
        ("app", SITES),
        ("a", ["A/Function", "A/Nested/Function"]),
        ("nested", ["A/Nested/Function"]),
        ("b", ["B/Function", "B/Inner/Stack/Function"]),
        ("inner", ["B/Inner/Stack/Function"]),
        ("prod", ["Prod/Web/Function"]),
        ("web", ["Prod/Web/Function"]),
        ("queue", []),
    ],
)
def test_an_aspect_reports_what_is_within_its_scope(everywhere: Everywhere, scope: str, sites: list[str]) -> None:
    cdk.Aspects.of(getattr(everywhere, scope)).add(RetryGuard())
    outcome = synth(everywhere.app)
    assert outcome.sites == sites
    assert outcome.failed == bool(sites)
    assert len(outcome.plugins) == bool(sites)


@pytest.mark.parametrize(("scope", "sites"), [("app", SITES), ("prod", SITES[-1:]), ("web", SITES[-1:])])
def test_a_plugin_reports_on_the_stacks_it_was_registered_for(
    everywhere: Everywhere, scope: str, sites: list[str]
) -> None:
    cdk.Validations.of(getattr(everywhere, scope)).add_plugins(RetryGuard())
    outcome = synth(everywhere.app)
    assert outcome.sites == sites
    assert outcome.failed


def test_one_guard_on_two_scopes_reports_both(everywhere: Everywhere) -> None:
    guard = RetryGuard()
    cdk.Aspects.of(everywhere.a).add(guard)
    cdk.Aspects.of(everywhere.prod).add(guard)
    assert synth(everywhere.app).sites == [SITES[0], SITES[1], SITES[4]]


@pytest.mark.parametrize("times", [1, 2])
def test_a_guard_that_is_both_aspect_and_plugin_reports_each_finding_once(everywhere: Everywhere, times: int) -> None:
    guard = RetryGuard()
    for _ in range(times):
        cdk.Aspects.of(everywhere.a).add(guard)
        cdk.Validations.of(everywhere.app).add_plugins(guard)
    assert synth(everywhere.app).sites == SITES


def test_several_guards_make_one_report_without_repetition(everywhere: Everywhere) -> None:
    cdk.Aspects.of(everywhere.app).add(RetryGuard())
    cdk.Aspects.of(everywhere.a).add(RetryGuard(max_attempts=4))
    outcome = synth(everywhere.app)
    assert len(outcome.plugins) == 1
    strict = [("excessive-retries", "A/Nested/Queue"), ("excessive-retries", "A/Queue")]
    assert [one for one in outcome.found if one[0] == "excessive-retries"] == strict
    assert [site for rule, site in outcome.found if rule == "stacked-retries"] == SITES


def test_one_guard_on_two_apps_does_not_mix_them_up(make_app: MakeApp) -> None:
    guard = RetryGuard()
    for name in ("One", "Two"):
        app = make_app()
        parts.stacked(cdk.Stack(app, name))
        cdk.Aspects.of(app).add(guard)
        assert synth(app).sites == [f"{name}/Function"]


def test_flows_from_outside_the_scope_count(make_app: MakeApp) -> None:
    app = make_app()
    front, back = cdk.Stack(app, "Front"), cdk.Stack(app, "Back")
    parts.pipe(front, parts.queue(front), parts.machine(back))
    cdk.Aspects.of(back).add(RetryGuard())
    (violation,) = synth(app).violations
    assert violation["ruleMetadata"]["attempts"] == "20"
    assert violation["description"].startswith(
        "one failing event at Front/Queue can run Back/Function 20 times (5 x 4)"
    )


def test_it_speaks_up_again_in_the_next_synth(everywhere: Everywhere) -> None:
    cdk.Aspects.of(everywhere.a).add(RetryGuard())
    first = synth(everywhere.app)
    assert synth(everywhere.app, force=True).sites == first.sites == SITES[:2]


def test_a_later_aspect_may_still_change_the_template(make_app: MakeApp) -> None:
    app = make_app()
    queue = parts.many(cdk.Stack(app, "A"), receives=3)

    @jsii.implements(cdk.IAspect)
    class Change:
        def visit(self, node: IConstruct) -> None:
            if isinstance(node, cdk.CfnResource) and node.node.path == f"{queue.node.path}/Resource":
                node.add_property_override("RedrivePolicy.maxReceiveCount", 66)

    cdk.Aspects.of(app).add(RetryGuard())
    cdk.Aspects.of(app).add(Change(), priority=cdk.AspectPriority.READONLY + 100)
    (violation,) = synth(app).violations
    assert violation["ruleMetadata"]["attempts"] == "66"


def test_only_the_first_visit_asks_the_construct_anything(make_app: MakeApp) -> None:
    class Silent:
        @property
        def node(self) -> object:
            raise AssertionError("asked")

    guard = RetryGuard()
    app = make_app()
    cdk.Stack(app, "A")
    cdk.Aspects.of(app).add(guard)
    synth(app)
    guard.visit(Silent())  # type: ignore[arg-type]


def test_without_jsii_telling_how_often_a_guard_was_handed_over_each_visit_asks(make_app: MakeApp) -> None:
    app = make_app()
    a, b = cdk.Stack(app, "A"), cdk.Stack(app, "B")
    guard: AspectGuard = RetryGuard()
    for node in (a, b, app):
        guard.visit(node)
    assert guard.scopes(app) == ("A", "B", "")


def test_an_app_without_stacks_is_no_failure(make_app: MakeApp) -> None:
    app = make_app()
    cdk.Aspects.of(app).add(RetryGuard())
    assert not synth(app).failed


def test_a_stack_without_an_app_is_judged(tmp_path: Path) -> None:
    stack = cdk.Stack()
    parts.stacked(stack)
    cdk.Aspects.of(stack).add(RetryGuard())
    with pytest.raises(RuntimeError, match="one failing event at Default/Queue can run Default/Function 20 times"):
        cdk.assertions.Template.from_stack(stack)


def test_plugins_that_change_files_are_refused_and_ours_is_not(make_app: MakeApp) -> None:
    app = make_app(confirm_validation_plugins_do_not_mutate=True)
    parts.stacked(cdk.Stack(app, "A"))
    cdk.Aspects.of(app).add(RetryGuard())
    assert synth(app).sites == ["A/Function"]


def test_the_worst_finding_of_all_guards_stands_first_as_in_every_face(make_app: MakeApp) -> None:
    """Images are guarded last, and lose more than retries do."""
    app = make_app()
    WebhookIncidentStack(app, "WebhookIncident")
    ReviewServerIncidentStack(app, "ReviewServerIncident")
    guard(app)
    outcome = synth(app)
    first = report_of(load([app.outdir])).findings[0]
    said = outcome.violations[0]
    assert (said["ruleName"], said["description"]) == (first.rule, first.headline)
    assert first.rule == "image-endangered"
