"""Acknowledgements: the CDK suppresses what we call accepted, and nothing else; files alone tell the same story."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from constructs import IConstruct

from seawall import RetryGuard
from seawall.engine import report_of
from seawall.template import load
from tests.cdk.apps import parts

from .conftest import MakeApp, Outcome, synth

STACKED = "Seawall::stacked-retries"


def acknowledge(construct: IConstruct, rule: str = STACKED, reason: str = "we know") -> None:
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))


class Places:
    """Retries stacked up in a stack, in a stack nested in it, and in a Stage."""

    def __init__(self, app: cdk.App) -> None:
        self.app = app
        self.stack = cdk.Stack(app, "A")
        self.queue = parts.stacked(self.stack)
        self.function = self.stack.node.find_child("Function")
        self.resource = self.function.node.default_child
        self.nested = cdk.NestedStack(self.stack, "Nested")
        parts.stacked(self.nested)
        self.nested_function = self.nested.node.find_child("Function")
        self.stage = cdk.Stage(app, "Prod")
        self.web = cdk.Stack(self.stage, "Web")
        parts.stacked(self.web)
        self.web_function = self.web.node.find_child("Function")


@pytest.fixture
def places(make_app: MakeApp) -> Places:
    app = make_app()
    cdk.Aspects.of(app).add(RetryGuard())
    return Places(app)


ALL = ["A/Function", "A/Nested/Function", "Prod/Web/Function"]


def from_files(app: cdk.App) -> tuple[list[str], list[tuple[str, str]]]:
    """Sites of open findings, and of accepted ones with the reason, as the command line sees them."""
    report = report_of(load([app.outdir]))
    accepted = [(one.finding.site, one.by.reason) for one in report.suppressed]
    return sorted(one.site for one in report.findings), sorted(accepted)


@pytest.mark.parametrize(
    ("place", "accepted"),
    [
        ("app", ALL),
        ("stack", ALL[:2]),
        ("function", ALL[:1]),
        ("resource", ALL[:1]),
        ("nested", ALL[1:2]),
        ("nested_function", ALL[1:2]),
        ("stage", ALL[2:]),
        ("web", ALL[2:]),
        ("web_function", ALL[2:]),
    ],
)
def test_an_acknowledgement_accepts_what_is_within_its_construct(
    places: Places, place: str, accepted: list[str]
) -> None:
    acknowledge(getattr(places, place))
    outcome = synth(places.app)
    assert outcome.sites == sorted(set(ALL) - set(accepted))
    assert sorted(one["ruleMetadata"]["site"] for one in outcome.suppressed) == accepted
    assert {one["reason"] for one in outcome.suppressed} == {"we know"}
    assert outcome.failed == (accepted != ALL)
    assert from_files(places.app) == (outcome.sites, [(site, "we know") for site in accepted])


def test_the_innermost_and_the_last_reason_stands(places: Places) -> None:
    acknowledge(places.app, reason="outer")
    acknowledge(places.function, reason="first")
    acknowledge(places.function, reason="last")
    reasons = {one["ruleMetadata"]["site"]: one["reason"] for one in synth(places.app).suppressed}
    assert reasons == {"A/Function": "last", "A/Nested/Function": "outer", "Prod/Web/Function": "outer"}
    assert dict(from_files(places.app)[1]) == reasons


def unmatched(outcome: Outcome) -> list[tuple[str, str, str]]:
    """Of each unmatched acknowledgement, the severity, what is said and what is shown as its place."""
    found = []
    for one in outcome.violations:
        if one["ruleName"] == "unmatched-acknowledgement":
            (construct,) = one["violatingConstructs"]
            resource = construct.get("cloudFormationResource", {})
            place = construct["constructPath"] or f"{resource['templatePath']} {resource['logicalId']}"
            found.append((one["severity"], one["description"], place))
    return sorted(found)


def test_an_acknowledgement_that_accepts_nothing_is_reported(make_app: MakeApp) -> None:
    app = make_app()
    stack, stage = cdk.Stack(app, "A"), cdk.Stage(app, "Prod")
    queue = parts.queue(stack)
    web = parts.queue(cdk.Stack(stage, "Web"))
    cdk.Aspects.of(app).add(RetryGuard())
    for construct in (app, stage, queue, web):
        acknowledge(construct)
    outcome = synth(app)
    assert not outcome.failed
    message = "the acknowledgement of stacked-retries at {} matches nothing: no such finding is there (any more)"
    assert unmatched(outcome) == [
        ("warning", message.format("A/Queue"), "A/Queue"),
        ("warning", message.format("Prod"), "manifest.json Prod"),
        ("warning", message.format("Prod/Web/Queue"), "manifest.json Prod/Web/Queue"),
        ("warning", message.format("the app"), "manifest.json (the app)"),
    ]


def test_ids_that_mean_nothing_are_reported(places: Places) -> None:
    acknowledge(places.function, "stacked-retries")
    acknowledge(places.function, "Seawall::Stacked-Retries")
    acknowledge(places.function, "Seawall::*")
    acknowledge(places.function, "AwsSolutions::AwsSolutions-L1")
    acknowledge(places.function, "some-warning-of-the-cdk")
    outcome = synth(places.app)
    assert [site for rule, site in outcome.found if rule == "stacked-retries"] == ALL
    said = [text.partition(" at A/Function ") for _, text, _ in unmatched(outcome)]
    assert [(first.rpartition(" ")[2], rest) for first, _, rest in said] == [
        ("*", "matches nothing: there is no such rule"),
        ("Stacked-Retries", "matches nothing: there is no such rule; did you mean stacked-retries?"),
        (
            "stacked-retries",
            "accepts nothing: without a plugin's name, its id means a warning of the CDK itself",
        ),
    ]
    fixes = [one["suggestedFix"] for one in outcome.violations if "accepts nothing" in one["description"]]
    assert fixes == ["write Seawall::stacked-retries"]


def test_rules_that_do_not_run_are_left_alone(make_app: MakeApp) -> None:
    app = make_app()
    queue = parts.queue(cdk.Stack(app, "A"))
    cdk.Aspects.of(app).add(RetryGuard(ignore=["retry-loop"]))
    acknowledge(queue, "Seawall::retry-loop")
    acknowledge(queue, "retry-loop")
    assert synth(app).violations == []


def test_what_one_guard_finds_is_no_news_to_another(places: Places) -> None:
    cdk.Aspects.of(places.stack).add(RetryGuard(max_attempts=4))
    acknowledge(places.queue, "Seawall::excessive-retries")
    outcome = synth(places.app)
    assert unmatched(outcome) == []
    assert [(one["ruleName"], one["ruleMetadata"]["site"]) for one in outcome.suppressed] == [
        ("excessive-retries", "A/Queue")
    ]


def test_a_guard_on_a_stack_ignores_acknowledgements_elsewhere(make_app: MakeApp) -> None:
    app = make_app()
    a, b = cdk.Stack(app, "A"), cdk.Stack(app, "B")
    acknowledge(parts.queue(b))
    acknowledge(app)
    parts.queue(a)
    cdk.Aspects.of(a).add(RetryGuard())
    assert synth(app).violations == []


def test_who_sends_an_event_back_may_acknowledge_the_loop(make_app: MakeApp) -> None:
    app = make_app()
    stack = cdk.Stack(app, "A")
    queue = parts.queue(stack)
    worker = parts.consumer(stack, queue)
    queue.grant_send_messages(worker)
    worker.add_environment("QUEUE_URL", queue.queue_url)
    cdk.Aspects.of(app).add(RetryGuard(select=["retry-loop", "unmatched-acknowledgement"]))
    acknowledge(worker, "Seawall::retry-loop", "at most three laps")
    outcome = synth(app)
    assert not outcome.failed
    assert outcome.violations == []
    (accepted,) = outcome.suppressed
    assert (accepted["ruleName"], accepted["acknowledgedAt"]) == ("retry-loop", "A/Worker")
    assert accepted["ruleMetadata"]["site"] == "A/Queue"
    assert from_files(app) == ([], [("A/Queue", "at most three laps")])


def test_what_the_templates_own_metadata_accepts_is_not_reported(make_app: MakeApp) -> None:
    app = make_app()
    queue = parts.many(cdk.Stack(app, "A"))
    resource = queue.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    resource.add_metadata("seawall", {"acknowledge": [{"rule": "excessive-retries", "reason": "cheap"}]})
    cdk.Aspects.of(app).add(RetryGuard())
    assert synth(app).violations == []
    assert from_files(app) == ([], [("A/Queue", "cheap")])


class TestFilesAlone:
    @pytest.fixture
    def outdir(self, places: Places) -> Path:
        acknowledge(places.app)
        synth(places.app)
        return Path(places.app.outdir)

    def test_one_template_of_an_assembly(self, outdir: Path) -> None:
        report = report_of(load([outdir / "A.template.json"]))
        assert report.findings == ()
        assert [one.finding.site for one in report.suppressed] == ALL[:2]

    def test_a_report_of_an_earlier_synth_says_nothing(self, outdir: Path) -> None:
        os.utime(outdir / "validation-report.json", (0, 0))
        assert len(report_of(load([outdir])).findings) == len(ALL)

    @pytest.mark.parametrize(
        "text", ["", "[]", '{"pluginReports": 3}', '{"pluginReports": [{"pluginName": "Seawall"}]}']
    )
    def test_a_report_that_makes_no_sense_says_nothing(self, outdir: Path, text: str) -> None:
        (outdir / "validation-report.json").write_text(text)
        assert len(report_of(load([outdir])).findings) == len(ALL)

    def test_metadata_that_cannot_be_read_is_listed(self, outdir: Path) -> None:
        (outdir / "A.metadata.json").write_text("{")
        (skipped,) = load([outdir]).skipped
        assert skipped.path.endswith("A.metadata.json")
        assert "only acknowledgements would stand in it" in skipped.why

    def test_metadata_within_the_manifest_as_older_libraries_write_it(self, outdir: Path) -> None:
        manifest: Any = json.loads((outdir / "manifest.json").read_text())
        artifact = manifest["artifacts"]["A"]
        artifact["metadata"] = json.loads((outdir / artifact.pop("additionalMetadataFile")).read_text())
        artifact["metadata"]["/A"].append({"type": "aws:cdk:acknowledged-rules", "data": {STACKED: "inline"}})
        (outdir / "manifest.json").write_text(json.dumps(manifest))
        (outdir / "validation-report.json").unlink()
        report = report_of(load([outdir]))
        assert [(one.finding.site, one.by.reason) for one in report.suppressed] == [
            (site, "inline") for site in ALL[:2]
        ]
