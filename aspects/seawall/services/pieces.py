"""What stands within one value that holds several things: entries of a list, of JSON, of ``KEY=value`` pairs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seawall.template import Concat, Known, Value, concat

_BETWEEN = re.compile(r"[\s,;|=\"'`\[\]{}()<>\\]+")
"""What separates entries; a URL and an ARN hold none of it."""


def pieces(value: Value) -> Iterator[Value]:
    """The entries within a text, all of them; nothing where it is one thing only.

    >>> [piece.value for piece in pieces(Known('{"queue": "https://sqs.eu-west-1.amazonaws.com/1/work"}'))]
    ['queue', ':', 'https://sqs.eu-west-1.amazonaws.com/1/work']
    >>> list(pieces(Known("work")))
    []
    """
    parts = value.parts if isinstance(value, Concat) else (value,)
    texts = [part.value if isinstance(part, Known) and isinstance(part.value, str) else None for part in parts]
    if not any(text is not None and _BETWEEN.search(text) for text in texts):
        return
    open_: list[Value] = []
    for part, text in zip(parts, texts, strict=True):
        if text is None:
            open_.append(part)
            continue
        first, *others = _BETWEEN.split(text)
        open_ += [Known(first)] if first else []
        for other in others:
            if open_:
                yield concat(open_)
            open_ = [Known(other)] if other else []
    if open_:
        yield concat(open_)


def is_word(piece: Value) -> bool:
    """Whether a piece is a bare word, which may mean anything: no address, and nothing that the template refers to."""
    return isinstance(piece, Known) and ":" not in str(piece.value)
