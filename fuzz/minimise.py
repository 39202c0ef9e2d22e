"""Making an input small that breaks the contract, as long as it breaks it in the same way."""

from __future__ import annotations

import copy
import json
import time
import traceback
from collections.abc import Iterator
from typing import Any

from .mutation import slots
from .targets import TARGETS

_SECONDS = 60


def minimised(name: str, data: bytes) -> bytes:
    """The smallest input found within a minute that breaks target `name` as `data` does."""
    wanted = how_it_breaks(name, data)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return data
    if wanted is None or not isinstance(document, (dict, list)):
        return data
    until = time.monotonic() + _SECONDS
    again = True
    while again and time.monotonic() < until:
        again = False
        for smaller in _smaller(document):
            if time.monotonic() > until:
                break
            text = json.dumps(smaller, indent=1)
            if how_it_breaks(name, text.encode()) == wanted:
                document, again = smaller, True
                break
    text = json.dumps(document, indent=1) + "\n"
    return text.encode() if how_it_breaks(name, text.encode()) == wanted else data


def how_it_breaks(name: str, data: bytes) -> tuple[str, ...] | None:
    """Where target `name` breaks, in the words of its traceback; None if it does not."""
    try:
        TARGETS[name](data)
    except Exception as error:
        told = [line.strip() for line in f"{error}\n{traceback.format_exc()}".splitlines()]
        places = [line for line in told if line.startswith("File ") and "seawall" in line and "/cli/" not in line]
        return (type(error).__name__, *places[-2:])
    return None


def _smaller(document: Any) -> Iterator[Any]:
    """`document` without one part, the largest parts first, or with one part in the place of what holds it."""
    count = len(slots(document))
    for number in range(count):
        box = [copy.deepcopy(document)]
        container, key = slots(box[0])[number]
        inner = container[key]
        del container[key]
        yield box[0]
        if isinstance(inner, (dict, list)) and inner:
            for part in list(inner.values()) if isinstance(inner, dict) else inner:
                other = copy.deepcopy(document)
                place, at = slots(other)[number]
                place[at] = copy.deepcopy(part)
                yield other
