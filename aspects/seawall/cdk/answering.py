"""What the CDK is told. Never an exception: it would swallow one, print nothing and exit 0."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk

from seawall._version import __version__
from seawall.template import InputError, NothingFound

from .judging import Case, judged
from .synthesis import Synthesis
from .violations import FAILING, violation

if TYPE_CHECKING:
    from .courts import Court

_adjourned: ContextVar[bool] = ContextVar("seawall_adjourned", default=False)


def answer(
    court: Callable[[], Court], cases: Callable[[Synthesis], Sequence[Case]]
) -> cdk.PolicyValidationPluginReport:
    """The report on an app for some cases; whatever goes wrong becomes a violation of its own."""
    if _adjourned.get():
        return _report([], {})
    directory: Path | None = None
    try:
        here = court()
        directory = here.directory()
        synthesis = here.synthesis(directory)
        charges = judged(synthesis, cases(synthesis))
        return _report([violation(synthesis, charge) for charge in charges], synthesis.inputs())
    except NothingFound:
        return _report([], {})
    except Exception as error:
        return _report([_no_verdict(error, directory)], {})


@contextmanager
def adjourned() -> Iterator[None]:
    """While this lasts, guards say nothing and note nothing: somebody else reads the app."""
    token = _adjourned.set(True)
    try:
        yield
    finally:
        _adjourned.reset(token)


def _report(violations: list[cdk.PolicyViolation], metadata: dict[str, str]) -> cdk.PolicyValidationPluginReport:
    return cdk.PolicyValidationPluginReport(
        success=not any(one.severity in FAILING for one in violations),
        violations=violations,
        plugin_version=__version__,
        metadata=metadata,
    )


def _no_verdict(error: Exception, directory: Path | None) -> cdk.PolicyViolation:
    """Fatal, so that `cdk synth` fails and nobody can acknowledge it away."""
    if os.environ.get("SEAWALL_DEBUG"):
        traceback.print_exception(error)
    file = directory / "manifest.json" if directory else None
    if isinstance(error, InputError):
        file = Path(error.path)
        what = str(error)
        fix = "synthesize again into an empty directory; if that does not help, it is a mistake in Seawall: report it"
    else:
        what = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}{_raised_at(error)}"
        fix = "this is a mistake in Seawall, not in the app: report it, with what SEAWALL_DEBUG=1 makes it print"
    return cdk.PolicyViolation(
        rule_name="analysis-failed",
        severity="fatal",
        description=" ".join(f"there is no verdict, because the app could not be analysed: {what}".split()),
        fix=f"{fix}\nto go on without a verdict, remove the guard from the app",
        violating_resources=[
            cdk.PolicyViolatingResource(
                resource_logical_id="(no verdict)", template_path=str(file) if file else None, locations=[]
            )
        ],
    )


def _raised_at(error: Exception) -> str:
    """The last line of ours on the way to the error."""
    package = Path(__file__).parents[1]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if package in Path(frame.filename).parents:
            return f" ({Path(frame.filename).relative_to(package.parent).as_posix()}, line {frame.lineno})"
    return ""
