"""Puts what was rendered where it was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from .exits import UsageError
from .output import complain, emit, save
from .reports import Wanted


def deliver(reports: Sequence[Wanted], texts: Sequence[str], outcome: str, what: str = "report") -> None:
    """Write every report, and say so with its `outcome`, unless that is empty. One that cannot be written keeps no
    other from being written.
    """
    written: list[str] = []
    errors: list[str] = []
    for one, text in zip(reports, texts, strict=True):
        try:
            if one.output is None:
                emit(text)
            else:
                save(one.output, text)
                written.append(str(one.output))
        except UsageError as error:
            errors.append(str(error))
    if written and outcome:
        complain(f"{outcome}; {what} in {', '.join(written)}")
    if errors:
        raise UsageError("; ".join(errors))
