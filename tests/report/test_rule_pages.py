"""Links to rules' pages, where the pages are served."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from seawall._version import __version__
from seawall.config import read_preferences
from seawall.report import rule_pages
from seawall.report.format import Screen
from seawall.report.text import render
from seawall.settings import Settings

from .building import report

DOCS = "https://docs.example.com/seawall/"
PAGE = "https://docs.example.com/seawall/rules/stacked-retries.html"


_published = rule_pages._published


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


def test_the_installed_distribution_names_the_documentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / f"seawall-{__version__}.dist-info"
    folder.mkdir()
    fields = "Metadata-Version: 2.4\nName: seawall\nProject-URL: Source, https://code.example.com\n"
    said = f"{fields}Project-URL: Documentation, {DOCS}\n\nProject-URL: Documentation, https://not.example.com\n"
    (folder / "METADATA").write_text(said, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert _published.__wrapped__() == DOCS


def test_a_distribution_that_lies_elsewhere_is_asked_as_python_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_pages, "_metadata", lambda: None)
    assert _published.__wrapped__() == rule_pages._documentation_of_distribution()
