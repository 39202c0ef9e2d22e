"""Findings in unit tests, without a failing synth in the way.

::

    from seawall import testing

    def test_payments_retry_in_one_place_only():
        app = cdk.App()
        report = testing.check(PaymentsStack(app, "Payments"), max_attempts=5)
        assert not report.findings
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

try:
    import aws_cdk as cdk
    from constructs import IConstruct
except ModuleNotFoundError:
    raise ImportError("seawall.testing needs the AWS CDK: pip install 'seawall[cdk]'") from None

from seawall.engine import Report, report_of
from seawall.template import App, NothingFound

from .cdk.guard_settings import settings
from .cdk.scoped_findings import around, path_of
from .cdk.synthesis import Synthesis
from .cdk.validation_plugin import silenced

__all__ = ["Report", "check"]


def check(
    scope: IConstruct,
    *,
    max_attempts: int | None = None,
    rollbacks: int | None = None,
    pushes_per_day: float | None = None,
    days_between_deployments: int | None = None,
    images_per_push: int | None = None,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] | None = None,
) -> Report:
    """Synthesize the app that `scope` is part of, and report what is wrong at constructs within `scope`.

    Findings are in `Report.findings`, worst first; those that an acknowledgement accepts are in `Report.suppressed`.
    Neither they, nor guards in the app, nor what another validation plugin finds raise an exception. Only the first
    synth of a process takes seconds, as the CDK starts its own template checks; with ``CDK_VALIDATION=false`` in the
    environment it does not.

    Args:
        scope: An app, a Stage, a stack, or any construct in one. The whole app is analysed, so that events are
            followed from and to what is outside of `scope`.
        max_attempts: How many runs of one function or state, for one event, are fine. At least 1; 10 by default.
        rollbacks: To how many earlier images whatever runs an image must be able to go back. At least 0; 1 by default.
        pushes_per_day: How many builds a repository of images gets per day. Above 0; 10 by default.
        days_between_deployments: How many days one deployment of an image stays. At least 1; 30 by default.
        images_per_push: How many images one push leaves: an index, its platforms, attestations. At least 1; 1 by
            default.
        select: The only rules to run, by id. All by default.
        ignore: Rules to leave out. None by default.

    What is not given is taken from the settings file, as by `RetryGuard`.

    Raises:
        TypeError: `scope` is no construct, or is not in an app; or an argument of another type.
        ValueError: No such rule, no rule left to run, a number that is too small, or an unreadable settings file.
        InputError: What was synthesized cannot be read.
    """
    chosen = settings(
        "",
        select,
        ignore,
        max_attempts=max_attempts,
        rollbacks=rollbacks,
        pushes_per_day=pushes_per_day,
        days_between_deployments=days_between_deployments,
        images_per_push=images_per_push,
    )
    root, path = _place(scope)
    with silenced():
        try:
            root.synth()
        except RuntimeError as error:
            # A plugin refuses the app; all files have been written before plugins are asked.
            if not str(error).startswith("ValidationFailed:"):
                raise
    try:
        report = Synthesis.read(root, Path(root.outdir).absolute()).report(chosen)
    except NothingFound:
        return report_of(App({}), chosen)
    return replace(
        report,
        findings=tuple(one for one in report.findings if around(path, path_of(report.app, one))),
        suppressed=tuple(one for one in report.suppressed if around(path, path_of(report.app, one.finding))),
    )


def _place(scope: IConstruct) -> tuple[cdk.Stage, str]:
    """The app of a construct, and the construct's path in it."""
    node = getattr(scope, "node", None)
    if node is None:
        raise TypeError(f"check takes an app, a stack or another construct, not {scope!r}")
    root = node.root
    if not isinstance(root, cdk.Stage):
        raise TypeError(f"{node.path or 'the construct'} is not in an app: give a stack, or put it into one")
    return root, node.path
