"""Numbers as people write them."""

from __future__ import annotations


def plural(number: int, word: str) -> str:
    """A number and what it counts.

    >>> plural(1, "error"), plural(11520, "run")
    ('1 error', '11,520 runs')
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"
