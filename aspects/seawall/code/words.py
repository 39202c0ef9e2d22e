"""Lists of names, written as text."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text.

    >>> sorted(words("get put"))
    ['get', 'put']
    """
    return frozenset(text.split())
