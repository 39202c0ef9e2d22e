"""The page as a whole: its head with the strict policy on what it may load (nothing), and its sections in order."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256

from seawall._version import __version__
from seawall.engine import Report
from seawall.package_data import package_text

from ..format import Screen
from . import attempts, baseline, collateral, findings, flows, images, loops, unknowns, what_if
from .elements import Safe, join, tag, verbatim
from .parts import folded
from .verdict import verdict, worst_figure
from .view import ReportView, Section, Writer

_SECTIONS: tuple[Writer, ...] = (
    findings.section,
    what_if.section,
    attempts.section,
    flows.section,
    collateral.section,
    loops.section,
    images.section,
    unknowns.section,
    unknowns.ruled_out,
    unknowns.skipped,
    baseline.section,
    findings.acknowledged,
)

_IN_SIGHT = frozenset({"findings"})
"""Sections that a phone shows open; the script folds the others there."""
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='none' "
    "stroke='%230b7285' stroke-width='2.5' d='M1 11q3.5-5 7 0t7 0M1 6q3.5-5 7 0t7 0'/%3E%3C/svg%3E"
)


def render(report: Report, screen: Screen) -> str:
    """The page. The same report gives the same bytes."""
    view = ReportView(report, screen)
    sections = [section for section in (write(view) for write in _SECTIONS) if section is not None]
    body = tag(
        "body",
        tag("a", "Skip to the report", href="#report", class_="skip"),
        tag("header", tag("span", "Seawall", class_="brand"), _themes(), class_="bar"),
        tag(
            "main",
            verdict(view),
            findings.worst(view),
            worst_figure(view),
            _contents(sections),
            map(_section, sections),
            id="report",
            tabindex=-1,
        ),
        tag("footer", f"seawall {__version__}. Every figure is at worst, for one event."),
        tag("script", _asset("page.js")),
    )
    return f"<!doctype html>\n{tag('html', _head(), body, lang='en')}\n"


def _head() -> Safe:
    policy = (
        f"default-src 'none'; style-src {_hash('page.css')}; script-src {_hash('page.js')}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        Safe(tag("meta", http_equiv="Content-Security-Policy", content=policy)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", "Seawall report"),
        tag("link", rel="icon", href=_ICON),
        tag("style", _asset("page.css")),
    )


def _themes() -> Safe:
    """Light or dark: the style sheet reads which one is chosen, so that it works without a script."""
    choices = (("auto", True), ("light", False), ("dark", False))
    return tag(
        "fieldset",
        tag("legend", "Colours", class_="unseen"),
        (
            tag("label", tag("input", type="radio", name="theme", id=f"theme-{word}", checked=first), tag("span", word))
            for word, first in choices
        ),
        class_="themes",
    )


def _contents(sections: list[Section]) -> Safe:
    items = [
        tag(
            "li", tag("a", section.title, " ", tag("span", f"{section.count:,}", class_="count"), href=f"#{section.id}")
        )
        for section in sections
    ]
    return tag("nav", tag("ul", items), aria_label="Sections", class_="contents") if items else join()


def _section(section: Section) -> Safe:
    title = tag("h2", section.title, " ", tag("span", f"{section.count:,}", class_="count"), id=f"h-{section.id}")
    body = section.body if section.id in _IN_SIGHT else folded(title, section.body, class_="fold", open=True)
    parts = (title, body) if section.id in _IN_SIGHT else (body,)
    return tag("section", *parts, id=section.id, aria_labelledby=f"h-{section.id}")


@cache
def _asset(name: str) -> Safe:
    """The style sheet or the script."""
    return verbatim(package_text(__package__ or "", name))


@cache
def _hash(name: str) -> str:
    """What the policy on contents knows an inline part by.

    Source: https://www.w3.org/TR/CSP3/#framework-directive-source-list
    """
    return f"'sha256-{b64encode(sha256(_asset(name).encode()).digest()).decode('ascii')}'"
