"""What the gate's function is told by its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping

from msgspec import Struct

from seawall.rules.choices import UnknownChoiceError, rule_named
from seawall.rules.fail_on import FailOn
from seawall.settings import DEFAULT_MAX_ATTEMPTS, Settings

PREFIX = "SEAWALL_"


class GateOptions(Struct, frozen=True):
    """How a gate judges."""

    settings: Settings
    fail_on: FailOn = FailOn.ERROR
    snapshot: str = ""
    """Where a snapshot of what is deployed lies, as ``s3://bucket/prefix``; empty: nowhere."""
    blocks_on_failure: bool = False
    """Whether what cannot be judged is refused."""


def blocks_on_failure(environment: Mapping[str, str]) -> bool:
    """Whether what cannot be judged is refused, as far as anything says so."""
    return environment.get(f"{PREFIX}ON_FAILURE", "").strip() == "block"


def options(environment: Mapping[str, str] | None = None) -> GateOptions:
    """The options in an environment, that of the process by default; `ValueError` says what is wrong in it."""
    said = os.environ if environment is None else environment

    def word(name: str, default: str) -> str:
        return said.get(PREFIX + name, "").strip() or default

    try:
        settings = Settings(
            max_attempts=int(word("MAX_ATTEMPTS", str(DEFAULT_MAX_ATTEMPTS))),
            select=_rules(word("SELECT", "")),
            ignore=_rules(word("IGNORE", "")),
        )
        return GateOptions(settings, FailOn(word("FAIL_ON", "error")), word("SNAPSHOT", ""), blocks_on_failure(said))
    except UnknownChoiceError as error:
        raise ValueError(str(error)) from None


def _rules(text: str) -> frozenset[str]:
    return frozenset(rule_named(name.strip()).id for name in text.split(",") if name.strip())
