"""Findings that say the same of different places, so that people read it once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from seawall.rules import Finding

from .entries import Entry
from .names import INTERNAL_QUEUE

_MANY = 3
"""Findings alike from which on they are told as one: two are read as fast in full, unless there are lines to write."""
_NAME = "\0"


class Alike(Struct, frozen=True):
    """A finding, and those that only say the same of other places."""

    first: Entry
    others: tuple[Entry, ...] = ()


def grouped(found: Sequence[Entry]) -> list[Alike]:
    """The findings in their order, each with those behind it that say the same."""
    groups: dict[object, list[Entry]] = {}
    for entry in found:
        groups.setdefault(_said(entry), []).append(entry)
    several = {id(group[0]): tuple(group[1:]) for group in groups.values() if len(group) >= _enough(group[0])}
    told = {id(entry) for others in several.values() for entry in others}
    return [Alike(entry, several.get(id(entry), ())) for entry in found if id(entry) not in told]


def _enough(entry: Entry) -> int:
    return 2 if entry.blocks else _MANY


def way(finding: Finding) -> str:
    """What one of several findings is about: the places on its path, or the only one."""
    return " -> ".join(mark.site for mark in finding.trace) or finding.site


def _said(entry: Entry) -> object:
    """What a finding says, whatever the places that it says it of are called."""
    finding = entry.shown
    names = {finding.site, *finding.also, *(mark.site for mark in finding.trace)}
    names |= {name.partition("#")[0] for name in names} | {name.removesuffix(INTERNAL_QUEUE) for name in names}
    pattern = re.compile("|".join(re.escape(name) for name in sorted(filter(None, names), key=len, reverse=True)))
    texts = (finding.headline, *finding.facts, finding.fix.text, finding.stop_now.text, *finding.side_effects)
    settings = tuple((mark.tries, mark.copies, mark.note, mark.awaits) for mark in finding.trace)
    return (
        finding.rule,
        finding.severity,
        finding.attempts,
        finding.events,
        finding.paste,
        tuple(pattern.sub(_NAME, text) for text in texts),
        settings,
    )
