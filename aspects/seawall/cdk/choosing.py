"""What a guard looks for: its arguments, and for what they leave open the settings file."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from seawall.report.choices import rule_named
from seawall.report.settings_file import find_preferences
from seawall.rules import Settings, all_rules
from seawall.template import InputError


def settings(
    rules: Collection[str],
    max_attempts: int | None,
    select: Iterable[str] | None,
    ignore: Iterable[str] | None,
) -> Settings:
    """What a guard that can run `rules` was asked to do; None is what the settings file says, or the default.

    `TypeError` or `ValueError` say which argument, or which line of the file, is wrong.
    """
    try:
        said = find_preferences().settings
    except InputError as error:
        raise ValueError(f"the settings of Seawall cannot be read: {error}") from None
    wanted = said.select if select is None else _named("select", select)
    unwanted = said.ignore if ignore is None else _named("ignore", ignore)
    chosen = ((wanted or frozenset(rules)) & frozenset(rules)) - unwanted
    if not chosen and (select is not None or ignore is not None):
        raise ValueError("no rule is left to run: see select and ignore, here and in the settings file")
    every = frozenset(rule.id for rule in all_rules())
    return Settings(said.max_attempts if max_attempts is None else _whole(max_attempts), chosen, every - chosen)


def _whole(max_attempts: object) -> int:
    if not isinstance(max_attempts, int) or isinstance(max_attempts, bool):
        raise TypeError(f"max_attempts takes a whole number such as 10, not {max_attempts!r}")
    return max_attempts


def _named(argument: str, rules: Iterable[str]) -> frozenset[str]:
    names = [rules] if isinstance(rules, str) else list(rules)
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"{argument} takes ids of rules such as 'stacked-retries', not {name!r}")
    try:
        return frozenset(rule_named(name).id for name in names)
    except ValueError as error:
        raise ValueError(f"{argument}: {error}") from None
