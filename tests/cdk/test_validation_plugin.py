"""What a finding becomes in the CDK's report: where it is addressed, what is printed, what programs can read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from constructs import Construct

from seawall import RetryGuard, __version__
from seawall.cdk.scoped_findings import ScopedFinding
from seawall.cdk.synthesis import Synthesis
from seawall.cdk.validation_plugin import violation
from seawall.graph import Place
from seawall.rules import Acknowledgement, Confidence, Finding, Severity
from seawall.template import Address, load_assembly
from tests.cdk.apps import parts

from .conftest import MakeApp, synth, where


def test_an_error_in_full(make_app: MakeApp) -> None:
    app = make_app()
    parts.stacked(cdk.Stack(app, "A"))
    cdk.Aspects.of(app).add(RetryGuard())
    outcome = synth(app)
    (plugin,) = outcome.plugins
    assert (plugin["pluginName"], plugin["pluginVersion"], plugin["conclusion"]) == ("Seawall", __version__, "failure")
    assert plugin["metadata"]["analysed"].startswith("1 template, ")
    (found,) = plugin["violations"]
    assert found["ruleName"] == "stacked-retries"
    assert found["severity"] == "error"
    assert found["description"] == "one failing event at A/Queue can run A/Function 20 times (5 x 4)"
    fix, *more = found["suggestedFix"].splitlines()
    assert fix.startswith("let only A/Queue retry: remove the Retry of Charge in A/Machine (20 -> 5)")
    assert more.pop(0) == '# remove .add_retry(..., errors=["States.ALL"]) of the state "Charge"'
    assert more.pop(0) == "trade-off: after a short failure A/Queue runs all of it again, 6 min later"
    assert [line.split("  ")[0] for line in more[:2]] == ["A/Queue", "+- A/Pipe"], "the path, as a check draws it"
    assert next(line for line in more if line.startswith("= ")) == (
        "= the retries last 30 min = 5 x 360 s (VisibilityTimeout)"
    )
    (construct,) = found["violatingConstructs"]
    assert construct["constructPath"] == "A/Function/Resource"
    assert construct["constructFqn"] == "aws-cdk-lib.aws_lambda.CfnFunction"
    assert construct["cloudFormationResource"]["templatePath"] == "A.template.json"


def test_a_first_synth_that_fails_says_once_how_to_begin(
    make_app: MakeApp, directory: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    app = make_app()
    parts.stacked(cdk.Stack(app, "A"))
    cdk.Aspects.of(app).add(RetryGuard())
    assert synth(app).failed
    assert capfd.readouterr().err.count("`seawall baseline` writes down what is there") == 1
    (directory / "known.json").write_text('{"schema": "seawall.baseline/1", "findings": []}')
    (directory / "seawall.toml").write_text('baseline = "known.json"')
    again = make_app()
    parts.stacked(cdk.Stack(again, "A"))
    cdk.Aspects.of(again).add(RetryGuard())
    assert synth(again).failed
    assert "seawall baseline" not in capfd.readouterr().err


def test_the_data_for_programs(make_app: MakeApp) -> None:
    app = make_app()
    parts.stacked(cdk.Stack(app, "A"))
    cdk.Aspects.of(app).add(RetryGuard())
    facts = synth(app).violations[0]["ruleMetadata"]
    trace = json.loads(facts.pop("trace"))
    assert len(facts.pop("fingerprint")) == 24
    assert facts.pop("logical_id").startswith("Function")
    assert facts == {
        "attempts": "20",
        "confidence": "high",
        "construct_path": "A/Function/Resource",
        "failure": "error",
        "site": "A/Function",
        "template": "A.template.json",
    }
    assert [(mark["site"], mark["tries"]) for mark in trace][:2] == [("A/Queue", 1), ("A/Pipe", 5)]


def test_a_warning_names_its_property_and_fails_nothing(make_app: MakeApp) -> None:
    app = make_app()
    parts.many(cdk.Stack(app, "A"))
    cdk.Aspects.of(app).add(RetryGuard())
    outcome = synth(app)
    assert not outcome.failed
    (found,) = outcome.violations
    assert found["severity"] == "warning"
    (construct,) = found["violatingConstructs"]
    assert construct["cloudFormationResource"]["propertyPaths"] == ["Properties.RedrivePolicy.maxReceiveCount"]


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        ("top", ("Top/Function/Resource", "Function")),
        ("nested", ("Top/Nested/Function/Resource", "Function")),
        ("stage in stack", ("Top/Stage/Stack/Function/Resource", "Function")),
        ("stage", ("", "Prod/Web/Function/Resource (Function")),
        ("nested in stage", ("", "Prod/Web/Nested/Function/Resource (Function")),
    ],
)
def test_what_cdk_synth_would_pass_over_is_addressed_so_that_it_does_not(
    make_app: MakeApp, build: str, expected: tuple[str, str]
) -> None:
    app = make_app()
    top = cdk.Stack(app, "Top")
    web = cdk.Stack(cdk.Stage(app, "Prod"), "Web")
    scopes: dict[str, Callable[[], Construct]] = {
        "top": lambda: top,
        "nested": lambda: cdk.NestedStack(top, "Nested"),
        "stage in stack": lambda: cdk.Stack(cdk.Stage(top, "Stage"), "Stack"),
        "stage": lambda: web,
        "nested in stage": lambda: cdk.NestedStack(web, "Nested"),
    }
    parts.stacked(scopes[build]())
    cdk.Aspects.of(app).add(RetryGuard())
    ((path, shown),) = [where(one) for one in synth(app).violations]
    assert path == expected[0]
    assert shown.startswith(expected[1])


@pytest.mark.parametrize(
    ("variable", "expected"),
    [(None, "Prod/Web/Function/Resource"), ("true", "Prod/Web/Function/Resource"), ("false", "")],
)
def test_a_stage_that_is_validated_on_synth_needs_no_such_address(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, variable: str | None, expected: str
) -> None:
    monkeypatch.delenv("CDK_VALIDATION", raising=False)
    if variable is not None:
        monkeypatch.setenv("CDK_VALIDATION", variable)
    app = make_app()
    parts.stacked(cdk.Stack(cdk.Stage(app, "Prod"), "Web"))
    cdk.Aspects.of(app).add(RetryGuard())
    (found,) = synth(app, validate_on_synthesis=True).violations
    assert where(found)[0] == expected


def test_severities_and_text_without_a_fix(make_app: MakeApp) -> None:
    app = make_app()
    parts.stacked(cdk.Stack(app, "A"))
    app.synth()
    synthesis = Synthesis(Path(app.outdir), load_assembly(Path(app.outdir)))
    place = Place(Address("A.template.json", "Queue4A7E3555"), "Metadata.seawall")
    made = {}
    for severity in Severity:
        finding = Finding("some-rule", severity, Confidence.LOW, place, "A/Queue", "first", ("second", "third"))
        made[severity] = violation(synthesis, ScopedFinding(finding, "A/Queue/Resource", "print", None))
    assert [one.severity for one in made.values()] == ["info", "warning", "error"]
    assert made[Severity.NOTE].description == "first"
    assert made[Severity.NOTE].fix == "see: seawall explain some-rule\n= second\n= third"
    assert made[Severity.NOTE].violating_resources[0].locations == ["Metadata.seawall"]


def test_a_finding_accepted_elsewhere_is_addressed_where_it_is_accepted(make_app: MakeApp) -> None:
    app = make_app()
    parts.stacked(cdk.Stack(app, "A"))
    app.synth()
    synthesis = Synthesis(Path(app.outdir), load_assembly(Path(app.outdir)))
    place = Place(Address("A.template.json", "Queue4A7E3555"))
    finding = Finding("some-rule", Severity.ERROR, Confidence.HIGH, place, "A/Queue", "first", also=("B/Sender",))
    for stated, expected in (("B/Sender", "B/Sender"), ("A", None), ("", None)):
        charge = ScopedFinding(finding, "A/Queue/Resource", "print", Acknowledgement("some-rule", "fine", stated))
        (resource,) = violation(synthesis, charge).violating_resources
        assert resource.construct_path == expected
        assert resource.resource_logical_id == (None if expected else "Queue4A7E3555")


class TestWhateverGoesWrong:
    """An exception out of a plugin would be an exit 0 without a word."""

    def test_a_mistake_of_ours(self, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object, **__: object) -> None:
            raise KeyError("Properties")

        monkeypatch.setattr("seawall.cdk.synthesis.report_of", broken)
        app = make_app()
        parts.stacked(cdk.Stack(app, "A"))
        cdk.Aspects.of(app).add(RetryGuard())
        outcome = synth(app)
        assert outcome.failed
        (found,) = outcome.violations
        assert (found["ruleName"], found["severity"]) == ("analysis-failed", "fatal")
        assert "KeyError: 'Properties' (seawall/cdk/synthesis.py, line " in found["description"]
        (construct,) = found["violatingConstructs"]
        assert construct["cloudFormationResource"]["templatePath"] == "manifest.json"

    def test_the_trace_for_whoever_mends_it(
        self, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("SEAWALL_DEBUG", "1")
        monkeypatch.setattr("seawall.cdk.synthesis.report_of", lambda *_, **__: 1 / 0)
        app = make_app()
        cdk.Stack(app, "A")
        cdk.Aspects.of(app).add(RetryGuard())
        assert synth(app).failed
        assert "ZeroDivisionError: division by zero" in capfd.readouterr().err

    def test_a_file_that_cannot_be_read(self, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
        app = make_app()
        cdk.Stack(app, "A")

        def spoiled(directory: Path) -> object:
            template = directory / "A.template.json"
            template.write_text(template.read_text()[:-20])
            return load_assembly(directory)

        monkeypatch.setattr("seawall.cdk.synthesis.load_assembly", spoiled)
        cdk.Aspects.of(app).add(RetryGuard())
        outcome = synth(app)
        assert outcome.failed
        (found,) = outcome.violations
        assert "A.template.json:" in found["description"]
        assert "is not JSON" in found["description"]
        assert found["violatingConstructs"][0]["cloudFormationResource"]["templatePath"] == "A.template.json"
