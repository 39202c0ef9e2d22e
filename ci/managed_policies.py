"""Writes the list of what AWS's managed policies let code send and read: ``python ci/managed_policies.py``.

The policies are those that moto keeps a copy of, as AWS publishes them; only names, actions and resources are taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from moto.iam import aws_managed_policies

from seawall.services.iam.managed_policies import READ
from seawall.services.lambda_.code_calls import ACTIONS
from seawall.services.readers import READ_BY

FOLLOWED = {*ACTIONS, *(action for actions in READ_BY.values() for action in actions)}
TARGET = Path("aspects/seawall/services/iam/managed_policies.txt")


def rows(name: str, statements: Any) -> Iterator[str]:
    """The lines of one policy: actions that are allowed on the same resources stand together; its name, if none are."""
    allowed: dict[tuple[str, ...], set[str]] = {}
    for statement in listed(statements):
        if statement["Effect"] != "Allow":
            continue
        patterns = [each.lower() for each in listed(statement.get("NotAction", statement.get("Action", [])))]
        meant = {action for action in FOLLOWED if any(fnmatchcase(action, each) for each in patterns)}
        resources = listed(statement.get("Resource", "*"))
        key: tuple[str, ...] = ("*",) if "*" in resources or "NotResource" in statement else tuple(sorted(resources))
        allowed.setdefault(key, set()).update(FOLLOWED - meant if "NotAction" in statement else meant)
    everywhere = allowed.pop(("*",), set())
    lines: list[tuple[set[str], tuple[str, ...]]] = [(everywhere, ())]
    lines += ((actions - everywhere, named) for named, actions in sorted(allowed.items()))
    allowing = [(actions, where) for actions, where in lines if actions]
    yield from (" ".join((name, ",".join(sorted(actions)), *where)) for actions, where in allowing)
    if not allowing:
        yield name


def listed(raw: Any) -> list[Any]:
    """One entry, or several, as a list."""
    return raw if isinstance(raw, list) else [raw]


def main() -> None:
    """Write the list, and check its date."""
    policies = json.loads(aws_managed_policies.aws_managed_policies_data)
    newest = max(policy["UpdateDate"] for policy in policies.values())[:10]
    lines = [line for name, policy in sorted(policies.items()) for line in rows(name, policy["Document"]["Statement"])]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if newest != READ:
        raise SystemExit(f"the newest policy is of {newest}: set READ in managed_policies.py")


if __name__ == "__main__":
    main()
