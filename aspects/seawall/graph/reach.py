"""What can be reached over hops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .model import Hop


def reach(starts: Iterable[str], neighbours: Mapping[str, Sequence[Hop]], *, forward: bool = True) -> set[str]:
    """Every site that can be reached from `starts`, themselves included."""
    seen = set(starts)
    stack = list(seen)
    while stack:
        for hop in neighbours.get(stack.pop(), ()):
            after = hop.target if forward else hop.source
            if after not in seen:
                seen.add(after)
                stack.append(after)
    return seen


def by_source(hops: Iterable[Hop]) -> dict[str, list[Hop]]:
    """Hops by where they start, as `reach` follows them."""
    found: dict[str, list[Hop]] = {}
    for hop in hops:
        found.setdefault(hop.source, []).append(hop)
    return found
