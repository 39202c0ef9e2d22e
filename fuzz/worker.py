"""One target under atheris, as a process of its own: ``python -m fuzz.worker TARGET OPTION ...`` of libFuzzer."""

from __future__ import annotations

import json
import sys
from random import Random

import atheris

with atheris.instrument_imports(include=["seawall"]):
    from .targets import TARGETS

    TARGETS["check"](b'{"Transform": "AWS::Serverless-2016-10-31", "Resources": {}}')  # imports what a run imports

from .mutation import Json, crossed, mutated, slots

_BYTES_INSTEAD = 0.08
"""Share of the changes that are made to bytes, shape or no shape."""


def _read(data: bytes) -> Json:
    """The document in `data`, if it has parts to change."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, (dict, list)) and document else None


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """Another input, as libFuzzer asks for it."""
    random = Random(seed)
    document = _read(data)
    if document is None or random.random() < _BYTES_INSTEAD:
        return bytes(atheris.Mutate(data, max_size))
    try:
        changed = json.dumps(mutated(document, random, random.choice((1, 1, 2, 4, 8)))).encode()
    except (RecursionError, IndexError, ValueError):
        return data
    return changed if len(changed) <= max_size else data


def cross(one: bytes, other: bytes, max_size: int, seed: int) -> bytes:
    """An input made of two, as libFuzzer asks for it."""
    first, second = _read(one), _read(other)
    if first is None or second is None or not slots(second):
        return one
    try:
        changed = json.dumps(crossed(first, second, Random(seed))).encode()
    except (RecursionError, ValueError):
        return one
    return changed if len(changed) <= max_size else one


def run(name: str, options: list[str]) -> None:
    """Fuzz the target of that name until libFuzzer ends the process."""
    raw = name == "text"
    atheris.Setup(
        [f"fuzz-{name}", *options],
        TARGETS[name],
        **({} if raw else {"custom_mutator": mutate, "custom_crossover": cross}),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2:])
