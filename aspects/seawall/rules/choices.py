"""Names that people type, and what they may have meant."""

from __future__ import annotations

from collections.abc import Iterable

from seawall.template import PLUGIN
from seawall.words import probably_meant

from . import Rule, all_rules

PREFIX = f"{PLUGIN}::"
"""Before a rule's id wherever CDK is told of it."""


class UnknownChoiceError(ValueError):
    """A name that names nothing; the message says what comes closest, or what there is."""


def chosen(name: str, choices: Iterable[str], what: str) -> str:
    """`name` if it is among `choices`."""
    known = list(choices)
    if name in known:
        return name
    close = probably_meant(name.lower(), known)
    hint = f"did you mean {close}?" if close else f"choose from: {', '.join(known)}" if known else "there is none"
    raise UnknownChoiceError(f"unknown {what} {name!r}; {hint}")


def rule_named(name: str) -> Rule:
    """The rule of that id, with or without the ``Seawall::`` that CDK shows before it."""
    rules = {rule.id: rule for rule in all_rules()}
    return rules[chosen(name.removeprefix(PREFIX), rules, "rule")]
