"""What a guard looks for: its arguments, and for what they leave open the settings file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from seawall.baseline.entry import Baseline
from seawall.baseline.file import read
from seawall.config import find_preferences
from seawall.rules import all_rules
from seawall.rules.choices import rule_named
from seawall.settings import Settings
from seawall.template import InputError

_FRACTIONS = ("pushes_per_day",)
"""Arguments that need not be whole."""


def settings(
    topic: str,
    select: Iterable[str] | None,
    ignore: Iterable[str] | None,
    **thresholds: float | None,
) -> Settings:
    """What to look for in matters of `topic` (empty: all); None is what the settings file says, or the default.

    `TypeError` or `ValueError` say which argument, or which line of the file, is wrong.
    """
    try:
        said = find_preferences(known_format=_format).settings
        baseline()
    except InputError as error:
        raise ValueError(f"the settings of Seawall cannot be read: {error}") from None
    wanted = said.select if select is None else _named("select", select)
    unwanted = said.ignore if ignore is None else _named("ignore", ignore)
    every = {rule.id: rule.topic for rule in all_rules()}
    apt = frozenset(name for name, about in every.items() if not topic or about in ("", topic))
    chosen = ((wanted or apt) & apt) - unwanted
    if not chosen and (select is not None or ignore is not None):
        raise ValueError("no rule is left to run: see select and ignore, here and in the settings file")
    given: dict[str, Any] = {name: _number(name, number) for name, number in thresholds.items() if number is not None}
    return replace(
        said,
        select=chosen,
        ignore=frozenset(every.keys() - chosen),
        topics=frozenset({topic} if topic else ()),
        **given,
    )


def baseline() -> Baseline | None:
    """The findings that are known, where the settings file names a baseline; `InputError` if that cannot be read."""
    path = find_preferences(known_format=_format).baseline
    return None if path is None else read(path)


def _format(name: str) -> str:
    """Checks what a settings file asks for; loaded only then."""
    from seawall.report.format import known_format

    return known_format(name)


def _number(name: str, number: object) -> float:
    if name in _FRACTIONS and isinstance(number, float):
        return number
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError(f"{name} takes a whole number such as 10, not {number!r}")
    return number


def _named(argument: str, rules: Iterable[str]) -> frozenset[str]:
    names = [rules] if isinstance(rules, str) else list(rules)
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"{argument} takes ids of rules such as 'stacked-retries', not {name!r}")
    try:
        return frozenset(rule_named(name).id for name in names)
    except ValueError as error:
        raise ValueError(f"{argument}: {error}") from None
