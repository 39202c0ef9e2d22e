"""Seawall says, before you deploy, how many times your AWS code runs again when something fails.

In a CDK app, one line::

    seawall.guard(app, max_attempts=10)

or, for a scope of one's own, as Aspects::

    cdk.Aspects.of(payments).add(seawall.RetryGuard(max_attempts=5))
    cdk.Aspects.of(payments).add(seawall.ImageGuard())

and, for what code decides and no template shows::

    from seawall import Flow

    Flow.of(worker).sends_to(queue, when="failure", laps=5)

and, to mend what can be mended mechanically::

    from seawall import SingleRetryOwner

    cdk.Aspects.of(app).add(SingleRetryOwner("queue"), priority=cdk.AspectPriority.MUTATING)

Without the CDK::

    report = seawall.check("cdk.out")   # or a template's path, several paths, or a template as a dict
    report.ok, report.findings, report.gaps

In a unit test: `seawall.testing.check`. On the command line: ``seawall check``.
"""

from __future__ import annotations

from importlib import import_module

from ._version import __version__

TYPE_CHECKING = False
"""For type checkers, to which it is true: `typing` itself would be most of what the import takes."""

if TYPE_CHECKING:
    from typing import Any

    from seawall.template import InputError

    from .cdk import (
        AsyncFailureDestination,
        FitVisibility,
        Flow,
        ImageGuard,
        Jitter,
        RedriveTo,
        RetryGuard,
        ShieldImagesInUse,
        SingleRetryOwner,
        guard,
        record_source_lines,
    )
    from .engine import Report, check

__all__ = [
    "AsyncFailureDestination",
    "FitVisibility",
    "Flow",
    "ImageGuard",
    "InputError",
    "Jitter",
    "RedriveTo",
    "Report",
    "RetryGuard",
    "ShieldImagesInUse",
    "SingleRetryOwner",
    "__version__",
    "check",
    "guard",
    "record_source_lines",
]

_WITHOUT_CDK = {"InputError": "seawall.template", "Report": "seawall.engine", "check": "seawall.engine"}


def __getattr__(name: str) -> Any:
    """What needs the CDK is imported when it is asked for: everything else works without the CDK."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(_WITHOUT_CDK.get(name, "seawall.cdk"))
    return getattr(home, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
