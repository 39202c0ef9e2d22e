"""Numbers as people write them."""

from __future__ import annotations


def plural(number: int, word: str) -> str:
    """A number and what it counts.

    >>> plural(1, "error"), plural(11520, "run"), plural(2, "entry")
    ('1 error', '11,520 runs', '2 entries')
    """
    if number == 1:
        return f"1 {word}"
    return f"{number:,} {word.removesuffix('y')}ies" if word.endswith("ry") else f"{number:,} {word}s"
