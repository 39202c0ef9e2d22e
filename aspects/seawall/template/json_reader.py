"""JSON: read strictly, with every repeated key noticed."""

from __future__ import annotations

import gc
import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import msgspec

from .errors import InputError
from .limits import MAX_REPEATED
from .repeated import Repeated
from .values import Json

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],:]|\n|[^\s{}\[\],:"]+')
_NO_JSON = frozenset({"NaN", "Infinity", "-Infinity"})
"""What Python reads and JSON does not know."""


def parse_json(path: str, text: str) -> tuple[Json, list[Repeated]]:
    """The document in `text`, and the keys that are repeated in it; `InputError` names `path` and the place in it."""
    with no_collection():
        try:
            document = msgspec.json.decode(text)
            if _whole(document, text):
                return document, []
        except (ValueError, RecursionError):
            pass  # Python takes more, such as half of a pair of surrogates, and tells the place
        return _parsed(path, text)


def _whole(document: Json, text: str) -> bool:
    """Whether `document` is sure to hold all of the text that it was read from: no key is repeated.

    Where one is, its first value is lost, and with it the marks around the key: written again, the document has fewer
    of them. Only a mark that is written by its number could make up for that.
    """
    return text.count('"') == msgspec.json.encode(document).count(b'"') and r"\u0022" not in text


def _parsed(path: str, text: str) -> tuple[Json, list[Repeated]]:
    repeats = False

    def entries(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        nonlocal repeats
        found = dict(pairs)
        repeats = repeats or len(found) < len(pairs)
        return found

    try:
        document = json.loads(text, object_pairs_hook=entries, parse_constant=_refused_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise InputError(path, f"is not JSON: {error.msg}", error.lineno, error.colno) from None
    except RecursionError:
        raise InputError(path, "is nested too deeply") from None
    except _ConstantError as error:
        raise InputError(path, f"is not JSON: {error} is no number", *_place_of(text, str(error))) from None
    except ValueError:
        raise InputError(path, "holds a number that is too long") from None
    return document, list(islice(repeated_keys(text), MAX_REPEATED + 1)) if repeats else []


@contextmanager
def no_collection() -> Iterator[None]:
    """Without Python's search for cycles: JSON has none, and what is made of it is kept. It would take most of the time
    of reading, and more where a program holds much else, as a CDK app does.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _ConstantError(ValueError):
    """``NaN`` and the like."""


def _refused_constant(name: str) -> Json:
    raise _ConstantError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError
    return number


def _place_of(text: str, name: str) -> tuple[int, int]:
    at = next((found.start() for found in _TOKEN.finditer(text) if found[0] == name), 0)
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def repeated_keys(text: str) -> Iterator[Repeated]:
    """Every repeated key of a JSON text, in one pass and without recursion."""
    line = 1
    key: str | None = None
    outer: list[tuple[str | None, dict[str, int] | None]] = []
    """The key that led to each open object or list, and an object's keys with their lines."""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token == "\n":
            line += 1
        elif token in ("{", "["):
            outer.append((key, {} if token == "{" else None))
            key = None
        elif token in ("}", "]"):
            if outer:
                outer.pop()
            key = None
        elif token == ",":
            key = None
        elif key is None and token[0] == '"' and outer and (keys := outer[-1][1]) is not None:
            key = str(json.loads(token))
            if key in keys:
                inside = tuple(each for each, _ in outer if each is not None)
                yield Repeated(inside, key, keys[key], line)
            keys[key] = line
