"""Durations as people say them."""

from __future__ import annotations

LONGEST = 100.0 * 365 * 86_400
"""Seconds that anything is said to take at most: back-off without a longest delay doubles with each retry."""
_UNITS = ((86_400, "day"), (3_600, "h"), (60, "min"), (1, "s"))


def in_words(seconds: float) -> str:
    """The two largest units of a duration.

    >>> in_words(345_600), in_words(5_400), in_words(30), in_words(0)
    ('4 days', '1 h 30 min', '30 s', '0 s')
    """
    if seconds < 1:
        return f"{seconds:g} s"
    if seconds >= LONGEST:
        return "100 years or more"
    rest = round(seconds)
    parts: list[str] = []
    for size, unit in _UNITS:
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number:,} {unit}{'s' if unit == 'day' and number > 1 else ''}")
    return " ".join(parts[:2])
