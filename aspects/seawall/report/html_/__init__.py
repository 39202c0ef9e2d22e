"""The report page: one HTML file that needs nothing else, for people who want to see what happens.

One file for each section; `elements` writes HTML that escapes by default, `page` puts the sections together.
"""

from __future__ import annotations

from ..format import Format
from .page import render

FORMAT = Format("html", "a page for people: the worst path drawn, every figure with its factors", ".html", render)
