"""What keeps code from being read."""

from __future__ import annotations


class UnreadableError(Exception):
    """A file that cannot be read or parsed: why, and the line, 0 for the whole file."""

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.line = line
