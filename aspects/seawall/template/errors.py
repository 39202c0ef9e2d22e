"""Errors of reading: each names the file and the place in it."""

from __future__ import annotations


class InputError(Exception):
    """An input that cannot be read at all (exit code 2)."""

    def __init__(self, path: str, why: str, line: int | None = None, column: int | None = None) -> None:
        place = path if line is None else f"{path}:{line}" if column is None else f"{path}:{line}:{column}"
        super().__init__(f"{place}: {why}")
        self.path = path
        self.why = why
        self.line = line
        self.column = column


class NotATemplateError(InputError):
    """A file that can be read, and is no template."""


class NothingFound(Exception):  # noqa: N818 -- not an error of the input: there is none
    """No template among the inputs (exit code 3)."""
