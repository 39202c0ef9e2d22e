"""What a baseline did to a report, in lines and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from .known import Changed, Gone, Settled

Json: TypeAlias = "dict[str, Any]"

DROP = "run `seawall baseline` to drop them"


def gone_lines(settled: Settled) -> list[tuple[str, str]]:
    """Entries that match nothing, each with the reason."""
    return [(f"{one.known.rule} at {one.known.site}", one.why) for one in settled.gone]


def changed_lines(changes: Sequence[Changed]) -> list[tuple[str, str]]:
    """Entries that are not what they were, each with the difference."""
    return [(f"{one.known.rule} at {one.known.site}", one.change.said) for one in changes]


def settled_object(settled: Settled) -> Json:
    """The entry ``baseline`` of a report."""
    return {
        "file": settled.name,
        "covered": settled.covered,
        "worse": [_changed(one) for one in settled.worse],
        "better": [_changed(one) for one in settled.better],
        "unclear": [_changed(one) for one in settled.unclear],
        "gone": [{**_which(one), "why": one.why} for one in settled.gone],
    }


def _changed(one: Changed) -> Json:
    return {**_which(one), "fingerprint": one.fingerprint, "change": one.change.said}


def _which(one: Changed | Gone) -> Json:
    return {"rule": one.known.rule, "site": one.known.site, "fingerprint": one.known.fingerprint}
