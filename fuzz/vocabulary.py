"""The words that the library looks for, out of its own source: a new service is fuzzed without being listed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import seawall
from seawall.services.registry import HOPS, RECEIVERS, SITES, discover

_ROOT = Path(seawall.__file__).parent
_READING = ("services", "template", "images", "rules")
_WORD = re.compile(r"[A-Za-z$][\w$:/*+.-]{0,60}")
_TYPE = re.compile(r"(?:AWS|Custom|Alexa)::[\w:]+")


@cache
def types() -> tuple[str, ...]:
    """Resource types that the services or the readers know by name."""
    discover()
    named = {word for word in _words() if _TYPE.fullmatch(word)}
    return tuple(sorted({*SITES, *HOPS, *RECEIVERS, *named, "AWS::Serverless::Function", "Custom::Thing"}))


@cache
def names() -> tuple[str, ...]:
    """Names of properties: every step of every path."""
    steps = {step for word in _words() if "::" not in word for step in re.split(r"[^A-Za-z0-9_]+", word)}
    return tuple(sorted(step for step in steps if len(step) > 1))


@cache
def values() -> tuple[str, ...]:
    """Texts that some code compares with or looks for."""
    return tuple(sorted(_words()))


@cache
def _words() -> frozenset[str]:
    return frozenset(
        text for file in _sources() for text in _constants(file) if _WORD.fullmatch(text) and text not in _docs(file)
    )


def _sources() -> Iterator[Path]:
    for folder in _READING:
        yield from sorted((_ROOT / folder).rglob("*.py"))


@cache
def _constants(file: Path) -> tuple[str, ...]:
    tree = ast.parse(file.read_text("utf-8"))
    found = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return tuple(part.removesuffix("[]").removesuffix("{}") for text in found for part in (text, *text.split(".")))


def _docs(file: Path) -> tuple[str, ...]:
    return (file.stem,)
