"""Words that people read: those of the glossary, which outsiders know, and none that only we know.

Looked at: every text in the library's code, the rules' pages, and what every scenario prints for people.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from seawall.engine import report_of, with_what_if
from seawall.report.format import Screen, format_named
from seawall.report.pages import pages
from seawall.template import load

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "aspects/seawall"
SCENARIOS = sorted((ROOT / "tests/scenarios").glob("*.json"))
GLOSSARY = ROOT / "docs/glossary.md"

STRANGE = {
    r"laps?": "round (`laps` is the key of a statement)",
    r"gains?": "for each one sent ... come back",
    r"hops?": "delivery",
    r"sites?": "place",
    r"ways? back|comes? round": "cycle",
    r"by age|gives? up on|gave up on": "until expiry; waits only ...",
    r"run times": "how long the runs take",
    r"poison(?:ed|ous)?": "failing",
    r"counting starts afresh": "counting starts again",
    r"away from \S+, watch|nobody learns of it|without a word": "silently",
    r"takes? .* for granted": "is taken as certain",
    r"wants? a look": "has to be looked at",
    r"stopped by: ": "... stops it",
    r"in place of what is there": "instead",
}
"""What readers had to look at twice, and what to say."""
_STRANGE = re.compile(rf"(?<![\w#/.-])(?:{'|'.join(STRANGE)})(?![\w/-])", re.IGNORECASE)
_CODE = re.compile(r"`[^`]*`|<code>.*?</code>|--[a-z-]+|https?://\S+|\{\w+\}|`?\blaps: ")
_OURS = {"holders by site", ": no site "}
"""Texts that no reader sees."""
_KEYS = {"report/schema", "template", "graph", "code", "replay"}
"""Rooms whose texts nobody reads in a report."""


def bodies(tree: ast.AST) -> Iterator[ast.stmt]:
    """Every statement."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        yield from body if isinstance(body, list) else ()


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Texts of a module that are read by people: of several words, and no docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = {id(each.value) for each in bodies(tree) if isinstance(each, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docs:
            text = node.value
            if isinstance(text, str) and " " in text.strip():
                yield node.lineno, text


MODULES = [
    path
    for path in sorted(LIBRARY.rglob("*.py"))
    if not any(path.relative_to(LIBRARY).as_posix().startswith(f"{room}/") for room in _KEYS)
]


def strange(text: str) -> list[str]:
    return [found[0] for found in _STRANGE.finditer(_CODE.sub("", text))]


def test_the_glossary_is_short() -> None:
    words = re.findall(r"^\| \*\*([^*]+)\*\*", GLOSSARY.read_text("utf-8"), re.M)
    assert len(words) <= 20
    assert len(set(words)) == len(words)
    assert not strange(GLOSSARY.read_text("utf-8"))


def test_no_text_in_the_code_speaks_a_language_of_its_own() -> None:
    found = [
        f"{path.relative_to(LIBRARY)}:{line} {words}: {text}"
        for path in MODULES
        for line, text in prose(path)
        if text not in _OURS and (words := strange(text))
    ]
    assert found == []


@pytest.mark.parametrize("name", sorted(pages()))
def test_nor_does_a_rules_page(name: str) -> None:
    assert strange(re.sub(r"```.*?```", "", pages()[name], flags=re.S)) == []


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_nor_what_people_are_shown(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    report = with_what_if(report_of(load([file.name])))
    for name in ("text", "markdown", "html"):
        text = format_named(name).render(report, Screen(verbose=True))
        text = text.replace("<wbr>", "")
        text = re.sub(r"<(style|script)>.*?</\1>|<[^>]*>", " ", text, flags=re.S) if name == "html" else text
        assert strange(text.replace(file.stem, "")) == [], name
