"""Where the author wrote what a transform put elsewhere: paths in the expanded template -> paths in the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Path: TypeAlias = tuple[str, ...]
"""Keys, and positions in lists as text, that lead to something in a template."""
Origins: TypeAlias = Mapping[Path, Path]
"""By path in the expanded template. Whatever is below a path that stands here moved along with it."""


def original(origins: Origins, path: Sequence[str | int]) -> Path:
    """Where in the author's file stands what is at `path` in the expanded template.

    >>> original({("Resources", "WorkerOrders"): ("Resources", "Worker", "Events", "Orders")},
    ...          ["Resources", "WorkerOrders", "BatchSize"])
    ('Resources', 'Worker', 'Events', 'Orders', 'BatchSize')
    """
    steps = tuple(str(step) for step in path)
    for length in range(len(steps), 0, -1) if origins else ():
        moved = origins.get(steps[:length])
        if moved is not None:
            return moved + steps[length:]
    return steps


def followed(earlier: Origins, later: Origins) -> Origins:
    """The origins of a template that `earlier` and then `later` describe."""
    return {**earlier, **{path: original(earlier, moved) for path, moved in later.items()}}
