"""Tables as comma-separated values, as RFC 4180 has them, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import TypeAlias

from .escape import clean

Value: TypeAlias = "str | int | float | None"

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001
"""What a spreadsheet takes for the start of a formula. Source: https://owasp.org/www-community/attacks/CSV_Injection"""


def table(header: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    """Rows below their header, each ended by CR LF."""
    target = StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_safe(value) for value in row] for row in rows)
    return target.getvalue()


def _safe(value: Value) -> Value:
    """Numbers stay numbers; text that a spreadsheet would compute is marked as text by an apostrophe."""
    if not isinstance(value, str):
        return value
    text = clean(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
