"""Refusing settings, with the construct and the settings named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from constructs import Construct


@contextmanager
def naming(construct: Construct) -> Iterator[None]:
    """While this lasts, a `ValueError` says which construct it is about."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{construct.node.path}: {error}") from None


def refuse(why: str, **given: object) -> None:
    """`ValueError` if a setting is given that does not apply.

    >>> refuse("a machine has no batches", batch_size=None)
    """
    names = [name for name, value in given.items() if value is not None]
    if names:
        raise ValueError(f"{', '.join(names)} {'does' if len(names) == 1 else 'do'} not apply: {why}")
