"""Links to rules' pages, where the pages are served."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from seawall.config import read_preferences
from seawall.report import rule_pages
from seawall.report.format import Screen
from seawall.report.text import render
from seawall.settings import Settings

from .building import report

DOCS = "https://docs.example.com/seawall/"
PAGE = "https://docs.example.com/seawall/rules/stacked-retries.html"


@pytest.fixture(autouse=True)
def nothing_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_pages, "_published", lambda: "")


def test_a_terminal_gets_a_link_and_a_pipe_a_line(tmp_path: Path) -> None:
    made = replace(report(tmp_path), settings=Settings(docs_url=DOCS))
    assert rule_pages.rule_page(made, "stacked-retries") == PAGE
    assert f"\n  rule: {PAGE}\n" in render(made, Screen())
    painted = render(made, Screen(terminal=True, color=True))
    assert f"\n\x1b]8;;{PAGE}\x1b\\" in painted
    assert painted.count("\x1b]8;;") == 2
    plain = re.sub(r"\x1b\]8;;[^\x1b]*\x1b\\|\x1b\[[\d;]*m", "", painted)
    assert plain == render(made, Screen(terminal=True))


def test_without_an_address_nothing_links(tmp_path: Path) -> None:
    made = report(tmp_path)
    assert rule_pages.rule_page(made, "stacked-retries") == ""
    assert "\x1b]8;" not in render(made, Screen(terminal=True, color=True))


@pytest.mark.parametrize("evil", ["http://x", "https://x y", "https://x\x1b]8;;y", "file:///etc", 5])
def test_only_addresses_are_taken(tmp_path: Path, evil: object) -> None:
    file = tmp_path / "seawall.toml"
    file.write_text(f"docs-url = {evil!r}\n".replace("'", '"').replace("\\x1b", "\\u001b"))
    with pytest.raises(Exception, match="takes an address such as"):
        read_preferences(file)
