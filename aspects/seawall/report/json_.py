"""JSON for programs: everything that was found, in a documented and stable form."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from .document import document
from .format import Format, Screen
from .model import Report


def render(report: Report, _screen: Screen) -> str:
    """The report as JSON, in ASCII, so that every stream can carry it. The same report gives the same bytes."""
    return json.dumps(document(report), indent=2, allow_nan=False) + "\n"


@cache
def schema() -> Any:
    """The JSON Schema of what `render` gives."""
    text = files("seawall.report").joinpath("schema", "report-1.schema.json").read_text("utf-8")
    return json.loads(text)


FORMAT = Format("json", "everything, for programs; described by a JSON Schema", ".json", render)
