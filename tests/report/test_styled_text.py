"""Styled lines: taken apart, padded, painted."""

from __future__ import annotations

import pytest

from seawall.report.styled_text import Line, columns, painted

LINE = Line((("error", "bold red"), (" at ", ""), ("Queue", "bold")))


def test_parts_keep_their_styles() -> None:
    assert LINE.plain == "error at Queue"
    assert LINE.between(3, 11) == Line((("or", "bold red"), (" at ", ""), ("Qu", "bold")))
    assert LINE.between(5, 9) == Line(((" at ", ""),))
    assert (LINE + Line(((".", ""),))).plain == "error at Queue."


def test_blanks_at_the_end() -> None:
    assert LINE.padded(16).plain == "error at Queue  "
    assert LINE.padded(3).plain == "error at Queue"
    assert LINE.padded(16).stripped().plain == "error at Queue"


@pytest.mark.parametrize(("text", "width"), [("Queue", 5), ("東京", 4), ("é", 1), ("", 0)])
def test_columns(text: str, width: int) -> None:
    assert columns(text) == width


def test_painted() -> None:
    assert painted([LINE.padded(20), Line()], color=False) == "error at Queue\n\n"
    assert painted([LINE.padded(20)], color=True) == "\x1b[1;31merror\x1b[0m at \x1b[1mQueue\x1b[0m\n"


def test_nothing_in_a_text_is_interpreted() -> None:
    assert painted([Line((("[bold]:smile:{x}", ""),))], color=True) == "[bold]:smile:{x}\n"
