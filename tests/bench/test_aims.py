"""An aim is judged by the figures of the run alone."""

from __future__ import annotations

import pytest

from bench import aims


def test_what_was_not_measured_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aims, "FIGURES", {})
    assert aims.aims().count("not measured") == len(aims.AIMS)
    assert "yes" not in aims.aims()


@pytest.mark.parametrize(("figure", "said"), [(4.9, "| 4.9 | yes |"), (5.1, "| 5.1 | no |")])
def test_reached_is_what_is_within_the_limit(monkeypatch: pytest.MonkeyPatch, figure: float, said: str) -> None:
    monkeypatch.setattr(aims, "FIGURES", {})
    aims.note("reading", figure - 1)
    aims.note("reading", figure)
    assert said in aims.aims()
