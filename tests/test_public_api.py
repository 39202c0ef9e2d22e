"""The public names: that they say what they are, and what a type checker sees of them (`make types`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import seawall

if TYPE_CHECKING:
    from typing import assert_type

    import aws_cdk as cdk
    from constructs import IConstruct

    from seawall.graph import Gap
    from seawall.rules import Finding

    def checked() -> None:
        """Without the CDK."""
        report = seawall.check("cdk.out", max_attempts=10)
        assert_type(report, seawall.Report)
        assert_type(report.ok, bool)
        assert_type(report.findings, tuple[Finding, ...])
        assert_type(report.gaps, tuple[Gap, ...])
        seawall.check({"Resources": {}}, rollbacks=2, select=["stacked-retries"])
        seawall.check("cdk.out", pushes_per_day=0.5, days_between_deployments=7, images_per_push=3)
        seawall.check("cdk.out", max_attempts="10")  # type: ignore[arg-type]
        seawall.check("cdk.out", attempts=10)  # type: ignore[call-arg]

    def guarded(app: cdk.App, stack: IConstruct) -> None:
        """In a CDK app."""
        seawall.guard(app)
        seawall.guard(stack, 5, rollbacks=2, select=["retry-loop"], ignore=[], fail_on_gaps=True)
        cdk.Aspects.of(app).add(seawall.RetryGuard(max_attempts=10, fail_on_gaps=True))
        seawall.guard(app, pushes_per_day=0.5, days_between_deployments=7, images_per_push=3)
        cdk.Aspects.of(app).add(seawall.ImageGuard(rollbacks=2, pushes_per_day=20))
        cdk.Validations.of(app).add_plugins(seawall.RetryGuard())
        seawall.guard()  # type: ignore[call-arg]
        seawall.guard(app, max_attempts="10")  # type: ignore[arg-type]
        seawall.RetryGuard(rollbacks=2)  # type: ignore[call-arg]


@pytest.mark.parametrize("name", [name for name in seawall.__all__ if not name.startswith("_")])
def test_every_public_name_says_what_it_is(name: str) -> None:
    found = getattr(seawall, name)
    assert (found.__doc__ or "").strip(), name


def test_all_is_sorted_and_complete() -> None:
    assert list(seawall.__all__) == sorted(seawall.__all__)
    assert {"check", "guard", "RetryGuard", "ImageGuard", "Flow", "Report", "InputError"} <= set(seawall.__all__)
