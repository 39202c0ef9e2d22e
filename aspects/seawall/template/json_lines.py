"""On which line of a JSON text something stands, worked out only as deep as it is asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from .json_reader import no_collection

_SPACE = re.compile(r"[ \t\n\r]*")
_Entries = dict[str, tuple[int, int]]
"""Line and offset of each value: by key, or by position as a string."""


class JsonLines:
    """The lines of one text.

    A level of it is read when something below is asked for, and the values on it are passed over by the decoder, at
    the speed of reading them.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._decode = json.JSONDecoder().raw_decode
        self._levels: dict[int, _Entries] = {}

    def line(self, path: Sequence[str | int]) -> int:
        """The line, from 1, of the value at `path`, or of the deepest thing on the way to it that is there."""
        at = _skip(self._text, 0)
        line = self._text.count("\n", 0, at) + 1
        for step in path:
            if at not in self._levels:
                with no_collection():
                    self._levels[at] = self._entries(at, line)
            below = self._levels[at].get(str(step))
            if below is None:
                break
            line, at = below
        return line

    def _entries(self, at: int, line: int) -> _Entries:
        text, found = self._text, _Entries()
        opened = text[at : at + 1]
        if opened not in ("{", "["):
            return found
        counted = at = at + 1
        try:
            while True:
                at = _skip(text, at)
                if text[at] == ",":
                    at = _skip(text, at + 1)
                if text[at] in "}]":
                    break
                key = str(len(found))
                if opened == "{":
                    key, at = self._decode(text, at)
                    at = _skip(text, _skip(text, at) + 1)
                line += text.count("\n", counted, at)
                counted = at
                found[str(key)] = (line, at)
                _, at = self._decode(text, at)
        except (ValueError, IndexError, RecursionError):
            pass  # not the text that was read at first: what was found so far stands
        return found


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()
