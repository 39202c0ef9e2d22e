"""Names and sentences in Markdown: nothing in them may become markup, a mention, a link or a reference.

A word that could be any of these is shown as code, which no renderer interprets and which reads well as plain text.
"""

from __future__ import annotations

import re
from html import escape

from .escape import clean

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~@&!$^]|://|www\.|^:[\w+-]+:|^GH-\d", re.IGNORECASE)
"""In a word: what GitHub's Markdown may take for something else than text."""
_FIRST = re.compile(r"[-+=>]|\d+[.)]$")
"""Likewise, in the first word of a line only: lists, quotes, headings."""
_AROUND = re.compile(r"^(?P<before>[(\"']*)(?P<word>.*?)(?P<after>[)\"',;:.?]*)$", re.DOTALL)
_BRACES = re.compile(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
"""Code in a sentence: an object as it is written, with its spaces."""
_SPACE = "\0"
"""Stands for a space of one, until words are told apart; `clean` leaves none."""
_SIGN = re.compile("->|~")
"""Signs that mean nothing between words."""


def prose(text: str) -> str:
    """A line of text.

    >>> print(prose("*20* runs of Webhook/Charge for one event at @Queue, 5 x 4 = 20"))
    `*20*` runs of Webhook/Charge for one event at `@Queue`, 5 x 4 = 20
    """
    kept = _BRACES.sub(lambda run: run[0].replace(" ", _SPACE), clean(text))
    first, *words = (word.replace(_SPACE, " ") for word in kept.split(" "))
    shown = [code(first) if _FIRST.match(first) else _word(first)]
    return " ".join([*shown, *(word if _SIGN.fullmatch(word) else _word(word) for word in words)])


def _word(word: str) -> str:
    if not _MARKUP.search(word):
        return word
    parts = _AROUND.fullmatch(word)
    if parts is None or not _MARKUP.search(parts["word"]):
        return code(word)
    return f"{parts['before']}{code(parts['word'])}{parts['after']}"


def code(text: str) -> str:
    """Text as code, whatever backticks are in it."""
    shown = clean(text) or " "
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", shown)), default=0))
    gap = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{gap}{shown}{gap}{fence}"


def cell(markdown: str) -> str:
    """Markdown that stands in a table, where a bar would end the cell even in code."""
    return markdown.replace("|", "\\|")


def bullet(markdown: str) -> str:
    """An item of a list."""
    return f"- {markdown}"


def code_block(text: str, language: str = "text") -> list[str]:
    """Lines as a block, fenced by more backticks than there are in it."""
    lines = [clean(line) for line in text.splitlines()]
    fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0))
    return [f"{fence}{language}", *lines, fence]


def in_html(text: str) -> str:
    """Text inside an HTML element, as code."""
    return f"<code>{escape(clean(text))}</code>"
