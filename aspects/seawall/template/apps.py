"""Several apps read together: what is one app, and what it is called.

A cloud assembly is an app; of templates without one, the folder that was named, or that the named files lie in. Names
come into being only where there is more than one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

_SAY_NOTHING = frozenset({"cdk.out", "build", "dist", "out", "target", ".aws-sam"})
"""Folders that every app has."""


def app_names(roots: Iterable[Path]) -> Mapping[Path, str]:
    """A short name for each folder: its own, or that of the one around it, with as much before as tells it apart.

    A single one has none.

    >>> sorted(app_names([Path("/a/orders/cdk.out"), Path("/a/billing/cdk.out")]).values())
    ['billing', 'orders']
    >>> sorted(app_names([Path("/x/orders/cdk.out"), Path("/y/orders/cdk.out")]).values())
    ['x/orders', 'y/orders']
    >>> list(app_names([Path("/a/orders/cdk.out")]).values())
    ['']
    """
    said = {root: _telling(root) for root in dict.fromkeys(roots)}
    if len(said) < 2:
        return dict.fromkeys(said, "")
    longest = max(map(len, said.values()))
    for length in range(1, longest + 1):
        names = {root: "/".join(parts[-length:]) for root, parts in said.items()}
        if len(set(names.values())) == len(names):
            return names
    return {root: root.as_posix() for root in said}


def _telling(root: Path) -> tuple[str, ...]:
    """The folders that lead to an app, without those that say nothing at the end."""
    parts = [part for part in root.parts if part != root.anchor]
    while len(parts) > 1 and (parts[-1] in _SAY_NOTHING or parts[-1].startswith("cdk.out")):
        parts.pop()
    return tuple(parts) or ("app",)
