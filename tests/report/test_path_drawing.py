"""The path of a finding as a tree: what leads to a station stands beside its name, else below it."""

from __future__ import annotations

from seawall.report.format import Screen
from seawall.report.path_drawing import draw
from seawall.rules import Mark
from seawall.template import App

NOTE = "maxReceiveCountOfTheQueueOfOrders = 4"


def drawn(width: int) -> list[str]:
    marks = (Mark("shop/Orders", 1), Mark("shop/Trigger", 4, NOTE, "event-source-mapping", running=4))
    return [line.plain.rstrip() for line in draw(App({}), marks, Screen(width=width))]


def test_beside_where_there_is_room() -> None:
    assert drawn(80) == ["  shop/Orders", f"  +- shop/Trigger  4 tries  {NOTE}"]


def test_below_where_a_word_has_no_room_beside() -> None:
    """It would stick out otherwise, as words are never broken."""
    assert drawn(60) == ["  shop/Orders", "  +- shop/Trigger", f"     4 tries  {NOTE}"]
