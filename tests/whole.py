"""Whether all is tried that can be: `make whole`, `make bounds` and `make images` do, `make test` tries a part."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")

WHOLE = bool(os.environ.get("SEAWALL_WHOLE"))


def examples(usual: int) -> int:
    """How many random examples a property is tried on: ten times as many in `make whole`; SEAWALL_EXAMPLES wins."""
    return int(os.environ.get("SEAWALL_EXAMPLES", 10 * usual if WHOLE else usual))


def part(many: Iterable[T], number: int, turn: int) -> list[T]:
    """Each `number`-th of many, all in `make whole`; with every turn others, so that each has its own."""
    return [each for at, each in enumerate(many) if WHOLE or (at + turn) % number == 0]
