"""Rules of other packages: those installed beside Seawall that name themselves as an entry point of ``seawall.rules``.

In the other package's ``pyproject.toml``::

    [project.entry-points."seawall.rules"]
    acme-owner = "acme_seawall.owner:RULE"

It runs with the rights of whoever runs Seawall, as every installed package does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NoReturn

from .model import Example, Finding, Rule, Severity

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from .context import Context

GROUP = "seawall.rules"


class UnusableRuleError(Exception):
    """Why an entry point is no rule."""


def installed(known: Collection[str]) -> Iterator[Rule]:
    """The rules of other packages. One that cannot be loaded, or whose id is `known`, breaks as a rule does that
    raises: the report names it, and the others run.
    """
    if not _anybody():
        return
    from importlib.metadata import entry_points  # a tenth of a start

    taken = set(known)
    for each in sorted(entry_points(group=GROUP), key=lambda each: (each.name, each.value)):
        rule = _loaded(each, taken)
        taken.add(rule.id)
        yield rule


def _anybody() -> bool:
    """Whether a package may name a rule: a look into the files that `importlib.metadata` would read."""
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except NotADirectoryError:  # a zip file
            return True
        except OSError:
            continue
        for name in names:
            if name.endswith(".egg"):
                return True
            if name.endswith((".dist-info", ".egg-info")) and _names_a_rule(os.path.join(folder, name)):
                return True
    return False


def _names_a_rule(folder: str) -> bool:
    try:
        with open(os.path.join(folder, "entry_points.txt"), "rb") as file:
            return GROUP.encode() in file.read()
    except OSError:
        return False


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
