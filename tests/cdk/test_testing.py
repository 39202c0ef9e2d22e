"""`seawall.testing.check`: findings in a unit test, whatever else the app holds."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import jsii
import pytest
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct, RootConstruct

from seawall import RetryGuard, testing
from tests.cdk.apps import parts

from .conftest import MakeApp, synth


@pytest.fixture
def app(make_app: MakeApp) -> cdk.App:
    app = make_app()
    stack = cdk.Stack(app, "A")
    parts.stacked(stack)
    parts.many(cdk.NestedStack(stack, "Nested"))
    parts.stacked(cdk.Stack(cdk.Stage(app, "Prod"), "Web"))
    return app


ALL = ["A/Function", "A/Nested/Queue", "Prod/Web/Function"]


def found(report: testing.Report) -> list[str]:
    return sorted(one.site for one in report.findings)


def at(app: cdk.App, path: str) -> IConstruct:
    construct: IConstruct = app
    for name in filter(None, path.split("/")):
        construct = construct.node.find_child(name)
    return construct


@pytest.mark.parametrize(
    ("path", "sites"),
    [
        ("", ALL),
        ("A", ALL[:2]),
        ("A/Nested", ALL[1:2]),
        ("A/Nested/Queue", ALL[1:2]),
        ("A/Queue", []),
        ("Prod", ALL[2:]),
        ("Prod/Web", ALL[2:]),
    ],
)
def test_findings_within_a_scope(app: cdk.App, path: str, sites: list[str]) -> None:
    assert found(testing.check(at(app, path))) == sites


def test_twice(app: cdk.App) -> None:
    assert found(testing.check(app)) == found(testing.check(app)) == ALL


def test_settings(app: cdk.App) -> None:
    report = testing.check(app, max_attempts=25, ignore=["handoff-gap"])
    assert report.settings.max_attempts == 25
    assert found(report) == ALL[1:2]
    assert found(testing.check(app, select=["stacked-retries"])) == [ALL[0], ALL[2]]
    with pytest.raises(ValueError, match="unknown rule"):
        testing.check(app, select=["no-such-rule"])


def test_the_settings_file_counts(app: cdk.App, directory: Path) -> None:
    (directory / "seawall.toml").write_text("max-attempts = 40\n")
    assert found(testing.check(app)) == []


def test_acknowledged_findings_are_set_apart(app: cdk.App) -> None:
    cdk.Validations.of(app).acknowledge(cdk.Acknowledgment(id="Seawall::stacked-retries", reason="we know"))
    report = testing.check(at(app, "Prod"))
    assert found(report) == []
    (suppressed,) = report.suppressed
    assert (suppressed.finding.site, suppressed.by.reason) == ("Prod/Web/Function", "we know")


def test_a_guard_in_the_app_keeps_quiet_and_speaks_afterwards(app: cdk.App) -> None:
    cdk.Aspects.of(app).add(RetryGuard())
    assert found(testing.check(app)) == ALL
    assert synth(app, force=True).sites == ALL


def test_after_a_synth_that_failed(app: cdk.App) -> None:
    cdk.Aspects.of(app).add(RetryGuard())
    assert synth(app).failed
    assert found(testing.check(app)) == ALL


def test_other_plugins_that_refuse_the_app_do_not_matter(app: cdk.App) -> None:
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks())
    for _ in range(2):
        assert found(testing.check(app)) == ALL


def test_errors_of_annotations_do_not_matter(app: cdk.App) -> None:
    cdk.Annotations.of(at(app, "A")).add_error("not now")
    assert found(testing.check(app)) == ALL


def test_a_stack_without_an_app() -> None:
    stack = cdk.Stack()
    parts.stacked(stack)
    assert found(testing.check(stack)) == ["Default/Function"]


def test_an_app_without_stacks(make_app: MakeApp) -> None:
    report = testing.check(make_app())
    assert (report.findings, report.suppressed) == ((), ())


def test_mistakes_of_the_app_itself_come_through(app: cdk.App) -> None:
    @jsii.implements(cdk.IAspect)
    class Broken:
        def visit(self, node: IConstruct) -> None:
            raise ValueError("the app's own mistake")

    cdk.Aspects.of(app).add(Broken())
    with pytest.raises(Exception, match="the app's own mistake"):
        testing.check(app)


def test_what_is_not_in_an_app() -> None:
    with pytest.raises(TypeError, match=r"^the construct is not in an app: give a stack, or put it into one"):
        testing.check(RootConstruct())
    with pytest.raises(TypeError, match=r"^check takes an app, a stack or another construct, not 'A'"):
        testing.check("A")  # type: ignore[arg-type]
