"""The names of the library: one meaning each, and words that the glossary or everybody knows."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "aspects/seawall"
GLOSSARY = ROOT / "docs/model.md"
CORE = ("graph", "retries", "rules", "images", "remedies")

PUBLIC_TWICE = {"Flow": "what an author states (`seawall.Flow`), and the flow of events that it is stated of"}
"""Class names that two rooms may have, and why."""

_PLAIN = """
acknowledgement action advice alarm analyse analysis any anything applied argument asked assignment assumed
assumptions attribute author authored bare binding binds block bounded broad broken build called camel carried
change changes charged check chosen cidr classes clock code comes confidence consequence constant constraint
constructs context covers danger dangers delivering derivation described different distinct drop dropped ecr
edit edited effect elsewhere enough equals evaluate evaluation evenly exact example exists fails fate fewer filtered
fewest field file fill filled final find finding findings fingerprint fingerprints force found fresh goal granted habits
halting handling harm headline idempotence identified identifier identifies idle imports impossible installed
jitter json judge judged judgement kept lasting led like line looks loss made malformed mark matches member
merged mode moved mutability nameless needed next notes now numeric offered onward opened openings operation option
origin outcome override owned ownership parked parse part partial percent pick piece polling problem proposal
proposals proposed pulled question queues quoted raw reaching reason recounted ref reference refused registry remedy
removal removed repair replaced replay retried runner safety samples satisfied scan search selection sets
setting settings severity shape shared short shortage simulate simulated simulation single sites smallest snake
snippet span stacked statement status steady step stop stopping storage structure suppressed surely survival symbol
tagged text today trace trial type undecided uneditable unique universal unrepairable unsure unusable uri use
used valid validate verbatim verdict version view void wait watch window within yaml
"""
PLAIN = frozenset(_PLAIN.split())
"""Words that need no explanation. A word that is neither here nor in the glossary: write it down there, or find the
one that is there already."""


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def defined(room: str = "") -> Iterator[tuple[Path, ast.ClassDef | ast.FunctionDef]]:
    """Public classes and functions of modules, by file."""
    for path in sorted((LIBRARY / room).rglob("*.py")):
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                yield path, node


def test_a_class_name_stands_in_one_room_only() -> None:
    found = defaultdict(set)
    for path, node in defined():
        if isinstance(node, ast.ClassDef):
            found[node.name].add(path.relative_to(LIBRARY).as_posix())
    twice = {name: sorted(paths) for name, paths in found.items() if len(paths) > 1}
    assert {name: paths for name, paths in twice.items() if name not in PUBLIC_TWICE} == {}
    assert twice.keys() == PUBLIC_TWICE.keys()


@pytest.mark.parametrize("room", CORE)
def test_public_names_are_made_of_words_that_the_glossary_or_everybody_knows(room: str) -> None:
    known = PLAIN | set(re.findall("[a-z]+", GLOSSARY.read_text(encoding="utf-8").lower()))
    odd = [
        f"{path.relative_to(LIBRARY)}: {node.name}: {word}"
        for path, node in defined(room)
        for word in re.findall("[A-Z]?[a-z]+|[A-Z]+(?![a-z])", node.name)
        if not {word.lower(), word.lower().removesuffix("s")} & known
    ]
    assert odd == []


def test_no_plain_word_is_listed_in_vain() -> None:
    words = {
        word.lower()
        for room in CORE
        for _, node in defined(room)
        for word in re.findall("[A-Z]?[a-z]+|[A-Z]+(?![a-z])", node.name)
    }
    assert PLAIN - words == set()


def texts_of(node: ast.expr) -> list[str]:
    """String literals that a value is compared with."""
    parts = node.elts if isinstance(node, ast.Tuple | ast.Set | ast.List) else [node]
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def test_kinds_and_settings_are_compared_as_text_by_no_rule_remedy_or_face() -> None:
    """What a site, a hop or a setting is, only the services spell out; everybody else asks an enum or the layer."""
    found = [
        f"{path.relative_to(LIBRARY)}:{node.lineno}"
        for room in (
            "retries",
            "images",
            "rules",
            "remedies",
            "baseline",
            "diff",
            "report",
            "replay",
            "cdk",
            "constructs",
        )
        for path in sorted((LIBRARY / room).rglob("*.py"))
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Compare)
        and isinstance(node.left, ast.Attribute)
        and node.left.attr in ("kind", "setting")
        and any(map(texts_of, node.comparators))
    ]
    assert found == []
