"""Templates: reading them, resolving what stands in them, finding what they point at.

The bottom layer. Everything above asks it for `App`, reads properties through `Props`, and never sees an intrinsic.
"""

from __future__ import annotations

from .embedded import Embedded, definition_body, located_document, parse_embedded
from .errors import InputError, NothingFound
from .intrinsics import resolve
from .language import AuthorLanguage, language_of
from .load import load, load_assembly, load_body
from .metadata import ACKNOWLEDGED_RULES, PLUGIN, acknowledgements
from .model import Acknowledged, App, Resource, Skipped, Template
from .names import Target, named, refers_to
from .parameters import Given, parse_pair, read_parameters
from .places import in_file, is_yaml, line_of
from .reading import Item, Props
from .sources import SourceLine
from .text import concat, named_by_symbols, piece, render
from .values import (
    ABSENT,
    Absent,
    Address,
    Concat,
    Either,
    Json,
    Known,
    Pseudo,
    Reference,
    Setting,
    Unknown,
    Value,
    ValueStatus,
    alternatives,
    outcomes,
    settled,
    side_of,
    sided,
)
from .worlds import Reading, World, Worlds

__all__ = [
    "ABSENT",
    "ACKNOWLEDGED_RULES",
    "PLUGIN",
    "Absent",
    "Acknowledged",
    "Address",
    "App",
    "AuthorLanguage",
    "Concat",
    "Either",
    "Embedded",
    "Given",
    "InputError",
    "Item",
    "Json",
    "Known",
    "NothingFound",
    "Props",
    "Pseudo",
    "Reading",
    "Reference",
    "Resource",
    "Setting",
    "Skipped",
    "SourceLine",
    "Target",
    "Template",
    "Unknown",
    "Value",
    "ValueStatus",
    "World",
    "Worlds",
    "acknowledgements",
    "alternatives",
    "concat",
    "definition_body",
    "in_file",
    "is_yaml",
    "language_of",
    "line_of",
    "load",
    "load_assembly",
    "load_body",
    "located_document",
    "named",
    "named_by_symbols",
    "outcomes",
    "parse_embedded",
    "parse_pair",
    "piece",
    "read_parameters",
    "refers_to",
    "render",
    "resolve",
    "settled",
    "side_of",
    "sided",
]
