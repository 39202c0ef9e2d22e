"""JSON for programs: everything that was found, in a documented and stable form."""

from __future__ import annotations

import json
from functools import cache
from json.encoder import encode_basestring_ascii
from typing import Any

from seawall.engine import Report
from seawall.package_data import package_text

from .document import document
from .format import Format, Screen

_WORDS = {None: "null", True: "true", False: "false"}


def render(report: Report, _screen: Screen) -> str:
    """The report as JSON, in ASCII, so that every stream can carry it. The same report gives the same bytes."""
    return _written(document(report), "\n") + "\n"


def _written(value: Any, lead: str) -> str:
    """What `json.dumps` gives with an indent of 2, in a fraction of its time; `lead` begins a line."""
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if type(value) is int:
        return str(value)
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, dict) and value:
        inner = f"{lead}  "
        entries = [f"{encode_basestring_ascii(name)}: {_written(item, inner)}" for name, item in value.items()]
        return f"{{{inner}{f',{inner}'.join(entries)}{lead}}}"
    if isinstance(value, (list, tuple)) and value:
        inner = f"{lead}  "
        return f"[{inner}{f',{inner}'.join([_written(item, inner) for item in value])}{lead}]"
    return json.dumps(value, allow_nan=False)


@cache
def schema() -> Any:
    """The JSON Schema of what `render` gives."""
    text = package_text("seawall.report", "schema/report-1.schema.json")
    return json.loads(text)


FORMAT = Format("json", "everything, for programs; described by a JSON Schema", ".json", render)
