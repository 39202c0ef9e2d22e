"""Attempts of a site, worked out over a whole small template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seawall.graph import FailureClass
from seawall.retries import Analysis, analyse
from seawall.services import build

from .conftest import Raw, Wire

AGE = "age"
"""No count: the age of the event ends the tries."""
OPEN = "open"
"""No count: how often is not documented."""
Figures = tuple[int | str, int | str, int | str, int | str]


def analysed(wire: Wire, resources: Mapping[str, Raw], **sections: Any) -> Analysis:
    return analyse(build(wire(resources, **sections).app))


def attempts(wire: Wire, resources: Mapping[str, Raw], site: str, **sections: Any) -> Figures:
    """Attempts for error, timeout, fault and throttle, as the model's table has them."""
    found = analysed(wire, resources, **sections).attempts

    def shown(failure: FailureClass) -> int | str:
        count = found.of(f"app/{site}", failure)
        if count.max is not None:
            return count.max
        return AGE if count.bounded_by.word == "time" else OPEN

    return (
        shown(FailureClass.ERROR),
        shown(FailureClass.TIMEOUT),
        shown(FailureClass.FAULT),
        shown(FailureClass.THROTTLE),
    )
