"""cfn-lint, with all of its rules."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from ..cases import Case
from ..scoring import Told
from . import MissingToolError

NAME = "cfn-lint"
OF_THIS_FIELD = {
    "E3502": "a dead-letter queue of another kind than its queue",
    "E3505": "a visibility timeout below the function's timeout",
    "E3601": "the form of a state machine, its retriers among it",
    "E3717": "a retry setting of a mapping that its source does not take",
}
"""Rules about retries, dead letters or the clocks between them; none is about one of the bench's hazards."""


def about() -> str:
    """Which version, and how it is asked."""
    return f"{_version()}, all rules, informational ones too"


def _version() -> str:
    try:
        return version("cfn-lint")
    except PackageNotFoundError:
        raise MissingToolError("pip install cfn-lint") from None


def run(cases: Iterable[Case]) -> dict[str, Told]:
    """What it tells."""
    _version()
    from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]

    settings = ManualArgs(regions=["eu-west-1"], include_checks=["I"])
    found: dict[str, Told] = {}
    for case in cases:
        ids = [each.rule.id for body in case.templates.values() for each in lint(json.dumps(body), config=settings)]
        found[case.id] = Told(alarms=tuple(sorted({each for each in ids if each in OF_THIS_FIELD})))
    return found
