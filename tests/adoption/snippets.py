"""What the page of CI recipes tells people to paste, as it stands there."""

from __future__ import annotations

import re
from typing import Any

import yaml

from .runner import ROOT

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def snippets(page: str, title: str, language: str) -> list[str]:
    """The blocks in `language` of the section `title` (with its subsections) of a page."""
    text = (ROOT / "docs" / page).read_text()
    (section,) = re.findall(rf"^## {re.escape(title)}$\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return [block for found, block in _BLOCK.findall(section) if found == language]


def configured(title: str, number: int = 0) -> Any:
    """A YAML block of the recipe `title`, parsed."""
    return yaml.safe_load(snippets("ci.md", title, "yaml")[number])
