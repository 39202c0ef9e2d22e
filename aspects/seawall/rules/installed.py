"""Rules of other packages: those installed beside Seawall that name themselves as an entry point of ``seawall.rules``.

In the other package's ``pyproject.toml``::

    [project.entry-points."seawall.rules"]
    acme-owner = "acme_seawall.owner:RULE"

It runs with the rights of whoever runs Seawall, as every installed package does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, NoReturn

from .model import Example, Finding, Rule, Severity

if TYPE_CHECKING:
    from .context import Context

GROUP = "seawall.rules"


class UnusableRuleError(Exception):
    """Why an entry point is no rule."""


def installed(known: Collection[str]) -> Iterator[Rule]:
    """The rules of other packages. One that cannot be loaded, or whose id is `known`, breaks as a rule does that
    raises: the report names it, and the others run.
    """
    taken = set(known)
    for each in sorted(entry_points(group=GROUP), key=lambda each: (each.name, each.value)):
        rule = _loaded(each, taken)
        taken.add(rule.id)
        yield rule


def _loaded(each: EntryPoint, taken: Collection[str]) -> Rule:
    try:
        found = each.load()
    except Exception as error:
        return _unusable(each, f"it cannot be loaded: {type(error).__name__}: {error}")
    if not isinstance(found, Rule):
        return _unusable(each, "it is no seawall.rules.Rule")
    if found.id in taken:
        return _unusable(each, f"there is a rule {found.id} already")
    return found


def _unusable(each: EntryPoint, why: str) -> Rule:
    def check(_context: Context) -> Iterator[Finding]:
        _raise(why)

    title, nothing = f"{each.value} of another package cannot be used: {why}", Example("")
    fix = "mend the package, or remove it"
    return Rule(each.value, Severity.ERROR, title, title, "", nothing, fix, nothing, (), check, topic="")


def _raise(why: str) -> NoReturn:
    raise UnusableRuleError(why)
