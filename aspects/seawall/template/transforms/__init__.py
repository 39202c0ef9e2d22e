"""Transforms: what makes another template of the one that the author wrote, before CloudFormation reads it.

One file per transform. Each takes a body and gives an `Expanded` one; `expand` runs them in CloudFormation's order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from ..origins import followed
from ..values import Json
from .conditions import settled_conditions, settled_existence
from .expanded import Expanded, Mentions, Note, Surroundings
from .foreach import unrolled
from .macros import included
from .sam import translated

__all__ = ["Expanded", "Mentions", "Note", "Surroundings", "expand"]

EVERYTHING = Mentions()

Step: TypeAlias = Callable[[Mapping[str, Json], Surroundings], Expanded]


def expand(body: Mapping[str, Json], surroundings: Surroundings, mentions: Mentions = EVERYTHING) -> Expanded:
    """`body` with files included, loops written out, SAM translated, and settled conditions applied.

    `mentions` tells that a template has nothing of all this, as most have.
    """
    steps: list[Step] = []
    if mentions.transforms:
        steps += [included, unrolled, translated]
    if steps or isinstance(body.get("Conditions"), dict):
        steps.append(settled_conditions if steps or mentions.choices else settled_existence)
    expanded = Expanded(body)
    for step in steps:
        done = step(expanded.body, surroundings)
        expanded = Expanded(
            done.body,
            followed(expanded.origins, done.origins),
            {**expanded.labels, **done.labels},
            (*expanded.notes, *done.notes),
        )
    return expanded
